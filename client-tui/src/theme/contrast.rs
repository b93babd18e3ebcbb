//! Whether a theme can be read: contrast as WCAG 2.2 measures it (success criterion 1.4.3).

use ratatui::style::{Modifier, Style};

use super::depth::rgb;
use super::{Ground, NAME_STYLES, ROLES, Theme};

/// The least contrast of text.
pub const CONTRAST_MIN: f64 = 4.5;

/// Roles that no text has, or whose background is all there is to them.
const NO_TEXT: [&str; 3] = ["rule", "cursor_row", "own_bar"];

/// Roles that stand on the background of code.
const IN_CODE: [&str; 8] = [
    "code_block",
    "keyword",
    "string",
    "number",
    "comment",
    "function",
    "type_name",
    "punctuation",
];

/// A role that is hard to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Weakness {
    /// Which.
    pub role: &'static str,
    /// Its contrast, from 1 to 21.
    pub ratio: f64,
    /// The background, in red, green and blue.
    pub on: [u8; 3],
}

/// The roles of `theme` with less than `least` contrast, on the backgrounds that it is made for and
/// on its own. What the terminal chooses, its own 16 colours and its default, can't be judged.
pub fn weaknesses(theme: &Theme, ground: Ground, least: f64) -> Vec<Weakness> {
    let mut found = Vec::new();
    let roles = ROLES.iter().filter(|role| !NO_TEXT.contains(&role.name));
    for role in roles {
        let mut over = vec![];
        if IN_CODE.contains(&role.name) {
            over.push(theme.code_block);
        } else if role.name != "badge" && role.name != "selection" {
            over.push(theme.cursor_row);
        }
        found.extend(worst(role.name, (role.style)(theme), &over, ground, least));
    }
    for at in 0..NAME_STYLES {
        found.extend(worst("names", theme.names[at], &[theme.cursor_row], ground, least));
    }
    found
}

/// The worst of a style on the terminal's background and over others.
fn worst(
    role: &'static str,
    style: Style,
    over: &[Style],
    ground: Ground,
    least: f64,
) -> Option<Weakness> {
    let mut fg = rgb(style.fg?)?;
    let mut grounds: Vec<[u8; 3]> = match style.bg {
        Some(bg) => rgb(bg).into_iter().collect(),
        None => {
            let own = over.iter().filter_map(|style| style.bg.and_then(rgb));
            ground.backgrounds().iter().copied().chain(own).collect()
        }
    };
    if style.add_modifier.contains(Modifier::REVERSED) && grounds.len() == 1 {
        std::mem::swap(&mut fg, &mut grounds[0]);
    }
    let measured = grounds.into_iter().map(|on| Weakness {
        role,
        ratio: ratio(luminance(fg), luminance(on)),
        on,
    });
    measured.min_by(|a, b| a.ratio.total_cmp(&b.ratio)).filter(|worst| worst.ratio < least)
}

/// Relative luminance, from 0 for black to 1 for white.
pub(super) fn luminance([red, green, blue]: [u8; 3]) -> f64 {
    let linear = |level: u8| match f64::from(level) / 255.0 {
        low @ ..=0.040_45 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// Contrast of two luminances, from 1 to 21.
pub(super) fn ratio(a: f64, b: f64) -> f64 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}
