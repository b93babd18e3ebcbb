//! Accounts from a script: whose password counts, what signing in and out leaves behind, and being
//! stopped while a password or a message is waited for.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Instant;

use chatter_tests::PATIENCE;
use chatter_tests::binaries::binary;
use chatter_tests::server::Server;
use chatter_tests::shell::{PASSWORD, Said, Shell};
use chatter_tests::terminal::{Terminal, command};
use chatter_tests::wait_until;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Somebody signed up, and a shell without a session.
fn ada_and_a_guest(server: &Server) -> (Shell, Shell) {
    (Shell::signed_up(&server.url(), "ada"), Shell::new(&server.url()))
}

fn session_file(shell: &Shell) -> PathBuf {
    shell.home().join(".local/state/chatter/session.json")
}

fn kept_token(shell: &Shell) -> String {
    let text = fs::read_to_string(session_file(shell)).expect("reads");
    let saved: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    saved["token"].as_str().expect("a token").to_owned()
}

/// Runs a command with a token, in a home where nothing can be kept.
fn with_token(shell: &Shell, token: &str, arguments: &[&str]) -> Said {
    let mut command = shell.command(arguments);
    command.env("CHATTER_TOKEN", token).env("HOME", "/proc");
    Said::from(command.output().expect("it starts"))
}

#[test]
fn an_option_counts_more_than_the_environment_and_two_are_refused() {
    let server = Server::start();
    let (_ada, guest) = ada_and_a_guest(&server);
    let (right, wrong) = (guest.file("right"), guest.file("wrong"));
    fs::write(&right, PASSWORD).expect("writes");
    fs::write(&wrong, "moth relay compiler 70").expect("writes");
    let (right, wrong) = (right.to_str().expect("UTF-8"), wrong.to_str().expect("UTF-8"));
    let signin = |environment: &str, options: &[&str]| {
        let mut command = guest.command(&["signin", "--username", "ada"]);
        command.args(options).env("CHATTER_PASSWORD", environment);
        Said::from(command.output().expect("it starts"))
    };
    signin("not this one", &["--password-file", right]).exits(0);
    signin("not this one", &["--password-command", &format!("cat {right}")]).exits(0);
    let seen = signin("not this one", &["--password", PASSWORD]).exits(0);
    assert_eq!(seen.err.matches("warning").count(), 1, "{seen:?}");
    let refused = signin(PASSWORD, &["--password-file", wrong]).exits(3);
    assert!(refused.out.is_empty() && refused.err.contains("password"), "{refused:?}");
    let sources: [&[&str]; 4] = [
        &["--password-stdin"],
        &["--password-file", right],
        &["--password-command", "true"],
        &["--password", PASSWORD],
    ];
    for (at, one) in sources.iter().enumerate() {
        for other in &sources[at + 1..] {
            let said = signin("", &[*one, *other].concat()).exits(2);
            assert!(said.err.contains("cannot be used with") && said.out.is_empty(), "{said:?}");
            assert!(!said.err.contains(PASSWORD), "{said:?}");
        }
    }
    let both = signin(PASSWORD, &["--email", "ada@example.org"]).exits(2);
    assert!(both.err.contains("not with both"), "{both:?}");
    // What was kept before all this still is.
    guest.run(&["whoami"]).exits(0);
}

#[test]
fn signing_in_again_ends_the_session_before_and_names_the_new_one() {
    let server = Server::start();
    let (ada, _) = ada_and_a_guest(&server);
    let before = kept_token(&ada);
    let short = ada.json(&["whoami"])[0]["expires_at"].clone();
    let signin =
        ["signin", "--username", "ada", "--password-stdin", "--remember", "--device-name", "desk"];
    ada.pipe(&signin, PASSWORD).exits(0);
    with_token(&ada, &before, &["whoami"]).exits(3);
    let sessions = ada.json(&["sessions"]);
    assert_eq!(sessions.len(), 1);
    assert_eq!(
        (&sessions[0]["device_name"], &sessions[0]["remember"], &sessions[0]["current"]),
        (&"desk".into(), &true.into(), &true.into())
    );
    assert!(sessions[0]["expires_at"].as_str() > short.as_str(), "longer than a day");
}

#[test]
fn signing_out_everywhere_ends_others_and_only_here_ends_none() {
    let mut server = Server::start();
    let (ada, other) = ada_and_a_guest(&server);
    let signin = ["signin", "--username", "ada", "--password-stdin"];
    other.pipe(&signin, PASSWORD).exits(0);
    let forgotten = kept_token(&other);
    other.run(&["signout", "--local"]).exits(0);
    assert!(!session_file(&other).exists());
    with_token(&ada, &forgotten, &["whoami"]).exits(0);
    // A server that is gone: nothing is changed, and one may try again.
    server.kill();
    let told = ada.run(&["signout"]).exits(4);
    assert!(told.err.contains("Nothing was changed") && session_file(&ada).exists(), "{told:?}");
    server.restart();
    ada.run(&["whoami"]).exits(0);
    ada.run(&["signout", "--all"]).exits(0);
    with_token(&ada, &forgotten, &["whoami"]).exits(3);
    ada.run(&["signout"]).exits(3);
}

#[test]
fn a_name_that_is_refused_and_a_server_that_is_away_leave_nothing_behind() {
    let mut server = Server::start();
    let (_ada, guest) = ada_and_a_guest(&server);
    let signup = |name: &str| {
        let email = "somebody@example.org";
        guest.pipe(&["signup", "--email", email, "--username", name, "--password-stdin"], PASSWORD)
    };
    for name in ["ada", "no such name", "_x"] {
        let said = signup(name).exits(3);
        assert!(said.out.is_empty() && said.err.lines().count() == 1, "{said:?}");
    }
    server.kill();
    assert!(signup("grace").exits(4).out.is_empty());
    assert!(!session_file(&guest).exists());
    server.restart();
    signup("grace").exits(0);
}

#[test]
fn a_token_is_refused_whatever_it_has_no_right_to() {
    let server = Server::start();
    let (ada, _) = ada_and_a_guest(&server);
    ada.run(&["send", "ada", "a note"]).exits(0);
    let sends: &[&[&str]] = &[&["send", "ada", "another"]];
    let reads: &[&[&str]] = &[&["read", "ada"], &["chats"], &["people"], &["export", "ada"]];
    let owns: &[&[&str]] = &[
        &["sessions"],
        &["status", "x"],
        &["token", "create", "--name", "x"],
        &["block", "ada"],
        &["blocked"],
    ];
    for (rights, allowed, refused) in [
        ("send", &[sends][..], &[reads, owns][..]),
        ("read", &[reads], &[sends, owns]),
        ("send,read", &[sends, reads], &[owns]),
    ] {
        let made = ada.run(&["token", "create", "--name", "t", "--rights", rights]).exits(0);
        let token = made.out.trim();
        for arguments in allowed.concat() {
            with_token(&ada, token, arguments).exits(0);
        }
        for arguments in refused.concat() {
            let said = with_token(&ada, token, arguments).exits(3);
            assert!(said.out.is_empty() && said.err.lines().count() == 1, "{rights}: {said:?}");
        }
        // It may end itself, and then is of no use.
        with_token(&ada, token, &["signout"]).exits(0);
        let ended = with_token(&ada, token, &["whoami", "--json"]).exits(3);
        assert!(ended.err.contains("\"type\":\"error\""), "{ended:?}");
    }
    // No home at all is no hindrance either.
    let made = ada.run(&["token", "create", "--name", "homeless"]).exits(0);
    let mut homeless = ada.command(&["send", "ada", "from nowhere"]);
    homeless.env("CHATTER_TOKEN", made.out.trim()).env_remove("HOME");
    Said::from(homeless.output().expect("it starts")).exits(0);
}

/// Sends a signal once the command has taken all of its input and waits for more.
fn stop_while_it_reads(mut child: Child, input: &str, signal: Signal) -> Said {
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    wait_until("it has read", || rustix::io::ioctl_fionread(&stdin).expect("it says") == 0);
    let deadline = Instant::now() + PATIENCE;
    kill_process(Pid::from_child(&child), signal).expect("it runs");
    while child.try_wait().expect("waits").is_none() {
        if Instant::now() > deadline {
            child.kill().expect("kills");
            panic!("{signal:?} does not end it");
        }
    }
    // Open until here: it was the signal that ended the command.
    drop(stdin);
    Said::from(child.wait_with_output().expect("it ends"))
}

#[test]
fn a_command_that_waits_for_its_input_can_be_stopped_and_leaves_no_session_open() {
    let server = Server::start();
    let (ada, guest) = ada_and_a_guest(&server);
    let start = |shell: &Shell, arguments: &[&str]| {
        shell.command(arguments).stdin(Stdio::piped()).spawn().expect("it starts")
    };
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let child = start(&ada, &["send", "ada", "-"]);
        let said = stop_while_it_reads(child, "half a mess", signal).exits(code);
        assert_eq!((said.out.as_str(), said.err.as_str()), ("", ""));
        let child = start(&ada, &["send", "ada", "--lines"]);
        stop_while_it_reads(child, "half a line", signal).exits(code);
        let once = ["send", "ada", "-", "--username", "ada", "--password-stdin"];
        let child = start(&guest, &once);
        stop_while_it_reads(child, &format!("{PASSWORD}\nhalf"), signal).exits(code);
        let child = start(&guest, &["signin", "--username", "ada", "--password-stdin"]);
        stop_while_it_reads(child, "half a pass", signal).exits(code);
    }
    assert_eq!(ada.json(&["sessions"]).len(), 1, "only the one of this device");
    ada.run(&["read", "ada"]).exits(5);
}

/// A shell in a terminal that signs in, and then says how that ended and whether typing shows.
fn asking(server: &Server, home: &TempDir) -> Terminal {
    let mut shell = command("sh", home.path());
    let chatter = binary("chatter");
    let line = format!(
        "trap : INT; '{}' signin --username ada --server {}; echo \"code=$?\"; stty -a | tr ' ;' '\\n' | \
         grep -x -e echo -e -echo | sed 's/^/typing:/'; echo typing:over",
        chatter.display(),
        server.url()
    );
    shell.args(["-c", &line]);
    let terminal = Terminal::spawn(shell, 100, 24);
    terminal.wait_for("Password of ada at http://127.0.0.1");
    terminal
}

/// Whether the terminal shows what is typed into it, as the shell in it says.
fn shows_typing(screen: &str) -> bool {
    screen.contains("typing:echo") && !screen.contains("typing:-echo")
}

#[test]
fn a_question_for_a_password_can_be_left_and_the_terminal_shows_typing_again() {
    let server = Server::start();
    Shell::signed_up(&server.url(), "ada");
    let home = TempDir::new().expect("a home");
    // Ctrl+C, as a person does it.
    let terminal = asking(&server, &home);
    terminal.keys("half a pass\u{3}");
    let screen =
        terminal.wait_until("what the shell says", |screen| screen.contains("typing:over"));
    assert!(screen.contains("code=130") && shows_typing(&screen), "{screen}");
    assert!(!screen.contains("half") && !screen.contains("chatter:"), "{screen}");
    // A signal from elsewhere.
    let terminal = asking(&server, &home);
    let shell = terminal.pid();
    let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
    let child = children.expect("lists").trim().parse().ok().and_then(Pid::from_raw);
    kill_process(child.expect("the command"), Signal::TERM).expect("it runs");
    let screen =
        terminal.wait_until("what the shell says", |screen| screen.contains("typing:over"));
    assert!(screen.contains("code=143") && shows_typing(&screen), "{screen}");
}
