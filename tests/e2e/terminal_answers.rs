//! The terminal is asked what it can while the person types: nothing waits for its answers, nothing
//! typed is lost, and no answer ever turns into text.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chatter_tests::PATIENCE;
use chatter_tests::binaries::binary;
use chatter_tests::server::Server;
use chatter_tests::terminal::{Answers, Terminal, command, no_bus};
use tempfile::TempDir;

use crate::person::{CTRL_Q, DOWN, Person, TAB};

const PLACEHOLDER_SCREEN: &str = "Sign in";

/// A client that has nobody to talk to; its first screen is enough.
fn start(home: &Path, answers: Answers) -> Terminal {
    let mut client = command(binary("chatter"), home);
    client.args(["--server", "http://127.0.0.1:1"]);
    Terminal::spawn_answering(client, (80, 24), answers)
}

fn remembered(home: &Path) -> PathBuf {
    home.join("cache/chatter/terminals.json")
}

/// Waits until the terminal's answers are kept; returns them.
fn wait_remembered(home: &Path) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match std::fs::read_to_string(remembered(home)) {
            Ok(text) if text.ends_with(']') => return text,
            _ => assert!(Instant::now() < deadline, "the answers are never kept"),
        }
        std::thread::yield_now();
    }
}

/// Types into the first field and leaves; the screen must show exactly what was typed.
fn type_and_leave(mut terminal: Terminal, typed_before: &str) {
    terminal.keys("zq");
    let screen = terminal.wait_for(&format!("{typed_before}zq"));
    for junk in ["rgb", "ghostty", "2026", "62;", ";1R", ">|"] {
        assert!(!screen.contains(junk), "{junk} was typed:\n{screen}");
    }
    terminal.keys(CTRL_Q);
    assert_eq!(terminal.wait_exit(), 0);
    assert!(!terminal.is_taken_over(), "the terminal was not given back");
}

#[test]
fn answers_are_kept_for_the_next_start_and_never_typed() {
    let home = TempDir::new().expect("a home");
    let terminal = start(home.path(), Answers::all());
    terminal.wait_for(PLACEHOLDER_SCREEN);
    let kept = wait_remembered(home.path());
    for answer in ["\"background\":\"light\"", "ghostty 1.0.1", "\"keyboard\":true"] {
        assert!(kept.contains(answer), "{answer} is missing in {kept}");
    }
    // This terminal counts a joined picture in its parts.
    assert!(kept.contains("\"zwj\":\"differs\""), "{kept}");
    type_and_leave(terminal, "");
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(remembered(home.path())).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_is_typed_before_the_answers_is_kept() {
    let home = TempDir::new().expect("a home");
    let slow = Answers { delay: Duration::from_millis(100), ..Answers::all() };
    let terminal = start(home.path(), slow);
    terminal.keys("a");
    terminal.wait_for("Sign in");
    terminal.keys("b\x7f");
    wait_remembered(home.path());
    type_and_leave(terminal, "a");
}

#[test]
fn answers_that_come_late_are_no_text_either() {
    let home = TempDir::new().expect("a home");
    // The last of eleven comes after three seconds, when nobody waits for it any more.
    let late = Answers { delay: Duration::from_millis(300), ..Answers::all() };
    let terminal = start(home.path(), late);
    terminal.wait_for(PLACEHOLDER_SCREEN);
    terminal.keys("a");
    wait_remembered(home.path());
    type_and_leave(terminal, "a");
}

#[test]
fn a_terminal_that_answers_nothing_is_not_waited_for() {
    let home = TempDir::new().expect("a home");
    let terminal = start(home.path(), Answers::none());
    terminal.wait_for(PLACEHOLDER_SCREEN);
    terminal.keys("a");
    terminal.keys(DOWN);
    terminal.keys(TAB);
    terminal.keys("\x1b[Z\x1b[Z");
    terminal.wait_for("a");
    let kept = remembered(home.path());
    assert!(!kept.exists(), "nothing was answered, so nothing is kept");
}

#[test]
fn answers_that_nobody_asked_for_or_that_break_off_are_no_text() {
    let home = TempDir::new().expect("a home");
    let terminal = start(home.path(), Answers::plain());
    terminal.wait_for(PLACEHOLDER_SCREEN);
    wait_remembered(home.path());
    terminal.keys("\x1b]11;rgb:1c1c/1c1c/1c1c\x1b\\a\x1bP>|ghostty 1.0.1\x1b\\\x1b[?2026;2$y");
    terminal.keys("\x1b]11;rgb:1c");
    terminal.keys("\x1b[D\x1b[C");
    terminal.keys("\x1b[?62;4c");
    type_and_leave(terminal, "a");
}

#[test]
fn doctor_asks_the_terminal_and_says_what_it_found() {
    let home = TempDir::new().expect("a home");
    let mut doctor = command(binary("chatter"), home.path());
    doctor.args(["doctor"]);
    let mut terminal = Terminal::spawn_answering(doctor, (120, 40), Answers::all());
    terminal.wait_exit();
    let screen = terminal.screen();
    for found in ["Ghostty 1.0.1", "background: light", "Shift+Enter is told", "are drawn plainer"]
    {
        assert!(screen.contains(found), "{found} is missing:\n{screen}");
    }
    assert!(!terminal.is_taken_over());
    let written = String::from_utf8_lossy(&terminal.written()).into_owned();
    assert!(written.contains("\x1b_G"), "it asks for pictures");
}

#[test]
fn doctor_works_without_a_terminal_and_prints_json() {
    let home = TempDir::new().expect("a home");
    let doctor = |arguments: &[&str]| {
        let mut doctor = std::process::Command::new(binary("chatter"));
        doctor.env_clear().env("HOME", home.path()).env("TERM", "xterm-256color").args(arguments);
        doctor.env("DBUS_SESSION_BUS_ADDRESS", no_bus(home.path()));
        doctor.output().expect("it runs")
    };
    let output = doctor(&["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["ok"], true, "{report:#}");
    assert!(output.status.success());
    let output = doctor(&["doctor", "--server", "http://127.0.0.1:1"]);
    assert!(!output.status.success(), "a server that is not there is a problem");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(printed.contains("problem  server: Can't reach"), "{printed}");
    assert!(printed.contains("skipped"), "{printed}");
}

#[test]
fn doctor_checks_server_session_and_link_and_shows_no_secret() {
    let server = Server::start();
    let ada = Person::new(&server);
    let mut terminal = ada.sign_up("ada", 80, 24);
    terminal.keys(CTRL_Q);
    terminal.wait_exit();
    let mut doctor = command(binary("chatter"), ada.home());
    doctor.args(["doctor"]);
    let mut terminal = Terminal::spawn_answering(doctor, (140, 40), Answers::all());
    assert_eq!(terminal.wait_exit(), 0, "{}", terminal.screen());
    let screen = terminal.screen();
    for found in
        ["is ready, protocol version 1", "agrees with the server's", "valid, of @ada", "link: up"]
    {
        assert!(screen.contains(found), "{found} is missing:\n{screen}");
    }
    assert!(!screen.contains("cht_"), "the token is printed:\n{screen}");
}
