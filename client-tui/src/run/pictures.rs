//! Pictures in the loop: how they are shown here, and having the missing ones made.

use std::io;

use super::Client;
use crate::pictures::{HAS_PICTURES, Means, Painted};
use crate::state::Event;
use crate::theme::Background;

impl Client<'_> {
    /// Tells state and gallery how pictures are shown, if that has changed.
    pub(super) fn follow_pictures(&mut self) -> io::Result<()> {
        let depth = self.look.depth(self.state);
        let probed = self.state.probed.as_ref();
        let choice = self.desk.graphics(probed, depth, self.look.is_unicode());
        let graphics = choice.graphics.filter(|_| HAS_PICTURES);
        let asked = probed.and_then(|probed| probed.cell);
        let cell = self.screen.cell_size().or(asked).unwrap_or_default();
        let is_light = probed.and_then(|probed| probed.background) == Some(Background::Light);
        let is_indexed = depth == crate::theme::Depth::Indexed;
        self.gallery.follow(graphics.map(|graphics| Means {
            graphics,
            cell,
            is_indexed,
            is_light,
        }));
        let can_draw = graphics.is_some();
        let known = &self.state.pictures;
        if (known.can_draw, known.cell) != (can_draw, cell) {
            self.apply(Event::Pictures { can_draw, cell })?;
            self.settle()?;
        }
        Ok(())
    }

    /// Has the pictures made that the frame lacks, and sends what is sent apart from frames.
    /// Whether nothing of it is left for the next frame.
    pub(super) fn go_on_with_pictures(&mut self, painted: &Painted) -> io::Result<bool> {
        // What is made before tmux has said what it passes on may be for nothing.
        let source = match painted.missing.is_empty() || self.desk.is_asking() {
            true => None,
            false => self.effects.pictures_source(),
        };
        self.gallery.make(&painted.missing, source.as_ref());
        let transmission = self.gallery.transmission();
        if let Some(transmission) = &transmission {
            self.screen.write(transmission)?;
        }
        Ok(transmission.is_none() && !painted.is_unfinished)
    }
}
