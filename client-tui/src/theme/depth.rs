//! How many colours a terminal shows, and the nearest of those to a colour.

use ratatui::style::{Color, Modifier, Style};

use super::contrast::{luminance, ratio};
use crate::config::Colours;

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: weights and reverse only.
    None,
    /// Its own 16.
    Sixteen,
    /// 256, of which 240 are the same everywhere.
    Indexed,
    /// 16 million.
    True,
}

/// Terminals that show 16 million colours and don't always say so, by how `TERM` begins.
const TRUE_TERMS: [&str; 7] =
    ["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour", "rio"];

/// How much brightness counts against hue when a colour is replaced: what can be read must stay so.
const BRIGHTNESS_WEIGHT: f64 = 4_000.0;

impl Depth {
    /// What `NO_COLOR` (no-color.org), `COLORTERM` and `TERM` say.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        if variable("NO_COLOR").is_some() || term == "dumb" {
            return Self::None;
        }
        // GNU screen passes COLORTERM on and does not know such colours.
        let is_screen =
            variable("STY").is_some() || (term.starts_with("screen") && variable("TMUX").is_none());
        let says_true = variable("COLORTERM")
            .is_some_and(|value| matches!(value.as_str(), "truecolor" | "24bit"));
        let is_true = says_true
            || term.ends_with("-direct")
            || TRUE_TERMS.iter().any(|known| term.starts_with(known));
        let is_indexed = term.contains("256color") || term.starts_with("tmux");
        match (is_true, is_indexed, is_screen) {
            (true, _, false) => Self::True,
            (true, _, true) | (_, true, _) => Self::Indexed,
            (false, false, _) => Self::Sixteen,
        }
    }

    /// What a person chose, else what was found.
    pub fn chosen(colours: Colours, found: Self) -> Self {
        match colours {
            Colours::Auto => found,
            Colours::True => Self::True,
            Colours::Indexed => Self::Indexed,
            Colours::Sixteen => Self::Sixteen,
            Colours::None => Self::None,
        }
    }

    /// `style` in colours that this many can show.
    pub(super) fn degraded(self, style: Style) -> Style {
        let colour = |colour: Option<Color>| colour.map(|colour| self.nearest(colour));
        match self {
            // What only a background told is told by reverse.
            Self::None => {
                let lost = style.bg.is_some_and(|bg| bg != Color::Reset);
                let reverse = if lost { Modifier::REVERSED } else { Modifier::empty() };
                Style { fg: None, bg: None, underline_color: None, ..style }.add_modifier(reverse)
            }
            _ => Style { fg: colour(style.fg), bg: colour(style.bg), ..style },
        }
    }

    fn nearest(self, colour: Color) -> Color {
        let Some(rgb) = rgb(colour) else { return colour };
        match self {
            Self::Indexed => Color::Indexed(nearest_index(rgb, 16..=255)),
            Self::Sixteen => ANSI[usize::from(nearest_index(rgb, 0..=15))],
            Self::True | Self::None => colour,
        }
    }
}

/// The terminal's own colours in the order of their numbers.
const ANSI: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// What is seen of a colour, if that does not depend on the terminal.
pub(super) fn rgb(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(index @ 16..) => Some(indexed(index)),
        _ => None,
    }
}

/// The colours of xterm's table; the first 16 as they usually are.
fn indexed(index: u8) -> [u8; 3] {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        0..=15 => {
            let level = |bit: u8| match (index & bit != 0, index > 7) {
                (true, true) => 255,
                (true, false) => 192,
                (false, _) => 0,
            };
            match index {
                7 => [192; 3],
                8 => [128; 3],
                _ => [level(1), level(2), level(4)],
            }
        }
        16..=231 => {
            let cube = usize::from(index - 16);
            [LEVELS[cube / 36], LEVELS[cube / 6 % 6], LEVELS[cube % 6]]
        }
        232.. => [8 + 10 * (index - 232); 3],
    }
}

fn nearest_index(wanted: [u8; 3], among: std::ops::RangeInclusive<u8>) -> u8 {
    let first = *among.start();
    let distance = |index: &u8| distance(wanted, indexed(*index));
    among.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(first)
}

fn distance(a: [u8; 3], b: [u8; 3]) -> f64 {
    let hue: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(b)).powi(2)).sum();
    hue.sqrt() + BRIGHTNESS_WEIGHT * (ratio(luminance(a), luminance(b)) - 1.0)
}
