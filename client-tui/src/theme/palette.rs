//! The built-in themes.

use ratatui::style::{Color, Modifier, Style};

use super::{Depth, Theme};

/// The theme for a terminal whose background nobody knows.
pub(super) const EITHER: &str = "either";

/// The theme of the terminal's own colours.
const SIXTEEN: &str = "sixteen";

/// The backgrounds that a theme is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// From black to #1e1e1e.
    Dark,
    /// From white to #f5f5f5.
    Light,
    /// Black or white.
    Either,
}

impl Ground {
    /// Backgrounds to measure contrast on, in red, green and blue.
    pub fn backgrounds(self) -> &'static [[u8; 3]] {
        match self {
            Self::Dark => &[[0; 3], [0x1e; 3]],
            Self::Light => &[[0xff; 3], [0xf5; 3]],
            Self::Either => &[[0; 3], [0xff; 3]],
        }
    }
}

/// A built-in theme: hues, from which the roles get theirs.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// What `look.theme` calls it.
    pub name: &'static str,
    /// What it is like, in a few words.
    pub about: &'static str,
    /// The backgrounds that it is made for.
    pub ground: Ground,
    /// Text; without, the terminal's own.
    text: Option<Color>,
    /// What stands back; without, it is dimmed.
    quiet: Option<Color>,
    rule: Option<Color>,
    accent: Color,
    red: Color,
    orange: Color,
    yellow: Color,
    green: Color,
    teal: Color,
    blue: Color,
    violet: Color,
    pink: Color,
    /// Behind code and the chosen row; without, the terminal's own.
    surface: Option<Color>,
    /// Selected text and what is behind it; without, both are swapped.
    selection: Option<(Color, Color)>,
}

/// Every built-in theme. The last, in the terminal's own colours, is also what the others become
/// where there are no more than those.
pub const BUILT_IN: &[Palette] = &[
    Palette {
        name: "dark",
        about: "clear colours on a dark background",
        ground: Ground::Dark,
        text: None,
        quiet: Some(rgb(0x9aa3ad)),
        rule: Some(rgb(0x4a525c)),
        accent: rgb(0x56c2d6),
        red: rgb(0xff7b72),
        orange: rgb(0xf0a45d),
        yellow: rgb(0xe3c15a),
        green: rgb(0x7fc97f),
        teal: rgb(0x5fd1b3),
        blue: rgb(0x79b8ff),
        violet: rgb(0xc3a6ff),
        pink: rgb(0xf59ac6),
        surface: Some(rgb(0x262b33)),
        selection: Some((rgb(0xffffff), rgb(0x2f5b86))),
    },
    Palette {
        name: "light",
        about: "clear colours on a light background",
        ground: Ground::Light,
        text: None,
        quiet: Some(rgb(0x5a636d)),
        rule: Some(rgb(0xb8c0c8)),
        accent: rgb(0x006a78),
        red: rgb(0xb3261e),
        orange: rgb(0x944700),
        yellow: rgb(0x735600),
        green: rgb(0x1c6a2b),
        teal: rgb(0x0b6454),
        blue: rgb(0x0b5cad),
        violet: rgb(0x6f42c1),
        pink: rgb(0xa8246f),
        surface: Some(rgb(0xe9edf1)),
        selection: Some((rgb(0x000000), rgb(0xb9d7f5))),
    },
    Palette {
        name: EITHER,
        about: "readable on black and on white",
        ground: Ground::Either,
        text: None,
        quiet: Some(rgb(0x767676)),
        rule: Some(rgb(0x767676)),
        accent: rgb(0x088194),
        red: rgb(0xe12d2d),
        orange: rgb(0xba5c0a),
        yellow: rgb(0x8e7308),
        green: rgb(0x228822),
        teal: rgb(0x0f856e),
        blue: rgb(0x1974de),
        violet: rgb(0x9358d5),
        pink: rgb(0xce3990),
        surface: None,
        selection: None,
    },
    Palette {
        name: "high-contrast-dark",
        about: "the strongest contrast on black",
        ground: Ground::Dark,
        text: Some(rgb(0xffffff)),
        quiet: Some(rgb(0xd0d0d0)),
        rule: Some(rgb(0xffffff)),
        accent: rgb(0x00ffff),
        red: rgb(0xff9d9d),
        orange: rgb(0xffb366),
        yellow: rgb(0xffff00),
        green: rgb(0x5cff5c),
        teal: rgb(0x66ffd9),
        blue: rgb(0xa8c8ff),
        violet: rgb(0xdcb8ff),
        pink: rgb(0xffb0e0),
        surface: None,
        selection: Some((rgb(0x000000), rgb(0xffff00))),
    },
    Palette {
        name: "high-contrast-light",
        about: "the strongest contrast on white",
        ground: Ground::Light,
        text: Some(rgb(0x000000)),
        quiet: Some(rgb(0x3a3a3a)),
        rule: Some(rgb(0x000000)),
        accent: rgb(0x003d99),
        red: rgb(0x8a0000),
        orange: rgb(0x6b3000),
        yellow: rgb(0x4d3d00),
        green: rgb(0x004d00),
        teal: rgb(0x00474a),
        blue: rgb(0x00398a),
        violet: rgb(0x4b0082),
        pink: rgb(0x7a0045),
        surface: None,
        selection: Some((rgb(0xffffff), rgb(0x000000))),
    },
    Palette {
        name: "dusk",
        about: "cool and soft, dark",
        ground: Ground::Dark,
        text: Some(rgb(0xd8dee9)),
        quiet: Some(rgb(0x9aa6b8)),
        rule: Some(rgb(0x4c566a)),
        accent: rgb(0x88c0d0),
        red: rgb(0xe58f97),
        orange: rgb(0xdd9a80),
        yellow: rgb(0xebcb8b),
        green: rgb(0xa3be8c),
        teal: rgb(0x8fbcbb),
        blue: rgb(0x8fb4dc),
        violet: rgb(0xc3a3c9),
        pink: rgb(0xe0a3b8),
        surface: Some(rgb(0x2a303c)),
        selection: Some((rgb(0xffffff), rgb(0x4c5f80))),
    },
    Palette {
        name: "ember",
        about: "warm and earthy, dark",
        ground: Ground::Dark,
        text: Some(rgb(0xebdbb2)),
        quiet: Some(rgb(0xa89984)),
        rule: Some(rgb(0x504945)),
        accent: rgb(0xfabd2f),
        red: rgb(0xfb7a6a),
        orange: rgb(0xfe9a45),
        yellow: rgb(0xe9c46a),
        green: rgb(0xb8bb26),
        teal: rgb(0x8ec07c),
        blue: rgb(0x8fc0c8),
        violet: rgb(0xd3a8c8),
        pink: rgb(0xe89bb5),
        surface: Some(rgb(0x2d2926)),
        selection: Some((rgb(0xfff8dc), rgb(0x6b4a2a))),
    },
    Palette {
        name: "paper",
        about: "ink on warm paper, light",
        ground: Ground::Light,
        text: Some(rgb(0x3b3a36)),
        quiet: Some(rgb(0x605e57)),
        rule: Some(rgb(0xc9c3b2)),
        accent: rgb(0x00657f),
        red: rgb(0xa6261d),
        orange: rgb(0x8a4109),
        yellow: rgb(0x6a4f00),
        green: rgb(0x445d00),
        teal: rgb(0x11625c),
        blue: rgb(0x195b97),
        violet: rgb(0x5a55a5),
        pink: rgb(0x9c2160),
        surface: Some(rgb(0xefe9d8)),
        selection: Some((rgb(0x1d1c19), rgb(0xd5dfb8))),
    },
    Palette {
        name: "orchid",
        about: "vivid violet and pink, dark",
        ground: Ground::Dark,
        text: Some(rgb(0xf8f8f2)),
        quiet: Some(rgb(0xa3a9c9)),
        rule: Some(rgb(0x4d5066)),
        accent: rgb(0xc6a2fb),
        red: rgb(0xff7c7c),
        orange: rgb(0xffb86c),
        yellow: rgb(0xf1fa8c),
        green: rgb(0x50fa7b),
        teal: rgb(0x7df0d0),
        blue: rgb(0x9dbcff),
        violet: rgb(0xc6a2fb),
        pink: rgb(0xff8ace),
        surface: Some(rgb(0x2b2d3a)),
        selection: Some((rgb(0xffffff), rgb(0x5a4a86))),
    },
    Palette {
        name: SIXTEEN,
        about: "the terminal's own sixteen colours",
        ground: Ground::Either,
        text: None,
        quiet: None,
        rule: None,
        accent: Color::Cyan,
        red: Color::Red,
        orange: Color::Yellow,
        yellow: Color::Yellow,
        green: Color::Green,
        teal: Color::Cyan,
        blue: Color::Blue,
        violet: Color::Magenta,
        pink: Color::Magenta,
        surface: None,
        selection: None,
    },
];

const fn rgb(hex: u32) -> Color {
    Color::Rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

impl Palette {
    /// The built-in theme `name`; another name gives the one that can be read anywhere.
    pub fn named(name: &str) -> &'static Self {
        let find = |name: &str| BUILT_IN.iter().find(|palette| palette.name == name);
        find(name).or_else(|| find(EITHER)).unwrap_or(&BUILT_IN[0])
    }

    /// Its roles, in colours of `depth`.
    pub(super) fn theme(&self, depth: Depth) -> Theme {
        let palette = if depth >= Depth::Indexed { self } else { Self::named(SIXTEEN) };
        let mut theme = palette.roles();
        theme.degrade(depth);
        theme
    }

    fn roles(&self) -> Theme {
        let of = |colour: Color| Style::new().fg(colour);
        let bold = Modifier::BOLD;
        let text = self.text.map_or(Style::new(), of);
        let dim = Style::new().add_modifier(Modifier::DIM);
        let quiet = self.quiet.map_or(dim, of);
        let surface = self.surface.map_or(Style::new(), |surface| Style::new().bg(surface));
        let hues = [
            self.blue,
            self.orange,
            self.violet,
            self.teal,
            self.pink,
            self.yellow,
            self.accent,
            self.green,
        ];
        Theme {
            text,
            quiet,
            rule: self.rule.map_or(dim, of),
            accent: of(self.accent),
            chosen: text.add_modifier(bold),
            cursor_row: surface,
            name: of(self.accent).add_modifier(bold),
            my_name: of(self.green).add_modifier(bold),
            own_bar: of(self.green),
            good: of(self.green),
            attention: of(self.yellow),
            bad: of(self.red).add_modifier(bold),
            badge: of(self.accent).add_modifier(bold | Modifier::REVERSED),
            heading: text.add_modifier(bold),
            field: text.add_modifier(Modifier::UNDERLINED),
            selection: match self.selection {
                Some((fg, bg)) => Style::new().fg(fg).bg(bg),
                None => Style::new().add_modifier(Modifier::REVERSED),
            },
            code: of(self.orange),
            code_block: text.patch(surface),
            keyword: of(self.violet),
            string: of(self.green),
            number: of(self.orange),
            comment: quiet.add_modifier(Modifier::ITALIC),
            function: of(self.blue),
            type_name: of(self.teal),
            punctuation: quiet,
            quote: quiet.add_modifier(Modifier::ITALIC),
            link: of(self.blue).add_modifier(Modifier::UNDERLINED),
            mention: of(self.accent).add_modifier(bold),
            names: hues.map(|hue| of(hue).add_modifier(bold)),
            ..Theme::plain()
        }
    }
}
