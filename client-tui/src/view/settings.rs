//! Settings: profile, password, sessions, signing out.

use chatter_protocol::Session;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::form;
use super::paint::{centred, ends, fitted, line, overlay, row};
use super::places::Places;
use super::times::moment;
use crate::state::{FieldName, SessionList, Settings, SettingsRow, State, Target};
use crate::theme::Theme;

/// Columns and rows of the settings where there is room.
const SIZE: (u16, u16) = (66, 18);

/// Columns of the labels.
const LABEL_COLUMNS: usize = 22;

/// Rows of one session.
const ROWS_PER_SESSION: u16 = 2;

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    settings: &Settings,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    match (&settings.form, &settings.sessions) {
        (Some(form), _) => {
            let title = match form.fields.first().map(|field| field.name) {
                Some(FieldName::DisplayName) => "Settings · display name",
                Some(FieldName::StatusMessage) => "Settings · status message",
                _ => "Settings · change password",
            };
            let area = overlay(buffer, state, SIZE, title, places, theme);
            let mut built = form::lines(form, area.width, area.height >= 10, theme);
            if form.busy {
                built.lines.push(Line::from(Span::styled("  Saving…", theme.attention)));
            }
            form::draw(buffer, area, built, places)
        }
        (None, Some(list)) => {
            let area = overlay(buffer, state, SIZE, "Settings · signed-in devices", places, theme);
            draw_sessions(buffer, state, list, area, places, theme);
            None
        }
        (None, None) => {
            let area = overlay(buffer, state, SIZE, "Settings", places, theme);
            draw_menu(buffer, state, settings, area, places, theme);
            None
        }
    }
}

fn draw_menu(
    buffer: &mut Buffer,
    state: &State,
    settings: &Settings,
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    let me = state.account.as_ref().and_then(|account| account.replica.me());
    let email = me.map_or("", |me| me.email.as_str());
    let username = me.map_or(String::new(), |me| format!("@{}", me.user.username));
    let has_room = area.height > SettingsRow::ALL.len() as u16 + 3;
    let mut index = 0;
    if has_room {
        let spans = vec![
            Span::raw("  "),
            Span::styled(username, theme.heading),
            Span::styled(format!("  {email} (only you see it)"), theme.quiet),
        ];
        line(buffer, row(area, 0), fitted(spans, area.width.into()));
        index = 2;
    }
    let skip = (settings.chosen + 1).saturating_sub(area.height.saturating_sub(index).into());
    for (at, entry) in SettingsRow::ALL.into_iter().enumerate().skip(skip) {
        if has_room && matches!(entry, SettingsRow::Password | SettingsRow::SignOut) {
            index += 1;
        }
        let is_chosen = at == settings.chosen;
        let bar = if is_chosen { "▌ " } else { "  " };
        let style = if is_chosen { theme.chosen } else { theme.text };
        let label = format!("{:<LABEL_COLUMNS$}", label(entry));
        let spans = vec![
            Span::styled(bar, theme.accent),
            Span::styled(label, style),
            Span::styled(value(state, entry), theme.quiet),
        ];
        places.target_in(row(area, index), Target::Row(at));
        line(buffer, row(area, index), fitted(spans, area.width.into()));
        index += 1;
    }
}

fn label(entry: SettingsRow) -> &'static str {
    match entry {
        SettingsRow::DisplayName => "Display name",
        SettingsRow::StatusMessage => "Status message",
        SettingsRow::Password => "Change password",
        SettingsRow::Sessions => "Signed-in devices",
        SettingsRow::SignOut => "Sign out",
        SettingsRow::SignOutEverywhere => "Sign out everywhere",
    }
}

fn value(state: &State, entry: SettingsRow) -> String {
    let me = state.account.as_ref().and_then(|account| account.replica.me());
    let Some(user) = me.map(|me| &me.user) else { return String::new() };
    match entry {
        SettingsRow::DisplayName => user.display_name.to_string(),
        SettingsRow::StatusMessage => match &user.status_message {
            Some(status) => status.to_string(),
            None => "none".to_owned(),
        },
        SettingsRow::SignOut => "this device".to_owned(),
        SettingsRow::SignOutEverywhere => "all devices, this one too".to_owned(),
        SettingsRow::Password | SettingsRow::Sessions => String::new(),
    }
}

fn draw_sessions(
    buffer: &mut Buffer,
    state: &State,
    list: &SessionList,
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    let problem_rows = u16::from(list.problem.is_some());
    if let Some(problem) = &list.problem {
        let last = row(area, area.height.saturating_sub(1));
        line(
            buffer,
            last,
            fitted(vec![Span::styled(problem.as_str(), theme.bad)], area.width.into()),
        );
    }
    let area = Rect { height: area.height.saturating_sub(problem_rows), ..area };
    let Some(sessions) = &list.sessions else {
        if list.problem.is_none() {
            centred(buffer, area, "Looking…", theme.quiet);
        }
        return;
    };
    let fits = usize::from((area.height / ROWS_PER_SESSION).max(1));
    let first = (list.chosen + 1).saturating_sub(fits);
    for (index, session) in sessions.iter().enumerate().skip(first).take(fits) {
        let top = (index - first) as u16 * ROWS_PER_SESSION;
        let rows = [row(area, top), row(area, top + 1)];
        for row in rows {
            places.target_in(row, Target::Row(index));
        }
        draw_session(buffer, state, session, index == list.chosen, rows, theme);
    }
}

fn draw_session(
    buffer: &mut Buffer,
    state: &State,
    session: &Session,
    is_chosen: bool,
    [upper, lower]: [Rect; 2],
    theme: &Theme,
) {
    let bar = if is_chosen { "▌" } else { " " };
    let style = if is_chosen { theme.chosen } else { theme.text };
    let name = chatter_protocol::text::sanitize_line(&session.device_name);
    let current = if session.current { "this device" } else { "" };
    ends(buffer, upper, (&format!("  {name}"), style), (current, theme.good));
    let times = format!(
        "  since {}, last used {}",
        moment(state, session.created_at),
        moment(state, session.last_used_at),
    );
    ends(buffer, lower, (&times, theme.quiet), ("", theme.quiet));
    for area in [upper, lower] {
        line(buffer, Rect { width: area.width.min(1), ..area }, Span::styled(bar, theme.accent));
    }
}
