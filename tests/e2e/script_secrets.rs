//! What must stay between a person and the server does, whatever a script does with it.

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
    std::fs::write(&file, token).expect("writes");
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
    full.stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").expect("opens"));
    Said::from(full.output().expect("it starts")).exits(8);
    assert_eq!(ada.json(&["sessions"]).len(), 1, "only the one of this device");
}
