//! Delivered, read, unread: positions that only move forward.

use chatter_protocol::{ClientFrame, Event, Position, Receipt, ServerFrame};
use chatter_tests::rest::Rest;
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use serde_json::json;

async fn receipt(socket: &mut Socket) -> Receipt {
    socket
        .wait("receipt", |frame| match frame {
            ServerFrame::Event { event: Event::ReceiptMoved { receipt }, .. } => Some(receipt),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn delivered_when_a_device_confirms_and_read_when_a_person_reads() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let mut sender = Socket::live(&server, &ada).await;
    let (mut device, welcome) = Socket::hello(&server, &bob, None).await;
    let epoch = welcome.positions[0].epoch.clone();
    for number in 1..=3 {
        ada.say(chat, &number.to_string()).await;
    }
    let seq = loop {
        let (seq, event) = device.event().await;
        if matches!(event, Event::MessagePosted { message } if message.conv_seq == 3) {
            break seq;
        }
    };
    assert_eq!(ada.view(chat).await["peer_delivered_seq"], 0, "nothing was confirmed yet");
    assert_eq!(bob.view(chat).await["unread_count"], 3);

    device.say(&ClientFrame::Confirm { position: Position::user(epoch, seq) }).await;
    let delivered = receipt(&mut sender).await;
    assert_eq!((delivered.user, delivered.delivered_seq, delivered.read_seq), (bob.id, 3, 0));

    device.say(&ClientFrame::Read { conversation: chat, conv_seq: 2 }).await;
    let read = receipt(&mut sender).await;
    assert_eq!((read.user, read.delivered_seq, read.read_seq), (bob.id, 3, 2));
    let view = ada.view(chat).await;
    assert_eq!((&view["peer_read_seq"], &view["peer_delivered_seq"]), (&json!(2), &json!(3)));
    assert_eq!(bob.view(chat).await["unread_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_position_never_moves_back_and_every_own_device_learns_it() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    for number in 1..=4 {
        ada.say(chat, &number.to_string()).await;
    }
    let mut other_device = Socket::live(&server, &bob).await;
    let read = async |conv_seq: u64| {
        let path = format!("conversations/{chat}/read");
        bob.rest.post(&path, json!({ "conv_seq": conv_seq })).await.ok()
    };
    assert_eq!(read(3).await, json!({ "read_seq": 3, "unread_count": 1 }));
    assert_eq!(read(1).await, json!({ "read_seq": 3, "unread_count": 1 }));
    assert_eq!(read(99).await, json!({ "read_seq": 4, "unread_count": 0 }), "the head is the end");
    let own = receipt(&mut other_device).await;
    assert_eq!((own.user, own.read_seq), (bob.id, 3));
    assert_eq!(receipt(&mut other_device).await.read_seq, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_is_what_others_wrote_since() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    ada.say(chat, "one").await;
    ada.say(chat, "two").await;
    assert_eq!(bob.view(chat).await["unread_count"], 2);
    assert_eq!(ada.view(chat).await["unread_count"], 0);
    bob.say(chat, "who answers has read").await;
    assert_eq!(bob.view(chat).await["unread_count"], 0);
    assert_eq!(ada.view(chat).await["unread_count"], 1);
    let list = ada.rest.get("conversations").await.ok();
    let first = &list["conversations"][0];
    assert_eq!(first["unread_count"], 1);
    assert_eq!(first["last_message"]["body"], "who answers has read");
    assert_eq!(first["peer"]["user"]["username"], json!(bob.name));
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_listed_by_their_last_message_in_pages() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let ada = rest.somebody().await;
    let mut chats = Vec::new();
    for _ in 0..5 {
        let peer = rest.somebody().await;
        chats.push(ada.open(&peer).await);
    }
    for at in [3, 0, 4, 1, 2] {
        ada.say(chats[at], "x").await;
    }
    let mut listed = Vec::new();
    let mut path = "conversations?limit=2".to_owned();
    loop {
        let page = ada.rest.get(&path).await.ok();
        let views = page["conversations"].as_array().expect("a list");
        assert!(views.len() <= 2);
        listed.extend(views.iter().map(|view| view["conversation"]["id"].clone()));
        match page["next"].as_str() {
            Some(next) => path = format!("conversations?limit=2&after={next}"),
            None => break,
        }
    }
    let expected: Vec<_> = [2, 1, 4, 0, 3].iter().map(|at| json!(chats[*at])).collect();
    assert_eq!(listed, expected);
}
