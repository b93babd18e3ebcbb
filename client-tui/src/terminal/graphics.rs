//! How a terminal shows pictures, and why so.
//!
//! Decided by what the terminal says, what it is, and what lies between; asks nobody itself.

use serde::{Deserialize, Serialize};

use super::{Capabilities, Emulator, Multiplexer, Probed, TmuxFacts};
use crate::config::Pictures;
use crate::theme::Depth;

/// A way to show pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Kitty's, with placeholders: the picture is text, so it scrolls and is covered like text
    /// (<https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders>).
    Kitty,
    /// Sixel, as the VT340 had it.
    Sixel,
    /// iTerm2's (<https://iterm2.com/documentation-images.html>).
    ITerm2,
    /// Half of a cell for each pixel, everywhere where there are colours.
    Blocks,
}

impl Protocol {
    /// The name that people know it by.
    pub fn title(self) -> &'static str {
        match self {
            Self::Kitty => "kitty's protocol",
            Self::Sixel => "Sixel",
            Self::ITerm2 => "iTerm2's protocol",
            Self::Blocks => "half-blocks",
        }
    }
}

/// How pictures are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Graphics {
    /// In which way.
    pub protocol: Protocol,
    /// Whether sequences are wrapped, so that tmux passes them on.
    pub is_wrapped: bool,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// How pictures are shown; none when words stand for them.
    pub graphics: Option<Graphics>,
    /// Why, as the end of a sentence.
    pub reason: &'static str,
}

/// Pixels of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CellSize {
    /// Across, at least 1.
    pub width: u16,
    /// Down, at least 1.
    pub height: u16,
}

impl CellSize {
    /// Of `width` by `height` pixels, if a cell can be of that size.
    pub fn new(width: u16, height: u16) -> Option<Self> {
        let is_likely = |pixels: u16| (2..=200).contains(&pixels);
        (is_likely(width) && is_likely(height)).then_some(Self { width, height })
    }
}

impl Default for CellSize {
    /// As the VT340 had them; terminals with Sixel keep to it where they don't say otherwise.
    fn default() -> Self {
        Self { width: 10, height: 20 }
    }
}

/// What the choice depends on.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// What is set.
    pub wanted: Pictures,
    /// How many colours there are.
    pub depth: Depth,
    /// Whether marks beyond ASCII are drawn.
    pub is_unicode: bool,
    /// What the environment tells.
    pub capabilities: &'a Capabilities,
    /// What the terminal answered.
    pub probed: Option<&'a Probed>,
    /// What tmux says of itself, where it was asked.
    pub tmux: Option<&'a TmuxFacts>,
}

impl Surroundings<'_> {
    /// The best way to show pictures here.
    pub fn choose(&self) -> Choice {
        match self.wanted {
            Pictures::Off => return Choice { graphics: None, reason: "as set" },
            _ if !self.is_unicode => {
                return Choice { graphics: None, reason: "lines and marks are drawn in ASCII" };
            }
            _ => {}
        }
        let (protocol, reason) = match self.wanted {
            Pictures::Kitty => (Protocol::Kitty, "as set"),
            Pictures::Sixel => (Protocol::Sixel, "as set"),
            Pictures::Iterm2 => (Protocol::ITerm2, "as set"),
            Pictures::Blocks => (Protocol::Blocks, "as set"),
            Pictures::Auto | Pictures::Off => self.best(),
        };
        let needs_wrapping = matches!(protocol, Protocol::Kitty | Protocol::ITerm2);
        match self.multiplexer() {
            Some(Multiplexer::Tmux) if needs_wrapping && !self.passes() => {
                self.blocks("tmux passes no pictures on")
            }
            Some(Multiplexer::Tmux) if needs_wrapping => {
                Choice { graphics: Some(Graphics { protocol, is_wrapped: true }), reason }
            }
            _ if protocol == Protocol::Blocks => self.blocks(reason),
            _ => Choice { graphics: Some(Graphics { protocol, is_wrapped: false }), reason },
        }
    }

    fn best(&self) -> (Protocol, &'static str) {
        let answered = |has: fn(&Probed) -> bool| self.probed.is_some_and(has);
        let by_name = match self.multiplexer() {
            None => self.of_terminal(self.capabilities.emulator),
            Some(Multiplexer::Tmux) if self.passes() => {
                self.of_terminal(self.tmux.map_or(Emulator::Unknown, TmuxFacts::emulator))
            }
            Some(_) => None,
        };
        match (by_name, self.multiplexer()) {
            (Some(protocol), Some(_)) => (protocol, "the terminal behind tmux knows it"),
            (Some(protocol), None) => (protocol, "the terminal knows it"),
            (None, _) if answered(|probed| probed.sixel) => (Protocol::Sixel, "it says so"),
            (None, Some(Multiplexer::Tmux)) if !self.passes() => {
                (Protocol::Blocks, "tmux passes no pictures on")
            }
            (None, _) => (Protocol::Blocks, "no better way is known here"),
        }
    }

    /// What a terminal is known to do well. Others answer to kitty's question, too, but have no
    /// placeholders; without them a picture would stay where text has scrolled on.
    fn of_terminal(&self, emulator: Emulator) -> Option<Protocol> {
        let is_asked = self.multiplexer().is_none();
        match emulator {
            Emulator::Kitty | Emulator::Ghostty => {
                let has = self.probed.is_none_or(|probed| probed.kitty_graphics || !is_asked);
                has.then_some(Protocol::Kitty)
            }
            Emulator::ITerm2
            | Emulator::WezTerm
            | Emulator::Konsole
            | Emulator::Mintty
            | Emulator::Rio => Some(Protocol::ITerm2),
            _ => None,
        }
    }

    fn blocks(&self, reason: &'static str) -> Choice {
        match self.depth {
            Depth::True | Depth::Indexed => {
                let graphics = Graphics { protocol: Protocol::Blocks, is_wrapped: false };
                Choice { graphics: Some(graphics), reason }
            }
            Depth::Sixteen | Depth::None => {
                Choice { graphics: None, reason: "there are too few colours" }
            }
        }
    }

    fn multiplexer(&self) -> Option<Multiplexer> {
        self.capabilities.multiplexer
    }

    fn passes(&self) -> bool {
        self.tmux.is_some_and(TmuxFacts::passes_through)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(name: &str, multiplexer: Option<Multiplexer>) -> Capabilities {
        let emulator = Emulator::named(name);
        Capabilities { emulator, multiplexer, ..Capabilities::detect(|_| None) }
    }

    fn chosen(name: &str, probed: Probed) -> Option<Protocol> {
        let capabilities = terminal(name, None);
        let surroundings = Surroundings {
            wanted: Pictures::Auto,
            depth: Depth::True,
            is_unicode: true,
            capabilities: &capabilities,
            probed: Some(&probed),
            tmux: None,
        };
        surroundings.choose().graphics.map(|graphics| graphics.protocol)
    }

    #[test]
    fn each_terminal_gets_what_it_shows_well() {
        let kitty = Probed { kitty_graphics: true, ..Probed::default() };
        let sixel = Probed { sixel: true, ..Probed::default() };
        let both = Probed { sixel: true, ..kitty.clone() };
        let nothing = Probed::default();
        for (name, probed, protocol) in [
            ("kitty(0.32)", &kitty, Protocol::Kitty),
            ("ghostty 1.0", &kitty, Protocol::Kitty),
            ("kitty(0.12)", &nothing, Protocol::Blocks),
            ("WezTerm 2024", &both, Protocol::ITerm2),
            ("Konsole 23", &both, Protocol::ITerm2),
            ("mintty 3.6", &sixel, Protocol::ITerm2),
            ("iTerm2 3.5", &sixel, Protocol::ITerm2),
            ("foot(1.16)", &sixel, Protocol::Sixel),
            ("XTerm(380)", &nothing, Protocol::Blocks),
            ("something else", &both, Protocol::Sixel),
            ("something else", &kitty, Protocol::Blocks),
        ] {
            assert_eq!(chosen(name, probed.clone()), Some(protocol), "{name} {probed:?}");
        }
    }

    #[test]
    fn through_tmux_goes_what_tmux_lets_through() {
        let capabilities = terminal("", Some(Multiplexer::Tmux));
        let facts = |client: &str, passes: &str| TmuxFacts {
            version: "3.4".to_owned(),
            client_type: client.to_owned(),
            allow_passthrough: passes.to_owned(),
            ..TmuxFacts::default()
        };
        let chosen = |wanted, tmux: &TmuxFacts, sixel| {
            let probed = Probed { sixel, ..Probed::default() };
            let surroundings = Surroundings {
                wanted,
                depth: Depth::True,
                is_unicode: true,
                capabilities: &capabilities,
                probed: Some(&probed),
                tmux: Some(tmux),
            };
            let graphics = surroundings.choose().graphics.expect("pictures");
            (graphics.protocol, graphics.is_wrapped)
        };
        let auto = Pictures::Auto;
        let (kitty, closed) = (facts("kitty(0.32)", "on"), facts("kitty(0.32)", "off"));
        assert_eq!(chosen(auto, &kitty, false), (Protocol::Kitty, true));
        assert_eq!(chosen(auto, &facts("WezTerm 1", "all"), true), (Protocol::ITerm2, true));
        assert_eq!(chosen(auto, &facts("foot(1.16)", "on"), true), (Protocol::Sixel, false));
        assert_eq!(chosen(auto, &closed, true), (Protocol::Sixel, false));
        assert_eq!(chosen(auto, &closed, false), (Protocol::Blocks, false));
        assert_eq!(chosen(Pictures::Kitty, &closed, false), (Protocol::Blocks, false));
    }

    #[test]
    fn words_stand_for_pictures_where_they_could_not_be_made_out() {
        let capabilities = terminal("kitty", None);
        let kitty = Probed { kitty_graphics: true, ..Probed::default() };
        let chosen = |wanted, depth, is_unicode| {
            let probed = Some(&kitty);
            let capabilities = &capabilities;
            let tmux = None;
            Surroundings { wanted, depth, is_unicode, capabilities, probed, tmux }.choose()
        };
        let protocol = |choice: Choice| choice.graphics.map(|graphics| graphics.protocol);
        assert_eq!(protocol(chosen(Pictures::Off, Depth::True, true)), None);
        assert_eq!(protocol(chosen(Pictures::Auto, Depth::True, false)), None);
        assert_eq!(protocol(chosen(Pictures::Blocks, Depth::Sixteen, true)), None);
        assert_eq!(
            protocol(chosen(Pictures::Blocks, Depth::Indexed, true)),
            Some(Protocol::Blocks)
        );
        assert_eq!(protocol(chosen(Pictures::Auto, Depth::None, true)), Some(Protocol::Kitty));
    }

    #[test]
    fn a_cell_of_an_absurd_size_is_none() {
        assert_eq!(CellSize::new(9, 18), Some(CellSize { width: 9, height: 18 }));
        assert_eq!((CellSize::new(0, 20), CellSize::new(10, 4000)), (None, None));
    }
}
