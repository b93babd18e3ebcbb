//! Moving through a timeline.

use super::{EntryKey, Timeline};

/// Older or newer messages are fetched when no more than this many are left beyond what shows.
const MESSAGES_AHEAD: usize = 20;

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

impl Timeline<'_> {
    /// Where to be after moving the view `rows` up (or, negative, down).
    pub fn scrolled(&self, scroll: Scroll, rows: isize, height: u16) -> Scroll {
        let (index, below) = self.anchor(scroll);
        if self.is_empty() {
            return Scroll::Bottom;
        }
        match rows >= 0 {
            true => self.moved_up(index, below.saturating_add(rows.unsigned_abs()), height),
            false => self.moved_down(index, below, rows.unsigned_abs()),
        }
    }

    /// Where to be to have the message at `index`, with what stands above it, at the top.
    pub fn top_at(&self, index: usize, height: u16) -> Scroll {
        let mut room = usize::from(height);
        for index in index..self.len() {
            let rows = self.rows_of(index);
            if rows >= room {
                // With the last row of the last message at the edge, this is the end.
                return self.moved_down(index, rows - room, 0);
            }
            room -= rows;
        }
        self.end()
    }

    /// Where to be to have all of the message at `index` in view, moving as little as possible.
    pub fn showing(&self, scroll: Scroll, index: usize, height: u16) -> Scroll {
        let shown = self.window(scroll, height);
        let first = shown.iter().position(|row| row.index == index);
        let rows = shown.iter().filter(|row| row.index == index).count();
        match (first, shown.first().map(|row| row.index)) {
            (Some(_), _) if rows == self.rows_of(index) => scroll,
            (Some(1..), _) => self.moved_down(index, 0, 0),
            (None, Some(top)) if index > top => self.moved_down(index, 0, 0),
            _ => self.top_at(index, height),
        }
    }

    /// Whether what shows is so near to the first message that is here that older ones are wanted.
    pub fn is_near_top(&self, scroll: Scroll, height: u16) -> bool {
        let shown = self.window(scroll, height);
        let first = shown.first().map_or(0, |row| row.index);
        first < MESSAGES_AHEAD || shown.len() < usize::from(height)
    }

    /// The same for newer ones, where the newest are not what shows.
    pub fn is_near_end(&self, scroll: Scroll) -> bool {
        let (index, _) = self.anchor(scroll);
        !self.is_complete_below() && index + MESSAGES_AHEAD >= self.len()
    }

    /// The numbers of the first and last message that can show.
    pub fn numbers(&self) -> Option<(u64, u64)> {
        (!self.run.is_empty()).then(|| (self.run.start, self.run.end - 1))
    }

    /// The scroll's message and how much of it is below the edge, whatever became of the message.
    pub(super) fn anchor(&self, scroll: Scroll) -> (usize, usize) {
        let bottom = (self.len().saturating_sub(1), 0);
        let Scroll::At { key, below } = scroll else { return bottom };
        match self.index_of(key) {
            Some(index) => (index, below.min(self.rows_of(index).saturating_sub(1))),
            None => bottom,
        }
    }

    fn moved_up(&self, mut index: usize, mut below: usize, height: u16) -> Scroll {
        while let Some(rest) = below.checked_sub(self.rows_of(index)) {
            let Some(before) = index.checked_sub(1) else {
                below = self.rows_of(0).saturating_sub(1);
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
            if index >= self.len() {
                return self.end();
            }
            below = self.rows_of(index);
        }
        below -= rows;
        if below == 0 && index + 1 == self.len() {
            return self.end();
        }
        self.at(index, below)
    }

    /// The last message that can show at the lower edge.
    fn end(&self) -> Scroll {
        match self.len().checked_sub(1) {
            Some(last) if !self.is_complete_below() => self.at(last, 0),
            _ => Scroll::Bottom,
        }
    }

    fn at(&self, index: usize, below: usize) -> Scroll {
        match self.entry(index) {
            Some(entry) => Scroll::At { key: entry.key, below },
            None => Scroll::Bottom,
        }
    }
}
