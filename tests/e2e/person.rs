//! A person at a terminal: starts `chatter`, signs up, finds somebody, says something.

use std::path::Path;

use chatter_tests::binaries::binary;
use chatter_tests::rest::PASSWORD;
use chatter_tests::server::Server;
use chatter_tests::terminal::{Terminal, command};
use tempfile::TempDir;

pub(crate) const ENTER: &str = "\r";
pub(crate) const ESCAPE: &str = "\x1b";
pub(crate) const TAB: &str = "\t";
pub(crate) const CTRL_Q: &str = "\x11";
pub(crate) const CTRL_T: &str = "\x14";
pub(crate) const F2: &str = "\x1bOQ";
pub(crate) const DOWN: &str = "\x1b[B";
pub(crate) const UP: &str = "\x1b[A";
pub(crate) const END: &str = "\x1b[F";

/// A person at a terminal of their own, with a home of their own.
pub(crate) struct Person {
    home: TempDir,
    url: String,
}

impl Person {
    pub(crate) fn new(server: &Server) -> Self {
        Self { home: TempDir::new().expect("a home"), url: server.url() }
    }

    pub(crate) fn start(&self, columns: u16, rows: u16) -> Terminal {
        self.start_with(&["--server", &self.url], columns, rows)
    }

    pub(crate) fn start_with(&self, arguments: &[&str], columns: u16, rows: u16) -> Terminal {
        let mut client = command(binary("chatter"), self.home());
        client.args(arguments);
        Terminal::spawn(client, columns, rows)
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Signs up as `name` and lands in the empty list of chats.
    pub(crate) fn sign_up(&self, name: &str, columns: u16, rows: u16) -> Terminal {
        let terminal = self.start(columns, rows);
        sign_up_at(&terminal, name);
        terminal
    }
}

/// Signs up on the first screen and lands in the empty list of chats.
pub(crate) fn sign_up_at(terminal: &Terminal, name: &str) {
    submit_sign_up(terminal, name);
    terminal.wait_for("connected");
}

/// Fills in the sign-up form of the first screen and sends it.
pub(crate) fn submit_sign_up(terminal: &Terminal, name: &str) {
    terminal.wait_for("Sign up");
    terminal.keys(CTRL_T);
    terminal.wait_for("Password again");
    terminal.keys(&format!("{name}@example.org"));
    terminal.wait_for(&format!("{name}@example.org"));
    terminal.keys(TAB);
    terminal.keys(TAB);
    terminal.paste(PASSWORD);
    terminal.keys(TAB);
    terminal.paste(PASSWORD);
    let form = terminal.wait_until("the proposed username", |screen| {
        screen.lines().any(|line| line.trim() == name)
    });
    assert!(!form.contains(PASSWORD), "a password is on the screen:\n{form}");
    terminal.keys(ENTER);
}

/// Finds `name` in the directory and opens the chat.
pub(crate) fn find(terminal: &Terminal, name: &str) {
    terminal.keys(F2);
    terminal.wait_for("Type a name");
    terminal.keys(name);
    terminal.wait_until("only the one", |screen| {
        screen.contains(&format!("@{name}")) && !screen.contains("(you)")
    });
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
}

pub(crate) fn say(terminal: &Terminal, text: &str) {
    terminal.keys(text);
    terminal.wait_for(text);
    terminal.keys(ENTER);
}

/// Whether the line that shows `text` ends with `mark`.
pub(crate) fn marked(screen: &str, text: &str, mark: char) -> bool {
    screen.lines().any(|line| line.contains(text) && line.trim_end().ends_with(mark))
}
