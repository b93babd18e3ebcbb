//! A day as people write it. Only days that have been: there are no messages of others.

use jiff::Span;
use jiff::civil::{Date, Weekday};
use jiff::fmt::strtime;

/// Dates in full; those with a month's name are also read without the year.
const FORMATS: [&str; 6] = ["%Y-%m-%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y"];

/// The day that `text` names, at the latest `today`; else why not, as a sentence.
pub fn parse_day(text: &str, today: Date) -> Result<Date, String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let day = named_day(&words, today)
        .or_else(|| days_ago(&words, today))
        .or_else(|| full_date(&words))
        .or_else(|| date_of_last_year(&words, today))
        .ok_or_else(|| "I can't read that as a day.".to_owned())?;
    match day <= today {
        true => Ok(day),
        false => Err(format!("{day} is still to come.")),
    }
}

fn named_day(words: &str, today: Date) -> Option<Date> {
    match words {
        "today" => Some(today),
        "yesterday" => today.yesterday().ok(),
        _ => today.nth_weekday(-1, weekday(words.strip_prefix("last ").unwrap_or(words))?).ok(),
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    let read = |format| strtime::parse(format, name).ok().and_then(|time| time.weekday());
    read("%A").or_else(|| read("%a"))
}

/// `3 days ago`, `2 weeks`, `1mo`: always back.
fn days_ago(words: &str, today: Date) -> Option<Date> {
    let span: Span = words.parse().ok()?;
    today.checked_sub(span.abs()).ok()
}

fn full_date(words: &str) -> Option<Date> {
    FORMATS.iter().find_map(|format| Date::strptime(format, words).ok())
}

/// A date without a year: the last one that has been.
fn date_of_last_year(words: &str, today: Date) -> Option<Date> {
    let in_year = |year: i16| full_date(&format!("{words} {year}"));
    let has_been = |date: &Date| *date <= today;
    in_year(today.year()).filter(has_been).or_else(|| in_year(today.year() - 1))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// A Thursday.
    const TODAY: Date = date(2026, 3, 5);

    #[test]
    fn days_are_read_as_people_write_them() {
        for (text, expected) in [
            ("2026-03-01", date(2026, 3, 1)),
            ("today", TODAY),
            ("Yesterday", date(2026, 3, 4)),
            ("monday", date(2026, 3, 2)),
            ("last Mon", date(2026, 3, 2)),
            ("thursday", date(2026, 2, 26)),
            ("3 days ago", date(2026, 3, 2)),
            ("3  days", date(2026, 3, 2)),
            ("2 weeks ago", date(2026, 2, 19)),
            ("1 month ago", date(2026, 2, 5)),
            ("1 year ago", date(2025, 3, 5)),
            ("1.2.2026", date(2026, 2, 1)),
            ("1 March", date(2026, 3, 1)),
            ("Mar 1", date(2026, 3, 1)),
            ("24 dec", date(2025, 12, 24)),
            ("december 24 2024", date(2024, 12, 24)),
        ] {
            assert_eq!(parse_day(text, TODAY), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_or_still_to_come_is_refused() {
        for text in ["", "someday", "2026-02-30", "32 march", "99999999 years ago", "-1"] {
            assert_eq!(parse_day(text, TODAY), Err("I can't read that as a day.".to_owned()));
        }
        assert_eq!(parse_day("2026-03-06", TODAY), Err("2026-03-06 is still to come.".to_owned()));
    }
}
