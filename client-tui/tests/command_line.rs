//! The program from outside, without a terminal: what it says, and how it ends.

use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

fn chatter(arguments: &[&str]) -> Output {
    let home = TempDir::new().expect("a home");
    Command::new(env!("CARGO_BIN_EXE_chatter"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .output()
        .expect("it starts")
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn help_names_every_way_to_give_a_password_and_version_says_which() {
    let help = chatter(&["--help"]);
    assert!(help.status.success());
    let help = said(&help.stdout);
    for source in
        ["--password-stdin", "--password-file", "--password ", "CHATTER_PASSWORD", "CHATTER_TOKEN"]
    {
        assert!(help.contains(source), "{source} is not in the help");
    }
    let version = said(&chatter(&["--version"]).stdout);
    assert_eq!(version, format!("chatter {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_option_is_refused_with_its_name() {
    let output = chatter(&["--sevrer", "chat.example.org"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output.stderr).contains("--sevrer"));
    let output = chatter(&["--password-stdin", "--password", "x"]);
    assert_eq!(output.status.code(), Some(2), "one password is enough");
}

#[test]
fn without_a_terminal_it_says_so_and_draws_nothing() {
    let output = chatter(&[]);
    assert!(!output.status.success());
    assert!(said(&output.stdout).is_empty());
    assert!(said(&output.stderr).contains("no terminal"), "{}", said(&output.stderr));
}
