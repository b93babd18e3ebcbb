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
mod pictures_tests;
#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::Position;

pub use places::Places;

use crate::state::{Overlay, State, Target};
pub use crate::theme::Theme;

/// Draws a frame; what is returned says what stands where in it.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) -> Places {
    let mut places = Places::default();
    let mut cursor = match &state.welcome {
        Some(welcome) => welcome::draw(frame.buffer_mut(), state, welcome, &mut places, theme),
        None => draw_main(frame, state, &mut places, theme),
    };
    if let Some(overlay) = &state.overlay {
        places = places.behind();
        places.target_in(frame.area(), Target::Outside);
        cursor = draw_overlay(frame, state, overlay, &mut places, theme);
    }
    status::draw(frame.buffer_mut(), state, &mut places, theme);
    theme.glyphs.apply(frame.buffer_mut());
    if let Some(cursor) = cursor.filter(|cursor| frame.area().contains(*cursor)) {
        frame.set_cursor_position(cursor);
    }
    places
}

fn draw_main(
    frame: &mut Frame<'_>,
    state: &State,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    let account = state.account.as_ref()?;
    let panes = state.panes();
    let buffer = frame.buffer_mut();
    list::draw(buffer, state, account, &panes, places, theme);
    chat::draw(buffer, state, account, &panes, places, theme)
}

fn draw_overlay(
    frame: &mut Frame<'_>,
    state: &State,
    overlay: &Overlay,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    let buffer = frame.buffer_mut();
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
