//! Events on their way into the streams.
//!
//! What a transaction appends is one row of the journal, whoever is to read it: rows lie one after the
//! other, so an event costs the same page whether two people learn of it or five hundred. In memory the
//! same events are kept by reader. When many have come together they are settled: each reader's go into
//! their stream as runs of many events, and the journal begins anew. So a page of somebody's stream is
//! written once for many events.
//!
//! Whoever reads a stream looks here first and into the database afterwards. What is settled in between
//! is found twice then; the other way round it could be found nowhere.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chatter_protocol::UserId;
use rusqlite::types::Type;
use rusqlite::{Connection, Result, Row};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::pointer::Pointer;
use super::rows::{UserKey, limit, signed, unsigned};
use super::streams::Written;
use crate::store::Appended;

/// Events after which the journal is settled, counted once for each reader: 3 MiB in memory.
const EVENTS_MAX: usize = 65_536;

/// Readers after which it is: settling touches a page for each.
const READERS_MAX: usize = 4_096;

/// Streams whose settled heads are kept, 40 bytes each. All others are looked up each time.
const HEADS_MAX: usize = 250_000;

/// Events of one run, so that a row of them stays within its page.
const RUN_EVENTS_MAX: usize = 128;

/// One event and who reads it under which number.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) pointer: Pointer,
    pub(super) readers: Vec<(UserKey, u64)>,
}

/// See the [module](self).
#[derive(Default)]
pub(super) struct Journal(RwLock<Waiting>);

/// What is committed and not settled.
#[derive(Default)]
struct Waiting {
    readers: HashMap<UserId, Stream>,
    events: usize,
    /// Numbers of the newest settled events, so that the heartbeat of a connection on which nothing
    /// happens costs no look into the database. Nothing is let go here: what was read before an event was
    /// appended must not come into an empty place afterwards.
    settled_heads: HashMap<UserId, u64>,
}

/// The newest events of one reader, with consecutive numbers.
struct Stream {
    key: UserKey,
    first: u64,
    pointers: Vec<Pointer>,
}

impl Waiting {
    fn raise_settled_head(&mut self, reader: UserId, seq: u64) {
        if let Some(head) = self.settled_heads.get_mut(&reader) {
            *head = seq.max(*head);
        } else if self.settled_heads.len() < HEADS_MAX {
            self.settled_heads.insert(reader, seq);
        }
    }
}

impl Stream {
    fn newest(&self) -> u64 {
        self.first + self.pointers.len() as u64 - 1
    }
}

impl Journal {
    /// These events are committed.
    pub(super) fn add(&self, written: &Written) {
        let mut waiting = self.write();
        for (Entry { pointer, readers }, Appended { recipients, .. }) in written.events() {
            waiting.events += readers.len();
            for ((key, seq), (reader, _)) in readers.iter().zip(recipients) {
                let new = || Stream { key: *key, first: *seq, pointers: Vec::new() };
                waiting.readers.entry(*reader).or_insert_with(new).pointers.push(*pointer);
            }
        }
    }

    /// The numbers of somebody's events that are not settled.
    pub(super) fn span(&self, reader: UserId) -> Option<RangeInclusive<u64>> {
        let waiting = self.read();
        waiting.readers.get(&reader).map(|stream| stream.first..=stream.newest())
    }

    /// Number of somebody's newest event, if it is known without a look into the database.
    pub(super) fn head(&self, reader: UserId) -> Option<u64> {
        let waiting = self.read();
        match waiting.readers.get(&reader) {
            Some(stream) => Some(stream.newest()),
            None => waiting.settled_heads.get(&reader).copied(),
        }
    }

    /// A look into the database found this to be the number of somebody's newest settled event.
    pub(super) fn note_settled_head(&self, reader: UserId, seq: u64) {
        self.write().raise_settled_head(reader, seq);
    }

    /// The oldest of somebody's events with numbers above `seq` that are not settled.
    pub(super) fn after(&self, reader: UserId, seq: u64, rows_max: usize) -> Vec<(u64, Pointer)> {
        let waiting = self.read();
        let Some(stream) = waiting.readers.get(&reader) else { return Vec::new() };
        let numbered = (stream.first..).zip(stream.pointers.iter().copied());
        let passed = usize::try_from(seq.saturating_add(1).saturating_sub(stream.first))
            .unwrap_or(usize::MAX);
        numbered.skip(passed).take(rows_max).collect()
    }

    /// Whether it is time to settle.
    pub(super) fn is_full(&self) -> bool {
        let waiting = self.read();
        waiting.events >= EVENTS_MAX || waiting.readers.len() >= READERS_MAX
    }

    /// Writes the events into the streams. To be followed by a commit and [`Journal::clear`].
    pub(super) fn settle(&self, sql: &Connection, epoch: i64) -> Result<()> {
        let waiting = self.read();
        let mut streams: Vec<_> = waiting.readers.values().collect();
        streams.sort_unstable_by_key(|stream| stream.key);
        settle(sql, streams.into_iter().map(|stream| (epoch, stream)))
    }

    /// What was settled is committed.
    pub(super) fn clear(&self) {
        let mut waiting = self.write();
        waiting.events = 0;
        for (reader, stream) in std::mem::take(&mut waiting.readers) {
            waiting.raise_settled_head(reader, stream.newest());
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Waiting> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Waiting> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the events of a transaction as a row of the journal.
pub(super) fn write(sql: &Connection, epoch: i64, entries: &[Entry]) -> Result<()> {
    sql.prepare_cached("INSERT INTO journal (epoch, entries) VALUES (?1, ?2)")?
        .execute((epoch, packed(entries)?))?;
    Ok(())
}

/// Settles what the last run of the server left.
pub(super) fn settle_left(connection: &mut Connection) -> Result<()> {
    let sql = connection.transaction()?;
    let mut streams: BTreeMap<(i64, UserKey), Stream> = BTreeMap::new();
    let mut statement = sql.prepare("SELECT epoch, entries FROM journal ORDER BY key")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let epoch = row.get(0)?;
        for Entry { pointer, readers } in unpacked::<Vec<Entry>>(row, 1)? {
            for (key, seq) in readers {
                let new = || Stream { key, first: seq, pointers: Vec::new() };
                streams.entry((epoch, key)).or_insert_with(new).pointers.push(pointer);
            }
        }
    }
    drop(rows);
    drop(statement);
    settle(&sql, streams.iter().map(|((epoch, _), stream)| (*epoch, stream)))?;
    sql.commit()
}

/// Writes runs, and empties the journal that had their events.
fn settle<'a>(sql: &Connection, streams: impl Iterator<Item = (i64, &'a Stream)>) -> Result<()> {
    let mut insert = sql.prepare_cached(
        "INSERT INTO runs (user, last_seq, epoch, pointers) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (epoch, stream) in streams {
        let mut last_seq = stream.first - 1;
        for run in stream.pointers.chunks(RUN_EVENTS_MAX) {
            last_seq += run.len() as u64;
            insert.execute((stream.key, signed(last_seq), epoch, packed(run)?))?;
        }
    }
    sql.execute("DELETE FROM journal", [])?;
    Ok(())
}

/// Number of the newest settled event; 0 for none.
pub(super) fn newest_settled(sql: &Connection, reader: UserKey) -> Result<u64> {
    let newest: Option<i64> = sql
        .prepare_cached("SELECT max(last_seq) FROM runs WHERE user = ?1")?
        .query_row([reader], |row| row.get(0))?;
    Ok(newest.map_or(0, unsigned))
}

/// The run of the server that appended a settled event.
pub(super) fn epoch_of_settled(sql: &Connection, reader: UserKey, seq: u64) -> Result<i64> {
    sql.prepare_cached(
        "SELECT epoch FROM runs WHERE user = ?1 AND last_seq >= ?2 ORDER BY last_seq LIMIT 1",
    )?
    .query_row((reader, signed(seq)), |row| row.get(0))
}

/// The oldest events with numbers above `seq`: the settled ones, then those of `recent`, which were
/// taken [before](self) the look into the database, as many of them as asked for here.
pub(super) fn after(
    sql: &Connection,
    reader: UserKey,
    seq: u64,
    recent: Vec<(u64, Pointer)>,
    rows_max: usize,
) -> Result<Vec<(u64, Pointer)>> {
    if recent.first().is_some_and(|(first, _)| *first == seq + 1) {
        // Nothing is between: who follows at the head needs no look into the database.
        return Ok(recent);
    }
    let mut statement = sql.prepare_cached(
        "SELECT last_seq, pointers FROM runs WHERE user = ?1 AND last_seq > ?2
         ORDER BY last_seq LIMIT ?3",
    )?;
    let mut rows = statement.query((reader, signed(seq), limit(rows_max)))?;
    let mut found = Vec::new();
    let mut newest = seq;
    while found.len() < rows_max
        && let Some(row) = rows.next()?
    {
        let last_seq = unsigned(row.get(0)?);
        let run: Vec<Pointer> = unpacked(row, 1)?;
        let first = last_seq + 1 - run.len() as u64;
        found.extend((first..).zip(run).filter(|(at, _)| *at > newest));
        newest = last_seq;
    }
    found.extend(recent.into_iter().filter(|(at, _)| *at > newest));
    found.truncate(rows_max);
    Ok(found)
}

fn packed<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let failed = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    postcard::to_allocvec(value).map_err(failed)
}

fn unpacked<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    let failed =
        |error| rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, Box::new(error));
    postcard::from_bytes(row.get_ref(column)?.as_blob()?).map_err(failed)
}
