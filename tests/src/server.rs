//! A `chatter-server` process with a data directory of its own.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::binaries::binary;

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    addr: SocketAddr,
    data: Data,
    options: Vec<String>,
}

/// The server's files, which outlive the process.
struct Data {
    folder: TempDir,
}

impl Server {
    /// A server on a free port with an empty database and no rate limits.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// The same with lines for its configuration file, which may also set limits.
    pub fn start_with(config: &str) -> Self {
        let folder = TempDir::new().expect("a temporary directory");
        std::fs::write(folder.path().join("server.toml"), relaxed(config))
            .expect("writes the configuration");
        let (child, addr) = spawn(folder.path(), "127.0.0.1:0", &[]);
        Self { child, addr, data: Data { folder }, options: Vec::new() }
    }

    /// `http://ADDR:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where its files are.
    pub fn data(&self) -> PathBuf {
        self.data.folder.path().join("data")
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.folder.path().join("server.log")).unwrap_or_default()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        signal(&self.child, Signal::TERM);
        self.child.wait().expect("waits")
    }

    /// Kills it without a word.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().expect("waits");
    }

    /// Starts it again, on the same address with the same files.
    pub fn restart(&mut self) {
        let (child, addr) = spawn(self.data.folder.path(), &self.addr.to_string(), &self.options);
        (self.child, self.addr) = (child, addr);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Limits that tests, which are quicker than people, would run into. None of them is of use to a
/// test that does not set it itself.
const NO_RATE_LIMITS: [&str; 5] = [
    "signin_failures_per_account",
    "signin_failures_per_address",
    "signups_per_address",
    "unauthenticated_per_address",
    "frames_per_second",
];

/// The configuration with the rate limits off that it does not set.
fn relaxed(config: &str) -> String {
    let off = NO_RATE_LIMITS.iter().filter(|key| !config.contains(*key));
    off.fold(format!("{config}\n"), |file, key| file + key + " = 0\n")
}

fn spawn(folder: &Path, listen: &str, options: &[String]) -> (Child, SocketAddr) {
    let log = OpenOptions::new().create(true).append(true).open(folder.join("server.log"));
    let log = log.expect("writes the log");
    let mut child = Command::new(binary("chatter-server"))
        .arg("--listen")
        .arg(listen)
        .arg("--data")
        .arg(folder.join("data"))
        .arg("--config")
        .arg(folder.join("server.toml"))
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("chatter-server starts");
    let stdout = child.stdout.take().expect("piped");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("reads");
    let addr = line
        .trim()
        .strip_prefix("listening on http://")
        .and_then(|addr| addr.parse().ok())
        .unwrap_or_else(|| panic!("not the first line of a server: {line:?}"));
    (child, addr)
}

pub(crate) fn signal(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
    let _ = kill_process(pid, signal);
}
