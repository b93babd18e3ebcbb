//! The directory of people.

use chatter_protocol::Person;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;

use super::avatar::initials_span;
use super::paint::{centred, ends, fitted, line, overlay, place, row, rule};
use super::places::Places;
use super::times::{brief, moment, month};
use crate::state::wrap::{columns, shorten};
use crate::state::{People, State, Target};
use crate::theme::Theme;

/// Columns and rows of the directory where there is room.
const SIZE: (u16, u16) = (84, 30);

/// From this many columns on, each row says since when somebody is a member.
const COLUMNS_FOR_SINCE: u16 = 64;

/// Columns of presence, and of "member since".
const PRESENCE_COLUMNS: usize = 27;
const SINCE_COLUMNS: usize = 15;

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    people: &People,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    let area = overlay(buffer, state, SIZE, "People", places, theme);
    let cursor = draw_filter(buffer, row(area, 0), people, theme);
    rule(buffer, row(area, 1), theme);
    let top = 2.min(area.height);
    let rows = Rect { y: area.y + top, height: area.height - top, ..area };
    match (&people.problem, people.found.is_empty()) {
        (Some(problem), _) => centred(buffer, rows, problem, theme.bad),
        (None, true) => {
            let text = if people.asked.is_some() { "Looking…" } else { "Nobody of that name." };
            centred(buffer, rows, text, theme.quiet);
        }
        (None, false) => draw_people(buffer, state, people, rows, places, theme),
    }
    cursor
}

fn draw_filter(
    buffer: &mut Buffer,
    area: Rect,
    people: &People,
    theme: &Theme,
) -> Option<Position> {
    let text = people.filter.text();
    let shown = match text.is_empty() {
        true => Span::styled("Type a name", theme.quiet),
        false => Span::styled(text, theme.text),
    };
    let spans = vec![Span::styled("› ", theme.accent), shown];
    line(buffer, area, fitted(spans, area.width.into()));
    place(area, 2 + columns(&text[..people.filter.cursor()]), 0)
}

fn draw_people(
    buffer: &mut Buffer,
    state: &State,
    people: &People,
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    let fits = usize::from(area.height.max(1));
    let first = (people.chosen + 1).saturating_sub(fits);
    for (index, person) in people.found.iter().enumerate().skip(first).take(fits) {
        let area = row(area, (index - first) as u16);
        places.target_in(area, Target::Row(index));
        draw_person(buffer, state, person, index == people.chosen, area, theme);
    }
}

fn draw_person(
    buffer: &mut Buffer,
    state: &State,
    person: &Person,
    is_chosen: bool,
    area: Rect,
    theme: &Theme,
) {
    let user = &person.user;
    let replica = state.account.as_ref().map(|account| &account.replica);
    let presence =
        replica.and_then(|replica| replica.presence(user.id)).unwrap_or(&person.presence);
    let is_me = replica.and_then(|replica| replica.my_id()) == Some(user.id);
    let is_wide = area.width >= COLUMNS_FOR_SINCE;
    let (mark, presence_text, presence_style) = match (presence.online, presence.last_seen_at) {
        (true, _) => ("● ", "online".to_owned(), theme.good),
        (false, Some(at)) if is_wide => {
            ("○ ", format!("last seen {}", moment(state, at)), theme.quiet)
        }
        (false, Some(at)) => ("○ ", format!("seen {}", brief(state, at)), theme.quiet),
        (false, None) => ("○ ", "offline".to_owned(), theme.quiet),
    };
    let right = match is_wide {
        true => format!(
            "{presence_text:<PRESENCE_COLUMNS$}{:<SINCE_COLUMNS$}",
            format!("since {}", month(state, user.created_at)),
        ),
        false => presence_text,
    };
    let name_style = if is_chosen { theme.chosen } else { theme.text };
    let bar = if is_chosen { "▌" } else { " " };
    let name =
        if is_me { format!("{} (you)", user.display_name) } else { user.display_name.to_string() };
    let right_columns = columns(&right) + 1;
    let room = usize::from(area.width).saturating_sub(right_columns);
    let spans = vec![
        Span::styled(bar, theme.accent),
        initials_span(user, theme),
        Span::raw(" "),
        Span::styled(mark, presence_style),
        Span::styled(shorten(&name, room.saturating_sub(9)), name_style),
        Span::styled(format!(" @{}", user.username), theme.quiet),
    ];
    let status = user.status_at(state.now).filter(|_| is_wide);
    let status = status.map(|status| Span::styled(format!("  {status}"), theme.quiet));
    line(buffer, area, fitted(spans.into_iter().chain(status).collect(), room));
    ends(buffer, area, ("", theme.text), (&right, presence_style));
}
