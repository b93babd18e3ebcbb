//! Lines to blocks: code, quotations, lists, headings, rules, and paragraphs.
//!
//! Chat's rules, not CommonMark's: every line feed counts, indented text is no code, and a sign
//! opens a block only where it can hardly mean itself. `#1`, `-v`, `>>> import os`, `* * * * *`,
//! `+ added` and a sign that stands alone are text. Knows nothing of what is inside a line.

use std::borrow::Cow;

use crate::state::wrap::{TAB_COLUMNS, columns};

/// Quotations within quotations; deeper ones show their signs.
const QUOTES_MAX: usize = 8;

/// Digits of a list item's number; more is a number that happens to end a sentence.
const NUMBER_DIGITS_MAX: usize = 4;

const FENCE: &str = "```";

/// A part of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// How deep it is quoted.
    pub(super) quotes: usize,
    pub(super) kind: BlockKind<'a>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum BlockKind<'a> {
    /// One or more empty lines.
    Blank,
    /// Lines of text.
    Paragraph(Vec<Indented<'a>>),
    /// A line of a list.
    Item {
        /// What stands before the text, with the space after it.
        marker: Cow<'a, str>,
        text: Indented<'a>,
    },
    /// A heading with its signs.
    Heading { marks: &'a str, text: &'a str },
    /// A line across.
    Rule,
    /// Code, line by line.
    Code { language: Option<&'a str>, lines: Vec<&'a str> },
}

/// A line of text without the space before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Indented<'a> {
    /// Columns of that space.
    pub(super) indent: usize,
    pub(super) text: &'a str,
}

impl<'a> Indented<'a> {
    fn new(line: &'a str) -> Self {
        let text = line.trim_start_matches([' ', '\t']);
        Self { indent: columns(&line[..line.len() - text.len()]), text: text.trim_end() }
    }
}

/// The blocks of `body`, without empty lines around them.
pub(super) fn parse(body: &str) -> Vec<Block<'_>> {
    let lines: Vec<&str> = body.split('\n').collect();
    let mut parser = Parser { blocks: Vec::new(), quotes: 0 };
    parser.lines(&lines);
    while parser.blocks.last().is_some_and(|block| is_blank(block) && block.quotes == 0) {
        parser.blocks.pop();
    }
    parser.blocks
}

fn is_blank(block: &Block<'_>) -> bool {
    block.kind == BlockKind::Blank
}

struct Parser<'a> {
    blocks: Vec<Block<'a>>,
    quotes: usize,
}

impl<'a> Parser<'a> {
    fn lines(&mut self, lines: &[&'a str]) {
        let mut rest = lines;
        while let Some((line, after)) = rest.split_first() {
            rest = self
                .fence(line, after)
                .or_else(|| self.quotation(rest))
                .unwrap_or_else(|| self.line(line, after));
        }
    }

    /// The code that `line` opens; returns what comes after it. What stands beside the fence is
    /// the language if it is one word, else code, because it must show. Code that nothing closes
    /// goes on to the end; a fence that nothing follows is text.
    fn fence<'l>(&mut self, line: &'a str, after: &'l [&'a str]) -> Option<&'l [&'a str]> {
        let open = Indented::new(line);
        let info = open.text.trim_start_matches('`');
        let ticks = open.text.len() - info.len();
        let info = info.trim_start();
        if ticks < FENCE.len() || info.contains('`') || after.iter().all(|line| is_empty(line)) {
            return None;
        }
        let end = after.iter().position(|line| closes(line, ticks)).unwrap_or(after.len());
        let is_language = !info.is_empty() && !info.contains(char::is_whitespace);
        let first = (!info.is_empty() && !is_language).then_some(info);
        let code = after[..end].iter().map(|line| without_indent(line, open.indent));
        self.push(BlockKind::Code {
            language: is_language.then_some(info),
            lines: first.into_iter().chain(code).collect(),
        });
        Some(after.get(end + 1..).unwrap_or_default())
    }

    /// The quotation that begins with `rest`; returns what comes after it.
    fn quotation<'l>(&mut self, rest: &'l [&'a str]) -> Option<&'l [&'a str]> {
        quoted(rest.first()?).filter(|_| self.quotes < QUOTES_MAX)?;
        let lines: Vec<&str> =
            rest.iter().map_while(|line| quoted(line).or_else(|| empty_quoted(line))).collect();
        self.quotes += 1;
        self.lines(&lines);
        self.quotes -= 1;
        Some(&rest[lines.len()..])
    }

    /// Any other line; returns what comes after it.
    fn line<'l>(&mut self, line: &'a str, after: &'l [&'a str]) -> &'l [&'a str] {
        let indented = Indented::new(line);
        if let Some((before, fence)) = fence_within(line, after) {
            self.line(before, &[]);
            return self.fence(fence, after).unwrap_or(after);
        }
        if indented.text.is_empty() {
            self.blank();
        } else if is_rule(indented.text) {
            self.push(BlockKind::Rule);
        } else if let Some((marks, text)) = heading(indented.text) {
            self.push(BlockKind::Heading { marks, text });
        } else if let Some((marker, text)) = item(indented.text) {
            self.push(BlockKind::Item { marker, text: Indented { text, ..indented } });
        } else {
            self.text(indented);
        }
        after
    }

    fn push(&mut self, kind: BlockKind<'a>) {
        self.blocks.push(Block { quotes: self.quotes, kind });
    }

    fn blank(&mut self) {
        let repeats = |last: &Block<'_>| is_blank(last) && last.quotes == self.quotes;
        if self.blocks.last().is_some_and(|last| !repeats(last)) {
            self.push(BlockKind::Blank);
        }
    }

    fn text(&mut self, line: Indented<'a>) {
        match self.blocks.last_mut() {
            Some(Block { quotes, kind: BlockKind::Paragraph(lines) }) if *quotes == self.quotes => {
                lines.push(line);
            }
            _ => self.push(BlockKind::Paragraph(vec![line])),
        }
    }
}

fn is_empty(line: &str) -> bool {
    line.trim_start_matches([' ', '\t']).is_empty()
}

fn closes(line: &str, ticks: usize) -> bool {
    let line = line.trim();
    line.len() >= ticks && line.bytes().all(|byte| byte == b'`')
}

/// A fence at the end of `line` and the text before it, if the next fence closes it:
/// "Try this: ```sh".
fn fence_within<'a>(line: &'a str, after: &[&str]) -> Option<(&'a str, &'a str)> {
    let (before, fence) = line.trim_end().split_at(line.find(FENCE)?);
    let info = fence.trim_start_matches('`');
    let next = after.iter().find(|line| line.contains(FENCE))?;
    let opens = !info.contains(|c: char| c == '`' || c.is_whitespace());
    let is_within = opens && !before.contains('`') && closes(next, fence.len() - info.len());
    is_within.then_some((before, fence))
}

/// `line` without as much of the space before it as its fence has.
fn without_indent(line: &str, indent: usize) -> &str {
    let mut left = indent;
    line.trim_start_matches(|c| {
        let columns = match c {
            ' ' => 1,
            '\t' => TAB_COLUMNS,
            _ => return false,
        };
        let is_part = left >= columns;
        left = left.saturating_sub(columns);
        is_part
    })
}

/// What a quoting line quotes. The space is needed (`>_<`, `>= 3`), and three signs in a row are
/// the prompt of an interpreter.
fn quoted(line: &str) -> Option<&str> {
    let inner = line.trim_start_matches(' ').strip_prefix('>')?;
    let text = inner.strip_prefix('>').unwrap_or(inner).strip_prefix(' ')?;
    if is_empty(text) {
        return None;
    }
    Some(inner.strip_prefix(' ').unwrap_or(inner))
}

/// An empty line within a quotation.
fn empty_quoted(line: &str) -> Option<&str> {
    (line.trim() == ">").then_some("")
}

/// Only of dashes: stars and underscores alone are more often something else.
fn is_rule(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|byte| byte == b'-')
}

fn heading(text: &str) -> Option<(&str, &str)> {
    let (marks, text) = text.split_once(' ')?;
    let is_heading = (1..=6).contains(&marks.len()) && marks.bytes().all(|byte| byte == b'#');
    is_heading.then_some((marks, text.trim_start()))
}

fn item(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let (sign, text) = text.split_once(' ')?;
    let text = text.trim_start();
    if matches!(sign, "-" | "*") {
        // A row of signs, or the fields of a crontab.
        let goes_on = text.strip_prefix(sign).is_some_and(|rest| rest.trim_start() != rest);
        return (!goes_on && text != sign).then_some((Cow::Borrowed("• "), text));
    }
    let digits = sign.strip_suffix(['.', ')'])?;
    let is_number = (1..=NUMBER_DIGITS_MAX).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| (Cow::Owned(format!("{sign} ")), text))
}
