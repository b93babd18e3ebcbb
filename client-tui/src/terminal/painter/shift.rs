//! Finds rows that are the same as before, only further up or down.
//!
//! Knows nothing of what the rows are. What it finds is a proposal: whether moving them costs less
//! than to write them anew, the caller has to try.

use std::cmp::Reverse;

use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::layout::Rect;

use super::row::is_picture;

/// Fewest rows that must have moved.
const ROWS_MIN: u16 = 2;

/// What a row without anything in it counts as.
const NOTHING: u64 = 0;

/// Rows of the screen that move, from the first up to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) top: u16,
    pub(super) bottom: u16,
    /// By how many rows; up, if it is above zero.
    pub(super) by: i32,
}

impl Shift {
    /// The row that comes to stand at `y`; none where the move leaves a blank.
    pub(super) fn source(self, y: u16) -> Option<u16> {
        if !(self.top..self.bottom).contains(&y) {
            return Some(y);
        }
        let source = u16::try_from(i32::from(y) + self.by).ok()?;
        (self.top..self.bottom).contains(&source).then_some(source)
    }

    /// The same without the rows at the top that have something beside `area` that does not move
    /// along, such as a list at the left of it.
    fn below_what_stays(self, before: &Buffer, after: &Buffer, area: Rect) -> Self {
        let moves_along = |y: u16| {
            let Some(source) = self.source(y) else { return true };
            let beside = |buffer, y| {
                let row = row(buffer, y);
                let (left, right) = (usize::from(area.left()), usize::from(area.right()));
                (row.get(..left), row.get(right..))
            };
            beside(before, source) == beside(after, y)
        };
        let last = (self.top..self.bottom).rev().find(|y| !moves_along(*y));
        let top = last.map_or(self.top, |last| {
            let freed = u16::try_from(-self.by).unwrap_or(0);
            (last + 1).saturating_sub(freed).max(self.top)
        });
        Self { top, ..self }
    }
}

/// What may have moved within `area`: first as much as possible, then what would not take
/// anything along that has to stay.
pub(super) fn find(before: &Buffer, after: &Buffer, area: Rect) -> Vec<Shift> {
    let area = area.intersection(before.area).intersection(after.area);
    let Some(most) = most_rows(before, after, area) else { return Vec::new() };
    let fewer = most.below_what_stays(before, after, area);
    let mut shifts = vec![most];
    if fewer.top != most.top {
        shifts.push(fewer);
    }
    shifts.retain(|shift| {
        let rows = || shift.top..shift.bottom;
        let may_be_picture = |cell: &&Cell| cell.diff_option != CellDiffOption::None;
        let has_picture = |buffer, y| row(buffer, y).iter().filter(may_be_picture).any(is_picture);
        shift.bottom - shift.top > ROWS_MIN
            && !rows().any(|y| has_picture(before, y) || has_picture(after, y))
    });
    shifts
}

/// The move that most rows agree on.
fn most_rows(before: &Buffer, after: &Buffer, area: Rect) -> Option<Shift> {
    let signs = |buffer| area.rows().map(|row| sign(cells(buffer, row))).collect::<Vec<_>>();
    let (old, new) = (signs(before), signs(after));
    let height = old.len();
    let is_moved = |y: usize| new[y] != old[y] && new[y] != NOTHING;
    let moves = |y: usize| {
        let (old, sign) = (&old, new[y]);
        (0..height).filter(move |source| is_moved(y) && old[*source] == sign)
    };
    // By how far, counted from the longest way down.
    let mut votes = vec![0_u16; 2 * height];
    for y in 0..height {
        moves(y).for_each(|source| votes[source + height - y] += 1);
    }
    let by = (0..votes.len()).max_by_key(|by| (votes[*by], Reverse(by.abs_diff(height))))?;
    if votes[by] < ROWS_MIN {
        return None;
    }
    let rows = (0..height).filter(|y| moves(*y).any(|source| source + height - y == by));
    Some(reach(rows, by as i32 - height as i32, area))
}

/// The region in which these rows move.
fn reach(rows: impl Iterator<Item = usize>, by: i32, area: Rect) -> Shift {
    let (start, end) = rows.fold((usize::MAX, 0), |(start, end), y| (start.min(y), end.max(y + 1)));
    let at = |row: usize| i32::from(area.top()) + i32::try_from(row).unwrap_or(0);
    let within = |y: i32| u16::try_from(y).unwrap_or(0).clamp(area.top(), area.bottom());
    Shift { top: within(at(start) + by.min(0)), bottom: within(at(end) + by.max(0)), by }
}

pub(super) fn row(buffer: &Buffer, y: u16) -> &[Cell] {
    cells(buffer, Rect { y, height: 1, ..buffer.area })
}

fn cells(buffer: &Buffer, row: Rect) -> &[Cell] {
    let start = usize::from(row.y) * usize::from(buffer.area.width) + usize::from(row.x);
    buffer.content.get(start..start + usize::from(row.width)).unwrap_or_default()
}

/// A number for what is written in a row (FNV-1a by symbols). Colours don't count, and two rows
/// with one number are as good as one: it is only a proposal.
fn sign(row: &[Cell]) -> u64 {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const FACTOR: u64 = 0x0100_0000_01b3;
    let (mut sign, mut seen) = (START, 0);
    for cell in row {
        let word = match cell.symbol().as_bytes() {
            [byte] => u64::from(*byte),
            bytes => bytes.iter().fold(0_u64, |word, byte| word.rotate_left(8) ^ u64::from(*byte)),
        };
        seen |= word ^ u64::from(b' ');
        sign = (sign ^ word).wrapping_mul(FACTOR);
    }
    if seen == 0 { NOTHING } else { sign }
}
