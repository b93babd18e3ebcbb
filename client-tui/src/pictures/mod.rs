//! Pictures on the screen. A frame says where which picture stands ([`PicturePlace`]); the
//! [`Gallery`] puts in those that are finished and has the others made: taken from this device or
//! fetched, decoded and encoded for the terminal by a thread of its own.
//!
//! A picture has its place before it is here, so nothing moves when it comes. Knows nothing of
//! messages.

#[cfg(feature = "images")]
mod cache;
#[cfg(feature = "images")]
mod decode;
#[cfg(feature = "images")]
mod encode;
#[cfg(feature = "images")]
mod finished;
#[cfg(feature = "images")]
mod gallery;
#[cfg(not(feature = "images"))]
#[path = "no_gallery.rs"]
mod gallery;
#[cfg(feature = "images")]
mod making;
#[cfg(feature = "images")]
mod paint;
mod size;
#[cfg(feature = "images")]
mod worker;

use std::path::PathBuf;

use chatter_protocol::MediaId;
use ratatui::layout::{Rect, Size};

pub use gallery::Gallery;
pub use size::{IMAGE_PIXELS_MAX, IMAGE_SIDE_MAX, filling, fitted};

use crate::net::Api;
use crate::terminal::{CellSize, Graphics};

/// Whether this chatter can draw pictures at all.
pub const HAS_PICTURES: bool = cfg!(feature = "images");

/// Which form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rendition {
    /// Small, as it stands in a chat.
    Thumbnail,
    /// As it was sent.
    Whole,
    /// Somebody's face.
    Avatar,
}

/// A picture of a size that is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Which.
    pub media: MediaId,
    /// In which form.
    pub rendition: Rendition,
    /// Columns and rows, at least one of each.
    pub size: Size,
}

/// Where a picture stands in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PicturePlace {
    /// Which.
    pub wanted: Wanted,
    /// The part of it that is in view.
    pub area: Rect,
    /// Rows of it that are out of view above.
    pub skipped: u16,
}

impl PicturePlace {
    /// Whether all of it is in view.
    pub fn is_whole(&self) -> bool {
        self.skipped == 0 && self.area.as_size() == self.wanted.size
    }
}

/// How pictures are made for this terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
    /// In which way they are shown.
    pub graphics: Graphics,
    /// Pixels of a cell.
    pub cell: CellSize,
    /// Whether there are 256 colours rather than 16 million.
    pub is_indexed: bool,
    /// Whether what shines through is light.
    pub is_light: bool,
}

/// Where pictures come from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The server, with the session.
    pub api: Api,
    /// The folder on this device where they are kept; none if there is no place for it.
    pub folder: Option<PathBuf>,
}

/// What a frame had of its pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Painted {
    /// Those that are still to be made, the lowest on the screen first.
    pub missing: Vec<Wanted>,
    /// Whether some are finished, but were too much for one frame.
    pub is_unfinished: bool,
}

/// A picture that could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Which.
    pub media: MediaId,
    /// In which form.
    pub rendition: Rendition,
    /// Why, as the end of a sentence, safe to show.
    pub problem: String,
}
