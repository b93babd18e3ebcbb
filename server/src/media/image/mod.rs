//! Pictures, from an uploaded file to files that may be served.
//!
//! No byte of an upload is ever served as a picture: it is decoded and written anew, so that places
//! of taking, comments and whatever hangs behind the picture are gone. What is kept are colours:
//! who chooses them well can spell words with them, so serve with a fixed type and `nosniff`.
//!
//! Taken are PNG, JPEG, GIF and WebP, by content alone. AVIF is not: no decoder in plain Rust is at
//! hand. An animated PNG or WebP is taken as its first frame. Knows no names, no store, no HTTP.
//!
//! Everything here waits for the disk and computes: call it on a thread that may block, one at a
//! time, then it takes 96 MiB at most. A decoder that panics ends that thread's task; whoever waits
//! for the task refuses the upload. What was written until an error is to be thrown away.
//!
//! Fuzz it, in `server/`:
//! `cargo fuzz run image_decode fuzz/corpus/image_decode fuzz/seeds -s none`.

mod error;
mod gif;
mod jpeg;
mod pixels;
mod png;
mod small;
mod vp8l;
mod watch;
mod webp;

use std::io::{Read, Seek, Write};
use std::time::Instant;

use chatter_protocol::ImageSize;

pub use error::ImageError;
use pixels::{Pixels, View};
pub use small::AVATAR_SIDE;
use watch::{Source, Watch};

/// Longest side of a picture, in pixels.
pub const SIDE_MAX: u32 = 8192;
/// Most pixels of a picture, as of one with 4096 x 4096.
pub const PIXELS_MAX: u64 = 4096 * 4096;
/// Most frames of an animation.
pub const FRAMES_MAX: u32 = 100;
/// Most pixels of all its frames together.
pub const FRAME_PIXELS_MAX: u64 = 100_000_000;
/// What decoding may take, in bytes: the pixels, and what the decoder needs beside them.
const MEMORY_MAX: u64 = 80 * 1024 * 1024;

/// Of 100: a photo keeps what can be seen of it.
const QUALITY: u8 = 88;
/// Of 100: the second loss of a WebP is to be smaller than the first.
const QUALITY_OF_WEBP: u8 = 90;

/// A kind of picture that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Stays one.
    Png,
    /// Stays one.
    Jpeg,
    /// Stays one, with all frames.
    Gif,
    /// Becomes a PNG if anything shines through it, else a JPEG: few programs show WebP.
    WebP,
}

/// What a file is, by its first bytes alone; 12 are enough. `None` for what is no picture.
pub fn sniff(head: &[u8]) -> Option<Format> {
    match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::WebP),
        _ => None,
    }
}

/// How much may be spent on one picture.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Most bytes of the whole that is written.
    pub bytes_max: u64,
    /// When it must be done. Decoding from memory is not interrupted, but what can be asked of it
    /// is bounded: see `jpeg`.
    pub deadline: Instant,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Of the whole: `image/png`, `image/jpeg` or `image/gif`.
    pub content_type: &'static str,
    /// Of the whole, upright.
    pub size: ImageSize,
    /// Of the small form: `image/png` or `image/jpeg`.
    pub thumbnail_type: &'static str,
}

/// Checks the picture in `source`, writes it anew to `whole`, and to `thumbnail` a form that fits
/// 640 x 640 pixels and 300 KiB.
pub fn remake(
    source: impl Read + Seek,
    format: Format,
    whole: impl Write,
    mut thumbnail: impl Write,
    bounds: Bounds,
) -> Result<Picture, ImageError> {
    let watch = Watch::new(bounds.deadline);
    let source = watch.source(source);
    let mut whole = watch.sink(whole, bounds.bytes_max);
    let (content_type, size, small) = if format == Format::Gif {
        let (size, small) = gif::remake(source, &mut whole, &watch)?;
        (gif::CONTENT_TYPE, size, small)
    } else {
        let picture = decode(source, format, &watch)?;
        watch.verdict()?;
        let small = small::thumbnail(&picture)?;
        let content_type = match format {
            Format::WebP if !picture.has_transparency() => {
                jpeg::encode(&picture, QUALITY_OF_WEBP, &mut whole)
            }
            Format::Jpeg => jpeg::encode(&picture, QUALITY, &mut whole),
            _ => png::encode(&picture, &mut whole),
        };
        (content_type.map_err(|error| watch.why(error))?, picture.size(), small)
    };
    whole.flush().map_err(|_| watch.why(ImageError::Broken))?;
    watch.verdict()?;
    thumbnail.write_all(&small.bytes)?;
    Ok(Picture { content_type, size, thumbnail_type: small.content_type })
}

/// Writes the middle of the picture in `source`, of an animation the first frame, as a square of
/// 256 x 256 pixels. Says its content type: PNG if anything shines through, else JPEG.
pub fn avatar(
    source: impl Read + Seek,
    format: Format,
    mut into: impl Write,
    deadline: Instant,
) -> Result<&'static str, ImageError> {
    let watch = Watch::new(deadline);
    let source = watch.source(source);
    let small = if format == Format::Gif {
        small::avatar(&gif::first_frame(source, &watch)?)?
    } else {
        small::avatar(&decode(source, format, &watch)?)?
    };
    watch.verdict()?;
    into.write_all(&small.bytes)?;
    Ok(small.content_type)
}

fn decode<R: Read + Seek>(
    source: Source<'_, R>,
    format: Format,
    watch: &Watch,
) -> Result<Pixels, ImageError> {
    let decoded = match format {
        Format::Png => png::decode(source),
        Format::Jpeg => jpeg::decode(source, watch),
        Format::WebP => webp::decode(source),
        Format::Gif => return Err(ImageError::Unsupported),
    };
    decoded.map_err(|error| watch.why(error))
}

/// Refuses a picture by what its header says, before anything is decoded.
fn check_size(width: u32, height: u32) -> Result<(), ImageError> {
    match u64::from(width) * u64::from(height) {
        0 => Err(ImageError::Broken),
        pixels if pixels <= PIXELS_MAX && width.max(height) <= SIDE_MAX => Ok(()),
        _ => Err(ImageError::TooManyPixels),
    }
}

/// Refuses what would take more memory than there is for it.
fn check_memory(bytes: u64) -> Result<(), ImageError> {
    if bytes <= MEMORY_MAX { Ok(()) } else { Err(ImageError::TooMuchMemory) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), Some(Format::Png));
        assert_eq!(sniff(b"\xff\xd8\xff\xe0"), Some(Format::Jpeg));
        assert_eq!(sniff(b"GIF87a"), Some(Format::Gif));
        assert_eq!(sniff(b"GIF89a"), Some(Format::Gif));
        assert_eq!(sniff(b"RIFF\0\0\0\0WEBP"), Some(Format::WebP));
        for other in [
            &b""[..],
            b"GIF88a",
            b"\x89PNG",
            b"RIFF\0\0\0\0WAVE",
            b"<svg xmlns='http://www.w3.org/2000/svg'>",
            b"<!doctype html>",
            b"%PDF-1.7",
            b"BM",
            b"\0\0\0\x20ftypavif",
        ] {
            assert_eq!(sniff(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_picture_is_refused_by_its_header() {
        assert!(check_size(4096, 4096).is_ok() && check_size(SIDE_MAX, 2048).is_ok());
        for (width, height) in [(4097, 4096), (SIDE_MAX + 1, 1), (1, 65535), (u32::MAX, u32::MAX)] {
            let refused = check_size(width, height);
            assert!(matches!(refused, Err(ImageError::TooManyPixels)), "{width} x {height}");
        }
        assert!(matches!(check_size(0, 7), Err(ImageError::Broken)));
    }
}
