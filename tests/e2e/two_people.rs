//! Two strangers, two terminals, one server: they sign up, find each other, chat, quit, come back,
//! and find everything where it was.

use chatter_tests::binaries::binary;
use chatter_tests::certificates;
use chatter_tests::rest::PASSWORD;
use chatter_tests::server::Server;
use chatter_tests::terminal::{Terminal, command};
use rustix::process::Signal;

use crate::person::{
    CTRL_Q, DOWN, ENTER, ESCAPE, Person, find, marked, say, sign_up_at, submit_sign_up,
};

#[test]
fn two_strangers_find_each_other_chat_quit_and_come_back() {
    let server = Server::start_with("presence_grace_ms = 500");
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    let mut at_ada = ada.sign_up("ada", 100, 30);
    let mut at_bob = bob.sign_up("bob", 80, 24);

    // Ada finds Bob, who is there; he sees the chat appear with a badge.
    find(&at_ada, "bob");
    at_ada.wait_for("online");
    say(&at_ada, "Hello Bob, are you there?");
    at_bob.wait_for("Hello Bob");
    at_bob.wait_until("an unread badge", |screen| {
        screen.lines().any(|line| line.contains("Hello Bob") && line.contains(" 1 "))
    });
    at_ada.wait_until("delivered, not yet read", |screen| {
        screen.lines().any(|line| line.contains("are you there?") && line.contains("✓✓"))
    });

    // He opens it: read. He types: she sees it. He answers.
    at_bob.keys(ENTER);
    at_bob.wait_for("New messages");
    at_ada.wait_until("read", |screen| marked(screen, "are you there?", '◉'));
    at_bob.keys("Yes");
    at_ada.wait_for("typing…");
    at_bob.keys(", I am.");
    at_bob.keys(ENTER);
    at_ada.wait_for("Yes, I am.");
    at_ada.wait_gone("typing…");
    at_bob.wait_until("read by Ada", |screen| marked(screen, "Yes, I am.", '◉'));

    // Bob quits; what Ada writes meanwhile waits for him.
    at_bob.keys(CTRL_Q);
    assert_eq!(at_bob.wait_exit(), 0);
    assert!(!at_bob.is_taken_over(), "the terminal was not given back");
    at_ada.wait_for("last seen");
    say(&at_ada, "While you were away");
    at_ada.wait_until("sent, not delivered", |screen| {
        marked(screen, "you were away", '✓') && !screen.contains("away ✓✓")
    });

    // He comes back, is still signed in, and finds everything where it was.
    let at_bob = bob.start_with(&[], 80, 24);
    at_bob.wait_until("an unread badge", |screen| {
        screen.lines().any(|line| line.contains("While you were") && line.contains(" 1 "))
    });
    at_bob.keys(ENTER);
    at_bob.wait_until("everything", |screen| {
        ["Hello Bob, are you there?", "Yes, I am.", "New messages", "While you were away"]
            .iter()
            .all(|line| screen.contains(line))
    });
    at_ada.wait_until("read at last", |screen| marked(screen, "While you were away", '◉'));
    at_ada.wait_for("online");
    at_ada.keys(CTRL_Q);
    assert_eq!(at_ada.wait_exit(), 0);
}

#[test]
fn a_phone_sized_window_is_enough() {
    let server = Server::start();
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    let at_ada = ada.sign_up("ada", 40, 12);
    let at_bob = bob.sign_up("bob", 40, 12);
    find(&at_ada, "bob");
    say(&at_ada, "small but whole");
    at_bob.wait_for("small but");
    at_bob.keys(ENTER);
    at_bob.wait_for("Write a message");
    say(&at_bob, "indeed");
    at_ada.wait_for("indeed");
    at_ada.keys(ESCAPE);
    at_ada.wait_until("the list again", |screen| screen.contains("Chats"));
}

#[test]
fn what_the_server_refuses_is_said_at_its_field_and_nothing_typed_is_lost() {
    let server = Server::start();
    let ada = Person::new(&server);
    ada.sign_up("ada", 80, 24);
    let other = Person::new(&server);
    let terminal = other.start(80, 24);
    submit_sign_up(&terminal, "ada");
    let screen = terminal.wait_for("address has an account");
    assert!(screen.contains("ada@example.org"), "what was typed is gone:\n{screen}");
}

#[test]
fn sign_in_by_flags_goes_straight_into_the_chat() {
    let server = Server::start();
    let ada = Person::new(&server);
    ada.sign_up("ada", 80, 24).keys(CTRL_Q);
    let fresh = Person::new(&server);
    let file = fresh.home().join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).expect("writes");
    let file = file.to_str().expect("text");
    let url = server.url();
    let by_file = ["--server", &url, "--email", "ada@example.org", "--password-file", file];
    fresh.start_with(&by_file, 80, 24).wait_for("connected");
    // The password comes through a pipe; the keys still come from the terminal.
    let mut piped = command("/bin/sh", fresh.home());
    let chatter = binary("chatter");
    let line = format!(
        "echo '{PASSWORD}' | {} --server {url} --email ada@example.org --password-stdin",
        chatter.display()
    );
    piped.args(["-c", &line]);
    let mut terminal = Terminal::spawn(piped, 80, 24);
    terminal.wait_for("connected");
    terminal.keys(CTRL_Q);
    assert_eq!(terminal.wait_exit(), 0);
    let by_flag = ["--server", &url, "--username", "ada", "--password", PASSWORD];
    let terminal = Person::new(&server).start_with(&by_flag, 80, 24);
    terminal.wait_for("connected");
    let mut client = command(binary("chatter"), fresh.home());
    client.args(["--server", &url, "--email", "ada@example.org"]);
    client.env("CHATTER_PASSWORD", PASSWORD);
    Terminal::spawn(client, 80, 24).wait_for("connected");
}

#[test]
fn the_terminal_is_given_back_whatever_ends_the_client() {
    let server = Server::start();
    let ada = Person::new(&server);
    for round in 0..5 {
        for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
            let mut terminal = ada.start(80, 24);
            terminal.wait_for("Sign in");
            assert!(terminal.is_taken_over());
            terminal.signal(signal);
            terminal.wait_exit();
            assert!(!terminal.is_taken_over(), "after {signal:?}, round {round}");
        }
        let program = env!("CARGO_BIN_EXE_panicking-screen");
        let mut terminal = Terminal::spawn(command(program, ada.home()), 80, 24);
        terminal.wait_for("about to panic");
        assert!(terminal.is_taken_over());
        terminal.keys("\n");
        assert_ne!(terminal.wait_exit(), 0);
        assert!(!terminal.is_taken_over(), "after a panic, round {round}");
        assert!(terminal.screen().contains("on purpose"), "{}", terminal.screen());
    }
}

#[test]
fn the_server_may_go_and_come_back() {
    let mut server = Server::start();
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    let at_ada = ada.sign_up("ada", 80, 24);
    let at_bob = bob.sign_up("bob", 80, 24);
    find(&at_ada, "bob");
    say(&at_ada, "before");
    at_bob.wait_for("before");
    at_bob.keys(ENTER);
    server.kill();
    at_ada.wait_for("reconnecting");
    say(&at_ada, "typed while it was away");
    at_ada.wait_until("waiting", |screen| marked(screen, "was away", '…'));
    server.restart();
    at_bob.wait_for("typed while it was away");
    at_ada.wait_until("no longer waiting", |screen| !marked(screen, "was away", '…'));
    let screen = at_bob.wait_for("typed while it was away");
    let times = screen.lines().filter(|line| line.contains("was away") && !line.starts_with("▏"));
    assert_eq!(times.count(), 1, "shown once:\n{screen}");
}

#[test]
fn a_long_paste_is_text_and_older_history_loads_to_the_first_message() {
    let server = Server::start();
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    let at_ada = ada.sign_up("ada", 80, 24);
    bob.sign_up("bob", 80, 24);
    find(&at_ada, "bob");
    let pasted: String = (1..=200).map(|number| format!("line {number}\n")).collect();
    at_ada.paste(&pasted);
    at_ada.wait_for("line 200");
    assert!(!at_ada.screen().contains("You "), "nothing was sent by a paste");
    at_ada.keys(ENTER);
    at_ada.wait_until("sent", |screen| screen.contains("You ") || marked(screen, "line 200", '✓'));
    at_ada.keys(DOWN);
    at_ada.keys("\x1b[1;5H");
    at_ada.wait_for("line 1");
}

#[test]
fn neither_log_nor_screen_nor_process_list_shows_a_secret() {
    let server = Server::start();
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    bob.sign_up("bob", 80, 24);
    let file = ada.home().join("password");
    std::fs::write(&file, PASSWORD).expect("writes");
    ada.sign_up("ada", 80, 24).keys(CTRL_Q);
    let mut client = command(binary("chatter"), ada.home());
    client.args(["--server", &server.url(), "--email", "ada@example.org", "--remember"]);
    client.args(["--password-file", file.to_str().expect("text")]);
    client.env("CHATTER_LOG", "trace");
    let terminal = Terminal::spawn(client, 80, 24);
    terminal.wait_for("connected");
    find(&terminal, "bob");
    say(&terminal, "between the two of us");
    terminal.wait_until("sent", |screen| screen.contains("You "));
    let arguments = std::fs::read_to_string(format!("/proc/{}/cmdline", terminal.pid()));
    let arguments = arguments.expect("it runs");
    terminal.keys(CTRL_Q);
    let state = ada.home().join("state/chatter");
    let session = std::fs::read_to_string(state.join("session.json")).expect("it is remembered");
    let token = session.split('"').find(|text| text.starts_with("cht_")).expect("a token");
    let log = std::fs::read_to_string(state.join("chatter.log")).expect("a log");
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "the log is there, so the scan works");
    let written = String::from_utf8_lossy(&terminal.written()).into_owned();
    for (place, text) in [("log", &log), ("screen", &written), ("process list", &arguments)] {
        assert!(!text.contains(PASSWORD), "the password is in the {place}");
        assert!(!text.contains(token), "the token is in the {place}");
    }
    assert!(!log.contains("between the two"), "a message is in the log");
    use std::os::unix::fs::PermissionsExt;
    let mode = |path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(state.join("session.json")), mode(state)), (0o600, 0o700));
}

#[test]
fn https_is_used_with_certificates_that_are_verified() {
    let server = Server::start_with(&certificates::encrypting());
    let url = format!("https://localhost:{}", server.addr().port());
    let ada = Person::new(&server);
    let authority = certificates::authority();
    let authority = authority.to_str().expect("a path in UTF-8");
    let trusting = ["--server", &url, "--ca-file", authority];
    let at_ada = ada.start_with(&trusting, 80, 24);
    sign_up_at(&at_ada, "ada");
    at_ada.keys(CTRL_Q);

    let stranger = Person::new(&server);
    let by_flags = ["--server", &url, "--username", "ada", "--password", PASSWORD];
    let terminal = stranger.start_with(&by_flags, 100, 24);
    let screen = terminal.wait_for("certificate");
    assert!(!screen.contains("connected"), "{screen}");
}
