//! Moving the cursor and selecting: by keys, by clicks and drags, and to where writing goes on.

use std::ops::Range;

use super::motion::{
    boundary_after, boundary_before, line_end, line_start, next, previous, word_around, word_left,
    word_right,
};
use super::undo::Kind;
use super::{Editor, Motion};
use crate::action::InsertAt;
use crate::state::wrap::fit;

impl Editor {
    /// Goes to where writing goes on after commands, with a new line if asked for one.
    pub fn insert_at(&mut self, place: InsertAt) {
        let start = line_start(&self.text, self.cursor);
        let end = line_end(&self.text, self.cursor);
        match place {
            InsertAt::Here => self.set_cursor(self.cursor),
            InsertAt::After => self.set_cursor(next(&self.text, self.cursor).min(end)),
            InsertAt::LineStart => self.set_cursor(start),
            InsertAt::LineEnd => self.set_cursor(end),
            InsertAt::LineBelow => {
                self.splice(end..end, "\n", Kind::Other);
            }
            InsertAt::LineAbove => {
                self.splice(start..start, "\n", Kind::Other);
                self.leave_cursor(start);
            }
        }
    }

    /// Whether nothing stands before the cursor in its line.
    pub fn is_at_line_start(&self) -> bool {
        line_start(&self.text, self.cursor) == self.cursor
    }

    /// Moves the cursor to a row and a column of rows of `columns_max`; beyond them, to the
    /// nearest place.
    pub fn place_cursor(&mut self, row: usize, column: usize, columns_max: usize) {
        self.set_cursor(self.at_position(row, column, columns_max));
    }

    /// Moves the cursor there and selects what lies between.
    pub fn select_to(&mut self, row: usize, column: usize, columns_max: usize) {
        let anchor = self.anchor.unwrap_or(self.cursor);
        self.set_cursor(self.at_position(row, column, columns_max));
        self.anchor = Some(anchor);
    }

    /// Selects the word there.
    pub fn select_word_at(&mut self, row: usize, column: usize, columns_max: usize) {
        let at = self.at_position(row, column, columns_max);
        self.select_range(word_around(&self.text, at));
    }

    /// Moves the cursor to `at`, or to the start of the cluster that `at` is in.
    fn set_cursor(&mut self, at: usize) {
        self.changes.close_step();
        self.killed.is_open = false;
        (self.anchor, self.goal_column) = (None, None);
        self.cursor = boundary_before(&self.text, at);
    }

    pub(super) fn go(&mut self, motion: Motion, columns_max: usize) -> bool {
        let before = (self.cursor, self.selection());
        let target = match (motion, self.selection()) {
            (Motion::Left, Some(selected)) => selected.start,
            (Motion::Right, Some(selected)) => selected.end,
            _ => self.target(motion, columns_max),
        };
        self.set_cursor_by(motion, target);
        before != (self.cursor, None)
    }

    pub(super) fn select(&mut self, motion: Motion, columns_max: usize) -> bool {
        let (before, anchor) = (self.cursor, self.anchor.unwrap_or(self.cursor));
        let target = match (motion, self.target(motion, columns_max)) {
            (Motion::Up, target) if target == before => 0,
            (Motion::Down, target) if target == before => self.text.len(),
            (_, target) => target,
        };
        self.set_cursor_by(motion, target);
        self.anchor = Some(anchor);
        self.cursor != before
    }

    /// Moves the cursor; the column that up and down aim at outlives only up and down.
    fn set_cursor_by(&mut self, motion: Motion, at: usize) {
        let goal = self.goal_column.filter(|_| matches!(motion, Motion::Up | Motion::Down));
        self.set_cursor(at);
        self.goal_column = goal;
    }

    pub(super) fn select_range(&mut self, range: Range<usize>) -> bool {
        let before = self.selection();
        self.set_cursor(boundary_after(&self.text, range.end));
        self.anchor = Some(boundary_before(&self.text, range.start));
        self.selection() != before
    }

    /// Where a motion leads to; up and down note the column that they aim at.
    pub(super) fn target(&mut self, motion: Motion, columns_max: usize) -> usize {
        let (text, cursor) = (&self.text, self.cursor);
        let target = match motion {
            Motion::Left => previous(text, cursor),
            Motion::Right => next(text, cursor),
            Motion::Up => self.row_target(-1, columns_max),
            Motion::Down => self.row_target(1, columns_max),
            Motion::WordLeft => word_left(text, cursor),
            Motion::WordRight => return boundary_after(text, word_right(text, cursor)),
            Motion::LineStart => line_start(text, cursor),
            Motion::LineEnd => line_end(text, cursor),
            Motion::Start => 0,
            Motion::End => text.len(),
        };
        boundary_before(&self.text, target)
    }

    fn row_target(&mut self, by: isize, columns_max: usize) -> usize {
        let (row, column) = self.cursor_position(columns_max);
        let goal = *self.goal_column.get_or_insert(column);
        let row_count = self.rows(columns_max).len();
        match row.checked_add_signed(by).filter(|row| *row < row_count) {
            Some(row) => self.at_position(row, goal, columns_max),
            None => self.cursor,
        }
    }

    /// The place at a column of a row. The end of a row that goes on in the next is the start of
    /// the next, so there it is the last place before.
    fn at_position(&self, row: usize, column: usize, columns_max: usize) -> usize {
        let rows = self.rows(columns_max);
        let row = row.min(rows.len() - 1);
        let range = rows[row].clone();
        let at = range.start + fit(&self.text[range.clone()], column).len();
        let goes_on = rows.get(row + 1).is_some_and(|next| next.start == range.end);
        match goes_on && at == range.end && !range.is_empty() {
            true => previous(&self.text, at),
            false => at,
        }
    }
}
