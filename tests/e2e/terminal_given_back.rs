//! What was taken of the terminal is given back: mouse, title and keyboard, at the end, after a
//! panic, for the shell's Ctrl+Z and for an editor.

use std::time::Instant;

use chatter_tests::PATIENCE;
use chatter_tests::binaries::binary;
use chatter_tests::terminal::{Answers, Terminal, command};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::person::{CTRL_Q, ENTER};

const MOUSE_ON: &str = "\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l";
const TITLE_KEPT: &str = "\x1b[22;2t";
const TITLE_RESTORED: &str = "\x1b[23;2t";

fn written(terminal: &Terminal) -> String {
    String::from_utf8_lossy(&terminal.written()).into_owned()
}

/// Whether `first` was written, and `last` after the last of it.
fn is_followed(written: &str, first: &str, last: &str) -> bool {
    written.rfind(first).is_some_and(|at| written[at..].contains(last))
}

#[test]
fn mouse_and_title_are_given_back_at_the_end() {
    let home = TempDir::new().expect("a home");
    let mut client = command(binary("chatter"), home.path());
    client.args(["--server", "http://127.0.0.1:1"]);
    let mut terminal = Terminal::spawn(client, 80, 24);
    terminal.wait_for("Sign in");
    terminal.keys(CTRL_Q);
    terminal.wait_exit();
    let written = written(&terminal);
    assert!(is_followed(&written, MOUSE_ON, MOUSE_OFF), "the mouse stays taken");
    assert!(is_followed(&written, TITLE_KEPT, TITLE_RESTORED), "the title is not restored");
    assert!(!written.contains("\x1b[?1003h"), "every move of the mouse would wake the client");
}

#[test]
fn a_panic_gives_back_mouse_and_title_and_a_title_commands_nothing() {
    let home = TempDir::new().expect("a home");
    let program = env!("CARGO_BIN_EXE_panicking-screen");
    let mut terminal = Terminal::spawn(command(program, home.path()), 80, 24);
    terminal.wait_for("about to panic");
    terminal.keys("\n");
    terminal.wait_exit();
    let written = written(&terminal);
    assert!(is_followed(&written, MOUSE_ON, MOUSE_OFF), "the mouse stays taken");
    assert!(is_followed(&written, TITLE_KEPT, TITLE_RESTORED), "the title is not restored");
    assert!(written.contains("\x1b]2;a \u{fffd}[31mtitle\x07"), "the title is not made safe");
}

#[test]
fn the_shell_gets_the_terminal_while_the_client_is_stopped() {
    let home = TempDir::new().expect("a home");
    let mut client = command(binary("chatter"), home.path());
    client.args(["--server", "http://127.0.0.1:1"]);
    let terminal = Terminal::spawn_answering(client, (80, 24), Answers::all());
    terminal.wait_for("Sign in");
    terminal.signal(Signal::TSTP);
    wait_stopped(&terminal);
    // Nothing more comes from a stopped program; what it wrote may still be on its way here.
    terminal.wait_written("the terminal given back", |written| !terminal_is_ours(written));
    let before = written(&terminal).len();
    terminal.signal(Signal::CONT);
    terminal.wait_written("the screen again", |written| {
        written.get(before..).is_some_and(|after| after.contains("Sign in"))
    });
    assert!(terminal.is_taken_over());
    terminal.keys("still there");
    terminal.wait_for("still there");
}

#[test]
fn a_client_that_was_stopped_without_a_word_takes_the_terminal_again() {
    let home = TempDir::new().expect("a home");
    let mut client = command(binary("chatter"), home.path());
    client.args(["--server", "http://127.0.0.1:1"]);
    let terminal = Terminal::spawn_answering(client, (80, 24), Answers::all());
    terminal.wait_for("Sign in");
    terminal.signal(Signal::STOP);
    wait_stopped(&terminal);
    let before = written(&terminal).len();
    terminal.signal(Signal::CONT);
    terminal.wait_written("the screen again", |written| {
        let after = written.get(before..).unwrap_or_default();
        terminal_is_ours(after) && after.contains("Sign in")
    });
    terminal.keys("still there");
    terminal.wait_for("still there");
}

/// Waits until the client has stopped itself.
fn wait_stopped(terminal: &Terminal) {
    let stat = format!("/proc/{}/stat", terminal.pid());
    let deadline = Instant::now() + PATIENCE;
    while !std::fs::read_to_string(&stat).expect("it is there").contains(") T ") {
        assert!(Instant::now() < deadline, "it does not stop");
        std::thread::yield_now();
    }
}

/// Whether the last that was said of the alternate screen is that it is wanted.
fn terminal_is_ours(written: &str) -> bool {
    written.rfind("\x1b[?1049h") > written.rfind("\x1b[?1049l")
}

#[test]
fn an_editor_gets_the_terminal_and_every_key() {
    let home = TempDir::new().expect("a home");
    let script = home.path().join("editor");
    std::fs::write(&script, "echo editing; read line; printf '%s' \"$line\" >> \"$1\"")
        .expect("writes");
    let mut desk = command(env!("CARGO_BIN_EXE_desk"), home.path());
    desk.cwd(home.path());
    desk.env("VISUAL", format!("sh '{}'", script.display()));
    let mut terminal = Terminal::spawn(desk, 80, 24);
    terminal.wait_for("ready");
    terminal.keys("edit draft,");
    terminal.keys(ENTER);
    terminal.wait_for("editing");
    assert!(!terminal_is_ours(&written(&terminal)), "the editor draws on our screen");
    terminal.keys("typed for the editor\n");
    terminal.wait_for("edited: Ok(\"draft,typed for the editor\")");
    assert!(terminal_is_ours(&written(&terminal)));
    // Keys are the client's again.
    terminal.keys("end");
    terminal.keys(ENTER);
    assert_eq!(terminal.wait_exit(), 0);
    let left = std::fs::read_dir(home.path()).expect("there").filter_map(Result::ok);
    let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("message-")), "{left:?}");
}
