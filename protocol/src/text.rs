//! Text from other people is data: what a server refuses, and what a client replaces before text
//! enters its model.
//!
//! Knows nothing of terminals' escape languages; it lets through only what shows on screen, so
//! there is no sequence left to know (CVE-2021-42574, CWE-150).

use std::borrow::Cow;

use thiserror::Error;
use unicode_properties::{
    GeneralCategory, GeneralCategoryGroup, UnicodeEmoji, UnicodeGeneralCategory,
};

/// Combining marks that one character may carry; more is a tower that covers its neighbours.
const MARKS_PER_BASE_MAX: usize = 4;

/// Joins emoji into one picture, as in families and professions; elsewhere it only hides.
const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// Asks for the coloured form of the character before it.
const EMOJI_PRESENTATION: char = '\u{FE0F}';

/// Why a message body was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BodyError {
    /// Nothing visible in it.
    #[error("A message needs some text.")]
    Empty,
    /// More bytes than the server takes.
    #[error("This message has {bytes} bytes; at most {bytes_max} can be sent.")]
    TooLong {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// A control character other than line feed and tab.
    #[error("This message has a control character (U+{0:04X}) in it, which can't be sent.")]
    Control(u32),
}

/// Whether `body` may be sent: not blank, at most `bytes_max` bytes of UTF-8, no control characters
/// but line feed and tab. The body is stored byte for byte as it came.
pub fn check_body(body: &str, bytes_max: usize) -> Result<(), BodyError> {
    check_caption(body, bytes_max)?;
    if sanitize(body).trim().is_empty() {
        return Err(BodyError::Empty);
    }
    Ok(())
}

/// As [`check_body`], for a message that something hangs on: it may be without words.
pub fn check_caption(body: &str, bytes_max: usize) -> Result<(), BodyError> {
    if body.len() > bytes_max {
        return Err(BodyError::TooLong { bytes: body.len(), bytes_max });
    }
    if let Some(control) = body.chars().find(|c| is_refused_control(*c)) {
        return Err(BodyError::Control(control.into()));
    }
    Ok(())
}

fn is_refused_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// `text` made safe to show: control characters other than line feed and tab become U+FFFD;
/// invisible formatting (bidirectional overrides, zero-width characters) is left out, except the
/// joiner between two emoji; at most four combining marks stay on a character. Idempotent; never
/// more than three times as long.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b) || matches!(b, b'\n' | b'\t')) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    let mut marks = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let group = c.general_category_group();
        marks = if group == GeneralCategoryGroup::Mark { marks + 1 } else { 0 };
        match c {
            '\n' | '\t' => safe.push(c),
            ZERO_WIDTH_JOINER => {
                if joins_emoji(&safe, chars.peek().copied()) {
                    safe.push(c);
                }
            }
            '\u{2028}' | '\u{2029}' => safe.push('\n'),
            _ if c.is_control() => safe.push(char::REPLACEMENT_CHARACTER),
            _ if c.general_category() == GeneralCategory::Format => {}
            _ if marks > MARKS_PER_BASE_MAX => {}
            _ => safe.push(c),
        }
    }
    if safe == text { Cow::Borrowed(text) } else { Cow::Owned(safe) }
}

/// As [`sanitize`], for text that must stay on one line: line feeds and tabs become spaces.
pub fn sanitize_line(text: &str) -> Cow<'_, str> {
    match sanitize(text) {
        safe if safe.contains(['\n', '\t']) => Cow::Owned(safe.replace(['\n', '\t'], " ")),
        safe => safe,
    }
}

fn joins_emoji(before: &str, next: Option<char>) -> bool {
    let is_picture = |c: char| !c.is_ascii() && c.is_emoji_char();
    let base = before.trim_end_matches(EMOJI_PRESENTATION).chars().next_back();
    base.is_some_and(is_picture) && next.is_some_and(is_picture)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_command_a_terminal_or_mislead_a_reader_is_gone() {
        for (hostile, safe) in [
            ("a\u{1b}]52;c;aGk=\u{7}b", "a\u{fffd}]52;c;aGk=\u{fffd}b"),
            ("pay\u{202e}moc.elpmaxe", "paymoc.elpmaxe"),
            ("zero\u{200b}width", "zerowidth"),
            ("c1\u{9b}31m", "c1\u{fffd}31m"),
            ("line\rover", "line\u{fffd}over"),
            ("a\u{2028}b", "a\nb"),
            ("a\u{200d}b", "ab"),
            ("e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}", "e\u{301}\u{301}\u{301}\u{301}"),
        ] {
            assert_eq!(sanitize(hostile), safe, "{hostile:?}");
        }
    }

    #[test]
    fn what_people_write_stays() {
        for text in [
            "plain\n\tindented",
            "👩‍🔬 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️‍🔥 🇩🇪 1️⃣",
            "日本語 한국어 עברית العربية",
            "Zalgo-free e\u{301}",
        ] {
            assert!(matches!(sanitize(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn bodies_at_and_above_the_limit() {
        assert_eq!(check_body(&"x".repeat(16), 16), Ok(()));
        assert_eq!(
            check_body(&"x".repeat(17), 16),
            Err(BodyError::TooLong { bytes: 17, bytes_max: 16 })
        );
        assert_eq!(check_body(" \n\t", 16), Err(BodyError::Empty));
        assert_eq!(check_body("\u{200b}", 16), Err(BodyError::Empty));
        assert_eq!(check_body("a\0b", 16), Err(BodyError::Control(0)));
        assert_eq!(check_body("a\nb\tc", 16), Ok(()));
    }

    proptest! {
        #[test]
        fn sanitized_text_is_harmless_and_stable(text in any::<String>()) {
            let safe = sanitize(&text);
            prop_assert!(!safe.chars().any(is_refused_control));
            prop_assert!(safe.len() <= text.len() * 3);
            prop_assert_eq!(sanitize(&safe), safe.clone());
            prop_assert!(!sanitize_line(&text).contains(['\n', '\t']));
        }
    }
}
