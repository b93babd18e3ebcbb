//! The live protocol, end to end: a real server, a real WebSocket.

mod support;

use std::sync::Arc;

use chatter_protocol::frame::{ResetReason, Send};
use chatter_protocol::{
    ClientFrame, ClientMsgId, CloseCode, ConversationId, ErrorCode, Event, Position, ServerFrame,
};
use chatter_server::bus::{Bus, Notice, Receiver};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::json;
use support::{PASSWORD, TestServer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

fn send(conversation: ConversationId, body: &str) -> Send {
    Send {
        attachments: Vec::new(),
        conversation,
        client_msg_id: ClientMsgId::new(),
        body: body.to_owned(),
        reply_to: None,
    }
}

#[tokio::test]
async fn a_message_is_acknowledged_delivered_resumed_and_never_stored_twice() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let conversation = server.open_direct(&ada, "bob").await;
    let (mut ada_socket, _) = server.connect(&ada, vec![]).await;
    let (mut bob_socket, head) = server.connect(&bob, vec![]).await;
    assert!(matches!(bob_socket.event().await, (1, Event::ConversationAdded { .. })));

    let hello = send(conversation, "hello, bob");
    ada_socket.say(&ClientFrame::Send(hello.clone())).await;
    let (seq, event) = bob_socket.event().await;
    assert_eq!(seq, 2);
    let Event::MessagePosted { message } = event else { panic!("{event:?}") };
    assert_eq!((message.body.as_str(), message.conv_seq), ("hello, bob", 1));
    let ack = loop {
        if let ServerFrame::Ack(ack) = ada_socket.next().await {
            break ack;
        }
    };
    assert_eq!((ack.client_msg_id, ack.conv_seq), (hello.client_msg_id, 1));

    // Again with the same key: the first answer, and no second message.
    ada_socket.say(&ClientFrame::Send(hello.clone())).await;
    let again = loop {
        if let ServerFrame::Ack(ack) = ada_socket.next().await {
            break ack;
        }
    };
    assert_eq!(again, ack);
    let other = Send { body: "something else".to_owned(), ..hello };
    ada_socket.say(&ClientFrame::Send(other)).await;
    let ServerFrame::Refused { error, .. } = ada_socket.next().await else { panic!("no refusal") };
    assert_eq!(error.code, ErrorCode::IdempotencyConflict);

    // Bob was away for two messages: they come after his position, once.
    drop(bob_socket);
    for body in ["one", "two"] {
        ada_socket.say(&ClientFrame::Send(send(conversation, body))).await;
    }
    let at = Position { seq: 2, ..head.clone() };
    let (mut bob_socket, _) = server.connect(&bob, vec![at]).await;
    for (seq, body) in [(3, "one"), (4, "two")] {
        let (got, event) = bob_socket.event().await;
        let Event::MessagePosted { message } = event else { panic!("{event:?}") };
        assert_eq!((got, message.body.as_str()), (seq, body));
    }

    // Positions that this history never had are reset to the head.
    for (position, why) in [
        (Position { seq: 99, ..head.clone() }, ResetReason::AheadOfHead),
        (Position::user("of another server", 2), ResetReason::OtherEpoch),
    ] {
        let (mut socket, head) = server.connect(&bob, vec![position]).await;
        let ServerFrame::Reset { position, reason } = socket.next().await else { panic!("none") };
        assert_eq!((position, reason), (head, why));
    }
    server.running.stop().await;
}

#[tokio::test]
async fn typing_and_presence_reach_those_whom_they_concern() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let conversation = server.open_direct(&ada, "bob").await;
    let (mut ada_socket, _) = server.connect(&ada, vec![]).await;
    ada_socket.say(&ClientFrame::Watch { users: vec![bob.id] }).await;
    let mut online = Vec::new();
    let presence = async |socket: &mut support::Socket| loop {
        if let ServerFrame::Presence { users } = socket.next().await {
            return users.into_iter().any(|presence| presence.user == bob.id && presence.online);
        }
    };
    online.push(presence(&mut ada_socket).await);
    let (laptop, _) = server.connect(&bob, vec![]).await;
    online.push(presence(&mut ada_socket).await);
    let (mut phone, _) = server.connect(&bob, vec![]).await;
    drop(laptop);
    phone.say(&ClientFrame::Typing { conversation }).await;
    // Had the laptop's leaving been told as bob's, presence would have come before or after this.
    loop {
        match ada_socket.next().await {
            ServerFrame::Typing { user, .. } if user == bob.id => break,
            ServerFrame::Presence { users } => assert!(users.iter().all(|p| p.online)),
            _ => {}
        }
    }
    drop(phone);
    online.push(presence(&mut ada_socket).await);
    assert_eq!(online, [false, true, false]);
}

#[tokio::test]
async fn whoever_does_not_say_who_they_are_learns_nothing() {
    let server = TestServer::start_with(|settings| settings.hello_timeout_ms = 200).await;
    for first in [
        None,
        Some(r#"{"type":"ping","id":1}"#),
        Some("nonsense"),
        Some(r#"{"type":"hello","token":"cht_made-up"}"#),
    ] {
        let mut socket = server.socket().await;
        if let Some(text) = first {
            socket.say_text(text).await;
        }
        let ServerFrame::Error { error } = socket.next().await else { panic!("{first:?}") };
        assert_eq!(error.code, ErrorCode::AuthRequired, "{first:?}");
        assert_eq!(socket.closed().await, CloseCode::AuthRequired.code(), "{first:?}");
    }
}

#[tokio::test]
async fn what_is_no_frame_ends_the_connection_with_a_reason() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let large = "x".repeat(64 * 1024 + 1);
    let larger = "x".repeat(1024 * 1024);
    for (text, code) in [
        ("nonsense", CloseCode::BadFrame),
        ("[1]", CloseCode::BadFrame),
        (large.as_str(), CloseCode::TooLarge),
        (larger.as_str(), CloseCode::TooLarge),
    ] {
        let (mut socket, _) = server.connect(&ada, vec![]).await;
        if text.len() > 500_000 {
            // The server may close before all of it is written.
            let _ = socket.0.send(Message::text(text)).await;
            continue;
        }
        socket.say_text(text).await;
        assert_eq!(socket.closed().await, code.code());
    }
    // The server is as it was; what is unknown is ignored, what is wrong is answered.
    let (mut socket, _) = server.connect(&ada, vec![]).await;
    socket.say_text(r#"{"type":"of_the_future","x":1}"#).await;
    socket.say_text(r#"{"type":"read","conversation":7}"#).await;
    let ServerFrame::Error { error } = socket.next().await else { panic!("no error") };
    assert_eq!(error.code, ErrorCode::BadRequest);
    let key = ClientMsgId::new();
    socket.say_text(&json!({"type": "send", "client_msg_id": key, "body": 7}).to_string()).await;
    let ServerFrame::Refused { client_msg_id, .. } = socket.next().await else { panic!("none") };
    assert_eq!(client_msg_id, key);
    socket.say(&ClientFrame::Ping { id: 5 }).await;
    assert_eq!(socket.next().await, ServerFrame::Pong { id: 5 });
}

#[tokio::test]
async fn ending_a_session_closes_its_sockets_at_once() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let phone = server.sign_in("Ada@Example.ORG").await;
    let (mut socket, _) = server.connect(&phone, vec![]).await;
    let body = json!({ "old_password": PASSWORD, "new_password": "another good one" });
    let (status, _) = server.ask(Method::PATCH, "password", Some(&ada.token), Some(body)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(socket.closed().await, CloseCode::SessionEnded.code());
    let (status, answer) = server.ask(Method::GET, "me", Some(&phone.token), None).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (StatusCode::UNAUTHORIZED, &json!("session_ended"))
    );
    let (status, _) = server.ask(Method::GET, "me", Some(&ada.token), None).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn signing_in_ends_the_session_that_the_device_had() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let (mut socket, _) = server.connect(&ada, vec![]).await;
    let sign_in = async |login: &str, password: &str, token: &str| {
        let body = json!({ "login": login, "password": password });
        server.ask(Method::POST, "signin", Some(token), Some(body)).await.0
    };
    let me = async |token: &str| server.ask(Method::GET, "me", Some(token), None).await.0;

    // Neither a failure nor a token of nobody changes anything.
    assert_eq!(sign_in("ada", "not the password", &ada.token).await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in("ada", PASSWORD, "cht_nobody").await, StatusCode::OK);
    assert_eq!(me(&ada.token).await, StatusCode::OK);

    assert_eq!(sign_in("ada", PASSWORD, &ada.token).await, StatusCode::OK);
    assert_eq!(socket.closed().await, CloseCode::SessionEnded.code());
    assert_eq!(me(&ada.token).await, StatusCode::UNAUTHORIZED);
    // Also as somebody else: the device is one, whoever uses it.
    assert_eq!(sign_in("ada", PASSWORD, &bob.token).await, StatusCode::OK);
    assert_eq!(me(&bob.token).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn hanging_up_on_sign_out_leaves_nothing_half_done() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let (mut socket, _) = server.connect(&ada, vec![]).await;
    let mut request = TcpStream::connect(server.running.addr).await.expect("connected");
    let head = format!(
        "DELETE /api/v1/signout HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        ada.token
    );
    request.write_all(head.as_bytes()).await.expect("written");
    drop(request);
    assert_eq!(socket.closed().await, CloseCode::SessionEnded.code());
}

#[tokio::test]
async fn a_silent_client_is_given_up_and_heartbeats_carry_the_head() {
    let server = TestServer::start_with(|settings| {
        settings.heartbeat_ms = 100;
        settings.heartbeat_grace_ms = 300;
    })
    .await;
    let ada = server.sign_up("ada").await;
    let (mut socket, head) = server.connect(&ada, vec![]).await;
    let first = socket.0.next().await.expect("open").expect("a frame").into_text().expect("text");
    let frame: ServerFrame = serde_json::from_str(&first).expect("a frame");
    assert_eq!(frame, ServerFrame::Heartbeat { positions: vec![head] });
    assert_eq!(socket.closed().await, CloseCode::Silent.code());
}

#[tokio::test]
async fn going_on_too_fast_is_answered_then_ended() {
    let server = TestServer::start_with(|settings| {
        settings.frames_per_second = 1;
        settings.frames_burst = 2;
    })
    .await;
    let ada = server.sign_up("ada").await;
    let (mut socket, _) = server.connect(&ada, vec![]).await;
    for id in 0..20 {
        let text = serde_json::to_string(&ClientFrame::Ping { id }).expect("encodes");
        // The server closes before the last is written.
        let _ = socket.0.send(Message::text(text)).await;
    }
    assert_eq!(socket.next().await, ServerFrame::Pong { id: 0 });
    assert_eq!(socket.next().await, ServerFrame::Pong { id: 1 });
    let ServerFrame::Error { error } = socket.next().await else { panic!("not told") };
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!(error.retry_after_ms.is_some_and(|wait_ms| (1..=1000).contains(&wait_ms)));
    assert_eq!(socket.closed().await, CloseCode::RateLimited.code());
}

#[tokio::test]
async fn stopping_tells_sockets_to_come_back_and_answers_what_was_sent() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let notes = server.open_direct(&ada, "ada").await;
    let (mut socket, _) = server.connect(&ada, vec![]).await;
    socket.say(&ClientFrame::Send(send(notes, "remember"))).await;
    loop {
        if let ServerFrame::Ack(_) = socket.next().await {
            break;
        }
    }
    let TestServer { running, data, .. } = server;
    let (code, ()) = tokio::join!(socket.closed(), running.stop());
    assert_eq!(code, CloseCode::Restart.code());
    // The data directory is free again, and what was acknowledged is in it.
    let again = chatter_server::Server::start(support::settings(&data)).await.expect("restarted");
    again.stop().await;
}

/// A bus that is down: whatever is published is lost.
struct DeadBus;

impl Bus for DeadBus {
    fn publish(&self, _: Notice) {}

    fn subscribe(&self, _: Receiver) {}
}

#[tokio::test]
async fn without_a_bus_events_arrive_with_the_next_heartbeat() {
    let server =
        TestServer::start_on(Arc::new(DeadBus), |settings| settings.heartbeat_ms = 200).await;
    let ada = server.sign_up("ada").await;
    let (mut socket, head) = server.connect(&ada, vec![]).await;
    let notes = server.open_direct(&ada, "ada").await;
    for body in ["one", "two", "three"] {
        socket.say(&ClientFrame::Send(send(notes, body))).await;
    }
    for seq in head.seq + 1..=head.seq + 4 {
        assert_eq!(socket.event().await.0, seq);
    }
}

#[tokio::test]
async fn a_reader_that_stalls_is_cut_and_delays_nobody() {
    let server = TestServer::start_with(|settings| {
        settings.frames_per_second = 0;
        settings.write_timeout_ms = 500;
    })
    .await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let conversation = server.open_direct(&ada, "bob").await;
    // Says hello and never reads again.
    let (mut stalled, _) = server.connect(&bob, vec![]).await;
    let (mut reader, _) = server.connect(&bob, vec![]).await;
    let (mut writer, _) = server.connect(&ada, vec![]).await;
    let body = "x".repeat(16 * 1024);
    let count = 1_000;
    let writing = async {
        for _ in 0..count {
            writer.say(&ClientFrame::Send(send(conversation, &body))).await;
            while !matches!(writer.next().await, ServerFrame::Ack(_)) {}
        }
    };
    let reading = async {
        let mut conv_seq = 0;
        while conv_seq < count {
            if let (_, Event::MessagePosted { message }) = reader.event().await {
                assert_eq!(message.conv_seq, conv_seq + 1);
                conv_seq = message.conv_seq;
            }
        }
    };
    tokio::join!(writing, reading);
    let mut received = 0;
    while let Some(Ok(_)) = stalled.0.next().await {
        received += 1;
    }
    assert!(received < count, "the stalled reader was not cut");
}
