//! Colours, weights and marks by role. What colour says, a mark or a word says too.
//!
//! A built-in theme is a palette; a person's own theme is a built-in one with some roles changed.
//! Either is brought down to the colours that the terminal shows. Draws nothing itself.

mod contrast;
mod custom;
mod depth;
mod glyphs;
mod palette;
mod role;
mod sample;
mod style;

#[cfg(test)]
mod tests;

use chatter_protocol::UserId;
use ratatui::style::Style;

pub use contrast::{CONTRAST_MIN, Weakness, weaknesses};
pub use custom::CustomTheme;
pub use depth::Depth;
pub use glyphs::Glyphs;
pub use palette::{BUILT_IN, Ground, Palette};
pub use role::{NAME_STYLES, ROLES, Role, Theme};
pub use sample::write_samples;
pub use style::{STYLE_WORDS, parse_style, written_style};

use crate::config::{self, Config};
pub use crate::terminal::Background;

/// The name that lets the terminal's background choose.
pub const AUTO: &str = "auto";

/// What is known of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The colours that it shows.
    pub depth: Depth,
    /// Its background, if it said so.
    pub background: Option<Background>,
    /// Whether it can show marks beyond ASCII.
    pub unicode: bool,
}

impl Facts {
    /// What the environment says. The background is for the terminal itself to tell.
    pub fn from_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            depth: Depth::detect(variable),
            background: None,
            unicode: glyphs::can_show(variable),
        }
    }
}

impl Default for Facts {
    /// A terminal as most are.
    fn default() -> Self {
        Self { depth: Depth::True, background: None, unicode: true }
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self::new(&Config::default(), &Facts::default())
    }
}

impl Theme {
    /// The theme that `config` asks for, on a terminal as `facts` has it. A name that no theme has
    /// counts as `auto`; reading the settings refuses such names.
    pub fn new(config: &Config, facts: &Facts) -> Self {
        let depth = Depth::chosen(config.look.colours, facts.depth);
        let mut theme = Self::named(chosen_name(config, facts), config, depth);
        let is_unicode = match config.look.glyphs {
            config::Glyphs::Auto => facts.unicode,
            config::Glyphs::Unicode => true,
            config::Glyphs::Ascii => false,
        };
        theme.glyphs = if is_unicode { Glyphs::Unicode } else { Glyphs::Ascii };
        theme
    }

    /// The theme `name` in colours of `depth`.
    pub fn named(name: &str, config: &Config, depth: Depth) -> Self {
        match config.themes.iter().find(|custom| custom.name == name) {
            Some(custom) => {
                let mut theme = Palette::named(&custom.base).theme(depth);
                custom.apply(&mut theme, depth);
                theme
            }
            None => Palette::named(name).theme(depth),
        }
    }

    /// The style of somebody's name: always the same for the same person.
    pub fn name_of(&self, user: UserId) -> Style {
        // FNV-1a; its upper bits depend on all of the id.
        let hash = user.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let index = (hash >> 32) as usize % NAME_STYLES;
        // Nobody looks like me.
        match self.names[index].fg == self.my_name.fg {
            true => self.names[(index + 1) % NAME_STYLES],
            false => self.names[index],
        }
    }
}

/// Every name that `look.theme` may have, but `auto`.
pub fn theme_names(config: &Config) -> impl Iterator<Item = &str> {
    let own = config.themes.iter().map(|custom| custom.name.as_str());
    BUILT_IN.iter().map(|palette| palette.name).chain(own)
}

fn chosen_name<'a>(config: &'a Config, facts: &Facts) -> &'a str {
    let look = &config.look;
    match (look.theme.as_str(), facts.background) {
        (AUTO, Some(Background::Dark)) => &look.dark_theme,
        (AUTO, Some(Background::Light)) => &look.light_theme,
        (AUTO, None) => palette::EITHER,
        (name, _) => name,
    }
}
