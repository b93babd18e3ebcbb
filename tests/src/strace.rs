//! A server under `strace`: its system calls written down, delayed, failed, or deadly.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::PATIENCE;
use crate::server::Launch;

/// How `strace` runs a program. The program stays the child of whoever started it, so that signals
/// reach it and its exit code is its own.
pub struct Strace {
    log: PathBuf,
    options: Vec<String>,
    /// Whether calls that are not written down cost nothing. With that `strace` 6.1 delivers no
    /// injected signal.
    is_quick: bool,
}

/// Whether this machine has `strace` and lets it trace.
pub fn is_there() -> bool {
    let mut tried = Command::new("strace");
    tried.args(["-f", "--seccomp-bpf", "-e", "trace=fsync", "-o", "/dev/null", "true"]);
    tried.stdout(Stdio::null()).stderr(Stdio::null());
    tried.status().is_ok_and(|status| status.success())
}

impl Strace {
    /// Writes these calls (separated by commas) to a file.
    pub fn of(calls: &str, log: &Path) -> Self {
        let options = vec!["-e".to_owned(), format!("trace={calls}")];
        Self { log: log.to_owned(), options, is_quick: true }
    }

    /// Tampers with some of the calls, as `fsync:error=EIO:when=3` does. Calls are counted per
    /// thread and kind.
    pub fn inject(mut self, what: &str) -> Self {
        self.options.extend(["-e".to_owned(), format!("inject={what}")]);
        self.is_quick &= !what.contains("signal=");
        self
    }

    /// Only calls about this file.
    pub fn about(mut self, path: &Path) -> Self {
        self.options.extend(["-P".to_owned(), path.display().to_string()]);
        self
    }

    /// Every byte of what is read and written, in hexadecimal.
    pub fn in_full(mut self) -> Self {
        self.options.extend(["-xx", "-s", "100000"].map(str::to_owned));
        self
    }

    /// How to start the server.
    pub fn launch(&self) -> Launch {
        let mut wrapper = vec!["strace".into()];
        wrapper.extend(self.is_quick.then(|| "--seccomp-bpf".into()));
        wrapper.extend(["-D", "-f", "-y", "-o"].map(Into::into));
        wrapper.push(self.log.clone().into_os_string());
        wrapper.extend(self.options.iter().map(Into::into));
        Launch { wrapper, ..Launch::default() }
    }

    /// The whole log of a process that has ended.
    pub fn finished_log(&self, pid: u32) -> String {
        let deadline = Instant::now() + PATIENCE;
        let ends = [format!("{pid} +++ exited"), format!("{pid} +++ killed")];
        loop {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let padded = log.lines().rev().take(200).any(|line| {
                let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
                ends.iter().any(|end| line.starts_with(end))
            });
            if padded {
                return log;
            }
            assert!(Instant::now() < deadline, "strace did not write its log to the end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What is in the log by now.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}
