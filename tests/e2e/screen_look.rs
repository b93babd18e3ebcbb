//! Colours as the terminal has them, frames in one go, nothing at all while nothing happens, and no
//! sequence that the client does not write itself.

use std::time::Duration;

use chatter_tests::terminal::{Answers, Terminal};
use rusqlite::Connection;

use crate::person::ENTER;
use crate::stage::Stage;

fn written(terminal: &Terminal) -> String {
    String::from_utf8_lossy(&terminal.written()).into_owned()
}

fn open_chat(
    stage: &Stage,
    variables: &[(&str, &str)],
    options: &[&str],
    answers: Answers,
) -> Terminal {
    stage.bob_says("**bold** and https://example.org/x\n```rust\nfn main() {}\n```");
    let terminal = stage.client_with((80, 24), variables, options, answers);
    terminal.keys(ENTER);
    terminal.wait_for("fn main");
    terminal
}

#[test]
fn colours_are_those_that_the_terminal_has() {
    type Case = (&'static [(&'static str, &'static str)], &'static str, &'static [&'static str]);
    let cases: [Case; 4] = [
        (&[("COLORTERM", "truecolor")], ";2;", &[]),
        (&[], ";5;", &["38;2;", "48;2;"]),
        (&[("TERM", "xterm")], "\x1b[", &["38;2;", "48;2;"]),
        (&[("NO_COLOR", "1")], "\x1b[1m", &["38;2;", "48;2;", "38;5;", "48;5;", "\x1b[3"]),
    ];
    for (variables, there, absent) in cases {
        let stage = Stage::set();
        let options = if variables.is_empty() { vec!["--theme", "dark"] } else { vec![] };
        let terminal = open_chat(&stage, variables, &options, Answers::plain());
        let written = written(&terminal);
        assert!(written.contains(there), "{variables:?}: no {there:?}");
        for sequence in absent {
            // 38, 39, 48, 49 alone reset a colour.
            let is_there = written
                .match_indices(sequence)
                .any(|(at, _)| *sequence != "\x1b[3" || is_colour(&written[at + 2..]));
            assert!(!is_there, "{variables:?}: {sequence:?}");
        }
    }
}

/// Whether a sequence sets one of the sixteen colours of text.
fn is_colour(rest: &str) -> bool {
    let Some(parameters) = rest.split('m').next() else { return false };
    let is_number = |text: &str| matches!(text.parse(), Ok(30..=37 | 40..=47 | 90..=107));
    parameters.len() < 12 && parameters.split(';').any(is_number)
}

#[test]
fn a_light_background_gets_the_light_theme() {
    let stage = Stage::set();
    let light = Answers { background: Some("rgb:ffff/ffff/ffff".to_owned()), ..Answers::all() };
    let terminal = open_chat(&stage, &[("COLORTERM", "truecolor")], &[], light);
    let reference = Stage::set();
    let named = ["--theme", "light"];
    let expected = open_chat(&reference, &[("COLORTERM", "truecolor")], &named, Answers::plain());
    let style = |terminal: &Terminal| {
        let written = written(terminal);
        let at = written.rfind("https://example.org/x").expect("a link");
        let colour = written[..at].rfind("\x1b[38;2;").expect("a colour");
        written[colour..].split('m').next().map(str::to_owned)
    };
    let light_link = style(&expected);
    terminal.wait_written("the light theme", |written| {
        light_link.as_ref().is_some_and(|style| written.contains(style))
    });
}

#[test]
fn every_frame_is_one_piece_and_nothing_is_written_while_nothing_happens() {
    let stage = Stage::set();
    let terminal = open_chat(&stage, &[], &[], Answers::all());
    terminal.keys("typing");
    terminal.wait_for("› typing");
    let text = written(&terminal);
    for (index, piece) in text.split("\x1b[?2026h").enumerate().skip(1) {
        let (_, outside) = piece.split_once("\x1b[?2026l").unwrap_or((piece, ""));
        let shown = visible(outside);
        assert!(shown.is_empty(), "{shown:?} is outside of frame {index}");
    }
    // Receipts and the probe's answers are through by now; what is tested is time itself.
    std::thread::sleep(Duration::from_secs(1));
    let before = terminal.written().len();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(terminal.written().len(), before, "something was written though nothing happened");
}

#[test]
fn links_lead_where_they_say() {
    let stage = Stage::set();
    stage.bob_says("see [the docs](https://docs.example.org/a) now");
    let terminal = stage.client();
    terminal.keys(ENTER);
    terminal.wait_for("the docs (docs.example.org)");
    assert!(written(&terminal).contains("\x1b]8;;https://docs.example.org/a\x1b\\the docs"));
}

#[test]
fn nothing_that_others_write_commands_the_terminal() {
    const HOSTILE: &str = "x\x1b]52;c;aGk=\x07\x1b]0;owned\x07\x1b[2J\x1b[31m\u{9b}31m\u{90}q\x1b\\\
                           \x1b_Gi=1\x1b\\\r\u{202e}evil\u{200b}\x1b]8;;https://evil.example\x1b\\y";
    let stage = Stage::set();
    stage.bob_says("placeholder");
    let database = Connection::open(database_file(&stage)).expect("opens");
    database.execute("UPDATE messages SET body = ?1", [HOSTILE]).expect("writes");
    let terminal = stage.client();
    terminal.keys(ENTER);
    terminal.wait_until("the message, made safe", |screen| screen.contains("52;c;aGk="));
    let text = written(&terminal);
    for sequence in sequences(&text) {
        assert!(is_ours(&sequence), "{sequence:?}");
    }
    assert!(!text.contains(['\u{202e}', '\u{200b}', '\u{9b}', '\u{90}']));
}

fn database_file(stage: &Stage) -> std::path::PathBuf {
    let folder = std::fs::read_dir(stage.server.data()).expect("a folder");
    let mut files = folder.filter_map(|entry| Some(entry.ok()?.path()));
    files.find(|path| path.extension().is_some_and(|e| e == "sqlite3" || e == "db")).expect("there")
}

/// Every escape sequence, from its ESC to its end.
fn sequences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        rest = &rest[at..];
        let end = sequence_end(rest);
        found.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    found
}

fn sequence_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let string_end = || {
        let bell = text.find('\x07').map(|at| at + 1);
        let terminator = text[1..].find("\x1b\\").map(|at| at + 3);
        [bell, terminator].into_iter().flatten().min().unwrap_or(text.len())
    };
    match bytes.get(1) {
        Some(b'[') => bytes[2..]
            .iter()
            .position(|b| (0x40..=0x7e).contains(b))
            .map_or(text.len(), |at| at + 3),
        Some(b']' | b'P' | b'_' | b'^' | b'X') => string_end(),
        Some(_) => 2,
        None => text.len(),
    }
}

/// What the client writes by itself.
fn is_ours(sequence: &str) -> bool {
    const MODES: [&str; 9] =
        ["?25", "?1004", "?1049", "?2004", "?1002", "?1006", "?2026", "?1000", "?1003"];
    match sequence.as_bytes().get(1) {
        Some(b'[') => {
            let (body, last) = sequence[2..].split_at(sequence.len() - 3);
            match last {
                "h" | "l" => MODES.contains(&body),
                "J" => body.is_empty() || body == "2",
                _ => "mHKACDcnqutp".contains(last),
            }
        }
        Some(b']') => {
            sequence.starts_with("\x1b]2;") && sequence.contains("chatter")
                || sequence.starts_with("\x1b]11;?")
        }
        Some(other) => matches!(other, b'7' | b'8'),
        None => false,
    }
}

/// What is left of text without its sequences.
fn visible(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        left.push_str(&rest[..at]);
        rest = &rest[at + sequence_end(&rest[at..])..];
    }
    left.push_str(rest);
    left.retain(|character| !character.is_control());
    left
}
