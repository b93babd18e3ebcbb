//! Whatever others write or call themselves: no sequence reaches the terminal that the client does
//! not write by itself.

use chatter_tests::terminal::{Answers, Terminal};
use serde_json::json;

use crate::person::{END, ENTER, UP};
use crate::stage::Stage;

/// Every way to command a terminal that is known to have been tried on a chat.
const HOSTILE: &str = "x\x1b]52;c;aGk=\x07\x1b]0;owned\x07\x1b[2J\x1b[31m\u{9b}31m\u{90}q\x1b\\\
                       \x1b_Gi=1\x1b\\\r\u{202e}evil\u{200b}\x1b]8;;https://evil.example\x1b\\y\
                       [here](https://evil.example/\x1b]52;c;aGk=\x07)";

const F3: &str = "\x1bOR";

const GHOSTTY: &[(&str, &str)] = &[("TERM_PROGRAM", "ghostty"), ("TERM", "xterm-ghostty")];

/// Writes past the server's checks, as a server of somebody else might.
fn change_database(stage: &Stage, statement: &str) {
    let changed = stage.database().execute(statement, [HOSTILE]).expect("writes");
    assert!(changed > 0, "nothing was changed by {statement}");
}

fn assert_all_is_ours(terminal: &Terminal) {
    let text = String::from_utf8(terminal.written()).expect("whole characters");
    for sequence in sequences(&text) {
        assert!(is_ours(&sequence), "{sequence:?}");
    }
    assert!(!text.contains(['\u{202e}', '\u{200b}', '\u{9b}', '\u{90}']));
}

#[test]
fn a_message_commands_nothing() {
    let stage = Stage::set();
    stage.bob_says("placeholder");
    change_database(&stage, "UPDATE messages SET body = ?1");
    let terminal = stage.client();
    terminal.keys(ENTER);
    terminal.wait_until("the message, made safe", |screen| screen.contains("52;c;aGk="));
    assert_all_is_ours(&terminal);
}

#[test]
fn names_of_rooms_and_devices_command_nothing() {
    let stage = Stage::set();
    let members = [&stage.ada.name];
    let room = json!({ "kind": "room", "name": "placeholder", "members": members });
    let view = stage.wait(stage.bob.rest.post("conversations", room)).ok();
    let room = view["conversation"]["id"].as_str().expect("an id").parse().expect("an id");
    change_database(&stage, "UPDATE conversations SET name = ?1 WHERE kind = 1");
    change_database(&stage, "UPDATE sessions SET device_name = ?1");
    let terminal = stage.client_with((100, 24), GHOSTTY, &[], Answers::plain());
    terminal.wait_for("52;c;aGk=");
    stage.wait(stage.bob.say(room, "psst"));
    terminal.wait_written("a notification", |written| written.contains(";psst\x07"));
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    terminal.keys(F3);
    terminal.wait_for("Signed-in devices");
    terminal.keys(END);
    terminal.keys(&UP.repeat(2));
    terminal.keys(ENTER);
    terminal.wait_until("the devices", |screen| {
        screen.contains("signed-in devices") && screen.contains("this device")
    });
    assert_all_is_ours(&terminal);
}

#[test]
fn the_recogniser_knows_what_is_not_ours() {
    for sequence in [
        "\x1b]52;c;aGk=\x07",
        "\x1b]0;owned\x07",
        "\x1b]2;owned chatter\x07",
        "\x1b]8;;https://e.org/\x01\x1b\\",
        "\x1b[?1003h",
        "\x1b[3J",
        "\x1b[2;4r",
        "\x1b[8;1;1t",
        "\x1b[>4;1m",
        "\x1b_Gi=1\x1b\\",
        "\x1bP1$r\x1b\\",
        "\x1bc",
        "\x1b]777;notify;a\u{9b};b\x07",
    ] {
        assert!(!is_ours(sequence), "{sequence:?}");
    }
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
    match sequence.as_bytes().get(1) {
        Some(b'[') => is_our_control(&sequence[2..]),
        Some(b'_') => is_our_picture(sequence[2..].trim_end_matches(['\x1b', '\\'])),
        Some(b']') => is_our_string(sequence[2..].trim_end_matches(['\x07', '\x1b', '\\'])),
        Some(other) => matches!(other, b'7' | b'8'),
        None => false,
    }
}

/// The question whether the terminal takes pictures; none are shown here.
fn is_our_picture(command: &str) -> bool {
    command == "Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA"
}

/// Modes, colours, the cursor, clearing, moving rows, and the questions of the start.
fn is_our_control(control: &str) -> bool {
    const MODES: [&str; 7] = ["?25", "?1002", "?1004", "?1006", "?1049", "?2004", "?2026"];
    const QUESTIONS: [&str; 9] = ["c", "6n", "16t", ">q", ">0q", "?u", "?2026$p", "22;2t", "23;2t"];
    let (body, last) = control.split_at(control.len().saturating_sub(1));
    let is_numbers = body.bytes().all(|byte| byte.is_ascii_digit() || byte == b';');
    match last {
        _ if QUESTIONS.contains(&control) => true,
        "h" | "l" => MODES.contains(&body),
        "J" => matches!(body, "" | "2"),
        "r" => body.is_empty(),
        "u" => body.starts_with(['<', '>', '=']),
        "m" | "A" | "B" | "C" | "D" | "G" | "H" | "K" | "L" | "M" | "X" => is_numbers,
        _ => false,
    }
}

/// The title, the question for the background, links, and notifications.
fn is_our_string(string: &str) -> bool {
    let (number, text) = string.split_once(';').unwrap_or_default();
    match number {
        "2" => {
            text.trim_start_matches(|c: char| "() ".contains(c) || c.is_ascii_digit()) == "chatter"
        }
        "8" => text.starts_with(';') && text.bytes().all(|byte| byte.is_ascii_graphic()),
        "11" => text == "?",
        "777" => text.starts_with("notify;") && !text.contains(char::is_control),
        _ => false,
    }
}
