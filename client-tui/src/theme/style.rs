//! Styles as settings write them: `bold #ffffff on blue underline`.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

/// What a style is made of, as a sentence without its end.
pub const STYLE_WORDS: &str = "Words are #rrggbb, a number from 0 to 255, black, red, green, \
                                  yellow, blue, magenta, cyan, gray, white, dark-gray, light-red, \
                                  ... and default; \"on\" before a background; and bold, dim, \
                                  italic, underline, reverse, strike";

const WEIGHTS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("strike", Modifier::CROSSED_OUT),
];

/// Reads a style.
///
/// # Errors
/// With the word that is wrong, or is one too many.
pub fn parse_style(text: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if let Some((_, weight)) = WEIGHTS.iter().find(|(name, _)| *name == word) {
            style = style.add_modifier(*weight);
        } else if word == "on" {
            let word = words.next().unwrap_or_default();
            set(&mut style.bg, word)?;
        } else {
            set(&mut style.fg, word)?;
        }
    }
    Ok(style)
}

/// A style as [`parse_style`] reads it.
pub fn written_style(style: Style) -> String {
    let weights = WEIGHTS.iter().filter(|(_, weight)| style.add_modifier.contains(*weight));
    let mut words: Vec<String> = weights.map(|(name, _)| (*name).to_owned()).collect();
    words.extend(style.fg.map(written_colour));
    words.extend(style.bg.map(|bg| format!("on {}", written_colour(bg))));
    words.join(" ")
}

fn set(colour: &mut Option<Color>, word: &str) -> Result<(), String> {
    let read = match word {
        "default" => Ok(Color::Reset),
        _ => Color::from_str(word),
    };
    match (read, &colour) {
        (Ok(read), None) => *colour = Some(read),
        _ => return Err(word.to_owned()),
    }
    Ok(())
}

fn written_colour(colour: Color) -> String {
    match colour {
        Color::Reset => "default".to_owned(),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Indexed(index) => index.to_string(),
        named => {
            let mut name = String::new();
            for letter in named.to_string().chars() {
                if letter.is_ascii_uppercase() && !name.is_empty() {
                    name.push('-');
                }
                name.push(letter.to_ascii_lowercase());
            }
            name
        }
    }
}
