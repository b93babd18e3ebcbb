//! Selecting text of messages: from point to point, across messages, without anything that stands
//! between or beside them.

use std::ops::Range;

use super::{EntryKey, Row, Scroll, Shown, Timeline, row_columns};
use crate::markdown::{self, Kind};
use crate::state::wrap::{columns, grapheme_columns};
use unicode_segmentation::UnicodeSegmentation;

/// What stands beside a quotation on screen; `>` in what is copied.
const QUOTE_BAR: &str = "▏";

/// A place in the text of a message. It stays where it is when messages come or load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Which message.
    pub key: EntryKey,
    /// Which of its laid out rows.
    pub row: usize,
    /// Which column of it.
    pub column: usize,
}

/// What is selected: both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Where it began.
    pub anchor: Point,
    /// Where it goes to.
    pub head: Point,
}

impl Timeline<'_> {
    /// The point at a row and column of what shows in `height`; beside text, the nearest in that
    /// row, and on a row without text the nearest one above it.
    pub fn point(&self, scroll: Scroll, height: u16, row: u16, column: usize) -> Option<Point> {
        let shown = self.window(scroll, height);
        let top = usize::from(height).saturating_sub(shown.len());
        let at = usize::from(row).saturating_sub(top).min(shown.len().checked_sub(1)?);
        let has_text = |shown: &&Shown<'_>| matches!(shown.row, Row::Text(_));
        let exact = shown.get(at).filter(has_text);
        let found = exact.or_else(|| shown[..at].iter().rev().find(has_text));
        let found = found.or_else(|| shown.iter().find(has_text))?;
        let Row::Text(index) = found.row else { return None };
        let last = row_columns(found.laid.get(index)?).saturating_sub(1);
        let column = if exact.is_some() { column.min(last) } else { last };
        Some(Point { key: found.entry.key, row: index, column })
    }

    /// The columns of a row that are selected.
    pub fn selected_columns(
        &self,
        selection: &Selection,
        index: usize,
        row: usize,
    ) -> Option<Range<usize>> {
        let (from, to) = self.ordered(selection)?;
        let here = (index, row);
        if here < (from.0, from.1) || here > (to.0, to.1) {
            return None;
        }
        let start = if here == (from.0, from.1) { from.2 } else { 0 };
        let end = if here == (to.0, to.1) { to.2 + 1 } else { usize::MAX };
        Some(start..end)
    }

    /// What is selected, as text: rows that were broken to fit are joined again, and messages
    /// stand on lines of their own.
    pub fn selected_text(&self, selection: &Selection) -> String {
        let Some((from, to)) = self.ordered(selection) else { return String::new() };
        let mut text = String::new();
        for index in from.0..=to.0 {
            let Some(entry) = self.entry(index) else { continue };
            let rows = self.laid.rows(&entry, self.context.text_columns());
            let mut hanging = 0;
            for (at, row) in rows.iter().enumerate() {
                let Some(columns) = self.selected_columns(selection, index, at) else { continue };
                match row.continues {
                    true => text.extend(std::iter::repeat_n(' ', hanging)),
                    false if !text.is_empty() => text.push('\n'),
                    false => {}
                }
                push_columns(&mut text, row, &columns);
                hanging = row.hanging;
            }
        }
        text
    }

    /// The word at a point.
    pub fn word_at(&self, point: &Point) -> Option<Selection> {
        let entry = self.entry(self.index_of(point.key)?)?;
        let rows = self.laid.rows(&entry, self.context.text_columns());
        let text: String = rows.get(point.row)?.pieces.iter().map(|piece| &*piece.text).collect();
        let mut column = 0;
        for word in text.split_word_bounds() {
            let next = column + columns(word);
            if next > point.column {
                let at = |column| Point { column, ..*point };
                return Some(Selection { anchor: at(column), head: at(next - 1) });
            }
            column = next;
        }
        None
    }

    fn ordered(&self, selection: &Selection) -> Option<(Place, Place)> {
        let place = |point: &Point| Some((self.index_of(point.key)?, point.row, point.column));
        let (anchor, head) = (place(&selection.anchor)?, place(&selection.head)?);
        Some((anchor.min(head), anchor.max(head)))
    }
}

/// Message, row, column.
type Place = (usize, usize, usize);

fn push_columns(text: &mut String, row: &markdown::Row, columns: &Range<usize>) {
    let mut column = 0;
    for piece in &row.pieces {
        let is_marker = piece.role.kind == Kind::Marker;
        for grapheme in piece.text.graphemes(true) {
            let next = column + grapheme_columns(grapheme);
            if next > columns.start && column < columns.end {
                match grapheme {
                    // What only keeps the rows of one line in line is no part of the text.
                    _ if is_marker && row.continues => {}
                    QUOTE_BAR if is_marker => text.push('>'),
                    grapheme => text.push_str(grapheme),
                }
            }
            column = next;
        }
    }
}
