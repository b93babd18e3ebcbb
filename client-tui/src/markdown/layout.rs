//! Blocks to rows of a given width. Text breaks like everywhere (`state::wrap`), code is cut
//! between grapheme clusters; both keep their place under what they belong to.

use std::ops::Range;
use std::sync::Arc;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::blocks::{Block, BlockKind};
use super::piece::{Kind, Piece, Role, Row, RowKind, Token};
use super::{highlight, inline};
use crate::state::wrap::{columns, fit, wrap};

/// A quotation's bar, with the space after it.
const BAR: &str = "▏ ";
const BAR_COLUMNS: usize = 2;

/// Columns that text has at least, if the row has them: enough for a wide character.
const TEXT_COLUMNS_MIN: usize = 2;

/// A rule is a sign, not a wall: it is no longer than this.
const RULE_COLUMNS_MAX: usize = 24;

pub(super) fn rows(blocks: &[Block<'_>], columns: usize) -> Vec<Row> {
    let mut layout = Layout { rows: Vec::new(), columns };
    for block in blocks {
        layout.block(block);
    }
    if layout.rows.is_empty() {
        layout.push(Vec::new(), RowKind::Text);
    }
    layout.rows
}

struct Layout {
    rows: Vec<Row>,
    columns: usize,
}

/// Where the rows of a line begin.
struct Start {
    /// Quote bars.
    bars: String,
    /// What stands before the line's first row.
    lead: String,
    /// How far its other rows are indented.
    hang: usize,
    /// Columns for the text.
    room: usize,
    kind: RowKind,
}

impl Layout {
    fn block(&mut self, block: &Block<'_>) {
        match &block.kind {
            BlockKind::Blank => self.marker(block, ""),
            BlockKind::Rule => {
                let room = self.columns - bars(block, self.columns) * BAR_COLUMNS;
                self.marker(block, &"─".repeat(room.min(RULE_COLUMNS_MAX)));
            }
            BlockKind::Code { language, lines } => self.code(block, *language, lines),
            BlockKind::Paragraph(lines) => {
                for (line, pieces) in lines.iter().zip(inline::lines(block)) {
                    self.text(block, line.indent, "", pieces);
                }
            }
            BlockKind::Item { marker, text } => {
                for pieces in inline::lines(block) {
                    self.text(block, text.indent, marker, pieces);
                }
            }
            BlockKind::Heading { marks, .. } => {
                for pieces in inline::lines(block) {
                    self.text(block, 0, &format!("{marks} "), pieces);
                }
            }
        }
    }

    /// A row that is no text.
    fn marker(&mut self, block: &Block<'_>, marker: &str) {
        let start = self.start(block, 0, "");
        let mut pieces = vec![Piece::new(start.bars, Kind::Marker)];
        pieces.push(Piece::new(marker, Kind::Marker));
        self.push(pieces, start.kind);
    }

    fn text(&mut self, block: &Block<'_>, indent: usize, marker: &str, mut pieces: Vec<Piece>) {
        let start = self.start(block, indent, marker);
        if start.lead.is_empty() && !marker.is_empty() {
            // Too wide to stand apart.
            pieces.insert(0, Piece::new(marker, Kind::Marker));
        }
        let line = Line::new(pieces);
        let ranges = wrap(&line.text, start.room);
        self.line(&start, &line, ranges);
    }

    fn code(&mut self, block: &Block<'_>, language: Option<&str>, lines: &[&str]) {
        let start = Start { kind: RowKind::Code, ..self.start(block, 0, "") };
        if let Some(language) = language {
            let line = Line::new(vec![Piece::new(language, Kind::Marker)]);
            let ranges = cut(&line.text, start.room);
            self.line(&start, &line, ranges);
        }
        let tokens = language.and_then(|language| highlight::tokens(language, lines));
        let empty = if language.is_none() && lines.is_empty() { &[""][..] } else { &[] };
        for (at, text) in lines.iter().chain(empty).enumerate() {
            let tokens = tokens.as_ref().and_then(|tokens| tokens.get(at)).map_or(&[][..], |t| t);
            let line = Line::new(code_pieces(text, tokens));
            let ranges = cut(&line.text, start.room);
            self.line(&start, &line, ranges);
        }
    }

    /// What stands before a line's text: at most half of the row, so that there is room for text.
    fn start(&self, block: &Block<'_>, indent: usize, marker: &str) -> Start {
        let bars = bars(block, self.columns);
        let room = self.columns - bars * BAR_COLUMNS;
        let marker_columns = columns(marker);
        let lead_max = (room / 2).min(room.saturating_sub(TEXT_COLUMNS_MIN));
        let lead = match lead_max.checked_sub(marker_columns) {
            Some(indent_max) => format!("{:1$}{marker}", "", indent.min(indent_max)),
            None => String::new(),
        };
        let hang = columns(&lead);
        let kind = if block.quotes > 0 { RowKind::Quote } else { RowKind::Text };
        Start { bars: BAR.repeat(bars), lead, hang, room: room - hang, kind }
    }

    fn line(&mut self, start: &Start, line: &Line, ranges: Vec<Range<usize>>) {
        let last = ranges.len().saturating_sub(1);
        for (at, range) in ranges.into_iter().enumerate() {
            let is_broken = at < last || start.kind != RowKind::Code;
            let text = &line.text[range.clone()];
            let shown = if is_broken { text.trim_end_matches(' ') } else { text };
            let lead = if at == 0 { start.lead.clone() } else { " ".repeat(start.hang) };
            let mut pieces = vec![Piece::new(start.bars.clone(), Kind::Marker)];
            pieces.push(Piece::new(lead, Kind::Marker));
            line.slice(range.start..range.start + shown.len(), &mut pieces);
            self.push(pieces, start.kind);
            if let Some(row) = self.rows.last_mut() {
                row.continues = at > 0;
                row.hanging = if at < last { text.len() - shown.len() } else { 0 };
            }
        }
    }

    fn push(&mut self, mut pieces: Vec<Piece>, kind: RowKind) {
        pieces.retain(|piece| !piece.text.is_empty());
        self.rows.push(Row { pieces, continues: false, hanging: 0, kind });
    }
}

/// How many quote bars are drawn: no more than half of the row.
fn bars(block: &Block<'_>, columns: usize) -> usize {
    block.quotes.min(columns / 2 / BAR_COLUMNS)
}

/// Byte ranges of the rows of a line of code, cut where the row is full.
fn cut(text: &str, columns_max: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    if text.is_ascii() && text.len() <= columns_max {
        rows.push(0..text.len());
        return rows;
    }
    let mut start = 0;
    loop {
        let rest = &text[start..];
        let fitting = fit(rest, columns_max).len();
        // A character that is wider than the row has one for itself.
        let len = fitting.max(rest.graphemes(true).next().map_or(0, str::len));
        rows.push(start..start + len);
        start += len;
        if start == text.len() {
            return rows;
        }
    }
}

fn code_pieces(line: &str, tokens: &[(usize, Token)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut from = 0;
    let rest = [(line.len(), Token::Plain)];
    for &(end, token) in tokens.iter().chain(&rest) {
        let Some(text) = line.get(from..end).filter(|text| !text.is_empty()) else { continue };
        pieces.push(Piece::new(text.replace('\t', "    "), Kind::CodeBlock(token)));
        from = end;
    }
    pieces
}

/// A line whose pieces end between grapheme clusters, so that their widths add up.
struct Line {
    text: String,
    /// What the text is, each up to a byte.
    pieces: Vec<(usize, Role, Option<Arc<str>>)>,
}

impl Line {
    fn new(pieces: Vec<Piece>) -> Self {
        let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let mut end = 0;
        let pieces = pieces.into_iter().map(|piece| {
            end += piece.text.len();
            (grapheme_end(&text, end), piece.role, piece.link)
        });
        Self { pieces: pieces.collect(), text }
    }

    /// Appends the pieces of `range`.
    fn slice(&self, range: Range<usize>, into: &mut Vec<Piece>) {
        let mut from = range.start;
        let first = self.pieces.partition_point(|piece| piece.0 <= range.start);
        for (end, role, link) in &self.pieces[first..] {
            if from == range.end {
                break;
            }
            let end = (*end).min(range.end);
            // Nothing is left of a piece within a grapheme cluster.
            if from < end {
                let text = self.text[from..end].to_owned();
                into.push(Piece { text, role: *role, link: link.clone() });
                from = end;
            }
        }
    }
}

/// The end of the grapheme cluster that byte `at` is inside of, or `at` itself.
fn grapheme_end(text: &str, at: usize) -> usize {
    let is_ascii = |at: usize| text.as_bytes().get(at).is_none_or(u8::is_ascii);
    if is_ascii(at) && at.checked_sub(1).is_none_or(is_ascii) {
        return at;
    }
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(false) => cursor.next_boundary(text, 0).ok().flatten().unwrap_or(text.len()),
        _ => at,
    }
}
