//! Blocking over REST and on open connections: nobody hears, or sees there, whom they are kept apart
//! from.

mod support;

use chatter_protocol::{ClientFrame, ClientMsgId, Presence, ServerFrame, UserId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use support::{Account, Socket, TestServer};

async fn set(server: &TestServer, who: &Account, user: &str, blocked: bool) -> (StatusCode, Value) {
    let method = if blocked { Method::PUT } else { Method::DELETE };
    server.ask(method, &format!("me/blocks/{user}"), Some(&who.token), None).await
}

async fn get(server: &TestServer, who: &Account, path: &str) -> Value {
    let (status, answer) = server.ask(Method::GET, path, Some(&who.token), None).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

#[tokio::test]
async fn the_routes_answer_with_the_account_and_refuse_oneself_and_nobody() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    for name in ["bob".to_owned(), bob.id.to_string()] {
        let (status, me) = set(&server, &ada, &name, true).await;
        assert_eq!((status, &me["blocked"]), (StatusCode::OK, &json!([bob.id])));
    }
    assert_eq!(get(&server, &ada, "me").await["blocked"], json!([bob.id]));
    let (status, answer) = set(&server, &ada, "ada", true).await;
    let error = &answer["error"];
    assert_eq!((status.as_u16(), &error["field"]), (422, &json!("user")), "{answer}");
    assert_eq!(error["code"], "invalid_field");
    assert_eq!(set(&server, &ada, "nobody", true).await.0, StatusCode::NOT_FOUND);
    let body = json!({ "kind": "direct", "user": "ada" });
    let opened = server.ask(Method::POST, "conversations", Some(&bob.token), Some(body)).await;
    assert_eq!((opened.0, &opened.1["error"]["code"]), (StatusCode::FORBIDDEN, &json!("blocked")));
    let body = json!({ "client_msg_id": ClientMsgId::new(), "body": "let me in" });
    let path = "users/ada/messages";
    let posted = server.ask(Method::POST, path, Some(&bob.token), Some(body)).await;
    assert_eq!((posted.0, &posted.1["error"]["code"]), (StatusCode::FORBIDDEN, &json!("blocked")));
    let (_, me) = set(&server, &ada, "bob", false).await;
    assert_eq!(me.get("blocked"), None);
    server.open_direct(&bob, "ada").await;
}

/// The presence frames about `user`, up to the answer to a ping.
async fn told_of(socket: &mut Socket, user: UserId) -> Vec<bool> {
    let mut told = Vec::new();
    socket.say(&ClientFrame::Ping { id: 1 }).await;
    loop {
        match socket.next().await {
            ServerFrame::Pong { .. } => return told,
            ServerFrame::Presence { users } => {
                told.extend(users.iter().filter(|it| it.user == user).map(|it| it.online));
            }
            _ => {}
        }
    }
}

/// Waits until the connection was told that `user` is there, or is not.
async fn until_told(socket: &mut Socket, user: UserId, online: bool) {
    loop {
        if let ServerFrame::Presence { users } = socket.next().await
            && let Some(presence) = users.into_iter().find(|presence| presence.user == user)
            && presence.online == online
        {
            assert!(online || presence == Presence::hidden(user), "not since when either");
            return;
        }
    }
}

/// Whether `viewer` sees `other` as being there: in a directory entry, a list of people, a chat.
async fn seen(server: &TestServer, viewer: &Account, other: &str) -> Vec<bool> {
    let person = get(server, viewer, &format!("users/{other}")).await;
    let people = get(server, viewer, &format!("users?prefix={other}")).await;
    let view = get(server, viewer, &format!("users/{other}/conversation")).await;
    let list = get(server, viewer, "conversations").await;
    let places = [&person, &people["people"][0], &view["peer"], &list["conversations"][0]["peer"]];
    let is_seen = |place: &&Value| {
        assert_eq!(place["user"]["username"], *other, "who is blocked is still listed");
        let presence = &place["presence"];
        let online = presence["online"] == true;
        assert!(online || presence["last_seen_at"].is_null(), "hidden means all of it: {place}");
        online
    };
    places.iter().map(is_seen).collect()
}

#[tokio::test]
async fn neither_sees_the_other_there_while_one_is_blocked() {
    let server = TestServer::start().await;
    let (ada, bob, eve) =
        (server.sign_up("ada").await, server.sign_up("bob").await, server.sign_up("eve").await);
    let body = json!({ "status_message": "at the engine" });
    server.ask(Method::PATCH, "me", Some(&bob.token), Some(body)).await;
    server.open_direct(&ada, "bob").await;
    let (mut ada_socket, _) = server.connect(&ada, vec![]).await;
    let bot = server.token(&ada, false, true).await;
    let (mut bot_socket, _) = server.connect(&bot, vec![]).await;
    let (mut bob_socket, _) = server.connect(&bob, vec![]).await;
    let (mut eve_socket, _) = server.connect(&eve, vec![]).await;
    let sockets = [
        (&mut ada_socket, bob.id),
        (&mut bot_socket, bob.id),
        (&mut eve_socket, bob.id),
        (&mut bob_socket, ada.id),
    ];
    for (socket, other) in sockets {
        socket.say(&ClientFrame::Watch { users: vec![other] }).await;
        until_told(socket, other, true).await;
    }
    let status = async |who| get(&server, who, "users/bob").await["user"]["status_message"].clone();
    for round in 0..2 {
        assert_eq!(seen(&server, &ada, "bob").await, [true; 4], "the control, {round}");
        assert_eq!(seen(&server, &bob, "ada").await, [true; 4], "the control, {round}");
        assert_eq!(status(&ada).await, "at the engine");

        set(&server, &ada, "bob", true).await;
        assert_eq!(seen(&server, &ada, "bob").await, [false; 4], "round {round}");
        assert_eq!(seen(&server, &bot, "bob").await, [false; 4], "a token of the same account");
        assert_eq!(seen(&server, &bob, "ada").await, [false; 4], "round {round}");
        assert_eq!(status(&ada).await, Value::Null);
        until_told(&mut ada_socket, bob.id, false).await;
        until_told(&mut bot_socket, bob.id, false).await;
        until_told(&mut bob_socket, ada.id, false).await;

        // Asking again, and coming and going, tells nothing either.
        drop(bob_socket);
        until_gone(&mut eve_socket, bob.id).await;
        (bob_socket, _) = server.connect(&bob, vec![]).await;
        until_told(&mut eve_socket, bob.id, true).await;
        for (socket, other) in
            [(&mut ada_socket, bob.id), (&mut bot_socket, bob.id), (&mut bob_socket, ada.id)]
        {
            socket.say(&ClientFrame::Watch { users: vec![other] }).await;
            let told = told_of(socket, other).await;
            assert!(!told.is_empty() && !told.contains(&true), "{told:?}");
        }

        set(&server, &ada, "bob", false).await;
        until_told(&mut ada_socket, bob.id, true).await;
        until_told(&mut bot_socket, bob.id, true).await;
        until_told(&mut bob_socket, ada.id, true).await;
    }
}

/// Waits until the connection was told that `user` went.
async fn until_gone(socket: &mut Socket, user: UserId) {
    loop {
        if let ServerFrame::Presence { users } = socket.next().await
            && users.iter().any(|it| it.user == user && !it.online)
        {
            return;
        }
    }
}

#[tokio::test]
async fn neither_hears_the_other_type_in_a_chat_or_a_room() {
    let server = TestServer::start().await;
    let (ada, bob, eve) =
        (server.sign_up("ada").await, server.sign_up("bob").await, server.sign_up("eve").await);
    let direct = server.open_direct(&ada, "bob").await;
    let body = json!({ "kind": "room", "name": "engine room", "members": ["bob", "eve"] });
    let (_, room) = server.ask(Method::POST, "conversations", Some(&ada.token), Some(body)).await;
    let room = room["conversation"]["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    // Typing is told once in three seconds on a connection, so each round takes new ones.
    for blocked in [false, true, false] {
        set(&server, &ada, "bob", blocked).await;
        for (typist, other) in [(&ada, &bob), (&bob, &ada)] {
            let (mut typing, _) = server.connect(typist, vec![]).await;
            let (mut hearing, _) = server.connect(other, vec![]).await;
            let (mut third, _) = server.connect(&eve, vec![]).await;
            typing.say(&ClientFrame::Typing { conversation: direct }).await;
            typing.say(&ClientFrame::Typing { conversation: room }).await;
            // The third hears it after it was put before the other.
            let heard = loop {
                if let ServerFrame::Typing { user, conversation } = third.next().await {
                    break (user, conversation);
                }
            };
            assert_eq!(heard, (typist.id, room));
            hearing.say(&ClientFrame::Ping { id: 2 }).await;
            let mut told = 0;
            loop {
                match hearing.next().await {
                    ServerFrame::Typing { user, .. } if user == typist.id => told += 1,
                    ServerFrame::Pong { .. } => break,
                    _ => {}
                }
            }
            // The control is the same probe without the block: what waits is written before the
            // answer to the ping, but for what was read at the same moment.
            if blocked {
                assert_eq!(told, 0);
            } else {
                while told < 2 {
                    if let ServerFrame::Typing { .. } = hearing.next().await {
                        told += 1;
                    }
                }
            }
        }
    }
}
