//! How a cell looks, and the shortest sequence that goes from one look to another (SGR).
//!
//! Knows nothing of where cells are.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::pen::push_number;

/// What is seen of a style also where there is only a blank.
const SEEN_ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::CROSSED_OUT);

/// Modifiers, the number that begins each and the one that ends it. Bold and dim end together.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Colours and modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    fg: Color,
    bg: Color,
    underline: Color,
    modifier: Modifier,
}

impl Look {
    /// The terminal's own.
    pub(super) const PLAIN: Self = Self {
        fg: Color::Reset,
        bg: Color::Reset,
        underline: Color::Reset,
        modifier: Modifier::empty(),
    };

    pub(super) fn of(cell: &Cell) -> Self {
        let Cell { fg, bg, underline_color: underline, modifier, .. } = *cell;
        Self { fg, bg, underline, modifier }
    }

    /// Whether a blank in it shows nothing but its background.
    fn is_bare(self) -> bool {
        !self.modifier.intersects(SEEN_ON_BLANK)
    }

    /// Whether a blank in it looks as if it had never been written to. Cells that are erased or
    /// inserted get the background in force, and some terminals give them more than that.
    pub(super) fn leaves_nothing(self) -> bool {
        self.bg == Color::Reset && self.is_bare()
    }

    /// Whether a blank looks the same in both.
    pub(super) fn is_alike_on_blank(self, other: Self) -> bool {
        self == other || (self.bg == other.bg && self.is_bare() && other.is_bare())
    }

    /// Writes what makes a terminal that draws in `from`, or in nobody knows what, draw in `self`.
    pub(super) fn write(self, from: Option<Self>, out: &mut String) {
        let start = out.len();
        self.write_anew(out);
        if let Some(from) = from {
            let middle = out.len();
            self.write_changes(from, out);
            keep_shorter(out, start, middle);
        }
    }

    /// All of it, after everything that was before is ended.
    fn write_anew(self, out: &mut String) {
        out.push_str("\x1b[");
        if self != Self::PLAIN {
            // Nothing before the first semicolon ends everything, as a zero would.
            out.push(';');
            self.add_changes(Self::PLAIN, out);
        }
        end_sequence(out);
    }

    fn write_changes(self, from: Self, out: &mut String) {
        out.push_str("\x1b[");
        self.add_changes(from, out);
        end_sequence(out);
    }

    fn add_changes(self, from: Self, out: &mut String) {
        let gone = from.modifier - self.modifier;
        let mut kept = from.modifier - gone;
        let mut ended = None;
        for (modifier, _, end) in MODIFIERS {
            if gone.contains(modifier) && ended != Some(end) {
                add(out, end);
                kept -= ending_with(end);
                ended = Some(end);
            }
        }
        for (modifier, begin, _) in MODIFIERS {
            if (self.modifier - kept).contains(modifier) {
                add(out, begin);
            }
        }
        for (new, old, base) in [
            (self.fg, from.fg, FOREGROUND),
            (self.bg, from.bg, BACKGROUND),
            (self.underline, from.underline, UNDERLINE),
        ] {
            if new != old {
                add_colour(out, new, base);
            }
        }
    }
}

/// The number that sets a colour; the next one sets it back to the terminal's own.
const FOREGROUND: u8 = 38;
const BACKGROUND: u8 = 48;
const UNDERLINE: u8 = 58;

fn ending_with(end: u8) -> Modifier {
    MODIFIERS
        .into_iter()
        .filter(|(.., other)| *other == end)
        .fold(Modifier::empty(), |all, (modifier, ..)| all | modifier)
}

/// Adds a parameter and the semicolon behind it.
fn add(out: &mut String, parameter: u8) {
    push_number(out, parameter.into());
    out.push(';');
}

fn add_colour(out: &mut String, colour: Color, base: u8) {
    match (colour, number(colour)) {
        (Color::Rgb(red, green, blue), _) => {
            [base, 2, red, green, blue].into_iter().for_each(|part| add(out, part));
        }
        (_, Some(number)) => [base, 5, number].into_iter().for_each(|part| add(out, part)),
        _ => add(out, base + 1),
    }
}

/// The number of a colour of the palette.
fn number(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Reset | Color::Rgb(..) => return None,
        Color::Indexed(number) => number,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    })
}

fn end_sequence(out: &mut String) {
    if out.ends_with(';') {
        out.pop();
    }
    out.push('m');
}

/// Of two ways to do the same, written one after the other from `start` and from `middle` on,
/// keeps the shorter; the first, if they are of one length.
pub(super) fn keep_shorter(out: &mut String, start: usize, middle: usize) {
    if out.len() - middle < middle - start {
        out.replace_range(start..middle, "");
    } else {
        out.truncate(middle);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    fn look(style: Style) -> Look {
        let mut cell = Cell::EMPTY;
        cell.set_style(style);
        Look::of(&cell)
    }

    fn change(from: Style, to: Style) -> String {
        let mut out = String::new();
        look(to).write(Some(look(from)), &mut out);
        out
    }

    #[test]
    fn only_what_changes_is_written_or_all_anew_if_that_is_shorter() {
        let plain = Style::new();
        let red = plain.fg(Color::Rgb(255, 0, 0));
        for (from, to, written) in [
            (plain, red, "\x1b[38;2;255;0;0m"),
            (red, red.bold(), "\x1b[1m"),
            (red.bold(), red, "\x1b[22m"),
            (red.bold().dim(), red.dim(), "\x1b[22;2m"),
            (red, plain, "\x1b[m"),
            (plain.bold().italic().underlined().on_blue(), plain.bold(), "\x1b[;1m"),
            (plain.fg(Color::Indexed(243)), plain.green(), "\x1b[38;5;2m"),
            (red.on_black(), red, "\x1b[49m"),
            (
                plain.slow_blink().rapid_blink(),
                plain.on_white().fg(Color::White),
                "\x1b[;38;5;15;48;5;15m",
            ),
        ] {
            assert_eq!(change(from, to), written, "from {from:?} to {to:?}");
        }
    }

    #[test]
    fn what_nobody_knows_is_ended() {
        let mut out = String::new();
        Look::PLAIN.write(None, &mut out);
        look(Style::new().bold()).write(None, &mut out);
        assert_eq!(out, "\x1b[m\x1b[;1m");
    }

    #[test]
    fn a_blank_shows_its_background_and_what_lies_over_it() {
        let (red, bold) = (look(Style::new().red()), look(Style::new().bold()));
        assert!(red.is_alike_on_blank(bold) && red.leaves_nothing());
        for style in [Style::new().on_red(), Style::new().underlined(), Style::new().reversed()] {
            assert!(!look(style).is_alike_on_blank(Look::PLAIN));
            assert!(!look(style).leaves_nothing());
        }
    }
}
