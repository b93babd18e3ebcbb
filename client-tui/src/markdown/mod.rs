//! Messages as chat writes them: Markdown's everyday part, laid out in rows of styled pieces.
//!
//! Nothing that a person typed disappears: what is not plainly markup stays text. Knows roles, not
//! colours; rows, not screens. Takes text that is safe to show already
//! (`chatter_protocol::text`), and adds no control characters.
//!
//! Glyphs of its own are `▏` (quotes), `•` (bullets), `─` (rules) and `…` (previews); all others
//! are the sender's.

mod address;
mod blocks;
mod highlight;
mod inline;
mod layout;
mod marks;
mod piece;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

pub use highlight::on_highlighting_ready;
pub use piece::{Kind, Piece, Role, Row, RowKind, Token};

use blocks::BlockKind;

/// Lays `body` out in rows of at most `columns` columns, at least one row; only what is one
/// character to a reader may be wider. Fast: colours of code come from another thread, see
/// [`on_highlighting_ready`].
pub fn lay_out(body: &str, columns: usize) -> Vec<Row> {
    layout::rows(&blocks::parse(body), columns.max(1))
}

/// Every code block, exactly as written, for copying. Lines end with a line feed, also the last.
pub fn code_blocks(body: &str) -> Vec<String> {
    let blocks = blocks::parse(body).into_iter();
    let code = blocks.filter_map(|block| match block.kind {
        BlockKind::Code { lines, .. } => Some(lines),
        _ => None,
    });
    code.map(|lines| lines.iter().flat_map(|line| [line, "\n"]).collect()).collect()
}

/// Every address in the message outside of code, in order: only `http`, `https` and `mailto`,
/// only ASCII.
pub fn links(body: &str) -> Vec<String> {
    let mut links: Vec<Arc<str>> = Vec::new();
    for piece in blocks::parse(body).iter().flat_map(inline::lines).flatten() {
        // The pieces of one link share its address.
        let Some(link) = piece.link else { continue };
        if !links.last().is_some_and(|last| Arc::ptr_eq(last, &link)) {
            links.push(link);
        }
    }
    links.iter().map(ToString::to_string).collect()
}

/// The text on one line without markup, for previews and notifications: at most `chars_max`
/// characters, the last an ellipsis if something is left out.
pub fn plain_line(body: &str, chars_max: usize) -> String {
    let mut line = String::new();
    for block in &blocks::parse(body) {
        let texts = match &block.kind {
            BlockKind::Code { lines, .. } => lines.iter().map(|line| (*line).to_owned()).collect(),
            _ => texts(block),
        };
        for word in texts.iter().flat_map(|text| text.split_whitespace()) {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            if line.chars().nth(chars_max).is_some() {
                return cut(&line, chars_max);
            }
        }
    }
    line
}

/// The lines of a block that is not code, with their bullets and numbers.
fn texts(block: &blocks::Block<'_>) -> Vec<String> {
    let marker = match &block.kind {
        BlockKind::Item { marker, .. } => marker.as_ref(),
        BlockKind::Rule => "─",
        _ => "",
    };
    let lines = inline::lines(block).into_iter();
    let mut texts: Vec<String> =
        lines.map(|line| line.iter().map(|piece| piece.text.as_str()).collect()).collect();
    texts.insert(0, marker.to_owned());
    texts
}

/// As much of `text` as leaves room for the ellipsis, cut between grapheme clusters.
fn cut(text: &str, chars_max: usize) -> String {
    let Some(room) = chars_max.checked_sub(1) else { return String::new() };
    let mut chars = 0;
    let kept = text.graphemes(true).take_while(|grapheme| {
        chars += grapheme.chars().count();
        chars <= room
    });
    let kept: String = kept.collect();
    format!("{}…", kept.trim_end())
}
