//! Tokens for machines: what each may do, how it ends, and devices without a person.

use std::time::Duration;

use chatter::net::{Api, Link, LinkEvent, LinkStatus, NetOptions, ServerUrl};
use chatter_protocol::frame::Send;
use chatter_protocol::rest::{CreateTokenRequest, PostMessageRequest};
use chatter_protocol::{
    ClientFrame, ClientMsgId, ErrorCode, Position, Rights, Secret, ServerFrame,
};
use chatter_tests::PATIENCE;
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use serde_json::json;
use tokio::time::timeout;

/// What nobody without the right to read may see.
const SECRET: &str = "for your eyes only";

async fn two_people(server: &Server) -> (Account, Account) {
    let rest = Rest::new(&server.url());
    (rest.sign_up("ada").await, rest.sign_up("bob").await)
}

fn to_post(body: &str) -> PostMessageRequest {
    PostMessageRequest {
        attachments: Vec::new(),
        client_msg_id: ClientMsgId::new(),
        body: body.to_owned(),
        reply_to: None,
        unattended: false,
    }
}

/// Connects as a device without a person.
async fn unattended(server: &Server, who: &Account) -> Socket {
    let mut socket = Socket::silent(server).await;
    let hello = ClientFrame::Hello {
        token: Secret::new(who.token.clone()),
        positions: vec![],
        client: "bot".to_owned(),
        heartbeat_ms: None,
        unattended: true,
    };
    socket.say(&hello).await;
    let is_welcome = |frame| matches!(frame, ServerFrame::Welcome(_)).then_some(());
    socket.wait("welcome", is_welcome).await;
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_send_posts_and_sees_nothing() {
    let server = Server::start();
    let (ada, bob) = two_people(&server).await;
    let chat = ada.open(&bob).await;
    bob.say(chat, SECRET).await;
    let mut bobs = Socket::live(&server, &bob).await;
    let ci = ada.token(true, false).await;

    let body = json!({ "client_msg_id": ClientMsgId::new(), "body": "build 7 is green" });
    let mut answers = vec![ci.rest.post("users/bob/messages", body).await];
    assert_eq!(answers[0].clone().ok()["conv_seq"], 2);
    assert_eq!(bobs.message().await, (2, "build 7 is green".to_owned()));
    let edit = json!({ "body": "build 7 is red" });
    answers.push(ci.rest.patch(&format!("conversations/{chat}/messages/2"), edit).await);
    let open = json!({ "kind": "direct", "user": "bob" });
    answers.push(ci.rest.post("conversations", open).await);
    for path in [
        "users".to_owned(),
        "users/bob".to_owned(),
        "conversations".to_owned(),
        format!("conversations/{chat}"),
        format!("conversations/{chat}/messages"),
        "events".to_owned(),
        "sessions".to_owned(),
    ] {
        answers.push(ci.rest.get(&path).await);
    }
    answers[1..].iter().for_each(|answer| answer.refused(403, "forbidden"));
    for path in ["me", "session"] {
        answers.push(ci.rest.get(path).await);
    }
    for answer in &answers {
        let text = answer.body.to_string();
        assert!(!text.contains(SECRET) && !text.contains("@example.org"), "{text}");
    }

    let mut socket = Socket::silent(&server).await;
    let hello = json!({ "type": "hello", "token": ci.token, "positions": [] });
    socket.say_text(&hello.to_string()).await;
    let refused = socket.read().await.expect("a reason first");
    let ServerFrame::Error { error } = refused else { panic!("{refused:?}") };
    assert_eq!((error.code, socket.closed().await), (ErrorCode::Forbidden, 4006));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_read_follows_and_cannot_post() {
    let server = Server::start();
    let (ada, bob) = two_people(&server).await;
    let chat = ada.open(&bob).await;
    let reader = ada.token(false, true).await;
    let mut socket = Socket::live(&server, &reader).await;
    bob.say(chat, "hello, machine").await;
    assert_eq!(socket.message().await, (1, "hello, machine".to_owned()));
    reader.rest.post(&format!("conversations/{chat}/read"), json!({ "conv_seq": 1 })).await.ok();

    let body = json!({ "client_msg_id": ClientMsgId::new(), "body": "no" });
    let path = format!("conversations/{chat}/messages");
    reader.rest.post(&path, body.clone()).await.refused(403, "forbidden");
    reader.rest.post("users/bob/messages", body).await.refused(403, "forbidden");
    let client_msg_id = ClientMsgId::new();
    let send = Send {
        attachments: Vec::new(),
        conversation: chat,
        client_msg_id,
        body: "no".to_owned(),
        reply_to: None,
    };
    socket.say(&ClientFrame::Send(send)).await;
    let code = socket
        .wait("a refusal", |frame| match frame {
            ServerFrame::Refused { client_msg_id: key, error } if key == client_msg_id => {
                Some(error.code)
            }
            _ => None,
        })
        .await;
    assert_eq!(code, ErrorCode::Forbidden);
    let muted = json!({ "muted": true });
    let answer = reader.rest.put(&format!("conversations/{chat}/muted"), muted).await;
    answer.refused(403, "forbidden");
    assert_eq!(bob.view(chat).await["head_seq"], 1, "nothing came of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_cut_within_five_seconds_and_refused() {
    let server = Server::start();
    let (ada, _) = two_people(&server).await;
    let (ci, other) = (ada.token(true, true).await, ada.token(true, true).await);
    let mut socket = Socket::live(&server, &ci).await;
    let session = ci.rest.get("session").await.ok()["session"]["id"].clone();
    let path = format!("sessions/{}", session.as_str().expect("an id"));
    ada.rest.delete(&path).await.ok();
    let code = timeout(Duration::from_secs(5), socket.closed()).await;
    assert_eq!(code.expect("within five seconds"), 4002);
    ci.rest.get("conversations").await.refused(401, "session_ended");
    let body = json!({ "client_msg_id": ClientMsgId::new(), "body": "no" });
    ci.rest.post("users/bob/messages", body).await.refused(401, "session_ended");
    other.rest.get("conversations").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_without_a_person_makes_nobody_online() {
    let server = Server::start_with("presence_grace_ms = 300");
    let (ada, bob) = two_people(&server).await;
    let eve = Rest::new(&server.url()).sign_up("eve").await;
    let mut watcher = Socket::live(&server, &ada).await;
    watcher.say(&ClientFrame::Watch { users: vec![bob.id, eve.id] }).await;
    let seen = async || ada.rest.get("users/bob").await.ok()["presence"].clone();

    // It comes and is told what happens, and nobody hears of bob: the first to come is eve.
    let bot = bob.token(true, true).await;
    let mut first = unattended(&server, &bot).await;
    let chat = ada.open(&bob).await;
    ada.say(chat, "is somebody there?").await;
    assert_eq!(first.message().await.1, "is somebody there?");
    let eves = Socket::live(&server, &eve).await;
    let told = watcher.presence().await;
    assert_eq!((told.user, told.online), (eve.id, true));
    assert_eq!(seen().await, json!({ "user": bob.id, "online": false }), "never seen");

    // The same when it goes.
    first.cut();
    let _second = unattended(&server, &bot).await;
    eves.cut();
    let told = watcher.presence().await;
    assert_eq!((told.user, told.online), (eve.id, false));
    assert_eq!(seen().await, json!({ "user": bob.id, "online": false }), "never seen");

    // Beside it, a person counts as ever.
    let person = Socket::live(&server, &bob).await;
    let told = watcher.presence().await;
    assert_eq!((told.user, told.online), (bob.id, true));
    assert_eq!(seen().await["online"], true);
    person.cut();
    let told = watcher.presence().await;
    assert_eq!((told.user, told.online), (bob.id, false), "the machine that stays does not count");
    assert!(told.last_seen_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_makes_tokens_posts_and_follows_with_them() {
    let server = Server::start();
    let (ada, bob) = two_people(&server).await;
    let url = ServerUrl::parse(&server.url(), false).expect("loopback");
    let options = NetOptions { unattended: true, ..NetOptions::default() };
    let api =
        |token: &Secret| Api::new(url.clone(), &options).expect("an API").with_token(token.clone());
    let owner = api(&Secret::new(ada.token.clone()));
    let request =
        |send, read| CreateTokenRequest { name: "ci".to_owned(), send, read, expires_in_s: 3_600 };
    let sender = owner.create_token(&request(true, false)).await.expect("made");
    assert_eq!(sender.session.rights, Rights { send: true, ..Rights::NONE });
    let to = bob.name.parse().expect("a name");
    let posted = api(&sender.token).post_to(&to, &to_post("by machine")).await.expect("posted");
    assert_eq!(posted.conv_seq, 1);

    let reader = owner.create_token(&request(false, true)).await.expect("made");
    let page = api(&reader.token).events(Some(&Position::user("", 0)), 50).await.expect("a page");
    assert_eq!((page.events.len(), page.position.seq), (2, page.head_seq));
    let (_link, mut events) =
        Link::start(url.clone(), options.clone(), reader.token, Some(page.position.clone()));
    ada.say(posted.conversation, "by hand").await;
    let next = async {
        loop {
            if let Some(LinkEvent::Frame(frame)) = events.recv().await
                && let ServerFrame::Event { seq, .. } = *frame
            {
                return seq;
            }
        }
    };
    assert_eq!(timeout(PATIENCE, next).await.expect("followed"), page.head_seq + 1);

    let (_link, mut events) = Link::start(url, options, sender.token, None);
    let ended = async {
        loop {
            match events.recv().await.expect("a status first") {
                LinkEvent::Status(LinkStatus::Forbidden { reason }) => return reason,
                LinkEvent::Status(LinkStatus::Connecting) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    let reason = timeout(PATIENCE, ended).await.expect("told");
    assert!(reason.contains("may not read"), "{reason}");
    assert_eq!(events.recv().await, None, "it does not try again");
}
