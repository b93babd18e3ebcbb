//! What the system tells the program beside what is typed.

use std::io;

use rustix::process::{Signal as Raw, getpid, kill_process};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

/// A signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Asked to end.
    Stop,
    /// Asked to end, by Ctrl+C where the terminal is not ours: while an editor has it, it is the
    /// editor's.
    Interrupt,
    /// Asked to step back for the shell.
    Suspend,
    /// Going on after a stop, of which nobody was told before.
    Continued,
    /// The terminal has another size.
    Resized,
}

/// The signals that matter while the terminal is ours.
#[derive(Debug)]
pub struct Signals {
    terminate: Stream,
    hang_up: Stream,
    interrupt: Stream,
    suspend: Stream,
    continued: Stream,
    resized: Stream,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            suspend: signal(SignalKind::from_raw(Raw::TSTP.as_raw()))?,
            continued: signal(SignalKind::from_raw(Raw::CONT.as_raw()))?,
            resized: signal(SignalKind::window_change())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.hang_up.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.suspend.recv() => Signal::Suspend,
            _ = self.continued.recv() => Signal::Continued,
            _ = self.resized.recv() => Signal::Resized,
        }
    }
}

/// Stops this program until the shell brings it back.
///
/// # Errors
/// If the system refuses.
pub fn stop_until_continued() -> io::Result<()> {
    kill_process(getpid(), Raw::STOP).map_err(io::Error::from)
}
