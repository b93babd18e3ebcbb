//! Pages of a conversation's history, each a range without a hole.

use chatter_protocol::rest::MessagesPage;
use chatter_protocol::{ConversationId, Message, Timestamp, UserId};
use rusqlite::{CachedStatement, Connection, Params};

use super::blocks::Blocked;
use super::fault::Outcome;
use super::rows::{ConversationRow, limit, message, select_messages, signed, user_key};
use crate::store::HistoryRange;

/// See [`Store::history`](crate::store::Store::history).
pub(super) fn page(
    sql: &Connection,
    me: UserId,
    conversation: ConversationId,
    range: HistoryRange,
    rows_max: usize,
    bytes_max: usize,
) -> Outcome<MessagesPage> {
    let me = user_key(sql, me)?;
    let row = ConversationRow::of_member(sql, me, conversation)?;
    let blocked = Blocked::by(sql, me)?;
    let rows = limit(rows_max.max(1));
    let range = match range {
        HistoryRange::From(at) => HistoryRange::After(last_before(sql, &row, at)?),
        other => other,
    };
    let (messages, from_seq, to_seq) = match range {
        HistoryRange::After(seq) => {
            let rising = sql.prepare_cached(concat!(
                select_messages!(),
                "WHERE m.conversation = ?1 AND m.seq > ?2 ORDER BY m.seq LIMIT ?3"
            ))?;
            let messages = take(sql, &blocked, rising, (row.key, signed(seq), rows), bytes_max)?;
            let to_seq = messages.last().map_or(seq, |it| it.conv_seq);
            (messages, seq.saturating_add(1), to_seq)
        }
        HistoryRange::Newest | HistoryRange::Before(_) | HistoryRange::From(_) => {
            let to_seq = match range {
                HistoryRange::Before(seq) => seq.saturating_sub(1).min(row.head),
                _ => row.head,
            };
            let falling = sql.prepare_cached(concat!(
                select_messages!(),
                "WHERE m.conversation = ?1 AND m.seq <= ?2 ORDER BY m.seq DESC LIMIT ?3"
            ))?;
            let mut messages =
                take(sql, &blocked, falling, (row.key, signed(to_seq), rows), bytes_max)?;
            messages.reverse();
            let from_seq = messages.first().map_or(to_seq + 1, |it| it.conv_seq);
            (messages, from_seq, to_seq)
        }
    };
    Ok(MessagesPage { messages, from_seq, to_seq, head_seq: row.head })
}

/// Number of the last message stored before `at`, 0 for none: halves the range of numbers until it
/// is found, so that times need no index.
fn last_before(sql: &Connection, row: &ConversationRow, at: Timestamp) -> Outcome<u64> {
    let mut statement =
        sql.prepare_cached("SELECT created_at FROM messages WHERE conversation = ?1 AND seq = ?2")?;
    let (mut earlier, mut later) = (0, row.head + 1);
    while later - earlier > 1 {
        let middle = earlier + (later - earlier) / 2;
        let created_at: i64 = statement.query_row((row.key, signed(middle)), |row| row.get(0))?;
        if created_at < at.as_millis() {
            earlier = middle;
        } else {
            later = middle;
        }
    }
    Ok(earlier)
}

/// The first messages of a query, until their bodies have more than `bytes_max` bytes; at least
/// one.
fn take(
    sql: &Connection,
    blocked: &Blocked,
    mut statement: CachedStatement<'_>,
    params: impl Params,
    bytes_max: usize,
) -> Outcome<Vec<Message>> {
    let mut taken = Vec::new();
    let mut bytes = 0;
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        let next = blocked.shown(message(sql, row)?);
        bytes += next.body.len();
        if bytes > bytes_max && !taken.is_empty() {
            break;
        }
        taken.push(next);
    }
    Ok(taken)
}
