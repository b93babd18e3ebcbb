//! What can be undone: the differences between texts, not the texts, so that a long draft costs
//! no more than what was changed in it.

use std::collections::VecDeque;

/// Steps that are kept; the oldest is forgotten first.
const STEPS_MAX: usize = 1_000;

/// Bytes of text that all steps together keep. The newest step stays whatever its size.
const BYTES_MAX: usize = 256 * 1024;

/// What a change was made by. Changes of one kind in a row are one step, a word at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A character was typed.
    Typing,
    /// A character was deleted.
    Erasing,
    /// Anything else; a step of its own.
    Other,
}

/// One replacement, and where the cursor was and went.
#[derive(Clone, Default)]
pub(super) struct Change {
    pub(super) at: usize,
    pub(super) removed: String,
    pub(super) inserted: String,
    pub(super) cursor_before: usize,
    pub(super) cursor_after: usize,
}

impl Change {
    fn bytes(&self) -> usize {
        self.removed.len() + self.inserted.len()
    }

    /// Takes in the change that followed, if both are one word of typing or of erasing.
    fn join(&mut self, next: &Change, kind: Kind) -> bool {
        let has_space = |text: &str| text.contains(char::is_whitespace);
        match kind {
            Kind::Typing
                if next.removed.is_empty()
                    && next.at == self.at + self.inserted.len()
                    && !has_space(&next.inserted) =>
            {
                self.inserted.push_str(&next.inserted);
            }
            Kind::Erasing if has_space(&next.removed) => return false,
            Kind::Erasing if next.at == self.at => self.removed.push_str(&next.removed),
            Kind::Erasing if next.at + next.removed.len() == self.at => {
                self.removed.insert_str(0, &next.removed);
                self.at = next.at;
            }
            _ => return false,
        }
        self.cursor_after = next.cursor_after;
        true
    }
}

/// Steps back, and steps on again.
#[derive(Clone, Default)]
pub(super) struct Changes {
    done: VecDeque<Change>,
    undone: Vec<Change>,
    bytes: usize,
    /// The kind of change that would still join the last step.
    open: Option<Kind>,
}

impl Changes {
    /// Keeps what was just done; what was undone before can't be done again.
    pub(super) fn push(&mut self, change: Change, kind: Kind) {
        self.bytes -= self.undone.drain(..).map(|change| change.bytes()).sum::<usize>();
        self.bytes += change.bytes();
        let is_open = self.open.replace(kind) == Some(kind);
        let last = self.done.back_mut().filter(|_| is_open);
        if !last.is_some_and(|last| last.join(&change, kind)) {
            self.done.push_back(change);
        }
        while self.done.len() > STEPS_MAX || self.bytes > BYTES_MAX && self.done.len() > 1 {
            self.bytes -= self.done.pop_front().map_or(0, |change| change.bytes());
        }
    }

    /// The next change is another step, whatever it is.
    pub(super) fn close_step(&mut self) {
        self.open = None;
    }

    /// Where the last change left the cursor.
    pub(super) fn set_cursor_after(&mut self, cursor: usize) {
        if let Some(last) = self.done.back_mut() {
            last.cursor_after = cursor;
        }
    }

    /// Takes the last step back in `text`; where the cursor was before it.
    pub(super) fn undo(&mut self, text: &mut String) -> Option<usize> {
        self.close_step();
        let change = self.done.pop_back()?;
        text.replace_range(change.at..change.at + change.inserted.len(), &change.removed);
        let cursor = change.cursor_before;
        self.undone.push(change);
        Some(cursor)
    }

    /// Does in `text` what was taken back last; where the cursor was after it.
    pub(super) fn redo(&mut self, text: &mut String) -> Option<usize> {
        self.close_step();
        let change = self.undone.pop()?;
        text.replace_range(change.at..change.at + change.removed.len(), &change.inserted);
        let cursor = change.cursor_after;
        self.done.push_back(change);
        Some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pasted(bytes: usize) -> Change {
        Change { inserted: "x".repeat(bytes), ..Change::default() }
    }

    #[test]
    fn what_is_kept_is_bounded_in_steps_and_in_bytes() {
        let mut changes = Changes::default();
        (0..STEPS_MAX + 10).for_each(|_| changes.push(pasted(1), Kind::Other));
        assert_eq!((changes.done.len(), changes.bytes), (STEPS_MAX, STEPS_MAX));
        (0..100).for_each(|_| changes.push(pasted(16 * 1024), Kind::Other));
        assert!(changes.bytes <= BYTES_MAX);
        changes.push(pasted(2 * BYTES_MAX), Kind::Other);
        assert_eq!((changes.done.len(), changes.bytes), (1, 2 * BYTES_MAX));
    }
}
