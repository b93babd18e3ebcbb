//! Which part of a conversation's history is wanted next.

use chatter_protocol::Timestamp;

/// A part of a conversation's history, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryRange {
    /// The messages just before this number.
    Before(u64),
    /// The messages just after this number.
    After(u64),
    /// The first message stored at or after this time, and those after it; for jumping to a day.
    FromTime(Timestamp),
}
