//! Somebody's profile.

use chatter_protocol::User;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::paint::{ends, fitted, inset, line, overlay, row};
use super::places::Places;
use super::times::{date, moment, until};
use super::{avatar, form};
use crate::action::Action;
use crate::clock::LocalTime;
use crate::state::wrap::{shorten, wrap};
use crate::state::{Account, CARD_SIZE, Card, CardMode, CardRow, Form, LinkState, State, Target};
use crate::theme::Theme;

/// From this many rows on there is space between the parts.
const ROWS_FOR_SPACE: u16 = 13;

/// Columns and rows of the face, with and without that space.
const FACE: (u16, u16) = (6, 3);
const FACE_SMALL: (u16, u16) = (4, 2);

/// Columns left of everything, for the mark of the chosen row.
const MARK_COLUMNS: u16 = 2;

/// Columns of the labels.
const LABEL_COLUMNS: usize = 14;

/// What blocking means.
const ABOUT_BLOCKING: &str =
    "Nothing of theirs reaches you any more, and no message of yours reaches them.";

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    card: &Card,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    let account = state.account.as_ref()?;
    let title = if card.is_mine(account) { "Your profile" } else { "Profile" };
    let area = overlay(buffer, state, CARD_SIZE, title, places, theme);
    let is_roomy = area.height >= ROWS_FOR_SPACE;
    let (columns, rows) = if is_roomy { FACE } else { FACE_SMALL };
    let face = Rect { width: columns, height: rows, ..inset(area, MARK_COLUMNS) };
    let face = face.intersection(area);
    avatar::draw(buffer, face, card.user(account), state, places, theme);
    let beside = inset(area, MARK_COLUMNS + columns + 2);
    for (index, spans) in heading(state, account, card, is_roomy, theme).into_iter().enumerate() {
        line(buffer, row(beside, index as u16), fitted(spans, beside.width.into()));
    }
    let below = without_top(area, rows + u16::from(is_roomy));
    match (&card.mode, card.is_mine(account)) {
        (CardMode::Editing(form), _) => {
            draw_editing(buffer, state, (card, form), below, places, theme)
        }
        (CardMode::Asking, _) => {
            draw_question(buffer, state, card, below, places, theme);
            None
        }
        (CardMode::Choosing, true) => {
            let rows = card.rows(account);
            draw_own_rows(buffer, state, (card, &rows), below, places, theme);
            None
        }
        (CardMode::Choosing, false) => {
            draw_person(buffer, state, (account, card), below, is_roomy, places, theme);
            None
        }
    }
}

/// Name, username, and whether they are there: on three lines, or on two.
fn heading<'a>(
    state: &State,
    account: &Account,
    card: &'a Card,
    is_roomy: bool,
    theme: &Theme,
) -> Vec<Vec<Span<'a>>> {
    let user = card.user(account);
    let name = Span::styled(user.display_name.to_string(), theme.heading);
    let username = Span::styled(format!("@{}", user.username), theme.quiet);
    let mut presence = presence(state, account, card, theme);
    if card.is_muted(account) == Some(true) && !card.is_mine(account) {
        presence.push(Span::styled(" · muted", theme.quiet));
    }
    if card.is_blocked(account) {
        presence.push(Span::styled(" · blocked", theme.bad));
    }
    match is_roomy {
        true => vec![vec![name], vec![username], presence],
        false => vec![vec![name, Span::raw(" "), username], presence],
    }
}

fn presence(state: &State, account: &Account, card: &Card, theme: &Theme) -> Vec<Span<'static>> {
    let presence = card.presence(account);
    let is_live = account.link == LinkState::Online;
    let (mark, text, style) = match (presence.online && is_live, presence.last_seen_at) {
        (true, _) => ("● ", "online".to_owned(), theme.good),
        (false, Some(at)) => ("○ ", format!("last seen {}", moment(state, at)), theme.quiet),
        (false, None) => ("○ ", "offline".to_owned(), theme.quiet),
    };
    vec![Span::styled(mark, style), Span::styled(text, style)]
}

/// What somebody tells of themselves, and what can be done.
fn draw_person(
    buffer: &mut Buffer,
    state: &State,
    (account, card): (&Account, &Card),
    area: Rect,
    is_roomy: bool,
    places: &mut Places,
    theme: &Theme,
) {
    let user = card.user(account);
    let rows = card.rows(account);
    let local = LocalTime::of(user, state.now, &state.zone).map(|local| local.sentence());
    let since = match is_roomy {
        true => date(state, user.created_at),
        false => format!("Member since {}", date(state, user.created_at)),
    };
    let facts = [
        ("Status", user.status_at(state.now).map(|_| status_text(state, user))),
        ("Local time", local),
        ("Member since", Some(since)),
    ];
    let gap = u16::from(is_roomy);
    let facts: Vec<_> = facts.into_iter().filter_map(|(label, it)| Some((label, it?))).collect();
    // The status, which is first, has the rows that are left.
    let spare =
        usize::from(area.height).saturating_sub(rows.len() + facts.len() + usize::from(gap));
    let mut top = 0;
    for (index, (label, value)) in facts.iter().enumerate() {
        let rows_max = if index == 0 { spare + 1 } else { 1 };
        let label = is_roomy.then_some(*label);
        top += draw_fact(buffer, without_top(area, top), (label, value), rows_max, theme);
    }
    draw_rows(buffer, state, (card, &rows), without_top(area, top + gap), places, theme);
}

/// What somebody says about the present, and until when.
fn status_text(state: &State, user: &User) -> String {
    match (user.status_at(state.now), user.status_expires_at) {
        (None, _) => "none".to_owned(),
        (Some(status), None) => status.to_string(),
        (Some(status), Some(end)) => format!("{status} · {}", until(state, end)),
    }
}

/// A line or some of what there is to say of somebody, where there is room with what it is; how many
/// rows it took.
fn draw_fact(
    buffer: &mut Buffer,
    area: Rect,
    (label, value): (Option<&str>, &str),
    rows_max: usize,
    theme: &Theme,
) -> u16 {
    let area = inset(area, MARK_COLUMNS);
    let label_columns = if label.is_some() { LABEL_COLUMNS as u16 } else { 0 };
    line(buffer, row(area, 0), Span::styled(label.unwrap_or_default(), theme.quiet));
    let area = inset(area, label_columns);
    let lines = wrap(value, usize::from(area.width).max(1));
    let shown = lines.len().min(rows_max);
    for (index, range) in lines.iter().take(shown).enumerate() {
        let is_cut = index + 1 == shown && shown < lines.len();
        let rest = if is_cut { &value[range.start..] } else { &value[range.clone()] };
        let text = shorten(rest.trim_end(), area.width.into());
        line(buffer, row(area, index as u16), Span::styled(text, theme.text));
    }
    shown as u16
}

fn draw_rows(
    buffer: &mut Buffer,
    state: &State,
    (card, rows): (&Card, &[CardRow]),
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    let chosen = card.chosen.min(rows.len().saturating_sub(1));
    let skip = (chosen + 1).saturating_sub(area.height.max(1).into());
    for (index, entry) in rows.iter().enumerate().skip(skip) {
        let area = row(area, (index - skip) as u16);
        if area.height == 0 {
            break;
        }
        places.target_in(area, Target::Row(index));
        let action = match entry {
            CardRow::Mute => Some(Action::Mute),
            CardRow::Block => Some(Action::Block),
            _ => None,
        };
        let key = action.and_then(|action| state.keymap.key(state.contexts(), action));
        let (label, value) = entry_text(state, card, *entry);
        let is_chosen = index == chosen;
        line(buffer, area, Span::styled(if is_chosen { "▌" } else { " " }, theme.accent));
        let style = if is_chosen { theme.chosen } else { theme.text };
        let text = inset(area, MARK_COLUMNS);
        let label = match value.is_empty() {
            true => label.to_owned(),
            false => format!("{label:<LABEL_COLUMNS$}"),
        };
        let spans = vec![Span::styled(label, style), Span::styled(value, theme.quiet)];
        line(buffer, text, fitted(spans, text.width.into()));
        ends(buffer, text, ("", theme.text), (&key.unwrap_or_default(), theme.accent));
    }
}

/// One's own rows, with space between what is shown and the face where there is room.
fn draw_own_rows(
    buffer: &mut Buffer,
    state: &State,
    (card, rows): (&Card, &[CardRow]),
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    draw_rows(buffer, state, (card, rows), area, places, theme);
    let top = rows.len() as u16 + 1;
    if area.height > top {
        let since = format!("  Member since {}", date(state, card.person.user.created_at));
        line(buffer, row(area, top), Span::styled(since, theme.quiet));
    }
}

/// What a row is called, and what it is now.
fn entry_text(state: &State, card: &Card, entry: CardRow) -> (&'static str, String) {
    let Some(account) = &state.account else { return ("", String::new()) };
    let user = card.user(account);
    match entry {
        CardRow::Message => ("Write a message", String::new()),
        CardRow::Mute if card.is_muted(account) == Some(true) => ("Unmute", String::new()),
        CardRow::Mute => ("Mute", String::new()),
        CardRow::Block if card.is_blocked(account) => ("Unblock", String::new()),
        CardRow::Block => ("Block", String::new()),
        CardRow::DisplayName => ("Display name", user.display_name.to_string()),
        CardRow::Status => ("Status", status_text(state, user)),
        CardRow::TimeZone => (
            "Time zone",
            match &user.time_zone {
                Some(zone) => zone.to_string(),
                None => "not shared".to_owned(),
            },
        ),
        CardRow::Picture if user.avatar.is_some() => ("Picture", "change".to_owned()),
        CardRow::Picture => ("Picture", "none".to_owned()),
        CardRow::NoPicture => ("", "take the picture off".to_owned()),
    }
}

/// The row that is being changed in its place among the others, which give way to it.
fn draw_editing(
    buffer: &mut Buffer,
    state: &State,
    (card, form): (&Card, &Form),
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    let rows = card.rows(state.account.as_ref()?);
    let mut built = form::lines(form, area.width, false, theme);
    if form.busy {
        built.lines.push(Line::from(Span::styled("  Saving…", theme.attention)));
    }
    let height = (built.lines.len() as u16).min(area.height);
    let at = card.chosen.min(rows.len());
    let above = at.min((area.height - height).into());
    for (index, entry) in rows[at - above..at].iter().enumerate() {
        draw_still(buffer, state, (card, *entry), row(area, index as u16), theme);
    }
    let above = above as u16;
    let place = Rect { y: area.y + above, height, ..area };
    let cursor = form::draw(buffer, place, built, places);
    let below = without_top(area, above + height);
    for (index, entry) in rows.iter().skip(at + 1).enumerate() {
        draw_still(buffer, state, (card, *entry), row(below, index as u16), theme);
    }
    cursor
}

/// A row that can't be chosen now.
fn draw_still(
    buffer: &mut Buffer,
    state: &State,
    (card, entry): (&Card, CardRow),
    area: Rect,
    theme: &Theme,
) {
    let (label, value) = entry_text(state, card, entry);
    let text = format!("{label:<LABEL_COLUMNS$}{value}");
    let area = inset(area, MARK_COLUMNS);
    line(buffer, area, Span::styled(shorten(&text, area.width.into()), theme.quiet));
}

fn draw_question(
    buffer: &mut Buffer,
    state: &State,
    card: &Card,
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    let Some(account) = &state.account else { return };
    let area = inset(area, MARK_COLUMNS);
    let name = shorten(card.user(account).display_name.as_str(), usize::from(area.width) / 2);
    line(buffer, row(area, 0), Span::styled(format!("Block {name}?"), theme.heading));
    let mut top = 1;
    for range in wrap(ABOUT_BLOCKING, usize::from(area.width).max(1)) {
        let text = ABOUT_BLOCKING[range].trim_end();
        line(buffer, row(area, top), Span::styled(text, theme.text));
        top += 1;
    }
    let answers = row(area, top + u16::from(area.height > top + 1));
    let mut x = 0;
    for (action, word) in [(Action::Confirm, "yes"), (Action::Back, "no")] {
        let key = state.keymap.key(state.contexts(), action).unwrap_or_default();
        let answer = Line::from(vec![
            Span::styled(key, theme.accent),
            Span::styled(format!(" {word}"), theme.quiet),
        ]);
        let place = inset(answers, x);
        let width = (answer.width() as u16).min(place.width);
        places.target_in(Rect { width, ..place }, Target::Action(action));
        line(buffer, place, answer);
        x += width + 3;
    }
}

/// `area` below its first rows.
fn without_top(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}
