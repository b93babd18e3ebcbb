//! Writes pictures byte by byte, where a decent encoder would not.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, Rgb, RgbImage, RgbaImage};

/// The side of the largest squares that are taken. Writing them takes long without optimisation, so
/// there only those that the memory is measured with are so large.
pub(crate) const LARGE: u16 = if cfg!(debug_assertions) { 1024 } else { 4096 };

/// Looks like a photo: smooth, with some grain.
pub(crate) fn photo(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let grain = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 13 & 7;
        let wave = |at: u32, long: u32| {
            let turn = at % (2 * long);
            (if turn < long { turn } else { 2 * long - turn }) * 200 / long
        };
        Rgb([wave(x, 97), wave(y, 131), wave(x + y, 211)].map(|level| (level + grain) as u8))
    })
}

/// The photo, fading from left to right.
pub(crate) fn fading(width: u32, height: u32) -> RgbaImage {
    let photo = photo(width, height);
    RgbaImage::from_fn(width, height, |x, y| {
        let Rgb([red, green, blue]) = *photo.get_pixel(x, y);
        image::Rgba([red, green, blue, (x * 255 / width.max(1)) as u8])
    })
}

pub(crate) fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 92).encode_image(picture).expect("encoded");
    bytes
}

/// Puts segments behind the start of a JPEG.
pub(crate) fn with_segments(jpeg: &[u8], segments: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for (marker, body) in segments {
        bytes.extend(segment(*marker, body));
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

pub(crate) fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).expect("short enough").to_be_bytes();
    [&[0xff, marker], &length[..], body].concat()
}

/// Exif that says how the picture lies, and where it was taken.
pub(crate) fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    tiff.extend([1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend([1, 0x0e, 0, 2, 0, 0, 0, 16, 0, 0, 0, 38]);
    tiff.extend([0; 4]);
    tiff.extend(b"GPS-52.52N13.405");
    tiff
}

/// A grey progressive JPEG of `side` x `side`, with `scans` more scans that refine what there is.
/// Where it is `full`, each block has all of its coefficients.
pub(crate) fn progressive(side: u16, scans: usize, full: bool) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    bytes.extend(segment(0xdb, &[&[0][..], &[1; 64]].concat()));
    let [high, low] = side.to_be_bytes();
    bytes.extend(segment(0xc2, &[8, high, low, high, low, 1, 1, 0x11, 0]));
    let table = |class: u8, lengths: [u8; 16], symbols: &[u8]| {
        segment(0xc4, &[&[class][..], &lengths, symbols].concat())
    };
    let mut lengths = [0; 16];
    lengths[0] = 1;
    bytes.extend(table(0x00, lengths, &[0]));
    // `0` is one coefficient, `10` and 14 bits end 16384 blocks and more.
    lengths[1] = 1;
    bytes.extend(table(0x10, lengths, &[0x01, 0xe0]));
    let blocks = usize::from(side).div_ceil(8).pow(2);
    bytes.extend(segment(0xda, &[1, 1, 0, 0, 0, 0]));
    bytes.resize(bytes.len() + blocks.div_ceil(8), 0);
    if full {
        // Code `0` and a sign, for one block after the other: 63 coefficients each.
        bytes.extend(segment(0xda, &[1, 1, 0, 1, 63, 0x01]));
        bytes.resize(bytes.len() + (blocks * 126).div_ceil(8), 0);
    }
    for _ in 0..scans {
        bytes.extend(segment(0xda, &[1, 1, 0, 1, 63, 0x10]));
        bytes.extend((0..blocks.div_ceil(1 << 14)).flat_map(|_| [0x80, 0x00]));
        if full {
            bytes.resize(bytes.len() + blocks * 63 / 8, 0);
        }
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

pub(crate) fn png(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("encoded");
    bytes.into_inner()
}

/// A PNG of chunks: header, whatever else, pixels (compressed already), end.
pub(crate) fn png_of(header: &[u8], chunks: &[(&[u8; 4], &[u8])], pixels: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", header));
    for (kind, body) in chunks {
        bytes.extend(chunk(kind, body));
    }
    bytes.extend(chunk(b"IDAT", pixels));
    bytes.extend(chunk(b"IEND", b""));
    bytes
}

pub(crate) fn png_header(width: u32, height: u32, depth: u8, color: u8, interlaced: u8) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, interlaced]].concat()
}

pub(crate) fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in kind.iter().chain(body) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    let length = u32::try_from(body.len()).expect("short enough").to_be_bytes();
    [&length[..], kind, body, &(!crc).to_be_bytes()].concat()
}

/// Puts a chunk behind the header of a PNG.
pub(crate) fn with_chunk(png: &[u8], kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&png[..33], &chunk(kind, body), &png[33..]].concat()
}

/// Zlib without compression.
pub(crate) fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut zlib = vec![0x78, 0x01];
    let mut parts = bytes.chunks(0xffff).peekable();
    while let Some(part) = parts.next() {
        zlib.push(parts.peek().is_none().into());
        let length = part.len() as u16;
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(part);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    zlib.extend((b << 16 | a).to_be_bytes());
    zlib
}

/// A one-coloured PNG of any size, as small as it gets.
pub(crate) fn flat_png(
    width: u32,
    height: u32,
    depth: png::BitDepth,
    color: png::ColorType,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    encoder.set_deflate_compression(png::DeflateCompression::Level(1));
    encoder.set_filter(png::Filter::NoFilter);
    let row = (width as usize * color.samples() * depth as usize).div_ceil(8);
    let mut writer = encoder.write_header().expect("a header");
    let mut rows = writer.stream_writer().expect("rows");
    for _ in 0..height {
        std::io::Write::write_all(&mut rows, &vec![0; row]).expect("a row");
    }
    rows.finish().expect("all rows");
    writer.finish().expect("an end");
    bytes
}

/// One frame of a GIF that is written by hand.
pub(crate) struct RawFrame {
    pub(crate) at: (u16, u16),
    pub(crate) size: (u16, u16),
    pub(crate) flags: u8,
    pub(crate) code_bits: u8,
    pub(crate) data: Vec<u8>,
}

impl RawFrame {
    pub(crate) fn of(width: u16, height: u16) -> Self {
        let pixels = usize::from(width) * usize::from(height);
        Self { at: (0, 0), size: (width, height), flags: 0, code_bits: 2, data: lzw(pixels) }
    }
}

/// A GIF with a palette of four colours.
pub(crate) fn gif(width: u16, height: u16, frames: &[RawFrame]) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend([0x81, 0, 0]);
    bytes.extend([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
    for frame in frames {
        bytes.push(0x2c);
        for number in [frame.at.0, frame.at.1, frame.size.0, frame.size.1] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend([frame.flags, frame.code_bits]);
        bytes.extend(blocks(&frame.data));
    }
    bytes.push(0x3b);
    bytes
}

/// Data in blocks of at most 255 bytes, as GIF has all of it.
pub(crate) fn blocks(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in data.chunks(255) {
        bytes.push(block.len() as u8);
        bytes.extend(block);
    }
    bytes.push(0);
    bytes
}

/// So many pixels of colour 1, for codes of 2 bits: cleared so often that codes stay short.
pub(crate) fn lzw(pixels: usize) -> Vec<u8> {
    let mut bits = BitsOut::default();
    for at in 0..pixels {
        if at % 2 == 0 {
            bits.put(4, 3);
        }
        bits.put(1, 3);
    }
    bits.put(5, 3);
    bits.bytes()
}

/// Writes bits, the lowest of a byte first, as GIF and WebP have them.
#[derive(Default)]
pub(crate) struct BitsOut {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl BitsOut {
    pub(crate) fn put(&mut self, value: u64, count: u32) {
        self.held |= value << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    pub(crate) fn bytes(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.held as u8);
        }
        self.bytes
    }
}

/// A WebP of chunks.
pub(crate) fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        body.extend(*kind);
        body.extend((data.len() as u32).to_le_bytes());
        body.extend(*data);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}

/// Lossless data of one colour; the header says the size.
pub(crate) fn vp8l(width: u32, height: u32, alpha: bool) -> Vec<u8> {
    let mut bits = vp8l_header(width, height, alpha);
    bits.put(0, 1); // No transform,
    bits.put(0, 1); // no cache,
    bits.put(0, 1); // one group,
    for _ in 0..5 {
        single_code(&mut bits);
    }
    bits.put(0, 32);
    bits.bytes()
}

/// Lossless data of 4 x 4 pixels and 65536 groups of codes, each of which asks for a large table.
pub(crate) fn vp8l_of_many_codes() -> Vec<u8> {
    let mut bits = vp8l_header(4, 4, true);
    bits.put(0, 1);
    bits.put(0, 1);
    bits.put(1, 1); // Many groups, by a picture
    bits.put(0, 3); // of one pixel,
    bits.put(0, 1); // without a cache,
    for symbol in [255, 255, 0, 0, 0] {
        bits.put(0b101, 3);
        bits.put(symbol, 8);
    }
    for _ in 0..65536 * 5 {
        long_code(&mut bits);
    }
    bits.put(0, 64);
    bits.bytes()
}

fn vp8l_header(width: u32, height: u32, alpha: bool) -> BitsOut {
    let mut bits = BitsOut::default();
    bits.put(0x2f, 8);
    bits.put((width - 1).into(), 14);
    bits.put((height - 1).into(), 14);
    bits.put(alpha.into(), 1);
    bits.put(0, 3);
    bits
}

/// A code of the symbol 0 alone.
fn single_code(bits: &mut BitsOut) {
    bits.put(0b0001, 4);
}

/// A code of 11 symbols, of 1 to 10 bits.
fn long_code(bits: &mut BitsOut) {
    bits.put(0, 1);
    bits.put(14 - 4, 4);
    // The lengths 1 to 8 have codes of 4 bits, 9 and 10 of 2; in the order of the format.
    for length in [0, 0, 0, 4, 4, 4, 4, 4, 0, 4, 4, 4, 2, 2] {
        bits.put(length, 3);
    }
    bits.put(1, 1); // So many lengths are written:
    bits.put(1, 3); // in 4 bits,
    bits.put(11 - 2, 4);
    let code = |bits: &mut BitsOut, length: u64| {
        // Canonical: 9 and 10 are `00` and `01`, 1 to 8 are `1000` to `1111`, highest bit first.
        if length >= 9 {
            bits.put(0, 1);
            bits.put(length - 9, 1);
        } else {
            let code = 7 + length;
            for bit in (0..4).rev() {
                bits.put(code >> bit & 1, 1);
            }
        }
    };
    for length in (1..=10).chain([10]) {
        code(bits, length);
    }
}

/// A JPEG of `side` x `side` in one colour, of three components, that is to be turned.
pub(crate) fn flat_jpeg(side: u16, orientation: u8) -> Vec<u8> {
    let [high, low] = side.to_be_bytes();
    // One code of one bit, for 0.
    let table = |class: u8| [&[class, 1][..], &[0; 16]].concat();
    let blocks = usize::from(side).div_ceil(8).pow(2) * 3;
    let mut bytes = vec![0xff, 0xd8];
    bytes.extend(segment(0xe1, &[&b"Exif\0\0"[..], &exif(orientation)].concat()));
    bytes.extend(segment(0xdb, &[&[0][..], &[1; 64]].concat()));
    bytes.extend(segment(0xc0, &[8, high, low, high, low, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]));
    bytes.extend(segment(0xc4, &table(0x00)));
    bytes.extend(segment(0xc4, &table(0x10)));
    bytes.extend(segment(0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]));
    // Two bits for each block: no difference, no coefficients.
    bytes.resize(bytes.len() + blocks.div_ceil(4), 0);
    bytes.extend([0xff, 0xd9]);
    bytes
}
