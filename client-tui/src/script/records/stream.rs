//! What happens, as `follow` prints it.

use chatter_protocol::frame::ResetReason;
use chatter_protocol::{
    ConversationId, ConversationKind, MediaId, TimeZone, Timestamp, User, UserId, Username,
};
use serde::Serialize;

use crate::script::out::{Look, Record};

/// Somebody has read further, or got messages delivered.
#[derive(Debug, Serialize)]
pub(in crate::script) struct ReceiptRecord {
    /// Where.
    pub(in crate::script) conversation: ConversationId,
    /// Who the chat is with, or a room's name.
    pub(in crate::script) chat: String,
    /// Who.
    pub(in crate::script) from: String,
    /// Up to which message they have read.
    pub(in crate::script) read_seq: u64,
    /// Up to which message a device of theirs has them.
    pub(in crate::script) delivered_seq: u64,
}

impl Record for ReceiptRecord {
    const TYPE: &'static str = "receipt";

    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

/// A conversation that one is in from now on, or that has changed.
#[derive(Debug, Serialize)]
pub(in crate::script) struct ConversationRecord {
    /// Which one.
    pub(in crate::script) conversation: ConversationId,
    /// Direct or room.
    pub(in crate::script) kind: ConversationKind,
    /// Who the chat is with, or a room's name.
    pub(in crate::script) chat: String,
    /// How many people are in it.
    pub(in crate::script) member_count: u32,
}

impl Record for ConversationRecord {
    const TYPE: &'static str = "conversation";

    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

/// Somebody changed their profile.
#[derive(Debug, Serialize)]
pub(in crate::script) struct ProfileRecord {
    /// The account.
    pub(in crate::script) id: UserId,
    /// Unique name.
    pub(in crate::script) username: Username,
    /// What the person wants to be called.
    pub(in crate::script) display_name: String,
    /// What they say about the present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) status_message: Option<String>,
    /// Until when that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) status_expires_at: Option<Timestamp>,
    /// Where their clock is, if they share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) time_zone: Option<TimeZone>,
    /// Their picture, if they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) avatar: Option<MediaId>,
}

impl ProfileRecord {
    /// As they are at `now`.
    pub(in crate::script) fn new(user: User, now: Timestamp) -> Self {
        let status_message = user.status_at(now).map(ToString::to_string);
        Self {
            id: user.id,
            username: user.username,
            display_name: user.display_name.to_string(),
            status_expires_at: user.status_expires_at.filter(|_| status_message.is_some()),
            status_message,
            time_zone: user.time_zone,
            avatar: user.avatar,
        }
    }
}

impl Record for ProfileRecord {
    const TYPE: &'static str = "profile";

    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

/// Something that concerns only the account's own devices, or that this version does not know; it
/// is there for its position.
#[derive(Debug, Serialize)]
pub(in crate::script) struct OtherRecord {}

impl Record for OtherRecord {
    const TYPE: &'static str = "other";

    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

/// The stream begins anew: an older backup of the server was restored. What is between the position
/// before and this one can't be had.
#[derive(Debug, Serialize)]
pub(in crate::script) struct ResetRecord {
    /// Why.
    pub(in crate::script) reason: ResetReason,
}

impl Record for ResetRecord {
    const TYPE: &'static str = "reset";

    fn plain(&self, look: &Look) -> Option<String> {
        Some(look.dim("-- the server's history was restored; some messages may not be shown --"))
    }
}

/// A record with its place in the stream.
#[derive(Debug, Serialize)]
pub(in crate::script) struct Placed<R> {
    /// What happened.
    #[serde(flatten)]
    pub(in crate::script) record: R,
    /// Whether it happened before the command began to listen.
    pub(in crate::script) replayed: bool,
    /// The position after it.
    pub(in crate::script) position: String,
}

impl<R: Record> Record for Placed<R> {
    const TYPE: &'static str = R::TYPE;

    fn plain(&self, look: &Look) -> Option<String> {
        self.record.plain(look)
    }
}
