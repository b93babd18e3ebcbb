//! `follow`: over a server that goes away, slow commands, and positions that are too early or late.

use std::fs;
use std::io::Read;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};

use chatter_tests::gate::Gate;
use chatter_tests::server::Server;
use chatter_tests::shell::{Said, Shell};
use chatter_tests::wait_until;
use rustix::process::Signal;
use serde_json::Value;

use crate::following::{Follower, numbers, position, two};

/// Messages of somebody who talks without a pause, at least.
const LOAD: u64 = 500;

/// Whether messages have the numbers 1 to `last`, in order and each once.
fn check(records: &[Value], last: u64) -> Result<(), String> {
    let (seen, mut expected) = (numbers(records), 1..=last);
    for (place, number) in seen.iter().enumerate() {
        match expected.next() {
            Some(next) if next == *number => {}
            Some(next) if *number < next => return Err(format!("{number} again, at {place}")),
            Some(next) => return Err(format!("{next} is missing before {number}")),
            None => return Err(format!("{number}, which nobody wrote")),
        }
    }
    expected.next().map_or(Ok(()), |next| Err(format!("{next} is missing at the end")))
}

fn lines(numbers: impl IntoIterator<Item = u64>) -> String {
    numbers.into_iter().map(|number| format!("line {number}\n")).collect()
}

fn ended(child: Child) -> Said {
    child.wait_with_output().expect("ends").into()
}

/// The position so many before or after this one.
fn moved(position: &str, by: i64) -> String {
    let (epoch, number) = position.rsplit_once(':').expect("a position");
    format!("{epoch}:{}", number.parse::<i64>().expect("a number") + by)
}

#[test]
fn a_position_one_too_early_or_too_late_is_seen_by_the_check() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    bob.pipe(&["send", "ada", "--lines"], &lines(1..=20)).exits(0);
    let follow = |since: &str, count: &str| {
        ada.json(&["follow", "--since", since, "--count", count, "--timeout", "20s"])
    };
    let first = follow(":0", "10");
    let last = position(first.last().expect("some"));
    for (since, count, verdict) in [
        (last.clone(), "10", Ok(())),
        (moved(&last, -1), "11", Err("10 again, at 10".to_owned())),
        (moved(&last, 1), "9", Err("11 is missing before 12".to_owned())),
    ] {
        let records = [first.clone(), follow(&since, count)].concat();
        assert_eq!(check(&records, 20), verdict, "{since}");
    }
    let ahead = ada.run(&["follow", "--since", &moved(&last, 1_000), "--json", "--timeout", "1s"]);
    assert_eq!(ahead.exits(6).records()[0]["type"], "reset", "a position nobody was at is told");
}

#[test]
fn a_server_that_is_killed_under_load_costs_no_message_and_repeats_none() {
    let mut server = Server::start();
    let (ada, bob) = two(&server);
    let state = ada.file("position");
    let state = ["--state", state.to_str().expect("UTF-8")];
    let mut follower = Follower::start(&ada, &state);
    wait_until("the first position", || ada.file("position").exists());
    let is_over = AtomicBool::new(false);
    let (said, records) = std::thread::scope(|scope| {
        let talking = scope.spawn(|| {
            let mut said = 0;
            while said < LOAD || !is_over.load(Ordering::Relaxed) {
                let key = format!("batch {said}");
                let batch = lines(said + 1..=said + 50);
                // Repeated until it is confirmed, as a script does it.
                let send = ["send", "ada", "--lines", "--key", &key, "--timeout", "20s"];
                while bob.pipe(&send, &batch).code != Some(0) {}
                said += 50;
            }
            said
        });
        let mut records = vec![];
        for _ in 0..4 {
            records.extend((0..60).map(|_| follower.message()));
            server.kill();
            // A killed reader of a killed server, too.
            records.extend(follower.rest(Signal::KILL));
            follower = Follower::start(&ada, &state);
            server.restart();
            let first = follower.next().expect("goes on");
            // A server that has started anew names another epoch; the number stays.
            if place(&first) != place(records.last().expect("some")) {
                records.push(first);
            }
        }
        is_over.store(true, Ordering::Relaxed);
        let said = talking.join().expect("talks");
        while numbers(&records).last() != Some(&said) {
            records.push(follower.message());
        }
        follower.rest(Signal::TERM);
        (said, records)
    });
    check(&records, said).expect("each once");
}

/// The number in a record's position.
fn place(record: &Value) -> u64 {
    let position = position(record);
    let number = position.rsplit(':').next().expect("a number");
    number.parse().expect("a number")
}

#[test]
fn a_name_that_can_t_be_asked_for_is_waited_for() {
    let server = Server::start();
    let gate = Gate::before(server.addr());
    let ada = Shell::signed_up(&gate.url(), "ada");
    let bob = Shell::signed_up(&server.url(), "bob");
    let mut follower = Follower::start(&ada, &["--since", ":0"]);
    // The second one comes over the live line for sure.
    for body in ["one", "a live line"] {
        bob.run(&["send", "ada", body]).exits(0);
        assert_eq!(follower.message()["body"], body);
    }
    wait_until("the live line", || gate.live() == 1);
    // The live line stays, and requests can't be made: the moment of a restart.
    gate.shut();
    let before = gate.counts().0;
    let eve = Shell::signed_up(&server.url(), "eve");
    eve.run(&["send", "ada", "who am I?"]).exits(0);
    wait_until("the second question for a name", || gate.counts().0 > before + 1);
    gate.open();
    let record = follower.message();
    assert_eq!((&record["body"], &record["from"]), (&"who am I?".into(), &"eve".into()));
    follower.rest(Signal::TERM);
}

#[test]
fn who_knows_a_position_may_start_before_the_server() {
    let mut server = Server::start();
    let (ada, bob) = two(&server);
    bob.run(&["send", "ada", "one"]).exits(0);
    let since =
        position(&ada.json(&["follow", "--since", ":0", "--from", "bob", "--count", "1"])[0]);
    bob.run(&["send", "ada", "two"]).exits(0);
    server.kill();
    let mut follower = Follower::start(&ada, &["--since", &since]);
    // One who knows none has to be told the present.
    ada.run(&["follow"]).exits(4);
    server.restart();
    let record = follower.message();
    assert_eq!((&record["body"], &record["replayed"]), (&"two".into(), &true.into()));
    follower.rest(Signal::TERM);
}

#[test]
fn a_state_file_that_can_t_be_used_is_told_and_is_whole_at_any_time() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let path = ada.file("position");
    let state = path.to_str().expect("UTF-8");
    let follow = ["follow", "--state", state, "--count", "1", "--json"];
    let first = ada.start(&follow);
    wait_until("the first position", || path.exists());
    bob.run(&["send", "ada", "hello"]).exits(0);
    let said = ended(first).exits(0);
    let last = position(said.records().last().expect("some"));
    assert!(fs::read_to_string(&path).expect("reads").contains(&last));
    // The same name elsewhere is another account.
    let other = Server::start();
    let elsewhere = Shell::signed_up(&other.url(), "ada");
    assert!(elsewhere.run(&follow).exits(2).err.contains(&server.url()));
    fs::write(&path, "{\"v\":1,\"serv").expect("writes");
    assert!(ada.run(&follow).exits(8).err.contains("Take it away"));
    ada.run(&["follow", "--state", "/nowhere/at/all", "--count", "1"]).exits(8);
    ada.run(&["follow", "--state", state, "--since", ":0"]).exits(2);
    fs::remove_file(&path).expect("removes");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut follower = Follower::start(&ada, &["--state", state]);
        wait_until("the first position", || path.exists());
        let looking = scope.spawn(|| {
            let mut looks = 0;
            while !stop.load(Ordering::Relaxed) {
                let text = fs::read_to_string(&path).expect("there");
                serde_json::from_str::<Value>(&text).expect("whole");
                looks += 1;
            }
            looks
        });
        bob.pipe(&["send", "ada", "--lines"], &lines(1..=200)).exits(0);
        (0..200).for_each(|_| drop(follower.message()));
        stop.store(true, Ordering::Relaxed);
        assert!(looking.join().expect("looks") > 100);
        follower.rest(Signal::TERM);
    });
}

#[test]
fn commands_run_beside_each_other_up_to_the_limit_and_each_message_has_one() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let (busy, log, got) = (ada.file("busy"), ada.file("log"), ada.file("got"));
    fs::create_dir(&busy).expect("makes");
    fs::create_dir(&got).expect("makes");
    let script = format!(
        "cat > {got}/$$.$(date +%s%N); mkdir {busy}/$$; ls {busy} | wc -l >> {log}; sleep 0.2; \
         rmdir {busy}/$$",
        busy = busy.display(),
        log = log.display(),
        got = got.display()
    );
    bob.pipe(&["send", "ada", "--lines"], &lines(1..=24)).exits(0);
    let run = |jobs: &str| {
        let follow =
            ["follow", "--since", ":0", "--count", "24", "--exec-replayed", "--jobs", jobs];
        ada.run(&[&follow[..], &["--exec", "sh", "-c", &script]].concat()).exits(0);
        let most = fs::read_to_string(&log).expect("reads");
        let most = most.lines().map(|it| it.trim().parse::<u32>().expect("a number")).max();
        fs::remove_file(&log).expect("removes");
        most
    };
    assert_eq!(run("1"), Some(1));
    let most = run("4").expect("some");
    assert!((2..=4).contains(&most), "{most} at once");
    let mut seen: Vec<u64> = fs::read_dir(&got)
        .expect("lists")
        .map(|file| fs::read_to_string(file.expect("there").path()).expect("reads"))
        .map(|text| serde_json::from_str::<Value>(&text).expect("one record"))
        .map(|record| record["conv_seq"].as_u64().expect("a number"))
        .collect();
    seen.sort_unstable();
    let twice: Vec<u64> = (1..=24).flat_map(|number| [number, number]).collect();
    assert_eq!(seen, twice, "once a run");
}

#[test]
fn behind_a_slow_command_the_server_keeps_what_comes() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let (go, got) = (ada.file("go"), ada.file("got"));
    let script =
        format!("cat >> {}; while [ ! -e {} ]; do sleep 0.05; done", got.display(), go.display());
    let mut follower = Follower::start(&ada, &["--since", ":0", "--exec", "sh", "-c", &script]);
    // My own: shows that it listens, and runs nothing.
    ada.run(&["send", "bob", "line 1"]).exits(0);
    let first = follower.message();
    // More than the server keeps for one connection, while the command for the first one runs.
    bob.pipe(&["send", "ada", "--lines"], &lines(2..=LOAD)).exits(0);
    wait_until("the first command", || got.exists());
    assert_eq!(fs::read_to_string(&got).expect("reads").lines().count(), 1, "only one runs");
    fs::write(&go, "").expect("writes");
    let mut records = vec![first];
    while numbers(&records).last() != Some(&LOAD) {
        records.push(follower.message());
    }
    // Waits for the last command.
    follower.rest(Signal::TERM);
    check(&records, LOAD).expect("each once");
    let got = fs::read_to_string(&got).expect("reads");
    let got = got.lines().map(|line| serde_json::from_str(line).expect("a record"));
    let got: Vec<Value> = std::iter::once(records[0].clone()).chain(got).collect();
    check(&got, LOAD).expect("a command for each, in order");
}

#[test]
fn a_command_that_fails_or_hangs_is_said_and_what_follows_is_heard() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let fails = "read -r line; case $line in *fail*) exit 3;; *hang*) exec sleep 600;; esac";
    let exec = ["--exec-timeout", "1s", "--exec", "sh", "-c", fails];
    let mut follower = Follower::start(&ada, &[&["--since", ":0"][..], &exec].concat());
    // The first one shows that it listens: the others are no replay.
    let mut records = vec![];
    for body in ["fine", "fail please", "hang please", "fine again"] {
        bob.run(&["send", "ada", body]).exits(0);
        records.push(follower.message());
    }
    check(&records, 4).expect("each once");
    let mut err = follower.child.stderr.take().expect("a pipe");
    follower.rest(Signal::TERM);
    let mut said = String::new();
    err.read_to_string(&mut said).expect("reads");
    assert_eq!(said.matches("sh failed (exit status: 3)").count(), 1, "{said}");
    assert_eq!(said.matches("sh took too long and was ended").count(), 1, "{said}");
}
