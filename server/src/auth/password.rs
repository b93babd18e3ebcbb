//! Which passwords are refused: by length, and those that an attacker tries first. There are no
//! rules about kinds of characters; they make passwords worse.

use std::collections::HashSet;
use std::sync::LazyLock;

use chatter_protocol::limits::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use chatter_protocol::{Secret, Username};
use thiserror::Error;

/// Some hundred common passwords of legal length, one a line, in lower case.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Why a password was refused, as a sentence for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordRefusal {
    /// Fewer characters than needed.
    #[error("A password needs at least {PASSWORD_CHARS_MIN} characters.")]
    TooShort,
    /// More characters than taken.
    #[error("A password has at most {PASSWORD_CHARS_MAX} characters.")]
    TooLong,
    /// It is (nearly) the account's or the product's own name.
    #[error("A password can't be your own name, your e-mail address or the name of this program.")]
    OwnName,
    /// On the list.
    #[error("Many people use this password, so it is among the first to be tried; choose another.")]
    Common,
}

/// Whether `password` may be used. It is taken byte for byte, spaces and all.
pub(super) fn check(
    password: &Secret,
    username: &Username,
    email: &str,
) -> Result<(), PasswordRefusal> {
    let password = password.expose();
    let chars = password.chars().count();
    if chars < PASSWORD_CHARS_MIN {
        return Err(PasswordRefusal::TooShort);
    }
    if chars > PASSWORD_CHARS_MAX {
        return Err(PasswordRefusal::TooLong);
    }
    let lower = password.to_lowercase();
    if is_own_name(&lower, username, &email.to_lowercase()) {
        return Err(PasswordRefusal::OwnName);
    }
    if COMMON.contains(lower.as_str()) || has_one_character(&lower) {
        return Err(PasswordRefusal::Common);
    }
    Ok(())
}

/// Whether nothing but digits and signs is added to a name.
fn is_own_name(lower: &str, username: &Username, email: &str) -> bool {
    let bare = lower.trim_matches(|c: char| !c.is_alphabetic());
    let local = email.split('@').next().unwrap_or_default();
    let names = [username.as_str(), email, local, "chatter", "chatter-server"];
    names.contains(&lower) || names.contains(&bare)
}

fn has_one_character(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next();
    chars.all(|c| Some(c) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(password: &str) -> Result<(), PasswordRefusal> {
        let username = "ada.lovelace".parse().expect("a username");
        check(&Secret::new(password), &username, "Countess@Example.org")
    }

    #[test]
    fn lengths_at_and_beyond_the_limits_count_characters() {
        assert_eq!(checked("séance½"), Err(PasswordRefusal::TooShort));
        assert_eq!(checked("séance½ "), Ok(()));
        assert_eq!(checked(&"aé".repeat(64)), Ok(()));
        assert_eq!(checked(&"aé".repeat(65)), Err(PasswordRefusal::TooLong));
        assert_eq!(checked("four words 🐎 and spaces"), Ok(()));
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for own in
            ["ADA.lovelace", "ada.lovelace1!", "countess", "countess@example.org", "Chatter2026"]
        {
            assert_eq!(checked(own), Err(PasswordRefusal::OwnName), "{own}");
        }
        for common in ["password", "PassWord1", "qwertyuiop", "12345678", "zzzzzzzzzz"] {
            assert_eq!(checked(common), Err(PasswordRefusal::Common), "{common}");
        }
    }

    #[test]
    fn the_list_is_lower_case_without_repetition_and_of_legal_length() {
        let lines = include_str!("common_passwords.txt").lines();
        assert_eq!(lines.clone().count(), COMMON.len());
        assert!(COMMON.len() >= 300, "{}", COMMON.len());
        for line in lines {
            assert!(line.chars().count() >= PASSWORD_CHARS_MIN, "{line}");
            assert_eq!(line, line.to_lowercase());
        }
    }
}
