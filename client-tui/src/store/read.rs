//! Reading what was kept.

use std::collections::HashMap;

use chatter_protocol::rest::MessagesPage;
use chatter_protocol::{ConversationId, Me, Message, Timestamp, UserId};
use rusqlite::{OptionalExtension, Row, params};

use super::{KeptSend, LocalStore, Result, write};
use crate::sync::{ChatState, HistoryRange, Kept, KeptUnsent, UnreadCount};

impl LocalStore {
    /// Everything that a replica starts from: all but the older messages, and of the outbox what
    /// this process owns.
    pub fn kept(&self) -> Result<Kept> {
        let me: Option<String> = self
            .db
            .query_row("SELECT value FROM facts WHERE name = 'me'", [], |row| row.get(0))
            .optional()?;
        let me: Option<Me> = me.map(|text| serde_json::from_str(&text)).transpose()?;
        Ok(Kept {
            position: write::position(&self.db)?,
            users: self.json_rows("SELECT user FROM users")?,
            chats: self.chats(me.as_ref().map(|me| me.user.id))?,
            outbox: self.outbox()?,
            drafts: self.drafts()?,
            lasting: self.owner.is_shared(),
            me,
        })
    }

    fn drafts(&self) -> Result<HashMap<ConversationId, String>> {
        let mut statement = self.db.prepare("SELECT conversation, body FROM drafts")?;
        let rows = statement.query_map([], |row| Ok((id(row, 0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// At most `rows_max` messages of a range, without a hole; `None` when its first message, or
    /// its last for those before a number, is not here. Where a day starts only the server knows.
    pub fn page(
        &self,
        conversation: ConversationId,
        range: HistoryRange,
        rows_max: usize,
    ) -> Result<Option<MessagesPage>> {
        let rows_max = rows_max as u64;
        let head_seq: Option<u64> = self
            .db
            .prepare_cached("SELECT head_seq FROM chats WHERE id = ?1")?
            .query_row([conversation.as_bytes()], |row| row.get(0))
            .optional()?;
        let next_to = match range {
            HistoryRange::Before(seq) => seq.saturating_sub(1),
            HistoryRange::After(seq) => seq.saturating_add(1),
            HistoryRange::FromTime(_) => return Ok(None),
        };
        let run = self.run(conversation, next_to)?;
        let Some((head_seq, (run_start, run_end))) = head_seq.zip(run) else { return Ok(None) };
        let (from_seq, to_seq) = match range {
            HistoryRange::Before(_) => {
                (run_start.max((next_to + 1).saturating_sub(rows_max)), next_to)
            }
            _ => (next_to, run_end.min((next_to - 1).saturating_add(rows_max))),
        };
        let messages = self.messages(conversation, from_seq, to_seq)?;
        Ok(Some(MessagesPage { messages, from_seq, to_seq, head_seq }))
    }

    /// First and last number of the unbroken run that contains `seq`.
    fn run(&self, conversation: ConversationId, seq: u64) -> Result<Option<(u64, u64)>> {
        // No number is as high as a column is wide.
        let Ok(seq) = i64::try_from(seq) else { return Ok(None) };
        Ok(self
            .db
            .prepare_cached(
                "SELECT from_seq, to_seq FROM coverage
                 WHERE conversation = ?1 AND from_seq <= ?2 AND to_seq >= ?2",
            )?
            .query_row(params![conversation.as_bytes(), seq], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?)
    }

    fn messages(
        &self,
        conversation: ConversationId,
        from_seq: u64,
        to_seq: u64,
    ) -> Result<Vec<Message>> {
        let mut statement = self.db.prepare_cached(
            "SELECT message FROM messages
             WHERE conversation = ?1 AND conv_seq BETWEEN ?2 AND ?3 ORDER BY conv_seq",
        )?;
        let rows = statement
            .query_map(params![conversation.as_bytes(), from_seq, to_seq], |row| {
                row.get::<_, String>(0)
            })?;
        rows.map(|text| Ok(serde_json::from_str(&text?)?)).collect()
    }

    fn chats(&self, me: Option<UserId>) -> Result<Vec<(ChatState, Option<Message>)>> {
        let mut statement = self.db.prepare(
            "SELECT conversation, head_seq, read_seq, read_seq_confirmed, peer_read_seq,
                    peer_delivered_seq, counted_unread, counted_head_seq, counted_read_seq,
                    muted, mute_rev,
                    (SELECT message FROM messages m WHERE m.conversation = chats.id
                       AND m.conv_seq = chats.head_seq)
             FROM chats",
        )?;
        let mut rows = statement.query([])?;
        let mut chats = Vec::new();
        while let Some(row) = rows.next()? {
            let newest: Option<String> = row.get(11)?;
            let newest = newest.map(|text| serde_json::from_str(&text)).transpose()?;
            let mut state = chat_state(row)?;
            if let Some(me) = me
                && let Some(counted) = self.count(&state, me)?
            {
                state.counted = counted;
            }
            chats.push((state, newest));
        }
        Ok(chats)
    }

    /// What is unread, as it was counted last, and from the messages that are here since: the
    /// replica starts without these messages. `None` where there is a hole.
    fn count(&self, chat: &ChatState, me: UserId) -> Result<Option<UnreadCount>> {
        let ChatState { head_seq, read_seq, ref counted, .. } = *chat;
        let id = chat.conversation.id;
        let (before, after_seq) = if counted.read_seq == read_seq
            && self.is_covered(id, counted.head_seq + 1, head_seq)?
        {
            (counted.unread, counted.head_seq)
        } else if self.is_covered(id, read_seq + 1, head_seq)? {
            (0, read_seq)
        } else {
            return Ok(None);
        };
        let here: u64 = self
            .db
            .prepare_cached(
                "SELECT count(*) FROM messages WHERE conversation = ?1 AND conv_seq > ?2
                   AND message ->> 'sender' <> ?3 AND message ->> 'deleted_at' IS NULL
                   AND message ->> 'withheld' IS NULL",
            )?
            .query_row(params![id.as_bytes(), after_seq, me.to_string()], |row| row.get(0))?;
        Ok(Some(UnreadCount { unread: before + here, head_seq, read_seq }))
    }

    fn is_covered(&self, id: ConversationId, from_seq: u64, to_seq: u64) -> Result<bool> {
        Ok(from_seq > to_seq
            || self
                .db
                .prepare_cached(
                    "SELECT 1 FROM coverage
                     WHERE conversation = ?1 AND from_seq <= ?2 AND to_seq >= ?3",
                )?
                .exists(params![id.as_bytes(), from_seq, to_seq])?)
    }

    /// The unsent messages that this process owns, oldest first.
    pub(super) fn outbox(&self) -> Result<Vec<KeptUnsent>> {
        let mut statement = self.db.prepare(
            "SELECT send, queued_at, refused FROM outbox WHERE owner = ?1 ORDER BY place",
        )?;
        let mut rows = statement.query([self.owner.name()])?;
        let mut unsent = Vec::new();
        while let Some(row) = rows.next()? {
            let send: String = row.get(0)?;
            let KeptSend { send, attached } = serde_json::from_str(&send)?;
            let queued_at = Timestamp::from_millis(row.get(1)?);
            let refused: Option<String> = row.get(2)?;
            let refused = refused.map(|text| serde_json::from_str(&text)).transpose()?;
            unsent.push(KeptUnsent { send, attached, queued_at, refused });
        }
        Ok(unsent)
    }

    fn json_rows<T: serde::de::DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>> {
        let mut statement = self.db.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.map(|text| Ok(serde_json::from_str(&text?)?)).collect()
    }
}

fn chat_state(row: &Row<'_>) -> Result<ChatState> {
    let conversation: String = row.get(0)?;
    Ok(ChatState {
        conversation: serde_json::from_str(&conversation)?,
        head_seq: row.get(1)?,
        read_seq: row.get(2)?,
        read_seq_confirmed: row.get(3)?,
        peer_read_seq: row.get(4)?,
        peer_delivered_seq: row.get(5)?,
        counted: UnreadCount { unread: row.get(6)?, head_seq: row.get(7)?, read_seq: row.get(8)? },
        muted: row.get(9)?,
        mute_rev: row.get(10)?,
    })
}

fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<ConversationId> {
    row.get(column).map(ConversationId::from_bytes)
}
