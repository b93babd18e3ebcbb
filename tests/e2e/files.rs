//! Files from one person to another: by commands and on screen, kept whole whatever is killed.

use std::fs;
use std::path::{Path, PathBuf};

use chatter_tests::chance::Chance;
use chatter_tests::server::Server;
use chatter_tests::shell::Shell;
use serde_json::Value;

use crate::following::two;
use crate::person::{ENTER, Person, find};

/// Messages with a file that are sent while the server is killed again and again.
const SENT_UNDER_KILLS: usize = 12;

/// A file in the shell's home that says what it is.
fn written(shell: &Shell, name: &str, content: &str) -> String {
    let path = shell.file(name);
    fs::write(&path, content).expect("written");
    path.to_str().expect("a path").to_owned()
}

fn saved(shell: &Shell, arguments: &[&str]) -> Vec<PathBuf> {
    let records = shell.json(arguments);
    records.iter().map(|it| PathBuf::from(it["path"].as_str().expect("a path"))).collect()
}

#[test]
fn what_one_person_sends_the_other_saves_and_nothing_is_written_over() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let log = written(&ada, "build 7.log", "line 1\nline 2\n");
    let said = ada.run(&["send", "bob", "--file", &log, "--file", &log, "the log"]).exits(0);
    assert!(said.err.is_empty(), "{said:?}");
    // The same again under a key is the same message, though the files are uploaded again.
    for _ in 0..2 {
        ada.run(&["send", "bob", "--file", &log, "--key", "nightly"]).exits(0);
    }
    let other = written(&ada, "other.log", "other\n");
    ada.run(&["send", "bob", "--file", &other, "--key", "nightly"]).exits(3);

    let messages = bob.json(&["read", "ada"]);
    assert_eq!(messages.len(), 2, "{messages:?}");
    let files = messages[0]["attachments"].as_array().expect("files");
    assert_eq!((files.len(), &files[0]["name"]), (2, &Value::from("build 7.log")));
    let plain = bob.run(&["read", "ada"]).exits(0).out;
    assert!(plain.contains("the log") && plain.contains("[file: build 7.log, 14 B]"), "{plain}");

    let folder = bob.file("downloads");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("build 7.log"), "mine").expect("written");
    let to = folder.to_str().expect("a path");
    let paths = saved(&bob, &["save", "ada", "1", "--to", to]);
    assert_eq!(paths, [folder.join("build 7 (2).log"), folder.join("build 7 (3).log")]);
    assert_eq!(fs::read_to_string(folder.join("build 7.log")).expect("there"), "mine");
    assert_eq!(fs::read_to_string(&paths[0]).expect("there"), "line 1\nline 2\n");
    assert_eq!(bob.run(&["save", "ada", "--output", "-"]).exits(0).out, "line 1\nline 2\n");
    bob.run(&["save", "ada", "1", "--output", "-"]).exits(2);
    bob.run(&["save", "ada", "9", "--to", to]).exits(5);
    let media = files[0]["media"].as_str().expect("an id");
    assert_eq!(saved(&bob, &["save", "--media", media, "--to", to]).len(), 1);
    // Nobody else gets it, and what failed leaves no file.
    let eve = Shell::signed_up(&server.url(), "eve");
    let empty = eve.file("empty");
    fs::create_dir(&empty).expect("made");
    let to = empty.to_str().expect("a path");
    eve.run(&["save", "--media", media, "--to", to]).exits(5);
    assert_eq!(fs::read_dir(&empty).expect("there").count(), 0);
}

#[test]
fn what_can_not_be_sent_is_refused_with_a_reason_and_nothing_is_sent() {
    let server = Server::start_with("upload_bytes_max = 1000");
    let (ada, bob) = two(&server);
    let large = written(&ada, "large.log", &"x".repeat(1_001));
    let empty = written(&ada, "empty.log", "");
    let home = ada.home().to_str().expect("a path").to_owned();
    let broken = written(&ada, "broken.png", "\u{89}PNG");
    fs::write(ada.file("broken.png"), b"\x89PNG\r\n\x1a\nbroken").expect("written");
    for (file, code, why) in [
        (large.as_str(), 3, "1000 bytes"),
        (empty.as_str(), 8, "empty"),
        (home.as_str(), 8, "folder"),
        ("/dev/zero", 8, "no file"),
        ("/nowhere/x.png", 8, "There is no file"),
        (broken.as_str(), 3, "broken"),
    ] {
        let said = ada.run(&["send", "bob", "--file", file, "text"]).exits(code);
        assert!(said.err.contains(why), "{file}: {said:?}");
    }
    bob.run(&["read", "ada"]).exits(5);
}

#[test]
fn a_file_goes_from_screen_to_screen() {
    let server = Server::start();
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    let at_ada = ada.sign_up("ada", 100, 30);
    let at_bob = bob.sign_up("bob", 80, 24);
    find(&at_ada, "bob");
    let path = ada.home().join("engine.log");
    fs::write(&path, "steam\n").expect("written");
    at_ada.keys(&format!("/attach {}", path.display()));
    at_ada.keys(ENTER);
    at_ada.wait_until("uploaded", |screen| {
        screen.lines().any(|line| line.contains("✓ engine.log") && line.contains("6 B"))
    });
    at_ada.keys("the log");
    at_ada.keys(ENTER);
    at_bob.wait_for("the log");
    at_bob.keys(ENTER);
    at_bob.wait_for("engine.log");
    at_bob.keys("/save");
    at_bob.keys(ENTER);
    let screen = at_bob.wait_for("Saved as");
    assert!(screen.contains("engine.log"), "{screen}");
    let downloads = bob.home().join("Downloads/engine.log");
    assert_eq!(fs::read_to_string(downloads).expect("saved"), "steam\n");
    // A dropped file that is not there is text.
    at_ada.paste("/nowhere/engine.png");
    at_ada.wait_for("/nowhere/engine.png");
}

/// Every file below, those being received too.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => files_below(&path),
            path => vec![path],
        })
        .collect()
}

#[test]
fn a_server_killed_at_any_moment_of_an_upload_has_no_message_without_its_file() {
    let mut server = Server::start();
    let (ada, bob) = two(&server);
    let mut chance =
        Chance::of("a_server_killed_at_any_moment_of_an_upload_has_no_message_without_its_file");
    let (mut kills, mut unfinished) = (0, 0);
    let mut number = 0;
    while number < SENT_UNDER_KILLS || unfinished == 0 {
        number += 1;
        let content = format!("file {number}\n").repeat(40_000);
        let path = written(&ada, "big.log", &content);
        let key = format!("big {number}");
        let text = format!("message {number}");
        let mut child =
            ada.start(&["send", "bob", "--file", &path, "--key", &key, "--timeout", "60s", &text]);
        std::thread::sleep(chance.millis(0..120));
        let was_under_way = child.try_wait().expect("asks").is_none();
        server.kill();
        kills += 1;
        unfinished += usize::from(was_under_way);
        server.restart();
        let said = child.wait_with_output().expect("ends");
        assert!(said.status.success(), "{said:?}");
    }
    let messages = bob.json(&["read", "ada", "--limit", "1000"]);
    assert_eq!(messages.len(), number, "{kills} kills");
    for (at, message) in messages.iter().enumerate() {
        let number = at + 1;
        assert_eq!(message["body"], format!("message {number}"));
        let media = message["attachments"][0]["media"].as_str().expect("a file");
        let out = bob.run(&["save", "--media", media, "--output", "-"]).exits(0).out;
        assert_eq!(out, format!("file {number}\n").repeat(40_000), "message {number}");
    }
    // What broke off is gone once the server has looked through its files.
    server.restart();
    chatter_tests::wait_until("only what messages use is left", || {
        files_below(&server.data().join("media")).len() == number
    });
}
