//! From pixels to what a terminal takes for them.

use std::sync::Arc;

use image::{Rgba, RgbaImage, imageops};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Color;
use ratatui::widgets::Widget;
use ratatui_image::errors::Errors;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::kitty::Kitty;
use ratatui_image::protocol::sixel::Sixel;
use ratatui_image::sliced::{SignedPosition, SlicedImage, SlicedProtocol};

use super::{Means, Wanted};
use crate::terminal::Protocol;

/// Longest side that is sent where the terminal scales, pixels.
const SENT_SIDE_MAX: u32 = 1600;

/// Most bytes of a picture that is sent where it stands, where fewer pixels do as well. tmux takes
/// no more than 1 MiB at once.
const STAMP_BYTES_MAX: usize = 240 * 1024;

/// Pixels of a side below which a picture is not brought down any more.
const SIDE_MIN: u32 = 64;

/// Rows of pixels that Sixel sends at once; a picture with a part of them would stand in the row
/// below.
const SIXEL_ROWS: u32 = 6;

/// What kitty takes as a cell of a picture.
const PLACEHOLDER: char = '\u{10EEEE}';

/// Two colours.
const BLOCK_BYTES: usize = size_of::<[Color; 2]>();

/// A picture, ready for the terminal.
pub(super) enum Encoded {
    /// Sent once beside the frames, then referred to by its cells.
    Kitty {
        /// What kitty knows it by: the same picture in the same size is always the same.
        id: u32,
        /// What is sent.
        transmission: Arc<str>,
        /// Its cells.
        cells: SlicedProtocol,
    },
    /// Sent where it stands, each time that it comes to stand there. Only ever as a whole; where a
    /// part of it is in view, blocks do.
    Stamp {
        /// What is sent, in the cell at its top left.
        sequence: String,
        /// What stands for a part of it.
        blocks: Blocks,
    },
    /// Cells alone.
    Blocks(Blocks),
}

impl Encoded {
    /// Memory that it takes.
    pub(super) fn bytes(&self, size: Size) -> usize {
        let cells = usize::from(size.width) * usize::from(size.height) * BLOCK_BYTES;
        match self {
            Self::Kitty { transmission, .. } => transmission.len(),
            Self::Stamp { sequence, .. } => sequence.len() + cells,
            Self::Blocks(_) => cells,
        }
    }
}

/// The picture as half-blocks.
pub(super) struct Blocks {
    columns: u16,
    /// The colours of the upper and the lower half of each cell, by rows.
    colours: Vec<[Color; 2]>,
}

impl Blocks {
    /// The colours of each cell of a row.
    pub(super) fn row(&self, row: u16) -> &[[Color; 2]] {
        let columns = usize::from(self.columns);
        self.colours
            .get(usize::from(row) * columns..)
            .unwrap_or_default()
            .get(..columns)
            .unwrap_or_default()
    }
}

/// Makes a picture ready.
///
/// # Errors
/// If it can't be encoded, as the end of a sentence.
pub(super) fn encode(
    image: &RgbaImage,
    wanted: &Wanted,
    means: &Means,
) -> Result<Encoded, &'static str> {
    let encoded = match means.graphics.protocol {
        Protocol::Kitty => kitty(image, wanted, means),
        Protocol::Sixel => sixel(image, wanted.size, means),
        Protocol::ITerm2 => iterm2(image, wanted.size, means),
        Protocol::Blocks => Ok(Encoded::Blocks(blocks(image, wanted.size, means))),
    };
    encoded.map_err(|_| "it can't be encoded for this terminal")
}

fn kitty(image: &RgbaImage, wanted: &Wanted, means: &Means) -> Result<Encoded, Errors> {
    let (size, is_wrapped) = (wanted.size, means.graphics.is_wrapped);
    let id = id(wanted);
    let image = reduced(image, sent_pixels(size, means));
    let (_, transmission) = placed(Kitty::new(image.into(), size, id, is_wrapped, true)?);
    // Placed into so many cells, however many pixels the terminal gives to one.
    let placement = format!("U=1,c={},r={},", size.width, size.height);
    let transmission = transmission.replacen("U=1,", &placement, 1).into();
    // The cells know the number and the size alone; the pixels need not stay.
    let (cells, _) = placed(Kitty::new(RgbaImage::new(1, 1).into(), size, id, is_wrapped, true)?);
    Ok(Encoded::Kitty { id, transmission, cells })
}

/// The cells of a picture for kitty, and what it would have sent with the first of them.
fn placed(kitty: Kitty) -> (SlicedProtocol, String) {
    let cells = SlicedProtocol::Kitty(kitty);
    let area = Rect::new(0, 0, 1, 1);
    let mut buffer = Buffer::empty(area);
    SlicedImage::new(&cells, SignedPosition::from((0, 0))).render(area, &mut buffer);
    let symbol = buffer[(0, 0)].symbol();
    let transmission = symbol[..symbol.find(PLACEHOLDER).unwrap_or(0)].to_owned();
    (cells, transmission)
}

/// FNV-1a over what it is; its lower three bytes become a colour, none of them nothing.
fn id(wanted: &Wanted) -> u32 {
    let Wanted { media, rendition, size } = wanted;
    let [wide, high] = [size.width.to_be_bytes(), size.height.to_be_bytes()];
    let form = [wide[0], wide[1], high[0], high[1], *rendition as u8];
    media
        .as_bytes()
        .iter()
        .chain(&form)
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
        | 0x0001_0101
}

fn sixel(image: &RgbaImage, size: Size, means: &Means) -> Result<Encoded, Errors> {
    let (width, height) = pixels(size, means);
    // As large as its place: the terminal does not scale it.
    let full = opaque(scaled(image, (width, (height - height % SIXEL_ROWS).max(1))), means);
    let sequence = Sixel::new(full.into(), size, false)?.data;
    Ok(Encoded::Stamp { sequence: kept_in_place(&sequence), blocks: blocks(image, size, means) })
}

fn iterm2(image: &RgbaImage, size: Size, means: &Means) -> Result<Encoded, Errors> {
    let mut pixels = sent_pixels(size, means);
    let sequence = loop {
        let sent = reduced(image, pixels);
        let in_pixels = format!("width={}px;height={}px", sent.width(), sent.height());
        let in_cells = format!("width={};height={}", size.width, size.height);
        let sequence = Iterm2::new(sent.into(), size, means.graphics.is_wrapped)?.data;
        if sequence.len() <= STAMP_BYTES_MAX || pixels.0.min(pixels.1) < SIDE_MIN {
            break sequence.replacen(&in_pixels, &in_cells, 1);
        }
        // The terminal scales it up again.
        pixels = (pixels.0 * 3 / 4, pixels.1 * 3 / 4);
    };
    let sequence = match means.graphics.is_wrapped {
        // tmux puts the terminal's cursor where ours is for what it draws itself, not for what it
        // passes on; so it first erases these cells, the ones of the first row last.
        true => format!("{}{sequence}\x1b[C", erasing(size)),
        false => kept_in_place(&sequence),
    };
    Ok(Encoded::Stamp { sequence, blocks: blocks(image, size, means) })
}

/// Erases the cells of a picture, and ends where it began.
fn erasing(size: Size) -> String {
    let Size { width, height } = size;
    let below = format!("\x1b[B\x1b[{width}X").repeat(usize::from(height.saturating_sub(1)));
    match height {
        0 | 1 => format!("\x1b[{width}X"),
        _ => format!("{below}\x1b[{}A\x1b[{width}X", height - 1),
    }
}

/// With the cursor in the next column after it, as after any cell.
fn kept_in_place(sequence: &str) -> String {
    format!("\x1b7{sequence}\x1b8\x1b[C")
}

fn blocks(image: &RgbaImage, size: Size, means: &Means) -> Blocks {
    let (columns, rows) = (u32::from(size.width), u32::from(size.height));
    let image = opaque(imageops::thumbnail(image, columns, rows * 2), means);
    let colour = |x, y| {
        let [red, green, blue, _] = image.get_pixel(x, y).0;
        match means.is_indexed {
            true => indexed([red, green, blue]),
            false => Color::Rgb(red, green, blue),
        }
    };
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row * 2)));
    let colours = cells.map(|(x, y)| [colour(x, y), colour(x, y + 1)]).collect();
    Blocks { columns: size.width, colours }
}

/// The nearest of the 240 colours that are the same everywhere: of the cube of 6x6x6, or a grey.
fn indexed([red, green, blue]: [u8; 3]) -> Color {
    let spread = red.max(green).max(blue) - red.min(green).min(blue);
    if spread < 10 {
        let grey = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
        return Color::Indexed(match grey {
            0..4 => 16,
            4..246 => 232 + ((grey - 3) / 10).min(23) as u8,
            _ => 231,
        });
    }
    // The levels are 0, 95, 135, 175, 215, 255.
    let level = |value: u8| match value {
        0..48 => 0,
        48..115 => 1,
        _ => (value - 35) / 40,
    };
    Color::Indexed(16 + 36 * level(red) + 6 * level(green) + level(blue))
}

/// Brought down to `most`, in its shape; never enlarged.
fn reduced(image: &RgbaImage, most: (u32, u32)) -> RgbaImage {
    match image.width() <= most.0 && image.height() <= most.1 {
        true => image.clone(),
        false => scaled(image, most),
    }
}

/// As large as fits into `most`, in its shape.
fn scaled(image: &RgbaImage, most: (u32, u32)) -> RgbaImage {
    let (width, height) = (u64::from(image.width().max(1)), u64::from(image.height().max(1)));
    let (most_wide, most_high) = (u64::from(most.0), u64::from(most.1));
    let (width, height) = match width * most_high > height * most_wide {
        true => (most_wide, height * most_wide / width),
        false => (width * most_high / height, most_high),
    };
    let side = |pixels: u64| u32::try_from(pixels).unwrap_or(u32::MAX).max(1);
    imageops::thumbnail(image, side(width), side(height))
}

/// On the ground that shines through where a picture is not opaque.
fn opaque(mut image: RgbaImage, means: &Means) -> RgbaImage {
    let ground: u16 = if means.is_light { 255 } else { 0 };
    for pixel in image.pixels_mut().filter(|pixel| pixel.0[3] < 255) {
        let [.., alpha] = pixel.0.map(u16::from);
        let over = |value: u8| ((u16::from(value) * alpha + ground * (255 - alpha)) / 255) as u8;
        let [red, green, blue, _] = pixel.0;
        *pixel = Rgba([over(red), over(green), over(blue), 255]);
    }
    image
}

fn pixels(size: Size, means: &Means) -> (u32, u32) {
    let pixels = |cells: u16, pixels: u16| (u32::from(cells) * u32::from(pixels)).max(1);
    (pixels(size.width, means.cell.width), pixels(size.height, means.cell.height))
}

fn sent_pixels(size: Size, means: &Means) -> (u32, u32) {
    let (width, height) = pixels(size, means);
    (width.min(SENT_SIDE_MAX), height.min(SENT_SIDE_MAX))
}

#[cfg(test)]
pub(super) mod tests {
    use chatter_protocol::MediaId;

    use super::*;
    use crate::pictures::Rendition;
    use crate::pictures::decode::{decode, tests::png};
    use crate::terminal::{CellSize, Graphics};

    pub(in crate::pictures) const SIZE: Size = Size::new(6, 3);

    pub(in crate::pictures) fn means(protocol: Protocol, is_wrapped: bool) -> Means {
        Means {
            graphics: Graphics { protocol, is_wrapped },
            cell: CellSize::default(),
            is_indexed: false,
            is_light: false,
        }
    }

    pub(in crate::pictures) fn wanted(number: u8) -> Wanted {
        let media = MediaId::from_bytes([number; 16]);
        Wanted { media, rendition: Rendition::Thumbnail, size: SIZE }
    }

    pub(in crate::pictures) fn encoded(number: u8, means: &Means) -> Encoded {
        let image = decode(&png(60, 60), Rendition::Thumbnail).expect("a picture");
        encode(&image, &wanted(number), means).expect("encodes")
    }

    #[test]
    fn kitty_gets_a_picture_with_its_cells_and_refers_to_it_without_pixels() {
        let Encoded::Kitty { id, transmission, cells } = encoded(1, &means(Protocol::Kitty, false))
        else {
            panic!("not kitty's")
        };
        assert!(transmission.starts_with("\x1b_Gq=2,"), "{transmission}");
        assert!(transmission.contains(&format!("i={id},a=T,U=1,c=6,r=3,f=32,o=z")));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 3));
        let area = buffer.area;
        SlicedImage::new(&cells, SignedPosition::from((0, -1))).render(area, &mut buffer);
        assert!(buffer[(0, 0)].symbol().starts_with(PLACEHOLDER));
        // The second row of the picture.
        assert!(buffer[(0, 0)].symbol().contains("\u{10EEEE}\u{30D}\u{305}"));
        assert_eq!(super::id(&wanted(1)), id);
        assert_ne!(super::id(&wanted(2)), id);
        let larger = Wanted { size: Size::new(7, 3), ..wanted(1) };
        assert_ne!(super::id(&larger), id);
    }

    #[test]
    fn each_protocol_has_its_sequence_and_tmux_a_wrapped_one() {
        for (protocol, is_wrapped, start) in [
            (Protocol::Sixel, false, "\x1bP"),
            (Protocol::ITerm2, false, "\x1b]1337;File=inline=1;size="),
            (Protocol::ITerm2, true, "\x1bPtmux;\x1b\x1b[6X"),
        ] {
            let Encoded::Stamp { sequence, .. } = encoded(1, &means(protocol, is_wrapped)) else {
                panic!("{protocol:?}")
            };
            assert!(sequence.contains(start), "{sequence}");
            assert!(sequence.ends_with("\x1b[C"));
            assert!(protocol != Protocol::ITerm2 || sequence.contains("width=6;height=3;"));
        }
        let Encoded::Kitty { transmission, .. } = encoded(1, &means(Protocol::Kitty, true)) else {
            panic!("not kitty's")
        };
        assert!(transmission.starts_with("\x1bPtmux;\x1b\x1b_G"));
    }

    #[test]
    fn a_picture_that_is_sent_at_once_is_brought_down_to_what_may_be() {
        let noise = |x: u32, y: u32| (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)) as u8;
        let image = RgbaImage::from_fn(640, 640, |x, y| {
            Rgba([noise(x, y), noise(y, x), noise(x + y, x), 255])
        });
        let large = Wanted { size: Size::new(64, 32), ..wanted(1) };
        let means = means(Protocol::ITerm2, true);
        let Ok(Encoded::Stamp { sequence, .. }) = encode(&image, &large, &means) else {
            panic!("not iTerm2's")
        };
        assert!(sequence.len() < STAMP_BYTES_MAX + 4096, "{}", sequence.len());
        assert!(sequence.contains("width=64;height=32"));
    }

    #[test]
    fn what_is_not_opaque_stands_on_the_terminals_ground() {
        let clear = RgbaImage::from_pixel(8, 8, Rgba([9, 9, 9, 0]));
        let light = Means { is_light: true, ..means(Protocol::Blocks, false) };
        let blocks = blocks(&clear, SIZE, &light);
        assert_eq!(blocks.row(2), [[Color::Rgb(255, 255, 255); 2]; 6]);
        assert_eq!(blocks.row(3), [[Color::Reset; 2]; 0]);
    }

    #[test]
    fn colours_become_their_neighbours_among_256() {
        for (colour, index) in [
            ([0, 0, 0], 16),
            ([255, 255, 255], 231),
            ([128, 128, 128], 244),
            ([255, 0, 0], 196),
            ([95, 135, 175], 67),
            ([250, 130, 10], 208),
        ] {
            assert_eq!(indexed(colour), Color::Indexed(index), "{colour:?}");
        }
    }
}
