//! Where the terminal's widths differ from ours, and what is drawn instead, so that no picture
//! ever moves a border.
//!
//! Terminals disagree about pictures that are joined from several characters. What the terminal
//! was measured to give another width than we count is replaced by a plainer form whose width is
//! beyond doubt. Kept for each thread, because measuring text happens everywhere on the screen's.

use std::borrow::Cow;
use std::cell::Cell;

use ratatui::buffer::CellWidth;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::config::Emoji;

const JOINER: char = '\u{200D}';
const PRESENTATION: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';

/// Whether the terminal gives a class of pictures the width that we count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// It does, or nobody knows better.
    #[default]
    Agreed,
    /// It does not.
    Differs,
}

/// The terminal's widths, by class of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widths {
    /// Pictures joined from several, such as families.
    pub zwj: Agreement,
    /// Flags.
    pub flag: Agreement,
    /// Signs that are asked to be pictures, such as a red heart.
    pub presentation: Agreement,
    /// Skin tones.
    pub modifier: Agreement,
    /// Digits on keys.
    pub keycap: Agreement,
    /// Columns of characters that East Asian terminals may give two: `…`, `●`, box drawing. With
    /// two, only ASCII glyphs keep frames straight.
    pub ambiguous: u8,
}

impl Default for Widths {
    fn default() -> Self {
        Self {
            zwj: Agreement::Agreed,
            flag: Agreement::Agreed,
            presentation: Agreement::Agreed,
            modifier: Agreement::Agreed,
            keycap: Agreement::Agreed,
            ambiguous: 1,
        }
    }
}

thread_local! {
    static SHOWN_AS: Cell<(Widths, Emoji)> = const {
        Cell::new((
            Widths {
                zwj: Agreement::Agreed,
                flag: Agreement::Agreed,
                presentation: Agreement::Agreed,
                modifier: Agreement::Agreed,
                keycap: Agreement::Agreed,
                ambiguous: 1,
            },
            Emoji::Auto,
        ))
    };
}

/// From now on, text on this thread is measured and shown for a terminal of these `widths`.
pub fn set_shown_as(widths: Widths, emoji: Emoji) {
    SHOWN_AS.set((widths, emoji));
}

/// What is drawn for one grapheme cluster: itself, or a form whose width is agreed upon.
pub fn shown(grapheme: &str) -> Cow<'_, str> {
    if grapheme.is_ascii() {
        return Cow::Borrowed(grapheme);
    }
    let (widths, emoji) = SHOWN_AS.get();
    match emoji {
        Emoji::Picture => Cow::Borrowed(grapheme),
        Emoji::Auto => plainer(grapheme, widths),
        Emoji::Text => in_words(grapheme),
    }
}

/// What is drawn for `text`, cluster by cluster. Its width is what
/// [`columns`](crate::state::wrap::columns) counts for `text`.
pub fn shown_text(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.graphemes(true).any(|one| shown(one) != one) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.graphemes(true).map(shown).collect())
}

fn plainer(grapheme: &str, widths: Widths) -> Cow<'_, str> {
    let differs = |agreement| agreement == Agreement::Differs;
    if differs(widths.flag) && grapheme.starts_with(is_regional_indicator) {
        return letters(grapheme);
    }
    if grapheme.contains(JOINER) {
        return match grapheme.split(JOINER).next() {
            Some(first) if differs(widths.zwj) => plainer(first, widths),
            _ => Cow::Borrowed(grapheme),
        };
    }
    let is_keycap = grapheme.contains(KEYCAP);
    if is_keycap && differs(widths.keycap) {
        return first_character(grapheme);
    }
    let left_out = |character: char| match character {
        PRESENTATION => differs(widths.presentation) && !is_keycap,
        _ => differs(widths.modifier) && is_skin_tone(character),
    };
    // A skin tone alone is a picture of its own.
    let mut rest = grapheme.chars();
    let first = rest.next();
    match rest.clone().any(left_out) {
        true => Cow::Owned(first.into_iter().chain(rest.filter(|one| !left_out(*one))).collect()),
        false => Cow::Borrowed(grapheme),
    }
}

/// Every class plainer: what is left where there is no word.
const NOTHING_AGREED: Widths = Widths {
    zwj: Agreement::Differs,
    flag: Agreement::Differs,
    presentation: Agreement::Differs,
    modifier: Agreement::Differs,
    keycap: Agreement::Differs,
    ambiguous: 1,
};

/// `:heart:` for a heart. Signs that are text unless asked to be a picture stay as they are.
fn in_words(grapheme: &str) -> Cow<'_, str> {
    let is_picture = grapheme.contains(PRESENTATION) || grapheme.cell_width() > 1;
    let found = emojis::get(grapheme).filter(|_| is_picture);
    let Some(found) = found else { return plainer(grapheme, NOTHING_AGREED) };
    // Only the form without a skin tone has a name.
    let named = found.with_skin_tone(emojis::SkinTone::Default).unwrap_or(found);
    Cow::Owned(match named.shortcode() {
        Some(shortcode) => format!(":{shortcode}:"),
        None => format!(":{}:", named.name().replace(' ', "_")),
    })
}

fn letters(flag: &str) -> Cow<'_, str> {
    let letter = |character: char| {
        let place = u32::from(character).checked_sub(0x1F1E6)?;
        char::from_u32(u32::from('A') + place).filter(char::is_ascii_uppercase)
    };
    Cow::Owned(flag.chars().filter_map(letter).collect())
}

fn first_character(grapheme: &str) -> Cow<'_, str> {
    let end = grapheme.chars().next().map_or(0, char::len_utf8);
    Cow::Borrowed(&grapheme[..end])
}

fn is_regional_indicator(character: char) -> bool {
    matches!(character, '\u{1F1E6}'..='\u{1F1FF}')
}

fn is_skin_tone(character: char) -> bool {
    matches!(character, '\u{1F3FB}'..='\u{1F3FF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::state::wrap::columns;

    const FAMILY: &str = "👨‍👩‍👧";

    #[test]
    fn a_terminal_that_agrees_gets_what_was_written() {
        set_shown_as(Widths::default(), Emoji::Auto);
        let text = "a 👨‍👩‍👧 🇩🇪 ❤️ 👍🏽 1️⃣ 日本 …";
        assert!(matches!(shown_text(text), Cow::Borrowed(_)));
        set_shown_as(NOTHING_AGREED, Emoji::Picture);
        assert!(matches!(shown_text(text), Cow::Borrowed(_)), "the person knows better");
    }

    #[test]
    fn each_class_has_a_plainer_form() {
        set_shown_as(NOTHING_AGREED, Emoji::Auto);
        for (picture, plain, width) in [
            (FAMILY, "👨", 2),
            ("🇩🇪", "DE", 2),
            ("🇩", "D", 1),
            ("❤️", "❤", 1),
            ("👍🏽", "👍", 2),
            ("🏽", "🏽", 2),
            ("1️⃣", "1", 1),
            ("❤️‍🔥", "❤", 1),
            ("👩🏽‍🔬", "👩", 2),
            ("日", "日", 2),
            ("é", "é", 1),
        ] {
            assert_eq!((shown(picture).as_ref(), columns(picture)), (plain, width), "{picture}");
        }
        // Only what differs is changed.
        set_shown_as(Widths { flag: Agreement::Differs, ..Widths::default() }, Emoji::Auto);
        assert_eq!(shown_text("👨‍👩‍👧 🇩🇪"), "👨‍👩‍👧 DE");
    }

    #[test]
    fn pictures_in_words() {
        set_shown_as(Widths::default(), Emoji::Text);
        for (picture, word) in [
            ("❤️", ":heart:"),
            ("👍🏽", ":+1:"),
            ("🚀", ":rocket:"),
            ("🇩🇪", ":de:"),
            (FAMILY, ":family_man_woman_girl:"),
            // Signs of ordinary text.
            ("©", "©"),
            ("™", "™"),
            ("1", "1"),
            ("日", "日"),
        ] {
            assert_eq!(shown(picture), word, "{picture}");
            assert_eq!(columns(picture), columns(word), "{picture}");
        }
        // Every picture that there is gets a word.
        for emoji in emojis::iter() {
            assert!(shown(emoji.as_str()).starts_with(':'), "{emoji}");
        }
    }

    /// A terminal that gives one column more to every class that it disagrees about.
    fn real_columns(text: &str, widths: Widths) -> usize {
        let one = |grapheme: &str| {
            let has = |wanted: fn(char) -> bool| grapheme.chars().any(wanted);
            let classes = [
                (widths.zwj, has(|c| c == JOINER)),
                (widths.flag, has(is_regional_indicator)),
                (widths.keycap, has(|c| c == KEYCAP)),
                (
                    widths.presentation,
                    has(|c| c == PRESENTATION) && !has(|c| matches!(c, JOINER | KEYCAP)),
                ),
                (
                    widths.modifier,
                    grapheme.chars().skip(1).any(is_skin_tone) && !has(|c| c == JOINER),
                ),
            ];
            let more =
                classes.iter().any(|(agreed, is_in)| *is_in && *agreed == Agreement::Differs);
            usize::from(grapheme.cell_width()) + usize::from(more)
        };
        text.graphemes(true).map(one).sum()
    }

    fn agreement() -> impl Strategy<Value = Agreement> {
        prop_oneof![Just(Agreement::Agreed), Just(Agreement::Differs)]
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_the_terminal_takes(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "a", " ", "日", "é", FAMILY, "🇩🇪", "🇫", "❤️", "👍🏽", "🏽", "1️⃣", "❤️‍🔥", "👩🏽‍🔬", "🚀", "…",
                ]),
                0..12,
            ),
            (zwj, flag, presentation, modifier, keycap) in
                (agreement(), agreement(), agreement(), agreement(), agreement()),
            emoji in prop_oneof![Just(Emoji::Auto), Just(Emoji::Text)],
        ) {
            let text = parts.concat();
            let widths = Widths { zwj, flag, presentation, modifier, keycap, ambiguous: 1 };
            set_shown_as(widths, emoji);
            let drawn = shown_text(&text).into_owned();
            prop_assert_eq!(real_columns(&drawn, widths), columns(&text), "{:?} as {:?}", text, drawn);
        }
    }
}
