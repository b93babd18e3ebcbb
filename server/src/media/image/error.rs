//! Why a picture is not taken, in sentences for the person who sent it.

use std::io;

use thiserror::Error;

use super::{FRAME_PIXELS_MAX, FRAMES_MAX, PIXELS_MAX, SIDE_MAX};

/// A picture that is not taken, and what to do about it.
#[derive(Debug, Error)]
pub enum ImageError {
    /// A kind, or a variety of a kind, that can't be read.
    #[error("Only PNG, JPEG, GIF and WebP pictures can be taken. Save it as one of these.")]
    Unsupported,
    /// Not what its first bytes promise, cut off, or damaged.
    #[error("The picture is broken. Look whether it opens on your side, and save it anew.")]
    Broken,
    /// More pixels than are decoded.
    #[error(
        "The picture has too many pixels: it can have {SIDE_MAX} a side and {} million in all. \
         Make it smaller.",
        PIXELS_MAX / 1_000_000
    )]
    TooManyPixels,
    /// Few enough pixels, but of a variety that takes many bytes for each.
    #[error(
        "The picture takes too much memory to read. Make it smaller, or save it as a plain JPEG \
         or PNG."
    )]
    TooMuchMemory,
    /// An animation with more frames than are decoded.
    #[error(
        "The animation is too long: it can have {FRAMES_MAX} frames and {} million pixels in all. \
         Make it shorter or smaller.",
        FRAME_PIXELS_MAX / 1_000_000
    )]
    TooManyFrames,
    /// The deadline passed, or would have.
    #[error("The picture took too long to read. Make it smaller, or save it as another kind.")]
    TookTooLong,
    /// Written anew, it has more bytes than allowed.
    #[error("Written anew, the picture has more than {0} bytes. Make it smaller.")]
    TooLarge(u64),
    /// The disk failed: not the picture's fault, and to be tried again.
    #[error("The picture can't be stored right now. Try again later.")]
    Storage(#[source] io::Error),
}

/// A file that ends too early, or leads out of itself, is broken; all else is the disk.
impl From<io::Error> for ImageError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::UnexpectedEof | Kind::InvalidData | Kind::InvalidInput => Self::Broken,
            _ => Self::Storage(error),
        }
    }
}
