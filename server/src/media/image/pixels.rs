//! A decoded picture, read upright whichever way it lies in memory.

use chatter_protocol::ImageSize;
use image::metadata::Orientation;
use image::{GenericImageView, Rgba};

use super::ImageError;

/// A picture that can be written anew.
pub(super) trait View: GenericImageView<Pixel = Rgba<u8>> {
    /// Whether anything shines through any of its pixels.
    fn has_transparency(&self) -> bool;

    /// Whether all of its pixels are grey, for a fact.
    fn is_grey(&self) -> bool {
        false
    }
}

/// The pixels of a picture, a byte for each channel, as the decoder left them. They are turned while
/// they are read: a second buffer would take as much memory again.
pub(super) struct Pixels {
    samples: Vec<u8>,
    /// 1 to 4: grey, grey and alpha, RGB, RGBA.
    channels: usize,
    width: u32,
    height: u32,
    /// Where the upper left pixel is, and how far it is to the next one, across and down.
    origin: isize,
    across: isize,
    down: isize,
    transparent: bool,
}

impl Pixels {
    /// Takes what a decoder wrote: rows of `width` pixels.
    pub(super) fn new(
        samples: Vec<u8>,
        channels: usize,
        (width, height): (u32, u32),
        orientation: Orientation,
    ) -> Result<Self, ImageError> {
        let pixels = width as usize * height as usize;
        if !(1..=4).contains(&channels) || samples.len() != pixels * channels || pixels == 0 {
            return Err(ImageError::Broken);
        }
        let transparent = channels.is_multiple_of(2)
            && samples.chunks_exact(channels).any(|pixel| pixel[channels - 1] != u8::MAX);
        let mut picture = Self {
            samples,
            channels,
            width,
            height,
            origin: 0,
            across: 1,
            down: width as isize,
            transparent,
        };
        picture.turn(orientation);
        Ok(picture)
    }

    pub(super) fn size(&self) -> ImageSize {
        ImageSize { width: self.width, height: self.height }
    }

    /// Exif 2.32, 4.6.4.A: which side of the picture the first row and column are.
    fn turn(&mut self, orientation: Orientation) {
        use Orientation as O;
        let (right, bottom) = (self.width as isize - 1, (self.height as isize - 1) * self.down);
        if matches!(
            orientation,
            O::FlipHorizontal | O::Rotate180 | O::Rotate270 | O::Rotate270FlipH
        ) {
            self.origin += right * self.across;
            self.across = -self.across;
        }
        if matches!(orientation, O::FlipVertical | O::Rotate180 | O::Rotate90 | O::Rotate270FlipH) {
            self.origin += bottom;
            self.down = -self.down;
        }
        if matches!(orientation, O::Rotate90 | O::Rotate270 | O::Rotate90FlipH | O::Rotate270FlipH)
        {
            std::mem::swap(&mut self.across, &mut self.down);
            std::mem::swap(&mut self.width, &mut self.height);
        }
    }
}

impl GenericImageView for Pixels {
    type Pixel = Rgba<u8>;

    fn dimensions(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgba<u8> {
        let index = self.origin + x as isize * self.across + y as isize * self.down;
        let start = index as usize * self.channels;
        Rgba(match self.samples[start..start + self.channels] {
            [grey] => [grey, grey, grey, u8::MAX],
            [grey, alpha] => [grey, grey, grey, alpha],
            [red, green, blue] => [red, green, blue, u8::MAX],
            [red, green, blue, alpha] => [red, green, blue, alpha],
            // `new` lets nothing else in.
            _ => [0; 4],
        })
    }
}

impl View for Pixels {
    fn has_transparency(&self) -> bool {
        self.transparent
    }

    fn is_grey(&self) -> bool {
        self.channels < 3
    }
}
