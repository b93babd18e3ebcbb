//! Messages as chat writes them, laid out in rows of styled pieces.

use std::sync::Arc;

use crate::state::wrap::wrap;

/// A row of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What stands in it.
    pub pieces: Vec<Piece>,
    /// It goes on with the line of the row before.
    pub continues: bool,
    /// What it is part of.
    pub kind: RowKind,
}

/// What a row is part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowKind {
    /// Running text.
    #[default]
    Text,
    /// Code.
    Code,
}

/// Text of one role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Its role.
    pub role: Role,
    /// Where it leads.
    pub link: Option<Arc<str>>,
}

/// What a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Bold.
    pub strong: bool,
    /// Italic.
    pub emphasis: bool,
    /// Struck through.
    pub strike: bool,
    /// The rest.
    pub kind: Kind,
}

/// What a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    #[default]
    Text,
    /// A mark.
    Marker,
}

/// Lays `body` out in rows of at most `columns` columns.
pub fn lay_out(body: &str, columns: usize) -> Vec<Row> {
    let rows = wrap(body, columns).into_iter();
    rows.map(|range| {
        let continues = range.start > 0 && !body[..range.start].ends_with('\n');
        let text = body[range].replace('\t', "    ");
        Row { pieces: vec![Piece { text, ..Piece::default() }], continues, ..Row::default() }
    })
    .collect()
}

/// Every code block, as it was written.
pub fn code_blocks(_body: &str) -> Vec<String> {
    Vec::new()
}

/// Every address in the message, in order.
pub fn links(_body: &str) -> Vec<String> {
    Vec::new()
}

/// The text on one line.
pub fn plain_line(body: &str, chars_max: usize) -> String {
    body.chars().take(chars_max).collect()
}
