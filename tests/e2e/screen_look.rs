//! Colours as the terminal has them, frames in one go, and nothing at all while nothing happens.

use std::time::Duration;

use chatter_tests::terminal::{Answers, Terminal};

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
    let cases: [Case; 5] = [
        (&[("COLORTERM", "truecolor")], ";2;", &[]),
        (&[], ";5;", &["38;2;", "48;2;"]),
        (&[("TERM", "xterm")], ";5;", &["38;2;", "48;2;"]),
        (&[("TERM", "linux")], ";5;", &["38;2;", "48;2;"]),
        (&[("NO_COLOR", "1")], "\x1b[1m", &["38;2;", "48;2;", "38;5;", "48;5;", "\x1b[3"]),
    ];
    for (variables, there, absent) in cases {
        let stage = Stage::set();
        let options = if variables.is_empty() { vec!["--theme", "dark"] } else { vec![] };
        let terminal = open_chat(&stage, variables, &options, Answers::plain());
        let written = written(&terminal);
        if matches!(variables, [("TERM", _)]) {
            let beyond = indexes(&written).find(|index| *index > 15);
            assert_eq!(beyond, None, "{variables:?}: more than sixteen colours");
        }
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

/// The colours by number that are set.
fn indexes(written: &str) -> impl Iterator<Item = u8> {
    let after = written.split("8;5;").skip(1);
    after.filter_map(|rest| rest.split(['m', ';']).next()?.parse().ok())
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
        // What is short is one write, and arrives as a whole in any case; a few may follow each other.
        assert!(outside.len() < 1_000, "{outside:?} is outside of frame {index}");
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
