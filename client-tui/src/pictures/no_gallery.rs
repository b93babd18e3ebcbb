//! What stands for the gallery in a chatter that is built without pictures: nothing is ever drawn.

use ratatui::buffer::Buffer;

use super::{Failed, Means, Painted, PicturePlace, Source, Wanted};

/// Empty for ever.
#[derive(Default)]
pub struct Gallery(());

impl Gallery {
    /// Makes no difference.
    pub fn follow(&mut self, _means: Option<Means>) {}

    /// Leaves the frame as it is.
    pub fn paint(&mut self, _places: &[PicturePlace], _buffer: &mut Buffer) -> Painted {
        Painted::default()
    }

    /// Makes none.
    pub fn make(&mut self, _wanted: &[Wanted], _source: Option<&Source>) {}

    /// Nothing to send.
    pub fn transmission(&mut self) -> Option<String> {
        None
    }

    /// Never.
    pub async fn next(&mut self) -> Option<Failed> {
        std::future::pending().await
    }

    /// Nothing was sent.
    pub fn forget_sent(&mut self) {}

    /// Nothing to take back.
    pub fn leave(&mut self) -> String {
        String::new()
    }
}
