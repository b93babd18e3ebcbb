//! Messages: posting, changing and taking back.

use std::rc::Rc;

use chatter_protocol::frame::Ack;
use chatter_protocol::{ConversationId, Event, Message, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::blocks::hearers;
use super::conversations::{member_keys, open_direct};
use super::fault::Outcome;
use super::known::{self, Author};
use super::media;
use super::pointer::Pointer;
use super::receipts;
use super::rows::{
    ConversationKey, ConversationRow, UserKey, conversation_id_at, limit, message_at, message_id,
    signed, unsigned, user_key,
};
use super::streams::Transaction;
use crate::store::{FileHash, NewMessage, Place, Posted, StoreError};

/// Bytes of the hash that stands for what was posted and is not there any more.
const HASH_BYTES: usize = 16;

/// See [`Store::post`](crate::store::Store::post). A known key is answered before membership is
/// looked at: the message is stored, whatever happened since. Most keys are new, so the row is tried
/// first, and the key is looked up when there is one already, or when there is a reason to refuse.
pub(super) fn post(transaction: &mut Transaction<'_>, new: &NewMessage) -> Outcome<Posted> {
    let conversation = match new.place {
        Place::Conversation(conversation) => conversation,
        Place::DirectWith(peer) => open_direct(transaction, new.sender, peer, new.created_at)?,
    };
    let author = transaction.known.author(transaction.sql, new.sender)?;
    let stored = match admit(transaction, &author, conversation, new) {
        Ok(place) => store(transaction, &author, &place, new)?,
        Err(refusal) => {
            let earlier = Earlier::find(transaction.sql, author.key, new)?.ok_or(refusal)?;
            return earlier.answer(transaction.sql, author.key, new, conversation);
        }
    };
    match stored {
        Some(ack) => Ok(Posted { ack, repeated: false }),
        None => {
            let earlier = Earlier::find(transaction.sql, author.key, new)?;
            let missing = || StoreError::Unavailable("a key without its message".to_owned());
            earlier.ok_or_else(missing)?.answer(transaction.sql, author.key, new, conversation)
        }
    }
}

/// The conversation, if the author may post there what they want to.
fn admit(
    transaction: &mut Transaction<'_>,
    author: &Author,
    conversation: ConversationId,
    new: &NewMessage,
) -> Outcome<Rc<known::Place>> {
    let place = transaction.known.place(transaction.sql, conversation)?;
    let place = place.filter(|it| it.has_member(author.key)).ok_or(StoreError::NotFound)?;
    if place.is_apart {
        return Err(StoreError::Blocked.into());
    }
    if new.reply_to.is_some_and(|seq| seq == 0 || seq > place.head()) {
        return Err(StoreError::NotFound.into());
    }
    Ok(place)
}

/// Stores the message and what follows from it; none if its key is taken.
fn store(
    transaction: &mut Transaction<'_>,
    author: &Author,
    place: &known::Place,
    new: &NewMessage,
) -> Outcome<Option<Ack>> {
    let (sql, key) = (transaction.sql, place.row.key);
    let conv_seq = place.head() + 1;
    if !insert(sql, author.key, key, conv_seq, new)? {
        return Ok(None);
    }
    place.took(conv_seq);
    media::attach(sql, author.key, (key, conv_seq), &new.attachments)?;
    if place.row.pair.is_some() {
        transaction.note_activity(key, new.created_at);
    }
    let shown_before = match new.unattended {
        true => None,
        false => Some(read_own(sql, place, author.key, conv_seq)?),
    };
    let message = posted(sql, place, conv_seq, new)?;
    let ack = ack(&message);
    let pointer = Pointer::MessagePosted(key, conv_seq);
    let hearers = place.members.iter().filter(|member| author.is_heard_by(member.key));
    let hearers: Vec<_> = hearers.copied().collect();
    transaction.append_event(pointer, Event::MessagePosted { message }, &hearers)?;
    if place.shares_receipts && shown_before.is_some_and(|shown| shown + 1 < conv_seq) {
        let peer = place.row.peer_of(author.key).filter(|peer| *peer != author.key);
        transaction.append(Pointer::ReceiptMoved(key, author.key), peer)?;
    }
    Ok(Some(ack))
}

/// Who posts has read everything before. How far that was shown until now.
fn read_own(
    sql: &Connection,
    place: &known::Place,
    author: UserKey,
    conv_seq: u64,
) -> Outcome<u64> {
    let shown_before = receipts::progress(sql, place.row.key, author)?.shown_seq;
    sql.prepare_cached(
        "UPDATE members SET read_seq = ?3, shown_seq = iif(?4, ?3, shown_seq), delivered_seq = ?3
         WHERE conversation = ?1 AND user = ?2",
    )?
    .execute((place.row.key, author, signed(conv_seq), place.shares_receipts))?;
    Ok(shown_before)
}

/// The message as it was just stored.
fn posted(
    sql: &Connection,
    place: &known::Place,
    conv_seq: u64,
    new: &NewMessage,
) -> Outcome<Message> {
    let conversation = place.row.id;
    Ok(Message {
        msg_id: message_id(conversation, conv_seq, new.created_at),
        conversation,
        conv_seq,
        sender: new.sender,
        client_msg_id: new.client_msg_id,
        body: new.body.clone(),
        reply_to: new.reply_to,
        created_at: new.created_at,
        edited_at: None,
        deleted_at: None,
        rev: 0,
        unattended: new.unattended,
        attachments: match new.attachments.is_empty() {
            true => Vec::new(),
            false => media::attachments_of(sql, place.row.key, conv_seq)?,
        },
        withheld: false,
    })
}

fn ack(message: &Message) -> Ack {
    Ack {
        client_msg_id: message.client_msg_id,
        msg_id: message.msg_id,
        conversation: message.conversation,
        conv_seq: message.conv_seq,
        created_at: message.created_at,
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
        let ack = Ack {
            client_msg_id: new.client_msg_id,
            msg_id: message_id(conversation, self.conv_seq, self.created_at),
            conversation,
            conv_seq: self.conv_seq,
            created_at: self.created_at,
        };
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

/// Whether the row was added: the key may be taken.
fn insert(
    sql: &Connection,
    sender: UserKey,
    conversation: ConversationKey,
    conv_seq: u64,
    new: &NewMessage,
) -> Outcome<bool> {
    let added = sql
        .prepare_cached(
            "INSERT INTO messages
                 (conversation, seq, sender, client_msg_id, created_at, body, reply_to, rev,
                  unattended, attachment_count)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)
             ON CONFLICT (sender, client_msg_id) DO NOTHING",
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
    Ok(added > 0)
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
    tell_change(transaction, me, key, conv_seq, Pointer::MessageEdited(key, conv_seq))
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
    tell_change(transaction, me, key, conv_seq, Pointer::MessageDeleted(key, conv_seq))
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
    sender: UserId,
    conversation: ConversationKey,
    conv_seq: u64,
    pointer: Pointer,
) -> Outcome<Message> {
    let sender = user_key(transaction.sql, sender)?;
    let members = member_keys(transaction.sql, conversation)?;
    let hearers = hearers(transaction.sql, sender, members)?;
    transaction.append(pointer, hearers)?;
    Ok(message_at(transaction.sql, conversation, conv_seq)?.ok_or(StoreError::NotFound)?)
}
