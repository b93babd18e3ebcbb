//! Deleting, and putting back what was deleted. Deletions in a row are kept together, as readline
//! does, so that three words deleted come back as three words.

use std::ops::Range;

use super::motion::{boundary_before, line_end, line_start, next};
use super::undo::Kind;
use super::{Editor, Motion};

/// What was cut or deleted last.
#[derive(Clone, Default)]
pub(super) struct Killed {
    pub(super) text: String,
    /// Whole lines: they come back as lines.
    pub(super) is_lines: bool,
    /// Whether the next deletion adds to it.
    pub(super) is_open: bool,
}

impl Editor {
    /// Removes what is selected and gives it; it can be pasted.
    pub fn cut(&mut self) -> Option<String> {
        let range = self.selection()?;
        self.killed.is_open = false;
        self.kill(range, false);
        Some(self.killed.text.clone())
    }

    /// Deletes what is selected, or up to there without leaving the line; what is typed next comes
    /// in its place.
    pub fn change(&mut self, motion: Motion, columns_max: usize) {
        let target = self.target(motion, columns_max);
        let reach = self.cursor.min(target)..self.cursor.max(target);
        let line = line_start(&self.text, self.cursor)..line_end(&self.text, self.cursor);
        let in_line = reach.start.max(line.start)..reach.end.min(line.end);
        self.kill(self.selection().unwrap_or(in_line), target < self.cursor);
    }

    /// Empties the line.
    pub fn change_line(&mut self) {
        self.kill(line_start(&self.text, self.cursor)..line_end(&self.text, self.cursor), false);
    }

    pub(super) fn delete(&mut self, motion: Motion, columns_max: usize) -> bool {
        if let Some(selected) = self.selection() {
            self.killed.is_open = false;
            return self.kill(selected, false);
        }
        let mut target = self.target(motion, columns_max);
        if motion == Motion::LineEnd && target == self.cursor {
            // At its end, the line and the next become one.
            target = next(&self.text, self.cursor);
        }
        let range = self.cursor.min(target)..self.cursor.max(target);
        match motion {
            Motion::Left | Motion::Right => self.splice(range, "", Kind::Erasing),
            _ => self.kill(range, target < self.cursor),
        }
    }

    pub(super) fn delete_line(&mut self) -> bool {
        if self.text.is_empty() {
            return false;
        }
        let start = line_start(&self.text, self.cursor);
        let end = line_end(&self.text, self.cursor);
        let mut line = self.text[start..end].to_owned();
        // A text of one line stays one, a form's field for example.
        let is_lines = self.text.contains('\n');
        if is_lines {
            line.push('\n');
        }
        let range = match (end < self.text.len(), start > 0) {
            (true, _) => start..end + 1,
            (false, true) => start - 1..end,
            (false, false) => start..end,
        };
        self.keep_killed(&line, is_lines, false);
        self.splice_killed(range)
    }

    /// Deletes a range and keeps it to be pasted; deletions in a row are kept together.
    fn kill(&mut self, range: Range<usize>, goes_back: bool) -> bool {
        if range.is_empty() {
            return false;
        }
        let text = self.text[range.clone()].to_owned();
        self.keep_killed(&text, false, goes_back);
        self.splice_killed(range)
    }

    fn keep_killed(&mut self, text: &str, is_lines: bool, goes_back: bool) {
        let killed = &mut self.killed;
        if !(killed.is_open && killed.is_lines == is_lines) {
            killed.text.clear();
        }
        killed.text.insert_str(if goes_back { 0 } else { killed.text.len() }, text);
        killed.is_lines = is_lines;
    }

    fn splice_killed(&mut self, range: Range<usize>) -> bool {
        let is_changed = self.splice(range, "", Kind::Other);
        self.killed.is_open = true;
        is_changed
    }

    pub(super) fn paste(&mut self) -> bool {
        let killed = self.killed.text.clone();
        if killed.is_empty() {
            return false;
        }
        if !self.killed.is_lines || self.selection().is_some() {
            let range = self.selection().unwrap_or(self.cursor..self.cursor);
            return self.splice(range, &killed, Kind::Other);
        }
        // Lines come below the line with the cursor.
        let end = line_end(&self.text, self.cursor);
        let lines = killed.strip_suffix('\n').unwrap_or(&killed);
        self.splice(end..end, &format!("\n{lines}"), Kind::Other);
        self.leave_cursor(end + 1);
        true
    }

    /// Puts the cursor elsewhere than behind what was just inserted.
    pub(super) fn leave_cursor(&mut self, at: usize) {
        self.cursor = boundary_before(&self.text, at);
        self.changes.set_cursor_after(self.cursor);
    }
}
