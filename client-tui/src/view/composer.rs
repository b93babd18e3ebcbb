//! The message line, and the line above it that says what is out of sight.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::paint::{highlight, line, place, row, rule};
use super::places::Places;
use super::{attached, completion};
use crate::action::Action;
use crate::state::wrap::{columns, shorten};
use crate::state::{Account, Editor, EntryKey, Pane, Panes, Scroll, State, Target};
use crate::sync::Chat;
use crate::theme::Theme;

/// The size of a message is told from this share of the limit on.
const SIZE_TOLD_FROM_PERCENT: usize = 90;

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    panes: &Panes,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    rule(buffer, panes.composer_rule, theme);
    draw_notes(buffer, state, account, panes, places, theme);
    attached::draw(buffer, account, panes.attached, theme);
    let area = panes.composer;
    let has_focus = account.pane == Pane::Chat;
    let prompt = if has_focus { theme.accent } else { theme.quiet };
    let sign = if account.is_commanding { " : " } else { " › " };
    line(buffer, row(area, 0), Span::styled(sign, prompt));
    let text_area = panes.composer_text();
    places.target_in(text_area, Target::Composer);
    let empty = Editor::default();
    let draft = account.draft().unwrap_or(&empty);
    if draft.is_empty() {
        line(buffer, text_area, Span::styled("Write a message", theme.quiet));
    }
    let cursor = draw_text(buffer, text_area, draft, state.composer_columns(), theme);
    if let Some(completion) = account.completion().filter(|_| has_focus) {
        completion::draw(buffer, completion, panes, places, theme);
    }
    cursor.filter(|_| has_focus)
}

/// The part of the text around the cursor; where the cursor is.
fn draw_text(
    buffer: &mut Buffer,
    area: Rect,
    draft: &Editor,
    columns_max: usize,
    theme: &Theme,
) -> Option<Position> {
    if area.is_empty() {
        return None;
    }
    let rows = draft.rows(columns_max);
    let (cursor_row, cursor_column) = draft.cursor_position(columns_max);
    let first = (cursor_row + 1).saturating_sub(area.height.into());
    for (index, range) in rows.iter().skip(first).take(area.height.into()).enumerate() {
        let area = row(area, index as u16);
        let text = draft.text()[range.clone()].replace('\t', "    ");
        line(buffer, area, Span::styled(text, theme.text));
        if let Some(selected) = selected_columns(draft, range) {
            highlight(buffer, area, selected, theme);
        }
    }
    place(area, cursor_column, cursor_row - first)
}

/// The columns of a row that are selected; a selected line end shows as one column.
fn selected_columns(draft: &Editor, row: &Range<usize>) -> Option<Range<usize>> {
    let selection = draft.selection()?;
    let (start, end) = (selection.start.max(row.start), selection.end.min(row.end));
    let goes_on = selection.start <= row.end && selection.end > row.end;
    if start > end || (start == end && !goes_on) {
        return None;
    }
    let text = draft.text();
    let first = columns(&text[row.start..start]);
    Some(first..first + columns(&text[start..end]) + usize::from(goes_on))
}

/// Messages below the last one of which something shows.
fn out_of_sight(state: &State, chat: &Chat) -> u64 {
    let last = state.timeline().and_then(|(timeline, scroll, height)| {
        timeline.window(scroll, height).last().map(|shown| shown.entry.key)
    });
    match last {
        Some(EntryKey::Message(number)) => chat.head_seq().saturating_sub(number),
        _ => 0,
    }
}

/// What matters most of: a message too long, new ones below what shows, why the link is down, a
/// message that is nearly too long.
fn draw_notes(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    panes: &Panes,
    places: &mut Places,
    theme: &Theme,
) {
    let area = match panes.composer_rule.height {
        0 => row(panes.timeline, panes.timeline.height.saturating_sub(1)),
        _ => panes.composer_rule,
    };
    let Some(open) = &account.open else { return };
    let bytes = account.draft().map_or(0, |draft| draft.text().len());
    let bytes_max = account.replica.limits().body_bytes_max;
    let size = format!(" {bytes} of {bytes_max} bytes ");
    let note = if bytes > bytes_max {
        Line::from(Span::styled(size, theme.bad)).right_aligned()
    } else if open.scroll != Scroll::Bottom {
        places.target_in(area, Target::Action(Action::ScrollNewest));
        Line::from(below_note(state, account, theme)).centered()
    } else if let Some(trouble) = &account.trouble {
        let room = usize::from(area.width).saturating_sub(4);
        let text = format!(" {} ", shorten(trouble, room));
        Line::from(Span::styled(text, theme.attention)).centered()
    } else if bytes * 100 >= bytes_max * SIZE_TOLD_FROM_PERCENT {
        Line::from(Span::styled(size, theme.attention)).right_aligned()
    } else {
        return;
    };
    line(buffer, area, note);
}

fn below_note(state: &State, account: &Account, theme: &Theme) -> Span<'static> {
    let unread = account
        .open_chat()
        .zip(account.replica.my_id())
        .map_or(0, |(chat, me)| chat.unread(me).min(out_of_sight(state, chat)));
    let key = state.keymap.key(state.contexts(), Action::ScrollNewest);
    let key = key.map(|key| format!(" · {key}")).unwrap_or_default();
    match unread {
        0 => Span::styled(format!(" ↓ newer messages{key} "), theme.quiet),
        _ => Span::styled(format!(" ↓ {unread} new below{key} "), theme.attention),
    }
}
