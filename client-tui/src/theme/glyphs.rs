//! Lines and marks, in Unicode and in ASCII.
//!
//! The screen is drawn in Unicode; where that can't be shown, the finished frame is brought to
//! ASCII, cell by cell. So no mark is forgotten, also when a new one is drawn some day. Letters
//! stay what they are.

use ratatui::buffer::Buffer;

/// The form of lines and marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// As they are drawn.
    Unicode,
    /// As near as ASCII comes.
    Ascii,
}

/// Lines and marks, and what stands for them; each takes one column.
const ASCII: &[(&str, char)] = &[
    ("─━┄┈╌", '-'),
    ("│┃┆┊╎▏▎▍▐", '|'),
    ("┼├┤┬┴┌┐└┘╭╮╰╯", '+'),
    ("▌›→▶▸❯", '>'),
    ("‹←◀◂❮", '<'),
    ("↑▲▴", '^'),
    ("↓▼▾✓✔", 'v'),
    ("●•★", '*'),
    ("○◦", 'o'),
    ("◌↻", '~'),
    ("◉", '@'),
    ("✗✘×", 'x'),
    ("▪■█▓▒░▧", '#'),
    ("…", '.'),
    ("·–—", '-'),
    ("“”„", '"'),
    ("‘’", '\''),
];

impl Glyphs {
    /// Brings a finished frame to this form.
    pub fn apply(self, buffer: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        for cell in &mut buffer.content {
            if !cell.symbol().is_ascii()
                && let Some(ascii) = ascii(cell.symbol())
            {
                cell.set_char(ascii);
            }
        }
    }
}

fn ascii(symbol: &str) -> Option<char> {
    let mut characters = symbol.chars();
    let mark = characters.next().filter(|_| characters.next().is_none())?;
    ASCII.iter().find(|(marks, _)| marks.contains(mark)).map(|(_, ascii)| *ascii)
}

/// Whether marks can be shown. Of the locale's variables the first that is set decides (POSIX);
/// with none, as in many containers, a terminal of today is expected. The Linux console has no
/// letters for most marks.
pub(super) fn can_show(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(&variable);
    let is_utf8 = locale.is_none_or(|name| {
        let name = name.to_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    });
    is_utf8 && variable("TERM").is_none_or(|term| term != "linux")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    use super::*;
    use crate::state::wrap::columns;

    #[test]
    fn marks_take_one_column_in_both_forms_and_have_one_meaning() {
        let marks: Vec<_> = ASCII.iter().flat_map(|(marks, _)| marks.chars()).collect();
        for mark in &marks {
            assert_eq!(columns(&mark.to_string()), 1, "{mark}");
            assert_eq!(marks.iter().filter(|other| *other == mark).count(), 1, "{mark}");
        }
        assert!(ASCII.iter().all(|(_, ascii)| ascii.is_ascii_graphic()));
    }

    #[test]
    fn marks_change_and_letters_and_styles_stay() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
        buffer.set_string(0, 0, "│● Zoë 日本 ✓✓ …", Style::new().fg(Color::Green));
        Glyphs::Unicode.apply(&mut buffer);
        assert_eq!(buffer[(1, 0)].symbol(), "●");
        Glyphs::Ascii.apply(&mut buffer);
        let mut expected = Buffer::empty(Rect::new(0, 0, 20, 1));
        expected.set_string(0, 0, "|* Zoë 日本 vv .", Style::new().fg(Color::Green));
        assert_eq!(buffer, expected);
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        let shown = |set: &'static [(&str, &str)]| {
            can_show(|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(shown(&[("LANG", "de_DE.UTF-8")]));
        assert!(shown(&[("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(!shown(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]));
        assert!(shown(&[("TERM", "xterm")]));
        assert!(!shown(&[("LANG", "C.UTF-8"), ("TERM", "linux")]));
    }
}
