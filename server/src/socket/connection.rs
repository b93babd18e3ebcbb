//! A live connection: hears frames, delivers mail, acknowledges sends in order, keeps time.

use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use chatter_protocol::frame::Ack;
use chatter_protocol::{ClientMsgId, CloseCode, Me, Presence, ServerFrame, Timestamp};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep_until, timeout};

use super::end::{End, Step, broken};
use super::flood::{Flood, REST};
use super::hello::Greeted;
use super::pace::Pace;
use super::wire::{Heard, Wire, encode};
use crate::app::App;
use crate::auth::{AuthError, SignedIn};
use crate::chat;
use crate::hub::Attachment;
use crate::mailbox::Mail;

/// How often a connection that lives on notes that its session is used.
const RENEW_EVERY: Duration = Duration::from_secs(60 * 60);
/// How long sends in flight may take when the server stops.
const FINISH_DEADLINE: Duration = Duration::from_secs(5);

/// An answer to a send that is under way.
pub(super) type Pending = BoxFuture<'static, Answer>;

/// What became of a send.
type Answer = (ClientMsgId, chat::Result<Ack>);

/// What a connection waits for.
enum Next {
    /// Something is in the mailbox.
    Mail,
    /// A send was stored or refused.
    Answer(Answer),
    /// The client said something.
    Heard(Heard),
    /// Something is due.
    Alarm,
}

pub(super) struct Connection<'a> {
    pub(super) app: &'a App,
    pub(super) wire: &'a mut Wire,
    pub(super) who: SignedIn,
    pub(super) attachment: Attachment,
    /// Number of the last event that was written.
    pub(super) last: u64,
    /// Sends that are neither acknowledged nor refused, in the order they came; as many as
    /// `unacknowledged_sends_max`, one more is refused.
    pub(super) pending: FuturesOrdered<Pending>,
    pub(super) pace: Pace,
    /// Whether a person is at the device.
    pub(super) attended: bool,
    flood: Flood,
    /// In a flood: when what gathered meanwhile is written.
    rests_until: Option<Instant>,
    replay_to: u64,
    heartbeat: Duration,
    heartbeat_at: Instant,
    heard_at: Instant,
    renew_at: Instant,
}

impl<'a> Connection<'a> {
    pub(super) fn new(app: &'a App, wire: &'a mut Wire, greeted: Greeted) -> Self {
        let Greeted { who, attachment, attended, last, head, heartbeat } = greeted;
        let now = Instant::now();
        Self {
            app,
            wire,
            attended,
            renew_at: now + renew_after(&who),
            who,
            attachment,
            last,
            pending: FuturesOrdered::new(),
            pace: Pace::new(app.chat.limits()),
            flood: Flood::new(now),
            rests_until: None,
            replay_to: head,
            heartbeat,
            heartbeat_at: now + heartbeat,
            heard_at: now,
        }
    }

    /// Lives until either side ends it.
    pub(super) async fn run(&mut self) -> End {
        let end = match self.live().await {
            Err(end) => end,
            Ok(never) => match never {},
        };
        if matches!(end, End::Close(CloseCode::Restart)) {
            Box::pin(self.finish()).await;
        }
        tracing::info!(user = %self.who.user(), session = %self.who.session.id, ?end, "disconnected");
        end
    }

    async fn live(&mut self) -> Step<std::convert::Infallible> {
        Box::pin(self.catch_up(self.replay_to)).await?;
        self.heard_at = Instant::now();
        let app = self.app;
        let mut shutdown = pin!(app.shutdown.cancelled());
        // But for a rest, deadlines only move back while it runs: it need not be set with each frame.
        let mut alarm = pin!(sleep_until(self.next_deadline()));
        loop {
            let next = tokio::select! {
                () = shutdown.as_mut() => return Err(End::Close(CloseCode::Restart)),
                () = self.attachment.mailbox().wait() => Next::Mail,
                Some(answer) = self.pending.next(), if !self.pending.is_empty() => {
                    Next::Answer(answer)
                }
                heard = self.wire.hear() => Next::Heard(heard?),
                () = alarm.as_mut() => Next::Alarm,
            };
            let is_alarm = matches!(next, Next::Alarm);
            // In a box, see `serve`.
            Box::pin(self.take(next)).await?;
            if is_alarm || self.rests_until.is_some_and(|at| at < alarm.deadline()) {
                alarm.as_mut().reset(self.next_deadline());
            }
        }
    }

    async fn take(&mut self, next: Next) -> Step {
        match next {
            Next::Mail => self.deliver().await,
            Next::Answer(answer) => self.answer(answer).await,
            Next::Heard(heard) => self.hear(heard).await,
            Next::Alarm => self.keep_time().await,
        }
    }

    async fn hear(&mut self, heard: Heard) -> Step {
        self.heard_at = Instant::now();
        match heard {
            Heard::Text(text) => self.take_frame(&text).await,
            Heard::Life => self.take_life(),
        }
    }

    /// Writes all that waits in the mailbox, in one go.
    pub(super) async fn deliver(&mut self) -> Step {
        let Mail { events, mut typing, mut presence, me, closing, .. } =
            self.attachment.mailbox().take();
        if let Some(reason) = closing {
            return Err(End::Close(reason));
        }
        if let Some(me) = me {
            self.go_by(&me).await?;
        }
        let count = events.len();
        let mut frames: Vec<Utf8Bytes> = Vec::with_capacity(count);
        for (seq, frame) in events {
            if seq <= self.last {
                continue;
            }
            if seq > self.last + 1 {
                // A hint was lost or came out of order: the store has what is between.
                self.wire.write(frames.drain(..)).await?;
                self.catch_up(seq).await?;
                continue;
            }
            frames.push(frame);
            self.last = seq;
        }
        // By what is shared now, whatever it was when this came into the mailbox.
        let Me { privacy, blocked, .. } = &self.who.me;
        typing.retain(|(_, user)| privacy.typing && !blocked.contains(user));
        presence.retain(|user, it| {
            privacy.presence && (!blocked.contains(user) || *it == Presence::hidden(*user))
        });
        let typing = typing
            .into_iter()
            .filter_map(|(conversation, user)| encode(&ServerFrame::Typing { conversation, user }));
        frames.extend(typing);
        if !presence.is_empty() {
            let users = presence.into_values().collect();
            frames.extend(encode(&ServerFrame::Presence { users }));
        }
        self.add_answers(&mut frames);
        self.wire.write(frames).await?;
        let now = Instant::now();
        self.rests_until = self.flood.wrote(count, now).then(|| now + REST);
        if self.rests_until.is_some() {
            self.attachment.mailbox().rest();
        }
        Ok(())
    }

    /// What the account shares, or whom it blocks, has changed: so does what may be said and told
    /// here. It shows at once on those whom the connection watches.
    pub(super) async fn go_by(&mut self, me: &Me) -> Step {
        if me.user.rev < self.who.me.user.rev {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.who.me, me.clone());
        let mut changed = self.attachment.watched();
        if me.privacy.presence == before.privacy.presence {
            changed.retain(|user| me.blocked.contains(user) != before.blocked.contains(user));
        }
        if changed.is_empty() {
            return Ok(());
        }
        self.tell_presence(changed).await
    }

    /// Answers a send, and with it all others that are ready.
    async fn answer(&mut self, first: Answer) -> Step {
        let mut frames: Vec<Utf8Bytes> = answer_frame(first).into_iter().collect();
        self.add_answers(&mut frames);
        self.wire.write(frames).await
    }

    /// The answers to sends that are ready.
    fn add_answers(&mut self, frames: &mut Vec<Utf8Bytes>) {
        while !self.pending.is_empty()
            && let Some(Some(next)) = self.pending.next().now_or_never()
        {
            frames.extend(answer_frame(next));
        }
    }

    fn next_deadline(&self) -> Instant {
        let deadline = self.heartbeat_at.min(self.silent_at()).min(self.renew_at);
        self.rests_until.map_or(deadline, |at| at.min(deadline))
    }

    fn silent_at(&self) -> Instant {
        self.heard_at + self.heartbeat + self.app.socket.heartbeat_grace
    }

    async fn keep_time(&mut self) -> Step {
        let now = Instant::now();
        if now >= self.silent_at() {
            return Err(End::Close(CloseCode::Silent));
        }
        if self.rests_until.is_some_and(|at| now >= at) {
            self.deliver().await?;
        }
        if now >= self.renew_at {
            self.renew().await?;
        }
        if now >= self.heartbeat_at {
            self.beat(now).await?;
        }
        Ok(())
    }

    /// Tells the stream's head; if a hint was lost on the way here, first what it was about.
    async fn beat(&mut self, now: Instant) -> Step {
        self.heartbeat_at = now + self.heartbeat;
        let head = self.app.chat.head(self.who.user()).await.map_err(broken)?;
        if head.seq > self.last {
            self.deliver().await?;
            self.catch_up(head.seq).await?;
        }
        self.wire.say(&ServerFrame::Heartbeat { positions: vec![head] }).await
    }

    /// Looks whether the session goes on, and notes that it is used.
    async fn renew(&mut self) -> Step {
        self.who = match self.app.chat.auth().renew(self.who.token_hash).await {
            Ok(who) => who,
            Err(AuthError::SessionEnded) => return Err(End::Close(CloseCode::SessionEnded)),
            Err(error) => return Err(broken(chat::ChatError::from(error))),
        };
        self.renew_at = Instant::now() + renew_after(&self.who);
        Ok(())
    }

    /// The server stops: what was sent is still answered, nothing more is heard.
    async fn finish(&mut self) {
        let answers = async {
            while let Some(answer) = self.pending.next().await {
                self.answer(answer).await?;
            }
            Step::Ok(())
        };
        // Past the deadline the client asks again with the same key, which is safe.
        let _ = timeout(FINISH_DEADLINE, pin!(answers)).await;
    }
}

/// Until the session ends if nothing extends it, or the next note is due.
fn renew_after(who: &SignedIn) -> Duration {
    let left_ms = who.session.expires_at.as_millis() - Timestamp::now().as_millis();
    Duration::from_millis(u64::try_from(left_ms).unwrap_or(0)).min(RENEW_EVERY)
}

fn answer_frame((client_msg_id, answer): Answer) -> Option<Utf8Bytes> {
    encode(&match answer {
        Ok(ack) => ServerFrame::Ack(ack),
        Err(error) => ServerFrame::Refused { client_msg_id, error: error.into() },
    })
}
