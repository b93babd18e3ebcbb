//! Draws the state. Reads it and changes nothing; never draws outside the pane it was given.

mod attached;
pub mod avatar;
mod blocked;
mod card;
mod chat;
mod completion;
mod composer;
mod day;
mod form;
mod help;
mod list;
mod markdown;
mod notice;
mod paint;
mod people;
mod pictures;
mod places;
mod question;
mod settings;
mod status;
mod switcher;
mod timeline;
mod times;
mod welcome;

#[cfg(test)]
mod bytes_tests;
#[cfg(test)]
mod pictures_tests;
#[cfg(test)]
mod profile_tests;
#[cfg(test)]
mod settings_tests;
#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

pub use places::Places;

use crate::state::{Overlay, State, Target};
pub use crate::theme::Theme;

/// Draws a frame of ratatui's; what is returned says what stands where in it.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) -> Places {
    let places = draw_on(frame.buffer_mut(), state, theme);
    if let Some(cursor) = places.cursor() {
        frame.set_cursor_position(cursor);
    }
    places
}

/// Draws into blank cells; what is returned says what stands where in them.
pub fn draw_on(buffer: &mut Buffer, state: &State, theme: &Theme) -> Places {
    let mut places = Places::default();
    let mut cursor = match &state.welcome {
        Some(welcome) => welcome::draw(buffer, state, welcome, &mut places, theme),
        None => draw_main(buffer, state, &mut places, theme),
    };
    if let Some(overlay) = &state.overlay {
        places = places.behind();
        places.target_in(buffer.area, Target::Outside);
        cursor = draw_overlay(buffer, state, overlay, &mut places, theme);
    }
    status::draw(buffer, state, &mut places, theme);
    theme.glyphs.apply(buffer);
    places.set_cursor(cursor.filter(|cursor| buffer.area.contains(*cursor)));
    places
}

fn draw_main(
    buffer: &mut Buffer,
    state: &State,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    let account = state.account.as_ref()?;
    let panes = state.panes();
    list::draw(buffer, state, account, &panes, places, theme);
    chat::draw(buffer, state, account, &panes, places, theme)
}

fn draw_overlay(
    buffer: &mut Buffer,
    state: &State,
    overlay: &Overlay,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    match overlay {
        Overlay::People(people) => people::draw(buffer, state, people, places, theme),
        Overlay::Profile(card) => card::draw(buffer, state, card, places, theme),
        Overlay::Settings(settings) => settings::draw(buffer, state, settings, places, theme),
        Overlay::Switcher(switcher) => switcher::draw(buffer, state, switcher, places, theme),
        Overlay::Day(form) => day::draw(buffer, state, form, places, theme),
        Overlay::Help { top } => {
            help::draw(buffer, state, *top, places, theme);
            None
        }
        Overlay::Viewer(viewer) => {
            pictures::draw_viewer(buffer, state, viewer, places, theme);
            None
        }
        Overlay::Question(question) => {
            question::draw(buffer, state, *question, places, theme);
            None
        }
    }
}
