//! Where the proof of a session is kept: in the desktop's keyring where there is one, else in a file
//! that nobody else can read, and never in two places.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chatter_tests::binaries::binary;
use chatter_tests::chance::is_skipped;
use chatter_tests::desktop::{self, Desktop};
use chatter_tests::server::Server;
use chatter_tests::terminal::{Terminal, command, no_bus};
use chatter_tests::wait_until;
use tempfile::TempDir;

use crate::person::{CTRL_Q, END, ENTER, UP, sign_up_at};

/// Wide enough for a notice in one line.
const WIDE: (u16, u16) = (200, 30);

const KEPT: &str = "The session is kept in";

/// Somebody whose home may be on a desktop.
struct Person {
    home: TempDir,
    server: Server,
    bus: Option<String>,
}

impl Person {
    fn new(desktop: Option<&Desktop>) -> Self {
        let bus = desktop.map(|desktop| desktop.address().to_owned());
        Self { home: TempDir::new().expect("a home"), server: Server::start(), bus }
    }

    /// Starts the client as somebody does who chose no store and lets everybody read their files.
    fn start(&self, options: &[&str]) -> Terminal {
        let mut client = command("sh", self.home.path());
        client.args(["-c", "umask 000; exec \"$0\" \"$@\""]);
        client.arg(binary("chatter"));
        client.args(["--server", &self.server.url()]);
        client.args(options);
        client.env("CHATTER_CREDENTIAL_STORE", "auto");
        if let Some(bus) = &self.bus {
            client.env("DBUS_SESSION_BUS_ADDRESS", bus);
        }
        Terminal::spawn(client, WIDE.0, WIDE.1)
    }

    fn sign_up(&self, options: &[&str]) -> Terminal {
        let terminal = self.start(options);
        sign_up_at(&terminal, "ada");
        terminal
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("state/chatter/session.json")
    }

    /// What a program without a screen gets when it runs without the bus or with it.
    fn output(&self, program: &Path, arguments: &[&str]) -> String {
        let mut run = Command::new(program);
        run.args(arguments).env_clear().env("HOME", self.home.path());
        for (variable, folder) in [("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")] {
            run.env(variable, self.home.path().join(folder));
        }
        let nowhere = no_bus(self.home.path());
        run.env("DBUS_SESSION_BUS_ADDRESS", self.bus.as_ref().unwrap_or(&nowhere));
        let output = run.output().expect("it runs");
        let all = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&all).into_owned()
    }

    fn token(&self) -> String {
        let token = self.output(Path::new(env!("CARGO_BIN_EXE_saved-token")), &[]);
        assert!(token.len() > 20 && !token.contains(' '), "no token is kept: {token}");
        token
    }
}

fn is_left_out(test: &str) -> bool {
    is_skipped(test, "dbus and gnome-keyring", desktop::is_there())
}

fn quit(mut terminal: Terminal) {
    terminal.keys(CTRL_Q);
    assert_eq!(terminal.wait_exit(), 0);
}

fn sign_out(terminal: &Terminal) {
    terminal.keys("\x1bOR");
    terminal.wait_for("Sign out");
    terminal.keys(END);
    terminal.keys(UP);
    terminal.keys(ENTER);
    terminal.wait_for("Sign out?");
    terminal.keys("y");
    terminal.wait_for("You are signed out");
}

/// Files below `folder` that contain `text`.
fn files_with(text: &str, folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("there") {
        let path = entry.expect("readable").path();
        match path.is_dir() {
            true => found.extend(files_with(text, &path)),
            false => {
                // What is gone by now, or a socket, has nothing.
                let bytes = fs::read(&path).unwrap_or_default();
                if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                    found.push(path);
                }
            }
        }
    }
    found
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

#[test]
fn without_a_desktop_staying_signed_in_works_and_is_told_once() {
    let ada = Person::new(None);
    let terminal = ada.sign_up(&[]);
    let screen = terminal.wait_for(KEPT);
    let line = screen.lines().find(|line| line.contains(KEPT)).expect("shown");
    assert!(line.contains("session.json, which only you can read."), "not in one line: {line}");
    assert_eq!(mode(&ada.file()), 0o600);
    assert_eq!(mode(ada.file().parent().expect("a folder")), 0o700);
    assert_eq!(files_with(&ada.token(), ada.home.path()), [ada.file()]);
    quit(terminal);

    let terminal = ada.start(&[]);
    terminal.wait_for("connected");
    let written = String::from_utf8_lossy(&terminal.written()).into_owned();
    assert!(!written.contains(KEPT), "told again");
    sign_out(&terminal);
    quit(terminal);
    assert!(!ada.file().exists());
}

#[test]
fn a_desktop_keeps_the_token_in_its_keyring_and_nowhere_else() {
    if is_left_out("a_desktop_keeps_the_token_in_its_keyring_and_nowhere_else") {
        return;
    }
    let desktop = Desktop::start();
    let ada = Person::new(Some(&desktop));
    let terminal = ada.sign_up(&[]);
    wait_until("the entry", || ada.file().exists());
    assert_eq!(desktop.entries(), 1);
    let token = ada.token();
    assert_eq!(files_with(&token, ada.home.path()), [] as [PathBuf; 0]);
    assert_eq!(files_with(&token, desktop.folder()), [] as [PathBuf; 0], "it is encrypted");
    assert!(!terminal.screen().contains(KEPT), "{}", terminal.screen());
    quit(terminal);

    let terminal = ada.start(&[]);
    terminal.wait_for("connected");
    let doctor = ada.output(&binary("chatter"), &["doctor"]);
    assert!(doctor.contains("kept in the desktop's keyring"), "{doctor}");
    assert!(doctor.contains("auto takes secret-service; secret-service works"), "{doctor}");
    assert_eq!(desktop.entries(), 1, "testing leaves nothing behind");
    sign_out(&terminal);
    quit(terminal);
    assert!(!ada.file().exists());
    assert_eq!(desktop.entries(), 0);
}

#[test]
fn a_keyring_that_is_locked_or_hangs_is_not_waited_for() {
    if is_left_out("a_keyring_that_is_locked_or_hangs_is_not_waited_for") {
        return;
    }
    for stop in [Desktop::lock, Desktop::hang] {
        let desktop = Desktop::start();
        let ada = Person::new(Some(&desktop));
        stop(&desktop);
        let started = Instant::now();
        let terminal = ada.sign_up(&[]);
        terminal.wait_for("session.json, which only you can read.");
        quit(terminal);
        // A second is the limit; the rest is the sign-up.
        assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
        assert_eq!(files_with(&ada.token(), ada.home.path()), [ada.file()]);
        desktop.go_on();
        assert_eq!(desktop.entries(), 0, "nothing came later");
        let terminal = ada.start(&[]);
        terminal.wait_for("connected");
    }
}

#[test]
fn a_session_in_a_keyring_that_can_not_be_asked_is_not_lost() {
    if is_left_out("a_session_in_a_keyring_that_can_not_be_asked_is_not_lost") {
        return;
    }
    let desktop = Desktop::start();
    let mut ada = Person::new(Some(&desktop));
    quit(ada.sign_up(&[]));
    for bus in [None, Some(desktop.address().to_owned())] {
        desktop.hang();
        ada.bus = bus;
        let terminal = ada.start(&[]);
        terminal.wait_for("kept in the desktop's keyring, which can't be read here");
        quit(terminal);
    }
    desktop.go_on();
    let terminal = ada.start(&[]);
    terminal.wait_for("connected");
}

#[test]
fn a_store_that_was_named_is_the_only_one() {
    let ada = Person::new(None);
    let terminal = ada.sign_up(&["--credential-store", "secret-service"]);
    let screen = terminal.wait_for("can't be kept in the desktop's keyring");
    assert!(screen.contains("--credential-store file"), "{screen}");
    quit(terminal);
    assert!(!ada.file().exists());

    let ada = Person::new(None);
    quit(ada.sign_up(&["--credential-store", "none"]));
    assert!(!ada.file().exists());
    let refused = ada.output(&binary("chatter"), &["--credential-store", "cloud"]);
    assert!(refused.contains("secret-service, keyutils, file, none"), "{refused}");
}
