//! Every setting, once: its name, meaning, and the values that it can have.

use super::{Colours, Config, Emoji, Glyphs, NotifyMethod, Pictures, Preview};
use crate::credentials::Store;
use crate::keymap::Profile;

/// What a setting can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Switch,
    /// A whole number, not below 0.
    Number,
    /// Any text.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl Kind {
    /// What is allowed, as the end of a sentence.
    pub fn allowed(self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Number => "a whole number, 0 or more".to_owned(),
            Self::Text => "text in quotes".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// The table that it is in.
    pub section: &'static str,
    /// Its name there.
    pub key: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// The environment variable that wins over the file.
    pub variable: &'static str,
    /// What it can be.
    pub kind: Kind,
    /// Its value in a configuration, as text.
    pub value: fn(&Config) -> String,
    /// Sets it from text; `false` if that is none of its values.
    pub set: fn(&mut Config, &str) -> bool,
}

/// Makes the list of settings from the fields of [`Config`].
macro_rules! records {
    ($($section:ident.$key:ident: $type:ty, $variable:literal, $meaning:literal;)+) => {
        /// Every setting. A variable is `CHATTER_` and the setting's name, or its section's where
        /// it is what the section is about.
        pub const RECORDS: &[Record] = &[$(Record {
            section: stringify!($section),
            key: stringify!($key),
            meaning: $meaning,
            variable: $variable,
            kind: <$type as Setting>::KIND,
            value: |config| config.$section.$key.written(),
            set: |config, text| match <$type as Setting>::read(text) {
                Some(value) => {
                    config.$section.$key = value;
                    true
                }
                None => false,
            },
        },)+];
    };
}

records! {
    look.theme: String, "CHATTER_THEME",
        "Name of a theme; auto follows the terminal's background.";
    look.dark_theme: String, "CHATTER_DARK_THEME",
        "The theme that auto takes on a dark background.";
    look.light_theme: String, "CHATTER_LIGHT_THEME",
        "The theme that auto takes on a light background.";
    look.colours: Colours, "CHATTER_COLOURS",
        "How many colours; auto goes by NO_COLOR, COLORTERM and TERM.";
    look.glyphs: Glyphs, "CHATTER_GLYPHS",
        "Lines and marks; auto is ascii where the locale is not UTF-8, and on the Linux console.";
    look.emoji: Emoji, "CHATTER_EMOJI",
        "Emoji as pictures or as words; auto replaces those that the terminal draws too wide.";
    look.pictures: Pictures, "CHATTER_PICTURES",
        "How pictures are shown; auto takes the best way that the terminal has, off shows words.";
    look.links: bool, "CHATTER_LINKS",
        "Whether addresses can be clicked in terminals that know how.";
    look.fold_rows: usize, "CHATTER_FOLD_ROWS",
        "Rows of a message beyond which it is folded; 0 folds nothing.";
    mouse.enabled: bool, "CHATTER_MOUSE",
        "Whether clicks, drags and the wheel come to Chatter instead of the terminal.";
    notify.method: NotifyMethod, "CHATTER_NOTIFY",
        "How you are notified; auto takes the best that the terminal is known to have.";
    notify.preview: Preview, "CHATTER_PREVIEW",
        "How much a notification tells.";
    composer.editor: String, "CHATTER_EDITOR",
        "Command that edits a message; empty takes $VISUAL, then $EDITOR, then vi.";
    session.credential_store: Store, "CHATTER_CREDENTIAL_STORE",
        "Where the session's token is kept; auto is the desktop's keyring if it answers, else a file.";
    keys.profile: Profile, "CHATTER_KEYS",
        "The keys to start from.";
}

/// A value that can be written as a word.
trait Setting: Sized + 'static {
    const KIND: Kind;
    fn read(text: &str) -> Option<Self>;
    fn written(&self) -> String;
}

impl Setting for bool {
    const KIND: Kind = Kind::Switch;

    fn read(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => Some(true),
            "false" | "off" | "no" | "0" => Some(false),
            _ => None,
        }
    }

    fn written(&self) -> String {
        self.to_string()
    }
}

impl Setting for usize {
    const KIND: Kind = Kind::Number;

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn written(&self) -> String {
        self.to_string()
    }
}

impl Setting for String {
    const KIND: Kind = Kind::Text;

    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn written(&self) -> String {
        self.clone()
    }
}

/// The words for the values of a choice.
macro_rules! choice {
    ($type:ty: $($value:ident = $word:literal,)+) => {
        impl Setting for $type {
            const KIND: Kind = Kind::Choice(&[$($word,)+]);

            fn read(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$value),)+
                    _ => None,
                }
            }

            fn written(&self) -> String {
                match self {
                    $(Self::$value => $word,)+
                }
                .to_owned()
            }
        }
    };
}

choice!(Colours: Auto = "auto", True = "truecolor", Indexed = "256", Sixteen = "16", None = "none",);
choice!(Glyphs: Auto = "auto", Unicode = "unicode", Ascii = "ascii",);
choice!(Emoji: Auto = "auto", Picture = "picture", Text = "text",);
choice!(Pictures:
    Auto = "auto",
    Kitty = "kitty",
    Sixel = "sixel",
    Iterm2 = "iterm2",
    Blocks = "blocks",
    Off = "off",
);
choice!(Preview: Full = "full", Sender = "sender", None = "none",);
choice!(Profile: Plain = "plain", Vim = "vim", Emacs = "emacs",);
choice!(Store:
    Auto = "auto",
    SecretService = "secret-service",
    Keyutils = "keyutils",
    File = "file",
    None = "none",
);
choice!(NotifyMethod:
    Auto = "auto",
    Osc9 = "osc9",
    Osc777 = "osc777",
    Osc99 = "osc99",
    Bell = "bell",
    Desktop = "desktop",
    None = "none",
);

impl Record {
    /// The setting `key` of `section`.
    pub fn named(section: &str, key: &str) -> Option<&'static Self> {
        RECORDS.iter().find(|record| record.section == section && record.key == key)
    }

    /// The settings of `section`.
    pub fn of(section: &str) -> impl Iterator<Item = &'static Self> {
        RECORDS.iter().filter(move |record| record.section == section)
    }

    /// Its value as a file has it.
    pub fn toml(&self, config: &Config) -> String {
        let value = (self.value)(config);
        match self.kind {
            Kind::Switch | Kind::Number => value,
            Kind::Text | Kind::Choice(_) => toml::Value::String(value).to_string(),
        }
    }
}
