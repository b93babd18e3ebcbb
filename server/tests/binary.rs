//! The program as people start it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use tempfile::TempDir;

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatter-server"));
    command.env_clear();
    command
}

#[test]
fn serves_says_where_and_stops_in_order_when_told_to() {
    let data = TempDir::new().expect("a directory");
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["--listen", "127.0.0.1:0"][..]] {
        let mut server = command()
            .args(arguments)
            .arg("--data")
            .arg(data.path().join("deep/inside"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let mut stdout = BufReader::new(server.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let port = line.strip_prefix("listening on http://127.0.0.1:").expect(&line).trim_end();
        assert_ne!(port.parse::<u16>().expect("a port"), 0);

        let killed = Command::new("kill").arg(server.id().to_string()).status().expect("kill");
        assert!(killed.success());
        assert_eq!(server.wait().expect("ended").code(), Some(0));
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("read");
        assert_eq!(rest, "", "nothing but the address goes to standard output");
    }
}

#[test]
fn help_names_the_flags_and_bad_settings_are_refused_by_name() {
    let help = command().arg("--help").output().expect("run");
    assert!(help.status.success());
    let text = String::from_utf8(help.stdout).expect("text");
    for flag in ["--listen", "--data", "--config", "--log", "CHATTER_SERVER_LISTEN"] {
        assert!(text.contains(flag), "{flag} is not in:\n{text}");
    }
    for (arguments, variable, name) in [
        (&["--listen", "nowhere"][..], None, "--listen"),
        (&["--listen", "0.0.0.0:0"][..], None, "listen"),
        (&[][..], Some(("CHATTER_SERVER_HEARTBEAT_MS", "soon")), "--heartbeat-ms"),
        (&["--config", "/nowhere/at/all.toml"][..], None, "/nowhere/at/all.toml"),
        (&["--log", "a=b=c"][..], None, "log"),
    ] {
        let output = command().args(arguments).envs(variable).output().expect("run");
        assert_eq!(output.status.code(), Some(2), "{name}");
        let text = String::from_utf8(output.stderr).expect("text");
        assert!(text.contains(name), "{name} is not in: {text}");
    }
}
