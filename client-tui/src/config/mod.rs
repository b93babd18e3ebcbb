//! What a person can set. Defaults below the file below the environment below flags.
//!
//! [`Config`] is the result: plain values, checked. [`Sources::load`] reads it and says everything
//! that is wrong at once; [`RECORDS`] lists the settings. Knows nothing of the screen.

mod command;
mod file;
mod problem;
mod record;
mod sources;
mod template;

#[cfg(test)]
mod tests;

pub use command::run;
pub use problem::Problem;
pub use record::{Kind, RECORDS, Record};
pub use sources::Sources;
pub use template::default_file;

use crate::credentials::Store;
use crate::keymap::{Profile, Rebinding};
use crate::theme::CustomTheme;

/// Every setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// How it looks.
    pub look: Look,
    /// The mouse.
    pub mouse: Mouse,
    /// Notifications.
    pub notify: Notify,
    /// The message line.
    pub composer: Composer,
    /// Staying signed in.
    pub session: Session,
    /// The keys.
    pub keys: Keys,
    /// The person's own themes.
    pub themes: Vec<CustomTheme>,
}

/// How it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Name of a theme; `auto` follows the terminal's background.
    pub theme: String,
    /// The theme that `auto` takes on a dark background.
    pub dark_theme: String,
    /// The theme that `auto` takes on a light background.
    pub light_theme: String,
    /// How many colours.
    pub colours: Colours,
    /// Lines and marks in Unicode or in ASCII.
    pub glyphs: Glyphs,
    /// Emoji as pictures or as words.
    pub emoji: Emoji,
    /// How pictures are shown.
    pub pictures: Pictures,
    /// Whether links can be clicked (OSC 8).
    pub links: bool,
    /// Rows of a message beyond which it is folded; 0 folds nothing.
    pub fold_rows: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            theme: "auto".to_owned(),
            dark_theme: "dark".to_owned(),
            light_theme: "light".to_owned(),
            colours: Colours::Auto,
            glyphs: Glyphs::Auto,
            emoji: Emoji::Auto,
            pictures: Pictures::Auto,
            links: true,
            fold_rows: 24,
        }
    }
}

/// How many colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// As `NO_COLOR`, `COLORTERM` and `TERM` say.
    Auto,
    /// 16 million.
    True,
    /// 256.
    Indexed,
    /// The terminal's own 16.
    Sixteen,
    /// None: weights and reverse only.
    None,
}

/// Lines and marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// ASCII where the locale is not UTF-8, and on the Linux console.
    Auto,
    /// Unicode.
    Unicode,
    /// ASCII.
    Ascii,
}

/// How emoji are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emoji {
    /// Pictures; plainer ones where the terminal's width for them differs.
    Auto,
    /// Pictures, whatever the terminal does.
    Picture,
    /// Words: `:heart:`.
    Text,
}

/// How pictures are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// The best way that the terminal has.
    Auto,
    /// Kitty's graphics protocol, with placeholders.
    Kitty,
    /// Sixel.
    Sixel,
    /// iTerm2's inline images.
    Iterm2,
    /// Half-blocks.
    Blocks,
    /// Not: words stand for them.
    Off,
}

/// The mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// Whether clicks, drags and the wheel come to Chatter.
    pub enabled: bool,
}

impl Default for Mouse {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// Notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notify {
    /// How.
    pub method: NotifyMethod,
    /// How much is told.
    pub preview: Preview,
}

/// By what a person is notified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotifyMethod {
    /// The best that the terminal is known to have.
    #[default]
    Auto,
    /// OSC 9 (iTerm2, WezTerm, Ghostty, Windows Terminal).
    Osc9,
    /// OSC 777 (foot, Ghostty, WezTerm, rxvt-unicode).
    Osc777,
    /// OSC 99 (kitty, foot).
    Osc99,
    /// The bell.
    Bell,
    /// This machine's desktop; needs the feature `desktop`.
    Desktop,
    /// Nothing.
    None,
}

/// How much a notification tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preview {
    /// Sender and text.
    #[default]
    Full,
    /// The sender alone.
    Sender,
    /// That there is a message.
    None,
}

/// The message line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Composer {
    /// Command that edits a message; empty takes `$VISUAL`, then `$EDITOR`, then `vi`.
    pub editor: String,
}

/// Staying signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Where the proof of it is kept.
    pub credential_store: Store,
}

/// The keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// The set to start from.
    pub profile: Profile,
    /// What the person binds over it.
    pub own: Vec<Rebinding>,
}
