//! Finished pictures, in bounded memory: what was not drawn for longest goes first.

use std::collections::HashMap;

use super::Wanted;
use super::encode::Encoded;

/// Memory for finished pictures, bytes. What one screen shows takes less: pictures in a chat are
/// small, and only one is ever as large as the screen.
const FINISHED_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Finished pictures.
#[derive(Default)]
pub(super) struct Finished {
    pictures: HashMap<Wanted, Picture>,
    bytes: usize,
    /// Counts the frames.
    frame: u64,
}

/// One of them.
pub(super) struct Picture {
    pub(super) encoded: Encoded,
    /// Whether the terminal has all of it; only kitty's are sent apart from their cells.
    pub(super) is_sent: bool,
    bytes: usize,
    drawn_in: u64,
}

impl Finished {
    /// Another frame begins.
    pub(super) fn begin_frame(&mut self) {
        self.frame += 1;
    }

    /// The picture, which counts as drawn now.
    pub(super) fn draw(&mut self, wanted: &Wanted) -> Option<&Picture> {
        let picture = self.pictures.get_mut(wanted)?;
        picture.drawn_in = self.frame;
        Some(picture)
    }

    pub(super) fn get_mut(&mut self, wanted: &Wanted) -> Option<&mut Picture> {
        self.pictures.get_mut(wanted)
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Picture> {
        self.pictures.values_mut()
    }

    /// Takes a picture in; what had to go for it comes back.
    pub(super) fn insert(&mut self, wanted: Wanted, encoded: Encoded) -> Vec<Picture> {
        let bytes = encoded.bytes(wanted.size);
        let picture = Picture { encoded, is_sent: false, bytes, drawn_in: self.frame };
        self.bytes += bytes;
        let mut gone: Vec<_> = self.pictures.insert(wanted, picture).into_iter().collect();
        self.bytes -= gone.iter().map(|picture| picture.bytes).sum::<usize>();
        while self.bytes > FINISHED_BYTES_MAX {
            let others = self.pictures.iter().filter(|(other, _)| **other != wanted);
            let oldest = others.min_by_key(|(_, picture)| picture.drawn_in);
            let Some(oldest) = oldest.map(|(wanted, _)| *wanted) else { break };
            if let Some(picture) = self.pictures.remove(&oldest) {
                self.bytes -= picture.bytes;
                gone.push(picture);
            }
        }
        gone
    }

    /// Empties it; what was in it comes back.
    pub(super) fn take_all(&mut self) -> Vec<Picture> {
        self.bytes = 0;
        self.pictures.drain().map(|(_, picture)| picture).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::encode::tests::{encoded, means, wanted};
    use super::*;
    use crate::terminal::Protocol;

    fn large(number: u8) -> Encoded {
        let Encoded::Kitty { id, cells, .. } = encoded(number, &means(Protocol::Kitty, false))
        else {
            panic!("not kitty's")
        };
        let transmission = " ".repeat(FINISHED_BYTES_MAX / 4).into();
        Encoded::Kitty { id, transmission, cells }
    }

    #[test]
    fn what_was_drawn_last_stays_when_memory_is_short() {
        let mut finished = Finished::default();
        for number in 1..=4 {
            finished.begin_frame();
            assert!(finished.insert(wanted(number), large(number)).is_empty());
        }
        finished.begin_frame();
        assert!(finished.draw(&wanted(1)).is_some());
        assert_eq!(finished.insert(wanted(5), large(5)).len(), 1);
        let is_there = |number: u8| finished.pictures.contains_key(&wanted(number));
        assert!(is_there(1) && !is_there(2) && is_there(5));
        assert!(finished.bytes <= FINISHED_BYTES_MAX);
        // Again in place of itself.
        assert_eq!(finished.insert(wanted(5), large(5)).len(), 1);
        assert_eq!(finished.take_all().len(), 4);
        assert_eq!(finished.bytes, 0);
    }
}
