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

#[test]
fn the_default_settings_are_printed_and_have_no_problems() {
    let home = TempDir::new().expect("a home");
    let file = home.path().join("config.toml");
    let printed = chatter(&["config", "default"]);
    assert!(printed.status.success() && printed.stderr.is_empty());
    std::fs::write(&file, &printed.stdout).expect("writes");
    let path = file.to_str().expect("UTF-8");
    let checked = chatter(&["config", "check", "--config", path]);
    assert_eq!(said(&checked.stdout), format!("{path}: no problems\n"));
    assert_eq!(checked.status.code(), Some(0));
    let found = chatter(&["config", "path", "--config", path]);
    assert_eq!(said(&found.stdout), format!("{path}\n"));
}

#[test]
fn wrong_settings_are_all_named_by_a_check_and_refused_by_a_start() {
    let home = TempDir::new().expect("a home");
    let file = home.path().join("config.toml");
    std::fs::write(&file, "[look]\ntheem = \"dark\"\n[mouse]\nenabled = 1\n").expect("writes");
    let path = file.to_str().expect("UTF-8");
    let problems = format!(
        "{path}:2: There is no setting look.theem. Did you mean theme?\n{path}:4: mouse.enabled \
         can't be \"1\". It is true or false.\n"
    );
    let checked = chatter(&["config", "check", "--config", path]);
    assert_eq!((checked.status.code(), said(&checked.stdout)), (Some(1), problems.clone()));
    let started = chatter(&["--config", path]);
    assert_eq!((started.status.code(), said(&started.stderr)), (Some(2), problems));
    assert!(started.stdout.is_empty());
}

#[test]
fn themes_are_listed_without_escape_sequences_where_no_terminal_is() {
    let listed = chatter(&["config", "themes", "--check"]);
    assert!(listed.status.success());
    let listed = said(&listed.stdout);
    assert!(listed.lines().any(|line| line.starts_with("dusk ")), "{listed}");
    assert!(!listed.contains('\u{1b}') && !listed.contains(": contrast"), "{listed}");
}
