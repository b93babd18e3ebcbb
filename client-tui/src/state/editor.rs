//! A piece of text being edited: a draft, or the value of a form's field.
//!
//! The cursor moves by grapheme clusters, so that a family emoji is one step. Knows no keys and no
//! screen; rows for up and down come from [`wrap`](super::wrap).

use unicode_segmentation::UnicodeSegmentation;

use super::wrap::{columns, fit, wrap};

/// Steps that can be undone; the oldest is forgotten first.
const UNDO_STEPS_MAX: usize = 100;

/// What can be done to a text besides inserting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edit {
    /// Cursor one character back.
    Left,
    /// Cursor one character on.
    Right,
    /// Cursor one row up.
    Up,
    /// Cursor one row down.
    Down,
    /// Cursor to the start of the word.
    WordLeft,
    /// Cursor to the end of the word.
    WordRight,
    /// Cursor to the start of the line.
    LineStart,
    /// Cursor to the end of the line.
    LineEnd,
    /// Delete the character before the cursor.
    DeleteBack,
    /// Delete the character under the cursor.
    DeleteForward,
    /// Delete the word before the cursor.
    DeleteWord,
    /// Delete what is before the cursor in its line.
    DeleteToStart,
    /// Delete what is after the cursor in its line.
    DeleteToEnd,
    /// Take back the last change.
    Undo,
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

    /// Empties it and gives what was in it.
    pub fn take(&mut self) -> String {
        std::mem::take(self).text
    }

    /// Applies `edit`, with rows `columns_max` wide. `false` if there was nothing to do.
    pub fn apply(&mut self, edit: Edit, columns_max: usize) -> bool {
        let before = (self.cursor, self.text.len());
        self.typing = false;
        match edit {
            Edit::Left => self.cursor = self.previous(),
            Edit::Right => self.cursor = self.next(),
            Edit::Up => self.move_row(columns_max, -1),
            Edit::Down => self.move_row(columns_max, 1),
            Edit::WordLeft => self.cursor = self.word_start(),
            Edit::WordRight => self.cursor = self.word_end(),
            Edit::LineStart => self.cursor = self.line_start(),
            Edit::LineEnd => self.cursor = self.line_end(),
            Edit::DeleteBack => self.delete(self.previous(), self.cursor),
            Edit::DeleteForward => self.delete(self.cursor, self.next()),
            Edit::DeleteWord => self.delete(self.word_start(), self.cursor),
            Edit::DeleteToStart => self.delete(self.line_start(), self.cursor),
            Edit::DeleteToEnd => self.delete(self.cursor, self.line_end()),
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

    fn move_row(&mut self, columns_max: usize, by: isize) {
        let (row, column) = self.cursor_position(columns_max);
        let rows = wrap(&self.text, columns_max);
        let Some(target) = row.checked_add_signed(by).and_then(|row| rows.get(row)) else {
            return;
        };
        self.cursor = target.start + fit(&self.text[target.clone()], column).len();
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
        editor.apply(Edit::Left, WIDTH);
        assert_eq!(editor.cursor(), 1);
        editor.apply(Edit::Right, WIDTH);
        editor.apply(Edit::DeleteBack, WIDTH);
        assert_eq!(editor.text(), "a");
    }

    #[test]
    fn up_and_down_keep_the_column_where_they_can() {
        let mut editor = Editor::new("first line\nab\nthird");
        editor.apply(Edit::Up, 20);
        assert_eq!(editor.cursor_position(20), (1, 2));
        editor.apply(Edit::Up, 20);
        assert_eq!(editor.cursor_position(20), (0, 2));
        assert!(!editor.apply(Edit::Up, 20));
    }

    #[test]
    fn words_and_lines_are_deleted_and_come_back() {
        let mut editor = Editor::new("one two\nthree four");
        editor.apply(Edit::DeleteWord, WIDTH);
        assert_eq!(editor.text(), "one two\nthree ");
        editor.apply(Edit::DeleteToStart, WIDTH);
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
        editor.apply(Edit::Left, WIDTH);
        assert_eq!(editor.cursor(), 0);
    }
}
