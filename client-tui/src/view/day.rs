//! The question for a day to go to.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::form;
use super::paint::overlay;
use super::places::Places;
use crate::state::{Form, State};
use crate::theme::Theme;

/// Columns and rows where there is room.
const SIZE: (u16, u16) = (54, 6);

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    form: &Form,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    let area = overlay(buffer, state, SIZE, "Go to a day", places, theme);
    let built = form::lines(form, area.width, false, theme);
    form::draw(buffer, area, built, places)
}
