//! The face of somebody: their initials on a colour that is always theirs.

use chatter_protocol::User;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::paint::{line, row};
use crate::state::wrap::columns;
use crate::theme::Theme;

/// Columns that initials may take.
const INITIALS_COLUMNS: usize = 2;

/// Fills `area` with it.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, user: &User, theme: &Theme) {
    let style = theme.name_of(user.id).add_modifier(Modifier::BOLD | Modifier::REVERSED);
    buffer.set_style(area, style);
    let middle = row(area, area.height.saturating_sub(1) / 2);
    let letters = initials(user.display_name.as_str());
    line(buffer, middle, Line::from(Span::styled(letters, style)).centered());
}

/// The first letters of the first and the last word, or the first two of a single one; a wide one
/// alone.
fn initials(name: &str) -> String {
    let words: Vec<&str> = name.unicode_words().collect();
    let letters: Vec<&str> = match words.as_slice() {
        [] => name.graphemes(true).take(1).collect(),
        [only] => only.graphemes(true).take(2).collect(),
        [first, .., last] => {
            [first, last].into_iter().filter_map(|it| it.graphemes(true).next()).collect()
        }
    };
    let mut initials = String::new();
    for letter in letters {
        let letter = letter.to_uppercase();
        if columns(&initials) + columns(&letter) <= INITIALS_COLUMNS {
            initials.push_str(&letter);
        }
    }
    initials
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_two_columns_at_most_in_any_script() {
        for (name, expected) in [
            ("Ada Lovelace", "AL"),
            ("grace brewster murray hopper", "GH"),
            ("zoe", "ZO"),
            ("Zoe\u{308} 👩\u{200d}🔬", "ZO"),
            ("田中さくら", "田"),
            ("שרה לוי", "של"),
            ("👩\u{200d}🔬", "👩\u{200d}🔬"),
            ("X", "X"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
