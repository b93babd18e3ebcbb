//! The terminal's cursor and colours, as they are after what was written; and what is to be
//! written to have them otherwise.
//!
//! Knows nothing of what stands on the screen.

use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::look::{Look, keep_shorter};

/// Memory that is kept for the next frame, bytes; those with pictures take more.
const OUT_BYTES_KEPT: usize = 16 * 1024;

/// What the terminal would do with the next character. None is what nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PenState {
    /// Where it would stand. A column right of the last one is that of a cursor that waits at the
    /// edge: terminals differ in where it moves from there, but not about its row.
    at: Option<Position>,
    look: Option<Look>,
    is_shown: Option<bool>,
}

/// Writes cells and moves between them in the fewest bytes.
#[derive(Debug, Default)]
pub(super) struct Pen {
    state: PenState,
    /// What is written for this frame.
    pub(super) out: String,
    size: Size,
}

impl Pen {
    /// For a screen of this size.
    pub(super) fn resize(&mut self, size: Size) {
        self.size = size;
    }

    /// A frame begins.
    pub(super) fn begin(&mut self) {
        self.out.clear();
        self.out.shrink_to(OUT_BYTES_KEPT);
    }

    /// The pen as it is now, with nothing written.
    pub(super) fn at_start(&self) -> Self {
        Self { out: String::new(), ..*self }
    }

    /// Somebody else may have moved the cursor or changed colours.
    pub(super) fn forget_place_and_look(&mut self) {
        (self.state.at, self.state.look) = (None, None);
    }

    /// Somebody else had the terminal.
    pub(super) fn forget(&mut self) {
        self.state = PenState::default();
    }

    /// Erases everything. Margins that another program left behind would spoil the moving of rows.
    pub(super) fn clear_screen(&mut self) {
        self.out.push_str("\x1b[r");
        self.look(Look::PLAIN);
        self.out.push_str("\x1b[2J");
        self.state.at = None;
    }

    /// Where the next character would stand, if that is on this row.
    pub(super) fn column_on(&self, row: u16) -> Option<u16> {
        self.state.at.filter(|at| at.y == row).map(|at| at.x)
    }

    /// Whether the cell could be written without another sequence.
    pub(super) fn has_look_of(&self, cell: &Cell) -> bool {
        let look = Look::of(cell);
        self.state.look.is_some_and(|own| match cell.symbol() {
            " " => own.is_alike_on_blank(look),
            _ => own == look,
        })
    }

    pub(super) fn move_to(&mut self, to: Position) {
        let Some(from) = self.state.at else {
            write_position(&mut self.out, to);
            self.state.at = Some(to);
            return;
        };
        if from == to {
            return;
        }
        let start = self.out.len();
        write_position(&mut self.out, to);
        let middle = self.out.len();
        write_rows(&mut self.out, from.y, to.y);
        write_columns(&mut self.out, from.x, to.x, self.size.width);
        keep_shorter(&mut self.out, start, middle);
        self.state.at = Some(to);
    }

    /// Writes a cell of `columns` at the cursor. If terminals may differ in how far it takes the
    /// cursor, that is not believed to be known afterwards.
    pub(super) fn write(&mut self, cell: &Cell, columns: u16, is_certain: bool) {
        if !self.has_look_of(cell) {
            let look = Look::of(cell);
            let is_nothing = cell.symbol() == " " && look.leaves_nothing();
            self.look(if is_nothing { Look::PLAIN } else { look });
        }
        self.out.push_str(cell.symbol());
        self.state.at = self.state.at.filter(|_| is_certain).map(|at| {
            let x = at.x.saturating_add(columns).min(self.size.width);
            Position { x, ..at }
        });
    }

    /// Erases from the cursor to the end of the row (EL).
    pub(super) fn erase_rest(&mut self) {
        self.leave_nothing();
        self.out.push_str("\x1b[K");
    }

    /// Erases `columns` from the cursor on, which stays (ECH).
    pub(super) fn erase(&mut self, columns: u16) {
        self.leave_nothing();
        write_counted(&mut self.out, columns, 'X');
    }

    /// Moves the rows from `top` up to `bottom` by `by`, up if it is above zero; what is left free
    /// is blank. By deleting and inserting rows (DL, IL), which every descendant of the VT102 can,
    /// and which leaves nothing behind in the terminal as a scrolling region would.
    pub(super) fn move_rows(&mut self, (top, bottom): (u16, u16), by: i32) {
        self.leave_nothing();
        let count = u16::try_from(by.unsigned_abs()).unwrap_or(u16::MAX).min(bottom - top);
        let freed = bottom - count;
        let (deleted, inserted) = if by > 0 { (top, freed) } else { (freed, top) };
        for (row, command) in [(deleted, 'M'), (inserted, 'L')] {
            self.move_to(Position::new(0, row));
            write_counted(&mut self.out, count, command);
        }
    }

    /// Shows the cursor there, or hides it.
    pub(super) fn cursor(&mut self, cursor: Option<Position>) {
        if let Some(cursor) = cursor {
            self.move_to(cursor);
        }
        if self.state.is_shown != Some(cursor.is_some()) {
            self.out.push_str(if cursor.is_some() { "\x1b[?25h" } else { "\x1b[?25l" });
            self.state.is_shown = Some(cursor.is_some());
        }
    }

    fn look(&mut self, look: Look) {
        if self.state.look != Some(look) {
            look.write(self.state.look, &mut self.out);
            self.state.look = Some(look);
        }
    }

    fn leave_nothing(&mut self) {
        if !self.state.look.is_some_and(Look::leaves_nothing) {
            self.look(Look::PLAIN);
        }
    }
}

/// Bytes of the shortest move to the right within a row.
pub(super) fn forward_bytes(from: u16, to: u16) -> usize {
    let count = to.saturating_sub(from);
    counted_bytes(count).min(counted_bytes(to.saturating_add(1)))
}

/// Bytes of a sequence with a count, which is left out if it is one.
pub(super) fn counted_bytes(count: u16) -> usize {
    match count {
        1 => 3,
        _ => 4 + count.checked_ilog10().unwrap_or(0) as usize,
    }
}

/// To a place on the screen (CUP).
fn write_position(out: &mut String, to: Position) {
    out.push_str("\x1b[");
    if (to.x, to.y) != (0, 0) {
        push_number(out, u32::from(to.y) + 1);
    }
    if to.x > 0 {
        out.push(';');
        push_number(out, u32::from(to.x) + 1);
    }
    out.push('H');
}

/// Up or down (CUU, CUD).
fn write_rows(out: &mut String, from: u16, to: u16) {
    if from != to {
        write_counted(out, from.abs_diff(to), if to < from { 'A' } else { 'B' });
    }
}

/// Within the row (CUF, CUB, CHA), by a count only if the cursor does not wait at the edge.
fn write_columns(out: &mut String, from: u16, to: u16, width: u16) {
    if from == to {
        return;
    }
    let start = out.len();
    match to {
        0 => out.push('\r'),
        _ => write_counted(out, to.saturating_add(1), 'G'),
    }
    if from < width {
        let middle = out.len();
        match from.abs_diff(to) {
            1 if to < from => out.push('\x08'),
            count => write_counted(out, count, if to < from { 'D' } else { 'C' }),
        }
        keep_shorter(out, start, middle);
    }
}

fn write_counted(out: &mut String, count: u16, command: char) {
    out.push_str("\x1b[");
    if count != 1 {
        push_number(out, count.into());
    }
    out.push(command);
}

/// Writes a number, in much less time than what can write anything.
pub(super) fn push_number(out: &mut String, number: u32) {
    if number > 9 {
        push_number(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(from: (u16, u16), to: (u16, u16)) -> String {
        let mut pen = Pen::default();
        pen.resize(Size::new(120, 40));
        pen.move_to(from.into());
        pen.out.clear();
        pen.move_to(to.into());
        pen.out
    }

    #[test]
    fn the_cursor_takes_the_shortest_way() {
        for (from, to, written) in [
            ((5, 5), (5, 5), ""),
            ((5, 5), (6, 5), "\x1b[C"),
            ((5, 5), (4, 5), "\x08"),
            ((5, 5), (0, 5), "\r"),
            ((5, 5), (0, 0), "\x1b[H"),
            ((5, 5), (0, 20), "\x1b[21H"),
            ((5, 5), (5, 6), "\x1b[B"),
            ((5, 5), (5, 4), "\x1b[A"),
            ((5, 5), (60, 5), "\x1b[61G"),
            ((100, 5), (102, 5), "\x1b[2C"),
            ((100, 5), (60, 20), "\x1b[21;61H"),
            // At the edge it waits, and nobody knows from where it would go on.
            ((120, 5), (119, 5), "\x1b[120G"),
            ((120, 5), (0, 5), "\r"),
        ] {
            assert_eq!(moved(from, to), written, "from {from:?} to {to:?}");
        }
        assert_eq!(forward_bytes(3, 4), "\x1b[C".len());
        assert_eq!(forward_bytes(3, 13), "\x1b[10C".len());
        assert_eq!(forward_bytes(0, 9), "\x1b[9C".len());
        assert_eq!(forward_bytes(40, 119), "\x1b[79C".len());
    }

    #[test]
    fn rows_move_both_ways() {
        let rows = |by| {
            let mut pen = Pen::default();
            pen.resize(Size::new(120, 40));
            pen.state.look = Some(Look::PLAIN);
            pen.move_rows((4, 37), by);
            assert_eq!(pen.column_on(if by > 0 { 37 - by as u16 } else { 4 }), Some(0));
            pen.out
        };
        assert_eq!(rows(1), "\x1b[5H\x1b[M\x1b[37H\x1b[L");
        assert_eq!(rows(3), "\x1b[5H\x1b[3M\x1b[35H\x1b[3L");
        assert_eq!(rows(-3), "\x1b[35H\x1b[3M\x1b[5H\x1b[3L");
    }
}
