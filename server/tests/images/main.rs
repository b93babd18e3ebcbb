//! The way of a picture, from an upload to what is served, with pictures that mean ill.

mod corpus;
mod make;
mod memory;
mod metadata;
mod mutated;
mod polyglots;
mod quality;

use std::io::Cursor;
use std::time::{Duration, Instant};

use chatter_server::media::image::{self as pictures, Bounds, ImageError, Picture};

/// How long one picture may take. Code without optimisation takes ten times as long, and other tests
/// run beside it.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 2 });
const BYTES_MAX: u64 = 10 * 1024 * 1024;

/// What became of an upload.
struct Remade {
    picture: Picture,
    whole: Vec<u8>,
    thumbnail: Vec<u8>,
}

/// What the server does with an upload: looks at its first bytes, and takes it or not.
fn remake(upload: &[u8]) -> Result<Remade, ImageError> {
    let format = pictures::sniff(upload).ok_or(ImageError::Unsupported)?;
    let bounds = Bounds { bytes_max: BYTES_MAX, deadline: Instant::now() + PATIENCE };
    let (mut whole, mut thumbnail) = (Vec::new(), Vec::new());
    let picture =
        pictures::remake(Cursor::new(upload), format, &mut whole, &mut thumbnail, bounds)?;
    Ok(Remade { picture, whole, thumbnail })
}

/// The face that the server makes of an upload, and its type.
fn avatar(upload: &[u8]) -> Result<(&'static str, Vec<u8>), ImageError> {
    let format = pictures::sniff(upload).ok_or(ImageError::Unsupported)?;
    let mut face = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    pictures::avatar(Cursor::new(upload), format, &mut face, deadline).map(|kind| (kind, face))
}

/// A name for what became of it, for tables.
fn verdict<T>(result: &Result<T, ImageError>) -> &'static str {
    match result {
        Ok(_) => "taken",
        Err(ImageError::Unsupported) => "unsupported",
        Err(ImageError::Broken) => "broken",
        Err(ImageError::TooManyPixels) => "pixels",
        Err(ImageError::TooMuchMemory) => "memory",
        Err(ImageError::TooManyFrames) => "frames",
        Err(ImageError::TookTooLong) => "long",
        Err(ImageError::TooLarge(_)) => "large",
        Err(ImageError::Storage(_)) => "storage",
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
