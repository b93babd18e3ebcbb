//! A client as a process of its own (`bin/device.rs`), to be killed.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use chatter_protocol::ConversationId;

use crate::PATIENCE;
use crate::rest::Account;

/// A running process; killed when dropped.
pub struct DeviceProcess {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl DeviceProcess {
    /// Starts `program`, a device of `account` on the server or proxy at `url`, with this store.
    pub fn start(program: &Path, account: &Account, url: &str, store: &Path) -> Self {
        let mut child = Command::new(program)
            .arg(url)
            .arg(store)
            .env("CHATTER_TOKEN", &account.token)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the device starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take().expect("piped");
        Self { child, stdin, lines }
    }

    /// Asks for something; whether it could still hear it.
    pub fn tell(&mut self, verb: &str, conversation: ConversationId, text: &str) -> bool {
        writeln!(self.stdin, "{verb} {conversation} {text}").is_ok()
    }

    /// Waits for a line that starts so; the rest of it.
    ///
    /// # Panics
    /// When it does not come.
    pub fn wait(&self, start: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some(rest) = line.strip_prefix(start) {
                        return rest.trim().to_owned();
                    }
                }
                Err(error) => panic!("waited for {start:?}: {error}"),
            }
        }
    }

    /// Kills it without a word, and returns everything that it said and nobody heard.
    pub fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("it runs");
        self.child.wait().expect("waits");
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => said.push(line),
                Err(RecvTimeoutError::Disconnected) => return said,
                Err(RecvTimeoutError::Timeout) => panic!("its output does not end"),
            }
        }
    }
}

impl Drop for DeviceProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
