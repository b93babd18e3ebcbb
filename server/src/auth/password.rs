//! Which passwords are refused: by length, and those that an attacker tries first. There are no
//! rules about kinds of characters; they make passwords worse.

use chatter_protocol::limits::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use chatter_protocol::{Secret, Username};
use thiserror::Error;

use super::guessable::is_guessable;

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
    /// Many people have it, or one that is made the same way.
    #[error(
        "Passwords like this one are among the first to be tried. Choose another; a few words that \
         have nothing to do with each other are good and easy to remember."
    )]
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
    if is_guessable(&lower) {
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
        assert_eq!(checked(&"aé½z¾".repeat(26)[..205]), Ok(()));
        assert_eq!(checked(&"aé½z¾".repeat(26)), Err(PasswordRefusal::TooLong));
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
}
