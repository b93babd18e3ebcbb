//! Emoji by their names (the short codes of gemoji): `:smi` proposes 😄.

use std::ops::Range;

use super::{Candidate, code, triggered};

/// Characters of a name from which on emoji are proposed; fewer fit too many.
const QUERY_CHARS_MIN: usize = 2;

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '+' | '-')
}

/// The start of an emoji's name at the end of `before`, and where its colon is.
pub(super) fn asked(before: &str) -> Option<(usize, &str)> {
    let (start, query) = triggered(before, ':', is_name)?;
    // `:-D` is a face already.
    let is_face = query.starts_with('-') && query != "-1";
    let is_number = query.starts_with(|first: char| first.is_ascii_digit());
    (query.len() >= QUERY_CHARS_MIN && !is_face && !is_number).then_some((start, query))
}

/// The emoji whose names start with `query`, then those that contain it; short names first.
pub(super) fn candidates(query: &str) -> Vec<Candidate> {
    let query = query.to_ascii_lowercase();
    let best_name = |emoji: &'static emojis::Emoji| {
        let names = emoji.shortcodes().filter_map(|name| Some((name.find(&query)? > 0, name)));
        names.min_by_key(|(is_inside, name)| (*is_inside, name.len())).map(|best| (best, emoji))
    };
    let mut found: Vec<_> = emojis::iter().filter_map(best_name).collect();
    found.sort_by_key(|((is_inside, name), _)| (*is_inside, name.len()));
    found.truncate(super::CANDIDATES_MAX);
    let candidate = |((_, name), emoji): ((bool, &str), &emojis::Emoji)| Candidate {
        insert: emoji.as_str().to_owned(),
        label: format!("{emoji} :{name}:"),
        detail: emoji.name().to_owned(),
    };
    found.into_iter().map(candidate).collect()
}

/// An emoji whose name was just written out, up to its second colon at `cursor`, and where.
pub fn written_out(text: &str, cursor: usize) -> Option<(Range<usize>, &'static str)> {
    let before = text.get(..cursor)?.strip_suffix(':')?;
    let (start, name) = triggered(before, ':', is_name)?;
    let emoji = emojis::get_by_shortcode(name).filter(|_| !code::is_code(text, start))?;
    Some((start..cursor, emoji.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_written_out_becomes_its_emoji() {
        let out = |text: &str| written_out(text, text.len());
        assert_eq!(out("so :smile:"), Some((3..10, "😄")));
        assert_eq!(
            out(":+1:").map(|(_, emoji)| emoji),
            emojis::get_by_shortcode("+1").map(|e| e.as_str())
        );
        for text in ["smile:", ":no_such_thing:", "::", "a:smile:", "`:smile:", "10:30:"] {
            assert_eq!(out(text), None, "{text}");
        }
    }
}
