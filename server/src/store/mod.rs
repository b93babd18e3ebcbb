//! The truth: accounts, sessions, conversations, messages and user streams on disk.
//!
//! [`Store`] speaks the product's verbs; which database answers is its secret, and all SQL stays
//! below this module. It checks what only a transaction can check (membership, authorship, keys,
//! counters). It does not know HTTP, sockets, passwords (only their hashes), or who is online.

mod error;
pub mod sqlite;
mod types;

use std::sync::Arc;

use async_trait::async_trait;
use chatter_protocol::rest::{MessagesPage, MuteAnswer, ReadAnswer};
use chatter_protocol::{
    Attachment, ConversationId, ConversationView, Event, Me, MediaId, Message, Position, Session,
    SessionId, Timestamp, UserId, UserRef,
};
use futures_util::future::BoxFuture;

pub use error::StoreError;
pub use types::{
    Blocks, Collected, Credentials, EndSessions, FileHash, Greeting, HistoryRange, ListCursor,
    Login, MediaUse, NewAccount, NewMedia, NewMessage, NewSession, PasswordHash, Place, Posted,
    ProfileChange, Resume, SignedIn, StoredFile, StoredMedia, StoredUser, TokenHash, UserFilter,
};

/// Short for the results of this module.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Told, in commit order and after the commit is durable, what it appended to user streams.
///
/// Called on the store's own thread: it must neither wait nor fail. Losing a call is allowed (a
/// connection that sees a gap reads the store).
pub type CommitSink = Arc<dyn Fn(Appended) + Send + Sync>;

/// One event, and the number that it got in the stream of each account that must learn it.
#[derive(Debug, Clone)]
pub struct Appended {
    /// What happened.
    pub event: Event,
    /// Who learns it, under which `user_seq`.
    pub recipients: Vec<(UserId, u64)>,
}

/// Everything that the server keeps. Each verb is one transaction: all of it happens, durably, or
/// none. "Now" comes from the caller, so that tests own the clock.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // A verb about an account that does not exist answers `NotFound`, also where it is not listed.

    // --- accounts ---

    /// Makes an account and its first session.
    ///
    /// # Errors
    /// `EmailTaken` (compared without case) or `UsernameTaken`, e-mail first.
    async fn create_account(
        &self,
        account: NewAccount,
        session: NewSession,
    ) -> Result<(Me, Session)>;

    /// What is needed to check a password; `None` for an unknown login.
    async fn credentials(&self, login: Login) -> Result<Option<Credentials>>;

    /// The account as its owner sees it.
    async fn me(&self, user: UserId) -> Result<Me>;

    /// Changes the profile and tells everybody who shares a conversation, and the owner. What is
    /// shared is told to the owner alone. A change that changes nothing tells nobody.
    async fn update_profile(&self, user: UserId, change: ProfileChange) -> Result<Me>;

    /// Sets the password's hash and ends all sessions but `keep`; returns those that ended.
    async fn change_password(
        &self,
        user: UserId,
        password_hash: PasswordHash,
        keep: SessionId,
    ) -> Result<Vec<SessionId>>;

    // --- sessions ---

    /// Signs a device in, or makes a token for a machine.
    ///
    /// # Errors
    /// `TooManyTokens` for a token more than 50 that have not ended.
    async fn create_session(&self, user: UserId, session: NewSession) -> Result<Session>;

    /// Whose token this is; `None` for an unknown or expired one. A session that was found expired
    /// is ended: it stays so when the clock is set back.
    async fn signed_in(&self, token: TokenHash, now: Timestamp) -> Result<Option<SignedIn>>;

    /// Notes a use of the session and moves its end. A session that was ended stays ended.
    async fn extend_session(
        &self,
        session: SessionId,
        used_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()>;

    /// The account's sessions that have not expired, newest first.
    async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>>;

    /// Ends sessions of this account; returns those that ended. A foreign id ends nothing.
    async fn end_sessions(&self, user: UserId, which: EndSessions) -> Result<Vec<SessionId>>;

    // --- people ---

    /// One person.
    ///
    /// # Errors
    /// `NotFound`.
    async fn user(&self, user: UserRef) -> Result<StoredUser>;

    /// People by id, in no order; unknown ids are left out.
    async fn users_by_id(&self, users: Vec<UserId>) -> Result<Vec<StoredUser>>;

    /// People whose username or display name starts with the filter's prefix (without case), by
    /// username.
    async fn users(&self, filter: UserFilter) -> Result<Vec<StoredUser>>;

    /// Blocks or unblocks a person; my devices learn a change, the person does not.
    ///
    /// While one of two people has blocked the other, nothing is posted in their direct
    /// conversation, and none is opened. Who blocked somebody gets none of what that person says
    /// elsewhere: it is not in their stream, and where they read it in history or views, or in
    /// events of before, it is [withheld](Message::withheld). Receipts between the two stay where
    /// they are.
    ///
    /// # Errors
    /// `NotFound`, or `TooManyBlocked` for a person more than 200.
    async fn set_blocked(&self, me: UserId, user: UserId, blocked: bool) -> Result<Me>;

    /// From whom a person is kept apart.
    async fn blocks(&self, user: UserId) -> Result<Blocks>;

    /// As [`users_by_id`](Store::users_by_id), each with those from whom they are kept apart.
    async fn users_with_blocks(&self, users: Vec<UserId>) -> Result<Vec<(StoredUser, Blocks)>>;

    /// Notes when a person's last device was there; never moves back.
    async fn set_last_seen(&self, users: Vec<UserId>, at: Timestamp) -> Result<()>;

    // --- conversations ---

    /// The direct conversation of two people, opened if need be; both learn of a new one. With
    /// oneself: notes.
    ///
    /// # Errors
    /// `NotFound` when there is no such person, `Blocked` when one of the two has blocked the other
    /// and it is not open yet.
    async fn open_direct(&self, me: UserId, peer: UserId, now: Timestamp)
    -> Result<ConversationId>;

    /// The direct conversation of two people.
    ///
    /// # Errors
    /// `NotFound` when there is none yet, or no such person.
    async fn direct(&self, me: UserId, peer: UserId) -> Result<ConversationId>;

    /// A new room; all members learn of it.
    ///
    /// # Errors
    /// `NotFound` when a member does not exist, `Blocked` when one has blocked me.
    async fn open_room(
        &self,
        me: UserId,
        name: String,
        members: Vec<UserId>,
        now: Timestamp,
    ) -> Result<ConversationId>;

    /// One conversation as `me` sees it. Presence in it is hidden: the store knows neither who is
    /// there nor who may see it.
    ///
    /// # Errors
    /// `NotFound`, also when `me` is not in it.
    async fn conversation(&self, me: UserId, id: ConversationId) -> Result<ConversationView>;

    /// My conversations, the most recently active first (by the newest message, or the opening),
    /// of those equally active the one opened last first; at most `rows_max` after the cursor.
    async fn conversations(
        &self,
        me: UserId,
        after: Option<ListCursor>,
        rows_max: usize,
    ) -> Result<Vec<ConversationView>>;

    /// Who is in the conversation, without those who blocked me or whom I blocked: who may learn
    /// what I do there at the moment.
    ///
    /// # Errors
    /// `NotFound`, also when `me` is not in it.
    async fn members(&self, me: UserId, id: ConversationId) -> Result<Arc<[UserId]>>;

    /// Mutes or unmutes the conversation for me; my devices learn a change.
    ///
    /// # Errors
    /// `NotFound`, also when `me` is not in it.
    async fn set_muted(
        &self,
        me: UserId,
        conversation: ConversationId,
        muted: bool,
    ) -> Result<MuteAnswer>;

    // --- messages ---

    /// Stores a message. Takes its place in the queue when called, not when awaited: calls in
    /// order are stored in order. Resolves after the durable commit.
    ///
    /// The same key with the same payload gives the first result again, also when the message was
    /// edited or deleted since. Posting also moves the sender's own read and delivered positions to
    /// the message, which tells it to the sender's other devices. The peer learns of "delivered" by
    /// the message, too, and of "read" by a receipt, if both share receipts and anything before the
    /// message was not shown as read.
    ///
    /// # Errors
    /// `NotFound` (not a member, or no such person; then no conversation is opened either),
    /// `Blocked` (in a direct conversation; a key that is known is answered all the same),
    /// `AttachmentUnknown`, `IdempotencyConflict`, `Busy` (queue full), `Full`,
    /// `Unavailable`.
    fn post(&self, message: NewMessage) -> BoxFuture<'static, Result<Posted>>;

    /// Changes what my message says. The text that it has already changes nothing.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` (not mine), `MessageDeleted`.
    async fn edit(
        &self,
        me: UserId,
        conversation: ConversationId,
        conv_seq: u64,
        body: String,
        now: Timestamp,
    ) -> Result<Message>;

    /// Takes my message back; a tombstone keeps the number. Twice is once.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` (not mine).
    async fn delete(
        &self,
        me: UserId,
        conversation: ConversationId,
        conv_seq: u64,
        now: Timestamp,
    ) -> Result<Message>;

    /// A range of messages without a hole, ending early after `bytes_max` bytes of bodies (but
    /// never empty for that reason).
    ///
    /// # Errors
    /// `NotFound`, also when `me` is not in it.
    async fn history(
        &self,
        me: UserId,
        conversation: ConversationId,
        range: HistoryRange,
        rows_max: usize,
        bytes_max: usize,
    ) -> Result<MessagesPage>;

    // --- media ---

    /// Notes an upload whose files are in place. Nothing uses it yet.
    ///
    /// # Errors
    /// `QuotaExceeded` when the owner would use more than `quota`.
    async fn add_media(&self, owner: UserId, new: NewMedia, quota: MediaUse) -> Result<Attachment>;

    /// How much the account uses.
    async fn media_use(&self, owner: UserId) -> Result<MediaUse>;

    /// An upload that `viewer` may see: their own, an avatar that somebody wears, or what hangs on a
    /// message of a conversation that they are in; never of somebody whom they blocked.
    ///
    /// # Errors
    /// `NotFound`.
    async fn media(&self, viewer: UserId, id: MediaId) -> Result<StoredMedia>;

    /// Puts an avatar on, or takes it off, and tells everybody who shares a conversation.
    ///
    /// # Errors
    /// `QuotaExceeded`.
    async fn set_avatar(
        &self,
        user: UserId,
        avatar: Option<NewMedia>,
        quota: MediaUse,
        now: Timestamp,
    ) -> Result<Me>;

    /// Forgets at most `rows_max` uploads that nothing has used since `unused_before`, and tells which
    /// files no upload has any more.
    async fn collect_media(&self, unused_before: Timestamp, rows_max: usize) -> Result<Collected>;

    /// Whether any upload has this file.
    async fn is_media_known(&self, hash: FileHash) -> Result<bool>;

    // --- receipts ---

    /// Moves my read position forward, at most to the head; my devices and, in a direct
    /// conversation, the peer learn it. A lower position changes nothing. Reading implies delivery,
    /// which gets no event of its own. Where one of the two does not share receipts, the peer learns
    /// of the delivery alone.
    ///
    /// # Errors
    /// `NotFound`, also when `me` is not in it.
    async fn mark_read(
        &self,
        me: UserId,
        conversation: ConversationId,
        conv_seq: u64,
    ) -> Result<ReadAnswer>;

    /// A device of `me` has stored its stream up to `seq`: moves the delivered position of each
    /// direct conversation whose messages are among the events up to there. The peers learn it, at
    /// most one event for each conversation; my own devices do not.
    async fn mark_delivered(&self, me: UserId, seq: u64) -> Result<()>;

    // --- user streams ---

    /// This run's epoch, see [`Position`].
    fn epoch(&self) -> &str;

    /// Number of the newest event of the stream; 0 for none. Everything is in it that a caller was
    /// answered or a sink was told; what is being committed just now may be readable before.
    async fn stream_head(&self, user: UserId) -> Result<u64>;

    /// Whose token this is, as [`signed_in`](Store::signed_in), how their stream goes on after
    /// `position`, and where its head is, all as of one moment.
    async fn greet(
        &self,
        token: TokenHash,
        position: Option<Position>,
        now: Timestamp,
    ) -> Result<Option<Greeting>>;

    /// Whether the stream can be resumed after `position`.
    async fn resume(&self, user: UserId, position: Option<Position>) -> Result<Resume>;

    /// At most `rows_max` events after `seq`, each in its newest form, ending early after
    /// `bytes_max` bytes of messages' bodies (but never empty for that reason).
    async fn events_after(
        &self,
        user: UserId,
        seq: u64,
        rows_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<(u64, Event)>>;

    // --- the store itself ---

    /// Ends writing: what was accepted is committed, later calls fail with `Unavailable`.
    async fn close(&self);
}
