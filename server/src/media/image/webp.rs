//! WebP (RFC 9649): lossy, lossless, and the first frame of an animation.
//!
//! The decoder takes no limit. How it keeps a picture depends on the variety, so that is found out
//! first, from the chunks.

use std::io::{BufRead, Read, Seek, SeekFrom};

use image::ImageDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;

use super::jpeg::refusal;
use super::pixels::Pixels;
use super::{ImageError, MEMORY_MAX, check_memory, check_size, vp8l};

/// Longest Exif that is read, in bytes; the usual one has a few hundred.
const EXIF_BYTES_MAX: u64 = 64 * 1024;

/// Decodes to RGB or RGBA.
pub(super) fn decode(mut source: impl BufRead + Seek) -> Result<Pixels, ImageError> {
    let chunks = Chunks::read(&mut source)?;
    source.rewind()?;
    let decoder = WebPDecoder::new(&mut source).map_err(refusal)?;
    let size = decoder.dimensions();
    check_size(size.0, size.1)?;
    let pixels = u64::from(size.0) * u64::from(size.1);
    let channels = usize::from(decoder.color_type().channel_count());
    let memory = chunks.half_bytes_of_pixel(channels == 4, decoder.has_animation()) * pixels / 2;
    check_memory(memory + chunks.lossy_bytes * 2)?;
    drop(decoder);
    let tables = chunks.table_bytes(&mut source, size)?;
    check_memory(memory + chunks.lossy_bytes * 2 + tables)?;
    source.rewind()?;
    let decoder = WebPDecoder::new(&mut source).map_err(refusal)?;
    let mut samples = vec![0; size.0 as usize * size.1 as usize * channels];
    decoder.read_image(&mut samples).map_err(refusal)?;
    Pixels::new(samples, channels, size, chunks.orientation)
}

/// What the file has, as far as it matters for memory.
struct Chunks {
    /// Where lossless data begin, the pixels' and the alpha channel's, and how many bytes they have.
    lossless: Option<(u64, u64)>,
    alpha: Option<(u64, u64)>,
    /// Bytes of lossy data; the decoder has them twice.
    lossy_bytes: u64,
    orientation: Orientation,
}

impl Chunks {
    fn read(source: &mut (impl BufRead + Seek)) -> Result<Self, ImageError> {
        let mut chunks = Self {
            lossless: None,
            alpha: None,
            lossy_bytes: 0,
            orientation: Orientation::NoTransforms,
        };
        let end = source.seek(SeekFrom::End(0))?;
        chunks.walk(source, 12, end)?;
        Ok(chunks)
    }

    /// The chunks from `at` to `end`; in a frame of an animation there are chunks, too.
    fn walk(
        &mut self,
        source: &mut (impl BufRead + Seek),
        mut at: u64,
        end: u64,
    ) -> Result<(), ImageError> {
        while at + 8 <= end {
            source.seek(SeekFrom::Start(at))?;
            let mut header = [0; 8];
            source.read_exact(&mut header)?;
            let [kind @ .., b0, b1, b2, b3] = header;
            let (begin, bytes) = (at + 8, u64::from(u32::from_le_bytes([b0, b1, b2, b3])));
            match &kind {
                b"VP8L" => self.lossless = self.lossless.or(Some((begin, bytes))),
                b"ALPH" => self.alpha = self.alpha.or(Some((begin, bytes))),
                b"VP8 " => self.lossy_bytes = self.lossy_bytes.max(bytes.min(end - begin)),
                b"EXIF" => self.orientation = orientation(source, bytes)?,
                b"ANMF" => return self.walk(source, begin + 16, end.min(begin + bytes)),
                _ => {}
            }
            at = begin + bytes + bytes % 2;
        }
        Ok(())
    }

    /// Bytes that the decoder has for two pixels when it has most: what it hands over, planes of
    /// lossy data (1.5 for a pixel), alpha with what it was decoded from (5), RGBA to drop the A of
    /// (4), the canvas and a frame of an animation (8).
    fn half_bytes_of_pixel(&self, alpha: bool, animation: bool) -> u64 {
        match (animation, self.lossless.is_some(), alpha) {
            (true, _, _) => 24,
            (false, true, true) => 8,
            (false, true, false) => 14,
            (false, false, true) => 21,
            (false, false, false) => 9,
        }
    }

    fn table_bytes(
        &self,
        source: &mut (impl BufRead + Seek),
        canvas: (u32, u32),
    ) -> Result<u64, ImageError> {
        let mut most = 0;
        if let Some((begin, bytes)) = self.lossless {
            source.seek(SeekFrom::Start(begin))?;
            let size = lossless_size(source)?;
            source.seek(SeekFrom::Start(begin))?;
            most = vp8l::table_bytes(source.take(bytes), true, size, MEMORY_MAX)?;
        }
        if let Some((begin, bytes)) = self.alpha {
            source.seek(SeekFrom::Start(begin))?;
            let mut how = [0];
            source.read_exact(&mut how)?;
            if how[0] & 3 == 1 {
                let alpha = source.take(bytes.saturating_sub(1));
                most = most.max(vp8l::table_bytes(alpha, false, canvas, MEMORY_MAX)?);
            }
        }
        Ok(most)
    }
}

fn lossless_size(source: &mut impl Read) -> Result<(u32, u32), ImageError> {
    let mut header = [0; 5];
    source.read_exact(&mut header)?;
    let [_, bits @ ..] = header;
    let bits = u32::from_le_bytes(bits);
    Ok(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}

fn orientation(source: &mut impl Read, bytes: u64) -> Result<Orientation, ImageError> {
    let mut exif = Vec::new();
    source.take(bytes.min(EXIF_BYTES_MAX)).read_to_end(&mut exif)?;
    // Some programs put the header of a JPEG in front.
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif);
    Ok(Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms))
}
