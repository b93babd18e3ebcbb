//! Keeping what changed.

use chatter_protocol::{ConversationId, Message, Position, User};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::{KeptSend, LocalStore, Result};
use crate::sync::{Change, ChatState};

impl LocalStore {
    /// Keeps changes, all or none. An unsent message is on disk, not only in the system's memory,
    /// when this returns; the rest survives the process, and a power cut a little later.
    pub fn keep(&mut self, changes: &[Change]) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let is_precious = changes.iter().any(|change| matches!(change, Change::Queued { .. }));
        let synchronous = if is_precious { "FULL" } else { "NORMAL" };
        self.db.pragma_update(None, "synchronous", synchronous)?;
        let owner = self.owner.name().to_owned();
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for change in changes {
            apply(&transaction, change, &owner)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Takes over the unsent messages of processes that are gone; whether there were any.
    pub fn adopt(&mut self) -> Result<bool> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let owners: Vec<String> = transaction
            .prepare("SELECT DISTINCT owner FROM outbox")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut adopted = 0;
        for gone in owners.iter().filter(|name| self.owner.is_gone(name)) {
            adopted += transaction.execute(
                "UPDATE outbox SET owner = ?1 WHERE owner = ?2",
                [self.owner.name(), gone],
            )?;
        }
        transaction.commit()?;
        Ok(adopted > 0)
    }
}

fn apply(db: &Transaction<'_>, change: &Change, owner: &str) -> Result<()> {
    match change {
        Change::Me(me) => set_fact(db, "me", &serde_json::to_string(me)?),
        Change::Reset(position) => reset(db, position),
        Change::Position(position) => advance(db, position),
        Change::User(user) => put_user(db, user),
        Change::Chat(chat) => put_chat(db, chat),
        Change::Message(message) => put_message(db, message),
        Change::Covered { conversation, from_seq, to_seq } => {
            cover(db, *conversation, *from_seq, *to_seq)
        }
        Change::Queued { send, attached, queued_at } => {
            db.prepare_cached(
                "INSERT INTO outbox (key, send, queued_at, owner) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                send.client_msg_id.as_bytes(),
                serde_json::to_string(&KeptSend {
                    send: send.clone(),
                    attached: attached.clone()
                })?,
                queued_at.as_millis(),
                owner
            ])?;
            Ok(())
        }
        Change::Refused { key, error } => {
            let error = error.as_ref().map(serde_json::to_string).transpose()?;
            db.execute(
                "UPDATE outbox SET refused = ?2 WHERE key = ?1",
                params![key.as_bytes(), error],
            )?;
            Ok(())
        }
        Change::Unqueued(key) => {
            db.execute("DELETE FROM outbox WHERE key = ?1", [key.as_bytes()])?;
            Ok(())
        }
        Change::Draft { conversation, body } => put_draft(db, *conversation, body),
    }
}

fn put_draft(db: &Transaction<'_>, conversation: ConversationId, body: &str) -> Result<()> {
    let id = conversation.as_bytes();
    if body.is_empty() {
        db.prepare_cached("DELETE FROM drafts WHERE conversation = ?1")?.execute([id])?;
    } else {
        db.prepare_cached(
            "INSERT INTO drafts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET body = excluded.body",
        )?
        .execute(params![id, body])?;
    }
    Ok(())
}

fn set_fact(db: &Transaction<'_>, name: &str, value: &str) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO facts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
    )?
    .execute([name, value])?;
    Ok(())
}

pub(super) fn position(db: &rusqlite::Connection) -> Result<Option<Position>> {
    let text: Option<String> = db
        .query_row("SELECT value FROM facts WHERE name = 'position'", [], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// A higher number of the same epoch, or another epoch: events up to there are here.
fn advance(db: &Transaction<'_>, to: &Position) -> Result<()> {
    let is_behind = |known: &Position| known.epoch == to.epoch && known.seq >= to.seq;
    if position(db)?.as_ref().is_some_and(is_behind) {
        return Ok(());
    }
    set_fact(db, "position", &serde_json::to_string(to)?)
}

/// Another process of the account may have been told the same before: then what is here is
/// already the new history.
fn reset(db: &Transaction<'_>, to: &Position) -> Result<()> {
    let is_done = |known: &Position| known.epoch == to.epoch && known.seq >= to.seq;
    if position(db)?.as_ref().is_some_and(is_done) {
        return Ok(());
    }
    db.execute_batch("DELETE FROM messages; DELETE FROM coverage; DELETE FROM chats;")?;
    set_fact(db, "position", &serde_json::to_string(to)?)
}

fn put_user(db: &Transaction<'_>, user: &User) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO users VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
         SET rev = excluded.rev, user = excluded.user WHERE excluded.rev >= rev",
    )?
    .execute(params![user.id.as_bytes(), user.rev, serde_json::to_string(user)?])?;
    Ok(())
}

fn put_chat(db: &Transaction<'_>, chat: &ChatState) -> Result<()> {
    let conversation = &chat.conversation;
    db.prepare_cached(
        "INSERT INTO chats VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT DO UPDATE SET
           conversation = iif(excluded.rev >= rev, excluded.conversation, conversation),
           rev = max(rev, excluded.rev),
           head_seq = max(head_seq, excluded.head_seq),
           read_seq = max(read_seq, excluded.read_seq),
           read_seq_confirmed = max(read_seq_confirmed, excluded.read_seq_confirmed),
           peer_read_seq = max(peer_read_seq, excluded.peer_read_seq),
           peer_delivered_seq = max(peer_delivered_seq, excluded.peer_delivered_seq),
           counted_unread = iif(excluded.counted_head_seq >= counted_head_seq,
                                excluded.counted_unread, counted_unread),
           counted_read_seq = iif(excluded.counted_head_seq >= counted_head_seq,
                                  excluded.counted_read_seq, counted_read_seq),
           counted_head_seq = max(counted_head_seq, excluded.counted_head_seq),
           muted = iif(excluded.mute_rev >= mute_rev, excluded.muted, muted),
           mute_rev = max(mute_rev, excluded.mute_rev)",
    )?
    .execute(params![
        conversation.id.as_bytes(),
        conversation.rev,
        serde_json::to_string(conversation)?,
        chat.head_seq,
        chat.read_seq,
        chat.read_seq_confirmed,
        chat.peer_read_seq,
        chat.peer_delivered_seq,
        chat.counted.unread,
        chat.counted.head_seq,
        chat.counted.read_seq,
        chat.muted,
        chat.mute_rev,
    ])?;
    Ok(())
}

fn put_message(db: &Transaction<'_>, message: &Message) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO messages VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
         SET rev = excluded.rev, message = excluded.message WHERE excluded.rev > rev",
    )?
    .execute(params![
        message.conversation.as_bytes(),
        message.conv_seq,
        message.rev,
        serde_json::to_string(message)?
    ])?;
    Ok(())
}

/// Adds a range and joins it with those that it overlaps or touches.
fn cover(db: &Transaction<'_>, id: ConversationId, from_seq: u64, to_seq: u64) -> Result<()> {
    if from_seq > to_seq {
        return Ok(());
    }
    let touching = "conversation = ?1 AND from_seq <= ?3 + 1 AND to_seq >= ?2 - 1";
    let (start, end): (Option<u64>, Option<u64>) = db
        .prepare_cached(&format!(
            "SELECT min(from_seq), max(to_seq) FROM coverage WHERE {touching}"
        ))?
        .query_row(params![id.as_bytes(), from_seq, to_seq], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    db.prepare_cached(&format!("DELETE FROM coverage WHERE {touching}"))?.execute(params![
        id.as_bytes(),
        from_seq,
        to_seq
    ])?;
    db.prepare_cached("INSERT INTO coverage VALUES (?1, ?2, ?3)")?.execute(params![
        id.as_bytes(),
        start.map_or(from_seq, |start| start.min(from_seq)),
        end.map_or(to_seq, |end| end.max(to_seq))
    ])?;
    Ok(())
}
