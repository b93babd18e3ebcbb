//! Small forms: the thumbnail in a conversation, the face beside a name.

use image::imageops::{self, FilterType};
use image::{DynamicImage, GenericImageView, Rgba, RgbaImage};

use super::pixels::View;
use super::{ImageError, jpeg, png};

/// Sides of the square that a thumbnail fits, in pixels.
const THUMBNAIL_SIDE: u32 = 640;
/// Each side of the picture of a person, in pixels.
pub const AVATAR_SIDE: u32 = 256;
/// Most bytes of either.
const BYTES_MAX: usize = 300 * 1024;
/// Of 100, the first of them that gives few enough bytes.
const QUALITIES: [u8; 4] = [80, 60, 40, 20];
/// What shines through where transparency has no room: seen on light and on dark.
const BACKGROUND: u32 = 0x80;

/// A picture small enough to be in memory.
pub(super) struct Small {
    pub(super) content_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// The picture within 640 x 640 pixels, or as it is.
pub(super) fn thumbnail(picture: &impl View) -> Result<Small, ImageError> {
    let (width, height) = picture.dimensions();
    let longest = width.max(height).max(THUMBNAIL_SIDE);
    let fit = |side: u32| ((side * THUMBNAIL_SIDE + longest / 2) / longest).max(1);
    encode(Shrunk::new(picture, picture.has_transparency(), fit(width), fit(height)))
}

/// The middle of the picture, 256 x 256 pixels.
pub(super) fn avatar(picture: &impl View) -> Result<Small, ImageError> {
    let (width, height) = picture.dimensions();
    let side = width.min(height);
    let middle = imageops::crop_imm(picture, (width - side) / 2, (height - side) / 2, side, side);
    encode(Shrunk::new(&*middle, picture.has_transparency(), AVATAR_SIDE, AVATAR_SIDE))
}

fn encode(mut picture: Shrunk) -> Result<Small, ImageError> {
    let mut bytes = Vec::new();
    if picture.transparent {
        let content_type = png::encode(&picture, &mut bytes)?;
        if bytes.len() <= BYTES_MAX {
            return Ok(Small { content_type, bytes });
        }
        picture.flatten();
    }
    for quality in QUALITIES {
        bytes.clear();
        let content_type = jpeg::encode(&picture, quality, &mut bytes)?;
        if bytes.len() <= BYTES_MAX {
            return Ok(Small { content_type, bytes });
        }
    }
    Err(ImageError::TooLarge(BYTES_MAX as u64))
}

/// A picture of another size.
struct Shrunk {
    pixels: RgbaImage,
    transparent: bool,
}

impl Shrunk {
    /// Averages down to twice the size, which needs no buffer of the picture's size, and from there
    /// on with a filter, which looks better.
    fn new(
        picture: &impl GenericImageView<Pixel = Rgba<u8>>,
        transparent: bool,
        width: u32,
        height: u32,
    ) -> Self {
        let half = (picture.width().min(width * 2), picture.height().min(height * 2));
        let weighed = Weighed { picture, transparent };
        let mut pixels = imageops::thumbnail(&weighed, half.0, half.1);
        if half != (width, height) {
            // Not by the generic function: this one is compiled with its crate.
            pixels = DynamicImage::ImageRgba8(pixels)
                .resize_exact(width, height, FilterType::CatmullRom)
                .into_rgba8();
        }
        if transparent {
            for Rgba([red, green, blue, alpha]) in pixels.pixels_mut() {
                for channel in [red, green, blue] {
                    *channel = unweigh(*channel, *alpha);
                }
            }
        }
        Self { pixels, transparent }
    }

    fn flatten(&mut self) {
        self.transparent = false;
        for Rgba([red, green, blue, alpha]) in self.pixels.pixels_mut() {
            let through = BACKGROUND * u32::from(u8::MAX - *alpha);
            for channel in [red, green, blue] {
                *channel = ((u32::from(*channel) * u32::from(*alpha) + through) / 255) as u8;
            }
            *alpha = u8::MAX;
        }
    }
}

impl GenericImageView for Shrunk {
    type Pixel = Rgba<u8>;

    fn dimensions(&self) -> (u32, u32) {
        self.pixels.dimensions()
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgba<u8> {
        *self.pixels.get_pixel(x, y)
    }
}

impl View for Shrunk {
    fn has_transparency(&self) -> bool {
        self.transparent
    }
}

/// A picture of which each pixel counts as much as it covers, so that what can't be seen does not
/// colour the edges of what can.
struct Weighed<'a, V> {
    picture: &'a V,
    transparent: bool,
}

impl<V: GenericImageView<Pixel = Rgba<u8>>> GenericImageView for Weighed<'_, V> {
    type Pixel = Rgba<u8>;

    fn dimensions(&self) -> (u32, u32) {
        self.picture.dimensions()
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgba<u8> {
        let pixel = self.picture.get_pixel(x, y);
        if !self.transparent {
            return pixel;
        }
        let Rgba([red, green, blue, alpha]) = pixel;
        let weigh = |channel: u8| ((u16::from(channel) * u16::from(alpha) + 127) / 255) as u8;
        Rgba([weigh(red), weigh(green), weigh(blue), alpha])
    }
}

fn unweigh(channel: u8, alpha: u8) -> u8 {
    let whole = (u16::from(channel) * 255 + u16::from(alpha) / 2).checked_div(alpha.into());
    whole.map_or(0, |whole| u8::try_from(whole).unwrap_or(u8::MAX))
}
