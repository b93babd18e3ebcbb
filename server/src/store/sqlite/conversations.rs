//! Conversations: opening them, who is in them, and how each member sees them.

use std::collections::BTreeSet;
use std::sync::Arc;

use chatter_protocol::rest::MuteAnswer;
use chatter_protocol::{
    ConversationId, ConversationView, Event, Person, Presence, Timestamp, User, UserId,
};
use rusqlite::{Connection, OptionalExtension};

use super::blocks::{self, Blocked};
use super::fault::Outcome;
use super::pointer::Pointer;
use super::receipts::{self, Progress};
use super::rows::{
    ConversationKey, ConversationRow, UserKey, conversation_id_at, limit, message_at, user_by_key,
    user_id_at, user_key,
};
use super::streams::Transaction;
use crate::store::{ListCursor, StoreError};

/// `active_at` of the members of rooms. A message would have to move it for all of them, so the list takes
/// the time of the newest message instead; people are in few rooms.
const ROOM_ACTIVE_AT: i64 = -1;

/// See [`Store::open_direct`](crate::store::Store::open_direct).
pub(super) fn open_direct(
    transaction: &mut Transaction<'_>,
    me: UserId,
    peer: UserId,
    now: Timestamp,
) -> Outcome<ConversationId> {
    let (me, peer) = (user_key(transaction.sql, me)?, user_key(transaction.sql, peer)?);
    let pair = (me.min(peer), me.max(peer));
    match opened(transaction.sql, pair)? {
        Some(id) => Ok(id),
        None if blocks::are_apart(transaction.sql, me, peer)? => Err(StoreError::Blocked.into()),
        None => open(transaction, Some(pair), None, &BTreeSet::from([me, peer]), now),
    }
}

/// See [`Store::direct`](crate::store::Store::direct).
pub(super) fn direct(sql: &Connection, me: UserId, peer: UserId) -> Outcome<ConversationId> {
    let (me, peer) = (user_key(sql, me)?, user_key(sql, peer)?);
    Ok(opened(sql, (me.min(peer), me.max(peer)))?.ok_or(StoreError::NotFound)?)
}

fn opened(sql: &Connection, pair: (UserKey, UserKey)) -> Outcome<Option<ConversationId>> {
    Ok(sql
        .prepare_cached("SELECT id FROM conversations WHERE kind = 0 AND low = ?1 AND high = ?2")?
        .query_row(pair, |row| conversation_id_at(row, 0))
        .optional()?)
}

/// See [`Store::open_room`](crate::store::Store::open_room).
pub(super) fn open_room(
    transaction: &mut Transaction<'_>,
    me: UserId,
    name: &str,
    members: &[UserId],
    now: Timestamp,
) -> Outcome<ConversationId> {
    let members = members.iter().copied().chain([me]);
    let members =
        members.map(|it| user_key(transaction.sql, it)).collect::<Outcome<BTreeSet<_>>>()?;
    let me = user_key(transaction.sql, me)?;
    let would_hear = blocks::hearers(transaction.sql, me, members.iter().copied().collect())?;
    if would_hear.len() < members.len() {
        return Err(StoreError::Blocked.into());
    }
    open(transaction, None, Some(name), &members, now)
}

fn open(
    transaction: &mut Transaction<'_>,
    pair: Option<(UserKey, UserKey)>,
    name: Option<&str>,
    members: &BTreeSet<UserKey>,
    now: Timestamp,
) -> Outcome<ConversationId> {
    let id = ConversationId::new();
    let kind = i64::from(pair.is_none());
    let (low, high) = pair.unzip();
    transaction
        .sql
        .prepare_cached(
            "INSERT INTO conversations
                 (id, kind, name, low, high, member_count, created_at, rev)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
        )?
        .execute((id.as_bytes(), kind, name, low, high, limit(members.len()), now.as_millis()))?;
    let key = ConversationKey(transaction.sql.last_insert_rowid());
    let active_at = if pair.is_some() { now.as_millis() } else { ROOM_ACTIVE_AT };
    for member in members {
        transaction
            .sql
            .prepare_cached(
                "INSERT INTO members (conversation, user, read_seq, delivered_seq, active_at)
                 VALUES (?1, ?2, 0, 0, ?3)",
            )?
            .execute((key, member, active_at))?;
    }
    transaction.append(Pointer::ConversationAdded(key), members.iter().copied())?;
    Ok(id)
}

/// See [`Store::set_muted`](crate::store::Store::set_muted).
pub(super) fn set_muted(
    transaction: &mut Transaction<'_>,
    me: UserId,
    id: ConversationId,
    muted: bool,
) -> Outcome<MuteAnswer> {
    let me = user_key(transaction.sql, me)?;
    let conversation = ConversationRow::of_member(transaction.sql, me, id)?.key;
    let changed = transaction
        .sql
        .prepare_cached(
            "UPDATE members SET muted = ?3, mute_rev = mute_rev + 1
             WHERE conversation = ?1 AND user = ?2 AND muted <> ?3",
        )?
        .execute((conversation, me, muted))?;
    if changed > 0 {
        transaction.append(Pointer::MuteChanged(conversation), [me])?;
    }
    mute(transaction.sql, conversation, me)
}

/// Whether the member has muted the conversation.
fn mute(sql: &Connection, conversation: ConversationKey, member: UserKey) -> Outcome<MuteAnswer> {
    Ok(sql
        .prepare_cached(
            "SELECT muted, mute_rev FROM members WHERE conversation = ?1 AND user = ?2",
        )?
        .query_row((conversation, member), |row| {
            Ok(MuteAnswer { muted: row.get(0)?, mute_rev: row.get(1)? })
        })?)
}

/// The event that tells a member whether they have muted the conversation.
pub(super) fn mute_changed(
    sql: &Connection,
    key: ConversationKey,
    member: UserKey,
) -> Outcome<Event> {
    let MuteAnswer { muted, mute_rev } = mute(sql, key, member)?;
    let conversation = ConversationRow::by_key(sql, key)?.id;
    Ok(Event::MuteChanged { conversation, muted, rev: mute_rev })
}

/// The event that tells of a conversation, with the people of a direct one.
pub(super) fn added(
    sql: &Connection,
    key: ConversationKey,
    person: impl Fn(UserKey) -> Outcome<User>,
) -> Outcome<Event> {
    let row = ConversationRow::by_key(sql, key)?;
    let users = row.people().into_iter().map(person).collect::<Outcome<_>>()?;
    Ok(Event::ConversationAdded { conversation: row.told(sql)?, users })
}

/// Everybody in the conversation.
pub(super) fn member_keys(sql: &Connection, key: ConversationKey) -> Outcome<Vec<UserKey>> {
    let mut statement = sql.prepare_cached("SELECT user FROM members WHERE conversation = ?1")?;
    let members = statement.query_map([key], |row| row.get(0))?;
    Ok(members.collect::<rusqlite::Result<_>>()?)
}

/// See [`Store::members`](crate::store::Store::members).
pub(super) fn members(sql: &Connection, me: UserId, id: ConversationId) -> Outcome<Arc<[UserId]>> {
    let me = user_key(sql, me)?;
    let row = ConversationRow::of_member(sql, me, id)?;
    let mut statement = sql.prepare_cached(
        "SELECT u.id FROM members m JOIN users u ON u.key = m.user WHERE m.conversation = ?1
             AND NOT EXISTS (SELECT 1 FROM blocks WHERE blocker = ?2 AND blocked = m.user)
             AND NOT EXISTS (SELECT 1 FROM blocks WHERE blocker = m.user AND blocked = ?2)",
    )?;
    let members = statement.query_map((row.key, me), |row| user_id_at(row, 0))?;
    Ok(members.collect::<rusqlite::Result<_>>()?)
}

/// See [`Store::conversation`](crate::store::Store::conversation).
pub(super) fn view(sql: &Connection, me: UserId, id: ConversationId) -> Outcome<ConversationView> {
    let me = user_key(sql, me)?;
    seen_by(sql, me, &Blocked::by(sql, me)?, &ConversationRow::of_member(sql, me, id)?)
}

/// See [`Store::conversations`](crate::store::Store::conversations). Those active in the same
/// millisecond come in the order of their keys, the one opened last first.
pub(super) fn list(
    sql: &Connection,
    me: UserId,
    after: Option<ListCursor>,
    rows_max: usize,
) -> Outcome<Vec<ConversationView>> {
    let me = user_key(sql, me)?;
    let (active_at, key) = match after {
        None => (i64::MAX, ConversationKey(i64::MAX)),
        Some(cursor) => (cursor.active_at.as_millis(), cursor_key(sql, cursor)?),
    };
    let blocked = Blocked::by(sql, me)?;
    sql.prepare_cached(
        "SELECT key FROM (
             SELECT * FROM (
                 SELECT conversation AS key, active_at FROM members
                 WHERE user = ?1 AND active_at > ?5 AND (active_at, conversation) < (?2, ?3)
                 ORDER BY active_at DESC, conversation DESC LIMIT ?4)
             UNION ALL
             SELECT c.key, coalesce(
                 (SELECT created_at FROM messages WHERE conversation = c.key ORDER BY seq DESC LIMIT 1),
                 c.created_at) AS active_at
             FROM members i JOIN conversations c ON c.key = i.conversation
             WHERE i.user = ?1 AND i.active_at = ?5)
         WHERE (active_at, key) < (?2, ?3) ORDER BY active_at DESC, key DESC LIMIT ?4",
    )?
    .query_map((me, active_at, key, limit(rows_max), ROOM_ACTIVE_AT), |row| row.get(0))?
    .map(|key| seen_by(sql, me, &blocked, &ConversationRow::by_key(sql, key?)?))
    .collect()
}

/// The key of a cursor's conversation; below every key when there is none.
fn cursor_key(sql: &Connection, cursor: ListCursor) -> Outcome<ConversationKey> {
    let key = sql
        .prepare_cached("SELECT key FROM conversations WHERE id = ?1")?
        .query_row([cursor.conversation.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(key.unwrap_or(ConversationKey(0)))
}

fn seen_by(
    sql: &Connection,
    me: UserKey,
    blocked: &Blocked,
    row: &ConversationRow,
) -> Outcome<ConversationView> {
    let read_seq = receipts::progress(sql, row.key, me)?.read_seq;
    let MuteAnswer { muted, mute_rev } = mute(sql, row.key, me)?;
    let (peer, peer_progress) = match row.peer_of(me) {
        None => (None, Progress::default()),
        Some(peer) => (Some(peer), receipts::progress(sql, row.key, peer)?),
    };
    Ok(ConversationView {
        conversation: row.told(sql)?,
        peer: peer.map(|key| person(sql, blocked, key)).transpose()?,
        last_message: message_at(sql, row.key, row.head)?.map(|it| blocked.shown(it)),
        head_seq: row.head,
        read_seq,
        unread_count: receipts::unread_count(sql, row.key, me, read_seq)?,
        peer_read_seq: peer_progress.shown_seq,
        peer_delivered_seq: peer_progress.delivered_seq,
        muted,
        mute_rev,
    })
}

fn person(sql: &Connection, blocked: &Blocked, key: UserKey) -> Outcome<Person> {
    let user = blocked.shown_user(user_by_key(sql, key)?.user);
    Ok(Person { presence: Presence::hidden(user.id), user })
}
