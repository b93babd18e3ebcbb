//! What goes into the store and comes out of it, where the protocol has no type for it.

use std::collections::HashSet;
use std::fmt;

use chatter_protocol::frame::{Ack, ResetReason};
use chatter_protocol::rest::PrivacyChange;
use chatter_protocol::{
    ClientMsgId, ConversationId, DisplayName, FileName, ImageSize, Me, MediaId, Presence, Rights,
    Session, StatusMessage, TimeZone, Timestamp, User, UserId, Username,
};

/// An account to make.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Checked and trimmed; unique without case.
    pub email: String,
    /// Unique.
    pub username: Username,
    /// What to call the person.
    pub display_name: DisplayName,
    /// PHC string (never a password).
    pub password_hash: PasswordHash,
    /// The picture of the person, its files being in place.
    pub avatar: Option<NewMedia>,
    /// Now.
    pub created_at: Timestamp,
}

/// A password's hash as a PHC string; hidden from `Debug`.
#[derive(Clone)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

/// A device to sign in.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Finds the session again.
    pub token_hash: TokenHash,
    /// What its owner calls the device.
    pub device_name: String,
    /// Whether use extends it.
    pub remember: bool,
    /// Network address (for IPv6 its /64) that signed in, so that a known device is not locked out.
    pub address: String,
    /// Now.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What may be done with it; without `account` it is a token for a machine.
    pub rights: Rights,
}

/// SHA-256 of a session token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(***)")
    }
}

/// How a person names their account when signing in.
#[derive(Debug, Clone)]
pub enum Login {
    /// Compared without case.
    Email(String),
    /// As it is.
    Username(Username),
}

/// What checking a password needs.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Whose.
    pub user: UserId,
    /// PHC string.
    pub password_hash: PasswordHash,
    /// Addresses from which sessions of this account were signed in and have not ended.
    pub known_addresses: HashSet<String>,
}

/// A token's owner and session.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The account.
    pub me: Me,
    /// The session; `current` is set.
    pub session: Session,
}

/// What a device that says hello is told.
#[derive(Debug, Clone)]
pub struct Greeting {
    /// Whose session it is.
    pub signed_in: SignedIn,
    /// How the stream goes on.
    pub resume: Resume,
    /// Number of the newest event; 0 for none.
    pub head: u64,
}

/// Which sessions to end.
#[derive(Debug, Clone, Copy)]
pub enum EndSessions {
    /// This one.
    One(chatter_protocol::SessionId),
    /// Every one.
    All,
    /// Every one but this.
    AllBut(chatter_protocol::SessionId),
}

/// A person, when they were last there, and whether others may know.
#[derive(Debug, Clone)]
pub struct StoredUser {
    /// The profile.
    pub user: User,
    /// Absent before the first time. Kept also while it is not shared.
    pub last_seen_at: Option<Timestamp>,
    /// Whether others see when they are there.
    pub shares_presence: bool,
}

impl StoredUser {
    /// What others are told, with what the caller knows about now.
    pub fn presence(&self, online: bool) -> Presence {
        if !self.shares_presence {
            return Presence::hidden(self.user.id);
        }
        Presence { user: self.user.id, online, last_seen_at: self.last_seen_at }
    }
}

/// From whom a person is kept apart.
#[derive(Debug, Clone, Default)]
pub struct Blocks {
    /// Whom they blocked.
    pub blocked: HashSet<UserId>,
    /// Who blocked them.
    pub blocked_by: HashSet<UserId>,
}

impl Blocks {
    /// Whether one of the two has blocked the other.
    pub fn are_apart_from(&self, user: UserId) -> bool {
        self.blocked.contains(&user) || self.blocked_by.contains(&user)
    }

    /// Everybody of whom one has blocked the other.
    pub fn all(&self) -> HashSet<UserId> {
        self.blocked.union(&self.blocked_by).copied().collect()
    }
}

/// Which people to list.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Start of the username or the display name; empty for all.
    pub prefix: String,
    /// Only usernames after this one.
    pub after: Option<Username>,
    /// Leave out those of these who share their presence.
    pub except: HashSet<UserId>,
    /// Only those of these who share their presence, if given.
    pub only: Option<HashSet<UserId>>,
    /// At most so many.
    pub rows_max: usize,
}

/// What of a profile changes; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// The new display name.
    pub display_name: Option<DisplayName>,
    /// The new status message, or none any more.
    pub status_message: Option<Option<StatusMessage>>,
    /// Until when it holds; looked at only together with `status_message`.
    pub status_expires_at: Option<Timestamp>,
    /// The new time zone, or none any more.
    pub time_zone: Option<Option<TimeZone>>,
    /// What to share from now on.
    pub privacy: PrivacyChange,
}

/// Where a page of conversations starts: after the conversation with this activity and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListCursor {
    /// When it was last active.
    pub active_at: Timestamp,
    /// Which one, for those active at the same time.
    pub conversation: ConversationId,
}

/// A message to store; checked by the caller but for what needs the transaction.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// From the token, never from the body.
    pub sender: UserId,
    /// Where.
    pub place: Place,
    /// Makes repetition safe.
    pub client_msg_id: ClientMsgId,
    /// What it says.
    pub body: String,
    /// Which message it answers; one that does not exist is `NotFound`.
    pub reply_to: Option<u64>,
    /// What hangs on it; each is an upload of the sender, else it is `AttachmentUnknown`.
    pub attachments: Vec<MediaId>,
    /// A program posts it: its sender has not read what was before.
    pub unattended: bool,
    /// Now.
    pub created_at: Timestamp,
}

/// SHA-256 of a file's bytes, by which it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileHash(pub [u8; 32]);

impl fmt::Display for FileHash {
    /// 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One file on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name.
    pub hash: FileHash,
    /// Its size.
    pub bytes: u64,
    /// What it was found to be.
    pub content_type: String,
}

/// An upload whose files are in place, durably.
#[derive(Debug, Clone)]
pub struct NewMedia {
    /// What was made of it.
    pub file: StoredFile,
    /// A picture's small form.
    pub thumbnail: Option<StoredFile>,
    /// A picture's size in pixels.
    pub image: Option<ImageSize>,
    /// What its owner called it.
    pub name: FileName,
    /// For those who don't see it.
    pub alt: Option<String>,
    /// Now.
    pub created_at: Timestamp,
}

impl NewMedia {
    /// What the owner's quota counts.
    pub fn bytes(&self) -> u64 {
        self.file.bytes + self.thumbnail.as_ref().map_or(0, |it| it.bytes)
    }
}

/// How much of the media directory an account uses, or may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaUse {
    /// Uploads.
    pub files: u64,
    /// Their bytes, small forms included.
    pub bytes: u64,
}

/// Uploads that are forgotten.
#[derive(Debug, Clone)]
pub struct Collected {
    /// How many.
    pub uploads: usize,
    /// Files that no upload has any more.
    pub files: Vec<FileHash>,
}

/// An upload as it is served.
#[derive(Debug, Clone)]
pub struct StoredMedia {
    /// The whole.
    pub file: StoredFile,
    /// A picture's small form.
    pub thumbnail: Option<StoredFile>,
    /// What its owner called it.
    pub name: FileName,
    /// Whether it is a picture that the server has encoded itself.
    pub is_image: bool,
}

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into this conversation.
    Conversation(ConversationId),
    /// Into the direct conversation with this person, which is opened if there is none yet.
    DirectWith(UserId),
}

/// A stored message.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The proof.
    pub ack: Ack,
    /// Whether it was there already.
    pub repeated: bool,
}

/// Which part of a conversation's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryRange {
    /// The newest messages.
    Newest,
    /// Those just before this number.
    Before(u64),
    /// Those just after this number.
    After(u64),
    /// The first one stored at or after this time and those after it. Numbers are the order: where
    /// the clock was set back between messages, any of the places that fit may be found.
    From(Timestamp),
}

/// How a stream goes on after a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// With the events after this number.
    After(u64),
    /// Not at all.
    Reset(ResetReason),
}
