//! What is copied is text of messages, and nothing of what stands around it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chatter_tests::terminal::{Answers, Terminal};

use crate::person::ENTER;
use crate::stage::{Stage, place_of, wait_for_message};

const F8: &str = "\x1b[19~";
const F9: &str = "\x1b[20~";

fn clipboard(text: &str) -> String {
    format!("\x1b]52;c;{}", BASE64_STANDARD.encode(text))
}

/// A mouse that does something at a column and a row, both from 0 (SGR, mode 1006).
fn mouse(terminal: &Terminal, button: u8, (column, row): (usize, usize), end: char) {
    terminal.keys(&format!("\x1b[<{button};{};{}{end}", column + 1, row + 1));
}

fn drag(terminal: &Terminal, from: (usize, usize), to: (usize, usize)) {
    mouse(terminal, 0, from, 'M');
    mouse(terminal, 32, to, 'M');
    mouse(terminal, 0, to, 'm');
}

#[test]
fn dragging_over_two_messages_copies_their_text_alone() {
    for size in [(80, 24), (120, 40)] {
        let stage = Stage::set();
        stage.bob_says("first of **two** messages");
        stage.bob_says("and the second one");
        let terminal = stage.client_with(size, &[], &[], Answers::plain());
        terminal.keys(ENTER);
        let screen = wait_for_message(&terminal, "and the second one");
        let (from, to) = (place_of(&screen, "of two"), place_of(&screen, "second"));
        drag(&terminal, from, (to.0 + "second".len() - 1, to.1));
        let copied = clipboard("of two messages\nand the second");
        terminal.wait_written("the copy", |written| written.contains(&copied));
    }
}

#[test]
fn a_chosen_message_is_copied_as_it_was_written() {
    let stage = Stage::set();
    let body = "see `this`:\n```\nfn main() {}\n```";
    stage.bob_says(body);
    let terminal = stage.client();
    terminal.keys(ENTER);
    terminal.wait_for("fn main");
    terminal.keys(F9);
    terminal.wait_for("c copy");
    terminal.keys("c");
    terminal.wait_written("the message", |written| written.contains(&clipboard(body)));
    terminal.keys("x");
    let code = clipboard("fn main() {}\n");
    terminal.wait_written("the code", |written| written.contains(&code));
}

#[test]
fn a_click_opens_a_chat_and_the_mouse_can_be_handed_back() {
    let stage = Stage::set();
    stage.bob_says("click here");
    let terminal = stage.client();
    let screen = terminal.wait_for("click here");
    let row = screen.lines().position(|line| line.contains("click here")).expect("in the list");
    mouse(&terminal, 0, (5, row), 'M');
    mouse(&terminal, 0, (5, row), 'm');
    terminal.wait_for("Write a message");
    terminal.keys(F8);
    terminal.wait_written("the mouse is given back", |written| written.ends_with_off());
    terminal.keys(F8);
    terminal.wait_for("Chatter's again");
    let written = String::from_utf8_lossy(&terminal.written()).into_owned();
    assert!(!written.ends_with_off(), "the mouse was not taken again");
}

#[test]
fn a_copy_is_exactly_the_text_whoever_wrote_it_and_however_it_was_broken() {
    const LONG: &str = "that is much too long for one row of such a window, and so it goes on in the \
                        next row, and in one more row after that one, until it ends here";
    for size in [(80, 24), (120, 40)] {
        let stage = Stage::set();
        stage.bob_says(&format!("a sentence {LONG}"));
        stage.wait(stage.ada.say(stage.chat, "mine, with a mark"));
        stage.bob_says("the end of it");
        let terminal = stage.client_with(size, &[], &[], Answers::plain());
        terminal.keys(ENTER);
        let screen = wait_for_message(&terminal, "the end of it");
        let (first, last) = (place_of(&screen, "sentence"), place_of(&screen, "end of it"));
        assert!(!screen.lines().any(|line| line.contains(LONG)), "it fits into a row:\n{screen}");
        // Backwards.
        drag(&terminal, (last.0 + "end".len() - 1, last.1), first);
        terminal.wait_written("a copy", |written| !copied(written).is_empty());
        let written = String::from_utf8_lossy(&terminal.written()).into_owned();
        let text = format!("sentence {LONG}\nmine, with a mark\nthe end");
        assert_eq!(copied(&written), [text]);
    }
}

/// Every text that was given to the terminal's clipboard.
fn copied(written: &str) -> Vec<String> {
    let ended = |rest: &str| rest.split_once(['\x07', '\x1b']).map(|(text, _)| text.to_owned());
    let texts = written.split("\x1b]52;c;").skip(1).filter_map(ended);
    texts
        .map(|text| String::from_utf8(BASE64_STANDARD.decode(text).expect("base64")).expect("text"))
        .collect()
}

trait Modes {
    fn ends_with_off(&self) -> bool;
}

impl Modes for str {
    /// Whether the mouse was given back after it was last taken.
    fn ends_with_off(&self) -> bool {
        let (taken, given) = (self.rfind("\x1b[?1002h"), self.rfind("\x1b[?1002l"));
        given > taken
    }
}
