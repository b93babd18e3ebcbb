//! From a finished frame to the bytes that make the terminal show it, as few as possible.
//!
//! Keeps what the terminal shows, where its cursor stands and in which colours it writes, so that
//! only what differs is written, and nothing if nothing does. Knows no terminal and no messages.

mod look;
mod pen;
mod row;
mod shift;

#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use pen::Pen;
use row::Row;
use shift::Shift;

/// A frame is drawn in one go (mode 2026) from this many bytes on. Terminals read more than that
/// at once, so less than that can't be seen half.
const SYNCHRONIZED_FROM_BYTES: usize = 192;

const BEGIN_SYNCHRONIZED: &str = "\x1b[?2026h";
const END_SYNCHRONIZED: &str = "\x1b[?2026l";

/// Bytes from which on it is worth while to look for rows that only moved.
const SHIFT_FROM_BYTES: usize = 100;

/// What belongs to a frame beside its cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finish {
    /// Where the cursor stands; none if it is hidden.
    pub cursor: Option<Position>,
    /// Where rows are likely to have moved up or down.
    pub scrolled: Rect,
}

/// Turns frames into what is to be written.
#[derive(Debug, Default)]
pub struct Painter {
    /// What the terminal shows, if it is known.
    shown: Buffer,
    is_known: bool,
    /// The frame that is drawn; the one before the last between two frames.
    frame: Buffer,
    pen: Pen,
}

impl Painter {
    /// Has a frame of `size` drawn into blank cells; gives back what is to be written for it.
    pub fn paint(&mut self, size: Size, draw: impl FnOnce(&mut Buffer) -> Finish) -> &str {
        self.fit(size);
        let finish = draw(&mut self.frame);
        self.pen.begin();
        if self.is_known {
            self.write_difference(finish.scrolled);
        } else {
            self.pen.clear_screen();
            self.shown.reset();
            self.write_rows(None, usize::MAX);
        }
        self.pen.cursor(finish.cursor);
        self.is_known = true;
        std::mem::swap(&mut self.shown, &mut self.frame);
        self.in_one_go()
    }

    /// Something else was written to the terminal that leaves what it shows as it is.
    pub fn interrupted(&mut self) {
        self.pen.forget_place_and_look();
    }

    /// What the terminal shows is not known any more; the next frame is written in full.
    pub fn forget(&mut self) {
        self.is_known = false;
        self.pen.forget();
    }

    /// Makes ready an empty frame.
    fn fit(&mut self, size: Size) {
        let area = Rect::from((Position::ORIGIN, size));
        if self.frame.area != area {
            self.frame.resize(area);
            self.shown.resize(area);
            self.pen.resize(size);
            self.forget();
        }
        self.frame.reset();
    }

    /// Writes what differs; with rows moved before, if that is shorter.
    fn write_difference(&mut self, scrolled: Rect) {
        let begun = self.pen.at_start();
        if self.write_rows(None, SHIFT_FROM_BYTES) {
            return;
        }
        let shifts = shift::find(&self.shown, &self.frame, scrolled);
        let mut shortest = None::<Pen>;
        for shift in shifts.into_iter().map(Some).chain([None]) {
            self.pen = begun.at_start();
            if let Some(shift) = shift {
                self.pen.move_rows((shift.top, shift.bottom), shift.by);
            }
            let bytes_max = shortest.as_ref().map_or(usize::MAX, |shortest| shortest.out.len());
            if self.write_rows(shift, bytes_max) {
                shortest = Some(std::mem::take(&mut self.pen));
            }
        }
        self.pen = shortest.unwrap_or(begun);
    }

    /// Writes the rows that differ once `shift` is done. Gives up, and says so, where that takes
    /// `bytes_max` or more.
    fn write_rows(&mut self, shift: Option<Shift>, bytes_max: usize) -> bool {
        let Self { shown, frame, pen, .. } = self;
        for y in 0..frame.area.height {
            let source = shift.map_or(Some(y), |shift| shift.source(y));
            let before = source.map(|source| shift::row(shown, source));
            if let Some(row) = Row::changed(y, before, shift::row(frame, y)) {
                row.write(pen);
            }
            if pen.out.len() >= bytes_max {
                return false;
            }
        }
        true
    }

    /// What was written, so that no half of it ever shows.
    fn in_one_go(&mut self) -> &str {
        let out = &mut self.pen.out;
        if out.len() >= SYNCHRONIZED_FROM_BYTES {
            out.insert_str(0, BEGIN_SYNCHRONIZED);
            out.push_str(END_SYNCHRONIZED);
        }
        out
    }
}
