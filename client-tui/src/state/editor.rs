//! A piece of text being edited: a draft, or the value of a form's field.
//!
//! The cursor moves by grapheme clusters, so that a family emoji is one step. Knows no keys and no
//! screen; rows for up and down come from [`wrap`](super::wrap).

use unicode_segmentation::UnicodeSegmentation;

use super::wrap::{columns, fit, wrap};

/// Steps that can be undone; the oldest is forgotten first.
const UNDO_STEPS_MAX: usize = 100;

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

/// Text and cursor. `Clone` and `Debug` are for drafts; masked fields hold their text no longer
/// than the form lives.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Editor {
    text: String,
    cursor: usize,
    undo: Vec<(String, usize)>,
    /// Whether the last change was typing, which is undone in one step.
    typing: bool,
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

    /// Inserts what was typed at the cursor.
    pub fn insert(&mut self, character: char) {
        if !self.typing || character.is_whitespace() {
            self.remember();
        }
        self.typing = true;
        self.replace(self.cursor, self.cursor, character.encode_utf8(&mut [0; 4]));
    }

    /// Inserts `text` at the cursor as one change.
    pub fn insert_text(&mut self, text: &str) {
        self.remember();
        self.replace(self.cursor, self.cursor, text);
    }

    /// Puts the cursor at a row and column.
    pub fn place_cursor(&mut self, row: usize, column: usize, columns_max: usize) {
        let rows = wrap(&self.text, columns_max);
        if let Some(range) = rows.get(row).or(rows.last()) {
            self.cursor = range.start + fit(&self.text[range.clone()], column).len();
        }
    }

    /// Replaces everything, as one change.
    pub fn replace_all(&mut self, text: &str) {
        self.remember();
        self.replace(0, self.text.len(), text);
    }

    /// Empties it and gives what was in it.
    pub fn take(&mut self) -> String {
        std::mem::take(self).text
    }

    /// Applies `edit`, with rows `columns_max` wide. `false` if there was nothing to do.
    pub fn apply(&mut self, edit: Edit, columns_max: usize) -> bool {
        let before = (self.cursor, self.text.len());
        self.typing = false;
        match edit {
            Edit::Move(motion) | Edit::Select(motion) => {
                self.cursor = self.target(motion, columns_max)
            }
            Edit::Delete(motion) => {
                let target = self.target(motion, columns_max);
                self.delete(self.cursor.min(target), self.cursor.max(target));
            }
            Edit::DeleteLine => self.delete(self.line_start(), self.line_end()),
            Edit::SelectAll | Edit::Paste | Edit::Redo => {}
            Edit::Undo => return self.take_back(),
        }
        before != (self.cursor, self.text.len())
    }

    /// Row and column of the cursor in rows of `columns_max`.
    pub fn cursor_position(&self, columns_max: usize) -> (usize, usize) {
        let rows = wrap(&self.text, columns_max);
        let row = rows.iter().rposition(|row| row.start <= self.cursor).unwrap_or(0);
        (row, columns(&self.text[rows[row].start..self.cursor]))
    }

    fn remember(&mut self) {
        self.typing = false;
        if self.undo.len() == UNDO_STEPS_MAX {
            self.undo.remove(0);
        }
        self.undo.push((self.text.clone(), self.cursor));
    }

    fn take_back(&mut self) -> bool {
        let Some((text, cursor)) = self.undo.pop() else { return false };
        (self.text, self.cursor) = (text, cursor);
        true
    }

    fn replace(&mut self, start: usize, end: usize, with: &str) {
        self.text.replace_range(start..end, with);
        self.cursor = start + with.len();
        // What was inserted may have joined the cluster after it.
        if !self.boundaries().any(|at| at == self.cursor) {
            self.cursor = self.next();
        }
    }

    fn delete(&mut self, start: usize, end: usize) {
        if start < end {
            self.remember();
            self.replace(start, end, "");
        }
    }

    fn target(&self, motion: Motion, columns_max: usize) -> usize {
        match motion {
            Motion::Left => self.previous(),
            Motion::Right => self.next(),
            Motion::Up => self.row_target(columns_max, -1),
            Motion::Down => self.row_target(columns_max, 1),
            Motion::WordLeft => self.word_start(),
            Motion::WordRight => self.word_end(),
            Motion::LineStart => self.line_start(),
            Motion::LineEnd => self.line_end(),
            Motion::Start => 0,
            Motion::End => self.text.len(),
        }
    }

    fn row_target(&self, columns_max: usize, by: isize) -> usize {
        let (row, column) = self.cursor_position(columns_max);
        let rows = wrap(&self.text, columns_max);
        match row.checked_add_signed(by).and_then(|row| rows.get(row)) {
            Some(target) => target.start + fit(&self.text[target.clone()], column).len(),
            None => self.cursor,
        }
    }

    fn boundaries(&self) -> impl Iterator<Item = usize> {
        self.text.grapheme_indices(true).map(|(at, _)| at).chain([self.text.len()])
    }

    fn previous(&self) -> usize {
        let last = self.text[..self.cursor].grapheme_indices(true).next_back();
        last.map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        self.boundaries().find(|at| *at > self.cursor).unwrap_or(self.text.len())
    }

    fn word_start(&self) -> usize {
        let mut words = self.text[..self.cursor].unicode_word_indices();
        words.next_back().map_or(0, |(at, _)| at)
    }

    fn word_end(&self) -> usize {
        let first = self.text[self.cursor..].unicode_word_indices().next();
        first.map_or(self.text.len(), |(at, word)| self.cursor + at + word.len())
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 10;

    #[test]
    fn one_step_per_picture() {
        let mut editor = Editor::new("a👨‍👩‍👧‍👦");
        editor.apply(Edit::Move(Motion::Left), WIDTH);
        assert_eq!(editor.cursor(), 1);
        editor.apply(Edit::Move(Motion::Right), WIDTH);
        editor.apply(Edit::Delete(Motion::Left), WIDTH);
        assert_eq!(editor.text(), "a");
    }

    #[test]
    fn up_and_down_keep_the_column_where_they_can() {
        let mut editor = Editor::new("first line\nab\nthird");
        editor.apply(Edit::Move(Motion::Up), 20);
        assert_eq!(editor.cursor_position(20), (1, 2));
        editor.apply(Edit::Move(Motion::Up), 20);
        assert_eq!(editor.cursor_position(20), (0, 2));
        assert!(!editor.apply(Edit::Move(Motion::Up), 20));
    }

    #[test]
    fn words_and_lines_are_deleted_and_come_back() {
        let mut editor = Editor::new("one two\nthree four");
        editor.apply(Edit::Delete(Motion::WordLeft), WIDTH);
        assert_eq!(editor.text(), "one two\nthree ");
        editor.apply(Edit::Delete(Motion::LineStart), WIDTH);
        assert_eq!(editor.text(), "one two\n");
        editor.apply(Edit::Undo, WIDTH);
        editor.apply(Edit::Undo, WIDTH);
        assert_eq!(editor.text(), "one two\nthree four");
    }

    #[test]
    fn typing_is_undone_word_by_word() {
        let mut editor = Editor::default();
        "one two".chars().for_each(|c| editor.insert(c));
        editor.apply(Edit::Undo, WIDTH);
        assert_eq!(editor.text(), "one");
    }

    #[test]
    fn the_cursor_stays_between_clusters_when_a_mark_is_typed() {
        let mut editor = Editor::new("e");
        editor.insert('\u{301}');
        assert_eq!(editor.cursor(), 3);
        editor.apply(Edit::Move(Motion::Left), WIDTH);
        assert_eq!(editor.cursor(), 0);
    }
}
