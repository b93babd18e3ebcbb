//! A theme in one line, for `chatter config themes`.

use std::fmt::Write;

use ratatui::backend::IntoCrossterm;
use ratatui::style::Style;

use super::{CONTRAST_MIN, Depth, Ground, Palette, Theme, theme_names, weaknesses};
use crate::config::Config;

/// Columns of the names.
const NAME_COLUMNS: usize = 22;

/// Every theme with a line of its roles, in colours of `depth` or without any escape sequence; if
/// `check`, with what is hard to read in it.
pub fn write_samples(config: &Config, depth: Option<Depth>, check: bool) -> String {
    let mut text = String::new();
    for name in theme_names(config) {
        // Writing to a string can't fail.
        let _ = write!(text, "{name:<NAME_COLUMNS$}");
        for (words, style) in samples(&Theme::named(name, config, depth.unwrap_or(Depth::None))) {
            let _ = match depth {
                Some(_) => write!(text, "{} ", style.into_crossterm().apply(words)),
                None => write!(text, "{words} "),
            };
        }
        let own = config.themes.iter().find(|custom| custom.name == name);
        let palette = Palette::named(own.map_or(name, |custom| &custom.base));
        let about = match own {
            Some(custom) => format!("your own, from {}", custom.base),
            None => palette.about.to_owned(),
        };
        let _ = writeln!(text, " {about}");
        if check {
            write_weaknesses(&mut text, &Theme::named(name, config, Depth::True), palette.ground);
        }
    }
    text
}

fn samples(theme: &Theme) -> [(&'static str, Style); 10] {
    [
        ("text", theme.text),
        ("quiet", theme.quiet),
        ("Grace", theme.names[0]),
        ("Linus", theme.names[1]),
        ("You", theme.my_name),
        ("online", theme.good),
        ("new", theme.attention),
        ("refused", theme.bad),
        (" 3 ", theme.badge),
        ("code", theme.code),
    ]
}

fn write_weaknesses(text: &mut String, theme: &Theme, ground: Ground) {
    for weakness in weaknesses(theme, ground, CONTRAST_MIN) {
        let [red, green, blue] = weakness.on;
        let _ = writeln!(
            text,
            "  {}: contrast {:.1} on #{red:02x}{green:02x}{blue:02x}; {CONTRAST_MIN} is needed to \
             read it well",
            weakness.role, weakness.ratio,
        );
    }
}
