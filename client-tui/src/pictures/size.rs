//! How many cells a picture takes: known before it is here, and the same ever after.

use chatter_protocol::ImageSize;
use ratatui::layout::Size;

use crate::terminal::CellSize;

/// Pixels of a side that a server makes thumbnails fit into.
const THUMBNAIL_PIXELS: u64 = 640;

/// Longest side that is decoded, pixels.
pub const IMAGE_SIDE_MAX: u32 = 4096;

/// Most pixels that are decoded: 64 MiB of memory for a moment.
pub const IMAGE_PIXELS_MAX: u64 = 16 * 1024 * 1024;

/// Cells of a picture as it stands in a chat: its own size, smaller where that is more than a
/// thumbnail has or than `most` has room for.
pub fn fitted(image: ImageSize, cell: CellSize, most: Size) -> Size {
    let (width, height) = scaled(image, (THUMBNAIL_PIXELS, THUMBNAIL_PIXELS));
    let room = pixels(cell, most);
    match width <= room.0 && height <= room.1 {
        true => cells((width, height), cell, most),
        false => cells(scaled(image, room), cell, most),
    }
}

/// Cells of a picture that is as large as `most` has room for.
pub fn filling(image: ImageSize, cell: CellSize, most: Size) -> Size {
    cells(scaled_to(image, pixels(cell, most)), cell, most)
}

/// The pixels of an image, brought down to what there is room for.
fn scaled(image: ImageSize, room: (u64, u64)) -> (u64, u64) {
    let (width, height) = (u64::from(image.width.max(1)), u64::from(image.height.max(1)));
    match width <= room.0 && height <= room.1 {
        true => (width, height),
        false => scaled_to(image, room),
    }
}

/// The pixels of an image of which one side is as long as there is room for.
fn scaled_to(image: ImageSize, room: (u64, u64)) -> (u64, u64) {
    let (width, height) = (u64::from(image.width.max(1)), u64::from(image.height.max(1)));
    match width * room.1 > height * room.0 {
        true => (room.0, (height * room.0 / width).max(1)),
        false => ((width * room.1 / height).max(1), room.1),
    }
}

fn pixels(cell: CellSize, size: Size) -> (u64, u64) {
    let pixels = |cells: u16, pixels: u16| u64::from(cells.max(1)) * u64::from(pixels.max(1));
    (pixels(size.width, cell.width), pixels(size.height, cell.height))
}

fn cells((width, height): (u64, u64), cell: CellSize, most: Size) -> Size {
    let cells = |pixels: u64, cell: u16, most: u16| {
        let cells = pixels.div_ceil(u64::from(cell.max(1)));
        u16::try_from(cells).unwrap_or(u16::MAX).clamp(1, most.max(1))
    };
    Size::new(cells(width, cell.width, most.width), cells(height, cell.height, most.height))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CELL: CellSize = CellSize { width: 10, height: 20 };

    #[test]
    fn a_picture_keeps_its_shape_and_is_never_enlarged_in_a_chat() {
        let most = Size::new(48, 14);
        for (width, height, columns, rows) in [
            (1280, 720, 48, 14),
            (720, 1280, 16, 14),
            (100, 100, 10, 5),
            (16, 16, 2, 1),
            (1, 1, 1, 1),
            (4000, 10, 48, 1),
            (10, 4000, 1, 14),
            (0, 0, 1, 1),
        ] {
            let size = fitted(ImageSize { width, height }, CELL, most);
            assert_eq!(size, Size::new(columns, rows), "{width}x{height}");
        }
        assert_eq!(filling(ImageSize { width: 16, height: 16 }, CELL, most), Size::new(28, 14));
    }

    proptest! {
        #[test]
        fn any_picture_fits_any_place(
            width in any::<u32>(),
            height in any::<u32>(),
            cell in (any::<u16>(), any::<u16>()),
            most in (any::<u16>(), any::<u16>()),
        ) {
            let cell = CellSize { width: cell.0, height: cell.1 };
            let most = Size::new(most.0, most.1);
            let image = ImageSize { width, height };
            for size in [fitted(image, cell, most), filling(image, cell, most)] {
                prop_assert!(size.width >= 1 && size.width <= most.width.max(1));
                prop_assert!(size.height >= 1 && size.height <= most.height.max(1));
            }
        }
    }
}
