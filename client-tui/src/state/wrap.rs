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
        _ if grapheme.contains(char::is_control) => 0,
        _ => shown(grapheme).cell_width().into(),
    }
}

/// Columns that `text` takes on one line.
pub fn columns(text: &str) -> usize {
    text.graphemes(true).map(grapheme_columns).sum()
}

/// The longest beginning of `text` that fits into `columns_max`, cut between grapheme clusters.
pub fn fit(text: &str, columns_max: usize) -> &str {
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
    if text.len() <= columns_max && !text.contains(['\n', '\t']) && text.is_ascii() {
        return 1;
    }
    wrap(text, columns_max).len()
}

fn wrap_line(line: &str, offset: usize, columns_max: usize, rows: &mut Vec<Range<usize>>) {
    let mut row_start = 0;
    let mut used = 0;
    let mut after_space: Option<(usize, usize)> = None;
    for (at, grapheme) in line.grapheme_indices(true) {
        let width = grapheme_columns(grapheme);
        let is_space = grapheme == " ";
        if used + width > columns_max && at > row_start && !is_space {
            let (cut, kept) = after_space.unwrap_or((at, 0));
            rows.push(offset + row_start..offset + cut);
            row_start = cut;
            used = if after_space.is_some() { used - kept } else { 0 };
            after_space = None;
            // What moved down with the broken word may itself be too long by now.
            if used + width > columns_max && at > row_start {
                rows.push(offset + row_start..offset + at);
                row_start = at;
                used = 0;
            }
        }
        used += width;
        if is_space {
            after_space = Some((at + grapheme.len(), used));
        }
    }
    rows.push(offset + row_start..offset + line.len());
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
