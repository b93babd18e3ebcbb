//! What stands where in a frame: the cursor, links, for the terminal to make clickable (OSC 8), and
//! what a click is meant for.

use std::num::NonZeroU16;
use std::sync::Arc;

use ratatui::buffer::{Buffer, CellDiffOption, CellWidth};
use ratatui::layout::{Position, Rect};

use crate::pictures::PicturePlace;
use crate::state::Target;

/// Places of a frame, noted while it is drawn.
#[derive(Debug, Default)]
pub struct Places {
    links: Vec<(Rect, Arc<str>)>,
    targets: Vec<(Rect, Target)>,
    pictures: Vec<PicturePlace>,
    cursor: Option<Position>,
}

impl Places {
    /// Where the cursor stands; none if it is hidden.
    pub fn cursor(&self) -> Option<Position> {
        self.cursor
    }

    /// Where rows move up and down: the messages, unless something lies over them.
    pub fn scrolled(&self) -> Rect {
        let timeline = self.targets.iter().find(|(_, target)| *target == Target::Timeline);
        timeline.map_or_else(Rect::default, |(place, _)| *place)
    }

    /// What a click there is meant for: whatever was drawn last.
    pub fn target(&self, at: Position) -> Option<Target> {
        let mut targets = self.targets.iter().rev();
        targets.find(|(place, _)| place.contains(at)).map(|(_, target)| *target)
    }

    /// The pictures that stand in it, from above.
    pub fn pictures(&self) -> &[PicturePlace] {
        &self.pictures
    }

    /// What is left of them when something lies over all: nothing can be clicked any more, but
    /// pictures show beside it.
    pub(super) fn behind(self) -> Self {
        Self { pictures: self.pictures, ..Self::default() }
    }

    /// The cursor stands there, or nowhere.
    pub(super) fn set_cursor(&mut self, cursor: Option<Position>) {
        self.cursor = cursor;
    }

    /// A picture stands there.
    pub(super) fn picture(&mut self, place: PicturePlace) {
        if !place.area.is_empty() {
            self.pictures.push(place);
        }
    }

    /// Turns the cells of each link into one that holds its text between the sequences that begin
    /// and end a link, so that the terminal always gets both
    /// (<https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>).
    pub fn write_links(&self, buffer: &mut Buffer) {
        for (place, target) in &self.links {
            let place = place.intersection(buffer.area);
            let Some(width) = NonZeroU16::new(place.width) else { continue };
            if target.chars().any(char::is_control) {
                continue;
            }
            let text = visible_text(buffer, place);
            let cell = &mut buffer[(place.x, place.y)];
            cell.set_symbol(&format!("\x1b]8;;{target}\x1b\\{text}\x1b]8;;\x1b\\"));
            cell.set_diff_option(CellDiffOption::ForcedWidth(width));
        }
    }

    /// The one row of `place` leads to `target`.
    pub(super) fn link(&mut self, place: Rect, target: Arc<str>) {
        if !place.is_empty() {
            self.links.push((place, target));
        }
    }

    /// A click in `place` is meant for `target`.
    pub(super) fn target_in(&mut self, place: Rect, target: Target) {
        self.targets.push((place, target));
    }

    /// Something lies over `area`: links there can't be clicked, and of pictures what is above it
    /// is left, if it covers their whole width.
    pub(super) fn cover(&mut self, area: Rect) {
        self.links.retain(|(place, _)| !place.intersects(area));
        self.pictures.retain_mut(|PicturePlace { area: place, .. }| {
            if !place.intersects(area) {
                return true;
            }
            let covers_below = area.left() <= place.left()
                && place.right() <= area.right()
                && place.bottom() <= area.bottom()
                && place.top() < area.top();
            if covers_below {
                place.height = area.top() - place.top();
            }
            covers_below
        });
    }
}

/// What the terminal shows of a row: a wide character hides the cell after it.
fn visible_text(buffer: &Buffer, place: Rect) -> String {
    let mut text = String::new();
    let mut x = place.left();
    while x < place.right() {
        let cell = &buffer[(x, place.y)];
        text.push_str(cell.symbol());
        x += cell.cell_width().max(1);
    }
    text
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn a_link_is_one_cell_that_begins_and_ends_it() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "see 日本 now", Style::new());
        let mut places = Places::default();
        places.link(Rect::new(4, 0, 4, 1), "https://example.org".into());
        places.write_links(&mut buffer);
        let symbol = "\x1b]8;;https://example.org\x1b\\日本\x1b]8;;\x1b\\";
        assert_eq!(buffer[(4, 0)].symbol(), symbol);
        let blank = Buffer::empty(buffer.area);
        let written: Vec<_> = blank.diff_iter(&buffer).map(|(x, ..)| x).collect();
        assert_eq!(written, [0, 1, 2, 4, 9, 10, 11]);
    }

    #[test]
    fn a_target_with_control_characters_is_no_link() {
        let mut buffer = Buffer::with_lines(["here"]);
        let mut places = Places::default();
        places.link(Rect::new(0, 0, 4, 1), "https://e.org/\x1b]52;c;aGk=\x07".into());
        places.write_links(&mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["here"]));
    }
}
