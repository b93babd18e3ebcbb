//! One above each limit is answered with a stable code, never with silence.

use chatter_protocol::frame::Send;
use chatter_protocol::{ClientFrame, ClientMsgId, ErrorCode, ServerFrame};
use chatter_tests::rest::Rest;
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message as Ws;

fn refused(frame: ServerFrame) -> Option<ErrorCode> {
    match frame {
        ServerFrame::Refused { error, .. } => Some(error.code),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_at_the_limit_is_stored_and_one_above_it_refused() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let mut socket = Socket::live(&server, &ada).await;
    let most = "ä".repeat(8 * 1024);
    assert_eq!(socket.send(chat, ClientMsgId::new(), &most).await.conv_seq, 1);
    for (body, code) in [
        (most.clone() + "x", ErrorCode::BodyTooLong),
        (" \n".to_owned(), ErrorCode::BodyEmpty),
        ("a\u{1b}[2Jb".to_owned(), ErrorCode::TextRefused),
    ] {
        let send = Send {
            attachments: Vec::new(),
            conversation: chat,
            client_msg_id: ClientMsgId::new(),
            body,
            reply_to: None,
        };
        socket.say(&ClientFrame::Send(send)).await;
        assert_eq!(socket.wait("refused", refused).await, code);
    }
    assert_eq!(
        socket.send(chat, ClientMsgId::new(), "next").await.conv_seq,
        2,
        "no number was lost"
    );
    assert_eq!(bob.view(chat).await["head_seq"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_above_the_limit_closes_the_connection() {
    let server = Server::start();
    let ada = Rest::new(&server.url()).somebody().await;
    let mut socket = Socket::live(&server, &ada).await;
    let padding = "x".repeat(64 * 1024);
    socket.say_raw(Ws::text(format!(r#"{{"type":"ping","id":1,"x":"{padding}"}}"#))).await;
    let code = socket.closed().await;
    assert!([1009, 1006].contains(&code), "closed with {code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_above_the_limit_is_too_large() {
    let server = Server::start();
    let ada = Rest::new(&server.url()).somebody().await;
    let body = json!({ "display_name": "x".repeat(70 * 1024) });
    ada.rest.patch("me", body).await.refused(413, "too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_frames_are_told_to_wait_and_none_is_lost() {
    let server = Server::start_with("frames_per_second = 5\nframes_burst = 10");
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let mut socket = Socket::live(&server, &ada).await;
    let mut waits = 0;
    for _ in 0..20 {
        let send = Send {
            attachments: Vec::new(),
            conversation: chat,
            client_msg_id: ClientMsgId::new(),
            body: "x".into(),
            reply_to: None,
        };
        socket.say(&ClientFrame::Send(send)).await;
    }
    for _ in 0..20 {
        let answer = |frame| match frame {
            ServerFrame::Ack(_) => Some(None),
            ServerFrame::Refused { error, .. } => Some(Some(error)),
            _ => None,
        };
        if let Some(error) = socket.wait("ack or refused", answer).await {
            assert_eq!(error.code, ErrorCode::RateLimited);
            assert!(error.retryable && error.retry_after_ms.is_some_and(|wait| wait > 0));
            waits += 1;
        }
    }
    assert!((8..=12).contains(&waits), "{waits} of 20 had to wait");
    assert_eq!(bob.view(chat).await["head_seq"], 20 - waits);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_is_refused_and_the_others_stay() {
    let server = Server::start_with("connections_per_account = 2");
    let ada = Rest::new(&server.url()).somebody().await;
    let (mut first, _) = Socket::hello(&server, &ada, None).await;
    let (_second, _) = Socket::hello(&server, &ada, None).await;
    let mut third = Socket::silent(&server).await;
    let hello = json!({ "type": "hello", "token": ada.token }).to_string();
    third.say_text(&hello).await;
    assert_eq!(third.closed().await, 4003);
    first.say(&ClientFrame::Ping { id: 1 }).await;
    let pong = |frame| match frame {
        ServerFrame::Pong { id } => Some(id),
        _ => None,
    };
    assert_eq!(first.wait("pong", pong).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_passwords_ends_after_five_and_the_owner_still_gets_in() {
    let server = Server::start_with("signin_failures_per_account = 5");
    let rest = Rest::new(&server.url());
    rest.sign_up("ada").await;
    let guess = json!({ "login": "ada", "password": "not the password" });
    for _ in 0..5 {
        rest.post("signin", guess.clone()).await.refused(401, "invalid_credentials");
    }
    let sixth = rest.post("signin", guess).await;
    sixth.refused(429, "rate_limited");
    assert!(sixth.headers.contains_key("retry-after"));
}
