//! `follow`: nothing missed and nothing told twice, whatever ends it, and commands for messages.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering};

use chatter_tests::server::{Launch, Server};
use chatter_tests::shell::{Said, Shell};
use chatter_tests::wait_until;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::stage::Stage;

/// Times that a follower is killed.
const KILLS: usize = 10;

/// Messages read before each.
const READ_BETWEEN: usize = 40;

pub(crate) struct Follower {
    pub(crate) child: Child,
    lines: BufReader<ChildStdout>,
}

impl Follower {
    pub(crate) fn start(shell: &Shell, arguments: &[&str]) -> Self {
        let mut child = shell.start(&[&["follow", "--json"], arguments].concat());
        let lines = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, lines }
    }

    /// The next whole line; none at the end. What a kill cut off is no line.
    pub(crate) fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("reads");
        line.ends_with('\n').then(|| serde_json::from_str(&line).expect("JSON"))
    }

    /// The next message.
    pub(crate) fn message(&mut self) -> Value {
        loop {
            let record = self.next().expect("goes on");
            if record["type"] == "message" {
                return record;
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("there");
    }

    /// What it printed after `signal` asked it, or made it, to end.
    pub(crate) fn rest(mut self, signal: Signal) -> Vec<Value> {
        self.signal(signal);
        let rest = std::iter::from_fn(|| self.next()).collect();
        self.child.wait().expect("ends");
        rest
    }
}

pub(crate) fn numbers(records: &[Value]) -> Vec<u64> {
    let messages = records.iter().filter(|record| record["type"] == "message");
    messages.map(|record| record["conv_seq"].as_u64().expect("a number")).collect()
}

pub(crate) fn position(record: &Value) -> String {
    record["position"].as_str().expect("a position").to_owned()
}

/// Says things until told to stop; how many.
fn chatter_on(shell: &Shell, stop: &AtomicBool) -> u64 {
    let mut said = 0;
    while !stop.load(Ordering::Relaxed) {
        let lines: String = (0..50).map(|n| format!("line {said} {n}\n")).collect();
        shell.pipe(&["send", "ada", "--lines"], &lines).exits(0);
        said += 50;
    }
    said
}

#[test]
fn killed_under_load_and_started_again_it_misses_nothing_and_repeats_nothing() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let stop = AtomicBool::new(false);
    let (said, records) = std::thread::scope(|scope| {
        let talking = scope.spawn(|| chatter_on(&bob, &stop));
        let mut records = vec![];
        let mut follower = Follower::start(&ada, &["--since", ":0"]);
        for _ in 0..KILLS {
            (0..READ_BETWEEN).for_each(|_| records.push(follower.next().expect("goes on")));
            records.extend(follower.rest(Signal::KILL));
            let since = position(records.last().expect("some"));
            follower = Follower::start(&ada, &["--since", &since]);
        }
        stop.store(true, Ordering::Relaxed);
        let said = talking.join().expect("talks");
        while numbers(&records).last() != Some(&said) {
            records.push(follower.next().expect("goes on"));
        }
        follower.rest(Signal::TERM);
        (said, records)
    });
    assert_eq!(numbers(&records), (1..=said).collect::<Vec<_>>());
    // The control: one position too early repeats, and the same check finds it.
    let early = position(&records[records.len() - 3]);
    let mut follower = Follower::start(&ada, &["--since", &early]);
    let repeated = follower.message();
    follower.rest(Signal::TERM);
    let twice = [records, vec![repeated]].concat();
    assert_ne!(numbers(&twice), (1..=said).collect::<Vec<_>>());
}

#[test]
fn a_state_file_goes_on_where_the_last_run_ended() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let state = ada.file("position");
    let state = ["--state", state.to_str().expect("UTF-8")];
    let stop = AtomicBool::new(false);
    let (said, records) = std::thread::scope(|scope| {
        let mut follower = Follower::start(&ada, &state);
        wait_until("the first position", || ada.file("position").exists());
        let talking = scope.spawn(|| chatter_on(&bob, &stop));
        let mut records = vec![];
        for round in 0..KILLS {
            (0..READ_BETWEEN).for_each(|_| records.push(follower.next().expect("goes on")));
            let signal = if round % 2 == 0 { Signal::TERM } else { Signal::KILL };
            records.extend(follower.rest(signal));
            follower = Follower::start(&ada, &state);
            let first = follower.next().expect("goes on");
            // Only a kill between the line and the file can print one again, and it shows.
            if position(&first) != position(records.last().expect("some")) {
                records.push(first);
            } else {
                assert_eq!(signal, Signal::KILL, "a repeat without a kill: {first}");
            }
        }
        stop.store(true, Ordering::Relaxed);
        let said = talking.join().expect("talks");
        while numbers(&records).last() != Some(&said) {
            records.push(follower.next().expect("goes on"));
        }
        let refused = ada.run(&[&["follow"][..], &state].concat()).exits(8);
        assert!(refused.err.contains("Another"), "{refused:?}");
        follower.rest(Signal::TERM);
        (said, records)
    });
    assert_eq!(numbers(&records), (1..=said).collect::<Vec<_>>());
    let other = bob.run(&[&["follow"][..], &state].concat()).exits(2);
    assert!(other.err.contains("@ada"), "{other:?}");
}

#[test]
fn thousands_of_events_behind_and_over_restarts_of_the_server() {
    let mut server = Server::start_with("frames_per_second = 0");
    let (ada, bob) = two(&server);
    let start = {
        let mut follower = Follower::start(&ada, &["--since", ":0"]);
        bob.run(&["send", "ada", "first"]).exits(0);
        let record = follower.message();
        follower.rest(Signal::TERM);
        position(&record)
    };
    let lines: String = (0..2_200).map(|n| format!("{n}\n")).collect();
    bob.pipe(&["send", "ada", "--lines"], &lines).exits(0);
    let mut follower = Follower::start(&ada, &["--since", &start]);
    let mut seen: Vec<Value> = (0..2_200).map(|_| follower.message()).collect();
    assert!(seen.iter().all(|record| record["replayed"] == true));
    for round in 0..3 {
        server.kill();
        server.restart();
        bob.run(&["send", "ada", "after a restart", "--timeout", "20s"]).exits(0);
        let record = follower.message();
        assert_eq!(record["replayed"], false, "round {round}");
        seen.push(record);
    }
    follower.rest(Signal::TERM);
    assert_eq!(numbers(&seen), (2..=2_204).collect::<Vec<_>>());
}

#[test]
fn another_history_of_the_server_is_told() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let mut follower = Follower::start(&ada, &["--since", "of-another-server:7"]);
    let reset = follower.next().expect("a record");
    assert_eq!((&reset["type"], &reset["reason"]), (&"reset".into(), &"other_epoch".into()));
    bob.run(&["send", "ada", "and on it goes"]).exits(0);
    assert_eq!(follower.message()["body"], "and on it goes");
    follower.rest(Signal::TERM);
    ada.run(&["follow", "--since", "nonsense"]).exits(2);
}

#[test]
fn one_person_s_messages_and_only_as_many_as_asked_for() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let grace = Shell::signed_up(&server.url(), "grace");
    grace.run(&["send", "ada", "not this"]).exits(0);
    bob.run(&["send", "ada", "this"]).exits(0);
    ada.run(&["send", "bob", "nor this"]).exits(0);
    bob.run(&["send", "ada", "and this"]).exits(0);
    let only = ["follow", "--since", ":0", "--from", "bob", "--count", "2", "--json"];
    let records = ada.run(&only).exits(0).records();
    let bodies: Vec<_> = records.iter().map(|it| it["body"].clone()).collect();
    assert_eq!(bodies, ["this", "and this"]);
    ada.run(&["follow", "--from", "nobody.here"]).exits(5);
}

#[test]
fn a_command_gets_each_new_message_of_others_as_it_is_and_no_shell_sees_it() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    bob.run(&["send", "ada", "from before"]).exits(0);
    let out = ada.file("out");
    let hook = ada.file("hook.sh");
    let script = format!("#!/bin/sh\n{{ printf '<%s>' \"$@\"; cat; }} >> '{}'\n", out.display());
    fs::write(&hook, script).expect("writes");
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("sets");
    let hook = hook.to_str().expect("UTF-8");
    let exec = ["--since", ":0", "--exec", hook, "a b", "$HOME", "`id`", "--flag"];
    let mut follower = Follower::start(&ada, &exec);
    assert_eq!(follower.message()["replayed"], true);
    ada.run(&["send", "bob", "my own"]).exits(0);
    bob.run(&["send", "ada", "$(touch /tmp/x); 'new'"]).exits(0);
    assert_eq!(follower.message()["mine"], true);
    assert_eq!(follower.message()["body"], "$(touch /tmp/x); 'new'");
    // Waits for the command that runs.
    follower.rest(Signal::TERM);
    let said = fs::read_to_string(&out).expect("the command has run");
    let (arguments, json) = said.split_at(said.find('{').expect("JSON"));
    assert_eq!(arguments, "<a b><$HOME><`id`><--flag>");
    let records: Vec<Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("one line each")).collect();
    assert_eq!(records.len(), 1, "neither my own nor one from before");
    assert_eq!(records[0]["body"], "$(touch /tmp/x); 'new'");
    let all = ["follow", "--since", ":0", "--count", "3", "--exec-replayed", "--exec", hook];
    ada.run(&all).exits(0);
    assert_eq!(fs::read_to_string(&out).expect("reads").lines().count(), 3, "two of bob's more");
}

#[test]
fn commands_are_bounded_in_number_and_time_and_may_fail() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let busy = ada.file("busy");
    // Says how many run with it, then runs for longer than it may.
    let script = format!(
        "mkdir -p {0}; touch {0}/$$; ls {0} | wc -l >> {0}.log; exec sleep 1000",
        busy.display()
    );
    bob.pipe(&["send", "ada", "--lines"], "1\n2\n3\n4\n5\n6\n").exits(0);
    let bounded = [
        "follow",
        "--since",
        ":0",
        "--count",
        "6",
        "--exec-replayed",
        "--jobs",
        "2",
        "--exec-timeout",
        "1s",
        "--exec",
        "sh",
        "-c",
        &script,
    ];
    let said = ada.run(&bounded).exits(0);
    assert_eq!(said.err.matches("took too long").count(), 6, "{}", said.err);
    assert_eq!(fs::read_to_string(ada.file("busy.log")).expect("reads").lines().count(), 6);
    let failing = ["follow", "--since", ":0", "--count", "2", "--exec-replayed", "--exec", "false"];
    assert_eq!(ada.run(&failing).exits(0).err.matches("failed").count(), 2);
    let missing = ["follow", "--since", ":0", "--exec-replayed", "--exec", "/nowhere/at-all"];
    assert!(ada.run(&missing).exits(2).err.contains("can't be started"));
}

#[test]
fn who_follows_is_not_shown_as_online_unless_they_want_it() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let is_online = || !bob.json(&["people", "ada", "--online"]).is_empty();
    let mut quiet = Follower::start(&ada, &["--since", ":0"]);
    // A message that comes shows that it listens.
    bob.run(&["send", "ada", "hello"]).exits(0);
    assert_eq!(quiet.message()["body"], "hello");
    assert!(!is_online());
    let shown = Follower::start(&ada, &["--online"]);
    wait_until("ada online", is_online);
    shown.rest(Signal::TERM);
    quiet.rest(Signal::TERM);
}

#[test]
fn beside_the_screen_of_the_same_account_all_see_the_same_once() {
    let stage = Stage::set();
    let scripts = |account: &chatter_tests::rest::Account| {
        let (shell, token) = (Shell::new(&stage.server.url()), account.token.clone());
        move |arguments: &[&str]| {
            let mut command = shell.command(arguments);
            command.env("CHATTER_TOKEN", &token);
            Said::from(command.output().expect("it starts"))
        }
    };
    let (ada, bob) = (scripts(&stage.ada), scripts(&stage.bob));
    let screen = stage.client();
    bob(&["send", "ada", "a question of mine"]).exits(0);
    screen.wait_for("a question of mine");
    screen.wait_for("1  │");
    ada(&["send", "bob", "the cron job says hello"]).exits(0);
    let list = screen.wait_for("You: the cron job");
    assert!(list.contains("1  │"), "what a script says reads nothing:\n{list}");
    let sent = std::thread::scope(|scope| {
        let sends: Vec<_> = (0..10)
            .map(|n| {
                let ada = &ada;
                scope.spawn(move || {
                    let body = format!("parallel {n}");
                    ada(&["send", "bob", &body, "--json"]).exits(0).records()[0]["conv_seq"]
                        .as_u64()
                })
            })
            .collect();
        sends.into_iter().map(|send| send.join().expect("sends")).collect::<BTreeSet<_>>()
    });
    assert_eq!(sent.len(), 10, "each has a number of its own");
    ada(&["read", "bob", "--unread", "--mark-read"]).exits(0);
    screen.keys("\r");
    for n in 0..10 {
        let text = format!("parallel {n}");
        screen.wait_until("the message in the chat, once", |screen| {
            let chat = screen.lines().filter_map(|line| line.split_once('│'));
            chat.filter(|(_, chat)| chat.contains(&text)).count() == 1
        });
    }
    let chats = ada(&["chats", "--json"]).exits(0).records();
    assert_eq!((&chats[0]["unread_count"], &chats[0]["head_seq"]), (&0.into(), &12.into()));
}

#[test]
fn a_send_is_one_connection_and_one_request() {
    let server = Server::start_in(
        tempfile::TempDir::new().expect("a directory"),
        "log = \"chatter_server=debug\"",
        &Launch::default(),
    );
    let (ada, _bob) = two(&server);
    let asked = || server.log().matches("answered").count();
    let before = asked();
    assert!(before > 0, "the log counts requests");
    ada.run(&["send", "bob", "hello"]).exits(0);
    assert_eq!(asked() - before, 1);
    ada.run(&["send", "bob", "hello", "--wait", "delivered", "--timeout", "1s"]).exits(6);
    assert!(asked() - before > 2, "the control: waiting asks more");
}

pub(crate) fn two(server: &Server) -> (Shell, Shell) {
    (Shell::signed_up(&server.url(), "ada"), Shell::signed_up(&server.url(), "bob"))
}
