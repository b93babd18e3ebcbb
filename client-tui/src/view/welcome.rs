//! The welcome screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::form::{self, push_wrapped};
use super::paint::padded;
use super::places::Places;
use crate::action::Action;
use crate::state::{State, Welcome, WelcomeForm};
use crate::theme::Theme;

/// Columns of the form.
const COLUMNS: u16 = 48;

/// Rows that fields need with a blank line between them, title included.
const ROWS_AIRY: u16 = 26;

/// From this many rows on, the program's name has a place of its own.
const ROWS_FOR_TITLE: u16 = 16;

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    welcome: &Welcome,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    let body = Rect::new(0, 0, state.size.width, state.size.height.saturating_sub(1));
    let width = COLUMNS.min(padded(body).width);
    let mut built = form::lines(welcome.form(), width, state.size.height >= ROWS_AIRY, theme);
    let head = head(state, welcome, width, theme);
    let shift = head.len();
    built.cursor = built.cursor.map(|(row, column)| (row + shift, column));
    // With the first field focused, what stands above it shows too.
    let first_has_focus = built.focus_rows.0 == 0;
    let first = if first_has_focus { 0 } else { built.focus_rows.0 + shift };
    built.focus_rows = (first, built.focus_rows.1 + shift);
    built.field_rows.iter_mut().for_each(|row| *row += shift);
    built.lines.splice(0..0, head);
    built.lines.push(Line::default());
    built.lines.push(foot(state, welcome, theme));
    let rows = u16::try_from(built.lines.len()).unwrap_or(u16::MAX).min(body.height);
    let x = (body.width - width.min(body.width)) / 2;
    let y = (body.height - rows) / 2;
    let area = Rect::new(x, y, width, rows).intersection(buffer.area);
    form::draw(buffer, area, built, places)
}

/// Name, why one is here, and which of the two forms shows.
fn head(state: &State, welcome: &Welcome, width: u16, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if state.size.height >= ROWS_FOR_TITLE {
        lines.push(Line::from(vec![
            Span::raw("  "),
            Span::styled("chatter", theme.name),
            Span::styled("  people, messages, nothing else", theme.quiet),
        ]));
        lines.push(Line::default());
    }
    if let Some(reason) = &welcome.reason {
        push_wrapped(&mut lines, reason, width.saturating_sub(2).max(1), theme.attention);
        lines.push(Line::default());
    }
    let tab = |form: WelcomeForm, label: &str| match welcome.shown == form {
        true => Span::styled(format!("[{label}]"), theme.heading),
        false => Span::styled(format!(" {label} "), theme.quiet),
    };
    let key = state.keymap.key(state.contexts(), Action::SwitchForm).unwrap_or_default();
    lines.push(Line::from(vec![
        Span::raw("  "),
        tab(WelcomeForm::SignIn, "Sign in"),
        Span::raw("  "),
        tab(WelcomeForm::SignUp, "Sign up"),
        Span::styled(format!("   {key}"), theme.quiet),
    ]));
    lines.push(Line::default());
    lines
}

/// What the next step is, or that it is under way.
fn foot(state: &State, welcome: &Welcome, theme: &Theme) -> Line<'static> {
    let (doing, label) = match welcome.shown {
        WelcomeForm::SignIn => ("Signing in…", "sign in"),
        WelcomeForm::SignUp => ("Signing up…", "sign up"),
    };
    if welcome.form().busy {
        return Line::from(vec![Span::raw("  "), Span::styled(doing, theme.attention)]);
    }
    let key = state.keymap.key(state.contexts(), Action::Submit).unwrap_or_default();
    Line::from(vec![
        Span::raw("  "),
        Span::styled(key, theme.accent),
        Span::styled(format!(" {label}"), theme.quiet),
    ])
}
