//! A `chatter-server` process with a data directory of its own.

use std::ffi::OsString;
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
}

/// How the process is started, for faults that need more than the program alone.
#[derive(Clone, Default)]
pub struct Launch {
    /// What runs the server, such as `strace` with its options; it must stay the same process.
    pub wrapper: Vec<OsString>,
    /// Variables that the process gets beside the test's own.
    pub environment: Vec<(String, OsString)>,
    /// What runs in place of `chatter-server`; gets the same options after its own.
    pub program: Option<Vec<OsString>>,
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
        Self::start_in(folder, config, &Launch::default())
    }

    /// The same in a directory that may have a database in `data` already.
    pub fn start_in(folder: TempDir, config: &str, launch: &Launch) -> Self {
        Self::try_start_in(folder, config, launch)
            .unwrap_or_else(|(_, line)| panic!("not the first line of a server: {line:?}"))
    }

    /// The same; for one that did not come as far as to serve, its directory and what it said.
    ///
    /// # Errors
    /// When the process ended before it served.
    pub fn try_start_in(
        folder: TempDir,
        config: &str,
        launch: &Launch,
    ) -> Result<Self, (TempDir, String)> {
        std::fs::write(folder.path().join("server.toml"), relaxed(config))
            .expect("writes the configuration");
        match spawn(folder.path(), "127.0.0.1:0", launch) {
            Ok((child, addr)) => Ok(Self { child, addr, data: Data { folder } }),
            Err(line) => Err((folder, line)),
        }
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
        self.restart_under(&Launch::default());
    }

    /// The same, started in another way.
    pub fn restart_under(&mut self, launch: &Launch) {
        let started = spawn(self.data.folder.path(), &self.addr.to_string(), launch);
        (self.child, self.addr) =
            started.unwrap_or_else(|line| panic!("not the first line of a server: {line:?}"));
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
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

/// The process and where it listens, or what it said before it ended.
fn spawn(folder: &Path, listen: &str, launch: &Launch) -> Result<(Child, SocketAddr), String> {
    let log = OpenOptions::new().create(true).append(true).open(folder.join("server.log"));
    let log = log.expect("writes the log");
    let program =
        launch.program.clone().unwrap_or_else(|| vec![binary("chatter-server").into_os_string()]);
    let line: Vec<_> = launch.wrapper.iter().chain(&program).collect();
    let mut child = Command::new(line[0])
        .args(&line[1..])
        .arg("--listen")
        .arg(listen)
        .arg("--data")
        .arg(folder.join("data"))
        .arg("--config")
        .arg(folder.join("server.toml"))
        .envs(launch.environment.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("chatter-server starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("reads");
    let addr = line.trim().strip_prefix("listening on http").and_then(|rest| {
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        rest.strip_prefix("://")?.parse().ok()
    });
    let Some(addr) = addr else {
        let _ = child.kill();
        child.wait().expect("waits");
        return Err(line);
    };
    Ok((child, addr))
}

pub(crate) fn signal(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
    let _ = kill_process(pid, signal);
}
