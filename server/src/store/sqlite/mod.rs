//! The store on embedded SQLite: one thread writes, a few connections read.
//!
//! Each verb is a function over a connection in the file of its noun; this file only sends it to
//! the writer or to a reader.

mod accounts;
mod blocks;
mod checkpoint;
mod conversations;
mod fault;
mod history;
mod journal;
mod known;
mod media;
mod messages;
mod open;
mod people;
mod pointer;
mod readers;
mod receipts;
mod rows;
mod sessions;
mod streams;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chatter_protocol::rest::{MessagesPage, MuteAnswer, ReadAnswer};
use chatter_protocol::{
    Attachment, ConversationId, ConversationView, Event, Me, MediaId, Message, Position, Session,
    SessionId, Timestamp, UserId, UserRef,
};
use futures_util::future::BoxFuture;

use journal::Journal;
pub use open::{Durability, StoreOpenError};
use readers::{Reader, Readers};
use writer::Writer;

use super::{
    Blocks, Collected, CommitSink, Credentials, EndSessions, FileHash, Greeting, HistoryRange,
    ListCursor, Login, MediaUse, NewAccount, NewMedia, NewMessage, NewSession, PasswordHash,
    Posted, ProfileChange, Result, Resume, SignedIn, Store, StoredMedia, StoredUser, TokenHash,
    UserFilter,
};

/// The store in one file, `chatter.sqlite3` in the data directory.
pub struct SqliteStore {
    epoch: String,
    epoch_key: i64,
    journal: Arc<Journal>,
    readers: Arc<Readers>,
    writer: Arc<Writer>,
}

impl SqliteStore {
    /// Opens the store of a data directory, making both if need be. Blocks, for longer when there
    /// is a schema to bring up to date.
    ///
    /// # Errors
    /// See [`StoreOpenError`]; its texts are for the person who started the server.
    pub fn open(data_dir: &Path, sink: CommitSink) -> Result<Arc<Self>, StoreOpenError> {
        Self::open_with(data_dir, sink, Durability::default())
    }

    /// As [`SqliteStore::open`], also for tests that must see messages get lost.
    ///
    /// # Errors
    /// As there.
    #[doc(hidden)]
    pub fn open_with(
        data_dir: &Path,
        sink: CommitSink,
        durability: Durability,
    ) -> Result<Arc<Self>, StoreOpenError> {
        let mut opened = open::open(data_dir, durability)?;
        journal::settle_left(&mut opened.connection)?;
        let now_ms = Timestamp::now().as_millis();
        let (epoch_key, epoch) = streams::begin_epoch(&opened.connection, now_ms)?;
        let readers = Readers::open(&opened.file)?;
        let journal = Arc::new(Journal::default());
        let shared = Arc::clone(&journal);
        let writer = Writer::start(opened.connection, epoch_key, shared, sink, opened.lock)
            .map_err(|cause| StoreOpenError::Io { path: opened.file, cause })?;
        Ok(Arc::new(Self { epoch, epoch_key, journal, readers, writer: Arc::new(writer) }))
    }

    /// Whether writes can succeed. False for good after the disk has failed; reading goes on.
    pub fn is_healthy(&self) -> bool {
        self.writer.is_healthy()
    }

    /// Whether the session has not expired. One that has is ended: whoever was told so must not find
    /// it alive when the clock is set back.
    async fn is_alive(&self, found: &SignedIn, now: Timestamp) -> Result<bool> {
        if found.session.expires_at > now {
            return Ok(true);
        }
        self.end_sessions(found.me.user.id, EndSessions::One(found.session.id)).await?;
        Ok(false)
    }

    /// Transactions committed since the start; far fewer than writes when many wait together.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn create_account(
        &self,
        account: NewAccount,
        session: NewSession,
    ) -> Result<(Me, Session)> {
        self.writer.call(move |transaction| accounts::create(transaction, &account, &session)).await
    }

    async fn credentials(&self, login: Login) -> Result<Option<Credentials>> {
        self.readers.read(move |sql| accounts::credentials(sql, &login)).await
    }

    async fn me(&self, user: UserId) -> Result<Me> {
        self.readers.read(move |sql| accounts::me(sql, user)).await
    }

    async fn update_profile(&self, user: UserId, change: ProfileChange) -> Result<Me> {
        self.writer
            .call(move |transaction| accounts::update_profile(transaction, user, &change))
            .await
    }

    async fn change_password(
        &self,
        user: UserId,
        password_hash: PasswordHash,
        keep: SessionId,
    ) -> Result<Vec<SessionId>> {
        self.writer
            .call(move |transaction| {
                accounts::change_password(transaction, user, &password_hash, keep)
            })
            .await
    }

    async fn create_session(&self, user: UserId, session: NewSession) -> Result<Session> {
        self.writer.call(move |transaction| sessions::create(transaction, user, &session)).await
    }

    async fn signed_in(&self, token: TokenHash, now: Timestamp) -> Result<Option<SignedIn>> {
        let found = self.readers.read(move |sql| sessions::with_token(sql, token)).await?;
        let Some(found) = found else { return Ok(None) };
        Ok(self.is_alive(&found, now).await?.then_some(found))
    }

    async fn extend_session(
        &self,
        session: SessionId,
        used_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        self.writer
            .call(move |transaction| sessions::extend(transaction, session, used_at, expires_at))
            .await
    }

    async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
        self.readers.read(move |sql| sessions::list(sql, user, now)).await
    }

    async fn end_sessions(&self, user: UserId, which: EndSessions) -> Result<Vec<SessionId>> {
        self.writer.call(move |transaction| sessions::end(transaction, user, which)).await
    }

    async fn user(&self, user: UserRef) -> Result<StoredUser> {
        self.readers.read(move |sql| people::one(sql, &user)).await
    }

    async fn users_by_id(&self, users: Vec<UserId>) -> Result<Vec<StoredUser>> {
        self.readers.read(move |sql| people::by_ids(sql, users)).await
    }

    async fn users(&self, filter: UserFilter) -> Result<Vec<StoredUser>> {
        self.readers.read(move |sql| people::list(sql, &filter)).await
    }

    async fn set_blocked(&self, me: UserId, user: UserId, blocked: bool) -> Result<Me> {
        self.writer.call(move |transaction| blocks::set(transaction, me, user, blocked)).await
    }

    async fn blocks(&self, user: UserId) -> Result<Blocks> {
        self.readers.read(move |sql| blocks::of(sql, user)).await
    }

    async fn users_with_blocks(&self, users: Vec<UserId>) -> Result<Vec<(StoredUser, Blocks)>> {
        self.readers.read(move |sql| people::with_blocks(sql, users)).await
    }

    async fn set_last_seen(&self, users: Vec<UserId>, at: Timestamp) -> Result<()> {
        self.writer.call(move |transaction| people::set_last_seen(transaction, &users, at)).await
    }

    async fn open_direct(
        &self,
        me: UserId,
        peer: UserId,
        now: Timestamp,
    ) -> Result<ConversationId> {
        self.writer
            .call(move |transaction| conversations::open_direct(transaction, me, peer, now))
            .await
    }

    async fn direct(&self, me: UserId, peer: UserId) -> Result<ConversationId> {
        self.readers.read(move |sql| conversations::direct(sql, me, peer)).await
    }

    async fn open_room(
        &self,
        me: UserId,
        name: String,
        members: Vec<UserId>,
        now: Timestamp,
    ) -> Result<ConversationId> {
        self.writer
            .call(move |transaction| {
                conversations::open_room(transaction, me, &name, &members, now)
            })
            .await
    }

    async fn conversation(&self, me: UserId, id: ConversationId) -> Result<ConversationView> {
        self.readers.read(move |sql| conversations::view(sql, me, id)).await
    }

    async fn conversations(
        &self,
        me: UserId,
        after: Option<ListCursor>,
        rows_max: usize,
    ) -> Result<Vec<ConversationView>> {
        self.readers.read(move |sql| conversations::list(sql, me, after, rows_max)).await
    }

    async fn members(&self, me: UserId, id: ConversationId) -> Result<Arc<[UserId]>> {
        self.readers.read(move |sql| conversations::members(sql, me, id)).await
    }

    async fn set_muted(
        &self,
        me: UserId,
        conversation: ConversationId,
        muted: bool,
    ) -> Result<MuteAnswer> {
        self.writer
            .call(move |transaction| conversations::set_muted(transaction, me, conversation, muted))
            .await
    }

    fn post(&self, message: NewMessage) -> BoxFuture<'static, Result<Posted>> {
        self.writer.call(move |transaction| messages::post(transaction, &message))
    }

    async fn edit(
        &self,
        me: UserId,
        conversation: ConversationId,
        conv_seq: u64,
        body: String,
        now: Timestamp,
    ) -> Result<Message> {
        self.writer
            .call(move |transaction| {
                messages::edit(transaction, me, conversation, conv_seq, &body, now)
            })
            .await
    }

    async fn delete(
        &self,
        me: UserId,
        conversation: ConversationId,
        conv_seq: u64,
        now: Timestamp,
    ) -> Result<Message> {
        self.writer
            .call(move |transaction| messages::delete(transaction, me, conversation, conv_seq, now))
            .await
    }

    async fn history(
        &self,
        me: UserId,
        conversation: ConversationId,
        range: HistoryRange,
        rows_max: usize,
        bytes_max: usize,
    ) -> Result<MessagesPage> {
        self.readers
            .read(move |sql| history::page(sql, me, conversation, range, rows_max, bytes_max))
            .await
    }

    async fn add_media(&self, owner: UserId, new: NewMedia, quota: MediaUse) -> Result<Attachment> {
        self.writer.call(move |transaction| media::add(transaction, owner, &new, quota)).await
    }

    async fn media_use(&self, owner: UserId) -> Result<MediaUse> {
        self.readers.read(move |sql| media::usage(sql, owner)).await
    }

    async fn media(&self, viewer: UserId, id: MediaId) -> Result<StoredMedia> {
        self.readers.read(move |sql| media::seen_by(sql, viewer, id)).await
    }

    async fn set_avatar(
        &self,
        user: UserId,
        avatar: Option<NewMedia>,
        quota: MediaUse,
        now: Timestamp,
    ) -> Result<Me> {
        self.writer
            .call(move |transaction| {
                media::set_avatar(transaction, user, avatar.as_ref(), quota, now)
            })
            .await
    }

    async fn collect_media(&self, unused_before: Timestamp, rows_max: usize) -> Result<Collected> {
        self.writer
            .call(move |transaction| media::collect(transaction, unused_before, rows_max))
            .await
    }

    async fn is_media_known(&self, hash: FileHash) -> Result<bool> {
        self.readers.read(move |sql| media::is_known(sql, hash)).await
    }

    async fn mark_read(
        &self,
        me: UserId,
        conversation: ConversationId,
        conv_seq: u64,
    ) -> Result<ReadAnswer> {
        self.writer
            .call(move |transaction| receipts::mark_read(transaction, me, conversation, conv_seq))
            .await
    }

    async fn mark_delivered(&self, me: UserId, seq: u64) -> Result<()> {
        self.writer.call(move |transaction| receipts::mark_delivered(transaction, me, seq)).await
    }

    fn epoch(&self) -> &str {
        &self.epoch
    }

    async fn stream_head(&self, user: UserId) -> Result<u64> {
        if let Some(head) = self.journal.head(user) {
            return Ok(head);
        }
        let head = self.readers.read(move |sql| streams::head(sql, user, None)).await?;
        self.journal.note_settled_head(user, head);
        Ok(head)
    }

    async fn greet(
        &self,
        token: TokenHash,
        position: Option<Position>,
        now: Timestamp,
    ) -> Result<Option<Greeting>> {
        let (journal, epoch) = (Arc::clone(&self.journal), self.epoch_key);
        let greeting = move |reader: &mut Reader| {
            let Some(signed_in) = reader.look(|sql| sessions::with_token(sql, token))? else {
                return Ok(None);
            };
            let user = signed_in.me.user.id;
            let recent = journal.span(user);
            let (resume, head) =
                reader.look(|sql| streams::resume(sql, epoch, user, recent.as_ref(), position))?;
            Ok(Some(Greeting { signed_in, resume, head }))
        };
        let Some(found) = self.readers.lend(greeting).await? else { return Ok(None) };
        Ok(self.is_alive(&found.signed_in, now).await?.then_some(found))
    }

    async fn resume(&self, user: UserId, position: Option<Position>) -> Result<Resume> {
        let (recent, epoch) = (self.journal.span(user), self.epoch_key);
        self.readers
            .read(move |sql| {
                streams::resume(sql, epoch, user, recent.as_ref(), position).map(|it| it.0)
            })
            .await
    }

    async fn events_after(
        &self,
        user: UserId,
        seq: u64,
        rows_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<(u64, Event)>> {
        let recent = self.journal.after(user, seq, rows_max);
        self.readers
            .read(move |sql| streams::events_after(sql, user, seq, recent, rows_max, bytes_max))
            .await
    }

    async fn close(&self) {
        let writer = Arc::clone(&self.writer);
        if let Err(error) = tokio::task::spawn_blocking(move || writer.close()).await {
            tracing::error!(%error, "the store did not close");
        }
    }
}
