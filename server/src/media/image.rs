//! Stand-in until the real one is merged.
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::time::Instant;

use chatter_protocol::ImageSize;
use thiserror::Error;

#[derive(Debug, Clone, Copy)]
pub struct Format(image::ImageFormat);
pub struct Limits {
    pub bytes_max: u64,
    pub deadline: Instant,
}
pub struct Picture {
    pub content_type: &'static str,
    pub size: ImageSize,
    pub thumbnail_type: &'static str,
}
#[derive(Debug, Error)]
pub enum ImageError {
    #[error("This picture can't be read.")]
    Broken,
    #[error("This is no picture.")]
    Unsupported,
}
pub fn sniff(head: &[u8]) -> Option<Format> {
    image::guess_format(head).ok().map(Format)
}
fn load(source: &File, format: Format) -> Result<image::DynamicImage, ImageError> {
    let mut bytes = Vec::new();
    BufReader::new(source).read_to_end(&mut bytes).map_err(|_| ImageError::Broken)?;
    image::load_from_memory_with_format(&bytes, format.0).map_err(|_| ImageError::Broken)
}
pub fn remake(
    source: &File,
    format: Format,
    whole: &mut impl Write,
    small: &mut impl Write,
    _: Limits,
) -> Result<Picture, ImageError> {
    let picture = load(source, format)?;
    let size = ImageSize { width: picture.width(), height: picture.height() };
    let mut write = |picture: &image::DynamicImage, into: &mut dyn Write| {
        let encoder = image::codecs::png::PngEncoder::new(into);
        picture.write_with_encoder(encoder).map_err(|_| ImageError::Broken)
    };
    write(&picture, whole)?;
    write(&picture.thumbnail(640, 640), small)?;
    Ok(Picture { content_type: "image/png", size, thumbnail_type: "image/png" })
}
pub fn avatar(
    source: &File,
    format: Format,
    into: &mut impl Write,
    _: Instant,
) -> Result<Picture, ImageError> {
    let picture =
        load(source, format)?.resize_to_fill(256, 256, image::imageops::FilterType::Triangle);
    picture
        .write_with_encoder(image::codecs::png::PngEncoder::new(into))
        .map_err(|_| ImageError::Broken)?;
    Ok(Picture {
        content_type: "image/png",
        size: ImageSize { width: 256, height: 256 },
        thumbnail_type: "image/png",
    })
}
