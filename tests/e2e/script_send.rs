//! `send`: stored once whatever interrupts it, in order, and known to be where it says it is.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use chatter_tests::chance::Chance;
use chatter_tests::device_process::DeviceProcess;
use chatter_tests::gate::Gate;
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::shell::{Said, Shell};
use chatter_tests::wait_until;
use serde_json::Value;

use crate::following::two;

/// Messages that are sent by somebody who is killed again and again.
const KILLED: usize = 12;

/// What `reader` finds in the chat with `peer`.
fn bodies(reader: &Shell, peer: &str) -> Vec<String> {
    let text = |it: &Value| it["body"].as_str().expect("text").to_owned();
    reader.json(&["read", peer, "--limit", "1000"]).iter().map(text).collect()
}

fn ended(child: Child) -> Said {
    child.wait_with_output().expect("ends").into()
}

/// Waits until the newest message of the reader's newest chat has this number.
fn wait_for_number(reader: &Shell, conv_seq: u64) {
    wait_until(&format!("number {conv_seq}"), || {
        let chats = reader.json(&["chats"]);
        chats.first().and_then(|chat| chat["head_seq"].as_u64()) == Some(conv_seq)
    });
}

#[test]
fn killed_at_any_moment_and_repeated_with_its_key_a_message_is_shown_once() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let start = Instant::now();
    ada.run(&["send", "bob", "without a key"]).exits(0);
    let whole = u64::try_from(start.elapsed().as_millis()).expect("short");
    let mut chance =
        Chance::of("killed_at_any_moment_and_repeated_with_its_key_a_message_is_shown_once");
    let (mut kills, mut stored_by_killed) = (0, 0);
    let mut sent = vec!["without a key".to_owned()];
    // Until a kill has fallen between the server's commit and the exit, too.
    while sent.len() <= KILLED || kills == 0 || stored_by_killed == 0 {
        let (body, key) = (format!("message {}", sent.len()), format!("ada's cron {}", sent.len()));
        loop {
            let mut child = ada.start(&["send", "bob", &body, "--key", &key]);
            std::thread::sleep(chance.millis(0..whole + 20));
            if child.try_wait().expect("asks").is_some() {
                ended(child).exits(0);
                break;
            }
            child.kill().expect("kills");
            ended(child);
            kills += 1;
            stored_by_killed += usize::from(bodies(&bob, "ada").last() == Some(&body));
        }
        sent.push(body);
    }
    assert_eq!(bodies(&bob, "ada"), sent);
    // The control: without a key what is repeated is shown again.
    ada.run(&["send", "bob", "without a key"]).exits(0);
    assert_eq!(bodies(&bob, "ada").iter().filter(|body| *body == "without a key").count(), 2);
}

#[test]
fn lines_come_in_order_each_once_and_one_that_fails_is_named() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let send = ["send", "bob", "--lines", "--key", "log of today"];
    let too_long = "x".repeat(20_000);
    let failed = ada.pipe(&send, &format!("one\n\ntwo\n{too_long}\nnever\n")).exits(3);
    assert!(failed.err.contains("Line 4") && failed.err.contains("2 before it"), "{failed:?}");
    assert_eq!(bodies(&bob, "ada"), ["one", "two"]);
    // Corrected and repeated, it goes on where it failed.
    ada.pipe(&send, "one\n\ntwo\nshort\nlast without an end").exits(0);
    assert_eq!(bodies(&bob, "ada"), ["one", "two", "short", "last without an end"]);
    let mut child = ada.command(&["send", "bob", "--lines"]);
    let mut child = child.stdin(std::process::Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Each line is sent as it comes, while the pipe is open.
    for (line, number) in [("a line now", 5), ("one later", 6)] {
        std::io::Write::write_all(&mut stdin, format!("{line}\n").as_bytes()).expect("reads");
        wait_for_number(&bob, number);
    }
    std::io::Write::write_all(&mut stdin, b"no text: \xff\xfe\n").expect("reads");
    drop(stdin);
    let failed = ended(child).exits(2);
    assert!(failed.err.contains("Line 3") && failed.err.contains("UTF-8"), "{failed:?}");
    let many: Vec<_> = (0..300).map(|number| format!("line {number}")).collect();
    ada.pipe(&["send", "bob", "--lines"], &many.join("\n")).exits(0);
    assert_eq!(bodies(&bob, "ada")[6..], many);
}

#[test]
fn a_whole_pipe_is_one_message_and_what_is_no_message_is_refused() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let log = "  indented\n\nwith – dashes, 日本 and\ttabs\n";
    ada.pipe(&["send", "bob", "-"], &format!("{log}\n\n")).exits(0);
    assert_eq!(bodies(&bob, "ada"), [log.trim_end()]);
    for (input, code, word) in [
        (String::new(), 2, "empty"),
        ("\n\n".to_owned(), 2, "empty"),
        ("x".repeat(17 * 1024), 3, "16384"),
        ("x".repeat(2 * 1024 * 1024), 2, "too long"),
    ] {
        let refused = ada.pipe(&["send", "bob"], &input).exits(code);
        assert!(refused.err.contains(word), "{word}: {}", refused.err);
    }
    assert_eq!(bodies(&bob, "ada").len(), 1);
}

#[test]
fn a_send_waits_until_a_device_has_it_and_until_it_is_read() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let waiting =
        |body: &str, place: &str| ada.start(&["send", "bob", body, "--wait", place, "--json"]);
    let state = |said: Said| said.exits(0).records()[0]["state"].clone();
    let mut delivered = waiting("for a device", "delivered");
    wait_for_number(&bob, 1);
    // Asking the server over REST is no delivery.
    assert!(delivered.try_wait().expect("asks").is_none());
    let mut device = crate::following::Follower::start(&bob, &["--since", ":0"]);
    assert_eq!(device.message()["body"], "for a device");
    assert_eq!(state(ended(delivered)), "delivered");

    let late = ada.run(&["send", "bob", "unread", "--wait", "read", "--timeout", "1s"]).exits(6);
    assert!(late.err.contains("number 2") && late.err.contains("not read"), "{late:?}");
    let mut read = waiting("to be read", "read");
    assert_eq!(device.message()["body"], "unread");
    assert_eq!(device.message()["body"], "to be read");
    assert!(read.try_wait().expect("asks").is_none(), "delivered is not read");
    bob.run(&["read", "ada", "--unread", "--mark-read"]).exits(0);
    assert_eq!(state(ended(read)), "read");
    // What has come there already is not waited for.
    assert_eq!(
        state(ended(ada.start(&["send", "ada", "a note", "--wait", "read", "--json"]))),
        "read"
    );
    device.rest(rustix::process::Signal::TERM);
}

#[test]
fn to_a_chat_that_is_named_and_to_none_of_others() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let eve = Shell::signed_up(&server.url(), "eve");
    let sent = &ada.json(&["send", "bob", "first"])[0];
    let chat = sent["conversation"].as_str().expect("an id");
    assert_eq!(bob.json(&["send", "--conversation", chat, "second"])[0]["conv_seq"], 2);
    bob.pipe(&["send", "--conversation", chat, "-"], "third").exits(0);
    eve.run(&["send", "--conversation", chat, "let me in"]).exits(5);
    let nowhere = "0190b6a0-1f00-7000-8000-000000000002";
    ada.run(&["send", "--conversation", nowhere, "hello?"]).exits(5);
    ada.run(&["send", "--conversation", "not-an-id", "hello?"]).exits(2);
    assert_eq!(bodies(&ada, "bob"), ["first", "second", "third"]);
}

/// Ada's store below her home.
fn store_in(folder: &Path) -> Option<PathBuf> {
    let entries: Vec<_> = std::fs::read_dir(folder).ok()?.map_while(Result::ok).collect();
    entries.iter().map(std::fs::DirEntry::path).find_map(|path| match path.is_dir() {
        true => store_in(&path),
        false => path.extension().is_some_and(|it| it == "sqlite3").then_some(path),
    })
}

/// The account of a shell, for what is no command.
fn account(server: &Server, shell: &Shell, name: &str) -> Account {
    let saved = std::fs::read_to_string(shell.file(".local/state/chatter/session.json"));
    let saved: Value = serde_json::from_str(&saved.expect("saved")).expect("JSON");
    let token = saved["token"].as_str().expect("a token").to_owned();
    let id = shell.json(&["whoami"])[0]["id"].as_str().expect("an id").parse().expect("an id");
    let rest = Rest::new(&server.url()).with_token(&token);
    Account { rest, token, id, name: name.to_owned() }
}

#[test]
fn what_is_queued_while_the_server_is_away_any_device_sends_once_and_in_order() {
    let mut server = Server::start();
    let (ada, bob) = two(&server);
    ada.run(&["send", "bob", "0", "--queue"]).exits(0);
    let owner = account(&server, &ada, "ada");
    server.kill();
    let queue = |body: &str| ada.run(&["send", "bob", body, "--queue", "--timeout", "0", "--json"]);
    for number in 1..=3 {
        let kept = queue(&number.to_string()).exits(4);
        assert!(kept.err.contains("\"queued\"") && kept.out.is_empty(), "{kept:?}");
    }
    // One that could not be kept says so, and does not look like one that was.
    let unknown = ["send", "eve", "hello", "--queue", "--timeout", "0", "--json"];
    let lost = ada.run(&unknown).exits(4);
    assert!(lost.err.contains("Nothing was kept") && !lost.err.contains("queued"), "{lost:?}");
    server.restart();
    let store = store_in(ada.home()).expect("a store");
    let program = chatter_tests::binaries::binary("device");
    let device = DeviceProcess::start(&program, &owner, &server.url(), &store);
    assert_eq!(device.wait("started "), "3");
    device.wait("sent all");
    assert_eq!(bodies(&bob, "ada"), ["0", "1", "2", "3"]);
    device.kill();
    // And what is sent was taken out.
    ada.run(&["send", "bob", "4", "--queue"]).exits(0);
    assert_eq!(bodies(&bob, "ada"), ["0", "1", "2", "3", "4"]);
}

#[test]
fn a_queued_send_that_is_killed_is_lost_or_sent_later_and_never_twice() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    ada.run(&["send", "bob", "first", "--queue"]).exits(0);
    let mut chance =
        Chance::of("a_queued_send_that_is_killed_is_lost_or_sent_later_and_never_twice");
    let (mut confirmed, mut kills) = (vec!["first".to_owned()], 0);
    for number in 0..KILLED {
        let body = format!("queued {number}");
        let mut child = ada.start(&["send", "bob", &body, "--queue"]);
        std::thread::sleep(chance.millis(0..120));
        match child.try_wait().expect("asks") {
            Some(_) => {
                ended(child).exits(0);
                confirmed.push(body);
            }
            None => {
                child.kill().expect("kills");
                ended(child);
                kills += 1;
            }
        }
    }
    ada.run(&["send", "bob", "last", "--queue"]).exits(0);
    confirmed.push("last".to_owned());
    assert!(kills > 0, "nothing was killed");
    let shown = bodies(&bob, "ada");
    let mut once = shown.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), shown.len(), "twice: {shown:?}");
    let kept: Vec<_> = shown.iter().filter(|body| confirmed.contains(body)).cloned().collect();
    assert_eq!(kept, confirmed, "all that was confirmed, in order");
}

#[test]
fn a_send_is_one_connection_and_one_request() {
    let server = Server::start();
    let bob = Shell::signed_up(&server.url(), "bob");
    let gate = Gate::before(server.addr());
    let ada = Shell::signed_up(&gate.url(), "ada");
    let counted = |arguments: &[&str], code: i32| {
        let before = gate.counts();
        ada.run(arguments).exits(code);
        let now = gate.counts();
        (now.0 - before.0, now.1 - before.1)
    };
    assert_eq!(counted(&["send", "bob", "hello"], 0), (1, 1));
    assert_eq!(counted(&["send", "bob", "again", "--key", "k", "--json"], 0), (1, 1));
    // The control: one that waits asks more.
    let waiting = ["send", "bob", "hello", "--wait", "delivered", "--timeout", "1s"];
    let (connections, requests) = counted(&waiting, 6);
    assert!(connections > 1 && requests > 2, "{connections} connections, {requests} requests");
    assert_eq!(bodies(&bob, "ada").len(), 3);
}

#[test]
fn a_server_that_comes_back_while_a_send_tries_gets_it_once() {
    let mut server = Server::start();
    let (ada, bob) = two(&server);
    server.kill();
    let trying = ada.start(&["send", "bob", "are you there?", "--timeout", "25s"]);
    server.restart();
    ended(trying).exits(0);
    server.kill();
    let start = Instant::now();
    let gone = ada.run(&["send", "bob", "lost?", "--timeout", "1s", "--key", "mine"]).exits(4);
    assert!(start.elapsed() < Duration::from_secs(10), "it gives up when told to");
    assert!(gone.err.contains("--key"), "{gone:?}");
    server.restart();
    let key = gone.err.rsplit("--key ").next().expect("a key").trim().to_owned();
    for _ in 0..2 {
        ada.run(&["send", "bob", "lost?", "--key", &key]).exits(0);
    }
    ada.run(&["send", "bob", "lost?", "--key", "mine"]).exits(0);
    assert_eq!(bodies(&bob, "ada"), ["are you there?", "lost?"]);
}
