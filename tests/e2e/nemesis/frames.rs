//! F15 and F16: frames that come twice, late, torn, or not at all.

use std::sync::atomic::Ordering;
use std::time::Instant;

use chatter_protocol::frame::Send;
use chatter_protocol::{ClientFrame, ClientMsgId, Event, ServerFrame};
use chatter_tests::chance::{scale, seed, tell};
use chatter_tests::chaos::{Chaos, Faults};
use chatter_tests::checker::{Written, check_dense, check_written, held_for};
use chatter_tests::crowd::Crowd;
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;

/// Heartbeats so often that what they heal is healed quickly.
const CONFIG: &str = "heartbeat_ms = 300\nheartbeat_grace_ms = 3000";

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_come_twice_late_or_torn_change_nothing() {
    let seed = seed("frames_that_come_twice_late_or_torn_change_nothing");
    let server = Server::start_with(CONFIG);
    let mut crowd = Crowd::gather(&server, seed).await;
    let started = Instant::now();
    crowd.chaos.set(Faults {
        duplicate: 0.1,
        reorder: 0.1,
        cut: 0.02,
        repeat_sends: 0.1,
        ..Faults::default()
    });
    for _ in 0..2_000 * scale() {
        crowd.act().await;
    }
    // Also with the faults on it comes to an end; the rest is checked without.
    crowd.chaos.set(Faults::default());
    crowd.settle().await;
    let (messages, done) = (crowd.written.len(), crowd.chaos.done().summary());
    tell(&format!("{messages} messages in {:?}: {done}", started.elapsed()));
    for counter in [&crowd.chaos.done().duplicated, &crowd.chaos.done().reordered] {
        assert!(counter.load(Ordering::Relaxed) > 20, "the faults did not happen");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_acknowledgements_make_no_duplicates() {
    let seed = seed("lost_acknowledgements_make_no_duplicates");
    let server = Server::start_with(CONFIG);
    let mut crowd = Crowd::gather(&server, seed).await;
    let started = Instant::now();
    crowd.chaos.set(Faults { drop_acks: 0.3, cut: 0.05, ..Faults::default() });
    for _ in 0..250 * scale() {
        let at = crowd.written.len() % crowd.devices.len();
        crowd.write(at).await;
    }
    crowd.settle().await;
    let dropped = crowd.chaos.done().acks_dropped.load(Ordering::Relaxed);
    let messages = crowd.written.len();
    tell(&format!("{messages} messages in {:?}, {dropped} acks lost", started.elapsed()));
    assert!(dropped > 20, "the faults did not happen");
}

/// The control of the test above: the same loss, and a client that takes a fresh key for each
/// attempt.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_fresh_keys_would_make_duplicates() {
    let seed = seed("a_client_with_fresh_keys_would_make_duplicates");
    let server = Server::start_with(CONFIG);
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let conversation = ada.open(&bob).await;
    let chaos = Chaos::start(server.addr(), seed).await;
    chaos.set(Faults { drop_acks: 0.3, ..Faults::default() });
    let mut socket = Socket::hello_at(chaos.addr(), &ada, None).await.0;
    let mut written = Vec::new();
    for number in 0..40 {
        let word = format!("w{number}");
        while !is_acked(&mut socket, conversation, &word).await {}
        let device = "ada".to_owned();
        written.push(Written { device, conversation, key: None, word, is_acked: true });
    }
    let seen = held_for(&bob).await;
    check_dense(&seen).expect("the server is well");
    let error = check_written(&written, &seen).expect_err("a duplicate is there");
    assert!(error.starts_with("I1"), "{error}");
}

/// Sends with a fresh key; whether the acknowledgement came before the answer to a ping that was
/// sent after.
async fn is_acked(
    socket: &mut Socket,
    conversation: chatter_protocol::ConversationId,
    word: &str,
) -> bool {
    let client_msg_id = ClientMsgId::new();
    let send = Send {
        attachments: Vec::new(),
        conversation,
        client_msg_id,
        body: word.to_owned(),
        reply_to: None,
    };
    socket.say(&ClientFrame::Send(send)).await;
    // The event of the message tells that it is stored; the ack may come before or after it.
    let is_this = |event: &Event| matches!(event, Event::MessagePosted { message } if message.client_msg_id == client_msg_id);
    let mut is_stored = false;
    loop {
        match socket.read().await.expect("the connection is up") {
            ServerFrame::Ack(ack) if ack.client_msg_id == client_msg_id => return true,
            ServerFrame::Event { event, .. } if is_this(&event) => is_stored = true,
            ServerFrame::Heartbeat { .. } => {
                socket.say(&ClientFrame::Heartbeat).await;
                if is_stored {
                    return false;
                }
            }
            _ => {}
        }
    }
}

/// The control of the first test: who takes frames as they come sees what the link did to them.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_frames_as_they_come_would_show_it() {
    let seed = seed("a_client_that_takes_frames_as_they_come_would_show_it");
    let server = Server::start_with(CONFIG);
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let conversation = ada.open(&bob).await;
    let chaos = Chaos::start(server.addr(), seed).await;
    let mut socket = Socket::hello_at(chaos.addr(), &bob, None).await.0;
    chaos.set(Faults { duplicate: 0.1, reorder: 0.1, ..Faults::default() });
    let shown = shown_naively(&ada, conversation, &mut socket, 100).await;
    assert_ne!(shown, (1..=shown.len() as u64).collect::<Vec<_>>(), "the faults did not show");
}

/// The numbers of messages in the order in which their events come, until the last.
async fn shown_naively(
    sender: &Account,
    conversation: chatter_protocol::ConversationId,
    socket: &mut Socket,
    count: u64,
) -> Vec<u64> {
    let sending = async {
        for number in 0..count {
            sender.say(conversation, &number.to_string()).await;
        }
    };
    let reading = async {
        let mut shown = Vec::new();
        while !shown.contains(&count) {
            shown.push(socket.message().await.0);
        }
        shown
    };
    tokio::join!(sending, reading).1
}
