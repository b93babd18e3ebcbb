//! One connection, from `hello` to its end. Straight work with `?`: every way out is an [`Ending`],
//! and what to do about it is the link's.

use std::time::{Duration, SystemTime};

use chatter_protocol::{ClientFrame, ErrorBody, ErrorCode, Secret, ServerFrame};
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_util::sync::CancellationToken;

use super::CLIENT_NAME;
use super::ending::{Ending, Lost};
use super::handshake::Socket;
use super::link::{Control, LinkEvent, LinkStatus, Timing};
use super::progress::{Progress, Verdict};

/// How far apart heartbeats may be, milliseconds: asked for in `hello`, so that a server with
/// another habit still lets a dead link be noticed in time.
const HEARTBEAT_MS_WANTED: u32 = 15_000;

/// Limit for writing one frame: a peer that takes nothing for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Limit for saying goodbye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A close as unauthenticated that comes this long after `hello` was written means that `hello` was
/// late, which is the line's fault and not the session's.
const HELLO_LATE: Duration = Duration::from_secs(4);

/// How much further than the steady clock the wall clock must have moved to call it a sleep.
const SLEEP_MIN: Duration = Duration::from_secs(5);

/// Messages that are read before anything else is looked at.
const MESSAGES_AT_ONCE_MAX: usize = 64;

/// What a connection uses of its link.
pub(super) struct Port<'a> {
    pub(super) events: &'a mpsc::Sender<LinkEvent>,
    pub(super) control: &'a mut mpsc::Receiver<Control>,
    pub(super) progress: &'a mut Progress,
    pub(super) stop: &'a CancellationToken,
    pub(super) timing: &'a Timing,
    pub(super) unattended: bool,
}

/// One open connection.
pub(super) struct Connection<'a> {
    socket: Socket,
    port: Port<'a>,
    hello_at: Instant,
    /// The last error frame: a close that follows it may mean it.
    refusal: Option<ErrorBody>,
    silence_max: Duration,
    heard_at: Instant,
    check: Option<Check>,
    checks: u64,
    sleep_watch: SleepWatch,
}

/// A `ping` that waits for its answer.
struct Check {
    id: u64,
    deadline: Instant,
}

/// What woke the connection.
enum Wake {
    Heard(Result<Message, Ending>),
    Send(Option<ClientFrame>),
    Control(Option<Control>),
    Silent,
    Stop,
}

impl<'a> Connection<'a> {
    pub(super) fn new(socket: Socket, port: Port<'a>) -> Self {
        let now = Instant::now();
        Self {
            socket,
            silence_max: port.timing.silence_max,
            port,
            hello_at: now,
            refusal: None,
            heard_at: now,
            check: None,
            checks: 0,
            sleep_watch: SleepWatch::new(),
        }
    }

    /// Says `hello` and waits for `welcome`, which is returned and not yet forwarded.
    pub(super) async fn greet(
        &mut self,
        token: &Secret,
        limit: Duration,
    ) -> Result<ServerFrame, Ending> {
        self.write(&ClientFrame::Hello {
            token: token.clone(),
            positions: self.port.progress.positions(),
            client: CLIENT_NAME.to_owned(),
            heartbeat_ms: Some(HEARTBEAT_MS_WANTED),
            unattended: self.port.unattended,
        })
        .await?;
        self.hello_at = Instant::now();
        let welcome = async {
            loop {
                let message = read(&mut self.socket).await?;
                match self.parse(message)? {
                    Some(frame @ ServerFrame::Welcome(_)) => return Ok(frame),
                    Some(ServerFrame::Error { error }) if error.code == ErrorCode::Forbidden => {
                        return Err(Ending::from_refusal(&error));
                    }
                    Some(ServerFrame::Error { error }) => self.refusal = Some(error),
                    _ => {}
                }
            }
        };
        timeout(limit, welcome)
            .await
            .map_err(|_| Ending::lost("The server took too long to say welcome."))?
    }

    /// Carries frames both ways until the end, which is returned.
    pub(super) async fn serve(
        &mut self,
        welcome: ServerFrame,
        mut outbound: mpsc::Receiver<ClientFrame>,
    ) -> Ending {
        if let ServerFrame::Welcome(welcome) = &welcome {
            let heartbeat = Duration::from_millis(welcome.heartbeat_ms.into());
            self.silence_max =
                self.port.timing.silence_max.min(heartbeat + self.port.timing.heartbeat_margin);
        }
        let mut result = match self.forward(LinkEvent::Status(LinkStatus::Online)).await {
            Ok(()) => self.take_frame(welcome).await,
            stopped => stopped,
        };
        loop {
            match result {
                Ok(()) => {}
                Err(Ending::Stopped) => {
                    self.say_goodbye(&mut outbound).await;
                    return Ending::Stopped;
                }
                Err(ending) => return ending,
            }
            result = match self.wake(&mut outbound).await {
                Wake::Heard(message) => self.take_messages(message).await,
                Wake::Send(frame) => self.take_outbound(frame).await,
                Wake::Control(control) => self.take_control(control).await,
                Wake::Silent => self.take_silence().await,
                Wake::Stop => Err(Ending::Stopped),
            };
        }
    }

    async fn wake(&mut self, outbound: &mut mpsc::Receiver<ClientFrame>) -> Wake {
        let silent_at = self.heard_at + self.silence_max;
        let deadline = self.check.as_ref().map_or(silent_at, |check| check.deadline.min(silent_at));
        tokio::select! {
            message = read(&mut self.socket) => Wake::Heard(message),
            frame = outbound.recv() => Wake::Send(frame),
            control = self.port.control.recv() => Wake::Control(control),
            () = sleep_until(deadline) => Wake::Silent,
            () = self.port.stop.cancelled() => Wake::Stop,
            () = self.port.events.closed() => Wake::Stop,
        }
    }

    /// Takes a message and those that are there behind it.
    async fn take_messages(&mut self, message: Result<Message, Ending>) -> Result<(), Ending> {
        self.take_message(message?).await?;
        for _ in 1..MESSAGES_AT_ONCE_MAX {
            let Some(next) = read(&mut self.socket).now_or_never() else { break };
            self.take_message(next?).await?;
        }
        Ok(())
    }

    async fn take_message(&mut self, message: Message) -> Result<(), Ending> {
        let frame = self.parse(message)?;
        // Whatever came may have waited in a buffer while the device slept: only the answer to a
        // check shows that the line lives.
        if self.sleep_watch.has_slept() {
            self.start_check().await?;
        }
        if let Some(frame) = frame {
            self.take_frame(frame).await?;
        }
        // Only now: the time for which the caller kept us waiting was not the server's silence.
        self.heard_at = Instant::now();
        Ok(())
    }

    async fn take_frame(&mut self, frame: ServerFrame) -> Result<(), Ending> {
        match &frame {
            ServerFrame::Heartbeat { .. } => self.write(&ClientFrame::Heartbeat).await?,
            ServerFrame::Pong { id } if self.check.as_ref().is_some_and(|it| it.id == *id) => {
                self.check = None;
            }
            ServerFrame::Error { error } => self.refusal = Some(error.clone()),
            _ => {}
        }
        match self.port.progress.take(&frame) {
            Verdict::Forward => self.forward(LinkEvent::Frame(Box::new(frame))).await,
            Verdict::Drop => Ok(()),
            Verdict::Gap => Err(Ending::lost("An update was missed; catching up.")),
        }
    }

    async fn take_outbound(&mut self, frame: Option<ClientFrame>) -> Result<(), Ending> {
        let Some(frame) = frame else { return Err(Ending::Stopped) };
        self.write(&frame).await?;
        if self.sleep_watch.has_slept() {
            self.start_check().await?;
        }
        Ok(())
    }

    async fn take_control(&mut self, control: Option<Control>) -> Result<(), Ending> {
        match control {
            Some(Control::Check) => self.start_check().await,
            Some(Control::Retry) => Ok(()),
            None => Err(Ending::Stopped),
        }
    }

    async fn take_silence(&mut self) -> Result<(), Ending> {
        if self.check.is_none() && self.sleep_watch.has_slept() {
            // The server's heartbeats had no chance to arrive; ask before giving up.
            self.heard_at = Instant::now();
            return self.start_check().await;
        }
        Err(Ending::lost("The server fell silent."))
    }

    async fn start_check(&mut self) -> Result<(), Ending> {
        if self.check.is_some() {
            return Ok(());
        }
        self.checks += 1;
        let id = self.checks;
        self.check = Some(Check { id, deadline: Instant::now() + self.port.timing.check_limit });
        self.write(&ClientFrame::Ping { id }).await
    }

    async fn forward(&mut self, event: LinkEvent) -> Result<(), Ending> {
        tokio::select! {
            sent = self.port.events.send(event) => sent.map_err(|_| Ending::Stopped),
            () = self.port.stop.cancelled() => Err(Ending::Stopped),
        }
    }

    /// The frame in `message`; none in what is no text.
    fn parse(&self, message: Message) -> Result<Option<ServerFrame>, Ending> {
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(frame) => Ok(Some(frame)),
                Err(error) => {
                    // The error names a place, never the content.
                    tracing::warn!(
                        line = error.line(),
                        column = error.column(),
                        "unreadable frame"
                    );
                    Err(Ending::lost("The server said something that this version can't read."))
                }
            },
            Message::Close(frame) => Err(self.closed(frame.as_ref())),
            _ => Ok(None),
        }
    }

    fn closed(&self, frame: Option<&CloseFrame>) -> Ending {
        match Ending::from_close(frame, self.refusal.as_ref()) {
            Ending::SessionEnded if self.is_hello_late(frame) => {
                Ending::lost("The line is very slow.")
            }
            ending => ending,
        }
    }

    fn is_hello_late(&self, frame: Option<&CloseFrame>) -> bool {
        let unauthenticated = chatter_protocol::CloseCode::AuthRequired.code();
        frame.is_some_and(|frame| u16::from(frame.code) == unauthenticated)
            && self.hello_at.elapsed() >= HELLO_LATE
    }

    async fn write(&mut self, frame: &ClientFrame) -> Result<(), Ending> {
        let text = serde_json::to_string(frame)
            .map_err(|error| Ending::lost(format!("A frame can't be written ({error}).")))?;
        match timeout(WRITE_TIMEOUT, self.socket.send(Message::text(text))).await {
            Ok(Ok(())) => Ok(()),
            // The server's own reason to close, if it gave one, is still to be read.
            Ok(Err(error)) => {
                Err(self.last_words().await.unwrap_or_else(|| Ending::from_socket_error(&error)))
            }
            Err(_) => Err(Ending::Lost(Lost {
                reason: "The server takes nothing any more.".to_owned(),
                ..Lost::default()
            })),
        }
    }

    /// Why the server closed, if it still says so.
    async fn last_words(&mut self) -> Option<Ending> {
        let close = async {
            loop {
                match self.socket.next().await? {
                    Ok(Message::Close(frame)) => return Some(self.closed(frame.as_ref())),
                    Ok(_) => {}
                    Err(_) => return None,
                }
            }
        };
        timeout(CLOSE_TIMEOUT, close).await.ok().flatten()
    }

    /// Sends what is queued, then closes, so that a program that ends right after a send has sent.
    async fn say_goodbye(&mut self, outbound: &mut mpsc::Receiver<ClientFrame>) {
        let goodbye = async {
            while let Ok(frame) = outbound.try_recv() {
                self.write(&frame).await?;
            }
            self.socket.close(None).await.map_err(|error| Ending::from_socket_error(&error))
        };
        // Nobody is left who could be told that it failed.
        let _ = timeout(CLOSE_TIMEOUT, goodbye).await;
    }
}

async fn read(socket: &mut Socket) -> Result<Message, Ending> {
    match socket.next().await {
        Some(Ok(message)) => Ok(message),
        Some(Err(error)) => Err(Ending::from_socket_error(&error)),
        None => Err(Ending::lost("The server closed the connection.")),
    }
}

/// Notices that the device slept: the wall clock moved on and the steady one did not.
struct SleepWatch {
    wall: SystemTime,
    steady: Instant,
}

impl SleepWatch {
    fn new() -> Self {
        Self { wall: SystemTime::now(), steady: Instant::now() }
    }

    /// Whether the device slept since the last question. A wall clock that was set forward looks
    /// the same and costs one `ping`.
    fn has_slept(&mut self) -> bool {
        let last = std::mem::replace(self, Self::new());
        let wall = self.wall.duration_since(last.wall).unwrap_or_default();
        wall > self.steady.duration_since(last.steady) + SLEEP_MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_noticed_once_and_a_clock_set_back_is_none() {
        let mut watch = SleepWatch::new();
        assert!(!watch.has_slept());
        watch.wall -= Duration::from_secs(60);
        assert!(watch.has_slept());
        assert!(!watch.has_slept());
        watch.wall += Duration::from_secs(3_600);
        assert!(!watch.has_slept());
    }
}
