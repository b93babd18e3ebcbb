//! What changed in the replica, for a store to keep.
//!
//! A batch of changes is one transaction: what an event did and the position after it are kept
//! together or not at all. Changes are idempotent like the replica itself, so several processes
//! of one account may keep theirs in one store.

use std::collections::HashMap;

use chatter_protocol::frame::Send;
use chatter_protocol::{
    Attachment, ClientMsgId, Conversation, ConversationId, ErrorBody, Me, Message, Position,
    Timestamp, User, UserId,
};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Whose replica it is.
    Me(Me),
    /// Forget conversations and messages, unless that was done for this position already; what is
    /// unsent, and drafts, stay.
    Reset(Position),
    /// Events are applied up to here.
    Position(Position),
    /// A profile.
    User(User),
    /// A conversation and how far everybody is in it.
    Chat(ChatState),
    /// A message in its newest form.
    Message(Message),
    /// I blocked somebody: of their messages only the places are kept.
    Blocked(UserId),
    /// I unblocked somebody: what is here of their messages may be old, and is forgotten.
    Unblocked(UserId),
    /// Every message of the range is here.
    Covered {
        /// Where.
        conversation: ConversationId,
        /// First number.
        from_seq: u64,
        /// Last number.
        to_seq: u64,
    },
    /// A message was written and is not acknowledged.
    Queued {
        /// What will be sent.
        send: Send,
        /// What hangs on it, as the server told.
        attached: Vec<Attachment>,
        /// When it was written.
        queued_at: Timestamp,
    },
    /// An unsent message was refused for good, or is to be tried again (`None`).
    Refused {
        /// Which one.
        key: ClientMsgId,
        /// Why.
        error: Option<ErrorBody>,
    },
    /// A message is acknowledged, or was taken back.
    Unqueued(ClientMsgId),
    /// What is written and not sent; empty when nothing is.
    Draft {
        /// Where.
        conversation: ConversationId,
        /// The text.
        body: String,
    },
}

/// A conversation without its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatState {
    /// What is the same for all its members.
    pub conversation: Conversation,
    /// Number of the newest message.
    pub head_seq: u64,
    /// My read position.
    pub read_seq: u64,
    /// The part of it that the server knows.
    pub read_seq_confirmed: u64,
    /// The peer's read position.
    pub peer_read_seq: u64,
    /// Up to where the peer has the messages.
    pub peer_delivered_seq: u64,
    /// What is unread, as the server or this device counted it, and for which positions.
    pub counted: UnreadCount,
    /// Whether I muted it, as of `mute_rev`.
    pub muted: bool,
    /// Rises each time I mute or unmute it, on any device.
    pub mute_rev: u32,
}

/// What is unread as it was counted by the server, or by this device while the messages were here,
/// and the positions for which that holds: the answer where not all of them are here any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnreadCount {
    /// The count.
    pub unread: u64,
    /// With this newest message.
    pub head_seq: u64,
    /// With this read position.
    pub read_seq: u64,
}

/// What a store kept of a replica, see [`Replica::restore`](super::Replica::restore).
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Whose replica it is.
    pub me: Option<Me>,
    /// Up to where events were applied.
    pub position: Option<Position>,
    /// Profiles.
    pub users: Vec<User>,
    /// Conversations, each with its newest message if that is here.
    pub chats: Vec<(ChatState, Option<Message>)>,
    /// Unsent messages, oldest first; those with an error were refused for good.
    pub outbox: Vec<KeptUnsent>,
    /// What was written and not sent. The replica has no use for it; a screen has.
    pub drafts: HashMap<ConversationId, String>,
    /// Whether it is kept beyond the end of the process.
    pub lasting: bool,
}

/// An unsent message as a store kept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptUnsent {
    /// What will be sent.
    pub send: Send,
    /// What hangs on it, as the server told.
    pub attached: Vec<Attachment>,
    /// When it was written.
    pub queued_at: Timestamp,
    /// Why it was refused for good, if it was.
    pub refused: Option<ErrorBody>,
}
