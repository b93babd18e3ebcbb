//! How many colours a terminal shows, and the nearest of those to a colour.

use ratatui::style::{Color, Modifier, Style};

use super::contrast::{CONTRAST_MIN, luminance, ratio};
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

/// How much brightness counts against hue when a colour is replaced.
const BRIGHTNESS_WEIGHT: f64 = 200.0;

/// A contrast up to which a replacement may not have less than what it replaces: what can be read
/// stays so, on black and on white.
const CONTRAST_KEPT: f64 = 7.0;

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
    let nearest = |among: &mut dyn Iterator<Item = u8>| {
        among.min_by(|a, b| distance(a).total_cmp(&distance(b)))
    };
    // A colour for both grounds has hardly any room: there the least that is needed must do.
    [CONTRAST_KEPT, CONTRAST_MIN, 0.0]
        .into_iter()
        .find_map(|kept| {
            let is_readable = |index: &u8| is_as_readable(indexed(*index), wanted, kept);
            nearest(&mut among.clone().filter(is_readable))
        })
        .unwrap_or(first)
}

/// Whether `colour` can be read wherever `wanted` can, as well as it up to a contrast of `kept`.
fn is_as_readable(colour: [u8; 3], wanted: [u8; 3], kept: f64) -> bool {
    [[0; 3], [255; 3]].into_iter().all(|ground| {
        let on_ground = |colour| ratio(luminance(colour), luminance(ground));
        let needed = on_ground(wanted);
        needed < CONTRAST_MIN || on_ground(colour) >= needed.min(kept)
    })
}

fn distance(a: [u8; 3], b: [u8; 3]) -> f64 {
    let hue: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(b)).powi(2)).sum();
    hue.sqrt() + BRIGHTNESS_WEIGHT * (ratio(luminance(a), luminance(b)) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_stay_grey_and_hues_stay_themselves_in_256_colours() {
        for grey in [0x9a_a3ad, 0x4a_525c, 0x26_2a30_u32] {
            let colour = Depth::Indexed.nearest(Color::from_u32(grey));
            let Some([red, green, blue]) = rgb(colour) else { panic!("{colour:?}") };
            assert!(red.max(green).max(blue) - red.min(green).min(blue) <= 40, "{colour:?}");
        }
        let colour = Depth::Indexed.nearest(Color::Rgb(0x7f, 0xc9, 0x7f));
        let Some([red, green, blue]) = rgb(colour) else { panic!("{colour:?}") };
        assert!(green > red && green > blue, "{colour:?}");
    }
}
