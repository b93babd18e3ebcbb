//! A chat as rows: day separators, senders, wrapped text, and which of the rows show.
//!
//! What shows is anchored to a message at the lower edge, so that neither older messages that
//! load above nor new ones below move what is being read. Only what shows is wrapped.

use std::ops::Range;

use chatter_protocol::{ClientMsgId, Timestamp, UserId};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::account::{Account, OpenChat};
use super::wrap::{columns, wrap};
use crate::sync::{Mark, UnsentState};

/// Messages of one sender this close together stand under one name.
const GROUP_GAP_MS: i64 = 5 * 60_000;

/// Older messages are fetched when no more than this many are left above.
const MESSAGES_AHEAD: usize = 20;

/// Columns at the right edge kept for the marks of my messages.
pub const MARK_COLUMNS: usize = 3;

/// Names a message on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKey {
    /// By its number.
    Message(u64),
    /// By its key, as long as it has no number.
    Unsent(ClientMsgId),
}

/// What of a chat shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scroll {
    /// Always the newest.
    Bottom,
    /// The lower edge is at this message.
    At {
        /// Which message.
        key: EntryKey,
        /// How many of its rows are below the lower edge.
        below: usize,
    },
}

/// A message on screen.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Which.
    pub key: EntryKey,
    /// The sender's key, by which an unsent message is found again once it has a number.
    pub client_msg_id: ClientMsgId,
    /// Who wrote it.
    pub sender: UserId,
    /// What it says.
    pub body: &'a str,
    /// When it was written.
    pub at: Timestamp,
    /// How far it got; `None` for other people's.
    pub mark: Option<Mark>,
    /// Why it was refused.
    pub refusal: Option<&'a str>,
    /// Changed after it was sent.
    pub edited: bool,
    /// Taken back.
    pub deleted: bool,
}

/// One row of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Space.
    Blank,
    /// Older messages are on their way.
    Older,
    /// The chat begins here.
    Beginning,
    /// Another day.
    Day(Date),
    /// What follows was unread when the chat was opened.
    New,
    /// Who wrote what follows, and when.
    Sender,
    /// A row of text.
    Text {
        /// Which part of the body.
        range: Range<usize>,
        /// Columns left of it, to stand mine apart at the right.
        indent: usize,
        /// Whether it is the message's last, which has its mark.
        last: bool,
    },
    /// Why the message was refused.
    Refusal(Range<usize>),
}

/// What the layout depends on besides the chat.
#[derive(Clone, Copy, Debug)]
pub struct TimelineContext<'a> {
    /// Where days begin.
    pub zone: &'a TimeZone,
    /// Columns of a row.
    pub columns: usize,
}

/// An open chat, ready to be shown in part.
#[derive(Debug)]
pub struct Timeline<'a> {
    entries: Vec<Entry<'a>>,
    context: TimelineContext<'a>,
    divider: Option<u64>,
    is_complete: bool,
}

impl<'a> Timeline<'a> {
    /// The chat `open` of `account`.
    pub fn new(account: &'a Account, open: &OpenChat, context: TimelineContext<'a>) -> Self {
        let mut entries = Vec::new();
        let me = account.replica.my_id();
        let chat = account.replica.chat(open.id);
        for message in chat.iter().flat_map(|chat| chat.recent()) {
            let mine = Some(message.sender) == me;
            entries.push(Entry {
                key: EntryKey::Message(message.conv_seq),
                client_msg_id: message.client_msg_id,
                sender: message.sender,
                body: &message.body,
                at: message.created_at,
                mark: chat.filter(|_| mine).map(|chat| chat.mark(message)),
                refusal: None,
                edited: message.edited_at.is_some(),
                deleted: message.deleted_at.is_some(),
            });
        }
        for unsent in account.replica.outbox().of(open.id) {
            let refusal = match &unsent.state {
                UnsentState::Refused(error) => Some(error.message.as_str()),
                UnsentState::Waiting | UnsentState::Sending => None,
            };
            let Some(sender) = me else { continue };
            entries.push(Entry {
                key: EntryKey::Unsent(unsent.send.client_msg_id),
                client_msg_id: unsent.send.client_msg_id,
                sender,
                body: &unsent.send.body,
                at: unsent.queued_at,
                mark: Some(if refusal.is_some() { Mark::Refused } else { Mark::Waiting }),
                refusal,
                edited: false,
                deleted: false,
            });
        }
        let is_complete = chat.is_some_and(|chat| chat.is_complete());
        Self { entries, context, divider: open.divider, is_complete }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The rows that show in `height`, top to bottom, each with its message.
    pub fn window(&self, scroll: Scroll, height: u16) -> Vec<(&Entry<'a>, Row)> {
        let height = usize::from(height);
        let (mut index, below) = self.anchor(scroll);
        let mut shown = Vec::new();
        let mut skip = below;
        while shown.len() < height {
            let Some(entry) = self.entries.get(index) else { break };
            for row in self.block(index).into_iter().rev().skip(skip) {
                shown.push((entry, row));
            }
            skip = 0;
            match index.checked_sub(1) {
                Some(before) => index = before,
                None => break,
            }
        }
        shown.truncate(height);
        shown.reverse();
        shown
    }

    /// Where to be after moving the view `rows` up (or, negative, down).
    pub fn scrolled(&self, scroll: Scroll, rows: isize, height: u16) -> Scroll {
        let (index, below) = self.anchor(scroll);
        if self.entries.is_empty() {
            return Scroll::Bottom;
        }
        match rows >= 0 {
            true => self.moved_up(index, below + rows.unsigned_abs(), height),
            false => self.moved_down(index, below, rows.unsigned_abs()),
        }
    }

    /// Where to be to have the "new" divider at the top; the bottom when all of the new shows there.
    pub fn landing(&self, height: u16) -> Scroll {
        let divider = self.divider.unwrap_or(u64::MAX);
        let is_new = |entry: &Entry<'_>| match entry.key {
            EntryKey::Message(number) => number > divider,
            EntryKey::Unsent(_) => true,
        };
        let Some(first) = self.entries.iter().position(is_new) else { return Scroll::Bottom };
        let mut room = usize::from(height);
        for index in first..self.entries.len() {
            let rows = self.block(index).len();
            if rows >= room {
                return self.at(index, rows - room);
            }
            room -= rows;
        }
        Scroll::Bottom
    }

    /// Whether what shows is so near to the first message that is here that older ones are wanted.
    pub fn is_near_top(&self, scroll: Scroll, height: u16) -> bool {
        let shown = self.window(scroll, height);
        let first = shown.first().map(|(entry, _)| entry.key);
        let mut oldest = self.entries.iter().take(MESSAGES_AHEAD);
        shown.len() < usize::from(height) || oldest.any(|entry| Some(entry.key) == first)
    }

    /// The scroll's message and how much of it is below the edge, whatever became of the message.
    fn anchor(&self, scroll: Scroll) -> (usize, usize) {
        let bottom = (self.entries.len().saturating_sub(1), 0);
        let Scroll::At { key, below } = scroll else { return bottom };
        let found = self.entries.iter().position(|entry| match key {
            EntryKey::Message(_) => entry.key == key,
            EntryKey::Unsent(id) => entry.client_msg_id == id,
        });
        match found {
            Some(index) => (index, below.min(self.block(index).len().saturating_sub(1))),
            None => bottom,
        }
    }

    fn moved_up(&self, mut index: usize, mut below: usize, height: u16) -> Scroll {
        while let Some(rest) = below.checked_sub(self.block(index).len()) {
            let Some(before) = index.checked_sub(1) else {
                below = self.block(0).len() - 1;
                break;
            };
            (index, below) = (before, rest);
        }
        let shown = self.window(self.at(index, below), height).len();
        self.moved_down(index, below, usize::from(height) - shown)
    }

    fn moved_down(&self, mut index: usize, mut below: usize, mut rows: usize) -> Scroll {
        while rows > below {
            rows -= below;
            index += 1;
            if index >= self.entries.len() {
                return Scroll::Bottom;
            }
            below = self.block(index).len();
        }
        below -= rows;
        if below == 0 && index + 1 == self.entries.len() {
            return Scroll::Bottom;
        }
        self.at(index, below)
    }

    fn at(&self, index: usize, below: usize) -> Scroll {
        match self.entries.get(index) {
            Some(entry) => Scroll::At { key: entry.key, below },
            None => Scroll::Bottom,
        }
    }

    /// All rows of one message, with what stands above it.
    fn block(&self, index: usize) -> Vec<Row> {
        let entry = &self.entries[index];
        let previous = index.checked_sub(1).and_then(|before| self.entries.get(before));
        let mut rows = Vec::new();
        if previous.is_none() {
            rows.push(if self.is_complete { Row::Beginning } else { Row::Older });
        }
        let separated = self.push_separators(entry, previous, &mut rows);
        if separated || previous.is_none_or(|previous| starts_group(previous, entry)) {
            rows.push(Row::Blank);
            rows.push(Row::Sender);
        }
        self.push_text(entry, &mut rows);
        rows
    }

    /// Day and "new" above a message; whether there is any.
    fn push_separators(
        &self,
        entry: &Entry<'_>,
        previous: Option<&Entry<'_>>,
        rows: &mut Vec<Row>,
    ) -> bool {
        let before = rows.len();
        let day = self.date(entry.at);
        if previous.is_none_or(|previous| self.date(previous.at) != day) {
            if previous.is_some() {
                rows.push(Row::Blank);
            }
            rows.push(Row::Day(day));
        }
        if self.is_first_new(entry, previous) {
            if rows.len() == before {
                rows.push(Row::Blank);
            }
            rows.push(Row::New);
        }
        rows.len() > before
    }

    fn is_first_new(&self, entry: &Entry<'_>, previous: Option<&Entry<'_>>) -> bool {
        let Some(divider) = self.divider else { return false };
        let is_new = |entry: &Entry<'_>| match entry.key {
            EntryKey::Message(number) => number > divider,
            EntryKey::Unsent(_) => false,
        };
        is_new(entry) && previous.is_none_or(|previous| !is_new(previous))
            // With older ones still to come, the first one here need not be the first new one.
            && (previous.is_some() || self.is_complete || entry.key == EntryKey::Message(divider + 1))
    }

    fn push_text(&self, entry: &Entry<'_>, rows: &mut Vec<Row>) {
        let width = self.context.columns;
        let body = shown_body(entry);
        let mine = entry.mark.is_some();
        // Mine stand apart at the right; both sides leave some room at the other edge.
        let room = if width >= 40 { width - width / 5 } else { width };
        let room = room.saturating_sub(if mine { MARK_COLUMNS } else { 0 }).max(1);
        let wrapped = wrap(body, room);
        let widest = wrapped
            .iter()
            .map(|range| columns(body[range.clone()].trim_end_matches(' ')))
            .max()
            .unwrap_or(0);
        let indent = if mine { width.saturating_sub(MARK_COLUMNS + widest) } else { 0 };
        let count = wrapped.len();
        for (at, range) in wrapped.into_iter().enumerate() {
            rows.push(Row::Text { range, indent, last: at + 1 == count });
        }
        if let Some(refusal) = entry.refusal {
            rows.extend(
                wrap(refusal, width.saturating_sub(MARK_COLUMNS).max(1))
                    .into_iter()
                    .map(Row::Refusal),
            );
        }
    }

    fn date(&self, at: Timestamp) -> Date {
        self.context.zone.to_datetime(at.to_jiff()).date()
    }
}

/// What stands for the body on screen.
pub(crate) fn shown_body<'a>(entry: &Entry<'a>) -> &'a str {
    if entry.deleted { "(message deleted)" } else { entry.body }
}

fn starts_group(previous: &Entry<'_>, entry: &Entry<'_>) -> bool {
    let gap_ms = entry.at.as_millis() - previous.at.as_millis();
    previous.sender != entry.sender || gap_ms.abs() > GROUP_GAP_MS
}
