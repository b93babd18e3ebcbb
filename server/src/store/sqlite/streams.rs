//! User streams: appending pointers while writing, and reading them back as events.

use std::collections::{BTreeSet, HashMap};

use chatter_protocol::frame::ResetReason;
use chatter_protocol::limits::RESUME_EVENTS_MAX;
use chatter_protocol::{Event, Message, Position, Timestamp, User, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::blocks::Blocked;
use super::fault::Outcome;
use super::known::{Known, Member};
use super::rows::{
    ConversationKey, ConversationRow, UserKey, limit, me_by_key, message_at, newest_event, signed,
    unsigned, user_by_key, user_id, user_key,
};
use super::{conversations, receipts, sessions};
use crate::store::{Appended, Greeting, Resume, StoreError, TokenHash};

/// What an event is about. The numbers are on disk.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pointer {
    MessagePosted(ConversationKey, u64),
    MessageEdited(ConversationKey, u64),
    MessageDeleted(ConversationKey, u64),
    ReceiptMoved(ConversationKey, UserKey),
    ConversationAdded(ConversationKey),
    ConversationChanged(ConversationKey),
    ProfileChanged(UserKey),
    MeChanged(UserKey),
    MuteChanged(ConversationKey),
    Unblocked(UserKey),
}

impl Pointer {
    /// Kind on disk of [`Self::MessagePosted`].
    pub(super) const MESSAGE_POSTED: i64 = 0;

    fn to_columns(self) -> (i64, i64, i64) {
        match self {
            Self::MessagePosted(it, seq) => (Self::MESSAGE_POSTED, it.0, signed(seq)),
            Self::MessageEdited(it, seq) => (1, it.0, signed(seq)),
            Self::MessageDeleted(it, seq) => (2, it.0, signed(seq)),
            Self::ReceiptMoved(it, user) => (3, it.0, user.0),
            Self::ConversationAdded(it) => (4, it.0, 0),
            Self::ConversationChanged(it) => (5, it.0, 0),
            Self::ProfileChanged(user) => (6, user.0, 0),
            Self::MeChanged(user) => (7, user.0, 0),
            Self::MuteChanged(it) => (8, it.0, 0),
            Self::Unblocked(user) => (9, user.0, 0),
        }
    }

    fn from_columns(kind: i64, subject: i64, detail: i64) -> Option<Self> {
        let (conversation, seq) = (ConversationKey(subject), unsigned(detail));
        Some(match kind {
            Self::MESSAGE_POSTED => Self::MessagePosted(conversation, seq),
            1 => Self::MessageEdited(conversation, seq),
            2 => Self::MessageDeleted(conversation, seq),
            3 => Self::ReceiptMoved(conversation, UserKey(detail)),
            4 => Self::ConversationAdded(conversation),
            5 => Self::ConversationChanged(conversation),
            6 => Self::ProfileChanged(UserKey(subject)),
            7 => Self::MeChanged(UserKey(subject)),
            8 => Self::MuteChanged(conversation),
            9 => Self::Unblocked(UserKey(subject)),
            _ => return None,
        })
    }

    /// The event, with what it is about as it is now, as `reader` may know it, who has blocked
    /// `blocked`.
    fn event(self, sql: &Connection, reader: UserKey, blocked: &Blocked) -> Outcome<Event> {
        let message = |conversation, seq| -> Outcome<Message> {
            let missing = || StoreError::Unavailable("an event without its message".to_owned());
            Ok(blocked.shown(message_at(sql, conversation, seq)?.ok_or_else(missing)?))
        };
        let person = |key| -> Outcome<User> { Ok(blocked.shown_user(user_by_key(sql, key)?.user)) };
        Ok(match self {
            Self::MessagePosted(it, seq) => Event::MessagePosted { message: message(it, seq)? },
            Self::MessageEdited(it, seq) => Event::MessageEdited { message: message(it, seq)? },
            Self::MessageDeleted(it, seq) => Event::MessageDeleted { message: message(it, seq)? },
            Self::ReceiptMoved(it, user) => {
                Event::ReceiptMoved { receipt: receipts::receipt(sql, it, user, reader)? }
            }
            Self::ConversationAdded(it) => conversations::added(sql, it, person)?,
            Self::ConversationChanged(it) => Event::ConversationChanged {
                conversation: ConversationRow::by_key(sql, it)?.told(sql)?,
            },
            Self::ProfileChanged(user) => Event::ProfileChanged { user: person(user)? },
            Self::MeChanged(user) => Event::MeChanged { me: me_by_key(sql, user)? },
            Self::MuteChanged(it) => conversations::mute_changed(sql, it, reader)?,
            Self::Unblocked(user) => Event::Unblocked { user: person(user)? },
        })
    }
}

/// What verbs write through: the connection inside its transaction, what the writer remembers, and
/// the events that they append.
pub(super) struct Transaction<'a> {
    pub(super) sql: &'a Connection,
    pub(super) known: &'a mut Known,
    epoch: i64,
    appended: Vec<Appended>,
    /// Conversations that were posted to, and when last. Written once for all posts of a transaction.
    active: HashMap<ConversationKey, Timestamp>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(sql: &'a Connection, known: &'a mut Known, epoch: i64) -> Self {
        Self { sql, known, epoch, appended: Vec::new(), active: HashMap::new() }
    }

    /// How many events were appended so far.
    pub(super) fn mark(&self) -> usize {
        self.appended.len()
    }

    /// What was done since the mark is undone in the database: nothing of it may be told or remembered.
    pub(super) fn undone_since(&mut self, mark: usize) {
        self.appended.truncate(mark);
        self.active.clear();
        self.known.forget();
    }

    /// Everything but the commit; the events to tell after it.
    pub(super) fn finish(mut self) -> rusqlite::Result<Vec<Appended>> {
        self.write_activity()?;
        Ok(self.appended)
    }

    /// Moves the conversation up in every member's list.
    pub(super) fn note_activity(&mut self, conversation: ConversationKey, at: Timestamp) {
        self.active.insert(conversation, at);
    }

    /// Writes what was noted.
    pub(super) fn write_activity(&mut self) -> rusqlite::Result<()> {
        for (conversation, at) in self.active.drain() {
            self.sql
                .prepare_cached("UPDATE members SET active_at = ?2 WHERE conversation = ?1")?
                .execute((conversation, at.as_millis()))?;
        }
        Ok(())
    }

    /// Appends one event to the streams of these users, in ascending order of their keys. All of
    /// them must see it alike: of what somebody does, those who blocked them are not among them.
    pub(super) fn append(
        &mut self,
        pointer: Pointer,
        users: impl IntoIterator<Item = UserKey>,
    ) -> Outcome<()> {
        let users: BTreeSet<_> = users.into_iter().collect();
        let Some(reader) = users.first().copied() else { return Ok(()) };
        let named = |key| Ok(Member { key, id: user_id(self.sql, key)? });
        let members = users.into_iter().map(named).collect::<Outcome<Vec<_>>>()?;
        let event = pointer.event(self.sql, reader, &Blocked::by(self.sql, reader)?)?;
        self.append_event(pointer, event, &members)
    }

    /// As [`Transaction::append`], with the event at hand and its readers in ascending order.
    pub(super) fn append_event(
        &mut self,
        pointer: Pointer,
        event: Event,
        readers: &[Member],
    ) -> Outcome<()> {
        let (kind, subject, detail) = pointer.to_columns();
        let mut insert = self.sql.prepare_cached(
            "INSERT INTO events (user, seq, epoch, kind, subject, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let mut recipients = Vec::with_capacity(readers.len());
        for reader in readers {
            let head = self.known.stream_head(self.sql, reader.key)?;
            let seq = *head + 1;
            insert.execute((reader.key, signed(seq), self.epoch, kind, subject, detail))?;
            *head = seq;
            recipients.push((reader.id, seq));
        }
        self.appended.push(Appended { event, recipients });
        Ok(())
    }
}

/// Number of the newest event; 0 for none.
pub(super) fn head(sql: &Connection, user: UserId) -> Outcome<u64> {
    newest_event(sql, user_key(sql, user)?)
}

/// See [`Store::greet`](crate::store::Store::greet).
pub(super) fn greeting(
    sql: &Connection,
    token: TokenHash,
    position: Option<Position>,
) -> Outcome<Option<Greeting>> {
    let Some(signed_in) = sessions::with_token(sql, token)? else { return Ok(None) };
    let user = signed_in.me.user.id;
    let (resume, head) = (resume(sql, user, position)?, head(sql, user)?);
    Ok(Some(Greeting { signed_in, resume, head }))
}

/// See [`Store::resume`](crate::store::Store::resume).
pub(super) fn resume(
    sql: &Connection,
    user: UserId,
    position: Option<Position>,
) -> Outcome<Resume> {
    let user = user_key(sql, user)?;
    let head = newest_event(sql, user)?;
    let reset = |reason| Ok(Resume::Reset(reason));
    let seq = match position.filter(|it| it.seq > 0) {
        None => 0,
        Some(position) => {
            let Some(epoch) = epoch_named(sql, &position.epoch)? else {
                return reset(ResetReason::OtherEpoch);
            };
            if position.seq > head {
                return reset(ResetReason::AheadOfHead);
            }
            if epoch_of_event(sql, user, position.seq)? > epoch {
                return reset(ResetReason::OtherEpoch);
            }
            position.seq
        }
    };
    if head - seq > RESUME_EVENTS_MAX {
        return reset(ResetReason::TooFarBehind);
    }
    Ok(Resume::After(seq))
}

fn epoch_named(sql: &Connection, name: &str) -> Outcome<Option<i64>> {
    Ok(sql
        .prepare_cached("SELECT key FROM epochs WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

fn epoch_of_event(sql: &Connection, user: UserKey, seq: u64) -> Outcome<i64> {
    Ok(sql
        .prepare_cached("SELECT epoch FROM events WHERE user = ?1 AND seq = ?2")?
        .query_row((user, signed(seq)), |row| row.get(0))?)
}

/// See [`Store::events_after`](crate::store::Store::events_after).
pub(super) fn events_after(
    sql: &Connection,
    user: UserId,
    seq: u64,
    rows_max: usize,
    bytes_max: usize,
) -> Outcome<Vec<(u64, Event)>> {
    let user = user_key(sql, user)?;
    let blocked = Blocked::by(sql, user)?;
    let mut statement = sql.prepare_cached(
        "SELECT seq, kind, subject, detail FROM events
         WHERE user = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let mut rows = statement.query((user, signed(seq), limit(rows_max)))?;
    let mut events = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let pointer = Pointer::from_columns(row.get(1)?, row.get(2)?, row.get(3)?);
        let event = pointer.map_or(Ok(Event::Unknown), |it| it.event(sql, user, &blocked))?;
        bytes += body_bytes(&event);
        if bytes > bytes_max && !events.is_empty() {
            break;
        }
        events.push((unsigned(row.get(0)?), event));
    }
    Ok(events)
}

fn body_bytes(event: &Event) -> usize {
    match event {
        Event::MessagePosted { message }
        | Event::MessageEdited { message }
        | Event::MessageDeleted { message } => message.body.len(),
        _ => 0,
    }
}

/// Draws this run's epoch.
pub(super) fn begin_epoch(sql: &Connection, now_ms: i64) -> rusqlite::Result<(i64, String)> {
    let name = format!("{:08x}", rand::random::<u32>());
    sql.execute("INSERT INTO epochs (name, started_at) VALUES (?1, ?2)", (&name, now_ms))?;
    Ok((sql.last_insert_rowid(), name))
}
