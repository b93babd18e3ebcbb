//! The user stream, as a connection reads it.

use chatter_protocol::{Event, Position, Timestamp, USER_STREAM, UserId};

use super::{Chat, Result};
use crate::store::Resume;

/// Rows read from the store at once while catching up.
const CATCH_UP_ROWS: usize = 200;

impl Chat {
    /// The newest position of the stream.
    pub async fn head(&self, user: UserId) -> Result<Position> {
        Ok(Position::user(self.store.epoch(), self.store.stream_head(user).await?))
    }

    /// How the stream goes on after what a device says of itself.
    pub async fn resume(&self, user: UserId, positions: Vec<Position>) -> Result<Resume> {
        let position = positions.into_iter().find(|position| position.stream == USER_STREAM);
        Ok(self.store.resume(user, position).await?)
    }

    /// Some of the events after `seq`; none at the head.
    pub async fn events_after(&self, user: UserId, seq: u64) -> Result<Vec<(u64, Event)>> {
        Ok(self.store.events_after(user, seq, CATCH_UP_ROWS).await?)
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
