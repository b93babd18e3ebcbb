//! From the terminal's bytes to keys, pastes, clicks and the answers to what was asked.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::answers::{Answers, Piece};
use super::keys::translate;
use super::probe::Probe;

/// What came out of the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// Something that a person did.
    Event(Event),
    /// The last answer has come.
    Answered,
}

/// Decodes one terminal's input.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    answers: Answers,
    parser: termina::Parser,
    /// What was answered.
    pub(super) probe: Probe,
}

impl Decoder {
    /// Decodes what was read; what is incomplete is kept for the next time.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Decoded> {
        let mut decoded = Vec::new();
        for piece in self.answers.feed(bytes) {
            match piece {
                Piece::Keys(bytes) => self.keys(&bytes, &mut decoded),
                Piece::Paste(text) => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    decoded.push(Decoded::Event(Event::Paste(text)));
                }
                Piece::Answer(answer) => {
                    if self.probe.note(&answer) {
                        decoded.push(Decoded::Answered);
                    }
                }
            }
        }
        decoded
    }

    /// Whether something incomplete waits for more.
    pub(super) fn is_holding(&self) -> bool {
        self.answers.is_holding()
    }

    /// Whether what waits may be a key that is complete.
    pub(super) fn may_be_key(&self) -> bool {
        self.answers.may_be_key()
    }

    /// Nothing more came: what waited is a key, or nothing.
    pub(super) fn give_up_waiting(&mut self) -> Option<Decoded> {
        let held = self.answers.give_up_waiting()?;
        let key = match held.get(1) {
            None => KeyEvent::from(KeyCode::Esc),
            Some(second) => KeyEvent::new(KeyCode::Char(char::from(*second)), alt_with(*second)),
        };
        Some(Decoded::Event(Event::Key(key)))
    }

    fn keys(&mut self, bytes: &[u8], decoded: &mut Vec<Decoded>) {
        self.parser.parse(bytes, false);
        while let Some(event) = self.parser.pop() {
            decoded.extend(translate(event).map(Decoded::Event));
        }
    }
}

fn alt_with(character: u8) -> KeyModifiers {
    match character.is_ascii_uppercase() {
        true => KeyModifiers::ALT | KeyModifiers::SHIFT,
        false => KeyModifiers::ALT,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Decoded {
        Decoded::Event(Event::Key(KeyEvent::new(code, modifiers)))
    }

    fn plain(code: KeyCode) -> Decoded {
        key(code, KeyModifiers::NONE)
    }

    #[test]
    fn keys_are_what_crossterm_calls_them() {
        let shift = KeyModifiers::SHIFT;
        for (bytes, expected) in [
            ("a", plain(KeyCode::Char('a'))),
            ("Ä", key(KeyCode::Char('Ä'), shift)),
            ("日", plain(KeyCode::Char('日'))),
            ("\r", plain(KeyCode::Enter)),
            ("\n", key(KeyCode::Char('j'), KeyModifiers::CONTROL)),
            ("\t", plain(KeyCode::Tab)),
            ("\x7f", plain(KeyCode::Backspace)),
            ("\x11", key(KeyCode::Char('q'), KeyModifiers::CONTROL)),
            ("\x1b[Z", key(KeyCode::BackTab, shift)),
            ("\x1b[A", plain(KeyCode::Up)),
            ("\x1bOA", plain(KeyCode::Up)),
            ("\x1bOQ", plain(KeyCode::F(2))),
            ("\x1b[15~", plain(KeyCode::F(5))),
            ("\x1b[1;5H", key(KeyCode::Home, KeyModifiers::CONTROL)),
            ("\x1b[1;2R", key(KeyCode::F(3), shift)),
            ("\x1b\r", key(KeyCode::Enter, KeyModifiers::ALT)),
            ("\x1bx", key(KeyCode::Char('x'), KeyModifiers::ALT)),
            ("\x1b[13;2u", key(KeyCode::Enter, shift)),
            ("\x1b[27u", plain(KeyCode::Esc)),
            ("\x1b[99;5u", key(KeyCode::Char('c'), KeyModifiers::CONTROL)),
            ("\x1b[I", Decoded::Event(Event::FocusGained)),
            ("\x1b[O", Decoded::Event(Event::FocusLost)),
            ("\x1b[200~a\rb\x1b[201~", Decoded::Event(Event::Paste("a\rb".to_owned()))),
        ] {
            assert_eq!(Decoder::default().feed(bytes.as_bytes()), [expected], "{bytes:?}");
        }
        let drag = MouseEvent {
            kind: MouseEventKind::Drag(MouseButton::Left),
            column: 4,
            row: 2,
            modifiers: KeyModifiers::NONE,
        };
        let decoded = Decoder::default().feed(b"\x1b[<32;5;3M");
        assert_eq!(decoded, [Decoded::Event(Event::Mouse(drag))]);
    }

    #[test]
    fn a_key_alone_at_the_end_is_complete_once_nothing_follows() {
        for (bytes, expected) in [
            ("\x1b", plain(KeyCode::Esc)),
            ("\x1b[", key(KeyCode::Char('['), KeyModifiers::ALT)),
            ("\x1bP", key(KeyCode::Char('P'), KeyModifiers::ALT | KeyModifiers::SHIFT)),
        ] {
            let mut decoder = Decoder::default();
            assert_eq!(decoder.feed(bytes.as_bytes()), []);
            assert!(decoder.may_be_key());
            assert_eq!(decoder.give_up_waiting(), Some(expected));
        }
    }

    #[test]
    fn answers_among_keys_are_noted_in_passing() {
        let mut decoder = Decoder::default();
        let decoded = decoder.feed(b"h\x1b]11;rgb:0/0/0\x07i\x1b[?62;22c!");
        let expected = [
            plain(KeyCode::Char('h')),
            plain(KeyCode::Char('i')),
            Decoded::Answered,
            plain(KeyCode::Char('!')),
        ];
        assert_eq!(decoded, expected);
        assert!(decoder.probe.probed().background.is_some());
    }

    #[test]
    fn a_character_may_come_in_pieces() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.feed(&[0xc3]), []);
        assert_eq!(decoder.feed(&[0xa4]), [plain(KeyCode::Char('ä'))]);
    }
}
