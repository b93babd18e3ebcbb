//! What reaches the terminal, in bytes: nothing for nothing, little for little.

use std::num::NonZeroU16;

use chatter_protocol::Message;
use ratatui::layout::Size;

use super::draw_on;
use crate::config::Config;
use crate::state::fixture::*;
use crate::state::{Event, State};
use crate::terminal::{Finish, Painter};
use crate::theme::{Depth, Theme};
use crate::update::update;

const MESSAGES: u64 = 200;

/// A chat with its newest messages in view, a terminal that shows it, and what writes to that.
struct Screen {
    state: State,
    theme: Theme,
    painter: Painter,
    terminal: vt100::Parser,
    number: u64,
}

impl Screen {
    fn new(width: u16, height: u16, depth: Depth) -> Self {
        let state = long_chat(width, height, MESSAGES, MESSAGES, 0);
        let theme = Theme::named("dark", &Config::default(), depth);
        let terminal = terminal(state.size);
        let painter = Painter::default();
        let mut screen = Self { state, theme, painter, terminal, number: MESSAGES };
        // The first of a kind brings along who wrote it, and when.
        for _ in 0..2 {
            screen.receive();
            screen.show();
        }
        screen
    }

    /// Draws a frame; bytes that were written for it.
    fn show(&mut self) -> usize {
        let written = self.painter.paint(self.state.size, |buffer| {
            let places = draw_on(buffer, &self.state, &self.theme);
            places.write_links(buffer);
            Finish { cursor: places.cursor(), scrolled: places.scrolled() }
        });
        self.terminal.process(written.as_bytes());
        written.len()
    }

    /// Compares what the terminal shows with what one shows that gets all of it anew.
    fn check(&mut self) {
        let size = self.state.size;
        let mut anew = terminal(size);
        let written = Painter::default()
            .paint(size, |buffer| {
                let places = draw_on(buffer, &self.state, &self.theme);
                places.write_links(buffer);
                Finish { cursor: places.cursor(), scrolled: places.scrolled() }
            })
            .to_owned();
        anew.process(written.as_bytes());
        let (shown, wanted) = (self.terminal.screen(), anew.screen());
        for (y, x) in (0..size.height).flat_map(|y| (0..size.width).map(move |x| (y, x))) {
            assert_eq!(seen(shown.cell(y, x)), seen(wanted.cell(y, x)), "column {x}, row {y}");
        }
        assert_eq!(shown.hide_cursor(), wanted.hide_cursor());
        if !shown.hide_cursor() {
            assert_eq!(shown.cursor_position(), wanted.cursor_position());
        }
    }

    fn receive(&mut self) {
        self.number += 1;
        let message = numbered(self.number);
        posted(&mut self.state, self.number, message);
    }

    fn press(&mut self, key: &str) -> usize {
        press(&mut self.state, &[key]);
        self.show()
    }
}

/// A character and how it looks; of a blank, what lies behind and over it.
fn seen(cell: Option<&vt100::Cell>) -> impl PartialEq + std::fmt::Debug {
    let cell = cell.expect("a cell");
    let over = [cell.underline(), cell.inverse()];
    let text = Some(cell.contents().trim()).filter(|text| !text.is_empty());
    let letters = text
        .map(|text| (text.to_owned(), cell.fgcolor(), [cell.bold(), cell.dim(), cell.italic()]));
    (letters, cell.bgcolor(), over)
}

fn terminal(size: Size) -> vt100::Parser {
    let side = |cells| NonZeroU16::new(cells).expect("a cell at least");
    vt100::Parser::new(side(size.height), side(size.width), 0)
}

/// A message of 49 characters.
fn numbered(number: u64) -> Message {
    let body = format!("Message {number} is one of those of forty-nine letters");
    assert_eq!(body.len(), 49);
    message(GRACE, number, GRACE, "2026-03-05T12:00:00.000Z", &body)
}

#[test]
fn a_frame_in_which_nothing_changed_is_no_bytes() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut screen = Screen::new(width, height, Depth::True);
        screen.press("x");
        assert_eq!(screen.show(), 0);
        update(&mut screen.state, Event::Settled);
        assert_eq!(screen.show(), 0);
    }
}

#[test]
fn a_key_is_at_most_four_bytes() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut screen = Screen::new(width, height, Depth::True);
        // The first takes away what says that one may write here.
        screen.press("a");
        for key in ["b", "c", "space", "e", "backspace", "f", "left", "right"] {
            let bytes = screen.press(key);
            assert!(bytes <= 4, "{key} at {width}x{height}: {bytes}");
            screen.check();
        }
    }
}

#[test]
fn a_message_is_at_most_150_bytes() {
    for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::True] {
        let mut screen = Screen::new(120, 40, depth);
        let bytes: Vec<_> = (0..20)
            .map(|_| {
                screen.receive();
                let bytes = screen.show();
                screen.check();
                bytes
            })
            .collect();
        let mean = bytes.iter().sum::<usize>() / bytes.len();
        assert!(mean <= 150, "{depth:?}: {mean} {bytes:?}");
    }
}

#[test]
fn what_is_shown_after_scrolling_and_resizing_is_what_would_be_shown_anew() {
    let mut screen = Screen::new(120, 40, Depth::True);
    for (width, height) in [(120, 40), (80, 24), (40, 12), (100, 30)] {
        let size = Size::new(width, height);
        update(&mut screen.state, Event::Resized(size));
        update(&mut screen.state, Event::Settled);
        // As when the system tells of a new size.
        screen.terminal = terminal(size);
        screen.painter.forget();
        screen.show();
        screen.check();
        for key in ["pageup", "ctrl-shift-up", "ctrl-shift-up", "f1", "esc", "pagedown", "ctrl-end"]
        {
            screen.press(key);
            screen.check();
            screen.receive();
            screen.show();
            screen.check();
        }
    }
}
