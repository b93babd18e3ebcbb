//! From pixels to what a terminal takes for them.

use std::sync::Arc;

use image::imageops::{self, FilterType};
use image::{DynamicImage, Rgba, RgbaImage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;
use ratatui_image::errors::Errors;
use ratatui_image::protocol::halfblocks::Halfblocks;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::kitty::Kitty;
use ratatui_image::protocol::sixel::Sixel;
use ratatui_image::sliced::{SignedPosition, SlicedImage, SlicedProtocol};

use super::{Means, Wanted};
use crate::terminal::Protocol;

/// Longest side that is sent where the terminal scales, pixels.
const SENT_SIDE_MAX: u32 = 1600;

/// Rows of pixels that Sixel sends at once; a picture with a part of them would stand in the row
/// below.
const SIXEL_ROWS: u32 = 6;

/// What kitty takes as a cell of a picture.
const PLACEHOLDER: char = '\u{10EEEE}';

/// A half-block takes a cell's colours for two pixels, twelve bytes.
const BLOCK_BYTES: usize = 12;

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
        cells: SlicedProtocol,
    },
    /// Cells alone.
    Blocks(SlicedProtocol),
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

/// Makes a picture ready.
///
/// # Errors
/// If it can't be encoded, as the end of a sentence.
pub(super) fn encode(
    image: DynamicImage,
    wanted: &Wanted,
    means: &Means,
) -> Result<Encoded, &'static str> {
    let encoded = match means.graphics.protocol {
        Protocol::Kitty => kitty(&image, wanted, means),
        Protocol::Sixel => sixel(image, wanted.size, means),
        Protocol::ITerm2 => iterm2(image, wanted.size, means),
        Protocol::Blocks => blocks(image, wanted.size, means).map(Encoded::Blocks),
    };
    encoded.map_err(|_| "it can't be encoded for this terminal")
}

fn kitty(image: &DynamicImage, wanted: &Wanted, means: &Means) -> Result<Encoded, Errors> {
    let (size, is_wrapped) = (wanted.size, means.graphics.is_wrapped);
    let id = id(wanted);
    let image = reduced(image, sent_pixels(size, means));
    let (_, transmission) = placed(Kitty::new(image, size, id, is_wrapped, true)?);
    // Placed into so many cells, however many pixels the terminal gives to one.
    let placement = format!("U=1,c={},r={},", size.width, size.height);
    let transmission = transmission.replacen("U=1,", &placement, 1).into();
    // The cells know the number and the size alone; the pixels need not stay.
    let (cells, _) = placed(Kitty::new(DynamicImage::new_rgba8(1, 1), size, id, is_wrapped, true)?);
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

fn sixel(image: DynamicImage, size: Size, means: &Means) -> Result<Encoded, Errors> {
    let (width, height) = pixels(size, means);
    let height = (height - height % SIXEL_ROWS).max(1);
    let full = opaque(image.resize(width, height, FilterType::Triangle), means);
    let sequence = Sixel::new(full, size, false)?.data;
    Ok(Encoded::Stamp { sequence: kept_in_place(&sequence), cells: blocks(image, size, means)? })
}

fn iterm2(image: DynamicImage, size: Size, means: &Means) -> Result<Encoded, Errors> {
    let sent = reduced(&image, sent_pixels(size, means));
    let in_pixels = format!("width={}px;height={}px", sent.width(), sent.height());
    let in_cells = format!("width={};height={}", size.width, size.height);
    let sequence = Iterm2::new(sent, size, means.graphics.is_wrapped)?.data;
    let sequence = sequence.replacen(&in_pixels, &in_cells, 1);
    let sequence = match means.graphics.is_wrapped {
        // tmux puts the terminal's cursor where ours is for what it draws itself, not for what it
        // passes on; so it first erases these cells.
        true => format!("\x1b[{}X{sequence}\x1b[C", size.width),
        false => kept_in_place(&sequence),
    };
    Ok(Encoded::Stamp { sequence, cells: blocks(image, size, means)? })
}

/// With the cursor in the next column after it, as after any cell.
fn kept_in_place(sequence: &str) -> String {
    format!("\x1b7{sequence}\x1b8\x1b[C")
}

fn blocks(image: DynamicImage, size: Size, means: &Means) -> Result<SlicedProtocol, Errors> {
    // Down to a few pixels for each block first: what comes after looks at every one of them.
    let image = reduced(&image, (u32::from(size.width) * 4, u32::from(size.height) * 8));
    Halfblocks::new(opaque(image, means), size).map(SlicedProtocol::Halfblocks)
}

/// Brought down to `most`, in its shape; never enlarged.
fn reduced(image: &DynamicImage, most: (u32, u32)) -> DynamicImage {
    match image.width() <= most.0 && image.height() <= most.1 {
        true => image.clone(),
        false => image.resize(most.0, most.1, FilterType::Triangle),
    }
}

/// On the ground that shines through where a picture is not opaque.
fn opaque(image: DynamicImage, means: &Means) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let ground = if means.is_light { 255 } else { 0 };
    let ground = Rgba([ground, ground, ground, 255]);
    let mut whole = RgbaImage::from_pixel(image.width(), image.height(), ground);
    imageops::overlay(&mut whole, &image, 0, 0);
    whole.into()
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
        encode(image, &wanted(number), means).expect("encodes")
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
    fn what_is_not_opaque_stands_on_the_terminals_ground() {
        let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(8, 8, Rgba([9, 9, 9, 0])));
        let light = Means { is_light: true, ..means(Protocol::Blocks, false) };
        let Ok(Encoded::Blocks(cells)) = encode(clear, &wanted(1), &light) else { panic!("no") };
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 3));
        let area = buffer.area;
        SlicedImage::new(&cells, SignedPosition::from((0, 0))).render(area, &mut buffer);
        assert_eq!(buffer[(2, 1)].bg, ratatui::style::Color::Rgb(255, 255, 255));
    }
}
