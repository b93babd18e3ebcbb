//! GIF (GIF89a specification), frame by frame and by the indices of its colours: nothing is lost,
//! and one frame is in memory at a time. Palettes, delays, what becomes of a frame and the number
//! of rounds are kept; comments, other extensions and what follows the end are not.

use std::io::{Read, Seek, Write};
use std::num::NonZeroU64;

use chatter_protocol::ImageSize;
use gif::{DecodeOptions, Decoder, DecodingError, Encoder, Frame, MemoryLimit};
use image::{GenericImageView, Rgba};

use super::pixels::View;
use super::small::{self, Small};
use super::watch::{Source, Watch};
use super::{FRAME_PIXELS_MAX, FRAMES_MAX, ImageError, PIXELS_MAX, check_size};

/// What a GIF is served as.
pub(super) const CONTENT_TYPE: &str = "image/gif";

/// Writes the animation to `whole`; gives its size, and the small form of its first frame.
pub(super) fn remake<R: Read + Seek>(
    source: Source<'_, R>,
    whole: impl Write,
    watch: &Watch,
) -> Result<(ImageSize, Small), ImageError> {
    copy(source, whole).map_err(|error| watch.why(error))
}

fn copy<R: Read + Seek>(
    source: Source<'_, R>,
    whole: impl Write,
) -> Result<(ImageSize, Small), ImageError> {
    let mut decoder = open(source)?;
    let palette = decoder.global_palette().unwrap_or_default().to_vec();
    let (width, height) = (decoder.width(), decoder.height());
    let mut encoder = Encoder::new(whole, width, height, &palette).map_err(broken)?;
    encoder.set_repeat(decoder.repeat()).map_err(broken)?;
    let mut small = None;
    let mut frames = 0;
    while let Some(frame) = decoder.read_next_frame()? {
        frames += 1;
        let pixels = u64::from(frames) * u64::from(width) * u64::from(height);
        if frames > FRAMES_MAX || pixels > FRAME_PIXELS_MAX {
            return Err(ImageError::TooManyFrames);
        }
        if frame.buffer.is_empty() {
            return Err(ImageError::Broken);
        }
        if small.is_none() {
            small = Some(small::thumbnail(&FirstFrame::new(frame, &palette, width, height))?);
        }
        encoder.write_frame(frame).map_err(broken)?;
    }
    encoder.into_inner().map_err(broken)?;
    let size = ImageSize { width: width.into(), height: height.into() };
    small.map(|small| (size, small)).ok_or(ImageError::Broken)
}

/// What shows first.
pub(super) fn first_frame<R: Read + Seek>(
    source: Source<'_, R>,
    watch: &Watch,
) -> Result<FirstFrame, ImageError> {
    let first = || {
        let mut decoder = open(source)?;
        let palette = decoder.global_palette().unwrap_or_default().to_vec();
        let (width, height) = (decoder.width(), decoder.height());
        let frame = decoder.read_next_frame()?.ok_or(ImageError::Broken)?;
        Ok(FirstFrame::new(frame, &palette, width, height))
    };
    first().map_err(|error| watch.why(error))
}

fn open<R: Read>(source: R) -> Result<Decoder<R>, ImageError> {
    let mut options = DecodeOptions::new();
    options.check_frame_consistency(true);
    if let Some(bytes) = NonZeroU64::new(PIXELS_MAX) {
        options.set_memory_limit(MemoryLimit::Bytes(bytes));
    }
    let decoder = options.read_info(source)?;
    check_size(decoder.width().into(), decoder.height().into())?;
    Ok(decoder)
}

fn broken(_: gif::EncodingError) -> ImageError {
    ImageError::Broken
}

impl From<DecodingError> for ImageError {
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::MemoryLimit | DecodingError::OutOfMemory => Self::TooMuchMemory,
            _ => Self::Broken,
        }
    }
}

/// The first frame, where it is on its canvas; around it nothing is.
pub(super) struct FirstFrame {
    indices: Vec<u8>,
    colors: [Rgba<u8>; 256],
    left: u32,
    top: u32,
    width: u32,
    height: u32,
    canvas: (u32, u32),
    transparent: bool,
}

impl FirstFrame {
    fn new(frame: &Frame<'_>, palette: &[u8], width: u16, height: u16) -> Self {
        let palette = frame.palette.as_deref().unwrap_or(palette);
        let mut colors = [Rgba([0; 4]); 256];
        for (color, rgb) in colors.iter_mut().zip(palette.chunks_exact(3)) {
            *color = Rgba([rgb[0], rgb[1], rgb[2], u8::MAX]);
        }
        if let Some(index) = frame.transparent {
            colors[usize::from(index)] = Rgba([0; 4]);
        }
        let covers = frame.width == width && frame.height == height;
        let clear = |index: &u8| colors[usize::from(*index)].0[3] == 0;
        Self {
            transparent: !covers || frame.buffer.iter().any(clear),
            indices: frame.buffer.to_vec(),
            colors,
            left: frame.left.into(),
            top: frame.top.into(),
            width: frame.width.into(),
            height: frame.height.into(),
            canvas: (width.into(), height.into()),
        }
    }
}

impl GenericImageView for FirstFrame {
    type Pixel = Rgba<u8>;

    fn dimensions(&self) -> (u32, u32) {
        self.canvas
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgba<u8> {
        let (x, y) = (x.wrapping_sub(self.left), y.wrapping_sub(self.top));
        if x >= self.width || y >= self.height {
            return Rgba([0; 4]);
        }
        let index = self.indices.get(y as usize * self.width as usize + x as usize);
        index.map_or(Rgba([0; 4]), |index| self.colors[usize::from(*index)])
    }
}

impl View for FirstFrame {
    fn has_transparency(&self) -> bool {
        self.transparent
    }
}
