//! PNG (W3C Portable Network Graphics, third edition), read and written row by row.

use std::io::{BufRead, Seek, Write};

use image::metadata::Orientation;
use png::{BitDepth, ColorType, Compression, Decoder, DecodingError, Encoder, Limits};
use png::{EncodingError, Transformations};

use super::pixels::{Pixels, View};
use super::{ImageError, check_memory, check_size};

/// What the decoder may keep beside the pixels: rows, and chunks until it knows what they are.
const CHUNK_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Decodes to 8 bits a channel. Of an animation, the picture that stands for it.
pub(super) fn decode(source: impl BufRead + Seek) -> Result<Pixels, ImageError> {
    let mut decoder = Decoder::new_with_limits(source, Limits { bytes: CHUNK_BYTES_MAX });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let info = decoder.read_header_info().map_err(refusal)?;
    let size = info.size();
    check_size(size.0, size.1)?;
    let mut reader = decoder.read_info().map_err(refusal)?;
    let exif = reader.info().exif_metadata.as_deref();
    let orientation = exif.and_then(Orientation::from_exif_chunk);
    let (color, BitDepth::Eight) = reader.output_color_type() else {
        return Err(ImageError::Unsupported);
    };
    let bytes = reader.output_buffer_size().ok_or(ImageError::TooManyPixels)?;
    check_memory(bytes as u64)?;
    let mut samples = vec![0; bytes];
    reader.next_frame(&mut samples).map_err(refusal)?;
    Pixels::new(samples, color.samples(), size, orientation.unwrap_or(Orientation::NoTransforms))
}

fn refusal(error: DecodingError) -> ImageError {
    match error {
        DecodingError::LimitsExceeded => ImageError::TooMuchMemory,
        _ => ImageError::Broken,
    }
}

/// Writes the picture, without an alpha channel where nothing shines through. Says its type.
pub(super) fn encode(picture: &impl View, into: impl Write) -> Result<&'static str, ImageError> {
    write(picture, into).map(|()| "image/png").map_err(|_| ImageError::Broken)
}

fn write(picture: &impl View, into: impl Write) -> Result<(), EncodingError> {
    let (width, height) = picture.dimensions();
    let (color, channels): (_, &[usize]) = match (picture.is_grey(), picture.has_transparency()) {
        (true, false) => (ColorType::Grayscale, &[0]),
        (true, true) => (ColorType::GrayscaleAlpha, &[0, 3]),
        (false, false) => (ColorType::Rgb, &[0, 1, 2]),
        (false, true) => (ColorType::Rgba, &[0, 1, 2, 3]),
    };
    let mut encoder = Encoder::new(into, width, height);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    let mut writer = encoder.write_header()?;
    let mut rows = writer.stream_writer()?;
    let mut row = Vec::with_capacity(width as usize * channels.len());
    for y in 0..height {
        row.clear();
        for x in 0..width {
            let pixel = picture.get_pixel(x, y).0;
            row.extend(channels.iter().map(|channel| pixel[*channel]));
        }
        rows.write_all(&row)?;
    }
    rows.finish()?;
    writer.finish()
}
