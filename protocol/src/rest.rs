//! Bodies of the REST routes under `/api/v1`. Requests refuse unknown fields; answers may grow.

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::{ClientMsgId, MediaId, SessionId};
use crate::model::{ConversationView, Me, Message, Person, Session};
use crate::names::UserRef;
use crate::position::Position;
use crate::secret::Secret;
use crate::time::Timestamp;

/// `POST signup`, as JSON, or as a form with these fields and a last part `avatar`. Values are checked one by one, so that each refusal can name its `field`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignupRequest {
    /// Private; used to sign in.
    pub email: String,
    /// Unique, see [`Username`](crate::Username).
    pub username: String,
    /// 8 to 128 characters.
    pub password: Secret,
    /// Taken from the username when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether using the session extends its life.
    #[serde(default)]
    pub remember: bool,
    /// What to call this device in the list of sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
}

/// `POST signin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SigninRequest {
    /// E-mail address or username.
    pub login: String,
    /// The account's password.
    pub password: Secret,
    /// Whether using the session extends its life.
    #[serde(default)]
    pub remember: bool,
    /// What to call this device in the list of sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
}

/// Answer of `POST signup` and `POST signin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionGrant {
    /// Told once; the server keeps only its hash.
    pub token: Secret,
    /// The session.
    pub session: Session,
    /// The account.
    pub me: Me,
}

/// Answer of `GET session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionAnswer {
    /// The session, extended if it is remembered.
    pub session: Session,
    /// The account.
    pub me: Me,
}

/// Answer of `GET sessions`, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionsAnswer {
    /// The account's sessions that have not ended.
    pub sessions: Vec<Session>,
}

/// `POST tokens`: a session for a machine. It ends when its time is over, however much it is used,
/// and with `DELETE sessions/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateTokenRequest {
    /// What to call it in the list of sessions, 1 to 64 characters.
    pub name: String,
    /// Post messages.
    #[serde(default)]
    pub send: bool,
    /// See people, conversations and messages. At least one of the two must be on.
    #[serde(default)]
    pub read: bool,
    /// Seconds until it ends: a minute to 366 days.
    pub expires_in_s: u64,
}

/// Answer of `POST tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenGrant {
    /// Told once; the server keeps only its hash.
    pub token: Secret,
    /// The session.
    pub session: Session,
}

/// Which sessions `DELETE signout` and `DELETE sessions` ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndedAnswer {
    /// Their ids.
    pub ended: Vec<SessionId>,
}

/// `PATCH password`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// The one that holds now.
    pub old_password: Secret,
    /// The one that shall hold; ends all other sessions.
    pub new_password: Secret,
}

/// `PATCH me`; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateMeRequest {
    /// 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// At most 140 characters; empty takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// Until when it holds; goes with `status_message`, and without it a status has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_expires_at: Option<Timestamp>,
    /// Name of the time zone to share, see [`TimeZone`](crate::TimeZone); empty shares none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What to share from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<PrivacyChange>,
}

/// Switches of [`Privacy`](crate::Privacy) to set; what is absent stays, so that two devices that
/// turn different ones don't undo each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PrivacyChange {
    /// How far I have read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<bool>,
    /// That I am typing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typing: Option<bool>,
    /// Whether I am there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<bool>,
}

/// Answer of `GET users`: online first, then by username.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsersPage {
    /// The people.
    pub people: Vec<Person>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `POST conversations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OpenConversationRequest {
    /// The conversation with one person; the same one each time.
    Direct {
        /// With whom; oneself for notes.
        user: UserRef,
    },
    /// A new room.
    Room {
        /// 1 to 64 characters.
        name: String,
        /// Who is in it besides oneself.
        members: Vec<UserRef>,
    },
}

/// Answer of `GET conversations`, the most recently active first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationsPage {
    /// The conversations.
    pub conversations: Vec<ConversationView>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Answer of `GET conversations/{id}/messages`: a range without a hole, in rising order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessagesPage {
    /// Every message of `from_seq..=to_seq`, tombstones included.
    pub messages: Vec<Message>,
    /// First number covered; above `to_seq` when the range is empty.
    pub from_seq: u64,
    /// Last number covered.
    pub to_seq: u64,
    /// The newest number of the conversation.
    pub head_seq: u64,
}

/// `POST conversations/{id}/messages`; answered by an [`Ack`](crate::frame::Ack).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PostMessageRequest {
    /// Fresh for each message, the same for each repetition.
    pub client_msg_id: ClientMsgId,
    /// What it says; may be empty where something hangs on it.
    pub body: String,
    /// `conv_seq` of the message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// What hangs on it: uploads of the sender, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<MediaId>,
    /// A program posts it, and nobody is at the device: it does not mark what was before as read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unattended: bool,
}

/// `PATCH conversations/{id}/messages/{conv_seq}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EditMessageRequest {
    /// What it shall say.
    pub body: String,
}

/// `POST conversations/{id}/read`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MarkReadRequest {
    /// Number of the last message read.
    pub conv_seq: u64,
}

/// Answer of `POST conversations/{id}/read`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadAnswer {
    /// The read position as it is now.
    pub read_seq: u64,
    /// What is left to read.
    pub unread_count: u64,
}

/// `PUT conversations/{id}/muted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MuteRequest {
    /// Whether it shall notify on none of my devices.
    pub muted: bool,
}

/// Answer of `PUT conversations/{id}/muted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MuteAnswer {
    /// As it is now.
    pub muted: bool,
    /// As `mute_rev` of [`ConversationView`].
    pub mute_rev: u32,
}

/// Answer of `GET events`: what follows a position in the user stream, in rising order. For a
/// device too far behind to be told on its socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventsPage {
    /// The events, without a hole; none where there are no more.
    pub events: Vec<StreamEvent>,
    /// The position after them, to ask on from and to say `hello` with.
    pub position: Position,
    /// The newest number of the stream.
    pub head_seq: u64,
}

/// One entry of [`EventsPage`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreamEvent {
    /// One above the one before.
    pub seq: u64,
    /// What happened.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub event: Event,
}
