//! Whatever is drawn, a terminal ends up with it; and what must cost little costs little.

use std::num::NonZeroU16;

use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell, CellDiffOption, CellWidth};
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Color, Modifier, Style};

use super::*;

/// A terminal, and the painter that writes to it.
struct Stage {
    painter: Painter,
    terminal: vt100::Parser,
    size: Size,
}

impl Stage {
    fn new(size: Size) -> Self {
        let side = |cells| NonZeroU16::new(cells).expect("a cell at least");
        let terminal = vt100::Parser::new(side(size.height), side(size.width), 0);
        Self { painter: Painter::default(), terminal, size }
    }

    /// Shows a frame; gives back what was written for it.
    fn show(&mut self, frame: &Buffer, finish: Finish) -> String {
        let written = self.painter.paint(self.size, |buffer| {
            buffer.clone_from(frame);
            finish
        });
        self.terminal.process(written.as_bytes());
        written.to_owned()
    }

    /// Compares cell by cell what the terminal shows with what it should.
    fn check(&self, frame: &Buffer, finish: Finish) {
        let screen = self.terminal.screen();
        for y in 0..frame.area.height {
            let mut x = 0;
            while x < frame.area.width {
                let cell = &frame[(x, y)];
                if !row::is_picture(cell) {
                    let shown = screen.cell(y, x).expect("a cell");
                    assert_eq!(seen(shown), wanted(cell), "column {x}, row {y}");
                }
                x += cell.cell_width().max(1);
            }
        }
        assert_eq!(screen.hide_cursor(), finish.cursor.is_none());
        if let Some(cursor) = finish.cursor {
            assert_eq!(screen.cursor_position(), (cursor.y, cursor.x));
        }
    }
}

/// What can be seen of a cell: of a blank neither its colour nor its weight.
#[derive(Debug, PartialEq)]
struct Seen {
    text: String,
    colours: (Option<vt100::Color>, vt100::Color),
    weights: [bool; 5],
}

fn seen(cell: &vt100::Cell) -> Seen {
    let weights = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
    seen_of(cell.contents(), cell.fgcolor(), cell.bgcolor(), weights)
}

fn wanted(cell: &Cell) -> Seen {
    let weights =
        [Modifier::BOLD, Modifier::DIM, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED]
            .map(|modifier| cell.modifier.contains(modifier));
    let text = match cell.symbol().strip_prefix(LINK) {
        Some(link) => link.chars().next().map(String::from).unwrap_or_default(),
        None => cell.symbol().to_owned(),
    };
    seen_of(&text, colour(cell.fg), colour(cell.bg), weights)
}

fn seen_of(text: &str, fg: vt100::Color, bg: vt100::Color, weights: [bool; 5]) -> Seen {
    let text = if text.is_empty() { " " } else { text };
    let is_bare = text == " " && !weights[3] && !weights[4];
    match is_bare {
        true => Seen { text: text.to_owned(), colours: (None, bg), weights: [false; 5] },
        false => Seen { text: text.to_owned(), colours: (Some(fg), bg), weights },
    }
}

fn colour(colour: Color) -> vt100::Color {
    match colour {
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Red => vt100::Color::Idx(1),
        _ => vt100::Color::Default,
    }
}

const LINK: &str = "\x1b]8;;https://example.org\x1b\\";

fn style() -> impl Strategy<Value = Style> {
    let plain = Style::new();
    prop_oneof![
        4 => Just(plain),
        1 => Just(plain.fg(Color::Red)),
        1 => Just(plain.fg(Color::Rgb(1, 20, 255)).add_modifier(Modifier::BOLD)),
        1 => Just(plain.add_modifier(Modifier::DIM | Modifier::ITALIC)),
        1 => Just(plain.bg(Color::Indexed(236))),
        1 => Just(plain.add_modifier(Modifier::UNDERLINED)),
        1 => Just(plain.add_modifier(Modifier::REVERSED).fg(Color::Indexed(243))),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c ]{1,8}",
        1 => " {1,30}",
        1 => "(日|本|a|é|─|e\u{301}|🌍){1,6}",
    ]
}

/// Something that is done to a frame.
#[derive(Clone, Debug)]
enum Change {
    Text((u16, u16), String, Style),
    /// The rows right of a column move; what comes in is blank.
    Move {
        left: u16,
        by: i32,
    },
    Picture(Rect),
    Link((u16, u16), String),
    Always((u16, u16)),
    Nothing,
    /// Something else is written between two frames.
    Interrupted,
    Forgotten,
}

fn change() -> impl Strategy<Value = Change> {
    let at = || (0..WIDTH, 0..HEIGHT);
    prop_oneof![
        8 => (at(), text(), style()).prop_map(|(at, text, style)| Change::Text(at, text, style)),
        3 => (0..WIDTH / 2, -6..7).prop_map(|(left, by)| Change::Move { left, by }),
        1 => (at(), 1..6_u16, 1..4_u16).prop_map(|((x, y), width, height)| {
            Change::Picture(Rect::new(x, y, width, height))
        }),
        1 => (at(), "[a-c]{1,8}").prop_map(|(at, text)| Change::Link(at, text)),
        1 => at().prop_map(Change::Always),
        1 => Just(Change::Nothing),
        1 => Just(Change::Interrupted),
        1 => Just(Change::Forgotten),
    ]
}

const WIDTH: u16 = 32;
const HEIGHT: u16 = 12;
const AREA: Rect = Rect::new(0, 0, WIDTH, HEIGHT);

fn apply(frame: &mut Buffer, change: &Change) {
    match change {
        Change::Text((x, y), text, style) => {
            put(frame, (*x, *y), text, *style);
        }
        Change::Move { left, by } => move_rows(frame, *left, *by),
        Change::Picture(place) => {
            let place = place.intersection(AREA);
            for position in place.positions() {
                frame[position].reset();
                frame[position].set_symbol("\u{e000}").set_diff_option(CellDiffOption::Skip);
            }
            frame[place.as_position()]
                .set_symbol("\x1b7\x1b8\x1b[C")
                .set_diff_option(CellDiffOption::ForcedWidth(NonZeroU16::MIN));
        }
        Change::Link((x, y), text) => {
            let end = put(frame, (*x, *y), text, Style::new());
            let text = &text[..usize::from(end - x)];
            let width = NonZeroU16::new(end - x).expect("a letter at least");
            frame[(*x, *y)]
                .set_symbol(&format!("{LINK}{text}\x1b]8;;\x1b\\"))
                .set_diff_option(CellDiffOption::ForcedWidth(width));
        }
        Change::Always(at) => {
            if frame[*at].diff_option == CellDiffOption::None {
                frame[*at].set_diff_option(CellDiffOption::AlwaysUpdate);
            }
        }
        Change::Nothing | Change::Interrupted | Change::Forgotten => {}
    }
}

/// Writes over what stood there, with all that belonged to its cells; gives back the end.
fn put(frame: &mut Buffer, (x, y): (u16, u16), text: &str, style: Style) -> u16 {
    let (end, _) = frame.set_stringn(x, y, text, WIDTH.into(), style);
    (x..end).for_each(|x| frame[(x, y)].reset());
    frame.set_stringn(x, y, text, WIDTH.into(), style);
    end
}

fn move_rows(frame: &mut Buffer, left: u16, by: i32) {
    let before = frame.clone();
    for y in 0..HEIGHT {
        let source = u16::try_from(i32::from(y) + by).ok().filter(|source| *source < HEIGHT);
        for x in left..WIDTH {
            frame[(x, y)] = source.map_or(Cell::EMPTY, |source| before[(x, source)].clone());
        }
    }
}

fn written_over(change: &Change, stage: &mut Stage) {
    match change {
        Change::Interrupted => {
            stage.terminal.process(b"\x1b[5;5H\x1b[3;31;44m");
            stage.painter.interrupted();
        }
        Change::Forgotten => {
            stage.terminal.process(b"\x1b[41m\x1b[2J\x1b[2;4r\x1b[?25lshell$");
            stage.painter.forget();
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_terminal_shows_every_frame(
        rows in prop::collection::vec("[a-d ]{0,40}", usize::from(HEIGHT)),
        frames in prop::collection::vec(
            (prop::collection::vec(change(), 0..4), prop::option::of((0..WIDTH, 0..HEIGHT))),
            1..12,
        ),
    ) {
        let mut stage = Stage::new(AREA.as_size());
        let mut drawn = Buffer::empty(AREA);
        for (y, row) in (0..HEIGHT).zip(rows) {
            drawn.set_stringn(0, y, row, WIDTH.into(), Style::new());
        }
        for (changes, cursor) in frames {
            let mut scrolled = Rect::default();
            for change in &changes {
                apply(&mut drawn, change);
                if let Change::Move { left, .. } = change {
                    scrolled = Rect { x: *left, width: WIDTH - left, ..AREA };
                }
                written_over(change, &mut stage);
            }
            let finish = Finish { cursor: cursor.map(Position::from), scrolled };
            stage.show(&drawn, finish);
            stage.check(&drawn, finish);
            let has_to_be_written = |cell: &Cell| cell.diff_option == CellDiffOption::AlwaysUpdate;
            if !drawn.content.iter().any(has_to_be_written) {
                prop_assert_eq!(stage.show(&drawn, finish), "");
            }
        }
    }
}

/// Forty-nine letters, others for each number.
fn words(number: usize) -> String {
    let letter = |at: usize| char::from(b'a' + ((number * 7 + at * at * number) % 26) as u8);
    (0..49).map(letter).collect()
}

/// A list at the left of a chat, with as many chats as it has rows for.
fn chat(first: usize, chats: usize) -> Buffer {
    let mut frame = Buffer::empty(Rect::new(0, 0, 120, 40));
    let quiet = Style::new().fg(Color::Indexed(243));
    for y in 0..39 {
        frame.set_string(36, y, "│", quiet);
        if usize::from(y) < chats {
            frame.set_string(2, y, format!("Somebody {y} and what they said"), quiet);
        }
        if (2..37).contains(&y) {
            frame.set_string(40, y, words(first + usize::from(y)), Style::new());
        }
    }
    frame.set_string(0, 39, "connected", quiet);
    frame
}

const CHAT: Finish = Finish {
    cursor: Some(Position { x: 40, y: 38 }),
    scrolled: Rect { x: 37, y: 2, width: 83, height: 35 },
};

#[test]
fn rows_that_only_moved_are_moved_by_the_terminal() {
    for (chats, by, bytes_max) in
        [(0, 1, 110), (4, 1, 260), (20, 1, 1_150), (0, -1, 110), (0, 5, 420), (4, -7, 700)]
    {
        let mut stage = Stage::new(Size::new(120, 40));
        stage.show(&chat(100, chats), CHAT);
        let next = chat(100_usize.saturating_add_signed(by), chats);
        let written = stage.show(&next, CHAT);
        stage.check(&next, CHAT);
        let bytes = written.len();
        assert!(written.contains('M') && written.contains('L'), "{chats}, {by}: {written:?}");
        assert!(bytes <= bytes_max, "{chats} chats, by {by}: {bytes} {written:?}");
    }
}

#[test]
fn rows_are_not_moved_where_a_picture_stands() {
    let mut stage = Stage::new(Size::new(120, 40));
    let frames = [100, 101].map(|first| {
        let mut frame = chat(first, 0);
        frame[(50, 20)]
            .set_symbol("\x1b7\x1b8\x1b[C")
            .set_diff_option(CellDiffOption::ForcedWidth(NonZeroU16::MIN));
        frame
    });
    stage.show(&frames[0], CHAT);
    let written = stage.show(&frames[1], CHAT);
    stage.check(&frames[1], CHAT);
    assert!(!written.contains("\x1b[M"), "{written:?}");
}

#[test]
fn rows_are_not_moved_where_less_is_written_otherwise() {
    let mut stage = Stage::new(Size::new(120, 40));
    let frames = [100, 101].map(|first| {
        let mut frame = chat(first, 39);
        for y in 2..37 {
            frame.set_string(40, y, format!("{:<49}", first + y as usize), Style::new());
        }
        frame
    });
    stage.show(&frames[0], CHAT);
    let written = stage.show(&frames[1], CHAT);
    stage.check(&frames[1], CHAT);
    assert!(!written.contains("\x1b[M") && written.len() < 300, "{written:?}");
}

/// What the second of two frames of one row costs.
fn second(first: &str, second: &str, cursors: [u16; 2]) -> String {
    let mut stage = Stage::new(Size::new(20, 1));
    let frames = [first, second].map(|text| {
        let mut frame = Buffer::empty(Rect::new(0, 0, 20, 1));
        frame.set_string(0, 0, text, Style::new());
        frame
    });
    let finish = |x| Finish { cursor: Some(Position::new(x, 0)), scrolled: Rect::default() };
    stage.show(&frames[0], finish(cursors[0]));
    stage.show(&frames[1], finish(cursors[1]))
}

#[test]
fn little_is_written_in_few_bytes() {
    for (before, after, cursors, written) in [
        ("abc", "abc", [3, 3], ""),
        ("abc", "abcd", [3, 4], "d"),
        ("abc", "ab", [3, 2], "\x08 \x08"),
        ("abc", "xbz", [0, 3], "xbz"),
        ("abcdefghijkl", "xbcdefghijkz", [0, 12], "x\x1b[12Gz"),
        ("abcdefghijkl", "a", [12, 1], "\x1b[2G\x1b[K"),
        ("日本", "日x", [4, 3], "\x1b[3Gx \x08"),
    ] {
        assert_eq!(second(before, after, cursors), written, "{before:?} to {after:?}");
    }
}

#[test]
fn a_picture_is_taken_away_by_characters() {
    let mut stage = Stage::new(Size::new(20, 1));
    let mut frame = Buffer::empty(Rect::new(0, 0, 20, 1));
    apply(&mut frame, &Change::Picture(Rect::new(2, 0, 6, 1)));
    stage.show(&frame, Finish::default());
    let written = stage.show(&Buffer::empty(frame.area), Finish::default());
    assert_eq!(written, format!("\x1b[1;3H{}", " ".repeat(6)));
}

#[test]
fn where_widths_are_uncertain_the_place_is_told_and_the_row_is_written_in_full() {
    let written = second("ab 👩\u{200d}🔬 cd", "xb 👩\u{200d}🔬 cd", [0, 0]);
    assert_eq!(written, "xb 👩\u{200d}🔬\x1b[1;6H cd\x1b[K\r");
    let gone = second("ab 👩\u{200d}🔬 cd", "xb", [0, 0]);
    assert_eq!(gone, "xb\x1b[K\r");
}

#[test]
fn a_frame_of_some_size_is_in_one_piece_and_a_key_is_not_bracketed() {
    let mut stage = Stage::new(Size::new(120, 40));
    let written = stage.show(&chat(0, 4), CHAT);
    assert!(written.starts_with(BEGIN_SYNCHRONIZED) && written.ends_with(END_SYNCHRONIZED));
    let mut typed = chat(0, 4);
    typed.set_string(40, 38, "x", Style::new());
    let cursor = Some(Position::new(41, 38));
    stage.show(&typed, Finish { cursor, ..CHAT });
    typed.set_string(41, 38, "y", Style::new());
    let cursor = Some(Position::new(42, 38));
    assert_eq!(stage.show(&typed, Finish { cursor, ..CHAT }), "y");
}

#[test]
fn the_cursor_is_hidden_and_shown_once() {
    let mut stage = Stage::new(Size::new(4, 1));
    let frame = Buffer::empty(Rect::new(0, 0, 4, 1));
    let hidden = Finish::default();
    let shown = Finish { cursor: Some(Position::new(2, 0)), ..hidden };
    stage.show(&frame, hidden);
    assert_eq!(stage.show(&frame, shown), "\x1b[1;3H\x1b[?25h");
    assert_eq!(stage.show(&frame, hidden), "\x1b[?25l");
    assert_eq!(stage.show(&frame, hidden), "");
}
