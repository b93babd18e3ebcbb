//! The live protocol: JSON text frames on one WebSocket, a [`ClientFrame`] or a [`ServerFrame`]
//! each.
//!
//! 1. The client says `hello` with its token and its positions within five seconds.
//! 2. The server answers `welcome`, then either the `event`s after the position or a `reset`, then
//!    live events, each with `seq` one above the last. Events up to `welcome.positions` are a
//!    replay of what happened before.
//! 3. Either side may send at any time; what needs an answer names itself in the answer.
//! 4. The server closes with a [`CloseCode`](crate::CloseCode) that says what to do.

use serde::{Deserialize, Serialize};

use crate::error::ErrorBody;
use crate::event::Event;
use crate::ids::{ClientMsgId, ConversationId, MediaId, MessageId, SessionId, UserId};
use crate::limits::Limits;
use crate::model::{Me, Presence};
use crate::position::Position;
use crate::secret::Secret;
use crate::tagged::tagged;
use crate::time::Timestamp;

tagged! {
    #[tag = "type", name = "ClientFrame"]
    /// What a client says.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum ClientFrame {
        /// First frame: who I am and how far I am.
        Hello {
            /// The session's token.
            token: Secret,
            /// Where this device stands; none for a device that knows nothing.
            #[serde(default)]
            positions: Vec<Position>,
            /// Program and version, for the server's log.
            #[serde(default)]
            client: String,
            /// Asks for heartbeats at most this far apart, in milliseconds; the server may grant
            /// more often than its own interval, not less often.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            heartbeat_ms: Option<u32>,
            /// No person is at this device: it does not make the account online, and what it posts
            /// does not mark what was before as read.
            #[serde(default, skip_serializing_if = "std::ops::Not::not")]
            unattended: bool,
        },
        /// Post a message. Answered by `ack` or `refused`; safe to repeat with the same key.
        Send(Send),
        /// I have read up to here. Positions only move forward; a lower one is ignored.
        Read {
            /// Where.
            conversation: ConversationId,
            /// Number of the last message read.
            conv_seq: u64,
        },
        /// This device has stored everything up to here; makes my peers' marks "delivered".
        Confirm {
            /// As in `hello`.
            position: Position,
        },
        /// I am typing. At most one per three seconds; never stored.
        Typing {
            /// Where.
            conversation: ConversationId,
        },
        /// Tell me about the presence of these people from now on, and of nobody else.
        Watch {
            /// At most 500.
            users: Vec<UserId>,
        },
        /// Answer to the server's heartbeat.
        Heartbeat,
        /// Are you there? Answered by `pong`; for a device that was asleep.
        Ping {
            /// Comes back in the answer.
            id: u64,
        },
        /// A frame of a newer version; ignored.
        #[serde(other)]
        Unknown,
    }
}

/// A message to post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Send {
    /// Where.
    pub conversation: ConversationId,
    /// Fresh for each message, the same for each repetition.
    pub client_msg_id: ClientMsgId,
    /// What it says; may be empty where something hangs on it.
    pub body: String,
    /// `conv_seq` of the message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// What hangs on it: uploads of the sender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<MediaId>,
}

tagged! {
    #[tag = "type", name = "ServerFrame"]
    /// What a server says.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum ServerFrame {
        /// Answer to `hello`.
        Welcome(Box<Welcome>),
        /// What follows `hello`'s position is not to be had: forget what is synchronised (never
        /// what is unsent), fetch conversations and their newest pages over REST, go on from here.
        Reset {
            /// Events after this position follow.
            position: Position,
            /// Why.
            reason: ResetReason,
        },
        /// The next entry of the user stream.
        Event {
            /// One above the last.
            seq: u64,
            /// What happened.
            event: Event,
        },
        /// The message is stored and will not be lost.
        Ack(Ack),
        /// The message was not stored.
        Refused {
            /// Which one.
            client_msg_id: ClientMsgId,
            /// Why, and whether to try again.
            error: ErrorBody,
        },
        /// Somebody types; forget it after six seconds.
        Typing {
            /// Where.
            conversation: ConversationId,
            /// Who.
            user: UserId,
        },
        /// Presence of watched people, as it is now.
        Presence {
            /// Those that changed, or all after `watch`.
            users: Vec<Presence>,
        },
        /// I am here, and this is the newest event of the stream. To be answered.
        Heartbeat {
            /// A device that is behind it and gets no events reconnects.
            positions: Vec<Position>,
        },
        /// Answer to `ping`.
        Pong {
            /// As in the question.
            id: u64,
        },
        /// A frame that has no answer of its own failed.
        Error {
            /// Why.
            error: ErrorBody,
        },
        /// A frame of a newer version; ignored.
        #[serde(other)]
        Unknown,
    }
}

/// What a client needs to know to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Program and version.
    pub server: String,
    /// The session that the token belongs to.
    pub session: SessionId,
    /// The account.
    pub me: Me,
    /// The heads of the streams: events up to here are a replay, those after it are news.
    pub positions: Vec<Position>,
    /// What the server accepts.
    pub limits: Limits,
    /// How often the server's heartbeat comes, in milliseconds.
    pub heartbeat_ms: u32,
    /// What this server can do beyond version 1; none so far.
    #[serde(default)]
    pub features: Vec<String>,
    /// The server's clock.
    pub time: Timestamp,
}

/// Proof that a message is stored: sent only after a durable commit. Also the answer of
/// `POST conversations/{id}/messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ack {
    /// The sender's key.
    pub client_msg_id: ClientMsgId,
    /// The message's id.
    pub msg_id: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// Its number in the conversation.
    pub conv_seq: u64,
    /// Stored at, by the server's clock.
    pub created_at: Timestamp,
}

/// Why a position can't be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// More than 2,000 events behind.
    TooFarBehind,
    /// The position is of another history of this server.
    OtherEpoch,
    /// The position is ahead of the stream.
    AheadOfHead,
    /// A reason of a newer version.
    #[serde(other)]
    Unknown,
}
