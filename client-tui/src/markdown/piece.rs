//! What a message is laid out in: rows of pieces, each with a role that a theme gives a colour.

use std::sync::Arc;

/// One row of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What stands in it, left to right. Never a line feed or a tab.
    pub pieces: Vec<Piece>,
    /// It goes on with the line of the row before, broken for lack of room, so copying joins them.
    pub continues: bool,
    /// Spaces at its end that were left out where it was broken; copying puts them back.
    pub hanging: usize,
    /// What it is part of.
    pub kind: RowKind,
}

impl Row {
    /// Its text, markers and all.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }
}

/// What a row is part of, for backgrounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Running text.
    Text,
    /// A quotation; begins with a marker for each level, if there is room.
    Quote,
    /// A code block, or the row above it that names its language.
    Code,
}

/// Text of one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What to show.
    pub text: String,
    /// How.
    pub role: Role,
    /// Where it leads: `http`, `https` or `mailto`, only ASCII without spaces and control
    /// characters. The pieces of one link share it.
    pub link: Option<Arc<str>>,
}

impl Piece {
    pub(super) fn new(text: impl Into<String>, kind: Kind) -> Self {
        Self { text: text.into(), role: Role { kind, ..Role::default() }, link: None }
    }
}

/// What a piece is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// `**strong**`.
    pub strong: bool,
    /// `*emphasis*`.
    pub emphasis: bool,
    /// `~~struck out~~`.
    pub strike: bool,
    /// What else.
    pub kind: Kind,
}

/// What a piece is besides its emphasis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Running text.
    #[default]
    Text,
    /// Code within text.
    Code,
    /// A part of a code block.
    CodeBlock(Token),
    /// The text of a link, or an address.
    Link,
    /// Where a link leads, behind a text that does not say so.
    Destination,
    /// A person's username after `@`.
    Mention,
    /// Running text of a quotation.
    Quote,
    /// A heading's text.
    Heading,
    /// Signs that are not text: bullets and numbers, quote bars, rules, the `#` of headings, a
    /// code block's language, and the space below them in rows that continue.
    Marker,
}

/// What a part of code is to its language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Token {
    /// Nothing in particular, or not known (yet).
    #[default]
    Plain,
    /// `if`, `let`, a tag's name.
    Keyword,
    /// Text in quotes, with them.
    String,
    /// A number.
    Number,
    /// `true`, `nil`, an escape in a string.
    Constant,
    /// A remark.
    Comment,
    /// A function's name.
    Function,
    /// A type's name.
    Type,
    /// A variable that the syntax marks as one, a key, an attribute.
    Variable,
    /// `+`, `&&`.
    Operator,
    /// Brackets and separators.
    Punctuation,
    /// A line that a difference adds.
    Inserted,
    /// A line that a difference takes away.
    Deleted,
}
