//! From bytes that somebody sent to pixels, within limits: whatever they are, they cost at most so
//! much.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits, RgbaImage};

use super::{IMAGE_PIXELS_MAX, IMAGE_SIDE_MAX, Rendition};

/// Most bytes of a picture, as they are sent.
pub(super) const PICTURE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Longest side of a thumbnail and of a face, pixels; larger ones no server of ours sends.
const SMALL_SIDE_MAX: u32 = 1024;

/// Memory that decoding may take at once, bytes.
const DECODE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The pixels of a picture.
///
/// # Errors
/// If it is none, or too large, as the end of a sentence.
pub(super) fn decode(bytes: &[u8], rendition: Rendition) -> Result<RgbaImage, &'static str> {
    if bytes.len() > PICTURE_BYTES_MAX {
        return Err("it has too many bytes");
    }
    let (width, height) = reader(bytes)?.into_dimensions().map_err(|_| "it is damaged")?;
    let side_max = match rendition {
        Rendition::Whole => IMAGE_SIDE_MAX,
        Rendition::Thumbnail | Rendition::Avatar => SMALL_SIDE_MAX,
    };
    let pixels = u64::from(width) * u64::from(height);
    if width > side_max || height > side_max || pixels > IMAGE_PIXELS_MAX || pixels == 0 {
        return Err("it is too large to be drawn");
    }
    let mut reader = reader(bytes)?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(side_max), Some(side_max));
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    Ok(reader.decode().map_err(|_| "it is damaged")?.into_rgba8())
}

/// By what the bytes are, whatever anybody calls them.
fn reader(bytes: &[u8]) -> Result<ImageReader<Cursor<&[u8]>>, &'static str> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let reader = reader.map_err(|_| "it is damaged")?;
    match reader.format() {
        Some(ImageFormat::Png | ImageFormat::Jpeg) => Ok(reader),
        _ => Err("it is of a kind that can't be drawn"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A picture with a different colour in each corner.
    pub(in crate::pictures) fn png(width: u32, height: u32) -> Vec<u8> {
        let image = image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 128])
        });
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).expect("encodes");
        bytes.into_inner()
    }

    #[test]
    fn pictures_are_decoded_and_anything_else_is_refused() {
        let image = decode(&png(30, 20), Rendition::Thumbnail).expect("a picture");
        assert_eq!((image.width(), image.height()), (30, 20));
        let cut = &png(30, 20)[..60];
        for bad in [&b""[..], b"GIF89a\x01\x00\x01\x00", b"<svg></svg>", b"\x89PNG\r\n\x1a\n", cut]
        {
            assert!(decode(bad, Rendition::Thumbnail).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_picture_that_only_claims_to_be_large_costs_nothing() {
        let mut bomb = png(8, 8);
        // Width and height in the header; the check sum is not looked at before them.
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        assert!(decode(&bomb, Rendition::Whole).is_err());
        assert!(decode(&png(1100, 1), Rendition::Thumbnail).is_err());
        assert!(decode(&png(1100, 1), Rendition::Whole).is_ok());
        let long = vec![0; PICTURE_BYTES_MAX + 1];
        assert_eq!(decode(&long, Rendition::Whole).err(), Some("it has too many bytes"));
    }
}
