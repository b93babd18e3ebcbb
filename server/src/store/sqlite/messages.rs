//! Messages: posting, changing and taking back.

use chatter_protocol::frame::Ack;
use chatter_protocol::{ClientMsgId, ConversationId, Message, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::conversations::{member_keys, open_direct};
use super::fault::Outcome;
use super::media;
use super::receipts;
use super::rows::{
    ConversationKey, ConversationRow, UserKey, conversation_id_at, limit, message_at, message_id,
    signed, unsigned, user_key,
};
use super::streams::{Pointer, Transaction};
use crate::store::{FileHash, NewMessage, Place, Posted, StoreError};

/// Bytes of the hash that stands for what was posted and is not there any more.
const HASH_BYTES: usize = 16;

/// See [`Store::post`](crate::store::Store::post). A known key is answered before membership is
/// looked at: the message is stored, whatever happened since.
pub(super) fn post(transaction: &mut Transaction<'_>, new: &NewMessage) -> Outcome<Posted> {
    let sender = user_key(transaction.sql, new.sender)?;
    let conversation = match new.place {
        Place::Conversation(conversation) => conversation,
        Place::DirectWith(peer) => open_direct(transaction, new.sender, peer, new.created_at)?,
    };
    if let Some(earlier) = Earlier::find(transaction.sql, sender, new)? {
        return earlier.answer(transaction.sql, sender, new, conversation);
    }
    let row = ConversationRow::of_member(transaction.sql, sender, conversation)?;
    if new.reply_to.is_some_and(|seq| seq == 0 || seq > row.head) {
        return Err(StoreError::NotFound.into());
    }
    let conv_seq = next_seq(transaction.sql, row.key)?;
    insert(transaction.sql, sender, row.key, conv_seq, new)?;
    media::attach(transaction.sql, sender, (row.key, conv_seq), &new.attachments)?;
    let shown_before = receipts::progress(transaction.sql, row.key, sender)?.shown_seq;
    let shared = receipts::are_shared(transaction.sql, &row)?;
    note_activity(transaction.sql, (sender, new), row.key, conv_seq, shared)?;
    let members = member_keys(transaction.sql, row.key)?;
    transaction.append(Pointer::MessagePosted(row.key, conv_seq), members)?;
    if shared && !new.unattended && shown_before + 1 < conv_seq {
        let peer = row.peer_of(sender).filter(|peer| *peer != sender);
        transaction.append(Pointer::ReceiptMoved(row.key, sender), peer)?;
    }
    let ack = ack(new.client_msg_id, conversation, conv_seq, new.created_at);
    Ok(Posted { ack, repeated: false })
}

fn ack(
    client_msg_id: ClientMsgId,
    conversation: ConversationId,
    conv_seq: u64,
    created_at: Timestamp,
) -> Ack {
    Ack {
        client_msg_id,
        msg_id: message_id(conversation, conv_seq, created_at),
        conversation,
        conv_seq,
        created_at,
    }
}

/// What is stored under a key already.
struct Earlier {
    key: ConversationKey,
    conversation: ConversationId,
    conv_seq: u64,
    created_at: Timestamp,
    body: String,
    reply_to: Option<u64>,
    posted_hash: Option<[u8; HASH_BYTES]>,
}

impl Earlier {
    fn find(sql: &Connection, sender: UserKey, new: &NewMessage) -> Outcome<Option<Self>> {
        Ok(sql
            .prepare_cached(
                "SELECT c.id, m.seq, m.created_at, m.body, m.reply_to, m.posted_hash, c.key
                 FROM messages m JOIN conversations c ON c.key = m.conversation
                 WHERE m.sender = ?1 AND m.client_msg_id = ?2",
            )?
            .query_row((sender, new.client_msg_id.as_bytes()), |row| {
                Ok(Self {
                    key: row.get(6)?,
                    conversation: conversation_id_at(row, 0)?,
                    conv_seq: unsigned(row.get(1)?),
                    created_at: row.get(2).map(Timestamp::from_millis)?,
                    body: row.get(3)?,
                    reply_to: row.get::<_, Option<i64>>(4)?.map(unsigned),
                    posted_hash: row.get(5)?,
                })
            })
            .optional()?)
    }

    fn answer(
        &self,
        sql: &Connection,
        sender: UserKey,
        new: &NewMessage,
        conversation: ConversationId,
    ) -> Outcome<Posted> {
        let is_same = match self.posted_hash {
            None => {
                let attached = media::hashes_of(sql, self.key, self.conv_seq)?;
                self.body == new.body && attached == media::hashes(sql, sender, &new.attachments)?
            }
            Some(posted) => {
                posted == hash(&new.body, &media::hashes(sql, sender, &new.attachments)?)
            }
        };
        if !is_same || self.conversation != conversation || self.reply_to != new.reply_to {
            return Err(StoreError::IdempotencyConflict.into());
        }
        let ack = ack(new.client_msg_id, conversation, self.conv_seq, self.created_at);
        Ok(Posted { ack, repeated: true })
    }
}

/// Files count by what is in them: who sends again may have uploaded them again. A body has no NUL in
/// it, so no two payloads read the same.
fn hash(body: &str, attached: &[FileHash]) -> [u8; HASH_BYTES] {
    let mut digest = Sha256::new().chain_update(body);
    for file in attached {
        digest = digest.chain_update([0]).chain_update(file.0);
    }
    let mut short = [0; HASH_BYTES];
    short.copy_from_slice(&digest.finalize()[..HASH_BYTES]);
    short
}

fn hash_of(
    sql: &Connection,
    conversation: ConversationKey,
    message: &Message,
) -> Outcome<[u8; HASH_BYTES]> {
    Ok(hash(&message.body, &media::hashes_of(sql, conversation, message.conv_seq)?))
}

fn next_seq(sql: &Connection, conversation: ConversationKey) -> Outcome<u64> {
    let seq: i64 = sql
        .prepare_cached("UPDATE conversations SET head = head + 1 WHERE key = ?1 RETURNING head")?
        .query_row([conversation], |row| row.get(0))?;
    Ok(unsigned(seq))
}

fn insert(
    sql: &Connection,
    sender: UserKey,
    conversation: ConversationKey,
    conv_seq: u64,
    new: &NewMessage,
) -> Outcome<()> {
    sql.prepare_cached(
        "INSERT INTO messages
             (conversation, seq, sender, client_msg_id, created_at, body, reply_to, rev, unattended,
              attachment_count)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)",
    )?
    .execute((
        conversation,
        signed(conv_seq),
        sender,
        new.client_msg_id.as_bytes(),
        new.created_at.as_millis(),
        &new.body,
        new.reply_to.map(signed),
        new.unattended,
        limit(new.attachments.len()),
    ))?;
    Ok(())
}

/// Moves the conversation up in every member's list; who posts has read everything before, unless a
/// program does it for them.
fn note_activity(
    sql: &Connection,
    (sender, new): (UserKey, &NewMessage),
    conversation: ConversationKey,
    conv_seq: u64,
    shared: bool,
) -> Outcome<()> {
    let reader = (!new.unattended).then_some(sender);
    sql.prepare_cached(
        "UPDATE members SET active_at = ?4,
             read_seq = iif(user = ?2, ?3, read_seq),
             shown_seq = iif(user = ?2 AND ?5, ?3, shown_seq),
             delivered_seq = iif(user = ?2, ?3, delivered_seq)
         WHERE conversation = ?1",
    )?
    .execute((conversation, reader, signed(conv_seq), new.created_at.as_millis(), shared))?;
    Ok(())
}

/// See [`Store::edit`](crate::store::Store::edit).
pub(super) fn edit(
    transaction: &mut Transaction<'_>,
    me: UserId,
    conversation: ConversationId,
    conv_seq: u64,
    body: &str,
    now: Timestamp,
) -> Outcome<Message> {
    let (key, message) = mine(transaction.sql, me, conversation, conv_seq)?;
    if message.deleted_at.is_some() {
        return Err(StoreError::MessageDeleted.into());
    }
    if message.body == body {
        return Ok(message);
    }
    let posted = hash_of(transaction.sql, key, &message)?;
    transaction
        .sql
        .prepare_cached(
            "UPDATE messages SET body = ?3, edited_at = ?4, rev = rev + 1,
                 posted_hash = coalesce(posted_hash, ?5)
             WHERE conversation = ?1 AND seq = ?2",
        )?
        .execute(params![key, signed(conv_seq), body, now.as_millis(), posted])?;
    tell_change(transaction, key, conv_seq, Pointer::MessageEdited(key, conv_seq))
}

/// See [`Store::delete`](crate::store::Store::delete).
pub(super) fn delete(
    transaction: &mut Transaction<'_>,
    me: UserId,
    conversation: ConversationId,
    conv_seq: u64,
    now: Timestamp,
) -> Outcome<Message> {
    let (key, message) = mine(transaction.sql, me, conversation, conv_seq)?;
    if message.deleted_at.is_some() {
        return Ok(message);
    }
    let posted = hash_of(transaction.sql, key, &message)?;
    transaction
        .sql
        .prepare_cached(
            "UPDATE messages SET body = '', attachment_count = 0, deleted_at = ?3, rev = rev + 1,
                 posted_hash = coalesce(posted_hash, ?4)
             WHERE conversation = ?1 AND seq = ?2",
        )?
        .execute((key, signed(conv_seq), now.as_millis(), posted))?;
    media::detach(transaction.sql, (key, conv_seq), now)?;
    tell_change(transaction, key, conv_seq, Pointer::MessageDeleted(key, conv_seq))
}

/// My message there; `Forbidden` when it is somebody else's.
fn mine(
    sql: &Connection,
    me: UserId,
    conversation: ConversationId,
    conv_seq: u64,
) -> Outcome<(ConversationKey, Message)> {
    let row = ConversationRow::of_member(sql, user_key(sql, me)?, conversation)?;
    let message = message_at(sql, row.key, conv_seq)?.ok_or(StoreError::NotFound)?;
    if message.sender != me {
        return Err(StoreError::Forbidden.into());
    }
    Ok((row.key, message))
}

fn tell_change(
    transaction: &mut Transaction<'_>,
    conversation: ConversationKey,
    conv_seq: u64,
    pointer: Pointer,
) -> Outcome<Message> {
    let members = member_keys(transaction.sql, conversation)?;
    transaction.append(pointer, members)?;
    Ok(message_at(transaction.sql, conversation, conv_seq)?.ok_or(StoreError::NotFound)?)
}
