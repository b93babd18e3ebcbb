//! What time it is where somebody is.

use chatter_protocol::{Timestamp, User};
use jiff::Zoned;
use jiff::tz::TimeZone;

/// A person's clock beside one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// What their clock shows.
    pub there: Zoned,
    /// Minutes by which it is ahead of mine; negative if it is behind.
    pub ahead_minutes: i32,
    /// Whether it is another day there.
    pub is_other_day: bool,
}

impl LocalTime {
    /// The clock of `user`, if they share its zone and the zone is known on this device.
    pub fn of(user: &User, now: Timestamp, mine: &TimeZone) -> Option<Self> {
        let zone = zone_named(user.time_zone.as_ref()?.as_str())?;
        let (there, here) = (now.to_jiff().to_zoned(zone), now.to_jiff().to_zoned(mine.clone()));
        let ahead_s = there.offset().seconds() - here.offset().seconds();
        Some(Self {
            is_other_day: there.date() != here.date(),
            ahead_minutes: ahead_s.div_euclid(60),
            there,
        })
    }

    /// As a line says it: "14:05 there, 2 h ahead".
    pub fn sentence(&self) -> String {
        let time = match self.is_other_day {
            true => self.there.strftime("%a %H:%M"),
            false => self.there.strftime("%H:%M"),
        };
        let (hours, minutes) = (self.ahead_minutes.abs() / 60, self.ahead_minutes.abs() % 60);
        let far = match (hours, minutes) {
            (0, 0) => return format!("{time}, as here"),
            (0, minutes) => format!("{minutes} min"),
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        };
        let side = if self.ahead_minutes > 0 { "ahead" } else { "behind" };
        format!("{time} there, {far} {side}")
    }
}

/// The zone of that name in the time zone database, whatever its case.
pub fn zone_named(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some())
}

/// What to share for a zone that was named: its name as the database has it, empty for none.
///
/// # Errors
/// If this device knows no such zone, as a sentence. One that has no database believes the name.
pub fn zone_to_share(name: &str) -> Result<String, String> {
    let name = name.trim();
    if name.is_empty() || name.eq_ignore_ascii_case("none") {
        return Ok(String::new());
    }
    match zone_named(name).as_ref().and_then(own_zone_name) {
        Some(known) => Ok(known.to_owned()),
        None if jiff::tz::db().is_definitively_empty() => Ok(name.to_owned()),
        None => Err("There is no time zone of that name; one is Europe/London.".to_owned()),
    }
}

/// The name of this device's zone, to propose for sharing; some systems know only how far it is
/// from UTC.
pub fn own_zone_name(zone: &TimeZone) -> Option<&str> {
    zone.iana_name().filter(|name| *name != "Etc/Unknown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{GRACE, at, person};

    fn sentence(theirs: &str, mine: &str, now: &str) -> Option<String> {
        let mut user = person(GRACE).user;
        user.time_zone = Some(theirs.parse().expect("a zone's name"));
        let mine = zone_named(mine).expect("known");
        LocalTime::of(&user, at(now), &mine).map(|time| time.sentence())
    }

    #[test]
    fn the_time_there_and_how_far_it_is_from_mine() {
        for (theirs, mine, expected) in [
            ("Europe/Berlin", "Europe/London", "13:05 there, 1 h ahead"),
            ("America/New_York", "Europe/London", "07:05 there, 5 h behind"),
            ("Asia/Kolkata", "Europe/London", "17:35 there, 5 h 30 min ahead"),
            ("Asia/Kathmandu", "Asia/Kolkata", "17:50 there, 15 min ahead"),
            ("Pacific/Kiritimati", "Europe/London", "Fri 02:05 there, 14 h ahead"),
            ("Europe/Paris", "Europe/Berlin", "13:05, as here"),
        ] {
            let said = sentence(theirs, mine, "2026-03-05T12:05:00.000Z");
            assert_eq!(said.as_deref(), Some(expected), "{theirs} from {mine}");
        }
        let summer = sentence("America/New_York", "Europe/London", "2026-03-10T12:05:00.000Z");
        assert_eq!(summer.as_deref(), Some("08:05 there, 4 h behind"), "clocks change apart");
    }

    #[test]
    fn a_zone_that_is_not_known_here_shows_nothing() {
        assert_eq!(sentence("Moon/Tranquility", "Europe/London", "2026-03-05T12:05:00.000Z"), None);
        assert_eq!(zone_to_share(" europe/london "), Ok("Europe/London".to_owned()));
        assert_eq!(zone_to_share("None"), Ok(String::new()));
        assert!(zone_to_share("Moon/Tranquility").is_err());
        assert!(
            LocalTime::of(&person(GRACE).user, at("2026-03-05T12:05:00.000Z"), &TimeZone::UTC)
                .is_none()
        );
    }
}
