//! Until when something holds, as people write it: `2h`, `18:00`, `tomorrow`, `fri 9:30`.

use std::fmt;
use std::str::FromStr;

use chatter_protocol::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, ToSpan, Zoned};

/// What is proposed for the end of a status, in the order to offer it.
pub const PRESETS: [&str; 6] = ["no end", "30 minutes", "1 hour", "4 hours", "today", "this week"];

/// What to say of what can't be read as an end.
const UNREADABLE: &str = "I can't read that as an end. Write 2h, 18:00, tomorrow or fri 9:30.";

/// An end; which moment that is depends on the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// It has no end.
    Never,
    /// So long from now.
    In(SignedDuration),
    /// To the end of this week, which is a Sunday.
    ThisWeek,
    /// A moment.
    At(Timestamp),
    /// This time of this day; the next time that it comes if there is no day.
    Clock(Option<Day>, Time),
}

/// A day to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// So many days from today.
    After(i32),
    /// The next day of this name.
    Next(Weekday),
    /// This one.
    Date(Date),
}

impl Until {
    /// The moment of the end, if there is one.
    ///
    /// # Errors
    /// If it is over already, or beyond all calendars, as a sentence.
    pub fn end(self, now: Timestamp, zone: &TimeZone) -> Result<Option<Timestamp>, String> {
        let here = now.to_jiff().to_zoned(zone.clone());
        let end = match self {
            Self::Never => return Ok(None),
            Self::At(at) => Some(at),
            Self::In(length) => here.checked_add(length).ok().map(|end| timestamp(&end)),
            Self::ThisWeek => start_of(day(Day::Next(Weekday::Monday), &here), Time::MIN, zone),
            Self::Clock(Some(named), time) => start_of(day(named, &here), time, zone),
            Self::Clock(None, time) => {
                let today = start_of(Some(here.date()), time, zone).filter(|end| *end > now);
                today.or_else(|| start_of(here.date().tomorrow().ok(), time, zone))
            }
        };
        match end {
            Some(end) if end > now => Ok(Some(end)),
            Some(_) => Err("That is over already.".to_owned()),
            None => Err(UNREADABLE.to_owned()),
        }
    }

    /// What to write for an end that is set: what [`Until::end`] makes the same moment of, to the
    /// minute.
    pub fn written(end: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> String {
        let Some(end) = end else { return PRESETS[0].to_owned() };
        let (end, here) =
            (end.to_jiff().to_zoned(zone.clone()), now.to_jiff().to_zoned(zone.clone()));
        match end.date() == here.date() {
            true => end.strftime("%H:%M").to_string(),
            false => end.strftime("%Y-%m-%d %H:%M").to_string(),
        }
    }
}

impl FromStr for Until {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Ok(at) = words.parse::<jiff::Timestamp>() {
            return Ok(Self::At(Timestamp::from_millis(at.as_millisecond())));
        }
        let words = words.to_lowercase();
        match words.as_str() {
            "" | "none" | "never" | "no end" => return Ok(Self::Never),
            "this week" => return Ok(Self::ThisWeek),
            // Until it is over.
            "today" | "midnight" => return Ok(Self::Clock(Some(Day::After(1)), Time::MIN)),
            _ => {}
        }
        if let Some(length) = length(&words) {
            return Ok(Self::In(length));
        }
        if let Some(time) = time(&words) {
            return Ok(Self::Clock(None, time));
        }
        if let Some(day) = named_day(&words) {
            return Ok(Self::Clock(Some(day), Time::MIN));
        }
        let (first, last) = words.rsplit_once(' ').ok_or(Unreadable)?;
        let today = first == "today";
        let day = if today { Some(Day::After(0)) } else { named_day(first) };
        match (day, time(last)) {
            (Some(day), Some(time)) => Ok(Self::Clock(Some(day), time)),
            _ => Err(Unreadable),
        }
    }
}

/// A text that is no end; displayed as a sentence that says what is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(UNREADABLE)
    }
}

impl std::error::Error for Unreadable {}

/// `2h`, `30 minutes`, `3 days`: days have 24 hours.
fn length(words: &str) -> Option<SignedDuration> {
    let span: Span = words.parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok().filter(|length| length.is_positive())
}

/// `18:00` or `6:00`, with or without seconds; `6pm`.
fn time(word: &str) -> Option<Time> {
    let read = |format| Time::strptime(format, word).ok();
    read("%H:%M").or_else(|| read("%I%P")).or_else(|| read("%I:%M%P"))
}

fn named_day(words: &str) -> Option<Day> {
    if words == "tomorrow" {
        return Some(Day::After(1));
    }
    let read = |format| strtime::parse(format, words).ok().and_then(|read| read.weekday());
    if let Some(weekday) = read("%A").or_else(|| read("%a")) {
        return Some(Day::Next(weekday));
    }
    let read = |format| Date::strptime(format, words).ok();
    read("%Y-%m-%d").or_else(|| read("%d.%m.%Y")).map(Day::Date)
}

fn day(named: Day, here: &Zoned) -> Option<Date> {
    match named {
        Day::After(days) => here.date().checked_add(days.days()).ok(),
        Day::Next(weekday) => here.date().nth_weekday(1, weekday).ok(),
        Day::Date(date) => Some(date),
    }
}

fn start_of(date: Option<Date>, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    date?.to_datetime(time).to_zoned(zone.clone()).ok().map(|start| timestamp(&start))
}

fn timestamp(at: &Zoned) -> Timestamp {
    Timestamp::from_millis(at.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use jiff::tz::offset;

    use super::*;
    use crate::state::fixture::{NOW, at};

    /// From Thursday, 5 March 2026, 13:45 in a zone one hour ahead.
    fn end(text: &str) -> Option<String> {
        let until: Until = text.parse().unwrap_or_else(|_| panic!("{text:?} is an end"));
        let zone = TimeZone::fixed(offset(1));
        let end = until.end(at(NOW), &zone).unwrap_or_else(|why| panic!("{text:?}: {why}"));
        end.map(|end| end.to_jiff().to_zoned(zone).strftime("%a %-d %b %H:%M").to_string())
    }

    #[test]
    fn ends_are_read_as_people_write_them() {
        for (text, expected) in [
            ("30 minutes", "Thu 5 Mar 14:15"),
            ("1 hour", "Thu 5 Mar 14:45"),
            ("2h", "Thu 5 Mar 15:45"),
            ("1h30m", "Thu 5 Mar 15:15"),
            ("3 days", "Sun 8 Mar 13:45"),
            ("18:00", "Thu 5 Mar 18:00"),
            ("9:30", "Fri 6 Mar 09:30"),
            ("6pm", "Thu 5 Mar 18:00"),
            ("Today", "Fri 6 Mar 00:00"),
            ("today 23:59", "Thu 5 Mar 23:59"),
            ("tomorrow", "Fri 6 Mar 00:00"),
            ("tomorrow 9:00", "Fri 6 Mar 09:00"),
            ("this week", "Mon 9 Mar 00:00"),
            ("monday", "Mon 9 Mar 00:00"),
            ("fri  9:30", "Fri 6 Mar 09:30"),
            ("thursday", "Thu 12 Mar 00:00"),
            ("2026-03-08", "Sun 8 Mar 00:00"),
            ("8.3.2026 18:00", "Sun 8 Mar 18:00"),
            ("2026-03-05T18:00:00Z", "Thu 5 Mar 19:00"),
        ] {
            assert_eq!(end(text).as_deref(), Some(expected), "{text}");
        }
        for never in ["", "none", "no end"] {
            assert_eq!(end(never), None, "{never}");
        }
        assert!(PRESETS.iter().all(|preset| preset.parse::<Until>().is_ok()));
    }

    #[test]
    fn what_is_no_end_or_is_over_is_refused_with_what_would_do() {
        for text in ["soon", "2", "25:00", "-2h", "0s", "godot", "32.1.2026", "lunch 18:00"] {
            assert_eq!(text.parse::<Until>(), Err(Unreadable), "{text}");
        }
        let over: Until = "2026-03-05 9:00".parse().expect("an end");
        let zone = TimeZone::fixed(offset(1));
        assert_eq!(over.end(at(NOW), &zone), Err("That is over already.".to_owned()));
        let far: Until = "7000000 days".parse().expect("an end");
        assert!(far.end(at(NOW), &zone).is_err());
    }

    #[test]
    fn what_is_written_for_an_end_is_read_back_as_it() {
        let zone = TimeZone::fixed(offset(1));
        for text in ["no end", "18:00", "2026-03-08 09:30"] {
            let end = text.parse::<Until>().expect("an end").end(at(NOW), &zone).expect("to come");
            assert_eq!(Until::written(end, at(NOW), &zone), text);
        }
    }
}
