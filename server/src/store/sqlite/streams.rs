//! User streams: appending events while writing, and reading them back.

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;

use chatter_protocol::frame::ResetReason;
use chatter_protocol::limits::RESUME_EVENTS_MAX;
use chatter_protocol::{Event, Position, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::blocks::Blocked;
use super::fault::Outcome;
use super::journal::{self, Entry, Journal};
use super::known::{Known, Member};
use super::pointer::Pointer;
use super::rows::{ConversationKey, UserKey, user_id, user_key};
use crate::store::{Appended, Resume};

/// What verbs write through: the connection inside its transaction, what the writer remembers, and
/// the events that they append.
pub(super) struct Transaction<'a> {
    pub(super) sql: &'a Connection,
    pub(super) known: &'a mut Known,
    pub(super) journal: &'a Journal,
    epoch: i64,
    written: Written,
    /// Number of the newest event of each who reads one of them.
    heads: HashMap<UserKey, u64>,
    /// Direct conversations that were posted to, and when last. Written once for all posts of a
    /// transaction.
    active: HashMap<ConversationKey, Timestamp>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(
        sql: &'a Connection,
        known: &'a mut Known,
        journal: &'a Journal,
        epoch: i64,
    ) -> Self {
        let (written, heads, active) = (Written::default(), HashMap::new(), HashMap::new());
        Self { sql, known, journal, epoch, written, heads, active }
    }

    /// How many events were appended so far.
    pub(super) fn mark(&self) -> usize {
        self.written.appended.len()
    }

    /// What was done since the mark is undone in the database: nothing of it may be told or remembered.
    pub(super) fn undone_since(&mut self, mark: usize) {
        self.written.appended.truncate(mark);
        self.written.entries.truncate(mark);
        let kept = self.written.entries.iter().flat_map(|entry| entry.readers.iter().copied());
        self.heads = kept.collect();
        self.active.clear();
        self.known.forget();
    }

    /// Everything but the commit; what is to be told after it.
    pub(super) fn finish(mut self) -> rusqlite::Result<Written> {
        self.write_activity()?;
        if !self.written.entries.is_empty() {
            journal::write(self.sql, self.epoch, &self.written.entries)?;
        }
        Ok(self.written)
    }

    /// Moves a direct conversation up in the lists of its people.
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
        let mut recipients = Vec::with_capacity(readers.len());
        let mut numbered = Vec::with_capacity(readers.len());
        for reader in readers {
            let seq = self.head(*reader)? + 1;
            self.heads.insert(reader.key, seq);
            recipients.push((reader.id, seq));
            numbered.push((reader.key, seq));
        }
        self.written.appended.push(Appended { event, recipients });
        self.written.entries.push(Entry { pointer, readers: numbered });
        Ok(())
    }

    /// Number of the newest event in somebody's stream, those of this transaction included.
    fn head(&self, reader: Member) -> Outcome<u64> {
        match self.heads.get(&reader.key) {
            Some(seq) => Ok(*seq),
            None => self.committed_head(reader),
        }
    }

    /// Number of the newest event in somebody's stream that a device can have.
    pub(super) fn committed_head(&self, reader: Member) -> Outcome<u64> {
        match self.journal.span(reader.id) {
            Some(span) => Ok(*span.end()),
            None => Ok(journal::newest_settled(self.sql, reader.key)?),
        }
    }
}

/// The events of a transaction, twice: to be told, and as they are stored.
#[derive(Default)]
pub(super) struct Written {
    pub(super) appended: Vec<Appended>,
    pub(super) entries: Vec<Entry>,
}

impl Written {
    /// Both forms of each.
    pub(super) fn events(&self) -> impl Iterator<Item = (&Entry, &Appended)> {
        self.entries.iter().zip(&self.appended)
    }
}

/// Number of the newest event; 0 for none. `recent` is the [span](Journal::span) of the journal, taken
/// before.
pub(super) fn head(
    sql: &Connection,
    user: UserId,
    recent: Option<&RangeInclusive<u64>>,
) -> Outcome<u64> {
    match recent {
        Some(span) => Ok(*span.end()),
        None => Ok(journal::newest_settled(sql, user_key(sql, user)?)?),
    }
}

/// Where a device goes on, and the [`head`] of its stream. See
/// [`Store::resume`](crate::store::Store::resume).
pub(super) fn resume(
    sql: &Connection,
    epoch: i64,
    user: UserId,
    recent: Option<&RangeInclusive<u64>>,
    position: Option<Position>,
) -> Outcome<(Resume, u64)> {
    let head = head(sql, user, recent)?;
    let reset = |reason| Ok((Resume::Reset(reason), head));
    let seq = match position.filter(|it| it.seq > 0) {
        None => 0,
        Some(position) => {
            let Some(theirs) = epoch_named(sql, &position.epoch)? else {
                return reset(ResetReason::OtherEpoch);
            };
            if position.seq > head {
                return reset(ResetReason::AheadOfHead);
            }
            let appended_in = match recent.filter(|span| span.contains(&position.seq)) {
                Some(_) => epoch,
                None => journal::epoch_of_settled(sql, user_key(sql, user)?, position.seq)?,
            };
            if appended_in > theirs {
                return reset(ResetReason::OtherEpoch);
            }
            position.seq
        }
    };
    if head - seq > RESUME_EVENTS_MAX {
        return reset(ResetReason::TooFarBehind);
    }
    Ok((Resume::After(seq), head))
}

fn epoch_named(sql: &Connection, name: &str) -> Outcome<Option<i64>> {
    Ok(sql
        .prepare_cached("SELECT key FROM epochs WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

/// See [`Store::events_after`](crate::store::Store::events_after). `recent` are those [of the
/// journal](Journal::after), taken before.
pub(super) fn events_after(
    sql: &Connection,
    user: UserId,
    seq: u64,
    recent: Vec<(u64, Pointer)>,
    rows_max: usize,
    bytes_max: usize,
) -> Outcome<Vec<(u64, Event)>> {
    let user = user_key(sql, user)?;
    let blocked = Blocked::by(sql, user)?;
    let mut events = Vec::new();
    let mut bytes = 0;
    for (seq, pointer) in journal::after(sql, user, seq, recent, rows_max)? {
        let event = pointer.event(sql, user, &blocked)?;
        bytes += body_bytes(&event);
        if bytes > bytes_max && !events.is_empty() {
            break;
        }
        events.push((seq, event));
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
