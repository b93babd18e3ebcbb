//! Links on the screen: which cells lead where, for the terminal to make them clickable (OSC 8).

use std::num::NonZeroU16;
use std::sync::Arc;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;

/// Places of a frame that lead somewhere.
#[derive(Debug, Default)]
pub struct Links {
    places: Vec<(Rect, Arc<str>)>,
}

impl Links {
    /// The one row of `place` leads to `target`.
    pub(super) fn add(&mut self, place: Rect, target: Arc<str>) {
        if !place.is_empty() {
            self.places.push((place, target));
        }
    }

    /// Forgets what `area` covers.
    pub(super) fn cover(&mut self, area: Rect) {
        self.places.retain(|(place, _)| !place.intersects(area));
    }

    /// Turns the cells of each link into one that holds its text between the sequences that begin
    /// and end a link, so that the terminal always gets both
    /// (<https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>).
    pub fn write(self, buffer: &mut Buffer) {
        for (place, target) in self.places {
            let place = place.intersection(buffer.area);
            let Some(width) = NonZeroU16::new(place.width) else { continue };
            if target.chars().any(char::is_control) {
                continue;
            }
            let text: String = visible_symbols(buffer, place);
            let cell = &mut buffer[(place.x, place.y)];
            cell.set_symbol(&format!("\x1b]8;;{target}\x1b\\{text}\x1b]8;;\x1b\\"));
            cell.set_diff_option(CellDiffOption::ForcedWidth(width));
        }
    }
}

/// What the terminal shows of a row: a wide character hides the cell after it.
fn visible_symbols(buffer: &Buffer, place: Rect) -> String {
    use ratatui::buffer::CellWidth;
    let mut text = String::new();
    let mut x = place.left();
    while x < place.right() {
        let cell = &buffer[(x, place.y)];
        text.push_str(cell.symbol());
        x += cell.cell_width().max(1);
    }
    text
}
