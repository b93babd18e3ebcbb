//! What an account does not share is told to nobody: live, over REST, in lists and views.

mod support;

use std::sync::Arc;

use chatter_protocol::{ClientFrame, ConversationId, Event, Presence, ServerFrame, UserId};
use chatter_server::bus::{Bus, Notice, Receiver};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use support::{Account, Socket, TestServer};

/// Sets one switch.
async fn share(server: &TestServer, who: &Account, switch: &str, on: bool) {
    let body = json!({ "privacy": { switch: on } });
    let (status, me) = server.ask(Method::PATCH, "me", Some(&who.token), Some(body)).await;
    assert_eq!((status, &me["privacy"][switch]), (StatusCode::OK, &json!(on)));
}

async fn get(server: &TestServer, who: &Account, path: &str) -> Value {
    let (status, answer) = server.ask(Method::GET, path, Some(&who.token), None).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

async fn post(server: &TestServer, who: &Account, conversation: ConversationId) -> u64 {
    let body = json!({ "client_msg_id": chatter_protocol::ClientMsgId::new(), "body": "x" });
    let path = format!("conversations/{conversation}/messages");
    let (_, ack) = server.ask(Method::POST, &path, Some(&who.token), Some(body)).await;
    ack["conv_seq"].as_u64().expect("posted")
}

/// Everything up to the event of message `conv_seq`, and what was written together with it.
async fn until_message(socket: &mut Socket, conv_seq: u64) -> Vec<ServerFrame> {
    let mut frames = Vec::new();
    loop {
        frames.push(socket.next().await);
        if let Some(ServerFrame::Event { event: Event::MessagePosted { message }, .. }) =
            frames.last()
            && message.conv_seq == conv_seq
        {
            break;
        }
    }
    socket.say(&ClientFrame::Ping { id: conv_seq }).await;
    loop {
        match socket.next().await {
            ServerFrame::Pong { .. } => return frames,
            frame => frames.push(frame),
        }
    }
}

fn typists(frames: &[ServerFrame]) -> Vec<UserId> {
    let typist = |frame: &ServerFrame| match frame {
        ServerFrame::Typing { user, .. } => Some(*user),
        _ => None,
    };
    frames.iter().filter_map(typist).collect()
}

#[tokio::test]
async fn typing_is_neither_told_nor_heard_by_who_does_not_share_it() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let conversation = server.open_direct(&ada, "bob").await;
    let (mut ada_socket, _) = server.connect(&ada, vec![]).await;
    let (mut bob_socket, _) = server.connect(&bob, vec![]).await;
    share(&server, &ada, "typing", false).await;
    for socket in [&mut ada_socket, &mut bob_socket] {
        socket.say(&ClientFrame::Typing { conversation }).await;
        socket.say(&ClientFrame::Ping { id: 0 }).await;
        while !matches!(socket.next().await, ServerFrame::Pong { .. }) {}
    }
    let newest = post(&server, &ada, conversation).await;
    assert_eq!(typists(&until_message(&mut bob_socket, newest).await), []);
    assert_eq!(typists(&until_message(&mut ada_socket, newest).await), []);

    // The control: the same frames once it is shared again. Ada's was not counted as told.
    share(&server, &ada, "typing", true).await;
    ada_socket.say(&ClientFrame::Typing { conversation }).await;
    loop {
        match bob_socket.next().await {
            ServerFrame::Typing { user, .. } => break assert_eq!(user, ada.id),
            ServerFrame::Event { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    let (mut bob_again, _) = server.connect(&bob, vec![]).await;
    bob_again.say(&ClientFrame::Typing { conversation }).await;
    loop {
        if let ServerFrame::Typing { user, .. } = ada_socket.next().await {
            break assert_eq!(user, bob.id);
        }
    }
}

/// The next presence of one person.
async fn presence_of(socket: &mut Socket, user: UserId) -> Presence {
    loop {
        if let ServerFrame::Presence { users } = socket.next().await
            && let Some(presence) = users.into_iter().find(|presence| presence.user == user)
        {
            return presence;
        }
    }
}

/// What `viewer` sees of `bob` in a directory entry, in a list of people and in their chat.
async fn seen(server: &TestServer, viewer: &Account, conversation: ConversationId) -> Vec<bool> {
    let person = get(server, viewer, "users/bob").await;
    let people = get(server, viewer, "users?prefix=bob").await;
    let view = get(server, viewer, &format!("conversations/{conversation}")).await;
    let list = get(server, viewer, "conversations").await;
    let places = [&person, &people["people"][0], &view["peer"], &list["conversations"][0]["peer"]];
    let is_seen = |place: &&Value| {
        let presence = &place["presence"];
        let (online, seen_at) = (presence["online"] == true, presence["last_seen_at"].is_string());
        assert_eq!(online, seen_at, "hidden means all of it: {place}");
        online
    };
    places.iter().map(is_seen).collect()
}

#[tokio::test]
async fn presence_is_hidden_at_once_everywhere_and_both_ways() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let conversation = server.open_direct(&ada, "bob").await;
    let (mut ada_socket, _) = server.connect(&ada, vec![]).await;
    ada_socket.say(&ClientFrame::Watch { users: vec![bob.id] }).await;
    assert!(!presence_of(&mut ada_socket, bob.id).await.online);
    let (_bob_socket, _) = server.connect(&bob, vec![]).await;
    assert!(presence_of(&mut ada_socket, bob.id).await.online);
    let names = async || {
        let page = get(&server, &ada, "users").await;
        let people = page["people"].as_array().expect("people").clone();
        people.iter().map(|it| it["user"]["username"].clone()).collect::<Vec<_>>()
    };
    let zoe = server.sign_up("zoe").await;
    assert_eq!(names().await, ["ada", "bob", "zoe"]);
    assert_eq!(seen(&server, &ada, conversation).await, [true; 4]);

    // Bob hides: told at once, and true everywhere from then on.
    share(&server, &bob, "presence", false).await;
    assert_eq!(presence_of(&mut ada_socket, bob.id).await, Presence::hidden(bob.id));
    assert_eq!(seen(&server, &ada, conversation).await, [false; 4]);
    ada_socket.say(&ClientFrame::Watch { users: vec![bob.id] }).await;
    assert_eq!(presence_of(&mut ada_socket, bob.id).await, Presence::hidden(bob.id));
    let (zoe_socket, _) = server.connect(&zoe, vec![]).await;
    assert_eq!(names().await, ["ada", "zoe", "bob"], "the order doesn't tell it either");
    drop(zoe_socket);

    share(&server, &bob, "presence", true).await;
    assert!(presence_of(&mut ada_socket, bob.id).await.online);
    assert_eq!(seen(&server, &ada, conversation).await, [true; 4]);

    // Ada hides: she sees nobody any more, bob is as visible to others as before.
    share(&server, &ada, "presence", false).await;
    assert_eq!(presence_of(&mut ada_socket, bob.id).await, Presence::hidden(bob.id));
    assert_eq!(seen(&server, &ada, conversation).await, [false; 4]);
    assert_eq!(names().await, ["ada", "bob", "zoe"], "by name only");
    assert!(get(&server, &zoe, "users/bob").await["presence"]["online"] == true);
    share(&server, &ada, "presence", true).await;
    assert!(presence_of(&mut ada_socket, bob.id).await.online);
}

#[tokio::test]
async fn coming_and_going_unseen_is_not_told_at_all() {
    let server = TestServer::start().await;
    let (ada, bob, eve) =
        (server.sign_up("ada").await, server.sign_up("bob").await, server.sign_up("eve").await);
    share(&server, &bob, "presence", false).await;
    let (mut ada_socket, _) = server.connect(&ada, vec![]).await;
    ada_socket.say(&ClientFrame::Watch { users: vec![bob.id, eve.id] }).await;
    presence_of(&mut ada_socket, bob.id).await;
    let (bob_socket, _) = server.connect(&bob, vec![]).await;
    drop(bob_socket);
    let (_bob_socket, _) = server.connect(&bob, vec![]).await;
    share(&server, &bob, "receipts", false).await;
    // One task tells who comes and goes, in order: what it had to say of bob came before this.
    let (_eve_socket, _) = server.connect(&eve, vec![]).await;
    loop {
        if let ServerFrame::Presence { users } = ada_socket.next().await {
            assert!(users.iter().all(|presence| presence.user == eve.id), "{users:?}");
            break;
        }
    }
}

#[tokio::test]
async fn who_hides_hears_of_nobody_who_comes() {
    let server = TestServer::start().await;
    let (ada, bob, eve) =
        (server.sign_up("ada").await, server.sign_up("bob").await, server.sign_up("eve").await);
    let conversation = server.open_direct(&ada, "bob").await;
    share(&server, &ada, "presence", false).await;
    let (mut ada_socket, _) = server.connect(&ada, vec![]).await;
    let (mut bob_socket, _) = server.connect(&bob, vec![]).await;
    for socket in [&mut ada_socket, &mut bob_socket] {
        socket.say(&ClientFrame::Watch { users: vec![eve.id] }).await;
        assert!(!presence_of(socket, eve.id).await.online);
    }
    let (_eve_socket, _) = server.connect(&eve, vec![]).await;
    // Bob, who shares it, was told; what was for Ada waited for her at the same moment.
    assert!(presence_of(&mut bob_socket, eve.id).await.online);
    let newest = post(&server, &bob, conversation).await;
    for frame in until_message(&mut ada_socket, newest).await {
        assert!(!matches!(frame, ServerFrame::Presence { .. }), "{frame:?}");
    }
}

#[tokio::test]
async fn receipts_that_are_not_shared_end_at_delivered_live_and_in_views() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let conversation = server.open_direct(&ada, "bob").await;
    let (mut ada_socket, _) = server.connect(&ada, vec![]).await;
    let (mut bob_phone, _) = server.connect(&bob, vec![]).await;
    let receipts = |frames: &[ServerFrame], of: UserId| {
        let receipt = |frame: &ServerFrame| match frame {
            ServerFrame::Event { event: Event::ReceiptMoved { receipt }, .. } => {
                (receipt.user == of).then_some((receipt.read_seq, receipt.delivered_seq))
            }
            _ => None,
        };
        frames.iter().filter_map(receipt).collect::<Vec<_>>()
    };
    let read = async |conv_seq| {
        let (path, body) =
            (format!("conversations/{conversation}/read"), json!({"conv_seq": conv_seq}));
        server.ask(Method::POST, &path, Some(&bob.token), Some(body)).await.1
    };
    let mut shown = Vec::new();
    for (who, on) in [(None, true), (Some(&bob), false), (Some(&bob), true), (Some(&ada), false)] {
        if let Some(who) = who {
            share(&server, who, "receipts", on).await;
        }
        let newest = post(&server, &ada, conversation).await;
        assert_eq!(read(newest).await, json!({ "read_seq": newest, "unread_count": 0 }));
        let reply = post(&server, &bob, conversation).await;
        let own = receipts(&until_message(&mut bob_phone, reply).await, bob.id);
        assert_eq!(own.last(), Some(&(newest, newest)), "own devices learn it either way");
        let told = receipts(&until_message(&mut ada_socket, reply).await, bob.id);
        let view = get(&server, &ada, &format!("conversations/{conversation}")).await;
        assert_eq!(view["peer_delivered_seq"], reply);
        shown.push((told, view["peer_read_seq"].as_u64().expect("a number")));
    }
    let expected = [
        (vec![(1, 1)], 2),
        // Bob keeps it to himself, then both share again, then Ada keeps hers to herself.
        (vec![(2, 3)], 2),
        (vec![(5, 5)], 6),
        (vec![(6, 7)], 6),
    ];
    assert_eq!(shown, expected);
}

/// A bus that is down: whatever is published is lost.
struct DeadBus;

impl Bus for DeadBus {
    fn publish(&self, _: Notice) {}

    fn subscribe(&self, _: Receiver) {}
}

#[tokio::test]
async fn a_switch_holds_also_where_the_bus_lost_it() {
    let server =
        TestServer::start_on(Arc::new(DeadBus), |settings| settings.heartbeat_ms = 200).await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let (_bob_socket, _) = server.connect(&bob, vec![]).await;
    let (mut ada_socket, _) = server.connect(&ada, vec![]).await;
    ada_socket.say(&ClientFrame::Watch { users: vec![bob.id] }).await;
    assert!(presence_of(&mut ada_socket, bob.id).await.online);
    share(&server, &ada, "presence", false).await;
    assert_eq!(presence_of(&mut ada_socket, bob.id).await, Presence::hidden(bob.id));
}

#[tokio::test]
async fn own_devices_learn_switches_and_mutes_and_nobody_else_does() {
    let server = TestServer::start().await;
    let (ada, bob, eve) =
        (server.sign_up("ada").await, server.sign_up("bob").await, server.sign_up("eve").await);
    let conversation = server.open_direct(&ada, "bob").await;
    let phone = server.sign_in("ada").await;
    let (mut phone_socket, _) = server.connect(&phone, vec![]).await;
    let (mut bob_socket, _) = server.connect(&bob, vec![]).await;
    share(&server, &ada, "typing", false).await;
    let path = format!("conversations/{conversation}/muted");
    let mute = async |who: &Account, body: Value| {
        server.ask(Method::PUT, &path, Some(&who.token), Some(body)).await
    };
    for _ in 0..2 {
        let answer = mute(&ada, json!({ "muted": true })).await;
        assert_eq!(answer, (StatusCode::OK, json!({ "muted": true, "mute_rev": 1 })));
    }
    let mut news = Vec::new();
    while news.len() < 3 {
        news.push(phone_socket.event().await.1);
    }
    let Event::MeChanged { me } = &news[1] else { panic!("{news:?}") };
    assert!(!me.privacy.typing && me.privacy.receipts && me.email.contains('@'));
    assert_eq!(news[2], Event::MuteChanged { conversation, muted: true, rev: 1 });
    assert_eq!(get(&server, &phone, "conversations").await["conversations"][0]["muted"], true);
    assert_eq!(get(&server, &bob, "conversations").await["conversations"][0]["muted"], false);
    let newest = post(&server, &ada, conversation).await;
    for frame in until_message(&mut bob_socket, newest).await {
        let text = serde_json::to_string(&frame).expect("writes");
        assert!(!text.contains("me_changed") && !text.contains("mute_changed"), "{text}");
    }

    let (status, answer) = mute(&eve, json!({ "muted": true })).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    let (status, answer) = mute(&ada, json!({ "muted": "yes" })).await;
    assert_eq!((status.as_u16(), &answer["error"]["field"]), (422, &json!("muted")));
    let body = json!({ "privacy": { "colour": true } });
    let (status, answer) = server.ask(Method::PATCH, "me", Some(&ada.token), Some(body)).await;
    assert_eq!((status.as_u16(), &answer["error"]["field"]), (422, &json!("colour")));
}
