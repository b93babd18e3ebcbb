//! One row: from what the terminal shows to what it is to show.
//!
//! Knows the row alone; who calls it knows what the row looked like.

use ratatui::buffer::{Cell, CellDiffOption, CellWidth};
use ratatui::layout::Position;

use super::look::Look;
use super::pen::{Pen, counted_bytes, forward_bytes};

/// Bytes of erasing the rest of a row.
const ERASE_REST_BYTES: usize = "\x1b[K".len();

/// A cell that shows nothing.
static BLANK: Cell = Cell::EMPTY;

/// A row before and after.
pub(super) struct Row<'a> {
    y: u16,
    /// Nothing, if the row is blank.
    before: Option<&'a [Cell]>,
    after: &'a [Cell],
    /// Whether all of it is written once something of it differs.
    is_whole: bool,
    /// Where the next character of `before` begins, at or right of what was dealt with. If that is
    /// right of it, what stands between is left of a character that was written over in part.
    before_next: usize,
}

impl<'a> Row<'a> {
    /// The row, if it is not the same before and after. Where terminals disagree about the width
    /// of something in it, all of it is written: what takes more columns than we count would
    /// leave the rest of it in cells that did not change.
    pub(super) fn changed(y: u16, before: Option<&'a [Cell]>, after: &'a [Cell]) -> Option<Self> {
        let is_same = match before {
            Some(before) => before == after,
            None => after.iter().all(|cell| *cell == BLANK),
        };
        if is_same && !after.iter().any(is_always_written) {
            return None;
        }
        let is_whole = before.unwrap_or_default().iter().chain(after).any(has_uncertain_width);
        Some(Self { y, before, after, is_whole, before_next: 0 })
    }

    /// Writes what differs, from left to right.
    pub(super) fn write(mut self, pen: &mut Pen) {
        let mut x = 0;
        while x < self.after.len() {
            let cell = &self.after[x];
            if is_covered(cell) {
                x += 1;
                continue;
            }
            let end = (x + columns(cell)).min(self.after.len());
            x = match self.is_shown(x) {
                true => end,
                false => self.erase(x, pen).unwrap_or_else(|| {
                    self.write_cell(x, end, pen);
                    end
                }),
            };
        }
    }

    /// Whether the terminal shows the character that begins at `x`.
    fn is_shown(&mut self, x: usize) -> bool {
        self.pass_before(x);
        let (before, after) = (self.before(x), &self.after[x]);
        !self.is_whole
            && x == self.before_next
            && (is_kept(before, after) || is_alike_blank(before, after))
    }

    /// Writes the character that takes the columns from `x` to `end`.
    fn write_cell(&mut self, x: usize, end: usize, pen: &mut Pen) {
        let cell = &self.after[x];
        if !self.bridge(x, pen) {
            pen.move_to(self.position(x));
        }
        pen.write(cell, column(end - x), has_certain_width(cell));
    }

    /// Writes cells between the cursor and `x` once more where that is shorter than to move it.
    fn bridge(&self, x: usize, pen: &mut Pen) -> bool {
        let Some(from) = pen.column_on(self.y) else { return false };
        let between = match self.after.get(usize::from(from)..x) {
            Some(between) => between,
            None => return false,
        };
        let bytes_max = forward_bytes(from, column(x));
        let mut bytes = 0;
        for cell in between {
            bytes += cell.symbol().len();
            if bytes >= bytes_max || !is_simple(cell) || !pen.has_look_of(cell) {
                return false;
            }
        }
        for cell in between {
            pen.write(cell, 1, true);
        }
        true
    }

    /// Erases the blanks from `x` on, if there are so many to be written that this is shorter;
    /// gives back where they end.
    fn erase(&mut self, x: usize, pen: &mut Pen) -> Option<usize> {
        let blanks = self.after[x..].iter().take_while(|cell| is_nothing(cell)).count();
        let end = x + blanks;
        let changed_end = self.changed_end(x, end)?;
        let bytes = changed_end - x;
        let is_rest = end == self.after.len();
        let erased_bytes = match is_rest {
            true => ERASE_REST_BYTES,
            // And what it takes to go on behind them.
            false => 2 * counted_bytes(column(bytes)),
        };
        if bytes <= erased_bytes {
            return None;
        }
        pen.move_to(self.position(x));
        if is_rest {
            pen.erase_rest();
            return Some(end);
        }
        pen.erase(column(bytes));
        Some(changed_end)
    }

    /// Behind the last of the blanks from `x` to `end` that the terminal does not show yet. None
    /// if a picture may stand there: some terminals take one away only for a character.
    fn changed_end(&self, x: usize, end: usize) -> Option<usize> {
        if (x..end).any(|x| is_picture(self.before(x))) {
            return None;
        }
        if self.is_whole {
            return (end > x).then_some(end);
        }
        (x..end).rev().find(|x| !is_nothing(self.before(*x))).map(|last| last + 1)
    }

    /// Passes the characters of `before` that begin left of `x`.
    fn pass_before(&mut self, x: usize) {
        while self.before_next < x {
            self.before_next += columns(self.before(self.before_next));
        }
    }

    fn before(&self, x: usize) -> &'a Cell {
        self.before.and_then(|before| before.get(x)).unwrap_or(&BLANK)
    }

    fn position(&self, x: usize) -> Position {
        Position::new(column(x), self.y)
    }
}

/// Rows are never longer than a terminal is wide.
fn column(x: usize) -> u16 {
    u16::try_from(x).unwrap_or(u16::MAX)
}

/// Columns that a cell takes, one at least.
fn columns(cell: &Cell) -> usize {
    match (cell.diff_option, cell.symbol().len()) {
        (CellDiffOption::ForcedWidth(width), _) => width.get().into(),
        (CellDiffOption::Skip, _) | (_, 1) => 1,
        _ => usize::from(cell.cell_width()).max(1),
    }
}

/// Whether something else covers the cell, so that it is not written.
fn is_covered(cell: &Cell) -> bool {
    cell.diff_option == CellDiffOption::Skip
}

/// Whether the cell is (under) a picture that the terminal does not take for text. Links are text.
pub(super) fn is_picture(cell: &Cell) -> bool {
    match cell.diff_option {
        CellDiffOption::None | CellDiffOption::AlwaysUpdate => false,
        CellDiffOption::Skip => true,
        CellDiffOption::ForcedWidth(_) => {
            let symbol = cell.symbol();
            symbol.starts_with('\x1b') && !symbol.starts_with("\x1b]8;")
        }
    }
}

/// Whether the cell is a blank as it is where nothing was ever written.
fn is_nothing(cell: &Cell) -> bool {
    cell.symbol() == " "
        && cell.diff_option == CellDiffOption::None
        && Look::of(cell).leaves_nothing()
}

/// Whether a cell stays as it is.
fn is_kept(before: &Cell, after: &Cell) -> bool {
    before == after && !is_always_written(after)
}

fn is_always_written(cell: &Cell) -> bool {
    cell.diff_option == CellDiffOption::AlwaysUpdate
}

/// Whether both cells are blanks that nobody can tell apart.
fn is_alike_blank(before: &Cell, after: &Cell) -> bool {
    let are_plain = [before, after]
        .iter()
        .all(|cell| cell.symbol() == " " && cell.diff_option == CellDiffOption::None);
    are_plain && Look::of(before).is_alike_on_blank(Look::of(after))
}

/// Whether the cell is one character of one column, and nothing else.
fn is_simple(cell: &Cell) -> bool {
    cell.diff_option == CellDiffOption::None && columns(cell) == 1 && has_certain_width(cell)
}

/// Whether all terminals give a cell as many columns as we do: those of one character that is not
/// a picture somewhere. Marks that join the letter before them are counted in different ways.
fn has_certain_width(cell: &Cell) -> bool {
    let mut characters = cell.symbol().chars();
    match (characters.next(), characters.next()) {
        (Some(first), None) => {
            !matches!(first, '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
        }
        _ => false,
    }
}

/// Flags, joined pictures, and characters that were asked to be pictures.
fn has_uncertain_width(cell: &Cell) -> bool {
    let joins = |character| matches!(character, '\u{200D}' | '\u{FE0F}' | '\u{1F1E6}'..='\u{1F1FF}' | '\u{1F3FB}'..='\u{1F3FF}');
    // All of these take more bytes than that, or stand behind something.
    cell.symbol().len() > 3 && cell.symbol().chars().any(joins)
}
