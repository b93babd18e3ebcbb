//! Where words, lines and grapheme clusters of a text begin and end. Looks no further than it
//! must, so that a step in a long text costs as much as in a short one.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// The start of the cluster after the one at `at`.
pub(super) fn next(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor.next_boundary(text, 0).ok().flatten().unwrap_or(text.len())
}

/// The start of the cluster before `at`.
pub(super) fn previous(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

/// `at`, or the nearest place before it that is between two clusters.
pub(super) fn boundary_before(text: &str, at: usize) -> usize {
    let at = text.floor_char_boundary(at);
    if is_boundary(text, at) { at } else { previous(text, at) }
}

/// `at`, or the nearest place after it that is between two clusters.
pub(super) fn boundary_after(text: &str, at: usize) -> usize {
    let at = text.ceil_char_boundary(at);
    if is_boundary(text, at) { at } else { next(text, at) }
}

fn is_boundary(text: &str, at: usize) -> bool {
    GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0) == Ok(true)
}

/// The start of the word before `at`.
pub(super) fn word_left(text: &str, at: usize) -> usize {
    let mut parts = text[..at].split_word_bound_indices();
    parts.rfind(|(_, part)| is_word(part)).map_or(0, |(start, _)| start)
}

/// The end of the word after `at`.
pub(super) fn word_right(text: &str, at: usize) -> usize {
    let mut parts = text[at..].split_word_bound_indices();
    let found = parts.find(|(_, part)| is_word(part));
    found.map_or(text.len(), |(start, part)| at + start + part.len())
}

/// The word, the spaces or the sign at `at`.
pub(super) fn word_around(text: &str, at: usize) -> Range<usize> {
    let line = line_start(text, at)..line_end(text, at);
    let parts = text[line.clone()].split_word_bound_indices();
    let mut parts = parts.map(|(start, part)| line.start + start..line.start + start + part.len());
    parts.find(|part| part.end > at).unwrap_or(line.end..line.end)
}

/// Emoji are words too: to a reader they stand on their own.
fn is_word(part: &str) -> bool {
    part.contains(char::is_alphanumeric) || emojis::get(part).is_some()
}

/// The start of the line that `at` is in.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |feed| feed + 1)
}

/// The end of the line that `at` is in.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |feed| at + feed)
}
