//! How text falls into rows of a given width, measured in the cells that a terminal gives to each
//! grapheme cluster. Knows nothing of what the text is for: messages and drafts wrap alike.

use std::ops::Range;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::width::shown;

/// Columns that a tab takes.
pub const TAB_COLUMNS: usize = 4;

/// Columns that one grapheme cluster takes as it is [`shown`].
pub fn grapheme_columns(grapheme: &str) -> usize {
    match grapheme {
        "\t" => TAB_COLUMNS,
        _ if is_plain(grapheme) => grapheme.len(),
        _ if grapheme.contains(char::is_control) => 0,
        _ => shown(grapheme).cell_width().into(),
    }
}

/// Whether each byte of `text` is a character of one column, as nearly all text is.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Columns that `text` takes on one line.
pub fn columns(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    text.graphemes(true).map(grapheme_columns).sum()
}

/// The longest beginning of `text` that fits into `columns_max`, cut between grapheme clusters.
pub fn fit(text: &str, columns_max: usize) -> &str {
    if is_plain(text) {
        return &text[..text.len().min(columns_max)];
    }
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme_columns(grapheme);
        if used > columns_max {
            return &text[..at];
        }
    }
    text
}

/// `text` if it fits into `columns_max`, else its beginning and an ellipsis.
pub fn shorten(text: &str, columns_max: usize) -> String {
    if columns(text) <= columns_max {
        return text.to_owned();
    }
    match columns_max {
        0 => String::new(),
        _ => format!("{}…", fit(text, columns_max - 1).trim_end()),
    }
}

/// Byte ranges of the rows of `text`, at least one. Lines end at line feeds, rows at the last
/// space that fits; a word longer than a row is cut. Spaces at which a row was broken hang at its
/// end, so that every byte but the line feeds is in exactly one row.
pub fn wrap(text: &str, columns_max: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let mut line_start = 0;
    for line in text.split('\n') {
        wrap_line(line, line_start, columns_max.max(1), &mut rows);
        line_start += line.len() + 1;
    }
    rows
}

/// How many rows [`wrap`] makes.
pub fn rows(text: &str, columns_max: usize) -> usize {
    if text.len() <= columns_max && is_plain(text) {
        return 1;
    }
    wrap(text, columns_max).len()
}

fn wrap_line(line: &str, offset: usize, columns_max: usize, rows: &mut Vec<Range<usize>>) {
    let mut breaker = Breaker { offset, columns_max, rows, start: 0, used: 0, after_space: None };
    match is_plain(line) {
        true if line.len() <= columns_max => {}
        true => (0..).zip(line.bytes()).for_each(|(at, byte)| breaker.take(at, 1, 1, byte == b' ')),
        false => line.grapheme_indices(true).for_each(|(at, one)| {
            breaker.take(at, one.len(), grapheme_columns(one), one == " ");
        }),
    }
    breaker.end(line.len());
}

/// Breaks a line, cluster by cluster.
struct Breaker<'a> {
    /// Where the line begins.
    offset: usize,
    columns_max: usize,
    rows: &'a mut Vec<Range<usize>>,
    /// Where the row begins, in the line.
    start: usize,
    /// Columns of the row so far.
    used: usize,
    /// The place after the row's last space, and the columns up to there.
    after_space: Option<(usize, usize)>,
}

impl Breaker<'_> {
    fn take(&mut self, at: usize, len: usize, width: usize, is_space: bool) {
        if !is_space && self.is_too_much(at, width) {
            let (cut, kept) = self.after_space.take().unwrap_or((at, self.used));
            self.end(cut);
            (self.start, self.used) = (cut, self.used - kept);
            // What moved down with the broken word may itself be too long by now.
            if self.is_too_much(at, width) {
                self.end(at);
                (self.start, self.used) = (at, 0);
            }
        }
        self.used += width;
        if is_space {
            self.after_space = Some((at + len, self.used));
        }
    }

    fn is_too_much(&self, at: usize, width: usize) -> bool {
        self.used + width > self.columns_max && at > self.start
    }

    fn end(&mut self, at: usize) {
        self.rows.push(self.offset + self.start..self.offset + at);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrapped(text: &str, columns_max: usize) -> Vec<&str> {
        wrap(text, columns_max).into_iter().map(|row| &text[row]).collect()
    }

    #[test]
    fn rows_break_at_spaces_and_cut_long_words() {
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("one two three", 7), ["one two ", "three"]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("a\n\nb", 9), ["a", "", "b"]);
    }

    #[test]
    fn pictures_and_wide_characters_are_never_cut() {
        assert_eq!(wrapped("日本語", 5), ["日本", "語"]);
        assert_eq!(wrapped("👨‍👩‍👧‍👦👩‍🔬", 2), ["👨‍👩‍👧‍👦", "👩‍🔬"]);
        assert_eq!(wrapped("🇩🇪🇫🇷", 3), ["🇩🇪", "🇫🇷"]);
        assert_eq!(wrapped("日", 1), ["日"]);
        assert_eq!(columns("e\u{301}"), 1);
    }

    #[test]
    fn shortened_text_says_so() {
        assert_eq!(shorten("hello world", 7), "hello…");
        assert_eq!(shorten("日本語", 4), "日…");
        assert_eq!(shorten("fits", 4), "fits");
        assert_eq!(shorten("x", 0), "");
    }

    proptest! {
        #[test]
        fn rows_fit_and_nothing_is_lost(text in "[ a-c日é\u{301}👩‍🔬\n]{0,60}", width in 2usize..20) {
            let rows = wrap(&text, width);
            for row in &rows {
                let row = text[row.clone()].trim_end_matches(' ');
                // What is one character to a reader is never cut, however wide it is.
                prop_assert!(columns(row) <= width || row.graphemes(true).count() == 1, "{row:?}");
            }
            let joined: String = rows.iter().map(|row| &text[row.clone()]).collect();
            prop_assert_eq!(joined, text.replace('\n', ""));
        }
    }
}
