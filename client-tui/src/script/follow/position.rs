//! A position as people and scripts write it: `EPOCH:NUMBER`.

use chatter_protocol::Position;

use crate::script::Failure;

/// Longest name of an epoch, bytes; a server's have fewer.
const EPOCH_BYTES_MAX: usize = 128;

/// The position, written.
pub(super) fn written(position: &Position) -> String {
    format!("{}:{}", position.epoch, position.seq)
}

/// The position that `text` names.
pub(super) fn parse(text: &str) -> Result<Position, Failure> {
    let parts =
        text.trim().rsplit_once(':').and_then(|(epoch, seq)| Some((epoch, seq.parse().ok()?)));
    match parts {
        Some((epoch, seq)) if epoch.len() <= EPOCH_BYTES_MAX => Ok(Position::user(epoch, seq)),
        _ => Err(Failure::usage(
            "That is no position. Take one from a line of `chatter follow --json`, as it is.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_was_written() {
        let position = Position::user("5f3a:9c", 41);
        assert_eq!(parse(&written(&position)), Ok(position));
        for text in ["", "5f3a", "5f3a:", "5f3a:x", &format!("{}:1", "e".repeat(129))] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
