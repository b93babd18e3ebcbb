//! Lines and marks, in Unicode and in ASCII; each pair takes the same columns.

use ratatui::symbols::border;

/// Makes the set and its two forms from one list.
macro_rules! glyphs {
    ($(#[doc = $doc:literal] $name:ident: $unicode:literal, $ascii:literal;)+) => {
        /// Lines and marks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Glyphs {
            $(#[doc = $doc] pub $name: &'static str,)+
            /// The frame of what lies over the main screen.
            pub frame: border::Set<'static>,
        }

        impl Glyphs {
            /// For terminals that show all of Unicode.
            pub const UNICODE: Self = Self { $($name: $unicode,)+ frame: border::ROUNDED };
            /// For those that don't.
            pub const ASCII: Self = Self { $($name: $ascii,)+ frame: ASCII_FRAME };

            /// Each mark in both forms.
            pub const PAIRS: &[(&str, &str)] = &[$(($unicode, $ascii),)+];
        }
    };
}

glyphs! {
    /// Somebody is there; the line is up.
    online: "●", "*";
    /// Nobody is there; the line is down.
    offline: "○", "o";
    /// On the way up.
    connecting: "◌", "~";
    /// A chat with nobody else in it.
    notes: "▪", "#";
    /// Something goes on, or was cut.
    ellipsis: "…", ".";
    /// A message waits.
    waiting: "…", ".";
    /// The server has it.
    sent: "✓", "v";
    /// A device of the other has it.
    delivered: "✓✓", "vv";
    /// It was read.
    read: "◉", "@";
    /// It was refused.
    refused: "✗", "x";
    /// Lines between parts.
    horizontal: "─", "-";
    /// The line between the panes.
    vertical: "│", "|";
    /// Where both meet.
    crossing: "┼", "+";
    /// Beside what is chosen.
    bar: "▌", ">";
    /// Beside what is open, mine or quoted.
    thin_bar: "▏", "|";
    /// Before an entry of a list; for a hidden character.
    bullet: "•", "*";
    /// Between two facts.
    dot: "·", "-";
    /// Where one writes.
    prompt: "›", ">";
    /// There is more above.
    up: "↑", "^";
    /// There is more below.
    down: "↓", "v";
    /// A picture that stands for another's beginning.
    arrow: "→", ">";
}

const ASCII_FRAME: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

impl Glyphs {
    /// `text` of this program's own, with each mark in it in this set's form.
    pub fn of(&self, text: &str) -> String {
        match self == &Self::UNICODE {
            true => text.to_owned(),
            false => Self::PAIRS
                .iter()
                .fold(text.to_owned(), |text, (unicode, ascii)| text.replace(unicode, ascii)),
        }
    }
}

/// Whether the locale's text is UTF-8 (POSIX: the first of these that is set decides).
pub fn is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.is_some_and(|name| {
        let name = name.to_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::wrap::columns;

    #[test]
    fn both_forms_take_the_same_columns() {
        for (unicode, ascii) in Glyphs::PAIRS {
            assert_eq!(columns(unicode), columns(ascii), "{unicode}");
            assert!(ascii.is_ascii());
        }
        assert_eq!(Glyphs::ASCII.of("typing… · ✓✓"), "typing. - vv");
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        let locale = |set: &'static [(&str, &str)]| {
            is_utf8(|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(locale(&[("LANG", "de_DE.UTF-8")]));
        assert!(locale(&[("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(!locale(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]));
        assert!(!locale(&[]));
    }
}
