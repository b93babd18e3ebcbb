//! What only the terminal can tell, asked for in one go and answered in one go.
//!
//! All that is asked is written before the first frame and ends with a question that every
//! terminal answers (DA1), so that what has not come by then does not come. Nothing waits for it.

use std::fmt::Write;

use chatter_protocol::text::sanitize_line;
use ratatui::buffer::CellWidth;
use serde::{Deserialize, Serialize};

use super::answers::{ASKED_ROW, cursor};
use super::graphics::CellSize;
use crate::state::wrap::shorten;
use crate::width::{Agreement, Widths};

/// Longest name of a terminal, columns.
const NAME_COLUMNS_MAX: usize = 64;

/// Whether the terminal writes dark on light or light on dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// Dark text is read on it.
    Light,
    /// Light text is read on it.
    Dark,
}

/// What the terminal answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// Its background (OSC 11); none if it does not say.
    pub background: Option<Background>,
    /// Whether it tells Shift+Enter from Enter (kitty's keyboard protocol).
    pub keyboard: bool,
    /// Whether it draws a frame in one go (mode 2026).
    pub synchronized: bool,
    /// How it names itself (XTVERSION), safe to show.
    pub name: Option<String>,
    /// Where its widths differ from ours; none if it does not tell where its cursor is.
    pub widths: Option<Widths>,
    /// Whether it shows pictures by Sixel (DA1).
    pub sixel: bool,
    /// Whether it shows pictures by kitty's protocol.
    #[serde(default)]
    pub kitty_graphics: bool,
    /// Pixels of a cell (XTWINOPS 16); none if it does not say.
    #[serde(default)]
    pub cell: Option<CellSize>,
    /// Whether all answers came that it has.
    pub is_complete: bool,
}

/// One for each class of [`Widths`]: a family, a flag, a heart asked to be a picture, a hand with
/// a skin tone, a keycap. The last are two of ambiguous width.
const SAMPLES: [&str; 6] = [
    "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
    "\u{1F1E9}\u{1F1EA}",
    "\u{2764}\u{FE0F}",
    "\u{1F44D}\u{1F3FD}",
    "1\u{FE0F}\u{20E3}",
    "…●",
];

/// Whether it takes a picture of one pixel by kitty's protocol, and how large its cells are.
const PICTURES: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t";

/// Everything that is asked: written on the alternate screen and erased again within one
/// synchronized update, so that nothing flashes.
pub fn query() -> String {
    let mut query = String::from("\x1b[?2026h\x1b]11;?\x1b\\\x1b[?u\x1b[>0q\x1b[?2026$p");
    query += PICTURES;
    for sample in SAMPLES {
        // Writing to a string does not fail.
        let _ = write!(query, "\x1b[{ASKED_ROW};1H{sample}\x1b[6n");
    }
    query += "\x1b[2J\x1b[H\x1b[?2026l\x1b[c";
    query
}

/// What came in so far.
#[derive(Debug, Default)]
pub(super) struct Probe {
    probed: Probed,
    columns: Vec<u16>,
}

impl Probe {
    /// Notes an answer; `true` when it was the last.
    pub(super) fn note(&mut self, answer: &[u8]) -> bool {
        match Answer::read(answer) {
            Some(Answer::Background(background)) => self.probed.background = Some(background),
            Some(Answer::Keyboard) => self.probed.keyboard = true,
            Some(Answer::Synchronized) => self.probed.synchronized = true,
            Some(Answer::Name(name)) => self.probed.name = Some(name),
            Some(Answer::KittyGraphics) => self.probed.kitty_graphics = true,
            Some(Answer::Cell(cell)) => self.probed.cell = cell,
            Some(Answer::Columns(columns)) if self.columns.len() < SAMPLES.len() => {
                self.columns.push(columns);
                self.probed.widths = widths(&self.columns);
            }
            Some(Answer::Attributes { sixel }) => {
                self.probed.sixel = sixel;
                self.probed.is_complete = true;
                return true;
            }
            Some(Answer::Columns(_)) | None => {}
        }
        false
    }

    /// What is known now.
    pub(super) fn probed(&self) -> Probed {
        self.probed.clone()
    }
}

/// None unless all samples were measured.
fn widths(columns: &[u16]) -> Option<Widths> {
    let &[zwj, flag, presentation, modifier, keycap, ambiguous] = columns else { return None };
    let agreement = |sample: usize, columns: u16| match SAMPLES[sample].cell_width() == columns {
        true => Agreement::Agreed,
        false => Agreement::Differs,
    };
    Some(Widths {
        zwj: agreement(0, zwj),
        flag: agreement(1, flag),
        presentation: agreement(2, presentation),
        modifier: agreement(3, modifier),
        keycap: agreement(4, keycap),
        ambiguous: if ambiguous > 2 { 2 } else { 1 },
    })
}

enum Answer {
    Background(Background),
    Keyboard,
    Synchronized,
    Name(String),
    Columns(u16),
    KittyGraphics,
    Cell(Option<CellSize>),
    Attributes { sixel: bool },
}

impl Answer {
    fn read(bytes: &[u8]) -> Option<Self> {
        if let Some((_, column)) = cursor(bytes) {
            return Some(Self::Columns(column.saturating_sub(1)));
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let text = text.strip_suffix("\x1b\\").or(text.strip_suffix('\x07')).unwrap_or(text);
        if let Some(colour) = text.strip_prefix("\x1b]11;") {
            return background(colour).map(Self::Background);
        }
        if let Some(name) = text.strip_prefix("\x1bP>|") {
            return Some(Self::Name(shorten(&sanitize_line(name), NAME_COLUMNS_MAX)));
        }
        if text.starts_with("\x1b_G") {
            return text.ends_with(";OK").then_some(Self::KittyGraphics);
        }
        if let Some(size) = text.strip_prefix("\x1b[6;").and_then(|size| size.strip_suffix('t')) {
            return Some(Self::Cell(cell(size)));
        }
        let inner = text.strip_prefix("\x1b[?")?;
        match inner {
            // 1 and 2: known, on or off; 3: always on. 0 and 4: not known, or never.
            "2026;1$y" | "2026;2$y" | "2026;3$y" => Some(Self::Synchronized),
            _ if inner.ends_with('u') => Some(Self::Keyboard),
            _ => {
                let attributes = inner.strip_suffix('c')?;
                Some(Self::Attributes {
                    sixel: attributes.split(';').skip(1).any(|one| one == "4"),
                })
            }
        }
    }
}

/// From `HEIGHT;WIDTH`, in pixels.
fn cell(size: &str) -> Option<CellSize> {
    let (height, width) = size.split_once(';')?;
    CellSize::new(width.parse().ok()?, height.parse().ok()?)
}

/// From `rgb:RRRR/GGGG/BBBB`, one to four hexadecimal digits each (XParseColor(3)).
fn background(colour: &str) -> Option<Background> {
    let parts = colour.strip_prefix("rgb:").or_else(|| colour.strip_prefix("rgba:"))?;
    let mut parts = parts.split('/').map(|digits| {
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1)?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        (digits.len() <= 4 && most > 0).then(|| f64::from(value) / f64::from(most))
    });
    let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
    // Perceived brightness (ITU-R BT.601), as in other programs.
    let brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
    Some(if brightness > 0.5 { Background::Light } else { Background::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(answers: &[&str]) -> (Probed, bool) {
        let mut probe = Probe::default();
        let done =
            answers.iter().map(|answer| probe.note(answer.as_bytes())).fold(false, |a, b| a | b);
        (probe.probed(), done)
    }

    #[test]
    fn a_modern_terminal_tells_everything() {
        let (probed, done) = probe(&[
            "\x1b]11;rgb:fafa/fafa/fafa\x1b\\",
            "\x1b[?1u",
            "\x1bP>|ghostty 1.0.1\x1b\\",
            "\x1b[?2026;2$y",
            "\x1b_Gi=31;OK\x1b\\",
            "\x1b[6;20;9t",
            "\x1b[2;3R",
            "\x1b[2;3R",
            "\x1b[2;3R",
            "\x1b[2;3R",
            "\x1b[2;3R",
            "\x1b[2;3R",
            "\x1b[?62;4;22c",
        ]);
        assert!(done);
        let expected = Probed {
            background: Some(Background::Light),
            keyboard: true,
            synchronized: true,
            name: Some("ghostty 1.0.1".to_owned()),
            widths: Some(Widths::default()),
            sixel: true,
            kitty_graphics: true,
            cell: CellSize::new(9, 20),
            is_complete: true,
        };
        assert_eq!(probed, expected);
    }

    #[test]
    fn an_old_terminal_tells_that_it_counts_differently() {
        // Six columns for a family, one for a heart, two for an ellipsis and for a dot.
        let columns = ["7", "5", "2", "5", "2", "5"];
        let answers: Vec<_> = columns.iter().map(|column| format!("\x1b[2;{column}R")).collect();
        let answers: Vec<_> = answers.iter().map(String::as_str).collect();
        let expected = Widths {
            zwj: Agreement::Differs,
            flag: Agreement::Differs,
            presentation: Agreement::Differs,
            modifier: Agreement::Differs,
            keycap: Agreement::Differs,
            ambiguous: 2,
        };
        assert_eq!(probe(&answers).0.widths, Some(expected));
        assert_eq!(probe(&answers[..5]).0.widths, None, "one is missing");
    }

    #[test]
    fn a_terminal_that_knows_nothing_ends_the_wait_all_the_same() {
        let (probed, done) = probe(&["\x1b[?2026;0$y", "\x1b[?6c"]);
        assert!(done);
        assert_eq!(probed, Probed { is_complete: true, ..Probed::default() });
    }

    #[test]
    fn light_and_dark_are_told_by_brightness() {
        for (colour, expected) in [
            ("rgb:0000/0000/0000", Some(Background::Dark)),
            ("rgb:ff/ff/ff", Some(Background::Light)),
            ("rgb:fdfd/f6f6/e3e3", Some(Background::Light)),
            ("rgba:2828/2828/2828/ffff", Some(Background::Dark)),
            ("rgb:f/f/f", Some(Background::Light)),
            ("rgb:fffff/0/0", None),
            ("rgb://", None),
            ("rgb:zz/zz/zz", None),
            ("#ffffff", None),
        ] {
            assert_eq!(background(colour), expected, "{colour}");
        }
    }

    #[test]
    fn a_name_is_text_of_a_stranger() {
        let (probed, _) = probe(&[&format!("\x1bP>|{}\u{9b}31m\x1b\\", "x".repeat(500))]);
        let name = probed.name.expect("a name");
        assert!(name.len() < 80 && !name.contains(char::is_control));
    }

    #[test]
    fn what_is_asked_is_erased_and_ends_with_what_all_answer() {
        let query = query();
        assert!(query.starts_with("\x1b[?2026h"));
        assert!(query.ends_with("\x1b[2J\x1b[H\x1b[?2026l\x1b[c"));
        assert!(query.contains("\x1b_G") && query.contains("\x1b[16t"));
    }

    #[test]
    fn a_terminal_that_refuses_pictures_or_has_no_pixels_shows_none() {
        let refused = ["\x1b_Gi=31;EINVAL:no\x1b\\", "\x1b[6;0;0t", "\x1b[6;x;99999t", "\x1b[6;t"];
        assert_eq!(probe(&refused).0, Probed::default());
    }
}
