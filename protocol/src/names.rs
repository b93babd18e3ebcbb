//! Names of people, parsed once and valid ever after.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::UserId;
use crate::limits::{
    DISPLAY_NAME_CHARS_MAX, STATUS_MESSAGE_CHARS_MAX, TIME_ZONE_BYTES_MAX, USERNAME_CHARS_MAX,
    USERNAME_CHARS_MIN,
};
use crate::text;

/// Why a name was refused, as a sentence for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// Username too short or too long.
    #[error("A username has {USERNAME_CHARS_MIN} to {USERNAME_CHARS_MAX} characters.")]
    UsernameLength,
    /// Username with another character than those allowed.
    #[error("A username has only the letters a-z, the digits 0-9 and _ . - in it.")]
    UsernameCharacter,
    /// Username that starts with `_`, `.` or `-`.
    #[error("A username starts with a letter or a digit.")]
    UsernameStart,
    /// Nothing but white space.
    #[error("A name needs at least one visible character.")]
    Blank,
    /// Too many characters.
    #[error("At most {0} characters, please.")]
    TooLong(usize),
    /// Control characters, line breaks or invisible formatting.
    #[error("Line breaks and invisible characters can't be part of it.")]
    Hidden,
    /// A file's name with a folder in it.
    #[error("A file's name has no folder in it.")]
    Path,
    /// Not the form of a time zone's name.
    #[error("A time zone is called as in Europe/Berlin.")]
    TimeZone,
}

macro_rules! text_name {
    ($(#[$doc:meta])* $name:ident, $example:literal, $parse:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, example = $example))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                $parse(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

text_name! {
    /// A person's unique name: 2 to 32 of `a-z 0-9 _ . -`, the first a letter or a digit (so that
    /// it is never taken for a flag or a hidden file). ASCII only, so no two look alike.
    Username, "ada", parse_username
}
text_name! {
    /// What a person wants to be called; not unique. One line, 1 to 64 characters, trimmed.
    DisplayName, "Ada Lovelace", parse_display_name
}
text_name! {
    /// What a person says about the present. One line, 1 to 140 characters, trimmed.
    StatusMessage, "at the engine", parse_status_message
}

text_name! {
    /// A time zone by its name in the IANA database, as in `Europe/Berlin`. Only its form is
    /// checked: databases differ in what they know.
    TimeZone, "Europe/Berlin", parse_time_zone
}

impl Username {
    /// A username that `email` suggests: its local part, lower-cased, other characters left out.
    /// `None` when too little remains.
    pub fn propose(email: &str) -> Option<Self> {
        let local = email.split('@').next().unwrap_or_default().to_ascii_lowercase();
        let kept: String = local.chars().filter(|c| is_username_char(*c)).collect();
        let start = kept.trim_start_matches(['_', '.', '-']);
        start.get(..start.len().min(USERNAME_CHARS_MAX))?.parse().ok()
    }
}

fn is_username_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-')
}

fn parse_username(text: &str) -> Result<String, NameError> {
    if !text.chars().all(is_username_char) {
        return Err(NameError::UsernameCharacter);
    }
    if !(USERNAME_CHARS_MIN..=USERNAME_CHARS_MAX).contains(&text.len()) {
        return Err(NameError::UsernameLength);
    }
    if text.starts_with(['_', '.', '-']) {
        return Err(NameError::UsernameStart);
    }
    Ok(text.to_owned())
}

fn parse_display_name(text: &str) -> Result<String, NameError> {
    parse_line(text, DISPLAY_NAME_CHARS_MAX)
}

fn parse_status_message(text: &str) -> Result<String, NameError> {
    parse_line(text, STATUS_MESSAGE_CHARS_MAX)
}

fn parse_time_zone(text: &str) -> Result<String, NameError> {
    let trimmed = text.trim();
    let is_fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-');
    let is_part = |part: &str| !part.is_empty() && part.chars().all(is_fit);
    if trimmed.len() > TIME_ZONE_BYTES_MAX || !trimmed.split('/').all(is_part) {
        return Err(NameError::TimeZone);
    }
    Ok(trimmed.to_owned())
}

/// One trimmed line of at most `chars_max` characters that shows what it says.
pub fn parse_line(text: &str, chars_max: usize) -> Result<String, NameError> {
    let trimmed = text.trim();
    if trimmed.chars().count() > chars_max {
        return Err(NameError::TooLong(chars_max));
    }
    if text::sanitize_line(trimmed) != trimmed {
        return Err(NameError::Hidden);
    }
    if trimmed.is_empty() {
        return Err(NameError::Blank);
    }
    Ok(trimmed.to_owned())
}

/// A person named in a request: by id or by username. The two can't be mixed up, an id is longer
/// than any username.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum UserRef {
    /// By id.
    Id(UserId),
    /// By username.
    Username(Username),
}

impl FromStr for UserRef {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.parse() {
            Ok(id) if text.len() > USERNAME_CHARS_MAX => Ok(Self::Id(id)),
            _ => text.parse().map(Self::Username),
        }
    }
}

impl TryFrom<String> for UserRef {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<UserRef> for String {
    fn from(user: UserRef) -> String {
        user.to_string()
    }
}

impl fmt::Display for UserRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Username(name) => name.fmt(f),
        }
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for UserRef {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for UserRef {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_at_and_beyond_their_limits() {
        for good in ["ab", "a.b-c_d", "0day", &"x".repeat(32)] {
            assert!(good.parse::<Username>().is_ok(), "{good}");
        }
        for bad in ["", "a", &"x".repeat(33), "Ada", "a b", "-rf", ".x", "_x", "аda", "a/b", "a\n"]
        {
            assert!(bad.parse::<Username>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_username_is_proposed_from_the_local_part() {
        let proposed = |email: &str| Username::propose(email).map(String::from);
        assert_eq!(proposed("Ada.Love+news@example.org").as_deref(), Some("ada.lovenews"));
        assert_eq!(proposed("..x@example.org"), None);
        assert_eq!(proposed("_bob@example.org").as_deref(), Some("bob"));
        assert_eq!(proposed(&format!("{}@x", "y".repeat(60))), Some("y".repeat(32)));
        assert_eq!(proposed("Ünïcode@x").as_deref(), Some("ncode"));
    }

    #[test]
    fn display_names_are_one_visible_line() {
        assert_eq!(
            " Ada \u{1F469}\u{200D}\u{1F52C} "
                .parse::<DisplayName>()
                .unwrap_or_else(|e| panic!("{e}"))
                .as_str(),
            "Ada \u{1F469}\u{200D}\u{1F52C}"
        );
        for bad in ["", "  ", "a\nb", "a\u{1b}[31m", "a\u{202e}b", "\u{200b}", &"x".repeat(65)] {
            assert!(bad.parse::<DisplayName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn time_zones_have_the_form_of_the_database_and_lead_nowhere() {
        for good in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
            assert!(good.parse::<TimeZone>().is_ok(), "{good}");
        }
        for bad in ["", "/etc/passwd", "../x", "a//b", "Europe/", "a b", &"x".repeat(65)] {
            assert!(bad.parse::<TimeZone>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_user_is_named_by_id_or_by_username() {
        let id = UserId::new();
        assert_eq!(id.to_string().parse(), Ok(UserRef::Id(id)));
        assert!(matches!("ada".parse(), Ok(UserRef::Username(_))));
    }
}
