//! Putting finished pictures into the cells of a frame.

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::widgets::Widget;
use ratatui_image::sliced::{SignedPosition, SlicedImage, SlicedProtocol};

use super::PicturePlace;
use super::encode::Blocks;

/// What stands in cells that a picture covers. It is never written; but whatever comes to stand
/// there after the picture differs from it, and so is.
const COVERED: &str = "\u{e000}";

const ONE_COLUMN: CellDiffOption = CellDiffOption::ForcedWidth(NonZeroU16::MIN);

/// Puts in the rows in view of a picture that the terminal has.
pub(super) fn cells(buffer: &mut Buffer, place: &PicturePlace, cells: &SlicedProtocol) {
    let area = clear(buffer, place.area);
    let rows_above = i16::try_from(place.skipped).unwrap_or(i16::MAX);
    SlicedImage::new(cells, SignedPosition::from((0, -rows_above))).render(area, buffer);
}

/// Puts in the rows in view of a picture of half-blocks.
pub(super) fn blocks(buffer: &mut Buffer, place: &PicturePlace, blocks: &Blocks) {
    let area = clear(buffer, place.area);
    for (y, row) in area.rows().zip(place.skipped..) {
        for (position, [upper, lower]) in y.positions().zip(blocks.row(row)) {
            let symbol = if upper == lower { " " } else { "▀" };
            buffer[position].set_symbol(symbol).set_fg(*upper).set_bg(*lower);
        }
    }
}

/// Puts in a picture that is sent where it stands.
pub(super) fn stamp(buffer: &mut Buffer, place: &PicturePlace, sequence: &str) {
    let area = clear(buffer, place.area);
    for position in area.positions() {
        buffer[position].set_symbol(COVERED).set_diff_option(CellDiffOption::Skip);
    }
    if let Some(cell) = buffer.cell_mut(area.as_position()) {
        cell.set_symbol(sequence).set_diff_option(ONE_COLUMN);
    }
}

/// Takes away what stands for a picture until it is there.
fn clear(buffer: &mut Buffer, area: Rect) -> Rect {
    let area = area.intersection(buffer.area);
    for position in area.positions() {
        buffer[position].reset();
    }
    area
}

#[cfg(test)]
mod tests {
    use super::super::encode::Encoded;
    use super::super::encode::tests::{encoded, means, wanted};
    use super::*;
    use crate::terminal::Protocol;

    #[test]
    fn what_stood_under_a_picture_is_written_again_when_the_picture_goes() {
        let area = Rect::new(0, 0, 8, 4);
        let place = PicturePlace { wanted: wanted(1), area: Rect::new(1, 0, 6, 3), skipped: 0 };
        let Encoded::Stamp { sequence, .. } = encoded(1, &means(Protocol::Sixel, false)) else {
            panic!("no sixel")
        };
        let blank = Buffer::empty(area);
        let mut with = Buffer::empty(area);
        stamp(&mut with, &place, &sequence);
        let written: Vec<_> = blank.diff_iter(&with).map(|(x, y, _)| (x, y)).collect();
        assert_eq!(written, [(1, 0)], "the picture alone");
        let mut moved = Buffer::empty(area);
        let below = PicturePlace { area: Rect::new(1, 1, 6, 3), ..place };
        stamp(&mut moved, &below, &sequence);
        let written: Vec<_> = with.diff_iter(&moved).map(|(x, y, _)| (x, y)).collect();
        assert_eq!(written.len(), 6 + 1, "what it left, and where it is: {written:?}");
        let written = with.diff_iter(&blank).count();
        assert_eq!(written, 18, "all of it");
    }
}
