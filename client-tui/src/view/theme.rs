//! Colours and weights by role. Sixteen colours on the terminal's own background; what colour
//! says, a glyph or a word says too.

use ratatui::style::{Color, Modifier, Style};

/// A style for each role.
#[derive(Clone, Debug)]
pub struct Theme {
    /// What people write.
    pub text: Style,
    /// What stands back: times, hints, lines.
    pub quiet: Style,
    /// Lines between parts.
    pub rule: Style,
    /// What has the focus, and keys.
    pub accent: Style,
    /// The chosen row.
    pub chosen: Style,
    /// Names of others.
    pub name: Style,
    /// My own name.
    pub my_name: Style,
    /// Somebody is there; all is well.
    pub good: Style,
    /// Something waits or is new.
    pub attention: Style,
    /// Something was refused.
    pub bad: Style,
    /// Number of unread messages.
    pub badge: Style,
    /// Headings.
    pub heading: Style,
    /// A field to type in.
    pub field: Style,
    /// Selected text.
    pub selection: Style,
}

impl Theme {
    /// Colours, or only weights where `NO_COLOR` asks for none.
    pub fn new(colours: bool) -> Self {
        let colour = |colour: Color| match colours {
            true => Style::new().fg(colour),
            false => Style::new(),
        };
        let bold = Modifier::BOLD;
        Self {
            text: Style::new(),
            quiet: Style::new().add_modifier(Modifier::DIM),
            rule: Style::new().add_modifier(Modifier::DIM),
            accent: colour(Color::Cyan),
            chosen: Style::new().add_modifier(bold),
            name: colour(Color::Cyan).add_modifier(bold),
            my_name: colour(Color::Green).add_modifier(bold),
            good: colour(Color::Green),
            attention: colour(Color::Yellow),
            bad: colour(Color::Red).add_modifier(bold),
            badge: colour(Color::Cyan).add_modifier(bold | Modifier::REVERSED),
            heading: Style::new().add_modifier(bold),
            field: Style::new().add_modifier(Modifier::UNDERLINED),
            selection: Style::new().add_modifier(Modifier::REVERSED),
        }
    }
}
