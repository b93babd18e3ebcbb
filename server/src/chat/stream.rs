//! The user stream, as a connection reads it.

use chatter_protocol::frame::ResetReason;
use chatter_protocol::rest::{EventsPage, StreamEvent};
use chatter_protocol::{Event, Position, Timestamp, USER_STREAM, UserId};

use super::{Chat, ChatError, Result};
use crate::auth::SignedIn;
use crate::store::{Resume, TokenHash};

/// Rows read from the store at once while catching up.
const CATCH_UP_ROWS: usize = 200;

impl Chat {
    /// The newest position of the stream.
    pub async fn head(&self, user: UserId) -> Result<Position> {
        Ok(Position::user(self.store.epoch(), self.store.stream_head(user).await?))
    }

    /// Who says hello with a session's token, how their stream goes on after what the device says of
    /// itself, and the head, all as of one moment.
    pub async fn greet(
        &self,
        token_hash: TokenHash,
        positions: Vec<Position>,
    ) -> Result<(SignedIn, Resume, Position)> {
        let position = positions.into_iter().find(|position| position.stream == USER_STREAM);
        let (who, resume, head) = self.auth.greet(token_hash, position).await?;
        Ok((who, resume, Position::user(self.store.epoch(), head)))
    }

    /// Some of the events after `seq`, as `who` may know them; none at the head.
    pub async fn events_after(&self, who: &SignedIn, seq: u64) -> Result<Vec<(u64, Event)>> {
        self.some_events_after(who, seq, CATCH_UP_ROWS).await
    }

    /// A page of the events after `position`, however far behind the head it is.
    ///
    /// # Errors
    /// `PositionUnknown` where `hello` would be answered with a reset for another reason than the
    /// distance.
    pub async fn events(
        &self,
        who: &SignedIn,
        position: Position,
        limit: Option<usize>,
    ) -> Result<EventsPage> {
        let rows_max = self.page_rows(limit)?;
        let asked = position.seq;
        let after = match self.store.resume(who.user(), Some(position)).await? {
            Resume::After(seq) => seq,
            Resume::Reset(ResetReason::TooFarBehind) => asked,
            Resume::Reset(_) => return Err(ChatError::PositionUnknown),
        };
        let events = self.some_events_after(who, after, rows_max).await?;
        let Position { stream, epoch, seq: head_seq } = self.head(who.user()).await?;
        let seq = events.last().map_or(after, |(seq, _)| *seq);
        // What has just been committed may show in a page before it shows in the head.
        let head_seq = head_seq.max(seq);
        let events = events.into_iter().map(|(seq, event)| StreamEvent { seq, event }).collect();
        Ok(EventsPage { events, position: Position { stream, epoch, seq }, head_seq })
    }

    /// A page without events, for one who begins at the present.
    pub async fn now(&self, who: &SignedIn, limit: Option<usize>) -> Result<EventsPage> {
        self.page_rows(limit)?;
        let position = self.head(who.user()).await?;
        Ok(EventsPage { events: Vec::new(), head_seq: position.seq, position })
    }

    async fn some_events_after(
        &self,
        who: &SignedIn,
        seq: u64,
        rows_max: usize,
    ) -> Result<Vec<(u64, Event)>> {
        let bytes_max = self.limits.page_bytes_max;
        let mut events = self.store.events_after(who.user(), seq, rows_max, bytes_max).await?;
        if !who.session.rights.account {
            for (_, event) in &mut events {
                event.without_private().into_iter().for_each(|told| *event = told);
            }
        }
        Ok(events)
    }

    /// A device of `user` has stored its stream up to `position`.
    pub async fn confirm(&self, user: UserId, position: &Position) -> Result<()> {
        // Of another history it says nothing about this one.
        if position.stream != USER_STREAM || position.epoch != self.store.epoch() {
            return Ok(());
        }
        Ok(self.store.mark_delivered(user, position.seq).await?)
    }

    /// Whether the store can be read and written.
    pub async fn check_health(&self) -> Result<()> {
        self.store.users_by_id(vec![UserId::new()]).await?;
        Ok(self.store.set_last_seen(Vec::new(), Timestamp::now()).await?)
    }
}
