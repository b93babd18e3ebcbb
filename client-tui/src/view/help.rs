//! Every key, from the key map in force, and what the marks mean.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::paint::{line, overlay, row};
use super::theme::Theme;
use crate::keymap::{Context, Keymap, key_name};
use crate::state::State;

/// Columns and rows of the help where there is room.
const SIZE: (u16, u16) = (76, 40);

/// Columns of the keys.
const KEY_COLUMNS: usize = 30;

/// What stands beside my messages.
const MARKS: [(&str, &str); 5] = [
    ("…", "waiting: will be sent as soon as possible"),
    ("✓", "sent: the server has it"),
    ("✓✓", "delivered: on a device of the other person"),
    ("◉", "read"),
    ("✗", "refused: the reason stands below the message"),
];

pub(super) fn draw(buffer: &mut Buffer, state: &State, top: usize, theme: &Theme) {
    let area = overlay(buffer, state, SIZE, "Help", theme);
    let lines = lines(&state.keymap, area.width.into(), theme);
    let last_top = lines.len().saturating_sub(area.height.into());
    let top = top.min(last_top);
    for (index, content) in lines.into_iter().skip(top).take(area.height.into()).enumerate() {
        line(buffer, row(area, index as u16), content);
    }
}

/// How many lines the help has.
pub(super) fn lines(keymap: &Keymap, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let keys_columns = KEY_COLUMNS.min(width / 2);
    for context in Context::ALL {
        lines.push(Line::from(Span::styled(context.heading(), theme.heading)));
        for binding in keymap.in_context(context) {
            let keys: Vec<_> = binding.keys.iter().copied().map(key_name).collect();
            let keys = keys.join("  ");
            push_entry(&mut lines, &keys, keys_columns, binding.action.description(), theme);
        }
        lines.push(Line::default());
    }
    lines.push(Line::from(Span::styled("Beside my messages", theme.heading)));
    for (mark, meaning) in MARKS {
        push_entry(&mut lines, mark, keys_columns, meaning, theme);
    }
    lines
}

fn push_entry(
    lines: &mut Vec<Line<'static>>,
    keys: &str,
    keys_columns: usize,
    meaning: &str,
    theme: &Theme,
) {
    let keys = crate::state::wrap::shorten(keys, keys_columns.saturating_sub(2));
    let gap = keys_columns.saturating_sub(crate::state::wrap::columns(&keys) + 2);
    lines.push(Line::from(vec![
        Span::raw("  "),
        Span::styled(keys, theme.accent),
        Span::raw(" ".repeat(gap)),
        Span::styled(meaning.to_owned(), theme.text),
    ]));
}
