//! Settings: profile, what is shared, password, sessions, signing out.

use std::ops::Range;

use chatter_protocol::{Privacy, Session};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::paint::{centred, ends, fitted, line, overlay, row};
use super::places::Places;
use super::times::{moment, until};
use super::{blocked, form};
use crate::state::wrap::wrap;
use crate::state::{SessionList, Settings, SettingsRow, State, Target};
use crate::theme::Theme;

/// Columns and rows of the settings where there is room.
const SIZE: (u16, u16) = (66, 19);

/// Columns of the labels.
const LABEL_COLUMNS: usize = 22;

/// What the switches mean.
const ABOUT_SHARING: &str =
    "What you switch off, others don't get, and you don't see of others either.";

/// Rows beside the entries and what the switches mean, where there is room: the account, and what
/// keeps the groups apart.
const ROOMY_ROWS: u16 = 5;

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
            let area = overlay(buffer, state, SIZE, "Settings · change password", places, theme);
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
        (None, None) if let Some(chosen) = settings.blocked => {
            let area = overlay(buffer, state, SIZE, "Settings · blocked people", places, theme);
            blocked::draw(buffer, state, chosen, area, places, theme);
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
    let about = wrap(ABOUT_SHARING, usize::from(area.width).saturating_sub(4).max(1));
    let about_rows = about.len() as u16;
    let has_room = area.height >= SettingsRow::ALL.len() as u16 + about_rows + ROOMY_ROWS;
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
    // Where there is no room for everything, the sentence is there while it is about the chosen row.
    let is_switch = settings.row().is_on(Privacy::default()).is_some();
    let below = if !has_room && is_switch && area.height > about_rows + 2 { about_rows } else { 0 };
    let list = Rect { height: area.height - below, ..area };
    let skip = (settings.chosen + 1).saturating_sub(list.height.saturating_sub(index).into());
    for (at, entry) in SettingsRow::ALL.into_iter().enumerate().skip(skip) {
        let starts_group =
            matches!(entry, SettingsRow::Receipts | SettingsRow::Blocked | SettingsRow::SignOut);
        if has_room && starts_group {
            if entry == SettingsRow::Blocked {
                draw_about(buffer, area, index, &about, theme);
                index += about_rows;
            }
            index += 1;
        }
        places.target_in(row(list, index), Target::Row(at));
        let (is_chosen, value) = (at == settings.chosen, value(state, settings, entry));
        draw_entry(buffer, row(list, index), (label(entry), value), is_chosen, theme);
        index += 1;
    }
    if below > 0 {
        draw_about(buffer, area, list.height, &about, theme);
    }
}

fn draw_entry(
    buffer: &mut Buffer,
    area: Rect,
    (label, value): (&str, String),
    is_chosen: bool,
    theme: &Theme,
) {
    let bar = if is_chosen { "▌ " } else { "  " };
    let style = if is_chosen { theme.chosen } else { theme.text };
    let spans = vec![
        Span::styled(bar, theme.accent),
        Span::styled(format!("{label:<LABEL_COLUMNS$}"), style),
        Span::styled(value, theme.quiet),
    ];
    line(buffer, area, fitted(spans, area.width.into()));
}

/// What the switches mean, from a row on.
fn draw_about(buffer: &mut Buffer, area: Rect, top: u16, about: &[Range<usize>], theme: &Theme) {
    for (index, range) in (top..).zip(about) {
        let text = format!("  {}", ABOUT_SHARING[range.clone()].trim_end());
        line(buffer, row(area, index), Span::styled(text, theme.quiet));
    }
}

fn label(entry: SettingsRow) -> &'static str {
    match entry {
        SettingsRow::DisplayName => "Display name",
        SettingsRow::StatusMessage => "Status message",
        SettingsRow::Receipts => "Read receipts",
        SettingsRow::Typing => "Typing",
        SettingsRow::Presence => "Online status",
        SettingsRow::Blocked => "Blocked people",
        SettingsRow::Profile => "Profile",
        SettingsRow::Password => "Change password",
        SettingsRow::Sessions => "Signed-in devices",
        SettingsRow::SignOut => "Sign out",
        SettingsRow::SignOutEverywhere => "Sign out everywhere",
    }
}

fn value(state: &State, settings: &Settings, entry: SettingsRow) -> String {
    let me = state.account.as_ref().and_then(|account| account.replica.me());
    let Some(me) = me else { return String::new() };
    let user = &me.user;
    if let Some(is_on) = entry.is_on(me.privacy) {
        let state = if is_on { "[x] on" } else { "[ ] off" };
        let saving = if settings.turning == Some(entry) { " saving" } else { "" };
        return format!("{state}{saving}");
    }
    match entry {
        SettingsRow::DisplayName => user.display_name.to_string(),
        SettingsRow::StatusMessage => match user.status_at(state.now) {
            Some(status) => match user.status_expires_at {
                Some(end) => format!("{status} ({})", until(state, end)),
                None => status.to_string(),
            },
            None => "none".to_owned(),
        },
        SettingsRow::Blocked => match me.blocked.len() {
            0 => "nobody".to_owned(),
            count => count.to_string(),
        },
        SettingsRow::Profile => "time zone, picture".to_owned(),
        SettingsRow::SignOut => "this device".to_owned(),
        SettingsRow::SignOutEverywhere => "all devices, this one too".to_owned(),
        _ => String::new(),
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
