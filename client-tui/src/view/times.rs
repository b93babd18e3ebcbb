//! Times for people: local, absolute, as short as the day allows.

use chatter_protocol::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime;

use crate::state::State;

/// The time of day.
pub(super) fn clock(state: &State, at: Timestamp) -> String {
    format(state, at, "%H:%M")
}

/// For a list: time of day, weekday, day, or month, whichever says most in six columns.
pub(super) fn brief(state: &State, at: Timestamp) -> String {
    match days_ago(state, state.date(at)) {
        ..=0 => clock(state, at),
        1..=6 => format(state, at, "%a"),
        _ if state.date(at).year() == state.today().year() => format(state, at, "%-d %b"),
        _ => format(state, at, "%b %Y"),
    }
}

/// For a sentence: "12:30", "yesterday 12:30", "Mon 12:30", "3 Mar 2026".
pub(super) fn moment(state: &State, at: Timestamp) -> String {
    match days_ago(state, state.date(at)) {
        ..=0 => clock(state, at),
        1 => format!("yesterday {}", clock(state, at)),
        2..=6 => format(state, at, "%a %H:%M"),
        _ => format(state, at, "%-d %b %Y"),
    }
}

/// For the end of a status: "until 18:00", "until tomorrow", "until Mon 09:30", "until 3 Apr".
pub(super) fn until(state: &State, end: Timestamp) -> String {
    let is_midnight = clock(state, end) == "00:00";
    let date = state.date(end);
    match (-days_ago(state, date), is_midnight) {
        (..=0, _) => format!("until {}", clock(state, end)),
        (1, true) => "until tomorrow".to_owned(),
        (1, false) => format!("until tomorrow {}", clock(state, end)),
        (2..=6, true) => format(state, end, "until %a"),
        (2..=6, false) => format(state, end, "until %a %H:%M"),
        _ if date.year() == state.today().year() => format(state, end, "until %-d %b"),
        _ => format(state, end, "until %-d %b %Y"),
    }
}

/// A day, as a separator says it.
pub(super) fn day(state: &State, date: Date) -> String {
    match days_ago(state, date) {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        _ => strtime::format("%A, %-d %B %Y", date).unwrap_or_default(),
    }
}

/// A day in full.
pub(super) fn date(state: &State, at: Timestamp) -> String {
    format(state, at, "%-d %b %Y")
}

/// Month and year.
pub(super) fn month(state: &State, at: Timestamp) -> String {
    format(state, at, "%b %Y")
}

fn days_ago(state: &State, date: Date) -> i32 {
    state.today().since(date).map_or(0, |span| span.get_days())
}

fn format(state: &State, at: Timestamp, pattern: &str) -> String {
    strtime::format(pattern, &at.to_jiff().to_zoned(state.zone.clone())).unwrap_or_default()
}
