//! The zone that this device is in.
//!
//! The same that [`TimeZone::system`] finds, which goes through the whole time zone database for the
//! name before it reads the one zone: hundreds of names, before the first frame.

use std::fs;
use std::path::Path;

use jiff::tz::TimeZone;

/// Which zone the system is in: a link into the database.
const LOCAL_TIME: &str = "/etc/localtime";

/// Where databases are.
const DATABASES: &str = "zoneinfo/";

/// The zone of this device; UTC where it has none.
pub fn zone_here() -> TimeZone {
    let is_chosen = std::env::var_os("TZ").is_some();
    let linked = if is_chosen { None } else { zone_behind(Path::new(LOCAL_TIME)) };
    linked.unwrap_or_else(TimeZone::system)
}

/// The zone to which a link leads, under the name that it has in the database.
fn zone_behind(link: &Path) -> Option<TimeZone> {
    let target = fs::read_link(link).ok()?;
    let (_, name) = target.to_str()?.rsplit_once(DATABASES)?;
    TimeZone::tzif(name, &fs::read(link).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_into_the_database_is_a_zone_with_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = folder.path().join("zoneinfo/Europe");
        fs::create_dir_all(&database).expect("makes it");
        // A zone without transitions, an hour ahead: version 2, its footer says all.
        let mut zone = Vec::new();
        for version in [b'2', b'2'] {
            zone.extend_from_slice(b"TZif");
            zone.push(version);
            zone.extend_from_slice(&[0; 15]);
            for count in [0_u32, 0, 0, 0, 1, 4] {
                zone.extend_from_slice(&count.to_be_bytes());
            }
            zone.extend_from_slice(&3_600_i32.to_be_bytes());
            zone.extend_from_slice(&[0, 0]);
            zone.extend_from_slice(b"CET\0");
        }
        zone.extend_from_slice(b"\nCET-1\n");
        fs::write(database.join("Somewhere"), zone).expect("writes");
        let link = folder.path().join("localtime");
        symlink(database.join("Somewhere"), &link).expect("links");
        let found = zone_behind(&link).expect("a zone");
        assert_eq!(found.iana_name(), Some("Europe/Somewhere"));
        let there = jiff::Timestamp::UNIX_EPOCH.to_zoned(found);
        assert_eq!(there.strftime("%H:%M").to_string(), "01:00");
    }

    #[test]
    fn what_is_no_link_into_a_database_is_left_to_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("localtime");
        assert!(zone_behind(&link).is_none());
        fs::write(&link, "TZif").expect("writes");
        assert!(zone_behind(&link).is_none());
        fs::remove_file(&link).expect("removes");
        symlink("/nowhere/zoneinfo/Mars", &link).expect("links");
        assert!(zone_behind(&link).is_none());
    }
}
