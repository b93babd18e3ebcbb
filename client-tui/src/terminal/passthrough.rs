//! Getting a sequence through a multiplexer that would not pass it on by itself.

use super::Multiplexer;

/// Bytes that GNU screen takes in one device control string; its buffer has 768.
const SCREEN_CHUNK_BYTES: usize = 700;

/// `sequence` wrapped so that `multiplexer` hands it to the terminal as it is: tmux if its option
/// `allow-passthrough` says so, GNU screen always. Zellij has no such way; it gets the sequence
/// plainly and passes on what it knows.
///
/// `sequence` must end its strings with BEL: ESC \ would end the wrapping in GNU screen.
pub(super) fn wrap(sequence: &str, multiplexer: Option<Multiplexer>) -> String {
    match multiplexer {
        Some(Multiplexer::Tmux) => {
            format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
        }
        Some(Multiplexer::Screen) => {
            chunks(sequence).map(|chunk| format!("\x1bP{chunk}\x1b\\")).collect()
        }
        Some(Multiplexer::Zellij) | None => sequence.to_owned(),
    }
}

/// Parts of at most [`SCREEN_CHUNK_BYTES`], cut between characters.
fn chunks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let chunk = &rest[..rest.floor_char_boundary(SCREEN_CHUNK_BYTES)];
        rest = &rest[chunk.len()..];
        (!chunk.is_empty()).then_some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmux_gets_every_escape_twice() {
        let wrapped = wrap("\x1b]9;hi\x07", Some(Multiplexer::Tmux));
        assert_eq!(wrapped, "\x1bPtmux;\x1b\x1b]9;hi\x07\x1b\\");
        assert_eq!(wrap("\x1b]9;hi\x07", None), "\x1b]9;hi\x07");
    }

    #[test]
    fn screen_gets_pieces_that_fit_and_lose_nothing() {
        let long = format!("\x1b]52;c;{}\x07", "ä".repeat(1_000));
        let wrapped = wrap(&long, Some(Multiplexer::Screen));
        let pieces: Vec<_> = wrapped.split_terminator("\x1b\\").collect();
        assert!(pieces.len() > 1 && pieces.iter().all(|piece| piece.len() < 768));
        let joined: String =
            pieces.iter().filter_map(|piece| piece.strip_prefix("\x1bP")).collect();
        assert_eq!(joined, long);
    }
}
