//! Lines of text to pieces: emphasis, code, links, mentions.
//!
//! The parser finds the structure in a copy without false signs ([`super::marks`]); every byte
//! that is shown is taken from the text itself, and what no markup uses up is shown. Knows nothing
//! of widths.

use std::mem;
use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::address::Address;
use super::blocks::{Block, BlockKind};
use super::marks::{self, Found, What};
use super::piece::{Kind, Piece, Role};

/// Emphasis within emphasis; deeper signs are shown.
const EMPHASIS_DEPTH_MAX: usize = 8;

/// Stands before each line, so that the parser takes none for a block; dropped on the way out.
const LINE_START: &str = "\u{A0}";

/// The text of `block` line by line; none for code, rules and empty lines.
pub(super) fn lines(block: &Block<'_>) -> Vec<Vec<Piece>> {
    let kind = if block.quotes > 0 { Kind::Quote } else { Kind::Text };
    let role = Role { kind, ..Role::default() };
    match &block.kind {
        BlockKind::Paragraph(lines) => parse(lines.iter().map(|line| line.text), role),
        BlockKind::Item { text, .. } => parse([text.text].into_iter(), role),
        BlockKind::Heading { text, .. } => {
            let role = Role { strong: true, kind: Kind::Heading, ..Role::default() };
            parse([*text].into_iter(), role)
        }
        BlockKind::Blank | BlockKind::Rule | BlockKind::Code { .. } => Vec::new(),
    }
}

fn parse<'a>(lines: impl Iterator<Item = &'a str>, role: Role) -> Vec<Vec<Piece>> {
    let mut text = String::new();
    for line in lines {
        text.push_str(if text.is_empty() { LINE_START } else { "\n\u{A0}" });
        text.push_str(&line.replace('\t', "    "));
    }
    let found = marks::find(&text);
    let mut writer = Writer::new(&text, &found, role);
    if text.contains(['*', '_', '~', '`', '[', '<']) {
        let markup = marks::only_markup(&text, &found);
        let events = Parser::new_ext(&markup, Options::ENABLE_STRIKETHROUGH).into_offset_iter();
        for (event, range) in events {
            writer.event(&event, range, &markup);
        }
    }
    writer.finish()
}

/// Follows the parser through the text and writes down what is to be shown.
struct Writer<'a> {
    text: &'a str,
    found: &'a [Found],
    /// Up to where the text is written or used up by markup.
    cursor: usize,
    role: Role,
    /// The roles outside of the emphasis that is open, or none where its signs are shown.
    outside: Vec<Option<Role>>,
    link: Option<OpenLink>,
    lines: Vec<Vec<Piece>>,
}

/// A link whose text is being written.
struct OpenLink {
    address: Address,
    /// Where its text ends.
    text_end: usize,
    /// The kind of text around it.
    outside: Kind,
    /// Its text so far.
    shown: String,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str, found: &'a [Found], role: Role) -> Self {
        let (cursor, outside, lines) = (LINE_START.len(), Vec::new(), vec![Vec::new()]);
        Self { text, found, cursor, role, outside, link: None, lines }
    }

    fn finish(mut self) -> Vec<Vec<Piece>> {
        self.write_to(self.text.len());
        self.lines
    }

    fn event(&mut self, event: &Event<'_>, range: Range<usize>, markup: &str) {
        if range.end <= self.cursor {
            return; // Inside of something that is shown as it was typed.
        }
        match event {
            Event::Start(Tag::Emphasis) => self.open(range, 1, |role| role.emphasis = true),
            Event::Start(Tag::Strong) => self.open(range, 2, |role| role.strong = true),
            Event::Start(Tag::Strikethrough) => self.open(range, 2, |role| role.strike = true),
            Event::End(TagEnd::Emphasis) => self.close(range, 1),
            Event::End(TagEnd::Strong | TagEnd::Strikethrough) => self.close(range, 2),
            Event::Start(
                Tag::Link { link_type, dest_url, title, .. }
                | Tag::Image { link_type, dest_url, title, .. },
            ) => {
                let parts = link_parts(markup, &range, *link_type, dest_url, title);
                self.open_link(range, parts);
            }
            Event::End(TagEnd::Link | TagEnd::Image) => self.close_link(range),
            Event::Code(_) => self.code(range),
            _ => {}
        }
    }

    fn open(&mut self, range: Range<usize>, signs: usize, set: impl Fn(&mut Role)) {
        let inner = self.text.get(range.start + signs..range.end - signs).unwrap_or_default();
        let is_shown = |c: char| c.is_alphanumeric() || (!c.is_ascii() && !c.is_whitespace());
        if self.outside.len() >= EMPHASIS_DEPTH_MAX || !inner.contains(is_shown) {
            self.outside.push(None);
            return;
        }
        self.write_to(range.start);
        self.cursor = range.start + signs;
        self.outside.push(Some(self.role));
        set(&mut self.role);
    }

    fn close(&mut self, range: Range<usize>, signs: usize) {
        if let Some(Some(outside)) = self.outside.pop() {
            self.write_to(range.end - signs);
            self.cursor = range.end;
            self.role = outside;
        }
    }

    fn open_link(&mut self, range: Range<usize>, parts: Option<LinkParts>) {
        let parts = parts.filter(|_| self.link.is_none());
        let address = parts.and_then(|LinkParts { text, target, scheme }| {
            let written = format!("{scheme}{}", &self.text[target]);
            Some((Address::parse(&written)?, text))
        });
        let Some((address, text)) = address else { return self.write_to(range.end) };
        self.write_to(range.start);
        self.cursor = text.start;
        let outside = mem::replace(&mut self.role.kind, Kind::Link);
        self.link = Some(OpenLink { address, text_end: text.end, outside, shown: String::new() });
    }

    fn close_link(&mut self, range: Range<usize>) {
        let Some(text_end) = self.link.as_ref().map(|link| link.text_end) else { return };
        self.write_to(text_end);
        self.cursor = range.end;
        let Some(link) = self.link.take() else { return };
        let target = &link.address.target;
        if link.shown.trim().is_empty() {
            self.push(target, self.role, Some(target));
        } else if let Some(disclosed) = link.address.disclosed(&link.shown) {
            self.push_destination(disclosed, target);
        }
        self.role.kind = link.outside;
    }

    fn code(&mut self, range: Range<usize>) {
        self.write_to(range.start);
        self.cursor = range.end;
        let inner = self.text[range].trim_matches('`');
        let padded = inner.strip_prefix(' ').and_then(|inner| inner.strip_suffix(' '));
        let code = padded.filter(|code| !code.trim().is_empty()).unwrap_or(inner);
        self.write(code, Role { kind: Kind::Code, ..self.role });
    }

    /// Writes the text from the cursor to `end`, with what is found in it.
    fn write_to(&mut self, end: usize) {
        let (text, found) = (self.text, self.found);
        let from = found.partition_point(|found| found.range.end <= self.cursor);
        for Found { range, what } in found[from..].iter().take_while(|it| it.range.start < end) {
            if self.link.is_some() {
                break;
            }
            let (start, stop) = (range.start.max(self.cursor), range.end.min(end));
            self.write(&text[self.cursor..start], self.role);
            self.write_found(&text[start..stop], what, stop == range.end);
            self.cursor = stop;
        }
        if self.cursor < end {
            self.write(&text[self.cursor..end], self.role);
            self.cursor = end;
        }
    }

    fn write_found(&mut self, text: &str, what: &What, is_complete: bool) {
        let What::Address { target, disclosed } = what else {
            return self.push(text, Role { kind: Kind::Mention, ..self.role }, None);
        };
        self.push(text, Role { kind: Kind::Link, ..self.role }, Some(target));
        if let Some(disclosed) = disclosed.as_ref().filter(|_| is_complete) {
            self.push_destination(disclosed, target);
        }
    }

    /// Writes running text, which may be a link's.
    fn write(&mut self, text: &str, role: Role) {
        let target = self.link.as_mut().map(|link| {
            link.shown.push_str(text);
            Arc::clone(&link.address.target)
        });
        for (at, line) in text.split("\n\u{A0}").enumerate() {
            if at > 0 {
                self.lines.push(Vec::new());
            }
            self.push(line, role, target.as_ref());
        }
    }

    fn push_destination(&mut self, disclosed: &str, target: &Arc<str>) {
        let role = Role { kind: Kind::Destination, ..Role::default() };
        self.push(&format!(" ({disclosed})"), role, Some(target));
    }

    fn push(&mut self, text: &str, role: Role, link: Option<&Arc<str>>) {
        let Some(line) = self.lines.last_mut().filter(|_| !text.is_empty()) else { return };
        match line.last_mut() {
            Some(last) if last.role == role && is_same(last.link.as_ref(), link) => {
                last.text.push_str(text);
            }
            _ => line.push(Piece { text: text.to_owned(), role, link: link.cloned() }),
        }
    }
}

fn is_same(one: Option<&Arc<str>>, other: Option<&Arc<str>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// Where in the text the parts of a link stand.
struct LinkParts {
    text: Range<usize>,
    target: Range<usize>,
    /// What the target lacks.
    scheme: &'static str,
}

/// `None` for what is not a plain link, and for one with a title, which would not be shown.
fn link_parts(
    markup: &str,
    range: &Range<usize>,
    link_type: LinkType,
    dest_url: &str,
    title: &str,
) -> Option<LinkParts> {
    if matches!(link_type, LinkType::Autolink | LinkType::Email) {
        let inner = range.start + 1..range.end - 1;
        let scheme = if link_type == LinkType::Email { "mailto:" } else { "" };
        return Some(LinkParts { text: inner.clone(), target: inner, scheme });
    }
    if link_type != LinkType::Inline || !title.is_empty() {
        return None;
    }
    let link = &markup[range.clone()];
    let target = range.start + link.rfind(dest_url)?;
    let text_end = range.start + markup[range.start..target].rfind("](")?;
    let signs = if link.starts_with('!') { 2 } else { 1 };
    let text = range.start + signs..text_end;
    Some(LinkParts { text, target: target..target + dest_url.len(), scheme: "" })
}
