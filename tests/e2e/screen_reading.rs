//! What is being read stays where it is; what counts as read is what was seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chatter_tests::terminal::{Answers, Terminal};

use crate::person::{ENTER, marked};
use crate::stage::{Stage, wait_for_message};

const PAGE_UP: &str = "\x1b[5~";
const CTRL_HOME: &str = "\x1b[1;5H";
const CTRL_END: &str = "\x1b[1;5F";
const FOCUS_LOST: &str = "\x1b[O";
const FOCUS_GAINED: &str = "\x1b[I";

/// Messages of the flood, and how many are on their way at a time.
const FLOOD: usize = 4_000;
const SENDERS: usize = 8;

/// The rows of the messages, without the list beside them and what is written below.
fn messages(screen: &str) -> Vec<String> {
    let rows = screen.lines().skip(2).take(19);
    rows.filter_map(|line| Some(line.split_once('│')?.1.trim_end().to_owned())).collect()
}

fn read_seq(stage: &Stage) -> u64 {
    stage.wait(stage.bob.view(stage.chat))["peer_read_seq"].as_u64().expect("a number")
}

fn wait_read(stage: &Stage, conv_seq: u64) {
    let deadline = std::time::Instant::now() + chatter_tests::PATIENCE;
    while read_seq(stage) < conv_seq {
        assert!(std::time::Instant::now() < deadline, "{conv_seq} is never read");
        std::thread::yield_now();
    }
}

fn wait_shown_delivered(terminal: &Terminal, stage: &Stage, conv_seq: u64, body: &str) {
    terminal.wait_for(body);
    let deadline = std::time::Instant::now() + chatter_tests::PATIENCE;
    let delivered = || stage.wait(stage.bob.view(stage.chat))["peer_delivered_seq"].as_u64();
    while delivered() < Some(conv_seq) {
        assert!(std::time::Instant::now() < deadline, "{conv_seq} is never delivered");
        std::thread::yield_now();
    }
}

#[test]
fn a_message_is_read_only_with_the_focus_and_at_the_end_of_the_chat() {
    let stage = Stage::set();
    for number in 1..=40 {
        stage.bob_says(&format!("number {number}"));
    }
    let terminal = stage.client();
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    terminal.keys(CTRL_END);
    wait_for_message(&terminal, "number 40");
    wait_read(&stage, 40);
    terminal.keys(FOCUS_LOST);
    let unseen = stage.bob_says("behind her back");
    wait_shown_delivered(&terminal, &stage, unseen, "behind her back");
    assert_eq!(read_seq(&stage), 40, "read without the focus");
    terminal.keys(FOCUS_GAINED);
    wait_read(&stage, unseen);
    terminal.keys(PAGE_UP);
    terminal.wait_for("newer messages");
    let below = stage.bob_says("out of sight");
    terminal.wait_for("1 new below");
    wait_shown_delivered(&terminal, &stage, below, "out of sight");
    assert_eq!(read_seq(&stage), unseen, "read while scrolled up");
    terminal.keys(CTRL_END);
    wait_read(&stage, below);
}

#[test]
fn the_first_message_and_the_last_are_one_key_away_in_a_long_chat() {
    let stage = Stage::set();
    stage.wait(async {
        for number in 1..=1_200 {
            stage.bob.say(stage.chat, &format!("message {number}")).await;
        }
    });
    let terminal = stage.client();
    terminal.keys(ENTER);
    // Opened at the first that is unread, however many there are.
    terminal.wait_until("the first unread", |screen| {
        screen.contains("New messages")
            && messages(screen).iter().any(|row| row.ends_with("message 1"))
    });
    terminal.keys(CTRL_END);
    terminal.wait_until("the last", |screen| {
        messages(screen).iter().any(|row| row.ends_with("message 1200"))
    });
    terminal.keys(CTRL_HOME);
    let screen = terminal.wait_until("the first", |screen| {
        screen.contains("The beginning") && screen.contains("message 1")
    });
    assert!(!screen.contains("message 1199"), "{screen}");
    terminal.keys("\x07");
    terminal.wait_for("Go to a day");
    terminal.keys("today");
    terminal.keys(ENTER);
    terminal.wait_gone("Go to a day");
    terminal.wait_for("message 1");
}

#[test]
fn a_flood_neither_moves_what_is_read_nor_holds_up_a_key() {
    let stage = Stage::set();
    for number in 1..=60 {
        stage.bob_says(&format!("before {number}"));
    }
    let terminal = stage.client_with((80, 24), &[], &[], Answers::plain());
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    terminal.keys(CTRL_END);
    // The list shows the newest one as well, before the chat does.
    wait_for_message(&terminal, "before 59");
    terminal.keys(PAGE_UP);
    let before = messages(&terminal.wait_for("newer messages"));
    let sent = Arc::new(AtomicUsize::new(0));
    stage.wait(async {
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| {
                let (rest, sent, chat) = (stage.bob.rest.clone(), sent.clone(), stage.chat);
                tokio::spawn(async move {
                    while sent.fetch_add(1, Ordering::Relaxed) < FLOOD {
                        let body = serde_json::json!({
                            "client_msg_id": chatter_protocol::ClientMsgId::new(), "body": "flood",
                        });
                        rest.post(&format!("conversations/{chat}/messages"), body).await.ok();
                    }
                })
            })
            .collect();
        let shown = tokio::task::spawn_blocking(move || {
            terminal.wait_for("new below");
            let mut typed = String::new();
            for character in "typed in a flood".chars() {
                typed.push(character);
                terminal.keys(&character.to_string());
                terminal.wait_until(&typed, |screen| {
                    screen.contains(&format!("› {}", typed.trim_end()))
                });
            }
            (terminal.screen(), terminal)
        });
        let (screen, terminal) = shown.await.expect("types");
        assert!(sent.load(Ordering::Relaxed) < FLOOD, "the flood was over before the keys were");
        assert_eq!(messages(&screen), before, "what is read has moved");
        for sender in senders {
            sender.await.expect("sends");
        }
        terminal.keys(CTRL_END);
        let screen = terminal.wait_until("the end", |screen| !screen.contains("below"));
        assert!(screen.contains("connected") && screen.contains("flood"), "{screen}");
    });
}

#[test]
fn a_peer_sees_read_only_when_it_was_seen() {
    let stage = Stage::set();
    let terminal = stage.client();
    stage.bob_says("hello");
    terminal.wait_for("hello");
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    terminal.keys("hi\r");
    terminal.wait_until("sent", |screen| marked(screen, "hi", '✓'));
    stage
        .wait(stage.bob.rest.post(
            &format!("conversations/{}/read", stage.chat),
            serde_json::json!({ "conv_seq": 2 }),
        ))
        .ok();
    terminal.wait_until("read", |screen| marked(screen, "hi", '◉'));
}
