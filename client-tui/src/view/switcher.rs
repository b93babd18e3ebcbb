//! Finding a chat, a person or a command by a few letters.

use std::ops::Range;

use chatter_protocol::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::paint::{centred, ends, fitted, inset, line, overlay, place, row, rule};
use super::places::Places;
use crate::state::switcher::{Item, Row, Switcher};
use crate::state::wrap::columns;
use crate::state::{State, Target};
use crate::theme::Theme;

/// Columns and rows where there is room.
const SIZE: (u16, u16) = (72, 20);

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    switcher: &Switcher,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    let area = overlay(buffer, state, SIZE, "Find", places, theme);
    let cursor = draw_query(buffer, row(area, 0), switcher, theme);
    rule(buffer, row(area, 1), theme);
    let top = 2.min(area.height);
    let rows = Rect { y: area.y + top, height: area.height - top, ..area };
    if switcher.rows.is_empty() {
        centred(buffer, rows, "Nothing of that name.", theme.quiet);
    }
    let fits = usize::from(rows.height.max(1));
    let first = (switcher.chosen + 1).saturating_sub(fits);
    for (index, found) in switcher.rows.iter().enumerate().skip(first).take(fits) {
        let area = row(rows, (index - first) as u16);
        places.target_in(area, Target::Row(index));
        if let Some(item) = switcher.item(found) {
            let is_chosen = index == switcher.chosen;
            draw_item(buffer, area, (item, found), is_chosen, state.now, theme);
        }
    }
    cursor
}

fn draw_query(
    buffer: &mut Buffer,
    area: Rect,
    switcher: &Switcher,
    theme: &Theme,
) -> Option<Position> {
    let text = switcher.query.text();
    let shown = match text.is_empty() {
        true => Span::styled("A chat, a person, a command; > commands, @ people", theme.quiet),
        false => Span::styled(text, theme.text),
    };
    let prompt = Span::styled("› ", theme.accent);
    line(buffer, area, fitted(vec![prompt, shown], area.width.into()));
    place(area, 2 + columns(&text[..switcher.query.cursor()]), 0)
}

fn draw_item(
    buffer: &mut Buffer,
    area: Rect,
    (item, found): (&Item, &Row),
    is_chosen: bool,
    now: Timestamp,
    theme: &Theme,
) {
    if is_chosen {
        buffer.set_style(area, theme.cursor_row);
        line(buffer, area, Span::styled("▌", theme.accent));
    }
    let text_area = inset(area, 2);
    let name_style = if is_chosen { theme.chosen } else { theme.text };
    let mut spans = marked(&item.name, &found.name_marks, name_style, theme);
    if !item.username.is_empty() {
        spans.push(Span::styled(format!("  @{}", item.username), theme.quiet));
    }
    let detail = item.detail_at(now);
    if !detail.is_empty() {
        spans.push(Span::styled(format!("  {detail}"), theme.quiet));
    }
    let badge = match item.unread {
        0 => String::new(),
        unread => format!(" {unread} "),
    };
    let room = usize::from(text_area.width).saturating_sub(columns(&badge) + 1);
    line(buffer, text_area, fitted(spans, room));
    ends(buffer, text_area, ("", theme.text), (&badge, theme.badge));
}

/// A name with the characters that were typed underlined.
fn marked<'a>(name: &'a str, marks: &[Range<usize>], style: Style, theme: &Theme) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    let mut at = 0;
    for mark in marks {
        spans.push(Span::styled(&name[at..mark.start], style));
        let found = theme.accent.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
        spans.push(Span::styled(&name[mark.clone()], found));
        at = mark.end;
    }
    spans.push(Span::styled(&name[at..], style));
    spans
}
