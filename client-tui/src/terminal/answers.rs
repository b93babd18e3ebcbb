//! Tells what a terminal answers from what a person types, as both come in as one stream.
//!
//! Works at all times, not only while answers are awaited: one that comes late, over a slow line,
//! must not turn into typed text. Knows the shapes of answers, not what they mean.

/// Longest answer that is waited for, bytes; ours have at most about a hundred.
const ANSWER_BYTES_MAX: usize = 4096;

/// Largest paste, bytes; the rest of it is left out. A message takes 16 KiB.
pub(super) const PASTE_BYTES_MAX: usize = 1024 * 1024;

const PASTE_START: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// The row in which the cursor is asked for, counted from 1. Not the first: there the answer
/// could be F3 with a modifier.
pub(super) const ASKED_ROW: u16 = 2;

/// A part of what came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// What keys and mouse send.
    Keys(Vec<u8>),
    /// What was pasted, as it came.
    Paste(Vec<u8>),
    /// A whole answer.
    Answer(Vec<u8>),
}

/// Takes the stream apart.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// The beginning of something that is not complete.
    held: Vec<u8>,
    /// What was pasted so far, while a paste goes on.
    paste: Option<Vec<u8>>,
}

/// What stands at an escape character.
enum Shape {
    /// More is needed to tell.
    Incomplete,
    /// So many bytes of keys.
    Keys(usize),
    /// An answer of so many bytes.
    Answer(usize),
    PasteStart,
}

impl Answers {
    /// Takes what was read and gives back the complete parts of it, in order.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut input = std::mem::take(&mut self.held);
        input.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        let mut rest = input.as_slice();
        while !rest.is_empty() {
            let used = match self.paste.is_some() {
                true => self.go_on_pasting(rest, &mut pieces),
                false => self.take_one(rest, &mut pieces),
            };
            if used == 0 {
                self.held = rest.to_vec();
                break;
            }
            rest = &rest[used..];
        }
        pieces
    }

    /// Whether something incomplete waits for more.
    pub(super) fn is_holding(&self) -> bool {
        !self.held.is_empty() && self.paste.is_none()
    }

    /// Whether it may be a key that is complete: Esc, or Alt with a bracket or P.
    pub(super) fn may_be_key(&self) -> bool {
        self.is_holding() && self.held.len() <= 2
    }

    /// Nothing more came: what is held, if it may be a key, else it is forgotten.
    pub(super) fn give_up_waiting(&mut self) -> Option<Vec<u8>> {
        let may_be_key = self.may_be_key();
        let held = std::mem::take(&mut self.held);
        may_be_key.then_some(held)
    }

    /// Takes one piece off the start of `input`; 0 when it is incomplete.
    fn take_one(&mut self, input: &[u8], pieces: &mut Vec<Piece>) -> usize {
        let plain = find(input, b"\x1b").unwrap_or(input.len());
        if plain > 0 {
            push_keys(pieces, &input[..plain]);
            return plain;
        }
        match shape(input) {
            Shape::Incomplete if input.len() <= ANSWER_BYTES_MAX => 0,
            // No answer of ours; dropped, so that it is no text either.
            Shape::Incomplete => input.len(),
            Shape::Keys(length) => {
                push_keys(pieces, &input[..length]);
                length
            }
            Shape::Answer(length) => {
                pieces.push(Piece::Answer(input[..length].to_vec()));
                length
            }
            Shape::PasteStart => {
                self.paste = Some(Vec::new());
                PASTE_START.len()
            }
        }
    }

    fn go_on_pasting(&mut self, input: &[u8], pieces: &mut Vec<Piece>) -> usize {
        let Some(pasted) = &mut self.paste else { return 0 };
        let end = find(input, PASTE_END);
        // The mark of its end may be cut in two.
        let text = end.unwrap_or_else(|| input.len() - cut_mark(input));
        let room = PASTE_BYTES_MAX.saturating_sub(pasted.len());
        pasted.extend_from_slice(&input[..text.min(room)]);
        if end.is_none() {
            return text;
        }
        pieces.extend(self.paste.take().map(Piece::Paste));
        text + PASTE_END.len()
    }
}

/// Bytes at the end of `input` that may begin the mark of a paste's end.
fn cut_mark(input: &[u8]) -> usize {
    let longest = input.len().min(PASTE_END.len() - 1);
    (1..=longest).rev().find(|count| input.ends_with(&PASTE_END[..*count])).unwrap_or(0)
}

fn push_keys(pieces: &mut Vec<Piece>, bytes: &[u8]) {
    match pieces.last_mut() {
        Some(Piece::Keys(keys)) => keys.extend_from_slice(bytes),
        _ => pieces.push(Piece::Keys(bytes.to_vec())),
    }
}

/// `input` starts with an escape character.
fn shape(input: &[u8]) -> Shape {
    let Some(second) = input.get(1) else { return Shape::Incomplete };
    match (second, input.get(2)) {
        (b'[', None) => Shape::Incomplete,
        (b'[', Some(_)) => csi(input),
        // OSC, DCS and APC: no key sends them with what follows here in answers.
        (b']' | b'P' | b'_', None) => Shape::Incomplete,
        (b']', Some(b'0'..=b'9')) => string(input, true),
        (b'P', Some(b'>' | b'!' | b'$' | b'+' | b'0'..=b'9')) => string(input, false),
        (b'_', Some(b'G')) => string(input, false),
        (0x1b, _) => Shape::Keys(1),
        _ => Shape::Keys(2),
    }
}

/// A string up to its end: ST, or BEL where `bell_ends`.
fn string(input: &[u8], bell_ends: bool) -> Shape {
    for (at, byte) in input.iter().enumerate().skip(2) {
        match byte {
            0x07 if bell_ends => return Shape::Answer(at + 1),
            0x1b => match input.get(at + 1) {
                Some(b'\\') => return Shape::Answer(at + 2),
                // It was cut off, and something else begins.
                Some(_) => return Shape::Answer(at),
                None => return Shape::Incomplete,
            },
            // Nothing that could be in an answer: a key that was pressed meanwhile.
            0x00..=0x06 | 0x08..=0x1f | 0x7f => return Shape::Answer(at),
            _ => {}
        }
    }
    Shape::Incomplete
}

fn csi(input: &[u8]) -> Shape {
    let Some(length) = input[2..].iter().position(|byte| (0x40..=0x7e).contains(byte)) else {
        let is_cut = input[2..].iter().any(|byte| *byte < 0x20);
        return if is_cut { Shape::Keys(2) } else { Shape::Incomplete };
    };
    let length = length + 3;
    let sequence = &input[..length];
    match (sequence[2], sequence[length - 1]) {
        // Linux's function keys have one more byte: CSI [ A.
        (b'[', _) if input.len() > length => Shape::Keys(length + 1),
        (b'[', _) => Shape::Incomplete,
        (b'?' | b'>' | b'=', _) => Shape::Answer(length),
        (_, b'R') if cursor(sequence).is_some_and(|(row, _)| row == ASKED_ROW) => {
            Shape::Answer(length)
        }
        // Sizes (XTWINOPS); no key ends so.
        (b'0'..=b'9', b't') => Shape::Answer(length),
        _ if sequence == PASTE_START => Shape::PasteStart,
        _ => Shape::Keys(length),
    }
}

/// Row and column of a report of the cursor's place, counted from 1.
pub(super) fn cursor(sequence: &[u8]) -> Option<(u16, u16)> {
    let inner = sequence.strip_prefix(b"\x1b[")?.strip_suffix(b"R")?;
    let (row, column) = std::str::from_utf8(inner).ok()?.split_once(';')?;
    Some((row.parse().ok()?, column.parse().ok()?))
}

fn find(input: &[u8], wanted: &[u8]) -> Option<usize> {
    input.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWERS: [&str; 9] = [
        "\x1b]11;rgb:1c1c/1c1c/1c1c\x1b\\",
        "\x1b]11;rgb:ffff/ffff/ffff\x07",
        "\x1b[?1u",
        "\x1bP>|kitty(0.32.2)\x1b\\",
        "\x1b[?2026;2$y",
        "\x1b[2;3R",
        "\x1b_Gi=31;OK\x1b\\",
        "\x1b[6;20;10t",
        "\x1b[?62;4;22c",
    ];

    /// The typed bytes and the answers in `pieces`.
    fn sorted(pieces: Vec<Piece>) -> (String, Vec<String>) {
        let (mut keys, mut answers) = (String::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Keys(bytes) | Piece::Paste(bytes) => {
                    keys += &String::from_utf8_lossy(&bytes)
                }
                Piece::Answer(bytes) => answers.push(String::from_utf8_lossy(&bytes).into_owned()),
            }
        }
        (keys, answers)
    }

    #[test]
    fn keys_stay_keys() {
        for keys in ["a", "ä\r\t\x7f\x03", "\x1b[A\x1bOP\x1b[1;2R\x1b[1;5H", "\x1bx\x1b[13;2u"] {
            let mut answers = Answers::default();
            assert_eq!(sorted(answers.feed(keys.as_bytes())), (keys.to_owned(), vec![]));
            assert!(!answers.is_holding());
        }
        assert_eq!(sorted(Answers::default().feed(b"\x1b[[A")).0, "\x1b[[A");
        assert_eq!(sorted(Answers::default().feed(b"\x1b[<0;3;4M")).0, "\x1b[<0;3;4M");
    }

    #[test]
    fn esc_and_alt_bracket_are_keys_when_nothing_follows() {
        for key in [&b"\x1b"[..], b"\x1b]", b"\x1b[", b"\x1bP"] {
            let mut answers = Answers::default();
            assert_eq!(answers.feed(key), []);
            assert!(answers.may_be_key());
            assert_eq!(answers.give_up_waiting().as_deref(), Some(key));
        }
        let mut cut = Answers::default();
        assert_eq!(cut.feed(b"\x1b]11;rgb:1c"), []);
        assert!(cut.is_holding() && !cut.may_be_key());
        assert_eq!(cut.give_up_waiting(), None);
        assert_eq!(sorted(cut.feed(b"x")).0, "x");
    }

    #[test]
    fn an_answer_that_breaks_off_takes_no_key_with_it() {
        for broken in ["\x1b]11;rgb:1c1c", "\x1bP>|kit"] {
            let (keys, _) = sorted(Answers::default().feed(format!("{broken}\rx").as_bytes()));
            assert_eq!(keys, "\rx", "{broken:?}");
            let (keys, _) = sorted(Answers::default().feed(format!("{broken}\x1b[A").as_bytes()));
            assert_eq!(keys, "\x1b[A", "{broken:?}");
        }
    }

    #[test]
    fn a_paste_is_text_whatever_is_in_it_and_has_an_end() {
        let mut answers = Answers::default();
        let text = "a\x1b[?62c\x1b]11;rgb:0/0/0\x07b";
        let pieces = answers.feed(format!("x\x1b[200~{text}\x1b[201~y").as_bytes());
        assert_eq!(
            pieces,
            [
                Piece::Keys(b"x".to_vec()),
                Piece::Paste(text.as_bytes().to_vec()),
                Piece::Keys(b"y".to_vec())
            ]
        );
        let long = vec![b'x'; PASTE_BYTES_MAX + 100];
        assert_eq!(answers.feed(PASTE_START), []);
        assert_eq!(answers.feed(&long), []);
        let pieces = answers.feed(b"\x1b[201~z");
        assert!(matches!(&pieces[0], Piece::Paste(text) if text.len() == PASTE_BYTES_MAX));
        assert_eq!(pieces[1], Piece::Keys(b"z".to_vec()));
    }

    #[test]
    fn an_answer_without_end_is_not_kept() {
        let mut answers = Answers::default();
        let endless = [b"\x1b]11;".to_vec(), vec![b'x'; 2 * ANSWER_BYTES_MAX]].concat();
        assert_eq!(answers.feed(&endless), []);
        assert!(!answers.is_holding());
    }

    proptest! {
        /// However answers and keys mix, and wherever reads cut them, each stays what it is.
        #[test]
        fn answers_never_become_keys(
            parts in prop::collection::vec((0..ANSWERS.len(), "[a-zä\r\t\u{3}]{0,4}"), 0..8),
            cuts in prop::collection::vec(1usize..12, 0..60),
        ) {
            let stream: String = parts.iter().map(|(at, keys)| ANSWERS[*at].to_owned() + keys).collect();
            let typed: String = parts.iter().map(|(_, keys)| keys.as_str()).collect();
            let mut answers = Answers::default();
            let (mut bytes, mut rest) = (Vec::new(), stream.as_bytes());
            for cut in cuts {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                bytes.extend(answers.feed(now));
                rest = later;
            }
            bytes.extend(answers.feed(rest));
            let mut keys = Vec::new();
            let mut found = Vec::new();
            for piece in bytes {
                match piece {
                    Piece::Keys(bytes) | Piece::Paste(bytes) => keys.extend(bytes),
                    Piece::Answer(bytes) => found.push(String::from_utf8_lossy(&bytes).into_owned()),
                }
            }
            prop_assert_eq!(String::from_utf8_lossy(&keys), typed);
            let sent: Vec<_> = parts.iter().map(|(at, _)| ANSWERS[*at].to_owned()).collect();
            prop_assert_eq!(found, sent);
        }

        #[test]
        fn anything_is_taken(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
            let mut answers = Answers::default();
            for chunk in chunks {
                answers.feed(&chunk);
                prop_assert!(answers.held.len() <= ANSWER_BYTES_MAX + 64);
            }
        }
    }
}
