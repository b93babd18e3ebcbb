//! Rows as Rust values: keys, numbers, and the columns that several verbs read.

use std::fmt::Display;
use std::str::FromStr;

use chatter_protocol::{
    ClientMsgId, Conversation, ConversationId, ConversationKind, Me, MediaId, Message, MessageId,
    Privacy, Rights, Session, SessionId, Timestamp, User, UserId,
};
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fault::Outcome;
use super::media;
use crate::store::{StoreError, StoredUser};

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub(super) struct $name(pub(super) i64);

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                i64::column_result(value).map(Self)
            }
        }
    };
}

key! {
    /// A user inside the database.
    UserKey
}
key! {
    /// A conversation inside the database.
    ConversationKey
}

/// A sequence number as SQLite keeps it. What no database can hold is above every head anyway.
pub(super) fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// A sequence number or count out of the database, where none is negative.
pub(super) fn unsigned(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or_default()
}

/// A number of rows for `LIMIT`.
pub(super) fn limit(rows_max: usize) -> i64 {
    i64::try_from(rows_max).unwrap_or(i64::MAX)
}

/// The user's key; `NotFound` for a stranger.
pub(super) fn user_key(sql: &Connection, user: UserId) -> Outcome<UserKey> {
    sql.prepare_cached("SELECT key FROM users WHERE id = ?1")?
        .query_row([user.as_bytes()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NotFound.into())
}

/// The id behind a key.
pub(super) fn user_id(sql: &Connection, user: UserKey) -> Outcome<UserId> {
    Ok(sql
        .prepare_cached("SELECT id FROM users WHERE key = ?1")?
        .query_row([user], |row| user_id_at(row, 0))?)
}

pub(super) fn user_id_at(row: &Row<'_>, column: usize) -> rusqlite::Result<UserId> {
    row.get(column).map(UserId::from_bytes)
}

pub(super) fn conversation_id_at(row: &Row<'_>, column: usize) -> rusqlite::Result<ConversationId> {
    row.get(column).map(ConversationId::from_bytes)
}

fn time_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

fn optional_time_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(super) fn parsed<T: FromStr<Err: Display>>(text: &str, column: usize) -> rusqlite::Result<T> {
    text.parse().map_err(|error: T::Err| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.to_string().into())
    })
}

/// Columns of [`user`] and [`stored_user`], of a table or alias `u`.
macro_rules! user_columns {
    () => {
        "u.id, u.username, u.display_name, u.status_message, u.created_at, u.rev, \
         u.last_seen_at, u.shares_presence, u.status_expires_at, u.time_zone, \
         (SELECT worn.id FROM media worn WHERE worn.key = u.avatar)"
    };
}
pub(super) use user_columns;

/// How many columns [`user_columns`] has.
pub(super) const USER_COLUMNS: usize = 11;

pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let status_message: Option<String> = row.get(3)?;
    let time_zone: Option<String> = row.get(9)?;
    Ok(User {
        id: user_id_at(row, 0)?,
        username: parsed(row.get_ref(1)?.as_str()?, 1)?,
        display_name: parsed(row.get_ref(2)?.as_str()?, 2)?,
        status_message: status_message.map(|text| parsed(&text, 3)).transpose()?,
        status_expires_at: optional_time_at(row, 8)?,
        time_zone: time_zone.map(|text| parsed(&text, 9)).transpose()?,
        avatar: row.get::<_, Option<[u8; 16]>>(10)?.map(MediaId::from_bytes),
        created_at: time_at(row, 4)?,
        rev: row.get(5)?,
    })
}

pub(super) fn stored_user(row: &Row<'_>) -> rusqlite::Result<StoredUser> {
    Ok(StoredUser {
        user: user(row)?,
        last_seen_at: optional_time_at(row, 6)?,
        shares_presence: row.get(7)?,
    })
}

/// A user's public profile.
pub(super) fn user_by_key(sql: &Connection, key: UserKey) -> Outcome<StoredUser> {
    Ok(sql
        .prepare_cached(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.key = ?1"))?
        .query_row([key], stored_user)?)
}

/// A user as they see themselves.
pub(super) fn me_by_key(sql: &Connection, key: UserKey) -> Outcome<Me> {
    let me = sql
        .prepare_cached(concat!(
            "SELECT ",
            user_columns!(),
            ", u.email, u.shares_receipts, u.shares_typing FROM users u WHERE u.key = ?1"
        ))?
        .query_row([key], me_without_blocks)?;
    Ok(Me { blocked: blocked_by(sql, key)?, ..me })
}

/// Whom somebody has blocked, in the order of their keys.
pub(super) fn blocked_by(sql: &Connection, blocker: UserKey) -> rusqlite::Result<Vec<UserId>> {
    sql.prepare_cached(
        "SELECT u.id FROM blocks b JOIN users u ON u.key = b.blocked
         WHERE b.blocker = ?1 ORDER BY b.blocked",
    )?
    .query_map([blocker], |row| user_id_at(row, 0))?
    .collect()
}

fn me_without_blocks(row: &Row<'_>) -> rusqlite::Result<Me> {
    let StoredUser { user, shares_presence, .. } = stored_user(row)?;
    let privacy = Privacy {
        receipts: row.get(USER_COLUMNS + 1)?,
        typing: row.get(USER_COLUMNS + 2)?,
        presence: shares_presence,
    };
    Ok(Me { user, email: row.get(USER_COLUMNS)?, privacy, blocked: Vec::new() })
}

/// Columns of [`session`], of a table or alias `s`.
macro_rules! session_columns {
    () => {
        "s.id, s.device_name, s.remember, s.created_at, s.last_used_at, s.expires_at, s.rights"
    };
}
pub(super) use session_columns;

/// How many columns [`session_columns`] has.
pub(super) const SESSION_COLUMNS: usize = 7;

/// Bit of `Rights::send` on disk.
const RIGHT_SEND: i64 = 1;
/// Bit of `Rights::read` on disk.
const RIGHT_READ: i64 = 2;
/// Bit of `Rights::account` on disk.
pub(super) const RIGHT_ACCOUNT: i64 = 4;

/// Rights as the database keeps them.
pub(super) fn rights_bits(rights: Rights) -> i64 {
    let bit = |has, bit| if has { bit } else { 0 };
    bit(rights.send, RIGHT_SEND) | bit(rights.read, RIGHT_READ) | bit(rights.account, RIGHT_ACCOUNT)
}

fn rights(bits: i64) -> Rights {
    Rights {
        send: bits & RIGHT_SEND != 0,
        read: bits & RIGHT_READ != 0,
        account: bits & RIGHT_ACCOUNT != 0,
    }
}

pub(super) fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get(0).map(SessionId::from_bytes)?,
        device_name: row.get(1)?,
        remember: row.get(2)?,
        created_at: time_at(row, 3)?,
        last_used_at: time_at(row, 4)?,
        expires_at: time_at(row, 5)?,
        current: false,
        rights: row.get(6).map(rights)?,
    })
}

/// A conversation as the database knows it.
#[derive(Debug, Clone)]
pub(super) struct ConversationRow {
    pub(super) key: ConversationKey,
    pub(super) id: ConversationId,
    pub(super) created_at: Timestamp,
    pub(super) head: u64,
    /// Both people of a direct conversation; none of a room.
    pub(super) pair: Option<(UserKey, UserKey)>,
    name: Option<String>,
    member_count: u32,
    rev: u32,
}

/// Columns and table of [`ConversationRow::read`], up to the `WHERE`, on conversations `c`. The head is
/// one look at the end of the conversation's messages.
macro_rules! select_conversations {
    () => {
        "SELECT c.key, c.id, c.name, c.low, c.high, c.member_count, c.created_at, c.rev, \
         (SELECT max(m.seq) FROM messages m WHERE m.conversation = c.key) FROM conversations c "
    };
}

impl ConversationRow {
    /// The conversation with this key.
    pub(super) fn by_key(sql: &Connection, key: ConversationKey) -> Outcome<Self> {
        Ok(sql
            .prepare_cached(concat!(select_conversations!(), "WHERE c.key = ?1"))?
            .query_row([key], Self::read)?)
    }

    /// The conversation with this id, if there is one, whoever is in it.
    pub(super) fn by_id(sql: &Connection, id: ConversationId) -> Outcome<Option<Self>> {
        Ok(sql
            .prepare_cached(concat!(select_conversations!(), "WHERE c.id = ?1"))?
            .query_row([id.as_bytes()], Self::read)
            .optional()?)
    }

    /// The conversation with this id, if `me` is in it; `NotFound` otherwise.
    pub(super) fn of_member(sql: &Connection, me: UserKey, id: ConversationId) -> Outcome<Self> {
        sql.prepare_cached(concat!(
            select_conversations!(),
            "JOIN members i ON i.conversation = c.key AND i.user = ?2 WHERE c.id = ?1"
        ))?
        .query_row((id.as_bytes(), me), Self::read)
        .optional()?
        .ok_or_else(|| StoreError::NotFound.into())
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let low: Option<UserKey> = row.get(3)?;
        Ok(Self {
            key: row.get(0)?,
            id: conversation_id_at(row, 1)?,
            name: row.get(2)?,
            pair: low.zip(row.get(4)?),
            member_count: row.get(5)?,
            created_at: time_at(row, 6)?,
            rev: row.get(7)?,
            head: row.get::<_, Option<i64>>(8)?.map_or(0, unsigned),
        })
    }

    /// The other person of a direct conversation, oneself in notes.
    pub(super) fn peer_of(&self, me: UserKey) -> Option<UserKey> {
        self.pair.map(|(low, high)| if low == me { high } else { low })
    }

    /// Both people of a direct conversation, one for notes, none of a room.
    pub(super) fn people(&self) -> Vec<UserKey> {
        match self.pair {
            Some((low, high)) if low == high => vec![low],
            Some((low, high)) => vec![low, high],
            None => Vec::new(),
        }
    }

    /// As the protocol tells it.
    pub(super) fn told(&self, sql: &Connection) -> Outcome<Conversation> {
        let people = self.people();
        Ok(Conversation {
            id: self.id,
            kind: match self.pair {
                Some(_) => ConversationKind::Direct,
                None => ConversationKind::Room,
            },
            name: self.name.clone(),
            members: people.into_iter().map(|key| user_id(sql, key)).collect::<Outcome<_>>()?,
            member_count: self.member_count,
            created_at: self.created_at,
            rev: self.rev,
        })
    }
}

/// Columns and tables of [`message`], up to the `WHERE`, on messages `m`.
macro_rules! select_messages {
    () => {
        "SELECT c.id, m.seq, s.id, m.client_msg_id, m.body, m.reply_to, m.created_at, m.edited_at, \
         m.deleted_at, m.rev, m.unattended, m.conversation, m.attachment_count FROM messages m JOIN conversations c ON c.key = m.conversation \
         JOIN users s ON s.key = m.sender "
    };
}
pub(super) use select_messages;

/// A row of [`select_messages`], with what hangs on the message.
pub(super) fn message(sql: &Connection, row: &Row<'_>) -> rusqlite::Result<Message> {
    let conversation = conversation_id_at(row, 0)?;
    let conv_seq = unsigned(row.get(1)?);
    let created_at = time_at(row, 6)?;
    Ok(Message {
        msg_id: message_id(conversation, conv_seq, created_at),
        conversation,
        conv_seq,
        sender: user_id_at(row, 2)?,
        client_msg_id: row.get(3).map(ClientMsgId::from_bytes)?,
        body: row.get(4)?,
        reply_to: row.get::<_, Option<i64>>(5)?.map(unsigned),
        created_at,
        edited_at: optional_time_at(row, 7)?,
        deleted_at: optional_time_at(row, 8)?,
        rev: row.get(9)?,
        unattended: row.get(10)?,
        attachments: match row.get(12)? {
            0 => Vec::new(),
            _ => media::attachments_of(sql, row.get(11)?, conv_seq)?,
        },
        withheld: false,
    })
}

/// The message at a place, if there is one.
pub(super) fn message_at(
    sql: &Connection,
    conversation: ConversationKey,
    seq: u64,
) -> Outcome<Option<Message>> {
    Ok(sql
        .prepare_cached(concat!(select_messages!(), "WHERE m.conversation = ?1 AND m.seq = ?2"))?
        .query_row((conversation, signed(seq)), |row| message(sql, row))
        .optional()?)
}

/// A message's id, made from its place and time instead of stored: a tenth of the row. The time is
/// in it, so that a place used again after an older backup was restored gets another id.
pub(super) fn message_id(
    conversation: ConversationId,
    conv_seq: u64,
    created_at: Timestamp,
) -> MessageId {
    let digest = Sha256::new()
        .chain_update(conversation.as_bytes())
        .chain_update(conv_seq.to_be_bytes())
        .chain_update(created_at.as_millis().to_be_bytes())
        .finalize();
    let mut tail = [0; 10];
    tail.copy_from_slice(&digest[..10]);
    let millis = unsigned(created_at.as_millis());
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid();
    MessageId::from_bytes(id.into_bytes())
}
