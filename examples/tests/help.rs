//! Each example says what it does and what it takes.

use std::process::Command;

#[test]
fn the_bots_say_what_they_take() {
    for (program, option) in [
        (env!("CARGO_BIN_EXE_echo-bot"), "--position"),
        (env!("CARGO_BIN_EXE_alert-relay"), "--to"),
    ] {
        let help = Command::new(program).arg("--help").output().expect("it starts");
        let said = String::from_utf8(help.stdout).expect("text");
        assert!(help.status.success() && said.contains(option), "{program}: {said}");
        let refused = Command::new(program).arg("--no-such-option").output().expect("it starts");
        assert_eq!(refused.status.code(), Some(2), "{program}");
    }
}
