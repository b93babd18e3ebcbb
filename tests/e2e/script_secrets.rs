//! What must stay between a person and the server does, whatever a script does with it.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use chatter_tests::server::Server;
use chatter_tests::shell::{PASSWORD, Said, Shell};

#[test]
fn a_password_that_was_not_needed_is_not_sent_to_anybody() {
    let server = Server::start();
    let ada = Shell::signed_up(&server.url(), "ada");
    let token = ada.run(&["token", "create", "--name", "ci"]).exits(0).out.trim().to_owned();
    let input = format!("{PASSWORD}\nfirst\nsecond\n");
    // The session that is saved here does; so does one's token.
    ada.pipe(&["send", "ada", "-", "--password-stdin"], &input).exits(0);
    ada.pipe(&["send", "ada", "--username", "ada", "--password-stdin"], &input).exits(0);
    ada.pipe(&["send", "ada", "--lines", "--password-stdin"], &input).exits(0);
    let file = ada.file("token");
    fs::write(&file, token).expect("writes");
    let path = file.to_str().expect("UTF-8");
    let guest = Shell::new(&server.url());
    let with_token = ["send", "ada", "-", "--token-file", path, "--password-stdin"];
    guest.pipe(&with_token, &input).exits(0);
    // With nothing behind the password there is nothing to say.
    let nothing = ada.pipe(&["send", "ada", "-", "--password-stdin"], PASSWORD).exits(2);
    assert!(nothing.err.contains("nothing to send"), "{nothing:?}");
    let notes = ada.json(&["read", "ada"]);
    let bodies: Vec<_> = notes.iter().filter_map(|note| note["body"].as_str()).collect();
    let whole = "first\nsecond";
    assert_eq!(bodies, [whole, whole, "first", "second", whole]);
}

#[test]
fn a_token_that_nobody_could_read_is_ended() {
    let server = Server::start();
    let ada = Shell::signed_up(&server.url(), "ada");
    let mut full = ada.command(&["token", "create", "--name", "lost"]);
    full.stdout(fs::OpenOptions::new().write(true).open("/dev/full").expect("opens"));
    Said::from(full.output().expect("it starts")).exits(8);
    assert_eq!(ada.json(&["sessions"]).len(), 1, "only the one of this device");
}

#[test]
fn no_log_and_no_file_but_the_sessions_own_has_a_secret_in_it() {
    let server = Server::start();
    let ada = Shell::new(&server.url());
    let traced = |arguments: &[&str], input: &str| {
        let mut command = ada.command(arguments);
        command.env("CHATTER_LOG", "trace").env("CHATTER_PASSWORD", PASSWORD);
        command.stdin(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
        Said::from(child.wait_with_output().expect("it ends"))
    };
    let session = ada.home().join(".local/state/chatter/session.json");
    let kept = || {
        let text = fs::read_to_string(&session).expect("reads");
        let saved: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        saved["token"].as_str().expect("a token").to_owned()
    };
    let mut said = String::new();
    let mut hear = |it: Said| {
        assert!(matches!(it.code, Some(0 | 6)), "{it:?}");
        said += &(it.out + &it.err);
    };
    let account = ["signup", "--email", "ada@example.org", "--username", "ada"];
    hear(traced(&account, ""));
    let first = kept();
    hear(traced(&["signin", "--username", "ada", "--remember"], ""));
    let second = kept();
    let made = traced(&["token", "create", "--name", "ci"], "").out.trim().to_owned();
    let once = ["send", "ada", "-", "--email", "ada@example.org", "--password-stdin"];
    hear(traced(&once, &format!("{PASSWORD}\nnote")));
    hear(traced(&["whoami", "--json"], ""));
    hear(traced(&["ask", "ada", "Well?", "--timeout", "1s"], ""));
    hear(traced(&["export", "ada", "--output", ada.file("chat").to_str().expect("UTF-8")], ""));
    let mut texts = vec![said, server.log()];
    let files = ada.files();
    for file in files.iter().filter(|file| **file != session) {
        texts.push(String::from_utf8_lossy(&fs::read(file).expect("reads")).into_owned());
    }
    let log = ada.home().join(".local/state/chatter/chatter.log");
    assert!(files.contains(&log) && files.contains(&session), "{files:?}");
    assert!(!fs::read_to_string(&log).expect("reads").is_empty(), "something is logged");
    for secret in [&first, &second, &made, PASSWORD] {
        assert!(!texts.iter().any(|text| text.contains(secret)), "{secret} in {texts:#?}");
    }
    // The control: it is looked for as it is written.
    assert!(fs::read_to_string(&session).expect("reads").contains(&second));
}
