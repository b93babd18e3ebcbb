//! Commands without a screen: what they print, how they end, and what they keep.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use chatter_tests::server::Server;
use chatter_tests::shell::{PASSWORD, Said, Shell};
use chatter_tests::wait_until;
use rustix::process::{Pid, Signal, kill_process};

fn two(server: &Server) -> (Shell, Shell) {
    (Shell::signed_up(&server.url(), "ada"), Shell::signed_up(&server.url(), "grace"))
}

#[test]
fn a_message_from_one_shell_is_read_in_another() {
    let server = Server::start();
    let (ada, grace) = two(&server);
    let sent = ada.run(&["send", "grace", "The build is green."]).exits(0);
    assert_eq!((sent.out.as_str(), sent.err.as_str()), ("", ""), "a script hears nothing");
    ada.pipe(&["send", "@grace", "-"], "two\nlines\n\n").exits(0);
    ada.pipe(&["send", "grace"], "without a dash").exits(0);
    ada.pipe(&["send", "grace", "--lines"], "a\n\nb\n").exits(0);
    let read = grace.run(&["read", "ada", "--unread", "--mark-read"]).exits(0);
    let bodies = ["The build is green.", "two\n", "lines", "without a dash", "  a\n", "  b\n"];
    let mut rest = read.out.as_str();
    for body in bodies {
        let at = rest.find(body).unwrap_or_else(|| panic!("{body:?} is not in {}", read.out));
        rest = &rest[at..];
    }
    assert_eq!(grace.run(&["read", "ada", "--unread"]).exits(0).out, "", "read by now");
    let chats = grace.json(&["chats"]);
    assert_eq!((&chats[0]["chat"], &chats[0]["unread_count"]), (&"ada".into(), &0.into()));
    let some = grace.json(&["read", "ada", "--after", "1", "--before", "4"]);
    assert_eq!(
        some.iter().map(|it| it["conv_seq"].as_u64()).collect::<Vec<_>>(),
        [Some(2), Some(3)]
    );
    assert_eq!(some[0]["body"], "two\nlines");
    let id = some[0]["conversation"].as_str().expect("an id");
    grace.run(&["send", "--conversation", id, "to a chat"]).exits(0);
    assert_eq!(ada.json(&["read", "grace", "--limit", "1"])[0]["body"], "to a chat");
    assert_eq!(ada.json(&["read", "grace", "--since", "1h", "--limit", "1"])[0]["conv_seq"], 1);
}

#[test]
fn a_script_that_posts_leaves_unread_what_its_owner_has_not_read() {
    let server = Server::start();
    let (ada, grace) = two(&server);
    grace.run(&["send", "ada", "please read this"]).exits(0);
    ada.run(&["send", "grace", "a cron job"]).exits(0);
    assert_eq!(ada.json(&["chats"])[0]["unread_count"], 1);
    assert_eq!(grace.json(&["people", "--online"]).len(), 0, "nobody is there");
}

#[test]
fn the_same_key_is_shown_once_and_another_text_under_it_is_refused() {
    let server = Server::start();
    let (ada, grace) = two(&server);
    let first = ada.json(&["send", "grace", "done", "--key", "backup 24"]);
    assert_eq!(ada.json(&["send", "grace", "done", "--key", "backup 24"]), first);
    let refused = ada.run(&["send", "grace", "failed", "--key", "backup 24"]).exits(3);
    assert!(refused.err.contains("key") && refused.out.is_empty(), "{refused:?}");
    for _ in 0..2 {
        ada.pipe(&["send", "grace", "--lines", "--key", "log"], "one\ntwo\n").exits(0);
    }
    let bodies: Vec<_> = grace.json(&["read", "ada"]).iter().map(|it| it["body"].clone()).collect();
    assert_eq!(bodies, ["done", "one", "two"]);
}

#[test]
fn each_kind_of_failure_has_its_code_and_says_what_to_do() {
    let mut server = Server::start();
    let (ada, _grace) = two(&server);
    let nobody = Shell::new(&server.url());
    let explains = |said: Said, word: &str| {
        assert!(said.out.is_empty() && said.err.contains(word), "{word}: {said:?}");
        assert!(said.err.starts_with("chatter: ") && said.err.lines().count() == 1, "{said:?}");
    };
    explains(ada.run(&["send", "grace", "a", "--wait", "read", "--timeout", "0"]).exits(4), "key");
    explains(ada.run(&["send"]).exits(2), "USER");
    explains(ada.pipe(&["send", "grace"], "").exits(2), "empty");
    explains(nobody.run(&["whoami"]).exits(3), "chatter signin");
    let wrong = ["signin", "--username", "ada", "--password-stdin"];
    explains(nobody.pipe(&wrong, "not the password").exits(3), "password");
    let taken = ["signup", "--email", "x@example.org", "--username", "ada", "--password-stdin"];
    explains(nobody.pipe(&taken, PASSWORD).exits(3), "already");
    explains(ada.run(&["send", "nobody.here", "a"]).exits(5), "@nobody.here");
    explains(ada.run(&["read", "nobody.here"]).exits(5), "@nobody.here");
    explains(ada.run(&["ask", "grace", "Well?", "--timeout", "1s"]).exits(6), "time");
    let delivered = ["send", "grace", "a", "--wait", "delivered", "--timeout", "1s"];
    explains(ada.run(&delivered).exits(6), "received");
    assert_eq!(ada.run(&["follow", "--timeout", "1s"]).exits(6).err, "");
    let existing = ada.file("there");
    fs::write(&existing, "precious").expect("writes");
    let existing = existing.to_str().expect("UTF-8");
    explains(ada.run(&["export", "grace", "--output", existing]).exits(8), "there already");
    assert_eq!(fs::read_to_string(existing).expect("reads"), "precious");
    server.kill();
    explains(ada.run(&["send", "grace", "a", "--timeout", "1s"]).exits(4), "--key");
    explains(ada.run(&["signout"]).exits(4), "--local");
    let told = ada.run(&["chats", "--json"]).exits(4);
    let error: serde_json::Value = serde_json::from_str(&told.err).expect("a record");
    assert_eq!((&error["type"], &error["exit"]), (&"error".into(), &4.into()));
    assert_eq!(error["code"], "unreachable");
}

#[test]
fn a_password_comes_from_wherever_it_is_kept() {
    let server = Server::start();
    Shell::signed_up(&server.url(), "ada");
    let wanted = ["signin", "--username", "ada"];
    let shell = Shell::new(&server.url());
    let file = shell.file("secret");
    fs::write(&file, format!("{PASSWORD}\nmore")).expect("writes");
    let path = file.to_str().expect("UTF-8");
    shell.run(&[&wanted[..], &["--password-file", path]].concat()).exits(0);
    let command = format!("head -n 1 '{path}'");
    shell.run(&[&wanted[..], &["--password-command", &command]].concat()).exits(0);
    shell.pipe(&[&wanted[..], &["--password-stdin"]].concat(), PASSWORD).exits(0);
    let by_mail = ["signin", "--email", "ada@example.org", "--password-stdin"];
    shell.pipe(&by_mail, PASSWORD).exits(0);
    let mut from_environment = shell.command(&wanted);
    from_environment.env("CHATTER_PASSWORD", PASSWORD);
    Said::from(from_environment.output().expect("it starts")).exits(0);
    let seen = shell.run(&[&wanted[..], &["--password", PASSWORD]].concat()).exits(0);
    assert_eq!(seen.err.matches("warning").count(), 1, "{seen:?}");
    assert!(!seen.err.contains(PASSWORD) && !seen.out.contains(PASSWORD));
    for (arguments, word) in [
        (&["--password-file", "/nowhere"][..], "/nowhere"),
        (&["--password-command", "false"], "failed"),
        (&[], "--password-stdin"),
    ] {
        let said = shell.run(&[&wanted[..], arguments].concat());
        assert!(said.code != Some(0) && said.err.contains(word), "{arguments:?}: {said:?}");
    }
    assert_eq!(shell.json(&["sessions"]).len(), 2, "each sign-in here ended the one before");
}

#[test]
fn a_command_may_sign_in_for_itself_and_leaves_no_session_behind() {
    let server = Server::start();
    let (ada, _grace) = two(&server);
    let guest = Shell::new(&server.url());
    let once = ["send", "grace", "-", "--username", "ada", "--password-stdin"];
    guest.pipe(&once, &format!("{PASSWORD}\nthe rest is the message\n")).exits(0);
    assert_eq!(ada.json(&["read", "grace"])[0]["body"], "the rest is the message");
    assert_eq!(ada.json(&["sessions"]).len(), 1);
    assert_eq!(guest.run(&["whoami"]).code, Some(3), "nothing was kept");
}

#[test]
fn a_token_does_what_it_may_without_anything_on_disk_until_it_is_ended() {
    let server = Server::start();
    let (ada, grace) = two(&server);
    grace.run(&["send", "ada", "secret of ours"]).exits(0);
    let token = |rights: &str| {
        let made = ada.run(&["token", "create", "--name", rights, "--rights", rights]).exits(0);
        made.out.trim().to_owned()
    };
    let (sender, reader) = (token("send"), token("read"));
    let with = |token: &str, arguments: &[&str]| {
        let mut command = ada.command(arguments);
        command.env("CHATTER_TOKEN", token).env("HOME", "/nowhere/at/all");
        Said::from(command.output().expect("it starts"))
    };
    with(&sender, &["send", "grace", "from ci"]).exits(0);
    assert!(!with(&sender, &["read", "grace"]).exits(3).err.contains("secret"));
    with(&sender, &["follow", "--timeout", "5s"]).exits(3);
    let read = with(&reader, &["read", "grace", "--json"]).exits(0);
    assert_eq!(read.records()[0]["body"], "secret of ours");
    with(&reader, &["send", "grace", "no"]).exits(3);
    with(&reader, &["status", "no"]).exits(3);
    with(&reader, &["token", "create", "--name", "more"]).exits(3);
    assert_eq!(with(&reader, &["whoami", "--json"]).exits(0).records()[0]["email"], "");
    let file = ada.file("token");
    fs::write(&file, &reader).expect("writes");
    let path = file.to_str().expect("UTF-8");
    Shell::new(&server.url()).run(&["chats", "--token-file", path]).exits(0);
    let sessions = ada.json(&["sessions"]);
    let made = sessions.iter().find(|it| it["device_name"] == "read").expect("listed");
    assert_eq!(made["rights"], serde_json::json!(["read"]));
    ada.run(&["sessions", "--end", made["id"].as_str().expect("an id")]).exits(0);
    assert!(with(&reader, &["chats"]).exits(3).err.contains("ended"));
}

#[test]
fn signing_out_forgets_here_and_there_and_profiles_lie_apart() {
    let server = Server::start();
    let (ada, _grace) = two(&server);
    let session = ada.home().join(".local/state/chatter/session.json");
    assert_eq!(fs::metadata(&session).expect("there").permissions().mode() & 0o777, 0o600);
    let other = ["signin", "--username", "grace", "--password-stdin", "--profile", "work"];
    ada.pipe(&other, PASSWORD).exits(0);
    assert_eq!(ada.json(&["whoami"])[0]["username"], "ada");
    assert_eq!(ada.json(&["whoami", "--profile", "work"])[0]["username"], "grace");
    let token =
        serde_json::from_str::<serde_json::Value>(&fs::read_to_string(&session).expect("reads"))
            .expect("JSON")["token"]
            .as_str()
            .expect("a token")
            .to_owned();
    ada.run(&["signout"]).exits(0);
    assert!(!session.exists());
    let mut with_old = ada.command(&["whoami"]);
    with_old.env("CHATTER_TOKEN", token);
    Said::from(with_old.output().expect("it starts")).exits(3);
    assert_eq!(ada.json(&["whoami", "--profile", "work"])[0]["username"], "grace");
    ada.run(&["signout", "--all", "--profile", "work"]).exits(0);
    assert_eq!(ada.run(&["whoami", "--profile", "work"]).code, Some(3));
}

#[test]
fn what_others_write_acts_on_nothing_and_json_loses_nothing() {
    let server = Server::start();
    let (ada, grace) = two(&server);
    // What a server lets in; control characters it refuses itself.
    let hostile = "pay\u{202e}moc.elpmaxe\u{200b} and\u{e0001} on";
    grace.run(&["send", "ada", hostile]).exits(0);
    grace.run(&["send", "ada", "esc \u{1b}[2J"]).exits(3);
    for format in ["txt", "md", "json"] {
        let exported = ada.run(&["export", "grace", "--format", format]).exits(0);
        assert!(!exported.out.contains(['\u{202e}', '\u{200b}', '\u{e0001}']), "{format}");
    }
    for command in [&["read", "grace"][..], &["chats"]] {
        assert!(!ada.run(command).exits(0).out.contains('\u{202e}'));
        let json = ada.run(&[command, &["--json"]].concat()).exits(0);
        assert!(json.out.is_ascii(), "{}", json.out);
    }
    assert_eq!(ada.json(&["read", "grace"])[0]["body"], hostile);
}

#[test]
fn a_closed_pipe_ends_quietly_and_a_full_one_is_told() {
    let server = Server::start();
    let (ada, grace) = two(&server);
    let lines: String = (0..50).map(|n| format!("line {n} {}\n", "x".repeat(4_000))).collect();
    grace.pipe(&["send", "ada", "--lines"], &lines).exits(0);
    let mut reading = ada.start(&["read", "grace"]);
    let mut first = String::new();
    BufReader::new(reading.stdout.take().expect("a pipe")).read_line(&mut first).expect("reads");
    assert!(first.contains("line 0"), "{first}");
    let ended = Said::from(reading.wait_with_output().expect("ends"));
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    // One that waits notices it, too, although nothing happens any more.
    let mut following = ada.start(&["follow"]);
    drop(following.stdout.take());
    let ended = Said::from(following.wait_with_output().expect("ends"));
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let mut full = ada.command(&["read", "grace"]);
    full.stdout(fs::OpenOptions::new().write(true).open("/dev/full").expect("opens"));
    let told = Said::from(full.output().expect("it starts")).exits(8);
    assert!(told.err.contains("can't be written"), "{told:?}");
}

#[test]
fn an_answer_decides_and_a_signal_takes_the_question_back() {
    let server = Server::start();
    let (ada, grace) = two(&server);
    let asked = |count: usize| {
        wait_until(&format!("message {count}"), || {
            grace.json(&["chats"]).first().is_some_and(|chat| chat["head_seq"] == count)
        });
    };
    let asking = ada.start(&["ask", "grace", "Deploy?"]);
    asked(1);
    grace.run(&["send", "ada", "what?"]).exits(0);
    asked(3);
    grace.run(&["send", "ada", "Yes!"]).exits(0);
    let answered = Said::from(asking.wait_with_output().expect("ends")).exits(0);
    assert_eq!(answered.out, "yes\n");
    let asking = ada.start(&["ask", "grace", "Again?", "--choices", "now,later", "--json"]);
    asked(5);
    grace.run(&["send", "ada", "later"]).exits(0);
    let answered = Said::from(asking.wait_with_output().expect("ends")).exits(7);
    let record = &answered.records()[0];
    assert_eq!((&record["answer"], &record["approved"]), (&"later".into(), &false.into()));
    let asking = ada.start(&["ask", "grace", "Name?", "--free", "--key", "name"]);
    asked(7);
    kill_process(Pid::from_child(&asking), Signal::KILL).expect("kills");
    grace.run(&["send", "ada", "moth"]).exits(0);
    let again = ada.run(&["ask", "grace", "Name?", "--free", "--key", "name"]).exits(0);
    assert_eq!(again.out, "moth\n", "the answer that came meanwhile");
    drop(asking.wait_with_output());
    let asking = ada.start(&["ask", "grace", "Still there?"]);
    asked(9);
    kill_process(Pid::from_child(&asking), Signal::TERM).expect("asks");
    assert_eq!(Said::from(asking.wait_with_output().expect("ends")).code, Some(143));
    let last = grace.json(&["read", "ada", "--limit", "1"]);
    assert!(last[0]["body"].as_str().is_some_and(|body| body.contains("taken back")), "{last:?}");
}

#[test]
fn a_message_that_waits_on_this_device_is_sent_once_by_the_next_command() {
    let mut server = Server::start();
    let (ada, grace) = two(&server);
    ada.run(&["send", "grace", "first", "--queue"]).exits(0);
    server.kill();
    let kept = ada.run(&["send", "grace", "while away", "--queue", "--timeout", "1s"]).exits(4);
    assert!(kept.err.contains("kept on this device"), "{kept:?}");
    server.restart();
    ada.run(&["send", "grace", "back again", "--queue"]).exits(0);
    let bodies: Vec<_> = grace.json(&["read", "ada"]).iter().map(|it| it["body"].clone()).collect();
    assert_eq!(bodies, ["first", "while away", "back again"]);
}

#[test]
fn secrets_are_in_no_process_but_ours() {
    let server = Server::start();
    let (ada, grace) = two(&server);
    let token = ada.run(&["token", "create", "--name", "hook"]).exits(0).out.trim().to_owned();
    let seen = ada.file("seen");
    let script = "tr '\\0' '\\n' < /proc/self/environ; tr '\\0' '\\n' < /proc/$PPID/cmdline; cat";
    let hook = format!("{{ {script}; }} > {}", seen.display());
    let mut command = ada.command(&["follow", "--count", "1", "--exec", "sh", "-c", &hook]);
    command.env("CHATTER_TOKEN", &token).env("CHATTER_PASSWORD", PASSWORD);
    let child = command.spawn().expect("it starts");
    let mut sent = 0;
    while !seen.exists() {
        sent += 1;
        grace.run(&["send", "ada", "hello"]).exits(0);
        assert!(sent < 100, "the hook does not run");
    }
    let ended = Said::from(child.wait_with_output().expect("ends")).exits(0);
    let seen = fs::read_to_string(seen).expect("reads");
    assert!(seen.contains("follow") && seen.contains("\"body\":\"hello\""), "{seen}");
    for text in [&seen, &ended.out, &ended.err] {
        assert!(!text.contains(&token) && !text.contains(PASSWORD), "{text}");
    }
}

#[test]
fn completions_and_manual_pages_come_from_the_same_definition() {
    let shell = Shell::new("http://127.0.0.1:1");
    for name in ["bash", "zsh", "fish"] {
        assert!(shell.run(&["completions", name]).exits(0).out.contains("COMPLETE"), "{name}");
    }
    let pages = shell.file("man");
    fs::create_dir(&pages).expect("makes");
    shell.run(&["man", "--dir", pages.to_str().expect("UTF-8")]).exits(0);
    let page = fs::read_to_string(pages.join("chatter-send.1")).expect("a page for each command");
    assert!(page.contains("\\-\\-wait") && page.contains("\\-\\-queue"));
    let mut command = shell.command(&["--", "chatter", "se"]);
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "1");
    let mut words = String::new();
    let mut child = command.stdin(Stdio::null()).spawn().expect("it starts");
    child.stdout.take().expect("a pipe").read_to_string(&mut words).expect("reads");
    child.wait().expect("ends");
    assert!(words.contains("send") && words.contains("sessions"), "{words}");
}

#[test]
fn people_are_completed_from_what_this_device_knows_without_asking_anybody() {
    let mut server = Server::start();
    let (ada, _grace) = two(&server);
    let proposed = |start: &str| {
        let mut command = ada.command(&["--", "chatter", "read", start]);
        command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "2");
        Said::from(command.output().expect("it starts")).exits(0)
    };
    assert_eq!(proposed("gr").out, "", "nobody is known yet");
    ada.run(&["send", "grace", "hello", "--queue"]).exits(0);
    server.kill();
    assert_eq!(proposed("gr").out.trim(), "grace");
    assert_eq!(proposed("@gr").out.trim(), "@grace");
    let nobody = proposed("zz");
    assert_eq!((nobody.out.as_str(), nobody.err.as_str()), ("", ""));
}

#[test]
fn who_only_waits_for_an_answer_marks_nothing_as_delivered() {
    let server = Server::start();
    let (ada, grace) = two(&server);
    let first = ["send", "ada", "first", "--key", "first"];
    grace.run(&first).exits(0);
    let is_delivered = || {
        let wait = ["--wait", "delivered", "--timeout", "1s"];
        grace.run(&[&first[..], &wait].concat()).code == Some(0)
    };
    ada.run(&["ask", "grace", "Well?", "--timeout", "1s"]).exits(6);
    assert!(!is_delivered());
    // The control: one that takes messages in does.
    ada.run(&["follow", "--since", ":0", "--timeout", "1s"]).exits(6);
    assert!(is_delivered());
}
