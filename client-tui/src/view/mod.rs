//! Draws the state. Reads it and changes nothing; never draws outside the pane it was given.

mod chat;
mod composer;
mod form;
mod help;
mod list;
mod paint;
mod people;
mod question;
mod settings;
mod status;
mod timeline;
mod times;
mod welcome;

#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::Position;

use crate::state::{Overlay, State};
pub use crate::theme::Theme;

/// Draws a frame.
pub fn draw(frame: &mut Frame<'_>, state: &State, theme: &Theme) {
    let mut cursor = match &state.welcome {
        Some(welcome) => welcome::draw(frame.buffer_mut(), state, welcome, theme),
        None => draw_main(frame, state, theme),
    };
    if let Some(overlay) = &state.overlay {
        cursor = draw_overlay(frame, state, overlay, theme);
    }
    status::draw(frame.buffer_mut(), state, theme);
    if let Some(cursor) = cursor.filter(|cursor| frame.area().contains(*cursor)) {
        frame.set_cursor_position(cursor);
    }
}

fn draw_main(frame: &mut Frame<'_>, state: &State, theme: &Theme) -> Option<Position> {
    let account = state.account.as_ref()?;
    let panes = state.panes();
    let buffer = frame.buffer_mut();
    list::draw(buffer, state, account, &panes, theme);
    chat::draw(buffer, state, account, &panes, theme)
}

fn draw_overlay(
    frame: &mut Frame<'_>,
    state: &State,
    overlay: &Overlay,
    theme: &Theme,
) -> Option<Position> {
    let buffer = frame.buffer_mut();
    match overlay {
        Overlay::People(people) => people::draw(buffer, state, people, theme),
        Overlay::Settings(settings) => settings::draw(buffer, state, settings, theme),
        Overlay::Help { top } => {
            help::draw(buffer, state, *top, theme);
            None
        }
        Overlay::Question(question) => {
            question::draw(buffer, state, *question, theme);
            None
        }
    }
}
