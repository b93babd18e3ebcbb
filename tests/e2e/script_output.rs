//! What each command prints, for people and for programs; with which code it ends; and that nothing
//! that anybody wrote acts on a terminal.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use chatter_tests::server::Server;
use chatter_tests::shell::{PASSWORD, Said, Shell};
use chatter_tests::wait_until;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

fn ada_and_grace(server: &Server) -> (Shell, Shell) {
    (Shell::signed_up(&server.url(), "ada"), Shell::signed_up(&server.url(), "grace"))
}

/// Records of version 1 with a type, and nothing else.
#[track_caller]
fn records(text: &str) -> Vec<Value> {
    let record = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert_eq!(record["v"], 1, "{line}");
        assert!(record["type"].is_string(), "{line}");
        record
    };
    text.lines().map(record).collect()
}

/// The commands that `--help` lists.
fn commands(shell: &Shell) -> BTreeSet<String> {
    let help = shell.run(&["--help"]).exits(0).out;
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    let lines = list.expect("a list of commands").lines();
    // What a command does stands below its name, or behind it.
    let name = |line: &str| Some(line.strip_prefix("  ")?.split_whitespace().next()?.to_owned());
    lines.filter(|line| !line.starts_with("   ")).filter_map(name).collect()
}

#[test]
fn every_command_speaks_to_people_and_to_programs() {
    let server = Server::start();
    let (ada, grace) = ada_and_grace(&server);
    let notes = grace.file("notes.txt");
    std::fs::write(&notes, "notes").expect("written");
    let notes = notes.to_str().expect("a path");
    grace.run(&["send", "ada", "--file", notes, "hello"]).exits(0);
    grace.run(&["status", "at the compiler"]).exits(0);
    let saved = ada.file("saved");
    let saved = saved.to_str().expect("a path");
    // What to run, what a person sees of it, and what a program gets.
    let table: &[(&[&str], &str, &str)] = &[
        (&["signin", "--username", "ada", "--password-stdin"], "@ada", "account"),
        (&["whoami"], "@ada", "account"),
        (&["sessions"], "(this one)", "session"),
        (&["token", "create", "--name", "ci"], "cht_", "token"),
        (&["send", "grace", "hi"], "", "sent"),
        (&["read", "grace"], "hello", "message"),
        (&["chats"], "grace", "chat"),
        (&["people"], "at the compiler", "person"),
        (&["status", "busy"], "busy", "status"),
        (&["profile", "grace"], "@grace", "person"),
        (&["avatar", "clear"], "@ada", "person"),
        (&["follow", "--since", ":0", "--count", "1"], "hello", "message"),
        (&["export", "grace"], "hello", "message"),
        (&["save", "grace", "--to", saved], "notes", "saved"),
        (&["block", "grace"], "blocked @grace", "block"),
        (&["blocked"], "grace", "block"),
        (&["unblock", "grace"], "unblocked @grace", "block"),
    ];
    let mut tried = BTreeSet::new();
    for (arguments, shown, kind) in table {
        tried.insert(arguments[0].to_owned());
        let plain = ada.pipe(arguments, PASSWORD).exits(0);
        assert!(
            plain.out.contains(shown) && (plain.out.is_empty() == shown.is_empty()),
            "{plain:?}"
        );
        assert!(!plain.out.contains('\u{1b}'), "no colours without a terminal: {plain:?}");
        let form = if arguments[0] == "export" { "--format=json" } else { "--json" };
        let json = ada.pipe(&[arguments, &[form][..]].concat(), PASSWORD).exits(0);
        let got = records(&json.out);
        assert!(got.iter().any(|record| record["type"] == *kind), "{arguments:?}: {json:?}");
        let keeps = arguments[0] == "signin";
        assert!(plain.err.is_empty() && json.err.is_empty() || keeps, "{plain:?} {json:?}");
    }
    // The others: what they change, an answer, and what is text for everybody.
    for form in [&[][..], &["--json"]] {
        tried.extend(["signup", "ask", "sessions", "signout"].map(str::to_owned));
        let name = if form.is_empty() { "plain" } else { "json" };
        let email = format!("{name}@example.org");
        let signup = ["signup", "--email", &email, "--username", name, "--password-stdin"];
        let somebody = Shell::new(&server.url());
        let said = somebody.pipe(&[&signup, form].concat(), PASSWORD).exits(0);
        let asking = somebody.start(&[&["ask", "grace", "Well?"], form].concat());
        wait_until("the question", || {
            grace.json(&["chats"]).iter().any(|chat| chat["chat"] == name)
        });
        grace.run(&["send", name, "yes"]).exits(0);
        let answer = Said::from(asking.wait_with_output().expect("it ends")).exits(0);
        let made = somebody.json(&["token", "create", "--name", "short"])[0]["id"].clone();
        let end = ["sessions", "--end", made.as_str().expect("an id")];
        let ended = somebody.run(&[&end, form].concat()).exits(0);
        match form.is_empty() {
            true => {
                assert!(said.out.starts_with("@plain") && answer.out == "yes\n", "{said:?}");
                assert!(ended.out.starts_with("ended "), "{ended:?}");
            }
            false => {
                for (said, kind) in [(&said, "account"), (&answer, "answer"), (&ended, "ended")] {
                    assert_eq!(records(&said.out)[0]["type"], *kind);
                }
            }
        }
        let gone = somebody.run(&[&["signout"], form].concat()).exits(0);
        assert_eq!((gone.out.as_str(), gone.err.as_str()), ("", ""));
    }
    for arguments in
        [&["config", "default"][..], &["completions", "zsh"], &["man"], &["config", "path"]]
    {
        tried.insert(arguments[0].to_owned());
        let said = ada.run(arguments).exits(0);
        assert!(!said.out.is_empty() && said.err.is_empty(), "{arguments:?}: {said:?}");
    }
    tried.insert("help".to_owned());
    assert!(ada.run(&["help", "send"]).exits(0).out.contains("--wait"));
    tried.insert("doctor".to_owned());
    assert!(ada.run(&["doctor"]).out.contains("settings"));
    records(&ada.run(&["doctor", "--json"]).out);
    assert_eq!(tried, commands(&ada), "each command that there is");
}

#[test]
fn a_command_ends_with_the_code_that_is_promised() {
    let mut server = Server::start();
    let (ada, grace) = ada_and_grace(&server);
    grace.run(&["send", "ada", "hello"]).exits(0);
    let there = ada.file("there");
    fs::write(&there, "precious").expect("writes");
    let there = there.to_str().expect("UTF-8");
    let name = |code| match code {
        2 => "usage",
        3 => "refused",
        4 => "unreachable",
        5 => "not found",
        6 => "timed out",
        8 => "local storage",
        _ => "done",
    };
    // A code of a kind, and what the sentence must have in it, which says what to do.
    let mut table: Vec<(i32, &str, Vec<&str>)> = vec![
        (0, "", vec!["whoami"]),
        (2, "--help", vec!["read", "grace", "--nonsense"]),
        (2, "--help", vec!["read", "no such name"]),
        (2, "--help", vec!["nonsense"]),
        (2, "--help", vec!["send", "grace", "hi", "--wait", "never"]),
        (2, "chatter send USER TEXT", vec!["send"]),
        (2, "letters, digits", vec!["whoami", "--profile", "../x"]),
        (2, "--json", vec!["follow", "--since", "nowhere"]),
        (3, "chatter signin", vec!["whoami", "--profile", "nobody"]),
        (5, "@grace.x", vec!["send", "grace.x", "hi"]),
        (5, "isn't there", vec!["sessions", "--end", "0190b6a0-1f00-7000-8000-000000000006"]),
        (6, "time", vec!["ask", "grace", "Well?", "--timeout", "1s"]),
        (8, "Name another file", vec!["export", "grace", "--output", there]),
        (8, "/nowhere", vec!["chats", "--token-file", "/nowhere"]),
    ];
    let check = |(code, word, arguments): &(i32, &str, Vec<&str>)| {
        let plain = ada.run(arguments).exits(*code);
        let json = ada.run(&[&arguments[..], &["--json"]].concat()).exits(*code);
        if *code == 0 {
            assert!(plain.err.is_empty() && json.err.is_empty() && !plain.out.is_empty());
            return;
        }
        let kind = name(*code);
        assert!(plain.out.is_empty() && json.out.is_empty(), "{kind}: {plain:?} {json:?}");
        assert!(plain.err.contains(word), "{kind}: {plain:?}");
        let told = records(&json.err);
        assert_eq!(
            (told.len(), &told[0]["type"], &told[0]["exit"]),
            (1, &"error".into(), &(*code).into())
        );
        assert!(told[0]["message"].as_str().is_some_and(|it| it.contains(word)), "{json:?}");
    };
    table.iter().for_each(check);
    server.kill();
    table = vec![
        (4, "--key", vec!["send", "grace", "hi", "--timeout", "0s"]),
        (4, "127.0.0.1", vec!["chats"]),
        (4, "--local", vec!["signout"]),
    ];
    table.iter().for_each(check);
    // Something is wrong, and it is not the command: the server does not answer.
    ada.run(&["doctor"]).exits(1);
    server.restart();
    for (answer, code) in [("yes", 0), ("no", 7)] {
        let head = |who: &Shell| who.json(&["chats"])[0]["head_seq"].as_u64();
        let before = head(&grace);
        let asking = ada.start(&["ask", "grace", "Deploy?"]);
        wait_until("the question", || head(&grace) != before);
        grace.run(&["send", "ada", answer]).exits(0);
        let said = Said::from(asking.wait_with_output().expect("it ends")).exits(code);
        assert_eq!((said.out, said.err.as_str()), (format!("{answer}\n"), ""));
    }
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let state = ada.file(&format!("state {code}"));
        let following = ada.start(&["follow", "--state", state.to_str().expect("UTF-8")]);
        // Where it is has been kept once it follows; the signal is caught from then on.
        wait_until("it follows", || state.exists() && catches(&following, signal));
        kill_process(Pid::from_child(&following), signal).expect("it runs");
        let said = Said::from(following.wait_with_output().expect("it ends")).exits(code);
        assert_eq!((said.out.as_str(), said.err.as_str()), ("", ""));
    }
}

/// Whether a process does something of its own at a signal.
fn catches(child: &std::process::Child, signal: Signal) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = u64::from_str_radix(caught.expect("a line").trim(), 16).expect("a number");
    caught >> (signal.as_raw() - 1) & 1 == 1
}

#[test]
fn output_that_cannot_be_written_is_told_and_a_reader_that_left_is_not() {
    let server = Server::start();
    let (ada, grace) = ada_and_grace(&server);
    grace.run(&["send", "ada", "hello"]).exits(0);
    let commands: &[&[&str]] = &[
        &["whoami"],
        &["sessions"],
        &["chats"],
        &["people"],
        &["read", "grace"],
        &["export", "grace"],
        &["status", "x"],
        &["block", "grace"],
        &["blocked"],
        &["unblock", "grace"],
        &["profile"],
        &["follow", "--since", ":0", "--count", "1"],
        &["send", "grace", "hi", "--json"],
        &["config", "default"],
        &["config", "themes"],
        &["completions", "bash"],
        &["man"],
        &["doctor"],
        &["--help"],
        &["--version"],
    ];
    for arguments in commands {
        let mut command = ada.command(arguments);
        command.stdout(fs::OpenOptions::new().write(true).open("/dev/full").expect("opens"));
        let full = Said::from(command.output().expect("it starts")).exits(8);
        assert!(full.err.contains("can't be written"), "{arguments:?}: {full:?}");
        assert_eq!(full.err.lines().count(), 1, "{arguments:?}: {full:?}");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let left = ada.command(arguments).stdout(writer).output().expect("it starts");
        let left = Said::from(left);
        // A doctor who found something says so, whoever listens.
        let is_well = left.code == Some(0) || arguments == &["doctor"] && left.code == Some(1);
        assert!(is_well && left.err.is_empty(), "{arguments:?}: {left:?}");
    }
}

#[test]
fn an_export_is_for_its_owner_alone_and_overwrites_nothing() {
    let server = Server::start();
    let (ada, grace) = ada_and_grace(&server);
    grace.run(&["send", "ada", "between us"]).exits(0);
    let (file, link) = (ada.file("chat.md"), ada.file("link"));
    let (path, linked) = (file.to_str().expect("UTF-8"), link.to_str().expect("UTF-8"));
    ada.run(&["export", "grace", "--format", "md", "-o", path]).exits(0);
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    let written = fs::read_to_string(&file).expect("reads");
    assert!(written.contains("between us"), "{written}");
    // Not by another name either, also where that leads to nothing yet.
    std::os::unix::fs::symlink(ada.file("elsewhere"), &link).expect("links");
    for taken in [path, linked] {
        let refused = ada.run(&["export", "grace", "--output", taken]).exits(8);
        assert!(refused.err.contains("there already"), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(&file).expect("reads"), written);
    assert!(!ada.file("elsewhere").exists());
}

/// What may be in no output: all that is not shown but does something, save line feed and tab.
fn acts(c: char) -> bool {
    !matches!(c, '\n' | '\t') && c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Puts into the database what no honest server lets in: control characters in a message, and in
/// the name of a device.
fn corrupt(server: &mut Server, text: &str) {
    assert!(server.stop().success());
    let file = server.data().join("chatter.sqlite3");
    let sql = rusqlite::Connection::open(file).expect("opens");
    for change in ["UPDATE messages SET body = ?1", "UPDATE sessions SET device_name = ?1"] {
        assert!(sql.execute(change, [text]).expect("changes") > 0);
    }
    drop(sql);
    server.restart();
}

#[test]
fn what_a_hostile_server_or_peer_writes_acts_on_no_terminal_and_is_exact_as_json() {
    let mut server = Server::start();
    let (ada, grace) = ada_and_grace(&server);
    grace.run(&["send", "ada", "harmless"]).exits(0);
    let hostile = "a\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{7f}\r\u{8}b\n\u{202e}c\u{2066}\u{200b}\
                   \u{feff}\u{e0041}\td\n\nchatter: e";
    corrupt(&mut server, hostile);
    let commands: &[&[&str]] = &[
        &["read", "grace"],
        &["chats"],
        &["people"],
        &["whoami"],
        &["sessions"],
        &["export", "grace"],
        &["export", "grace", "--format", "md"],
        &["export", "grace", "--format", "json"],
        &["follow", "--since", ":0", "--count", "1"],
    ];
    for arguments in commands {
        let plain = ada.run(arguments).exits(0);
        let json = ada.run(&[arguments, &["--json"][..]].concat()).exits(0);
        for text in [&plain.out, &plain.err, &json.out, &json.err] {
            assert!(!text.contains(acts), "{arguments:?}: {text:?}");
        }
        let is_record = |record: &Value| {
            let texts = [&record["body"], &record["last_message"]["body"], &record["device_name"]];
            texts.iter().all(|text| text.is_null() || **text == hostile)
        };
        if !arguments.contains(&"md") && arguments != &["export", "grace"] {
            assert!(records(&json.out).iter().all(is_record), "{arguments:?}: {json:?}");
        }
    }
    // The control: there is something to be seen.
    assert_eq!(ada.json(&["read", "grace"])[0]["body"], hostile);
    assert_eq!(ada.json(&["sessions"])[0]["device_name"], hostile);
    // A hook gets it as JSON too, and nothing else.
    let hook = ["follow", "--since", ":0", "--count", "1", "--exec-replayed", "--exec", "cat"];
    let hooked = ada.run(&hook).exits(0);
    assert!(!hooked.out.contains(acts) && hooked.out.contains("\\u001b"), "{hooked:?}");
    // A free answer is anything.
    let asking = ada.start(&["ask", "grace", "Well?", "--free"]);
    wait_until("the question", || grace.json(&["chats"])[0]["head_seq"] != 1);
    grace.run(&["send", "ada", "x\u{202e}y\nz\u{200b}"]).exits(0);
    let answered = Said::from(asking.wait_with_output().expect("it ends")).exits(0);
    assert!(!answered.out.contains(acts) && !answered.err.contains(acts), "{answered:?}");
}

#[test]
fn what_one_types_oneself_is_shown_harmlessly_when_it_is_refused() {
    let server = Server::start();
    let (ada, _grace) = ada_and_grace(&server);
    let hostile = "x\u{1b}[2J\u{9b}31m\u{202e}\u{200b}";
    let commands: &[&[&str]] = &[
        &[hostile],
        &["send", hostile, "hi"],
        &["send", "grace", hostile],
        &["read", hostile],
        &["read", "grace", "--since", hostile],
        &["read", "grace", "--limit", hostile],
        &["follow", "--since", hostile],
        &["follow", "--state", hostile, "--exec", hostile],
        &["status", hostile],
        &["block", hostile],
        &["status", "x", "--until", hostile],
        &["profile", hostile],
        &["profile", "set", "--display-name", hostile],
        &["profile", "set", "--time-zone", hostile],
        &["avatar", "set", hostile],
        &["export", "grace", "--output", "/nowhere/x\u{1b}[2J\u{9b}31m\u{202e}\u{200b}"],
        &["token", "create", "--name", hostile],
        &["whoami", "--server", hostile],
        &["whoami", "--profile", hostile],
        &["whoami", "--token-file", hostile],
        &["signin", "--username", hostile, "--password-command", hostile],
        &["signin", "--username", "ada", "--password-file", hostile],
        &["signin", "--username", "ada", "--password-command", "\u{1b}[2J'"],
    ];
    for arguments in commands {
        for form in [&[][..], &["--json"]] {
            let mut command = ada.command(&[form, arguments].concat());
            command.current_dir("/proc").stdin(Stdio::null());
            let said = Said::from(command.output().expect("it starts"));
            assert!(said.code.is_some_and(|code| code > 1), "{arguments:?}: {said:?}");
            assert!(
                !said.out.contains(acts) && !said.err.contains(acts),
                "{arguments:?}: {said:?}"
            );
            if !form.is_empty() {
                records(&said.err);
            }
        }
    }
}
