//! What a person is told of while looking elsewhere, and what not.

use chatter_tests::terminal::{Answers, Terminal};
use serde_json::json;

use crate::person::{CTRL_Q, ENTER};
use crate::stage::Stage;

const GHOSTTY: &[(&str, &str)] = &[("TERM_PROGRAM", "ghostty"), ("TERM", "xterm-ghostty")];
const F5: &str = "\x1b[15~";
const FOCUS_LOST: &str = "\x1b[O";

/// As Ghostty is told of a message.
fn told(name: &str, body: &str) -> String {
    format!("\x1b]777;notify;{name};{body}")
}

fn wait_told(terminal: &Terminal, name: &str, body: &str) {
    terminal.wait_written(body, |written| written.contains(&told(name, body)));
}

fn was_told(terminal: &Terminal, body: &str) -> bool {
    let written = String::from_utf8_lossy(&terminal.written()).into_owned();
    written
        .split("\x1b]777;")
        .skip(1)
        .any(|rest| rest.split(['\x07', '\x1b']).next().is_some_and(|told| told.contains(body)))
}

fn ghostty(stage: &Stage, options: &[&str]) -> Terminal {
    stage.client_with((80, 24), GHOSTTY, options, Answers::plain())
}

#[test]
fn each_terminal_is_told_in_its_own_way() {
    let cases: [(&[(&str, &str)], &str); 4] = [
        (GHOSTTY, "\x1b]777;notify;bob;psst"),
        (&[("TERM", "xterm-kitty"), ("KITTY_WINDOW_ID", "1")], "\x1b]99;"),
        (&[("TERM_PROGRAM", "iTerm.app")], "\x1b]9;bob: psst"),
        (&[], "\x07"),
    ];
    for (variables, sequence) in cases {
        let stage = Stage::set();
        let terminal = stage.client_with((80, 24), variables, &[], Answers::plain());
        stage.bob_says("psst");
        terminal.wait_written(sequence, |written| {
            // Titles end with a bell, too.
            let after_titles = written.rsplit("\x1b]2;").next().unwrap_or_default();
            written.contains(sequence)
                && (sequence != "\x07" || after_titles.matches('\x07').count() > 1)
        });
    }
}

#[test]
fn in_tmux_it_is_passed_on_and_rings_for_tmux_too() {
    let stage = Stage::set();
    let variables = [GHOSTTY, &[("TMUX", "/nowhere,1,0")]].concat();
    let terminal = stage.client_with((80, 24), &variables, &[], Answers::plain());
    stage.bob_says("psst");
    let passed_on = "\x1bPtmux;\x1b\x1b]777;notify;bob;psst";
    terminal.wait_written("passed on", |written| {
        written.split(passed_on).nth(1).is_some_and(|rest| rest.contains("\x1b\\\x07"))
    });
}

#[test]
fn what_is_seen_mine_muted_or_old_is_no_news() {
    let stage = Stage::set();
    stage.bob_says("while she was away");
    let mut terminal = ghostty(&stage, &[]);
    // Mine, from another device; then somebody else's, which comes later.
    stage.wait(stage.ada.say(stage.chat, "my own"));
    stage.stranger_says("carol", "first news");
    wait_told(&terminal, "carol", "first news");
    // In a chat that is muted.
    let path = format!("conversations/{}/muted", stage.chat);
    stage.wait(stage.ada.rest.put(&path, json!({ "muted": true }))).ok();
    terminal.wait_for("muted");
    stage.bob_says("hush");
    stage.stranger_says("dora", "second news");
    wait_told(&terminal, "dora", "second news");
    // In the chat that is on screen, as long as somebody looks.
    stage.wait(stage.ada.rest.put(&path, json!({ "muted": false }))).ok();
    terminal.keys("\x0b");
    terminal.wait_for("Find");
    terminal.keys("bob");
    terminal.wait_for("@bob");
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    stage.bob_says("plain to see");
    terminal.wait_for("plain to see");
    stage.stranger_says("eva", "third news");
    wait_told(&terminal, "eva", "third news");
    terminal.keys(FOCUS_LOST);
    stage.bob_says("behind her back");
    wait_told(&terminal, "bob", "behind her back");
    for silent in ["while she was away", "my own", "hush", "plain to see"] {
        assert!(!was_told(&terminal, silent), "told of {silent:?}");
    }
    // Nor again after a restart.
    terminal.keys(CTRL_Q);
    terminal.wait_exit();
    let terminal = ghostty(&stage, &[]);
    stage.stranger_says("fay", "fourth news");
    wait_told(&terminal, "fay", "fourth news");
    assert!(!was_told(&terminal, "third news") && !was_told(&terminal, "behind her back"));
}

#[test]
fn a_restarted_server_tells_nothing_again() {
    let mut stage = Stage::set();
    let terminal = ghostty(&stage, &[]);
    stage.bob_says("only once");
    wait_told(&terminal, "bob", "only once");
    stage.server.kill();
    terminal.wait_gone("connected");
    stage.server.restart();
    terminal.keys(F5);
    terminal.wait_for("connected");
    stage.stranger_says("carol", "news");
    wait_told(&terminal, "carol", "news");
    let written = String::from_utf8_lossy(&terminal.written()).into_owned();
    assert_eq!(written.matches(&told("bob", "only once")).count(), 1);
}

#[test]
fn a_chat_that_a_command_muted_is_silent_until_it_is_heard_again() {
    let stage = Stage::set();
    let terminal = ghostty(&stage, &[]);
    let command = |command: &str| {
        terminal.keys(command);
        terminal.wait_for(&format!("› {command}"));
        terminal.keys(ENTER);
        terminal.wait_for("› Write a message");
    };
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    command("/mute");
    terminal.wait_for("(muted)");
    terminal.keys(FOCUS_LOST);
    stage.bob_says("hush");
    stage.stranger_says("carol", "news");
    wait_told(&terminal, "carol", "news");
    assert!(!was_told(&terminal, "hush"));
    command("/unmute");
    terminal.wait_gone("(muted)");
    stage.bob_says("aloud");
    terminal.wait_written("aloud", |written| written.contains(&told("bob", "aloud")));
}

#[test]
fn a_preview_tells_as_much_as_it_may() {
    for (preview, title, body) in
        [("sender", "bob", "New message"), ("none", "Chatter", "New message")]
    {
        let stage = Stage::set();
        let terminal = ghostty(&stage, &["--set", &format!("notify.preview={preview}")]);
        stage.bob_says("a secret");
        wait_told(&terminal, title, body);
        assert!(!was_told(&terminal, "secret"));
    }
}

#[test]
fn the_title_counts_what_is_unread() {
    let stage = Stage::set();
    let terminal = stage.client();
    stage.bob_says("one");
    terminal.wait_written("(1)", |written| written.contains("\x1b]2;(1) chatter\x07"));
    terminal.keys(ENTER);
    terminal.wait_written("none", |written| {
        written.rfind("\x1b]2;chatter\x07") > written.rfind("\x1b]2;(1) chatter\x07")
    });
}
