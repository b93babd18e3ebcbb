//! The things that people chat with, as both sides name them.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientMsgId, ConversationId, MediaId, MessageId, SessionId, UserId};
use crate::media::Attachment;
use crate::names::{DisplayName, StatusMessage, TimeZone, Username};
use crate::time::Timestamp;

/// A person as everybody may see them. The e-mail address is not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// The account.
    pub id: UserId,
    /// Unique name.
    pub username: Username,
    /// What the person wants to be called.
    pub display_name: DisplayName,
    /// What the person says about the present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_message: Option<StatusMessage>,
    /// From when on the status message does not hold any more; who has it hides it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_expires_at: Option<Timestamp>,
    /// The picture of the person, square; `GET media/{id}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<MediaId>,
    /// Where the person's clock is, if they share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// Member since.
    pub created_at: Timestamp,
    /// Rises with each change of the profile; of two versions the higher wins.
    pub rev: u32,
}

impl User {
    /// What is left of somebody for one who blocked them: a name to know and unblock them by.
    pub fn named_only(self) -> Self {
        Self {
            status_message: None,
            status_expires_at: None,
            avatar: None,
            time_zone: None,
            ..self
        }
    }

    /// The status message that holds at `now`: from its end on there is none.
    pub fn status_at(&self, now: Timestamp) -> Option<&StatusMessage> {
        let holds = self.status_expires_at.is_none_or(|end| now < end);
        self.status_message.as_ref().filter(|_| holds)
    }
}

/// The account as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// What everybody sees.
    pub user: User,
    /// Private; empty where a token without the right to the account is told.
    pub email: String,
    /// What of it is shared with others.
    #[serde(default)]
    pub privacy: Privacy,
    /// Whom I blocked: nothing of theirs reaches me, and no message of mine them. Private, as the
    /// address is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<UserId>,
}

impl Me {
    /// As a token without the right to the account sees it.
    pub fn without_private(self) -> Self {
        Self { email: String::new(), blocked: Vec::new(), ..self }
    }
}

/// What an account shares. What is off, others don't get, and its owner doesn't see of others
/// either; own devices always learn everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Privacy {
    /// How far I have read. Off, my peers' marks stay at "delivered"; what was shown before stays
    /// shown. Turned on again, nothing is told at once, but the next message that I read or write
    /// shows all before it as read, also what I read while it was off.
    pub receipts: bool,
    /// That I am typing.
    pub typing: bool,
    /// Whether I am there, and when I last was. Off, others see me offline, never since when.
    pub presence: bool,
}

impl Default for Privacy {
    /// Everything is shared until its owner says otherwise.
    fn default() -> Self {
        Self { receipts: true, typing: true, presence: true }
    }
}

/// Whether somebody is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Presence {
    /// Who.
    pub user: UserId,
    /// Whether any device of theirs is connected.
    pub online: bool,
    /// When the last device was there; absent before the first time, and where it is not shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

impl Presence {
    /// What is told of somebody where presence is not shared, see [`Privacy`].
    pub fn hidden(user: UserId) -> Self {
        Self { user, online: false, last_seen_at: None }
    }
}

/// An entry of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    /// Who.
    pub user: User,
    /// Whether they are there.
    pub presence: Presence,
}

/// One signed-in device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Names the session; no secret.
    pub id: SessionId,
    /// What its owner called the device.
    pub device_name: String,
    /// Whether using it extends its life.
    pub remember: bool,
    /// Signed in at.
    pub created_at: Timestamp,
    /// Last used at, to the hour.
    pub last_used_at: Timestamp,
    /// Ends at, if nothing extends it.
    pub expires_at: Timestamp,
    /// Whether this request was made with it.
    #[serde(default)]
    pub current: bool,
    /// What may be done with it.
    #[serde(default)]
    pub rights: Rights,
}

/// What may be done with a session. Signing in with a password gives all; a token for a machine has
/// what its owner chose, never `account`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Rights {
    /// Post messages and show that one is typing; with `read` as well, change and take back what
    /// one has posted.
    pub send: bool,
    /// See people, conversations and messages, hear events, and say what was read.
    pub read: bool,
    /// Everything else: profile, password, privacy, mutes, sessions, tokens.
    pub account: bool,
}

impl Rights {
    /// Everything.
    pub const ALL: Self = Self { send: true, read: true, account: true };
    /// Nothing.
    pub const NONE: Self = Self { send: false, read: false, account: false };

    /// What of `needed` is not among these.
    pub fn missing(self, needed: Self) -> Self {
        Self {
            send: needed.send && !self.send,
            read: needed.read && !self.read,
            account: needed.account && !self.account,
        }
    }
}

impl Default for Rights {
    /// Everything: what a session could do before there were rights.
    fn default() -> Self {
        Self::ALL
    }
}

/// How many people a conversation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Two people, or one with oneself for notes.
    Direct,
    /// A named group.
    Room,
    /// A kind of a newer version; shown by its name, if it has one.
    #[serde(other)]
    Unknown,
}

/// A conversation, the same for each of its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    /// Which one.
    pub id: ConversationId,
    /// Direct or room.
    pub kind: ConversationKind,
    /// A room's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Both people of a direct conversation (one id for notes to oneself); empty for a room.
    #[serde(default)]
    pub members: Vec<UserId>,
    /// How many people are in it.
    pub member_count: u32,
    /// Opened at.
    pub created_at: Timestamp,
    /// Rises with each change; of two versions the higher wins.
    pub rev: u32,
}

/// A conversation as one of its members sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationView {
    /// What is the same for everybody.
    pub conversation: Conversation,
    /// The other person of a direct conversation; oneself for notes; absent for a room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<Person>,
    /// The newest message, for the preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// `conv_seq` of the newest message; 0 before the first.
    pub head_seq: u64,
    /// My read position.
    pub read_seq: u64,
    /// Messages after it that are neither mine, nor deleted, nor withheld.
    pub unread_count: u64,
    /// The peer's read position, as far as both sides share it; 0 for a room.
    pub peer_read_seq: u64,
    /// Up to where a device of the peer has the messages; 0 for a room.
    pub peer_delivered_seq: u64,
    /// Whether I muted it: it notifies on none of my devices.
    #[serde(default)]
    pub muted: bool,
    /// Rises each time I mute or unmute it; of two values of `muted` the one with the higher holds.
    #[serde(default)]
    pub mute_rev: u32,
}

/// A message in its newest form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Which one.
    pub msg_id: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// Its number in the conversation: dense from 1, the order to show.
    pub conv_seq: u64,
    /// Who wrote it.
    pub sender: UserId,
    /// The sender's key; ties the message to the sender's outbox.
    pub client_msg_id: ClientMsgId,
    /// What it says; empty once deleted.
    pub body: String,
    /// `conv_seq` of the message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// What hangs on it, in the sender's order; nothing once deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Of somebody whom the reader blocked: its text and attachments are kept back, and what became
    /// of it. It keeps its number, and counts as deleted until the block ends; whatever its `rev`,
    /// every form that is not withheld is newer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
    /// Posted by a program while nobody was at the device: who sent it need not have read what was
    /// before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unattended: bool,
    /// Stored at, by the server's clock.
    pub created_at: Timestamp,
    /// Last edited at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Deleted at; what is left is a tombstone that keeps the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// 0 as posted, rises with each edit and with the deletion; of two versions the higher wins.
    #[serde(default)]
    pub rev: u32,
}

impl Message {
    /// What is left of it for one who blocked its sender: a place, whose number stays taken.
    pub fn withhold(self) -> Self {
        Self {
            body: String::new(),
            reply_to: None,
            attachments: Vec::new(),
            withheld: true,
            edited_at: None,
            deleted_at: None,
            rev: 0,
            ..self
        }
    }
}

/// How far somebody is in a conversation. Positions only move forward: of two, each field's
/// higher value holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// Where.
    pub conversation: ConversationId,
    /// Whose.
    pub user: UserId,
    /// `conv_seq` up to which they have read, as far as they share it.
    pub read_seq: u64,
    /// `conv_seq` up to which a device of theirs has the messages.
    pub delivered_seq: u64,
}
