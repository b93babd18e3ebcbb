//! How much memory the code tables of a lossless WebP take (RFC 9649, section 3).
//!
//! The format has up to 65536 groups of five codes, the decoder makes a table of up to 4 KiB for
//! each before the first pixel, and a code that asks for one has 12 bytes: 4 MB of file would take
//! 1.3 GB. The decoder has no limit for it, so the codes are read here first, and only they: pixels
//! are passed over, for the codes don't depend on them.

use std::io::{self, BufRead};

/// Symbols of green and lengths, red, blue, alpha, distances; a cache adds to the first.
const ALPHABETS: [usize; 5] = [256 + 24, 256, 256, 256, 40];
/// In which order the lengths of the code for lengths are written.
const LENGTH_ORDER: [usize; 19] =
    [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// What a code takes without its tables, in bytes.
const CODE_BYTES: u64 = 128;
/// Longer codes than this are followed through a tree.
const TABLE_BITS: usize = 10;

/// Bytes of the tables of a picture of `width` x `height` pixels, or a number over `bytes_max` as
/// soon as it is known to be more. `with_header` is unset for an alpha channel.
pub(super) fn table_bytes(
    source: impl BufRead,
    with_header: bool,
    (mut width, height): (u32, u32),
    bytes_max: u64,
) -> io::Result<u64> {
    let mut bits = Bits { source, held: 0, count: 0 };
    if with_header {
        bits.take(20)?;
        bits.take(20)?;
    }
    let mut transforms = 0;
    while bits.take(1)? == 1 {
        let kind = bits.take(2)?;
        if transforms & (1 << kind) != 0 {
            return Err(broken());
        }
        transforms |= 1 << kind;
        match kind {
            0 | 1 => {
                let block = bits.take(3)? + 2;
                bits.pass_image(blocks(width, block) * blocks(height, block))?;
            }
            2 => {}
            _ => {
                let colors = bits.take(8)? + 1;
                bits.pass_image(colors)?;
                width = blocks(
                    width,
                    [3, 3, 3, 2, 2].get(colors as usize).copied().unwrap_or(if colors <= 16 {
                        1
                    } else {
                        0
                    }),
                );
            }
        }
    }
    let cached = bits.cached()?;
    let mut groups = 1;
    if bits.take(1)? == 1 {
        let block = bits.take(3)? + 2;
        groups += u64::from(bits.pass_image(blocks(width, block) * blocks(height, block))?);
    }
    let mut bytes = 0;
    for _ in 0..groups {
        for code in bits.codes(cached)? {
            bytes += code.bytes();
        }
        if bytes > bytes_max {
            break;
        }
    }
    Ok(bytes)
}

fn blocks(pixels: u32, bits: u32) -> u32 {
    pixels.div_ceil(1 << bits)
}

fn broken() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// Reads bits, the lowest of a byte first.
struct Bits<R> {
    source: R,
    held: u64,
    count: u32,
}

impl<R: BufRead> Bits<R> {
    /// The next `count` bits, at most 32.
    fn take(&mut self, count: u32) -> io::Result<u32> {
        while self.count < count {
            let mut byte = [0];
            self.source.read_exact(&mut byte)?;
            self.held |= u64::from(byte[0]) << self.count;
            self.count += 8;
        }
        let taken = self.held & ((1 << count) - 1);
        self.held >>= count;
        self.count -= count;
        Ok(taken as u32)
    }

    /// Entries of the cache of colours.
    fn cached(&mut self) -> io::Result<usize> {
        if self.take(1)? == 0 {
            return Ok(0);
        }
        match self.take(4)? {
            size @ 1..=11 => Ok(1 << size),
            _ => Err(broken()),
        }
    }

    fn codes(&mut self, cached: usize) -> io::Result<[Code; 5]> {
        Ok([
            self.code(ALPHABETS[0] + cached)?,
            self.code(ALPHABETS[1])?,
            self.code(ALPHABETS[2])?,
            self.code(ALPHABETS[3])?,
            self.code(ALPHABETS[4])?,
        ])
    }

    fn code(&mut self, alphabet: usize) -> io::Result<Code> {
        let mut lengths = vec![0; alphabet];
        if self.take(1)? == 1 {
            let two = self.take(1)? == 1;
            let wide = self.take(1)? == 1;
            let first = self.take(if wide { 8 } else { 1 })? as usize;
            *lengths.get_mut(first).ok_or_else(broken)? = 1;
            if two {
                let second = self.take(8)? as usize;
                *lengths.get_mut(second).ok_or_else(broken)? = 1;
            }
        } else {
            self.lengths(&mut lengths)?;
        }
        Code::new(&lengths)
    }

    /// Section 3.7.2.1.2: the lengths of a code, in a code of their own.
    fn lengths(&mut self, lengths: &mut [u8]) -> io::Result<()> {
        let mut of_lengths = [0; LENGTH_ORDER.len()];
        let written = self.take(4)? as usize + 4;
        for index in LENGTH_ORDER.iter().take(written) {
            of_lengths[*index] = self.take(3)? as u8;
        }
        let code = Code::new(&of_lengths)?;
        let mut reads = lengths.len();
        if self.take(1)? == 1 {
            let size = self.take(3)? * 2 + 2;
            reads = self.take(size)? as usize + 2;
        }
        let (mut at, mut last) = (0, 8);
        while at < lengths.len() && reads > 0 {
            reads -= 1;
            let (length, times) = match self.symbol(&code)? {
                length @ 0..=15 => (length as u8, 1),
                16 => (last, self.take(2)? as usize + 3),
                17 => (0, self.take(3)? as usize + 3),
                _ => (0, self.take(7)? as usize + 11),
            };
            lengths.get_mut(at..at + times).ok_or_else(broken)?.fill(length);
            at += times;
            last = if length == 0 { last } else { length };
        }
        Ok(())
    }

    fn symbol(&mut self, code: &Code) -> io::Result<usize> {
        if let [symbol] = code.symbols[..] {
            return Ok(symbol.into());
        }
        let (mut value, mut first, mut index) = (0, 0, 0);
        for count in &code.counts[1..] {
            value |= self.take(1)? as usize;
            if value < first + count {
                return code
                    .symbols
                    .get(index + value - first)
                    .map_or_else(|| Err(broken()), |symbol| Ok(usize::from(*symbol)));
            }
            index += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        Err(broken())
    }

    /// Passes over a picture of one group. Says the largest number that red and green make in it:
    /// what is copied, or comes from the cache, was there before, or is 0.
    fn pass_image(&mut self, pixels: u32) -> io::Result<u32> {
        let cached = self.cached()?;
        let [green, red, blue, alpha, distance] = self.codes(cached)?;
        let (mut at, mut largest) = (0, 0);
        while at < pixels {
            match self.symbol(&green)? {
                low @ ..256 => {
                    largest = largest.max((self.symbol(&red)? << 8 | low) as u32);
                    self.symbol(&blue)?;
                    self.symbol(&alpha)?;
                    at += 1;
                }
                length @ 256..280 => {
                    at += self.amount(length - 256)?;
                    let far = self.symbol(&distance)?;
                    self.amount(far)?;
                }
                _ => at += 1,
            }
        }
        Ok(largest)
    }

    /// Section 3.6.2.2: a length or distance, of which a symbol says the highest bits.
    fn amount(&mut self, symbol: usize) -> io::Result<u32> {
        let symbol = symbol as u32;
        if symbol < 4 {
            return Ok(symbol + 1);
        }
        let extra = (symbol - 2) >> 1;
        Ok(((2 + (symbol & 1)) << extra) + self.take(extra)? + 1)
    }
}

/// A canonical prefix code.
struct Code {
    /// How many symbols have a code of so many bits.
    counts: [usize; 16],
    /// The symbols, by their code.
    symbols: Vec<u16>,
}

impl Code {
    fn new(lengths: &[u8]) -> io::Result<Self> {
        let mut counts = [0; 16];
        let mut symbols = Vec::new();
        for length in 1..=15_u8 {
            for (symbol, _) in lengths.iter().enumerate().filter(|(_, one)| **one == length) {
                counts[usize::from(length)] += 1;
                symbols.push(symbol as u16);
            }
        }
        if symbols.is_empty() { Err(broken()) } else { Ok(Self { counts, symbols }) }
    }

    fn bytes(&self) -> u64 {
        let longest = self.counts.iter().rposition(|count| *count > 0).unwrap_or(0);
        let long: usize = self.counts.iter().skip(TABLE_BITS + 1).sum();
        let table = if self.symbols.len() > 1 { 4 << longest.min(TABLE_BITS) } else { 0 };
        CODE_BYTES + table + 2 * 16 * long as u64
    }
}
