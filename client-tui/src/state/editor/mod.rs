//! A piece of text being edited: a draft, or the value of a form's field.
//!
//! The cursor moves by grapheme clusters, so that a family emoji is one step. Knows no keys and no
//! screen; rows for up and down come from [`wrap`](super::wrap).

mod deleting;
mod motion;
mod moving;
mod rows;
#[cfg(test)]
mod tests;
mod undo;

use std::ops::Range;
use std::sync::Arc;

use self::deleting::Killed;
use self::motion::{boundary_after, boundary_before};
use self::rows::RowCache;
use self::undo::{Change, Changes, Kind};
use super::wrap::columns;

/// Where a cursor can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Motion {
    /// One character back.
    Left,
    /// One character on.
    Right,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// To the start of the word.
    WordLeft,
    /// To the end of the word.
    WordRight,
    /// To the start of the line.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// To the start of the text.
    Start,
    /// To the end of the text.
    End,
}

/// What can be done to a text besides inserting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edit {
    /// Move the cursor.
    Move(Motion),
    /// Move it and select what lies between.
    Select(Motion),
    /// Select everything.
    SelectAll,
    /// Delete what is selected, or else what lies between the cursor and there.
    Delete(Motion),
    /// Delete the line.
    DeleteLine,
    /// Put in what was cut or deleted last.
    Paste,
    /// Take back the last change.
    Undo,
    /// Make a change that was taken back again.
    Redo,
}

/// Text, cursor and selection. `Clone` and `Debug` are for drafts; masked fields hold their text
/// no longer than the form lives.
#[derive(Clone, Default)]
pub struct Editor {
    text: String,
    cursor: usize,
    /// Where the selection began; the cursor is its other end.
    anchor: Option<usize>,
    /// The column that up and down aim at, over rows that are shorter.
    goal_column: Option<usize>,
    changes: Box<Changes>,
    killed: Killed,
    version: u64,
    rows: RowCache,
}

impl std::fmt::Debug for Editor {
    /// A password may be in it: only its size is told.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Editor({} bytes)", self.text.len())
    }
}

impl Editor {
    /// An editor with `text` in it and the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text, ..Self::default() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Byte offset of the cursor, always between two grapheme clusters.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Another number after each change of the text.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Byte range of what is selected, if anything is.
    pub fn selection(&self) -> Option<Range<usize>> {
        let anchor = self.anchor.filter(|anchor| *anchor != self.cursor)?;
        Some(anchor.min(self.cursor)..anchor.max(self.cursor))
    }

    /// What is selected.
    pub fn selected_text(&self) -> Option<&str> {
        self.selection().map(|range| &self.text[range])
    }

    /// Byte ranges of the rows, `columns_max` wide; kept until the text or the width changes.
    pub fn rows(&self, columns_max: usize) -> Arc<[Range<usize>]> {
        self.rows.rows(&self.text, columns_max)
    }

    /// Row and column of the cursor in rows of `columns_max`.
    pub fn cursor_position(&self, columns_max: usize) -> (usize, usize) {
        let rows = self.rows(columns_max);
        let row = rows.partition_point(|row| row.start <= self.cursor).saturating_sub(1);
        (row, columns(&self.text[rows[row].start..self.cursor]))
    }

    /// Types a character at the cursor, or in place of what is selected.
    pub fn insert(&mut self, character: char) {
        let range = self.selection().unwrap_or(self.cursor..self.cursor);
        self.splice(range, character.encode_utf8(&mut [0; 4]), Kind::Typing);
    }

    /// Inserts `text` at the cursor, or in place of what is selected, as one change.
    pub fn insert_text(&mut self, text: &str) {
        let range = self.selection().unwrap_or(self.cursor..self.cursor);
        self.splice(range, text, Kind::Other);
    }

    /// Puts `text` in place of a byte range as one change; the cursor goes behind it. A range that
    /// cuts a grapheme cluster takes in all of it.
    pub fn replace(&mut self, range: Range<usize>, text: &str) {
        let start = boundary_before(&self.text, range.start);
        self.splice(start..boundary_after(&self.text, range.end).max(start), text, Kind::Other);
    }

    /// Puts `text` in place of everything as one change; the cursor goes to its end.
    pub fn replace_all(&mut self, text: &str) {
        self.splice(0..self.text.len(), text, Kind::Other);
    }

    /// Empties it, forgets what could be undone, and gives what was in it; it can be pasted.
    pub fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        let killed = Killed { text: text.clone(), ..Killed::default() };
        *self = Self { killed, version: self.version + 1, ..Self::default() };
        text
    }

    /// Applies `edit`, with rows `columns_max` wide. `false` if there was nothing to do.
    pub fn apply(&mut self, edit: Edit, columns_max: usize) -> bool {
        match edit {
            Edit::Move(motion) => self.go(motion, columns_max),
            Edit::Select(motion) => self.select(motion, columns_max),
            Edit::SelectAll => self.select_range(0..self.text.len()),
            Edit::Delete(motion) => self.delete(motion, columns_max),
            Edit::DeleteLine => self.delete_line(),
            Edit::Paste => self.paste(),
            Edit::Undo => self.travel(Changes::undo),
            Edit::Redo => self.travel(Changes::redo),
        }
    }

    fn travel(&mut self, step: fn(&mut Changes, &mut String) -> Option<usize>) -> bool {
        let Some(cursor) = step(&mut self.changes, &mut self.text) else { return false };
        self.text_changed();
        self.cursor = cursor;
        true
    }

    /// Replaces a range that ends between clusters. `false` if there was nothing to do.
    fn splice(&mut self, range: Range<usize>, with: &str, kind: Kind) -> bool {
        if range.is_empty() && with.is_empty() {
            return false;
        }
        let (at, cursor_before) = (range.start, self.cursor);
        let removed = self.text[range.clone()].to_owned();
        self.text.replace_range(range, with);
        self.text_changed();
        // What was inserted may have joined the cluster after it.
        self.cursor = boundary_after(&self.text, at + with.len());
        let (inserted, cursor_after) = (with.to_owned(), self.cursor);
        self.changes.push(Change { at, removed, inserted, cursor_before, cursor_after }, kind);
        true
    }

    fn text_changed(&mut self) {
        self.version += 1;
        self.rows.clear();
        (self.anchor, self.goal_column) = (None, None);
        self.killed.is_open = false;
    }
}
