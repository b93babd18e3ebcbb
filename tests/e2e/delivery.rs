//! Sending: acknowledged means stored, once, in order.

use chatter_protocol::frame::Send;
use chatter_protocol::{
    ClientFrame, ClientMsgId, ConversationId, ErrorBody, ErrorCode, Event, ServerFrame,
};
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use serde_json::{Value, json};

async fn bodies(account: &Account, conversation: ConversationId) -> Vec<String> {
    let page = account.rest.get(&format!("conversations/{conversation}/messages?limit=200")).await;
    let page = page.ok();
    let messages = page["messages"].as_array().expect("a list");
    messages.iter().map(|message| message["body"].as_str().expect("text").to_owned()).collect()
}

async fn refusal(socket: &mut Socket, key: ClientMsgId) -> ErrorBody {
    socket
        .wait("refused", |frame| match frame {
            ServerFrame::Refused { client_msg_id, error } if client_msg_id == key => Some(error),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_is_one_message_over_socket_and_rest_also_after_a_restart() {
    let mut server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let key = ClientMsgId::new();

    let mut socket = Socket::live(&server, &ada).await;
    let first = socket.send(chat, key, "once").await;
    assert_eq!(socket.send(chat, key, "once").await, first);

    let path = format!("conversations/{chat}/messages");
    let body = json!({ "client_msg_id": key, "body": "once" });
    let again = ada.rest.post(&path, body.clone()).await;
    assert_eq!(again.status, 200, "a repeat creates nothing");
    assert_eq!(again.body, serde_json::to_value(&first).expect("writes"));

    server.kill();
    server.restart();
    assert_eq!(ada.rest.post(&path, body).await.ok(), again.body);
    assert_eq!(bodies(&bob, chat).await, ["once"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_with_another_body_is_refused_and_changes_nothing() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob, eve) = (rest.somebody().await, rest.somebody().await, rest.somebody().await);
    let (chat, other) = (ada.open(&bob).await, ada.open(&eve).await);
    let key = ClientMsgId::new();
    let mut socket = Socket::live(&server, &ada).await;
    socket.send(chat, key, "first").await;

    for (conversation, body, reply_to) in
        [(chat, "second", None), (other, "first", None), (chat, "first", Some(1))]
    {
        let send = Send {
            attachments: Vec::new(),
            conversation,
            client_msg_id: key,
            body: body.to_owned(),
            reply_to,
        };
        socket.say(&ClientFrame::Send(send)).await;
        assert_eq!(refusal(&mut socket, key).await.code, ErrorCode::IdempotencyConflict);
    }
    let path = format!("conversations/{chat}/messages");
    let body = json!({ "client_msg_id": key, "body": "second" });
    ada.rest.post(&path, body).await.refused(409, "idempotency_conflict");
    assert_eq!(bodies(&bob, chat).await, ["first"]);

    // The key is the sender's own: the same one from somebody else is another message.
    let mut socket = Socket::live(&server, &bob).await;
    assert_eq!(socket.send(chat, key, "second").await.conv_seq, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_dense_and_everybody_sees_the_same_order() {
    const SENDERS: usize = 6;
    const EACH: usize = 25;
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let mut people = Vec::new();
    for _ in 0..SENDERS {
        people.push(rest.somebody().await);
    }
    let names: Vec<_> = people[1..].iter().map(|person| person.name.clone()).collect();
    let body = json!({ "kind": "room", "name": "All", "members": names });
    let room = people[0].rest.post("conversations", body).await.ok();
    let room: ConversationId =
        room["conversation"]["id"].as_str().expect("an id").parse().expect("an id");

    let mut readers = Vec::new();
    for person in &people {
        readers.push(Socket::live(&server, person).await);
    }
    let sending = people.iter().map(|person| async move {
        for number in 0..EACH {
            person.say(room, &format!("{} {number}", person.name)).await;
        }
    });
    let reading = readers.into_iter().map(|mut reader| async move {
        let mut seen = Vec::new();
        let mut last_seq = None;
        while seen.len() < SENDERS * EACH {
            let (seq, event) = reader.event().await;
            assert_eq!(seq, last_seq.map_or(seq, |last: u64| last + 1), "user_seq is dense");
            last_seq = Some(seq);
            if let Event::MessagePosted { message } = event {
                seen.push((message.conv_seq, message.body));
            }
        }
        seen
    });
    let (_, seen) = tokio::join!(
        futures_util::future::join_all(sending),
        futures_util::future::join_all(reading)
    );
    let numbers: Vec<_> = seen[0].iter().map(|(conv_seq, _)| *conv_seq).collect();
    assert_eq!(numbers, (1..=(SENDERS * EACH) as u64).collect::<Vec<_>>());
    assert!(seen.iter().all(|theirs| *theirs == seen[0]), "one order for everybody");
    for person in &people {
        let prefix = format!("{} ", person.name);
        let theirs = seen[0].iter().filter(|(_, body)| body.starts_with(&prefix));
        let numbers: Vec<usize> =
            theirs.map(|(_, body)| body[prefix.len()..].parse().expect("a number")).collect();
        assert_eq!(numbers, (0..EACH).collect::<Vec<_>>(), "each sender's order is kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    let mut server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut socket = Socket::live(&server, &ada).await;
        for number in 0..10 {
            let body = format!("{round}.{number}");
            socket.send(chat, ClientMsgId::new(), &body).await;
            acknowledged.push(body);
        }
        server.kill();
        server.restart();
        assert_eq!(bodies(&bob, chat).await, acknowledged);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_of_sends_is_stored_in_the_order_said() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let mut socket = Socket::live(&server, &ada).await;
    let mut said = Vec::new();
    for number in 0..32 {
        let body = number.to_string();
        let client_msg_id = ClientMsgId::new();
        let send = Send {
            attachments: Vec::new(),
            conversation: chat,
            client_msg_id,
            body: body.clone(),
            reply_to: None,
        };
        socket.say(&ClientFrame::Send(send)).await;
        said.push((client_msg_id, body));
    }
    for (number, (key, _)) in said.iter().enumerate() {
        let ack = socket
            .wait("ack", |frame| match frame {
                ServerFrame::Ack(ack) => Some(ack),
                _ => None,
            })
            .await;
        assert_eq!((ack.client_msg_id, ack.conv_seq), (*key, number as u64 + 1));
    }
    let said: Vec<_> = said.into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies(&bob, chat).await, said);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_and_deletions_reach_everybody_and_leave_no_hole() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let mut reader = Socket::live(&server, &bob).await;
    ada.say(chat, "helo").await;
    ada.say(chat, "oops").await;
    let path = format!("conversations/{chat}/messages");
    ada.rest.patch(&format!("{path}/1"), json!({ "body": "hello" })).await.ok();
    ada.rest.delete(&format!("{path}/2")).await.ok();
    ada.rest
        .patch(&format!("{path}/2"), json!({ "body": "x" }))
        .await
        .refused(409, "message_deleted");

    let mut kinds = Vec::new();
    while kinds.len() < 4 {
        match reader.event().await.1 {
            Event::MessagePosted { message } => kinds.push(("posted", message.conv_seq)),
            Event::MessageEdited { message } => {
                assert_eq!((message.body.as_str(), message.rev), ("hello", 1));
                assert!(message.edited_at.is_some());
                kinds.push(("edited", message.conv_seq));
            }
            Event::MessageDeleted { message } => {
                assert_eq!(message.body, "");
                assert!(message.deleted_at.is_some());
                kinds.push(("deleted", message.conv_seq));
            }
            _ => {}
        }
    }
    assert_eq!(kinds, [("posted", 1), ("posted", 2), ("edited", 1), ("deleted", 2)]);
    assert_eq!(bodies(&bob, chat).await, ["hello", ""]);
    let view = bob.view(chat).await;
    assert_eq!(view["unread_count"], 1, "a deleted message is not unread");
    assert_eq!(view["head_seq"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_to_oneself_and_answers_to_messages_work() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let ada = rest.somebody().await;
    let notes = ada.open(&ada).await;
    assert_eq!(ada.open(&ada).await, notes, "opened twice is one conversation");
    ada.say(notes, "milk").await;
    let path = format!("conversations/{notes}/messages");
    let answer = json!({ "client_msg_id": ClientMsgId::new(), "body": "bread", "reply_to": 1 });
    ada.rest.post(&path, answer).await.ok();
    let dangling = json!({ "client_msg_id": ClientMsgId::new(), "body": "?", "reply_to": 99 });
    ada.rest.post(&path, dangling).await.refused(404, "not_found");
    let page = ada.rest.get(&path).await.ok();
    assert_eq!(page["messages"][1]["reply_to"], 1);
    assert_eq!(page["head_seq"], 2);
    let view = ada.view(notes).await;
    assert_eq!(view["peer"]["user"]["username"], Value::from(ada.name.clone()));
    assert_eq!(view["unread_count"], 0);
}
