//! Text from other people is data: what a server refuses, and what a client replaces before text
//! enters its model.
//!
//! Knows nothing of terminals' escape languages; it lets through only what shows on screen, so
//! there is no sequence left to know (CVE-2021-42574, CWE-150).

use std::borrow::Cow;

use thiserror::Error;
use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};

/// Combining marks that one character may carry; more is a tower that covers its neighbours.
const MARKS_PER_BASE_MAX: usize = 4;

/// Joins emoji into one picture, as in families and professions; elsewhere it only hides.
const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// Asks for the coloured form of the character before it.
const EMOJI_PRESENTATION: char = '\u{FE0F}';

/// First byte of control characters that are not ASCII (U+0080 to U+009F), and of few others.
const C1_LEAD: u8 = 0xC2;

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
    if !shows_something(body) {
        return Err(BodyError::Empty);
    }
    Ok(())
}

/// As [`check_body`], for a message that something hangs on: it may be without words.
pub fn check_caption(body: &str, bytes_max: usize) -> Result<(), BodyError> {
    if body.len() > bytes_max {
        return Err(BodyError::TooLong { bytes: body.len(), bytes_max });
    }
    if may_have_refused_control(body)
        && let Some(control) = body.chars().find(|c| is_refused_control(*c))
    {
        return Err(BodyError::Control(control.into()));
    }
    Ok(())
}

/// Whether anything of `text` that is no control character is left to see once it is safe to show:
/// what is left out of it besides formatting follows something that shows.
fn shows_something(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && c.general_category() != GeneralCategory::Format)
}

fn is_refused_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// Whether a byte of `text` is one that a refused control character has. Looks at all of them, which
/// takes less time than to stop at the first: many are compared at once.
fn may_have_refused_control(text: &str) -> bool {
    let is_of_one = |byte: u8| is_refused_control(char::from(byte)) && byte.is_ascii();
    text.bytes().fold(false, |found, byte| found | is_of_one(byte) | (byte == C1_LEAD))
}

/// Whether `text` is ASCII that is safe to show. Looks at all of it, as above.
fn is_plain(text: &str) -> bool {
    let is_shown = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    text.bytes().fold(true, |plain, byte| plain & is_shown(byte))
}

/// `text` made safe to show: control characters other than line feed and tab become U+FFFD;
/// invisible formatting (bidirectional overrides, zero-width characters) is left out, except the
/// joiner between two emoji; at most four combining marks stay on a character. Idempotent; never
/// more than three times as long.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    // Text that is safe is not copied.
    let mut safe: Option<String> = None;
    let mut marks = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let before = safe.as_deref().unwrap_or(&text[..at]);
        let next = chars.peek().map(|(_, next)| *next);
        let shown = shown(c, before, next, &mut marks);
        if let Some(safe) = &mut safe {
            safe.extend(shown);
        } else if shown != Some(c) {
            let mut copy = String::with_capacity(text.len());
            copy.push_str(&text[..at]);
            copy.extend(shown);
            safe = Some(copy);
        }
    }
    safe.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// What is shown for `c` between what is shown before it and what follows; `marks` are the combining
/// marks in a row up to it.
fn shown(c: char, before: &str, next: Option<char>, marks: &mut usize) -> Option<char> {
    if c.is_ascii() {
        *marks = 0;
        return Some(if is_refused_control(c) { char::REPLACEMENT_CHARACTER } else { c });
    }
    let category = c.general_category();
    *marks = if is_mark(category) { *marks + 1 } else { 0 };
    match category {
        GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => Some('\n'),
        GeneralCategory::Control => Some(char::REPLACEMENT_CHARACTER),
        GeneralCategory::Format => {
            Some(c).filter(|c| *c == ZERO_WIDTH_JOINER && joins_emoji(before, next))
        }
        _ => Some(c).filter(|_| *marks <= MARKS_PER_BASE_MAX),
    }
}

fn is_mark(category: GeneralCategory) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(category, EnclosingMark | NonspacingMark | SpacingMark)
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

    /// Text in which every kind of character is next to every other, plain text being rare.
    fn unusual() -> impl Strategy<Value = String> {
        "[a \n\t\u{0}\u{7f}\u{85}\u{9b}\u{a0}é\u{301}\u{200b}\u{200d}\u{202e}\u{2028}\u{fe0f}日❤👩🔬]{0,12}"
    }

    proptest! {
        #[test]
        fn a_body_may_be_sent_if_it_shows_something_and_has_no_control_characters(
            text in unusual(),
        ) {
            let has_control = text.chars().any(is_refused_control);
            let shows = !sanitize(&text).trim().is_empty();
            prop_assert_eq!(check_body(&text, 64).is_ok(), shows && !has_control);
        }

        #[test]
        fn what_is_safe_already_is_not_copied(text in unusual()) {
            let safe = sanitize(&text).into_owned();
            prop_assert!(matches!(sanitize(&safe), Cow::Borrowed(_)), "{safe:?}");
        }

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
