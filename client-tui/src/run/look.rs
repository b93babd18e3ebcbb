//! The theme in force, and what stands where on the screen.

use crossterm::event::{MouseButton, MouseEventKind};
use ratatui::layout::Position;

use crate::config::Look;
use crate::state::{Event, MouseEvent, MouseKind, State};
use crate::theme::{Depth, Facts, Glyphs, Theme};
use crate::view::Places;

/// The theme in force, and what stands where in the frame that was drawn with it.
pub struct Looks {
    facts: Facts,
    pub(super) theme: Theme,
    made_of: Option<(Look, Facts)>,
    pub(super) places: Places,
}

impl Looks {
    /// For a terminal of which this much is known.
    pub fn new(facts: Facts) -> Self {
        Self { facts, theme: Theme::default(), made_of: None, places: Places::default() }
    }

    /// Makes the theme anew if what it is made of has changed.
    pub(super) fn follow(&mut self, state: &State) {
        let probed = state.probed.as_ref();
        let is_wide = probed.and_then(|probed| probed.widths).is_some_and(|w| w.ambiguous > 1);
        let background = probed.and_then(|probed| probed.background);
        // Marks that take two columns would move everything behind them.
        let facts = Facts { background, unicode: self.facts.unicode && !is_wide, ..self.facts };
        let made_of = Some((state.config.look.clone(), facts));
        if self.made_of != made_of {
            self.theme = Theme::new(&state.config, &facts);
            self.made_of = made_of;
        }
    }

    /// The colours that there are.
    pub(super) fn depth(&self, state: &State) -> Depth {
        Depth::chosen(state.config.look.colours, self.facts.depth)
    }

    /// Whether marks beyond ASCII are drawn.
    pub(super) fn is_unicode(&self) -> bool {
        self.theme.glyphs == Glyphs::Unicode
    }

    pub(super) fn mouse_event(&self, mouse: crossterm::event::MouseEvent) -> Option<Event> {
        let kind = match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
            MouseEventKind::Drag(MouseButton::Left) => MouseKind::Drag,
            MouseEventKind::Up(MouseButton::Left) => MouseKind::Release,
            MouseEventKind::ScrollUp => MouseKind::WheelUp,
            MouseEventKind::ScrollDown => MouseKind::WheelDown,
            _ => return None,
        };
        let at = Position::new(mouse.column, mouse.row);
        Some(Event::Mouse(MouseEvent { kind, at, target: self.places.target(at) }))
    }
}
