//! What is measured: a process on a processor of its own, with a folder for what it keeps.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use chatter_tests::certificates;
use chatter_tests::server::{Launch, Server};
use chatter_tests::strace::Strace;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};
use tempfile::TempDir;
use tokio_tungstenite::Connector;

use crate::Options;
use crate::meter::Meter;
use crate::way::{self, Way};

/// The processor of the server, and that of the load.
const SERVER_CPU: usize = 0;
const LOAD_CPU: usize = 1;

/// Open files that are asked for; a connection is one at each end.
const OPEN_FILES: u64 = 1_000_000;

/// Limits of the server that a load tool would measure in place of the server.
const CONFIG: &str = "log = \"warn\"\nunacknowledged_sends_max = 100000\n";

/// A process to put load on.
pub(crate) enum Target {
    /// Ours.
    Chatter {
        /// Its process.
        server: Server,
        /// What trusts it, when it encrypts.
        encrypted: Option<Connector>,
    },
    /// A bare relay, see [`crate::relay`].
    Relay {
        /// Its process.
        child: Child,
        /// Where it listens.
        addr: SocketAddr,
        /// Whether it stores what it relays, before it does.
        stores: bool,
        /// Where.
        folder: TempDir,
    },
}

impl Target {
    /// A server on a folder whose `data` may have been seeded.
    pub(crate) fn chatter(options: &Options, folder: TempDir) -> anyhow::Result<Self> {
        Self::start(options, folder, None)
    }

    /// As [`Target::chatter`], encrypting.
    pub(crate) fn encrypting(options: &Options, folder: TempDir) -> anyhow::Result<Self> {
        Self::start(options, folder, Some(way::trusting()?))
    }

    fn start(
        options: &Options,
        folder: TempDir,
        encrypted: Option<Connector>,
    ) -> anyhow::Result<Self> {
        let mut wrapper = pinned(options);
        if options.sync_delay_ms > 0 {
            wrapper.splice(0..0, delayed(options, folder.path()).wrapper);
        }
        let launch = Launch { wrapper, ..Launch::default() };
        let tls = encrypted.as_ref().map(|_| certificates::encrypting());
        let config = CONFIG.to_owned() + &tls.unwrap_or_default();
        let started = Server::try_start_in(folder, &config, &launch);
        let server = started.map_err(|(folder, _)| {
            let log = std::fs::read_to_string(folder.path().join("server.log"));
            anyhow::anyhow!("no server: {}", log.unwrap_or_default().trim())
        })?;
        Ok(Self::Chatter { server, encrypted })
    }

    /// A relay.
    pub(crate) fn relay(options: &Options, stores: bool) -> anyhow::Result<Self> {
        let folder = folder(options)?;
        let mut line = pinned(options);
        if stores && options.sync_delay_ms > 0 {
            line.splice(0..0, delayed(options, folder.path()).wrapper);
        }
        line.push(std::env::current_exe()?.into());
        line.push("--relay".into());
        line.extend(stores.then(|| folder.path().into()));
        let mut child = Command::new(&line[0])
            .args(&line[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the relay does not start")?;
        let mut said = String::new();
        BufReader::new(child.stdout.take().context("piped")?).read_line(&mut said)?;
        let addr = said.trim().parse().with_context(|| format!("no relay: {said}"))?;
        Ok(Self::Relay { child, addr, stores, folder })
    }

    /// What it is called in tables.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Chatter { encrypted: None, .. } => "chatter-server",
            Self::Chatter { encrypted: Some(_), .. } => "chatter-server, TLS",
            Self::Relay { stores: false, .. } => "relay",
            Self::Relay { stores: true, .. } => "relay with SQLite",
        }
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        match self {
            Self::Chatter { server, .. } => server.addr(),
            Self::Relay { addr, .. } => *addr,
        }
    }

    /// The way to it for the how many-th connection.
    pub(crate) fn way(&self, place: usize) -> Way {
        let encrypted = match self {
            Self::Chatter { encrypted, .. } => encrypted.clone(),
            Self::Relay { .. } => None,
        };
        Way::new(self.addr(), place, encrypted)
    }

    /// Looks at its process.
    pub(crate) fn meter(&self) -> Meter {
        match self {
            Self::Chatter { server, .. } => Meter::of(server.pid()),
            Self::Relay { child, .. } => Meter::of(child.id()),
        }
    }

    /// Where it keeps what it stores.
    pub(crate) fn data(&self) -> PathBuf {
        match self {
            Self::Chatter { server, .. } => server.data(),
            Self::Relay { folder, .. } => folder.path().to_owned(),
        }
    }

    /// Kills it and starts it again on what it kept.
    pub(crate) fn crash(&mut self, options: &Options) {
        if let Self::Chatter { server, .. } = self {
            server.kill();
            server.restart_under(&Launch { wrapper: pinned(options), ..Launch::default() });
        }
    }

    /// Stops it in order, so that its files are complete.
    pub(crate) fn stop(&mut self) {
        match self {
            Self::Chatter { server, .. } => drop(server.stop()),
            Self::Relay { child, .. } => {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Self::Relay { child, .. } = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A folder for one target, on a disk.
pub(crate) fn folder(options: &Options) -> anyhow::Result<TempDir> {
    let beside_binary = || Some(std::env::current_exe().ok()?.parent()?.to_owned());
    let place = options.dir.clone().or_else(beside_binary).context("no place for databases")?;
    Ok(tempfile::Builder::new().prefix("load").tempdir_in(place)?)
}

/// Keeps this process, which is the load, to its processor.
pub(crate) fn pin_the_load() -> anyhow::Result<()> {
    let mut processors = CpuSet::new();
    processors.set(LOAD_CPU);
    sched_setaffinity(None, &processors).context("needs two processors, or --unpinned")
}

/// Lets this process and its children open as many files as the system gives.
pub(crate) fn raise_open_files() -> anyhow::Result<()> {
    let all = Rlimit { current: Some(OPEN_FILES), maximum: Some(OPEN_FILES) };
    if setrlimit(Resource::Nofile, all).is_ok() {
        return Ok(());
    }
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).context("open files")
}

fn pinned(options: &Options) -> Vec<OsString> {
    if options.unpinned {
        return Vec::new();
    }
    vec!["taskset".into(), "--cpu-list".into(), SERVER_CPU.to_string().into()]
}

fn delayed(options: &Options, folder: &Path) -> Launch {
    let delay_us = options.sync_delay_ms * 1000;
    let calls = "fsync,fdatasync";
    let strace = Strace::of(calls, &folder.join("strace.log"));
    strace.inject(&format!("{calls}:delay_exit={delay_us}")).launch()
}
