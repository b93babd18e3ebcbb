//! What `chatter` and `chatter-server` say to each other.
//!
//! Ids, names, limits, text rules, frames, REST bodies and error codes, and nothing that does I/O:
//! both sides check the same rules with the same code. Read [`frame`] first, it is the live
//! protocol; then [`event`], the entries of a user stream; then [`rest`], accounts and history.
//!
//! Evolution: an unknown frame kind decodes as `Unknown`, unknown fields of frames and answers are
//! ignored, so old and new mix. REST request bodies refuse unknown fields, so that nothing that a
//! newer client asks for is dropped in silence.

pub mod error;
pub mod event;
pub mod frame;
pub mod ids;
pub mod limits;
pub mod media;
pub mod model;
pub mod names;
pub mod position;
pub mod rest;
pub mod secret;
mod tagged;
pub mod text;
pub mod time;

pub use error::{CloseCode, ErrorBody, ErrorCode};
pub use event::Event;
pub use frame::{ClientFrame, ServerFrame};
pub use ids::{ClientMsgId, ConversationId, MediaId, MessageId, SessionId, UserId};
pub use limits::Limits;
pub use media::{Attachment, FileName, ImageSize};
pub use model::{
    Conversation, ConversationKind, ConversationView, Me, Message, Person, Presence, Privacy,
    Receipt, Rights, Session, User,
};
pub use names::{DisplayName, NameError, StatusMessage, TimeZone, UserRef, Username};
pub use position::{Position, USER_STREAM};
pub use secret::Secret;
pub use time::Timestamp;

/// Path under which every REST route and the socket live.
pub const API_PREFIX: &str = "/api/v1";

/// Path of the WebSocket.
pub const SOCKET_PATH: &str = "/api/v1/ws";
