//! The live link: one task that stays connected, resumes where it was, and reports what it hears.
//!
//! Decides when to connect, wait and stop; what happens on one connection is `connection`'s.
//! Knows nothing of unsent messages and of who is watched: on each `welcome` the caller sends again
//! what it wants said.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chatter_protocol::{ClientFrame, Position, Secret, ServerFrame};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::connection::{Connection, Port};
use super::ending::{Comeback, Ending, Lost};
use super::handshake::Dialer;
use super::progress::Progress;
use super::wake::Alarm;
use super::{Backoff, NetOptions, ServerUrl};

/// Frames that wait to be sent; past it [`LinkHandle::send`] says no.
const OUTBOUND_FRAMES_MAX: usize = 256;

/// Events that wait to be read; past it the link stops reading from the server, which in time
/// closes the connection as slow and is resumed from.
const EVENTS_MAX: usize = 256;

/// Requests of handles that wait to be read; past it the same is asked already.
const CONTROLS_MAX: usize = 4;

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
    /// The session may not have a live connection; the link has stopped. Use another token, or sign
    /// in.
    Forbidden {
        /// Why, as a sentence for a person.
        reason: String,
    },
}

/// A cheap handle to a link. The link says goodbye and stops when the last one is dropped.
#[derive(Clone, Debug)]
pub struct LinkHandle {
    outbound: Arc<Outbound>,
    control: mpsc::Sender<Control>,
    _stop: Arc<DropGuard>,
}

impl LinkHandle {
    /// Queues a frame for the current connection. `false` when not online or when 256 frames wait
    /// already: the frame is not sent, and the caller keeps it for the next `welcome`. `true` is no
    /// promise: what was queued when the connection broke is gone.
    pub fn send(&self, frame: ClientFrame) -> bool {
        match &*self.outbound.lock() {
            Some(sender) => sender.try_send(frame).is_ok(),
            None => false,
        }
    }

    /// Ends a wait: the next attempt is made now.
    pub fn retry_now(&self) {
        self.tell(Control::Retry);
    }

    /// Asks the server for a sign of life at once and reconnects if none comes within three
    /// seconds; ends a wait. For a device that may have slept or changed its network.
    pub fn check_now(&self) {
        self.tell(Control::Check);
    }

    fn tell(&self, control: Control) {
        // When full, the same is asked already.
        let _ = self.control.try_send(control);
    }
}

/// What a handle may ask of its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    Retry,
    Check,
}

/// The queue of the current or last connection; none before the first. Each connection has its own,
/// closed with it, so nothing stale is sent on the next.
#[derive(Debug, Default)]
struct Outbound(Mutex<Option<mpsc::Sender<ClientFrame>>>);

impl Outbound {
    fn lock(&self) -> MutexGuard<'_, Option<mpsc::Sender<ClientFrame>>> {
        // Nothing between lock and unlock can panic, and an option is valid at any moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> mpsc::Receiver<ClientFrame> {
        let (sender, receiver) = mpsc::channel(OUTBOUND_FRAMES_MAX);
        *self.lock() = Some(sender);
        receiver
    }
}

/// The link's patience; other than the default only in tests.
#[derive(Clone, Debug)]
pub(super) struct Timing {
    /// How much later than promised a heartbeat may come.
    pub(super) heartbeat_margin: Duration,
    /// Longest silence, whatever the server's heartbeat.
    pub(super) silence_max: Duration,
    /// Limit for the answer to a `ping`.
    pub(super) check_limit: Duration,
    /// How long a connection must have lasted to count as a success for the back-off: a server that
    /// welcomes everybody and then drops them must not be stormed.
    pub(super) stable_after: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat_margin: Duration::from_secs(5),
            silence_max: Duration::from_secs(20),
            check_limit: Duration::from_secs(3),
            stable_after: Duration::from_secs(5),
        }
    }
}

impl Link {
    /// Connects to `server` in a task of its own, and again whenever the connection is lost.
    /// `start` is the position of the last event that the caller has applied; none if it knows
    /// nothing. Must be called in a Tokio runtime.
    ///
    /// Every frame but `heartbeat` and `pong` is reported, in order; events without gap and
    /// without repetition. The caller must go on reading: when 256 events wait, the link stops
    /// listening, the server closes it as slow in time, and it resumes where it was.
    pub fn start(
        server: ServerUrl,
        options: NetOptions,
        token: Secret,
        start: Option<Position>,
    ) -> (LinkHandle, mpsc::Receiver<LinkEvent>) {
        Self::start_with(server, options, token, start, Timing::default())
    }

    fn start_with(
        server: ServerUrl,
        options: NetOptions,
        token: Secret,
        start: Option<Position>,
        timing: Timing,
    ) -> (LinkHandle, mpsc::Receiver<LinkEvent>) {
        let (events, receiver) = mpsc::channel(EVENTS_MAX);
        let (control, controls) = mpsc::channel(CONTROLS_MAX);
        let outbound = Arc::new(Outbound::default());
        let stop = CancellationToken::new();
        let task = LinkTask {
            unattended: options.unattended,
            dialer: Dialer::new(server, options),
            token,
            progress: Progress::new(start),
            backoff: Backoff::default(),
            timing,
            outbound: Arc::clone(&outbound),
            control: controls,
            events,
            stop: stop.clone(),
        };
        tokio::spawn(task.run());
        tokio::spawn(check_when_awake(control.clone(), stop.clone()));
        let handle = LinkHandle { outbound, control, _stop: Arc::new(stop.drop_guard()) };
        (handle, receiver)
    }
}

/// Asks for a check whenever the device woke up, until the link stops.
async fn check_when_awake(control: mpsc::Sender<Control>, stop: CancellationToken) {
    let Ok(mut alarm) = Alarm::set() else { return };
    while let Some(Ok(())) = stop.run_until_cancelled(alarm.rings()).await {
        // When full, the same is asked already.
        let _ = control.try_send(Control::Check);
    }
}

/// The task behind a link.
struct LinkTask {
    dialer: Dialer,
    token: Secret,
    progress: Progress,
    backoff: Backoff,
    timing: Timing,
    unattended: bool,
    outbound: Arc<Outbound>,
    control: mpsc::Receiver<Control>,
    events: mpsc::Sender<LinkEvent>,
    stop: CancellationToken,
}

/// Nobody holds the link any more.
struct Stopped;

impl LinkTask {
    /// Connects, waits, connects, until that is pointless or nobody is left.
    async fn run(mut self) {
        loop {
            match self.connect_once().await {
                Ending::Lost(lost) => {
                    if self.wait(lost).await.is_err() {
                        return;
                    }
                }
                Ending::SessionEnded => return self.end(LinkStatus::SessionEnded).await,
                Ending::Forbidden { reason } => {
                    return self.end(LinkStatus::Forbidden { reason }).await;
                }
                Ending::Stopped => return,
            }
        }
    }

    /// Says why there is no further attempt.
    async fn end(&self, status: LinkStatus) {
        // Without a reader there is nobody to tell.
        let _ = self.report(status).await;
    }

    /// One connection, from the first packet to its end.
    async fn connect_once(&mut self) -> Ending {
        if self.report(LinkStatus::Connecting).await.is_err() {
            return Ending::Stopped;
        }
        let stop = self.stop.clone();
        let socket = match stop.run_until_cancelled(self.dialer.dial()).await {
            Some(Ok(socket)) => socket,
            Some(Err(ending)) => return ending,
            None => return Ending::Stopped,
        };
        let port = Port {
            events: &self.events,
            control: &mut self.control,
            progress: &mut self.progress,
            stop: &self.stop,
            timing: &self.timing,
            unattended: self.unattended,
        };
        let mut connection = Connection::new(socket, port);
        let greeting = connection.greet(&self.token, self.dialer.welcome_timeout());
        let welcome = match stop.run_until_cancelled(greeting).await {
            Some(Ok(welcome)) => welcome,
            Some(Err(ending)) => return ending,
            None => return Ending::Stopped,
        };
        let online_since = Instant::now();
        let ending = connection.serve(welcome, self.outbound.open()).await;
        if online_since.elapsed() >= self.timing.stable_after {
            self.backoff.reset();
        }
        ending
    }

    /// Waits before the next attempt, as long as the back-off and the server say.
    async fn wait(&mut self, lost: Lost) -> Result<(), Stopped> {
        if lost.comeback == Comeback::Soon {
            self.backoff.reset();
        }
        let is_first = self.backoff.attempts() == 0;
        let jitter = self.backoff.next_wait(&mut rand::rng());
        let wait = match lost.retry_after {
            // The jitter keeps those who were all told the same number apart.
            Some(asked) => asked + jitter,
            None if lost.comeback == Comeback::AtOnce && is_first => Duration::ZERO,
            None => jitter,
        };
        let retry_at = Instant::now() + wait;
        let attempt = self.backoff.attempts();
        tracing::info!(reason = %lost.reason, attempt, wait_ms = wait.as_millis(), "link lost");
        self.report(LinkStatus::Waiting { retry_at, attempt, reason: lost.reason }).await?;
        tokio::select! {
            () = tokio::time::sleep_until(retry_at.into()) => Ok(()),
            control = self.control.recv() => control.map(drop).ok_or(Stopped),
            () = self.stop.cancelled() => Err(Stopped),
        }
    }

    async fn report(&self, status: LinkStatus) -> Result<(), Stopped> {
        tokio::select! {
            sent = self.events.send(LinkEvent::Status(status)) => sent.map_err(|_| Stopped),
            () = self.stop.cancelled() => Err(Stopped),
        }
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
