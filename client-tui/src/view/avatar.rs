//! Somebody's face: their picture where it is there and can be drawn, else their initials in a
//! colour that is always theirs.

use chatter_protocol::User;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::paint::{line, row};
use super::places::Places;
use crate::pictures::{PicturePlace, Rendition, Wanted};
use crate::state::wrap::columns;
use crate::state::{State, face_size};
use crate::theme::Theme;

/// Columns that initials take in a line.
pub(super) const INITIALS_COLUMNS: usize = 2;

/// Draws somebody's face as large as fits in the middle of `area`.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    user: &User,
    state: &State,
    places: &mut Places,
    theme: &Theme,
) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let size = face_size(state.pictures.cell, area.as_size());
    let place = Rect::new(
        area.x + (area.width - size.width) / 2,
        area.y + (area.height - size.height) / 2,
        size.width,
        size.height,
    );
    let style = style(user, theme).add_modifier(Modifier::REVERSED);
    for at in 0..place.height {
        line(buffer, row(place, at), Span::styled(" ".repeat(place.width.into()), style));
    }
    let middle = row(place, (place.height - 1) / 2);
    line(buffer, middle, Line::from(Span::styled(initials(user), style)).centered());
    let Some(media) = user.avatar.filter(|_| state.pictures.are_drawn()) else { return };
    let rendition = Rendition::Avatar;
    if state.pictures.problem(media, rendition).is_none() {
        let wanted = Wanted { media, rendition, size };
        places.picture(PicturePlace { wanted, area: place, skipped: 0 });
    }
}

/// Somebody's initials in their colour, two columns for the start of a line.
pub(super) fn initials_span(user: &User, theme: &Theme) -> Span<'static> {
    let mut text = initials(user);
    text.extend(std::iter::repeat_n(' ', INITIALS_COLUMNS.saturating_sub(columns(&text))));
    Span::styled(text, style(user, theme))
}

fn style(user: &User, theme: &Theme) -> Style {
    theme.name_of(user.id).add_modifier(Modifier::BOLD)
}

/// The first letters of the first and the last word of a name, as far as two columns go.
fn initials(user: &User) -> String {
    let mut words = user.display_name.as_str().split_whitespace().filter_map(first_letter);
    let first = words.next().or_else(|| first_letter(user.username.as_str())).unwrap_or_default();
    let last = words.next_back().unwrap_or_default();
    let both = format!("{first}{last}");
    [both, first].into_iter().find(|text| columns(text) <= INITIALS_COLUMNS).unwrap_or_default()
}

/// The first letter or digit of a word, as a capital; it may be a syllable or more code points.
fn first_letter(word: &str) -> Option<String> {
    let is_letter = |grapheme: &&str| grapheme.chars().next().is_some_and(char::is_alphanumeric);
    word.graphemes(true).find(is_letter).map(str::to_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{GRACE, person};

    #[test]
    fn initials_take_two_columns_in_any_script() {
        let initials_of = |name: &str| {
            let mut user = person(GRACE).user;
            user.display_name = name.parse().expect("a name");
            (initials(&user), initials_span(&user, &Theme::default()).width())
        };
        for (name, expected) in [
            ("Grace Hopper", "GH"),
            ("grace brewster murray hopper", "GH"),
            ("Plato", "P"),
            ("田中 さくら", "田"),
            ("שרה לוי", "של"),
            ("Zoe\u{308} 👩‍🔬", "Z"),
            ("👩‍🔬", "G"),
            ("ßtraße x", "SS"),
        ] {
            assert_eq!(initials_of(name), (expected.to_owned(), 2), "{name}");
        }
    }
}
