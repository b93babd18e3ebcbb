//! What a device keeps: readable without the network, there after `kill -9`, sent once.

use chatter_tests::rest::{PASSWORD, Rest};
use chatter_tests::server::Server;
use rustix::process::Signal;

use crate::person::{CTRL_Q, END, ENTER, ESCAPE, Person, UP, find, marked, say};

#[test]
fn what_was_seen_is_readable_without_the_server() {
    let mut server = Server::start();
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    let mut at_ada = ada.sign_up("ada", 80, 24);
    let at_bob = bob.sign_up("bob", 80, 24);
    find(&at_ada, "bob");
    say(&at_ada, "keep this");
    at_bob.wait_for("keep this");
    at_ada.wait_until("sent", |screen| marked(screen, "keep this", '✓'));
    at_bob.keys(CTRL_Q);
    at_ada.keys(CTRL_Q);
    assert_eq!(at_ada.wait_exit(), 0);
    server.kill();
    let at_ada = ada.start_with(&[], 80, 24);
    at_ada.wait_for("keep this");
    at_ada.keys(ENTER);
    at_ada.wait_until("the message in the chat", |screen| marked(screen, "keep this", '✓'));
    at_ada.wait_for("reconnecting");
}

#[test]
fn drafts_and_unsent_messages_survive_a_kill_and_are_sent_once_in_order() {
    let mut server = Server::start();
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    let at_ada = ada.sign_up("ada", 80, 24);
    bob.sign_up("bob", 80, 24).keys(CTRL_Q);
    find(&at_ada, "bob");
    say(&at_ada, "before");
    at_ada.wait_until("sent", |screen| marked(screen, "before", '✓'));
    server.kill();
    at_ada.wait_for("reconnecting");
    for number in 1..=5 {
        say(&at_ada, &format!("queued {number}"));
        at_ada.wait_until("waiting", |screen| marked(screen, &format!("queued {number}"), '…'));
    }
    at_ada.keys("half a thought");
    at_ada.wait_for("half a thought");
    // What shows as waiting is on disk a moment later; the process is told to end only then.
    let store = ada.home().join("data/chatter");
    wait_for_draft(&store, "half a thought");
    at_ada.signal(Signal::KILL);

    let at_ada = ada.start_with(&[], 80, 24);
    at_ada.wait_for("Draft");
    at_ada.keys(ENTER);
    at_ada.wait_until("all of it", |screen| {
        screen.contains("before") && screen.contains("› half a thought")
    });
    for number in 1..=5 {
        at_ada
            .wait_until("still waiting", |screen| marked(screen, &format!("queued {number}"), '…'));
    }
    server.restart();
    at_ada.wait_until("sent", |screen| marked(screen, "queued 5", '✓'));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let bodies = runtime.block_on(async {
        let rest = Rest::new(&server.url()).sign_in("bob").await.rest;
        let list = rest.get("conversations").await.ok();
        let id = list["conversations"][0]["conversation"]["id"].as_str().expect("an id").to_owned();
        let page = rest.get(&format!("conversations/{id}/messages")).await.ok();
        let messages = page["messages"].as_array().expect("a list").clone();
        messages
            .iter()
            .map(|message| message["body"].as_str().expect("text").to_owned())
            .collect::<Vec<_>>()
    });
    assert_eq!(bodies, ["before", "queued 1", "queued 2", "queued 3", "queued 4", "queued 5"]);
}

#[test]
fn two_windows_of_one_person_agree() {
    let server = Server::start();
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    // One pane at a time: what is not on screen is not read.
    let at_ada = ada.sign_up("ada", 60, 24);
    let at_bob = bob.sign_up("bob", 80, 24);
    let second = ada.start_with(&[], 80, 24);
    second.wait_for("connected");
    find(&at_ada, "bob");
    say(&at_ada, "from the first window");
    second.wait_for("from the first");
    at_bob.wait_for("from the first");
    at_bob.keys(ENTER);
    at_bob.wait_for("Write a message");
    at_ada.keys(ESCAPE);
    at_ada.wait_for("Chats");
    say(&at_bob, "to both");
    second.wait_until("unread", |screen| {
        screen.lines().any(|line| line.contains("to both") && line.contains(" 1 "))
    });
    // Read in one window is read in the other.
    second.keys(ENTER);
    second.wait_for("Write a message");
    at_bob.wait_until("read", |screen| marked(screen, "to both", '◉'));
    at_ada.wait_until("no badge", |screen| {
        screen.lines().any(|line| line.starts_with('▌') || line.contains("to both"))
            && !screen.lines().any(|line| line.contains("to both") && line.contains(" 1 "))
    });
    say(&second, "from the second window");
    at_ada.wait_for("from the second");
    let screen = at_bob.wait_for("from the second window");
    assert_eq!(screen.matches("from the second window").count(), 1, "{screen}");
}

#[test]
fn a_damaged_store_is_moved_aside_said_and_fetched_anew() {
    let server = Server::start();
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    let mut at_ada = ada.sign_up("ada", 100, 24);
    bob.sign_up("bob", 80, 24).keys(CTRL_Q);
    find(&at_ada, "bob");
    say(&at_ada, "on the server");
    at_ada.wait_until("sent", |screen| marked(screen, "on the server", '✓'));
    at_ada.keys(CTRL_Q);
    assert_eq!(at_ada.wait_exit(), 0);
    let path = store_file(&ada.home().join("data/chatter"));
    std::fs::write(&path, b"scribble".repeat(1_000)).expect("writes");
    for companion in ["sqlite3-wal", "sqlite3-shm"] {
        let _ = std::fs::remove_file(path.with_extension(companion));
    }
    let at_ada = ada.start_with(&[], 100, 24);
    at_ada.wait_for("damaged");
    at_ada.wait_for("on the server");
}

#[test]
fn signing_out_takes_what_was_kept_along() {
    let server = Server::start();
    let ada = Person::new(&server);
    let mut at_ada = ada.sign_up("ada", 80, 24);
    let store = ada.home().join("data/chatter");
    let path = store_file(&store);
    at_ada.keys("\x1bOR");
    at_ada.wait_for("Sign out");
    at_ada.keys(END);
    at_ada.keys(UP);
    at_ada.keys(ENTER);
    at_ada.wait_for("Sign out?");
    at_ada.keys("y");
    at_ada.wait_for("You are signed out");
    assert!(!at_ada.screen().contains(PASSWORD));
    at_ada.keys(CTRL_Q);
    assert_eq!(at_ada.wait_exit(), 0);
    assert!(!path.exists(), "messages stay behind");
    assert!(!ada.home().join("state/chatter/session.json").exists(), "the token stays behind");
}

/// The one store below the folder.
fn store_file(folder: &std::path::Path) -> std::path::PathBuf {
    let only = |folder: &std::path::Path| {
        let mut entries = std::fs::read_dir(folder).expect("there");
        entries.next().expect("one").expect("readable").path()
    };
    only(&only(folder)).join("store.sqlite3")
}

fn wait_for_draft(folder: &std::path::Path, text: &str) {
    let deadline = std::time::Instant::now() + chatter_tests::PATIENCE;
    let path = store_file(folder);
    loop {
        let db = rusqlite::Connection::open(&path).expect("opens");
        let count: i64 = db
            .query_row("SELECT count(*) FROM drafts WHERE body = ?1", [text], |row| row.get(0))
            .expect("reads");
        if count == 1 {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "the draft is not kept");
        std::thread::yield_now();
    }
}
