//! Fields to fill in: label, value, refusal, one below the other; scrolled so that the focused
//! field shows.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::paint::{line, place, row};
use super::places::Places;
use crate::state::wrap::{columns, fit, wrap};
use crate::state::{Field, FieldKind, Form, Target};
use crate::theme::Theme;

/// Columns of the mark left of a field.
const MARK_COLUMNS: u16 = 2;

/// A form as lines, with the place of the cursor.
pub(super) struct FormLines {
    pub(super) lines: Vec<Line<'static>>,
    /// Row and column of the cursor, if a text has the focus.
    pub(super) cursor: Option<(usize, usize)>,
    /// First and last row of the focused field.
    pub(super) focus_rows: (usize, usize),
    /// First row of each field.
    pub(super) field_rows: Vec<usize>,
}

/// The form as lines of `width`, with a blank line between fields if `airy`.
pub(super) fn lines(form: &Form, width: u16, airy: bool, theme: &Theme) -> FormLines {
    let mut built =
        FormLines { lines: Vec::new(), cursor: None, focus_rows: (0, 0), field_rows: Vec::new() };
    let room = width.saturating_sub(MARK_COLUMNS).max(1);
    for (index, field) in form.fields.iter().enumerate() {
        let has_focus = index == form.focus && !form.busy;
        let first = built.lines.len();
        built.field_rows.push(first);
        push_field(&mut built, field, has_focus, room, theme);
        push_problem(&mut built.lines, field.problem.as_deref(), room, theme);
        if index == form.focus {
            built.focus_rows = (first, built.lines.len() - 1);
        }
        if airy {
            built.lines.push(Line::default());
        }
    }
    push_problem(&mut built.lines, form.problem.as_deref(), room, theme);
    built
}

/// Draws lines so that the focused field shows; where the cursor is.
pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    built: FormLines,
    places: &mut Places,
) -> Option<Position> {
    let height = usize::from(area.height);
    let (first, last) = built.focus_rows;
    let all_fit = built.lines.len() <= height;
    // The last row of the field first, then as much as possible above it, its own label surely.
    let top = if all_fit { 0 } else { (last + 1).saturating_sub(height).min(first) };
    for (index, content) in built.lines.into_iter().skip(top).take(height).enumerate() {
        line(buffer, row(area, index as u16), content);
        let field = built.field_rows.iter().rposition(|first| *first <= top + index);
        if let Some(field) = field {
            places.target_in(row(area, index as u16), Target::Field(field));
        }
    }
    let (cursor_row, cursor_column) = built.cursor?;
    place(area, cursor_column, cursor_row.checked_sub(top)?)
}

fn push_field(built: &mut FormLines, field: &Field, has_focus: bool, room: u16, theme: &Theme) {
    let mark = if has_focus { "› " } else { "  " };
    let mark = Span::styled(mark, theme.accent);
    let label_style = if has_focus { theme.accent } else { theme.quiet };
    if let FieldKind::Switch(on) = field.kind {
        let tick = if on { "[x] " } else { "[ ] " };
        let label = Span::styled(field.label, if has_focus { theme.accent } else { theme.text });
        if has_focus {
            built.cursor = Some((built.lines.len(), usize::from(MARK_COLUMNS) + 1));
        }
        built.lines.push(Line::from(vec![mark, Span::styled(tick, theme.text), label]));
        return;
    }
    built.lines.push(Line::from(vec![mark, Span::styled(field.label, label_style)]));
    if let FieldKind::Choice { taken: Some(_) } = field.kind {
        if has_focus {
            built.cursor = Some((built.lines.len(), usize::from(MARK_COLUMNS) + 2));
        }
        let choice = fit(field.editor.text(), usize::from(room).saturating_sub(4));
        let fill = usize::from(room).saturating_sub(columns(choice) + 4);
        built.lines.push(Line::from(vec![
            Span::raw("  "),
            Span::styled("‹ ", theme.field),
            Span::styled(choice.to_owned(), theme.field),
            Span::styled(format!(" ›{}", " ".repeat(fill)), theme.field),
        ]));
        push_hint(&mut built.lines, field, has_focus, room, theme);
        return;
    }
    let (shown, cursor_column) = shown_value(field, room.into());
    if has_focus {
        built.cursor = Some((built.lines.len(), usize::from(MARK_COLUMNS) + cursor_column));
    }
    let fill = " ".repeat(usize::from(room).saturating_sub(columns(&shown)));
    let value = Span::styled(shown + &fill, theme.field);
    built.lines.push(Line::from(vec![Span::raw("  "), value]));
    push_hint(&mut built.lines, field, has_focus, room, theme);
}

/// What else can be typed into a field with choices, while it has the focus.
fn push_hint(
    lines: &mut Vec<Line<'static>>,
    field: &Field,
    has_focus: bool,
    room: u16,
    theme: &Theme,
) {
    if let Some(hint) = field.hint.filter(|_| has_focus && field.problem.is_none()) {
        push_wrapped(lines, &format!("← → choose, {hint}"), room, theme.quiet);
    }
}

/// The part of the value around the cursor, and the cursor's column in it.
fn shown_value(field: &Field, room: usize) -> (String, usize) {
    let text = field.editor.text();
    let (before, after) = text.split_at(field.editor.cursor());
    let shown = |part: &str| match field.kind {
        FieldKind::Masked => "•".repeat(part.graphemes(true).count()),
        _ => part.to_owned(),
    };
    let (before, after) = (shown(before), shown(after));
    let mut start = before.as_str();
    // One column stays for the cursor.
    while columns(start) >= room.max(2) {
        let mut rest = start.graphemes(true);
        rest.next();
        start = rest.as_str();
    }
    let cursor_column = columns(start);
    let value = format!("{start}{after}");
    (fit(&value, room).to_owned(), cursor_column)
}

fn push_problem(lines: &mut Vec<Line<'static>>, problem: Option<&str>, room: u16, theme: &Theme) {
    if let Some(problem) = problem {
        push_wrapped(lines, problem, room, theme.bad);
    }
}

/// Text below a field, wrapped and in line with it.
pub(super) fn push_wrapped(lines: &mut Vec<Line<'static>>, text: &str, room: u16, style: Style) {
    for range in wrap(text, room.into()) {
        let text = Span::styled(text[range].trim_end().to_owned(), style);
        lines.push(Line::from(vec![Span::raw("  "), text]));
    }
}
