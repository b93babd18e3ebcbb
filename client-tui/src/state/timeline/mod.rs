//! A chat as rows: day separators, senders, laid out text, and which of the rows show.
//!
//! What shows is anchored to a message at the lower edge, so that neither older messages that
//! load above nor new ones below move what is being read. Of the messages that are here, one
//! unbroken run shows: the one with the anchor in it. Only what shows is laid out.

mod entry;
mod laid;
mod scroll;
mod selection;

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use chatter_protocol::{Timestamp, UserId};
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use entry::{Entry, EntryKey};
pub use laid::{LaidMessages, row_columns};
pub use scroll::Scroll;
pub use selection::{Point, Selection};

use super::account::{Account, OpenChat};
use super::pictures::PictureRoom;
use super::wrap::wrap;
use crate::markdown;
use crate::sync::{Chat, Unsent};

/// Messages of one sender this close together stand under one name.
const GROUP_GAP_MS: i64 = 5 * 60_000;

/// Columns left of the text: the bar beside my messages and beside the chosen one.
pub const BAR_COLUMNS: usize = 2;

/// Columns right of the text for the marks of my messages.
pub const MARK_COLUMNS: usize = 3;

/// Most columns of text in a row; longer ones are hard to read.
const TEXT_COLUMNS_MAX: usize = 100;

/// One row of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Space.
    Blank,
    /// Older messages are on their way.
    Older,
    /// Newer messages are on their way.
    Newer,
    /// The chat begins here.
    Beginning,
    /// Another day.
    Day(Date),
    /// What follows was unread when the chat was opened.
    New,
    /// Who wrote what follows, and when.
    Sender,
    /// A row of the message, by its place among the laid out ones.
    Text(usize),
    /// So many rows are folded away.
    Fold(usize),
    /// A row of a picture.
    Picture {
        /// Which attachment.
        attachment: usize,
        /// Which of its rows.
        row: u16,
    },
    /// What is to be said of an attachment: below its picture, or in place of it.
    Attachment(usize),
    /// Part of why the message was refused.
    Refusal(Range<usize>),
}

/// A row as it shows, with its message.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// The message.
    pub entry: Entry<'a>,
    /// Its rows.
    pub laid: Rc<[markdown::Row]>,
    /// The row.
    pub row: Row,
    /// The message's place in the timeline.
    pub index: usize,
    /// Whether the mark of the message stands here.
    pub has_mark: bool,
}

/// What the layout depends on besides the chat.
#[derive(Clone, Copy, Debug)]
pub struct TimelineContext<'a> {
    /// Where days begin.
    pub zone: &'a TimeZone,
    /// Columns of the pane.
    pub columns: usize,
    /// Rows of a message beyond which it is folded; 0 folds nothing.
    pub fold_rows: usize,
    /// The room for pictures; none where words stand for them.
    pub pictures: Option<PictureRoom>,
}

impl TimelineContext<'_> {
    /// Columns of text in a row.
    pub fn text_columns(&self) -> usize {
        self.columns.saturating_sub(BAR_COLUMNS + MARK_COLUMNS).clamp(1, TEXT_COLUMNS_MAX)
    }
}

/// An open chat, ready to be shown in part.
#[derive(Debug)]
pub struct Timeline<'a> {
    chat: Option<&'a Chat>,
    me: Option<UserId>,
    /// Numbers of the messages that can show.
    run: Range<u64>,
    /// My messages below them.
    unsent: Vec<&'a Unsent>,
    laid: &'a LaidMessages,
    unfolded: &'a HashSet<EntryKey>,
    context: TimelineContext<'a>,
    divider: Option<u64>,
}

/// All rows of one message, with what stands above and below it.
struct Block<'a> {
    entry: Entry<'a>,
    laid: Rc<[markdown::Row]>,
    rows: Vec<Row>,
}

impl<'a> Timeline<'a> {
    /// The chat `open` of `account`, around what shows at `scroll`.
    pub fn new(
        account: &'a Account,
        open: &'a OpenChat,
        scroll: Scroll,
        context: TimelineContext<'a>,
    ) -> Self {
        let chat = account.replica.chat(open.id);
        let run = chat.map_or(0..0, |chat| run_to_show(chat, scroll));
        let at_head = chat.is_none_or(|chat| run.is_empty() || run.end > chat.head_seq());
        let unsent = match at_head {
            true => account.replica.outbox().of(open.id).collect(),
            false => Vec::new(),
        };
        let (laid, unfolded, divider) = (&open.laid, &open.unfolded, open.divider);
        let me = account.replica.my_id();
        Self { chat, me, run, unsent, laid, unfolded, context, divider }
    }

    /// How many messages there are to show.
    pub fn len(&self) -> usize {
        self.sent_count() + self.unsent.len()
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the layout depends on.
    pub fn context(&self) -> &TimelineContext<'a> {
        &self.context
    }

    /// The message at a place, counted from the oldest that can show.
    pub fn entry(&self, index: usize) -> Option<Entry<'a>> {
        let sent = self.sent_count();
        if index < sent {
            let chat = self.chat?;
            let message = chat.message(self.run.start + index as u64)?;
            return Some(Entry::of_message(chat, message, self.me));
        }
        let unsent = self.unsent.get(index - sent)?;
        self.me.map(|me| Entry::of_unsent(unsent, me))
    }

    /// The place of a message, whatever became of it.
    pub fn index_of(&self, key: EntryKey) -> Option<usize> {
        match key {
            EntryKey::Message(number) => self
                .run
                .contains(&number)
                .then(|| usize::try_from(number - self.run.start).unwrap_or(usize::MAX)),
            EntryKey::Unsent(id) => {
                // It may have got a number since; then it is near the end.
                let is_it = |index: &usize| {
                    self.entry(*index).is_some_and(|entry| entry.client_msg_id == id)
                };
                (0..self.len()).rev().find(is_it)
            }
        }
    }

    /// The rows that show in `height`, top to bottom.
    pub fn window(&self, scroll: Scroll, height: u16) -> Vec<Shown<'a>> {
        let height = usize::from(height);
        let (mut index, mut skip) = self.anchor(scroll);
        let mut shown = Vec::new();
        while shown.len() < height && index < self.len() {
            if let Some(block) = self.block(index) {
                let mark_at = block.rows.iter().rposition(bears_mark);
                for (at, row) in block.rows.into_iter().enumerate().rev().skip(skip) {
                    let (entry, laid) = (block.entry, block.laid.clone());
                    let has_mark = mark_at == Some(at);
                    shown.push(Shown { entry, laid, row, index, has_mark });
                }
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

    fn sent_count(&self) -> usize {
        usize::try_from(self.run.end - self.run.start).unwrap_or(usize::MAX)
    }

    fn is_complete_above(&self) -> bool {
        self.run.start <= 1 && self.chat.is_some_and(Chat::has_newest)
    }

    fn is_complete_below(&self) -> bool {
        self.chat.is_none_or(|chat| self.run.end > chat.head_seq())
    }

    fn rows_of(&self, index: usize) -> usize {
        self.block(index).map_or(0, |block| block.rows.len())
    }

    fn block(&self, index: usize) -> Option<Block<'a>> {
        let entry = self.entry(index)?;
        let previous = index.checked_sub(1).and_then(|before| self.entry(before));
        let mut rows = Vec::new();
        if index == 0 {
            rows.push(if self.is_complete_above() { Row::Beginning } else { Row::Older });
        }
        let separated = self.push_separators(&entry, previous.as_ref(), &mut rows);
        if separated || previous.is_none_or(|previous| starts_group(&previous, &entry)) {
            rows.push(Row::Blank);
            rows.push(Row::Sender);
        }
        let laid = self.laid.rows(&entry, self.context.text_columns());
        self.push_text(&entry, &laid, &mut rows);
        if index + 1 == self.len() && !self.is_complete_below() {
            rows.extend([Row::Blank, Row::Newer]);
        }
        Some(Block { entry, laid, rows })
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
        is_new(entry)
            && match previous {
                Some(previous) => !is_new(previous),
                // With older ones still to come, the first one here need not be the first new one.
                None => self.is_complete_above() || entry.key == EntryKey::Message(divider + 1),
            }
    }

    fn push_text(&self, entry: &Entry<'_>, laid: &[markdown::Row], rows: &mut Vec<Row>) {
        let shown = self.unfolded_rows(entry.key, laid.len());
        rows.extend((0..shown).map(Row::Text));
        if shown < laid.len() {
            rows.push(Row::Fold(laid.len() - shown));
        }
        self.push_attachments(entry, rows);
        if let Some(refusal) = entry.refusal {
            rows.extend(wrap(refusal, self.context.text_columns()).into_iter().map(Row::Refusal));
        }
    }

    /// A picture takes the rows that its size says, whether it is here or not.
    fn push_attachments(&self, entry: &Entry<'_>, rows: &mut Vec<Row>) {
        for (attachment, file) in entry.attachments.iter().enumerate() {
            let size = self.context.pictures.and_then(|room| room.size(file));
            let picture_rows = size.map_or(0, |size| size.height);
            rows.extend((0..picture_rows).map(|row| Row::Picture { attachment, row }));
            rows.push(Row::Attachment(attachment));
        }
    }

    /// Whether a message has more rows of text than show unasked.
    pub fn is_long(&self, entry: &Entry<'_>) -> bool {
        let limit = self.context.fold_rows;
        limit > 0 && self.laid.rows(entry, self.context.text_columns()).len() > limit + 1
    }

    /// How many of a message's rows show.
    fn unfolded_rows(&self, key: EntryKey, rows: usize) -> usize {
        let limit = self.context.fold_rows;
        // Folding a row or two away would take as many rows as it saves.
        let is_short = limit == 0 || rows <= limit + 1;
        if is_short || self.unfolded.contains(&key) { rows } else { limit.div_ceil(2) }
    }

    fn date(&self, at: Timestamp) -> Date {
        self.context.zone.to_datetime(at.to_jiff()).date()
    }
}

/// The run of messages with the anchor in it; the newest ones where the anchor is none of them.
fn run_to_show(chat: &Chat, scroll: Scroll) -> Range<u64> {
    let around = match scroll {
        Scroll::At { key: EntryKey::Message(number), .. } => chat.run(number),
        _ => None,
    };
    match around.or_else(|| chat.run(chat.head_seq())) {
        Some(run) => *run.start()..*run.end() + 1,
        None => 0..0,
    }
}

fn bears_mark(row: &Row) -> bool {
    matches!(row, Row::Text(_) | Row::Fold(_) | Row::Attachment(_))
}

fn starts_group(previous: &Entry<'_>, entry: &Entry<'_>) -> bool {
    let gap_ms = entry.at.as_millis() - previous.at.as_millis();
    previous.sender != entry.sender || gap_ms.abs() > GROUP_GAP_MS
}
