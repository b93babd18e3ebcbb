//! A program in a pseudo-terminal whose reader is light: counts what comes and notices one marker,
//! at the moment it comes. The harness's terminal draws every byte, which a flood would measure.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// The terminal's size.
pub(crate) const COLUMNS: u16 = 120;
pub(crate) const ROWS: u16 = 40;

/// How long anything may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes from the start that are kept, to see what the screen showed.
const KEPT_BYTES_MAX: usize = 1024 * 1024;

/// The question that every terminal answers (DA1), and a plain answer.
const QUESTION: &[u8] = b"\x1b[c";
const ANSWER: &[u8] = b"\x1b[?62;22c";

/// Longest marker, bytes.
const MARKER_BYTES_MAX: usize = 64;

/// The program; killed when dropped.
pub(crate) struct Pty {
    child: Box<dyn Child + Send + Sync>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    shared: Arc<Shared>,
    started: Instant,
    // The program hangs up without it.
    _master: Box<dyn MasterPty + Send>,
}

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default)]
struct Seen {
    bytes: u64,
    last_at: Option<Instant>,
    kept: Vec<u8>,
    marker: Option<Vec<u8>>,
    /// The end of what came since the marker was set.
    tail: Vec<u8>,
    marked_at: Option<Instant>,
    is_answered: bool,
    ended: bool,
}

impl Pty {
    /// Starts `command`; the clock runs from just before.
    pub(crate) fn spawn(command: CommandBuilder) -> anyhow::Result<Self> {
        Self::spawn_marked(command, "")
    }

    /// The same; `marker` is looked for from the first byte on.
    pub(crate) fn spawn_marked(command: CommandBuilder, marker: &str) -> anyhow::Result<Self> {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let reader = pair.master.try_clone_reader()?;
        let writer = Arc::new(Mutex::new(pair.master.take_writer()?));
        let marker = Some(marker.as_bytes().to_vec()).filter(|marker| !marker.is_empty());
        let seen = Mutex::new(Seen { marker, ..Seen::default() });
        let shared = Arc::new(Shared { seen, changed: Condvar::new() });
        let (see, answer) = (Arc::clone(&shared), Arc::clone(&writer));
        std::thread::spawn(move || read_all(reader, &see, &answer));
        let started = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        Ok(Self { child, writer, shared, started, _master: pair.master })
    }

    /// When it was started.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap_or_default()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        Ok(kill_process(pid.ok_or_else(|| anyhow::anyhow!("no process"))?, signal)?)
    }

    /// Types; returns when.
    pub(crate) fn keys(&self, keys: &str) -> anyhow::Result<Instant> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        writer.write_all(keys.as_bytes())?;
        writer.flush()?;
        Ok(now)
    }

    /// From now on, notices when `marker` comes; with an empty one, when anything does.
    pub(crate) fn watch_for(&self, marker: &str) {
        let mut seen = self.seen();
        seen.marker = Some(marker.as_bytes().to_vec());
        seen.tail.clear();
        seen.marked_at = None;
    }

    /// Waits for the marker; when it came.
    pub(crate) fn marked(&self) -> anyhow::Result<Instant> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen();
        loop {
            if let Some(at) = seen.marked_at {
                return Ok(at);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || seen.ended {
                let marker = seen.marker.take().unwrap_or_default();
                drop(seen);
                let (marker, screen) = (String::from_utf8_lossy(&marker), self.screen());
                anyhow::bail!("waited for {marker:?} in vain; the screen at first:\n{screen}");
            }
            seen = self.wait(seen, left);
        }
    }

    /// Waits until nothing has come for so long; when the last byte came.
    pub(crate) fn quiet(&self, silence: Duration) -> anyhow::Result<Instant> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen();
        loop {
            anyhow::ensure!(!seen.ended || seen.last_at.is_some(), "it ended without a word");
            let now = Instant::now();
            anyhow::ensure!(now < deadline, "it does not fall silent");
            match seen.last_at {
                Some(at) if seen.ended || now >= at + silence => return Ok(at),
                Some(at) => seen = self.wait(seen, at + silence - now),
                None => seen = self.wait(seen, deadline - now),
            }
        }
    }

    /// Bytes that came so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.seen().bytes
    }

    /// The screen, as long as no more came than is kept.
    pub(crate) fn screen(&self) -> String {
        let cells = |count| NonZero::new(count).unwrap_or(NonZero::<u16>::MIN);
        let mut parser = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
        parser.process(&self.seen().kept);
        parser.screen().contents()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, seen: MutexGuard<'a, Seen>, time: Duration) -> MutexGuard<'a, Seen> {
        let changed = &self.shared.changed;
        changed.wait_timeout(seen, time).unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Seen {
    /// Takes in what came; whether the question is to be answered.
    fn take(&mut self, bytes: &[u8], now: Instant) -> bool {
        self.bytes += bytes.len() as u64;
        self.last_at = Some(now);
        let room = KEPT_BYTES_MAX - self.kept.len();
        let before = self.kept.len().saturating_sub(QUESTION.len() - 1);
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if self.marked_at.is_none()
            && let Some(marker) = &self.marker
        {
            self.tail.extend_from_slice(bytes);
            if contains(&self.tail, marker) {
                self.marked_at = Some(now);
            }
            let past = self.tail.len().saturating_sub(MARKER_BYTES_MAX);
            self.tail.drain(..past);
        }
        let is_asked = !self.is_answered && contains(&self.kept[before..], QUESTION);
        self.is_answered |= is_asked;
        is_asked
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else { return true };
    let starts = bytes.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts.into_iter().any(|(at, _)| bytes[at..].starts_with(part))
}

fn read_all(
    mut reader: Box<dyn Read + Send>,
    shared: &Shared,
    writer: &Mutex<Box<dyn Write + Send>>,
) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        let now = Instant::now();
        let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_asked = seen.take(&buffer[..count], now);
        drop(seen);
        shared.changed.notify_all();
        if is_asked {
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writer.write_all(ANSWER).and_then(|()| writer.flush());
        }
    }
    shared.seen.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
    shared.changed.notify_all();
}
