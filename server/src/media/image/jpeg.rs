//! JPEG (ITU-T T.81).
//!
//! The decoder works on the whole file in memory and can't be interrupted, so all that could make it
//! large or slow is bounded first: pixels, coefficients that are kept between scans, and scans.
//! Segments that it does not need for the picture are not shown to it.

use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};

use image::ImageDecoder;
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::metadata::Orientation;

use super::pixels::{Pixels, View};
use super::watch::{Source, Watch};
use super::{ImageError, check_memory, check_size};

/// Most scans: the usual progressive picture has 10, and each costs time.
const SCANS_MAX: u32 = 40;
/// Most bytes of tables in front of the first scan; the usual picture has under 1000.
const HEAD_BYTES_MAX: usize = 256 * 1024;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DQT: u8 = 0xdb;
const DHT: u8 = 0xc4;
const DRI: u8 = 0xdd;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP14: u8 = 0xee;

/// Decodes to grey or RGB.
pub(super) fn decode<R: Read + Seek>(
    mut source: Source<'_, R>,
    watch: &Watch,
) -> Result<Pixels, ImageError> {
    let file_bytes = source.seek(SeekFrom::End(0))?;
    source.rewind()?;
    let head = Head::read(&mut source)?;
    check_size(head.size.0, head.size.1)?;
    check_memory(head.memory() + file_bytes)?;
    let orientation = head.orientation;
    let scans = Scans { head: Cursor::new(head.bytes), rest: source, watch, seen: 1, mark: false };
    let decoder = JpegDecoder::new(BufReader::new(scans)).map_err(refusal)?;
    let size = decoder.dimensions();
    if size != head.size {
        return Err(ImageError::Broken);
    }
    let channels = usize::from(decoder.color_type().channel_count());
    let mut samples = vec![0; size.0 as usize * size.1 as usize * channels];
    decoder.read_image(&mut samples).map_err(refusal)?;
    Pixels::new(samples, channels, size, orientation)
}

/// What the decoders of `image` say, in our words.
pub(super) fn refusal(error: image::ImageError) -> ImageError {
    match error {
        image::ImageError::Unsupported(_) => ImageError::Unsupported,
        image::ImageError::Limits(_) => ImageError::TooManyPixels,
        _ => ImageError::Broken,
    }
}

/// Writes the picture; what shines through is not written. Says its type.
pub(super) fn encode(
    picture: &impl View,
    quality: u8,
    into: impl Write,
) -> Result<&'static str, ImageError> {
    let mut encoder = JpegEncoder::new_with_quality(into, quality);
    encoder.encode_image(picture).map(|()| "image/jpeg").map_err(|_| ImageError::Broken)
}

/// What stands in front of the first scan.
struct Head {
    /// What the decoder is to see of it.
    bytes: Vec<u8>,
    size: (u32, u32),
    /// How many components, and the samples of all of them for one square of `square` pixels.
    components: u64,
    samples: u64,
    square: u64,
    /// Whether coefficients of the whole picture are kept until the last scan.
    kept: bool,
    orientation: Orientation,
}

impl Head {
    fn read(source: &mut impl Read) -> Result<Self, ImageError> {
        let mut head = Self {
            bytes: vec![0xff, SOI],
            size: (0, 0),
            components: 0,
            samples: 0,
            square: 0,
            kept: false,
            orientation: Orientation::NoTransforms,
        };
        if bytes::<2>(source)? != [0xff, SOI] {
            return Err(ImageError::Broken);
        }
        loop {
            let marker = marker(source)?;
            let body = segment(source)?;
            match marker {
                0xc0..=0xc2 => head.frame(marker, &body)?,
                APP1 => head.turn(&body),
                DQT | DHT | DRI | APP0 | APP14 | SOS => {}
                // Other ways of coding, and what belongs to them.
                0xc3..=0xcf | 0xdc | 0xde | 0xdf => return Err(ImageError::Unsupported),
                // Notes of programs and people.
                0xe0..=0xef | 0xfe => continue,
                _ => return Err(ImageError::Broken),
            }
            if marker != APP1 {
                head.keep(marker, &body)?;
            }
            if marker == SOS {
                head.kept |=
                    body.first().is_none_or(|in_scan| u64::from(*in_scan) < head.components);
                return if head.components == 0 { Err(ImageError::Broken) } else { Ok(head) };
            }
        }
    }

    /// B.2.2: height, width, and how finely each component is sampled.
    fn frame(&mut self, marker: u8, body: &[u8]) -> Result<(), ImageError> {
        let [_, h1, h0, w1, w0, count, components @ ..] = body else {
            return Err(ImageError::Broken);
        };
        if self.components != 0 || !(1..=4).contains(count) {
            return Err(ImageError::Broken);
        }
        self.size = (u16::from_be_bytes([*w1, *w0]).into(), u16::from_be_bytes([*h1, *h0]).into());
        self.components = (*count).into();
        let (mut across, mut down) = (1, 1);
        for component in components.chunks_exact(3) {
            let sampling = (u64::from(component[1] >> 4), u64::from(component[1] & 15));
            self.samples += sampling.0 * sampling.1;
            (across, down) = (sampling.0.max(across), sampling.1.max(down));
        }
        self.square = across * down;
        self.kept = marker == 0xc2;
        Ok(())
    }

    fn turn(&mut self, body: &[u8]) {
        if let Some(exif) = body.strip_prefix(b"Exif\0\0") {
            self.orientation = Orientation::from_exif_chunk(exif).unwrap_or(self.orientation);
        }
    }

    fn keep(&mut self, marker: u8, body: &[u8]) -> Result<(), ImageError> {
        if self.bytes.len() + body.len() > HEAD_BYTES_MAX {
            return Err(ImageError::Broken);
        }
        let length = u16::try_from(body.len() + 2).map_err(|_| ImageError::Broken)?;
        self.bytes.extend([0xff, marker]);
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(body);
        Ok(())
    }

    /// Bytes of the pixels, and of the coefficients that are kept, each of 16 bits.
    fn memory(&self) -> u64 {
        let pixels = u64::from(self.size.0) * u64::from(self.size.1);
        let kept = if self.kept { pixels * 2 * self.samples / self.square } else { 0 };
        kept + pixels * if self.components == 1 { 1 } else { 3 }
    }
}

fn bytes<const N: usize>(source: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// B.1.1.2: 0xff, more of the same to fill, and what it is.
fn marker(source: &mut impl Read) -> Result<u8, ImageError> {
    if bytes(source)? != [0xff] {
        return Err(ImageError::Broken);
    }
    loop {
        match bytes(source)? {
            [0xff] => {}
            [marker] => return Ok(marker),
        }
    }
}

fn segment(source: &mut impl Read) -> Result<Vec<u8>, ImageError> {
    let length = u16::from_be_bytes(bytes(source)?).checked_sub(2).ok_or(ImageError::Broken)?;
    let mut body = vec![0; length.into()];
    source.read_exact(&mut body)?;
    Ok(body)
}

/// The file as the decoder sees it: until the end of the first picture in it.
struct Scans<'a, R> {
    head: Cursor<Vec<u8>>,
    rest: Source<'a, R>,
    watch: &'a Watch,
    seen: u32,
    /// Whether the last byte was 0xff. In coded data that is only in front of a marker, or of 0.
    mark: bool,
}

impl<R: Read> Read for Scans<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.head.read(into)?;
        if read > 0 || self.seen == 0 {
            return Ok(read);
        }
        let read = self.rest.read(into)?;
        for (index, byte) in into[..read].iter().enumerate() {
            match byte {
                &EOI if self.mark => {
                    self.seen = 0;
                    return Ok(index + 1);
                }
                &SOS if self.mark => self.seen += 1,
                0xc0..=0xc2 if self.mark => return Err(self.watch.stop(ImageError::Broken)),
                _ => {}
            }
            self.mark = *byte == 0xff;
        }
        if self.seen > SCANS_MAX {
            return Err(self.watch.stop(ImageError::TookTooLong));
        }
        Ok(read)
    }
}

impl<R> Seek for Scans<'_, R> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
