//! What the state knows of pictures: whether and how large they are drawn, which could not be, and
//! the one on the whole screen. Has no pixels.

use std::collections::HashMap;

use chatter_protocol::{Attachment, MediaId};
use ratatui::layout::Size;

use crate::pictures::{Failed, IMAGE_PIXELS_MAX, IMAGE_SIDE_MAX, Rendition, filling, fitted};
use crate::terminal::CellSize;

/// Pictures that are remembered as failed; of more, all are tried again.
const FAILED_MAX: usize = 1_000;

/// Most of the messages' pane that a picture in it takes, in hundredths of its columns.
const COLUMNS_PER_CENT: usize = 60;

/// The same of the rows of the screen that are there for messages.
const ROWS_PER_CENT: u16 = 40;

/// Rows of the screen that are not for messages while one writes a single line. What is written may
/// take more; pictures do not shrink for it.
const OTHER_ROWS: u16 = 5;

/// Whether and how pictures are drawn.
#[derive(Clone, Debug, Default)]
pub struct Pictures {
    /// Whether the terminal can show them and settings let it.
    pub can_draw: bool,
    /// Turned off for now.
    pub are_off: bool,
    /// Pixels of a cell.
    pub cell: CellSize,
    /// Those that could not be had, and why, as the end of a sentence.
    pub failed: HashMap<(MediaId, Rendition), String>,
}

impl Pictures {
    /// Whether pictures are drawn, rather than words in their place.
    pub fn are_drawn(&self) -> bool {
        self.can_draw && !self.are_off
    }

    /// Notes that a picture can't be had.
    pub fn fail(&mut self, failed: Failed) {
        if self.failed.len() >= FAILED_MAX {
            self.failed.clear();
        }
        self.failed.insert((failed.media, failed.rendition), failed.problem);
    }

    /// Why a picture can't be had.
    pub fn problem(&self, media: MediaId, rendition: Rendition) -> Option<&str> {
        self.failed.get(&(media, rendition)).map(String::as_str)
    }
}

/// The room that there is for a picture in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureRoom {
    cell: CellSize,
    most: Size,
}

impl PictureRoom {
    /// In a pane of `columns` of text, on a screen of so many rows.
    pub fn new(cell: CellSize, columns: usize, screen_rows: u16) -> Self {
        let columns = u16::try_from(columns * COLUMNS_PER_CENT / 100).unwrap_or(u16::MAX);
        let rows = screen_rows.saturating_sub(OTHER_ROWS);
        let rows = u16::try_from(u32::from(rows) * u32::from(ROWS_PER_CENT) / 100).unwrap_or(1);
        Self { cell, most: Size::new(columns.max(1), rows.max(1)) }
    }

    /// Columns and rows of an attachment's picture, if it is one.
    pub fn size(&self, attachment: &Attachment) -> Option<Size> {
        attachment.image.map(|image| fitted(image, self.cell, self.most))
    }
}

/// A picture in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureAt {
    /// The message's number.
    pub number: u64,
    /// Which of its attachments.
    pub attachment: usize,
}

/// A picture on the whole screen, and those before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The pictures of the chat that were here when it was opened, never none.
    pub pictures: Vec<PictureAt>,
    /// Which of them shows.
    pub at: usize,
}

impl Viewer {
    /// The one that shows.
    pub fn shown(&self) -> Option<PictureAt> {
        self.pictures.get(self.at).copied()
    }

    /// In which form a picture is shown: whole, unless it moves or is too large for that.
    pub fn rendition(attachment: &Attachment) -> Rendition {
        let is_still = matches!(attachment.content_type.as_str(), "image/png" | "image/jpeg");
        let fits = attachment.image.is_some_and(|image| {
            image.width.max(image.height) <= IMAGE_SIDE_MAX
                && u64::from(image.width) * u64::from(image.height) <= IMAGE_PIXELS_MAX
        });
        if is_still && fits { Rendition::Whole } else { Rendition::Thumbnail }
    }

    /// Columns and rows of a picture where there is room for `most`.
    pub fn size(attachment: &Attachment, cell: CellSize, most: Size) -> Option<Size> {
        attachment.image.map(|image| filling(image, cell, most))
    }
}

/// Columns and rows of a square face where there is room for `most`.
pub fn face_size(cell: CellSize, most: Size) -> Size {
    filling(chatter_protocol::ImageSize { width: 1, height: 1 }, cell, most)
}

#[cfg(test)]
mod tests {
    use chatter_protocol::ImageSize;

    use super::*;
    use crate::state::fixture::{attached_file, attached_picture};

    #[test]
    fn a_picture_takes_part_of_the_pane_whatever_is_being_written() {
        let room = PictureRoom::new(CellSize::default(), 80, 40);
        let size = |width, height| {
            let picture = attached_picture(1, "x.png", width, height);
            room.size(&picture).expect("a picture")
        };
        assert_eq!(size(4000, 4000), Size::new(28, 14));
        assert_eq!(size(4000, 10), Size::new(48, 1));
        assert_eq!(room.size(&attached_file(1, "x")), None);
        let tiny = PictureRoom::new(CellSize::default(), 1, 1);
        assert_eq!(tiny.most, Size::new(1, 1));
    }

    #[test]
    fn a_picture_that_moves_or_is_huge_is_viewed_small() {
        let mut picture = attached_picture(1, "x.png", 4000, 4000);
        assert_eq!(Viewer::rendition(&picture), Rendition::Whole);
        picture.image = Some(ImageSize { width: 4097, height: 1 });
        assert_eq!(Viewer::rendition(&picture), Rendition::Thumbnail);
        let gif =
            Attachment { content_type: "image/gif".into(), ..attached_picture(1, "x.gif", 10, 10) };
        assert_eq!(Viewer::rendition(&gif), Rendition::Thumbnail);
    }
}
