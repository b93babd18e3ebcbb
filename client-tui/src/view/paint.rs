//! Putting text into cells, cut to the pane it belongs to.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use super::places::Places;
use crate::state::wrap::{columns, shorten};
use crate::state::{State, Target, overlay_place};
pub(super) use crate::state::{padded, without_left as inset};
use crate::theme::Theme;
use crate::width::shown_text;

/// One row of `area`, counted from its top; empty below its end.
pub(super) fn row(area: Rect, index: u16) -> Rect {
    match index < area.height {
        true => Rect { y: area.y + index, height: 1, ..area },
        false => Rect { height: 0, ..area },
    }
}

/// A line in `area`, cut at its edge; what the terminal would give another width than we do is
/// shown in a plainer form.
pub(super) fn line<'a>(buffer: &mut Buffer, area: Rect, line: impl Into<Line<'a>>) {
    if area.height == 0 {
        return;
    }
    let mut line = line.into();
    for span in &mut line.spans {
        if let Cow::Owned(shown) = shown_text(&span.content) {
            span.content = Cow::Owned(shown);
        }
    }
    line.render(Rect { height: 1, ..area }, buffer);
}

/// Text at the left and at the right of one row; the left one gives way.
pub(super) fn ends(
    buffer: &mut Buffer,
    area: Rect,
    (left, left_style): (&str, Style),
    (right, right_style): (&str, Style),
) {
    let right_columns = columns(right);
    let width = usize::from(area.width);
    let gap = usize::from(right_columns > 0);
    let room = width.saturating_sub(right_columns + gap);
    line(buffer, area, Span::styled(shorten(left, room), left_style));
    if right_columns <= width {
        let right = Line::from(Span::styled(right, right_style)).right_aligned();
        line(buffer, area, right);
    }
}

/// A horizontal rule.
pub(super) fn rule(buffer: &mut Buffer, area: Rect, theme: &Theme) {
    line(buffer, area, Span::styled("─".repeat(area.width.into()), theme.rule));
}

/// Several spans within `columns_max`; the first that does not fit is shortened.
pub(super) fn fitted(spans: Vec<Span<'_>>, columns_max: usize) -> Line<'static> {
    let mut left = columns_max;
    let mut kept = Vec::new();
    for span in spans {
        let text = shorten(&span.content, left);
        left -= columns(&text).min(left);
        kept.push(Span::styled(text, span.style));
    }
    Line::from(kept)
}

/// Text in the middle of an otherwise empty pane.
pub(super) fn centred(buffer: &mut Buffer, area: Rect, text: &str, style: Style) {
    let area = padded(area);
    let width = usize::from(area.width).max(1);
    let rows = crate::state::wrap::wrap(text, width);
    let top = area.height.saturating_sub(u16::try_from(rows.len()).unwrap_or(area.height)) / 2;
    for (index, range) in rows.into_iter().enumerate() {
        let text = Line::from(Span::styled(text[range].trim_end(), style)).centered();
        line(buffer, row(area, top.saturating_add(index as u16)), text);
    }
}

/// Clears a place for something over the main screen and gives back its inside.
pub(super) fn overlay(
    buffer: &mut Buffer,
    state: &State,
    size: (u16, u16),
    title: &str,
    places: &mut Places,
    theme: &Theme,
) -> Rect {
    let place = overlay_place(state.size, size);
    let outer = place.outer.intersection(buffer.area);
    places.cover(outer);
    places.target_in(outer, Target::Overlay);
    clear_cut_characters(buffer, outer);
    Clear.render(outer, buffer);
    if place.has_frame {
        let title = Span::styled(format!(" {title} "), theme.heading);
        Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.rule)
            .title_style(theme.text)
            .title(Line::from(title))
            .render(outer, buffer);
    } else {
        line(buffer, padded(row(outer, 0)), Span::styled(title.to_owned(), theme.heading));
        rule(buffer, row(outer, 1), theme);
    }
    place.inner.intersection(buffer.area)
}

/// Takes away wide characters of which `area` will cover the right half: a terminal would show
/// them whole, over the frame.
pub(super) fn clear_cut_characters(buffer: &mut Buffer, area: Rect) {
    let Some(x) = area.x.checked_sub(1) else { return };
    for y in area.top()..area.bottom() {
        if let Some(cell) = buffer.cell_mut((x, y)).filter(|cell| cell.cell_width() > 1) {
            cell.reset();
        }
    }
}

/// Shows columns of a row as selected.
pub(super) fn highlight(buffer: &mut Buffer, area: Rect, columns: Range<usize>, theme: &Theme) {
    let at = |column: usize| u16::try_from(column).unwrap_or(u16::MAX).min(area.width);
    let (start, end) = (at(columns.start), at(columns.end));
    if area.height > 0 && start < end {
        buffer.set_style(Rect { x: area.x + start, width: end - start, ..area }, theme.selection);
    }
}

/// A place in `area`, if it is inside.
pub(super) fn place(area: Rect, column: usize, row: usize) -> Option<Position> {
    let x = area.x.checked_add(u16::try_from(column).ok()?)?;
    let y = area.y.checked_add(u16::try_from(row).ok()?)?;
    let position = Position::new(x.min(area.right().saturating_sub(1)), y);
    area.contains(position).then_some(position)
}
