//! Pictures with a few bytes changed: no decoder panics, whatever is in them.
//!
//! The same as the target `image_decode` of `server/fuzz`, but always the same pictures.

use super::corpus::{ALPHA, ANIMATED, GROUPS, LOSSY, animation};
use super::make::{self, RawFrame};
use super::{avatar, remake, verdict};

const ROUNDS: usize = 2000;

/// Xorshift (Marsaglia 2003): the same numbers each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

#[test]
fn pictures_with_bytes_changed_are_taken_or_refused() {
    let seeds = seeds();
    let mut dice = Dice(0x5eed);
    let mut taken = 0;
    for round in 0..ROUNDS {
        let mut file = seeds[round % seeds.len()].clone();
        for _ in 0..=dice.below(6) {
            change(&mut file, &mut dice);
        }
        let became = verdict(&remake(&file));
        assert_ne!(became, "storage", "round {round}");
        assert_ne!(verdict(&avatar(&file)), "storage", "round {round}");
        taken += usize::from(became == "taken");
    }
    assert!(taken > ROUNDS / 20 && taken < ROUNDS, "{taken} were taken: the changes are no test");
}

fn change(file: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(file.len());
    match dice.below(6) {
        0 => file.truncate(at),
        1 => file.insert(at, dice.below(256) as u8),
        2 => {
            let part = file[at..file.len().min(at + 16)].to_vec();
            let to = dice.below(file.len());
            file.splice(to..to, part);
        }
        3 => {
            let value = [0, 0xff, 0x7f, 0x80][dice.below(4)];
            file.iter_mut().skip(at).take(2).for_each(|byte| *byte = value);
        }
        _ => {
            if let Some(byte) = file.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let photo = make::photo(24, 20);
    let jpeg = make::jpeg(&photo);
    let interlaced = [2, 2, 3, 6, 10, 20, 36].map(|bytes| vec![0; bytes]).concat();
    vec![
        make::with_segments(&jpeg, &[(0xe1, &[&b"Exif\0\0"[..], &make::exif(6)].concat())]),
        jpeg,
        make::progressive(24, 4, true),
        make::png(&make::fading(24, 20)),
        make::png_of(&make::png_header(8, 8, 8, 0, 1), &[], &make::stored(&interlaced)),
        animation(3, 24, 20),
        make::gif(24, 20, &[RawFrame::of(24, 20), RawFrame { flags: 0x40, ..RawFrame::of(9, 9) }]),
        LOSSY.to_vec(),
        ALPHA.to_vec(),
        ANIMATED.to_vec(),
        GROUPS.to_vec(),
        make::webp(&[(b"VP8L", &make::vp8l(16, 16, true))]),
    ]
}
