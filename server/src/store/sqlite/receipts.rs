//! How far each member is: read and delivered positions, kept as maxima.
//!
//! A read position moves every device of its owner and, in a direct conversation whose people both
//! share receipts, the peer's; a delivered position matters to the peer alone.

use std::collections::BTreeMap;

use chatter_protocol::rest::ReadAnswer;
use chatter_protocol::{ConversationId, Receipt, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::blocks::are_apart;
use super::fault::Outcome;
use super::journal;
use super::known::Member;
use super::pointer::Pointer;
use super::rows::{ConversationKey, ConversationRow, UserKey, signed, unsigned, user_id, user_key};
use super::streams::Transaction;

/// Events that may be looked at again because the confirmation that covers them was not noted:
/// noting each would cost a transaction with nothing else in it.
const UNNOTED_EVENTS_MAX: i64 = 64;

/// Events of a stream that are looked at together.
const EVENTS_AT_ONCE: usize = 1_000;

/// Where a member is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    pub(super) read_seq: u64,
    /// The read position as the peer was told it.
    pub(super) shown_seq: u64,
    pub(super) delivered_seq: u64,
}

/// Where `user` is in a conversation that they are in.
pub(super) fn progress(
    sql: &Connection,
    conversation: ConversationKey,
    user: UserKey,
) -> Outcome<Progress> {
    Ok(sql
        .prepare_cached(
            "SELECT read_seq, shown_seq, delivered_seq FROM members
             WHERE conversation = ?1 AND user = ?2",
        )?
        .query_row((conversation, user), |row| {
            Ok(Progress {
                read_seq: unsigned(row.get(0)?),
                shown_seq: unsigned(row.get(1)?),
                delivered_seq: unsigned(row.get(2)?),
            })
        })?)
}

/// Whether who reads in the conversation shows it to whom it concerns: both people of a direct one
/// must share receipts, and neither have blocked the other. Oneself, in notes and rooms, is always
/// shown.
pub(super) fn are_shared(sql: &Connection, conversation: &ConversationRow) -> Outcome<bool> {
    match conversation.pair {
        Some((low, high)) if low != high => {
            let both_share: bool = sql
                .prepare_cached("SELECT min(shares_receipts) FROM users WHERE key IN (?1, ?2)")?
                .query_row((low, high), |row| row.get(0))?;
            Ok(both_share && !are_apart(sql, low, high)?)
        }
        _ => Ok(true),
    }
}

/// The receipt of `user` as it is now, as `reader` may know it.
pub(super) fn receipt(
    sql: &Connection,
    conversation: ConversationKey,
    user: UserKey,
    reader: UserKey,
) -> Outcome<Receipt> {
    let Progress { read_seq, shown_seq, delivered_seq } = progress(sql, conversation, user)?;
    let read_seq = if reader == user { read_seq } else { shown_seq };
    let id = ConversationRow::by_key(sql, conversation)?.id;
    Ok(Receipt { conversation: id, user: user_id(sql, user)?, read_seq, delivered_seq })
}

/// Messages after `read_seq` that are neither the user's own, nor deleted, nor withheld.
pub(super) fn unread_count(
    sql: &Connection,
    conversation: ConversationKey,
    user: UserKey,
    read_seq: u64,
) -> Outcome<u64> {
    let count: i64 = sql
        .prepare_cached(
            "SELECT count(*) FROM messages
             WHERE conversation = ?1 AND seq > ?3 AND sender <> ?2 AND deleted_at IS NULL
                 AND sender NOT IN (SELECT blocked FROM blocks WHERE blocker = ?2)",
        )?
        .query_row((conversation, user, signed(read_seq)), |row| row.get(0))?;
    Ok(unsigned(count))
}

/// See [`Store::mark_read`](crate::store::Store::mark_read).
pub(super) fn mark_read(
    transaction: &mut Transaction<'_>,
    me: UserId,
    conversation: ConversationId,
    conv_seq: u64,
) -> Outcome<ReadAnswer> {
    let me = user_key(transaction.sql, me)?;
    let conversation = ConversationRow::of_member(transaction.sql, me, conversation)?;
    let before = progress(transaction.sql, conversation.key, me)?;
    let read_seq = before.read_seq.max(conv_seq.min(conversation.head));
    if read_seq > before.read_seq {
        move_read(transaction, me, &conversation, before, read_seq)?;
    }
    let unread_count = unread_count(transaction.sql, conversation.key, me, read_seq)?;
    Ok(ReadAnswer { read_seq, unread_count })
}

fn move_read(
    transaction: &mut Transaction<'_>,
    me: UserKey,
    conversation: &ConversationRow,
    before: Progress,
    read_seq: u64,
) -> Outcome<()> {
    let shared = are_shared(transaction.sql, conversation)?;
    // Between people of whom one blocked the other not even the delivery shows, then or later.
    let peer = conversation.peer_of(me).filter(|peer| *peer != me);
    let apart = match peer {
        Some(peer) => are_apart(transaction.sql, me, peer)?,
        None => false,
    };
    transaction
        .sql
        .prepare_cached(
            "UPDATE members SET read_seq = ?3, shown_seq = iif(?4, ?3, shown_seq),
                 delivered_seq = iif(?5, delivered_seq, max(delivered_seq, ?3))
             WHERE conversation = ?1 AND user = ?2",
        )?
        .execute((conversation.key, me, signed(read_seq), shared, apart))?;
    let moved = Pointer::ReceiptMoved(conversation.key, me);
    if shared {
        return transaction.append(moved, conversation.people().into_iter().chain([me]));
    }
    transaction.append(moved, [me])?;
    match peer.filter(|_| !apart && read_seq > before.delivered_seq) {
        Some(peer) => transaction.append(moved, [peer]),
        None => Ok(()),
    }
}

/// See [`Store::mark_delivered`](crate::store::Store::mark_delivered).
pub(super) fn mark_delivered(
    transaction: &mut Transaction<'_>,
    me: UserId,
    seq: u64,
) -> Outcome<()> {
    let me = Member { key: user_key(transaction.sql, me)?, id: me };
    let confirmed: i64 = transaction
        .sql
        .prepare_cached("SELECT confirmed FROM streams WHERE user = ?1")?
        .query_row([me.key], |row| row.get(0))?;
    let seq = seq.min(transaction.committed_head(me)?);
    let moves = undelivered(transaction, me, unsigned(confirmed), seq)?;
    if moves.is_empty() && signed(seq) - confirmed < UNNOTED_EVENTS_MAX {
        return Ok(());
    }
    transaction
        .sql
        .prepare_cached("UPDATE streams SET confirmed = ?2 WHERE user = ?1")?
        .execute((me.key, signed(seq)))?;
    moves.into_iter().try_for_each(|it| deliver(transaction, me.key, it))
}

/// A delivered position to move, and who learns it.
struct Delivery {
    conversation: ConversationKey,
    delivered_seq: i64,
    peer: UserKey,
}

/// The direct conversations with messages of the peer among the events `after..=up_to`.
///
/// One's own messages need no look: posting has moved one's own position past them. So have notes.
/// Those between people of whom one blocked the other are passed by for good.
fn undelivered(
    transaction: &Transaction<'_>,
    me: Member,
    after: u64,
    up_to: u64,
) -> Outcome<Vec<Delivery>> {
    let mut deliveries = Vec::new();
    for (conversation, seq) in newest_posts(transaction, me, after, up_to)? {
        let delivery = transaction
            .sql
            .prepare_cached(
                "SELECT iif(c.low = ?1, c.high, c.low) FROM conversations c
                     JOIN members m ON m.conversation = c.key AND m.user = ?1
                 WHERE c.key = ?2 AND c.kind = 0 AND ?3 > m.delivered_seq
                     AND NOT EXISTS (SELECT 1 FROM blocks b
                         WHERE (b.blocker = c.low AND b.blocked = c.high)
                             OR (b.blocker = c.high AND b.blocked = c.low))",
            )?
            .query_row((me.key, conversation, signed(seq)), |row| {
                Ok(Delivery { conversation, delivered_seq: signed(seq), peer: row.get(0)? })
            })
            .optional()?;
        deliveries.extend(delivery);
    }
    Ok(deliveries)
}

/// Number of the newest message of each conversation that one was posted to, as the events
/// `after..=up_to` say.
fn newest_posts(
    transaction: &Transaction<'_>,
    me: Member,
    mut after: u64,
    up_to: u64,
) -> Outcome<BTreeMap<ConversationKey, u64>> {
    let mut newest = BTreeMap::new();
    while after < up_to {
        let recent = transaction.journal.after(me.id, after, EVENTS_AT_ONCE);
        let events = journal::after(transaction.sql, me.key, after, recent, EVENTS_AT_ONCE)?;
        let Some((last, _)) = events.last().copied() else { break };
        for (_, pointer) in events.into_iter().filter(|(seq, _)| *seq <= up_to) {
            if let Pointer::MessagePosted(conversation, conv_seq) = pointer {
                newest.insert(conversation, conv_seq);
            }
        }
        after = last;
    }
    Ok(newest)
}

fn deliver(transaction: &mut Transaction<'_>, me: UserKey, delivery: Delivery) -> Outcome<()> {
    let Delivery { conversation, delivered_seq, peer } = delivery;
    transaction
        .sql
        .prepare_cached(
            "UPDATE members SET delivered_seq = ?3 WHERE conversation = ?1 AND user = ?2",
        )?
        .execute((conversation, me, delivered_seq))?;
    transaction.append(Pointer::ReceiptMoved(conversation, me), [peer])
}
