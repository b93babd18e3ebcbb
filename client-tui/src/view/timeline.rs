//! The messages of the open chat.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{centred, line, padded, row};
use super::times::{clock, day};
use crate::state::wrap::columns;
use crate::state::{Account, Entry, MARK_COLUMNS, Row, State, shown_body};
use crate::sync::Mark;
use crate::theme::Theme;

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    area: Rect,
    theme: &Theme,
) {
    let Some((timeline, scroll, height)) = state.timeline() else { return };
    if timeline.is_empty() {
        let is_complete = account.open_chat().is_some_and(|chat| chat.is_complete());
        let text = match (&account.history_problem, is_complete) {
            (_, true) => "Nothing here yet. Say hello.",
            (Some(problem), false) => problem,
            (None, false) => "Loading messages…",
        };
        centred(buffer, area, text, theme.quiet);
        return;
    }
    let area = padded(area);
    let rows = timeline.window(scroll, height);
    // A short chat stands at the bottom, next to where one writes.
    let top = usize::from(height).saturating_sub(rows.len());
    for (index, (entry, content)) in rows.into_iter().enumerate() {
        let area = row(area, (top + index) as u16);
        draw_row(buffer, state, account, area, entry, &content, theme);
    }
}

fn draw_row(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    area: Rect,
    entry: &Entry<'_>,
    content: &Row,
    theme: &Theme,
) {
    match content {
        Row::Blank => {}
        Row::Older => separator(buffer, area, older_text(account), theme.quiet, theme),
        Row::Beginning => {
            separator(buffer, area, "The beginning of your conversation", theme.quiet, theme);
        }
        Row::Day(date) => separator(buffer, area, &day(state, *date), theme.quiet, theme),
        Row::New => separator(buffer, area, "New messages", theme.attention, theme),
        Row::Sender => draw_sender(buffer, state, account, area, entry, theme),
        Row::Text { range, indent, last } => {
            let text = shown_body(entry)[range.clone()].trim_end_matches(' ').replace('\t', "    ");
            let style = if entry.deleted { theme.quiet } else { theme.text };
            let indent_columns = (*indent).min(area.width.into()) as u16;
            let text_area =
                Rect { x: area.x + indent_columns, width: area.width - indent_columns, ..area };
            line(buffer, text_area, Span::styled(text, style));
            if *last {
                draw_mark(buffer, area, entry, theme);
            }
        }
        Row::Refusal(range) => {
            let text = entry.refusal.unwrap_or_default();
            let text = Span::styled(text[range.clone()].trim_end().to_owned(), theme.bad);
            let room = area.width.saturating_sub(MARK_COLUMNS as u16);
            line(buffer, Rect { width: room, ..area }, Line::from(text).right_aligned());
        }
    }
}

fn older_text(account: &Account) -> &str {
    account.history_problem.as_deref().unwrap_or("Older messages…")
}

/// Text in the middle of a thin line.
fn separator(
    buffer: &mut Buffer,
    area: Rect,
    text: &str,
    style: ratatui::style::Style,
    theme: &Theme,
) {
    let text = crate::state::wrap::shorten(text, usize::from(area.width).saturating_sub(4));
    let room = usize::from(area.width).saturating_sub(columns(&text) + 2);
    let left = "─".repeat(room / 2);
    let right = "─".repeat(room - room / 2);
    let spans = vec![
        Span::styled(left, theme.rule),
        Span::styled(format!(" {text} "), style),
        Span::styled(right, theme.rule),
    ];
    line(buffer, area, Line::from(spans));
}

fn draw_sender(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    area: Rect,
    entry: &Entry<'_>,
    theme: &Theme,
) {
    let time = Span::styled(clock(state, entry.at), theme.quiet);
    if entry.mark.is_some() {
        let spans = vec![Span::styled("You ", theme.my_name), time];
        let room = area.width.saturating_sub(MARK_COLUMNS as u16);
        line(buffer, Rect { width: room, ..area }, Line::from(spans).right_aligned());
        return;
    }
    let user = account.replica.user(entry.sender);
    let name = user.map_or("Somebody", |user| user.display_name.as_str());
    line(buffer, area, Line::from(vec![Span::styled(format!("{name} "), theme.name), time]));
}

/// How far my message got, in its own column at the right edge.
fn draw_mark(buffer: &mut Buffer, area: Rect, entry: &Entry<'_>, theme: &Theme) {
    let Some(mark) = entry.mark else { return };
    let (glyph, style) = match mark {
        Mark::Waiting => ("…", theme.attention),
        Mark::Refused => ("✗", theme.bad),
        Mark::Sent => ("✓", theme.quiet),
        Mark::Delivered => ("✓✓", theme.quiet),
        Mark::Read => ("◉", theme.good),
    };
    let columns = (MARK_COLUMNS as u16 - 1).min(area.width);
    let place = Rect { x: area.right() - columns, width: columns, ..area };
    line(buffer, place, Span::styled(glyph, style));
}
