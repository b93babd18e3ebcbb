//! The help screen.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::paint::{line, overlay, row};
use super::places::Places;
use crate::state::wrap::columns;
use crate::state::{HELP_SIZE, HelpLine, State, help_key_columns, help_last_top, help_lines};
use crate::theme::Theme;

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    top: usize,
    places: &mut Places,
    theme: &Theme,
) {
    let area = overlay(buffer, state, HELP_SIZE, "Help", places, theme);
    let lines = help_lines(&state.keymap, area.width.into());
    let top = top.min(help_last_top(state));
    for (index, content) in lines.iter().skip(top).take(area.height.into()).enumerate() {
        line(buffer, row(area, index as u16), styled(content, area.width.into(), theme));
    }
}

fn styled<'a>(content: &'a HelpLine, width: usize, theme: &Theme) -> Line<'a> {
    match content {
        HelpLine::Heading(text) => Line::from(Span::styled(*text, theme.heading)),
        HelpLine::Blank => Line::default(),
        HelpLine::Entry { keys, meaning } => {
            let gap = help_key_columns(width).saturating_sub(2 + columns(keys));
            Line::from(vec![
                Span::raw("  "),
                Span::styled(keys.as_str(), theme.accent),
                Span::raw(" ".repeat(gap)),
                Span::styled(meaning.as_str(), theme.text),
            ])
        }
    }
}
