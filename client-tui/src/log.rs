//! The log: a file in the state directory that only its owner can read, never the screen.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;

use tracing::{Level, Metadata};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::paths::Paths;

const FILE_NAME: &str = "chatter.log";

/// Where the log goes when a start finds it full.
const OLD_FILE_NAME: &str = "chatter.log.old";

/// From this size on, a start begins a new file. Warnings only are written unless `CHATTER_LOG`
/// asks for more, so that no run fills a disk.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

const PRIVATE_FILE_MODE: u32 = 0o600;

/// Lines that wait for the disk; more are lost. Their places are made beforehand, and the library's
/// 128,000 take four megabytes.
const LINES_WAITING_MAX: usize = 1_024;

/// Starts the log; it is written out when the guard is dropped.
///
/// # Errors
/// If the file can't be written.
pub fn start(paths: &Paths) -> io::Result<WorkerGuard> {
    let dir = paths.state_dir()?;
    let path = dir.join(FILE_NAME);
    if fs::metadata(&path).is_ok_and(|file| file.len() > FILE_BYTES_MAX) {
        fs::rename(&path, dir.join(OLD_FILE_NAME))?;
    }
    let file = OpenOptions::new().create(true).append(true).mode(PRIVATE_FILE_MODE).open(&path)?;
    let writer = NonBlockingBuilder::default().buffered_lines_limit(LINES_WAITING_MAX);
    let (writer, guard) = writer.finish(file);
    // Not `EnvFilter`: it brings an engine for regular expressions along.
    let asked: Option<Targets> =
        std::env::var("CHATTER_LOG").ok().and_then(|asked| asked.parse().ok());
    let filter = asked.unwrap_or_else(|| Targets::new().with_default(Level::WARN));
    let log = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false)
        .with_filter(filter.and(filter_fn(is_discreet)));
    tracing_subscriber::registry().with(log).init();
    Ok(guard)
}

/// Below `info`, libraries log the bytes of the wire, and with them tokens, passwords and messages.
fn is_discreet(event: &Metadata<'_>) -> bool {
    *event.level() <= Level::INFO || event.target().starts_with("chatter")
}
