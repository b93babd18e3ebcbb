//! Hears everything that happens to an account, once and in order, from a position or from now on:
//! over reconnects, over restarts of the server, and however far behind it is.
//!
//! Close to the present it listens on the live link. Further behind than the link replays, it first
//! asks for the events page by page. Keeps nothing on this device: where a reader is, the reader
//! keeps.

use std::collections::VecDeque;

use chatter_protocol::frame::{ResetReason, Welcome};
use chatter_protocol::rest::{EventsPage, StreamEvent};
use chatter_protocol::{
    ClientFrame, ErrorBody, ErrorCode, Event, Position, Secret, ServerFrame, USER_STREAM,
};
use tokio::sync::mpsc;

use crate::net::{Api, Link, LinkEvent, LinkHandle, LinkStatus, NetError, NetOptions, Patience};

/// Events asked for at once.
const PAGE_ROWS: usize = 200;

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one is there at a time, and a reset is rare")]
pub enum Heard {
    /// The next event of the account's stream.
    Event {
        /// What happened.
        event: Event,
        /// Whether it had happened when the listener began.
        is_replayed: bool,
    },
    /// The stream goes on elsewhere: an older backup of the server was restored. What is between is
    /// not to be had.
    Reset(ResetReason),
}

/// See the [module](self).
#[derive(Debug)]
pub struct Listener {
    api: Api,
    token: Secret,
    options: NetOptions,
    /// After what was heard last.
    position: Position,
    /// Events up to here had happened when the listener began; not known before the first answer.
    present: Option<u64>,
    /// Pages are asked for until there are no more.
    is_behind: bool,
    /// Of the last page, what was not returned yet.
    page: VecDeque<StreamEvent>,
    link: Option<Live>,
    /// What was returned last, and not yet confirmed to the server.
    unconfirmed: Option<Position>,
    confirms: bool,
}

#[derive(Debug)]
struct Live {
    handle: LinkHandle,
    events: mpsc::Receiver<LinkEvent>,
    /// The epoch of the last `welcome`: the position's, once an event shows that it goes on there.
    epoch: Option<String>,
    /// The server has said `welcome` once.
    is_welcome: bool,
}

impl Listener {
    /// Begins after `position`, or at the present: with what happens after this call.
    ///
    /// # Errors
    /// If there is no position and the server can't be asked for its own.
    pub async fn begin(
        api: &Api,
        token: Secret,
        options: &NetOptions,
        position: Option<Position>,
    ) -> Result<Self, NetError> {
        let (position, present) = match position {
            Some(position) => (position, None),
            None => {
                let page = api.events(None, 1).await?;
                (page.position, Some(page.head_seq))
            }
        };
        Ok(Self::at(api, token, options, position, present))
    }

    fn at(
        api: &Api,
        token: Secret,
        options: &NetOptions,
        position: Position,
        present: Option<u64>,
    ) -> Self {
        Self {
            api: api.clone(),
            token,
            options: options.clone(),
            position,
            is_behind: present.is_none(),
            present,
            page: VecDeque::new(),
            link: None,
            unconfirmed: None,
            confirms: true,
        }
    }

    /// The same, for one who waits for something else and takes no messages in: nothing is marked
    /// as delivered by it.
    pub fn without_confirming(self) -> Self {
        Self { confirms: false, ..self }
    }

    /// The position after what was heard last. One who keeps it, and begins with it again, misses
    /// nothing and hears nothing twice.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Waits until the link is up, so that the account is online and can type.
    ///
    /// # Errors
    /// If the session has ended or may not read.
    pub async fn online(&mut self) -> Result<(), NetError> {
        while !self.link.as_ref().is_some_and(|live| live.is_welcome) {
            // Before the welcome there are no events.
            self.hear().await?;
        }
        Ok(())
    }

    /// The live link, once there is one.
    pub fn link(&self) -> Option<&LinkHandle> {
        self.link.as_ref().map(|live| &live.handle)
    }

    /// What happens next; waits for it. Asking says that what was heard before was dealt with: its
    /// messages are then marked as delivered for those who sent them.
    ///
    /// May be dropped while it waits.
    ///
    /// # Errors
    /// If the session has ended or may not read; nothing more will be heard.
    pub async fn next(&mut self) -> Result<Heard, NetError> {
        loop {
            if let Some(StreamEvent { seq, event }) = self.page.pop_front() {
                let epoch = self.position.epoch.clone();
                if let Some(heard) = self.take_event(Position::user(epoch, seq), event) {
                    return Ok(heard);
                }
            } else if self.is_behind {
                if let Some(heard) = self.turn_page().await? {
                    return Ok(heard);
                }
            } else if let Some(heard) = self.hear().await? {
                return Ok(heard);
            }
        }
    }

    /// Asks for the next page, for as long as the server can't be reached.
    async fn turn_page(&mut self) -> Result<Option<Heard>, NetError> {
        match self.ask(Some(self.position.clone()), PAGE_ROWS).await {
            Ok(page) => {
                self.present.get_or_insert(page.head_seq);
                self.is_behind = !page.events.is_empty();
                self.position.epoch = page.position.epoch;
                self.page = page.events.into();
                Ok(None)
            }
            Err(error) if error.code() == Some(ErrorCode::PositionUnknown) => {
                let page = self.ask(None, 1).await?;
                self.present.get_or_insert(page.head_seq);
                (self.is_behind, self.position) = (false, page.position);
                Ok(Some(Heard::Reset(ResetReason::OtherEpoch)))
            }
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, position: Option<Position>, rows: usize) -> Result<EventsPage, NetError> {
        let mut tries = Patience::Endless.tries();
        loop {
            if let Some(page) = tries.take(self.api.events(position.as_ref(), rows)).await {
                return page;
            }
        }
    }

    /// Listens on the link, which is made if there is none yet.
    async fn hear(&mut self) -> Result<Option<Heard>, NetError> {
        if self.link.is_none() {
            let server = self.api.server().clone();
            let (options, position) = (self.options.clone(), Some(self.position.clone()));
            let (handle, events) = Link::start(server, options, self.token.clone(), position);
            self.link = Some(Live { handle, events, epoch: None, is_welcome: false });
        }
        self.confirm();
        let Some(live) = &mut self.link else { return Ok(None) };
        match live.events.recv().await {
            Some(LinkEvent::Frame(frame)) => Ok(self.take(*frame)),
            Some(LinkEvent::Status(LinkStatus::SessionEnded)) | None => {
                // The server says why in its own words.
                self.api.session().await?;
                Err(NetError::TimedOut)
            }
            Some(LinkEvent::Status(LinkStatus::Forbidden { reason })) => {
                Err(NetError::Refused(ErrorBody::new(ErrorCode::Forbidden, reason)))
            }
            Some(LinkEvent::Status(_)) => Ok(None),
        }
    }

    fn take(&mut self, frame: ServerFrame) -> Option<Heard> {
        match frame {
            ServerFrame::Welcome(welcome) => {
                self.take_welcome(*welcome);
                None
            }
            ServerFrame::Reset { reason: ResetReason::TooFarBehind, .. } => {
                self.is_behind = true;
                None
            }
            ServerFrame::Reset { position, reason } => {
                self.position = position;
                Some(Heard::Reset(reason))
            }
            ServerFrame::Event { seq, event } => {
                let live = self.link.as_mut()?;
                let epoch = live.epoch.take().unwrap_or_else(|| self.position.epoch.clone());
                if seq > self.position.seq + 1 {
                    // Pages hold this event, too.
                    self.is_behind = true;
                    return None;
                }
                self.take_event(Position::user(epoch, seq), event)
            }
            _ => None,
        }
    }

    fn take_welcome(&mut self, welcome: Welcome) {
        let head = welcome.positions.into_iter().find(|position| position.stream == USER_STREAM);
        if let (Some(live), Some(head)) = (&mut self.link, head) {
            self.present.get_or_insert(head.seq);
            live.epoch = Some(head.epoch);
            live.is_welcome = true;
        }
    }

    /// The event, unless it was heard before.
    fn take_event(&mut self, position: Position, event: Event) -> Option<Heard> {
        if position.seq <= self.position.seq {
            return None;
        }
        let is_replayed = self.present.is_some_and(|present| position.seq <= present);
        self.position = position.clone();
        self.unconfirmed = Some(position);
        Some(Heard::Event { event, is_replayed })
    }

    /// Tells the server what was dealt with, once nothing more waits.
    fn confirm(&mut self) {
        let Some(live) = &self.link else { return };
        if !self.confirms || !live.events.is_empty() {
            return;
        }
        if let Some(position) = self.unconfirmed.take()
            && !live.handle.send(ClientFrame::Confirm { position: position.clone() })
        {
            self.unconfirmed = Some(position);
        }
    }
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
