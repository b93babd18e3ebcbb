//! Somebody who types one key after the other, each at its time, and the moment at which each is
//! painted.

use std::time::{Duration, Instant};

use crate::pty::Pty;

const BACKSPACE: &str = "\x7f";

/// The first of the letters that are typed: of a script that nobody else writes in here (Ethiopic),
/// so that a letter on the way to the terminal is the key's.
const FIRST_LETTER: u32 = 0x1200;

/// Letters in it.
const LETTERS: u32 = 0x48;

/// Types `count` letters, `every` so long after the other, and takes each back; how long each took
/// from the moment it was due until it was painted, ms.
pub(crate) fn type_letters(
    client: &Pty,
    count: usize,
    every: Duration,
) -> anyhow::Result<Vec<f64>> {
    let start = Instant::now();
    let mut took = Vec::new();
    for number in 0..count {
        let due = start + every * u32::try_from(number).unwrap_or(u32::MAX);
        // A key that is late because the one before was painted late counts from when it was due.
        let is_late = Instant::now() > due;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let letter = FIRST_LETTER + u32::try_from(number).unwrap_or(0) % LETTERS;
        let letter = char::from_u32(letter).unwrap_or('?').to_string();
        client.watch_for(&letter);
        let typed = client.keys(&letter)?;
        let from = if is_late && number > 0 { due } else { typed };
        took.push(client.marked()?.duration_since(from).as_secs_f64() * 1e3);
        client.keys(BACKSPACE)?;
    }
    Ok(took)
}
