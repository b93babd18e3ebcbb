//! Which key asks for what, as data: read forward by the keyboard, backward by hints and help.
//!
//! A key means something in a [`Context`]; where several are in force, the first that knows the
//! key decides. A key that none knows is text.

use crokey::{KeyCombination, OneToThree};
use crossterm::event::{KeyCode, KeyModifiers};

use crate::action::Action;
use crate::state::{Edit, Motion};

/// Where a key has its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// The list of chats.
    List,
    /// An open chat, with the message line.
    Chat,
    /// A completion is proposed for what is being written.
    Completion,
    /// The message line while its keys are commands (Vim).
    Normal,
    /// A message is chosen.
    Messages,
    /// A list to choose from, with or without a filter: people, settings, sessions.
    Picker,
    /// The list of sessions.
    Sessions,
    /// Fields to fill in.
    Form,
    /// The welcome screen.
    Welcome,
    /// A question.
    Question,
    /// The help screen.
    Help,
    /// Any text being edited.
    Editing,
    /// Everywhere.
    Everywhere,
}

impl Context {
    /// All of them, in the order of the help screen.
    pub const ALL: [Self; 13] = [
        Self::Chat,
        Self::Completion,
        Self::Normal,
        Self::Messages,
        Self::List,
        Self::Everywhere,
        Self::Editing,
        Self::Picker,
        Self::Sessions,
        Self::Form,
        Self::Welcome,
        Self::Question,
        Self::Help,
    ];

    /// Its heading in the help screen.
    pub fn heading(self) -> &'static str {
        match self {
            Self::List => "In the list of chats",
            Self::Chat => "In a chat",
            Self::Completion => "When a completion is proposed",
            Self::Normal => "Commands while writing",
            Self::Messages => "With a message chosen",
            Self::Picker => "Choosing a row",
            Self::Sessions => "Sessions",
            Self::Form => "Filling in a form",
            Self::Welcome => "Welcome screen",
            Self::Question => "Asked a question",
            Self::Help => "In this help",
            Self::Editing => "Writing",
            Self::Everywhere => "Everywhere",
        }
    }
}

/// The default keys. The first key of an action is the one that hints show.
const DEFAULTS: &[(Context, Action, &[&str])] = &[
    (Context::Chat, Action::Send, &["enter"]),
    (Context::Chat, Action::NewLine, &["alt-enter", "ctrl-j", "shift-enter"]),
    (Context::Chat, Action::ScrollPageUp, &["pageup"]),
    (Context::Chat, Action::ScrollPageDown, &["pagedown"]),
    (Context::Chat, Action::ScrollUp, &["shift-up"]),
    (Context::Chat, Action::ScrollDown, &["shift-down"]),
    (Context::Chat, Action::ScrollOldest, &["ctrl-home"]),
    (Context::Chat, Action::ScrollNewest, &["ctrl-end"]),
    (Context::Chat, Action::RetryRefused, &["f6"]),
    (Context::Chat, Action::DropRefused, &["f7"]),
    (Context::Chat, Action::SwitchPane, &["tab"]),
    (Context::List, Action::Open, &["enter", "right"]),
    (Context::List, Action::Up, &["up", "k"]),
    (Context::List, Action::Down, &["down", "j"]),
    (Context::List, Action::PageUp, &["pageup"]),
    (Context::List, Action::PageDown, &["pagedown"]),
    (Context::List, Action::First, &["home"]),
    (Context::List, Action::Last, &["end"]),
    (Context::List, Action::SwitchPane, &["tab"]),
    (Context::List, Action::Help, &["?"]),
    (Context::Everywhere, Action::Help, &["f1"]),
    (Context::Everywhere, Action::People, &["f2", "ctrl-p"]),
    (Context::Everywhere, Action::Settings, &["f3", "ctrl-s"]),
    (Context::Everywhere, Action::NextUnread, &["f4", "ctrl-n"]),
    (Context::Everywhere, Action::Reconnect, &["f5", "ctrl-r"]),
    (Context::Everywhere, Action::PreviousChat, &["alt-up", "ctrl-up"]),
    (Context::Everywhere, Action::NextChat, &["alt-down", "ctrl-down"]),
    (Context::Everywhere, Action::Back, &["esc"]),
    (Context::Everywhere, Action::Quit, &["ctrl-q", "ctrl-c"]),
    (Context::Editing, Action::Edit(Edit::Move(Motion::Left)), &["left", "ctrl-b"]),
    (Context::Editing, Action::Edit(Edit::Move(Motion::Right)), &["right", "ctrl-f"]),
    (Context::Editing, Action::Edit(Edit::Move(Motion::Up)), &["up"]),
    (Context::Editing, Action::Edit(Edit::Move(Motion::Down)), &["down"]),
    (
        Context::Editing,
        Action::Edit(Edit::Move(Motion::WordLeft)),
        &["ctrl-left", "alt-left", "alt-b"],
    ),
    (
        Context::Editing,
        Action::Edit(Edit::Move(Motion::WordRight)),
        &["ctrl-right", "alt-right", "alt-f"],
    ),
    (Context::Editing, Action::Edit(Edit::Move(Motion::LineStart)), &["home", "ctrl-a"]),
    (Context::Editing, Action::Edit(Edit::Move(Motion::LineEnd)), &["end", "ctrl-e"]),
    (
        Context::Editing,
        Action::Edit(Edit::Delete(Motion::Left)),
        &["backspace", "ctrl-h", "shift-backspace"],
    ),
    (Context::Editing, Action::Edit(Edit::Delete(Motion::Right)), &["delete", "ctrl-d"]),
    (
        Context::Editing,
        Action::Edit(Edit::Delete(Motion::WordLeft)),
        &["ctrl-w", "alt-backspace", "ctrl-backspace"],
    ),
    (Context::Editing, Action::Edit(Edit::Delete(Motion::LineStart)), &["ctrl-u"]),
    (Context::Editing, Action::Edit(Edit::Delete(Motion::LineEnd)), &["ctrl-k"]),
    (Context::Editing, Action::Edit(Edit::Undo), &["ctrl-z"]),
    (Context::Picker, Action::Open, &["enter"]),
    (Context::Picker, Action::Up, &["up"]),
    (Context::Picker, Action::Down, &["down"]),
    (Context::Picker, Action::PageUp, &["pageup"]),
    (Context::Picker, Action::PageDown, &["pagedown"]),
    (Context::Sessions, Action::EndSession, &["delete", "x"]),
    (Context::Sessions, Action::EndOtherSessions, &["shift-delete", "o"]),
    (Context::Form, Action::Submit, &["enter"]),
    (Context::Form, Action::NextField, &["tab", "down"]),
    (Context::Form, Action::PreviousField, &["backtab", "up"]),
    (Context::Welcome, Action::SwitchForm, &["ctrl-t"]),
    (Context::Question, Action::Confirm, &["y", "enter"]),
    (Context::Question, Action::Back, &["n"]),
    (Context::Help, Action::Up, &["up", "k"]),
    (Context::Help, Action::Down, &["down", "j"]),
    (Context::Help, Action::PageUp, &["pageup"]),
    (Context::Help, Action::PageDown, &["pagedown", "space"]),
    (Context::Help, Action::First, &["home"]),
    (Context::Help, Action::Last, &["end"]),
    (Context::Help, Action::Back, &["q", "?"]),
];

/// An action and the keys that ask for it in a context.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// What.
    pub action: Action,
    /// By which keys; the first is the one to show.
    pub keys: Vec<KeyCombination>,
}

/// All bindings.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Default for Keymap {
    fn default() -> Self {
        let bindings = DEFAULTS.iter().map(|(context, action, keys)| Binding {
            context: *context,
            action: *action,
            keys: keys.iter().filter_map(|key| key.parse().ok()).collect(),
        });
        Self { bindings: bindings.collect() }
    }
}

impl Keymap {
    /// What `key` asks for where `contexts` are in force, the most particular first.
    pub fn action(&self, contexts: &[Context], key: KeyCombination) -> Option<Action> {
        contexts.iter().find_map(|context| {
            let bound = self.in_context(*context).find(|binding| binding.keys.contains(&key));
            bound.map(|binding| binding.action)
        })
    }

    /// The key to show for `action` where `contexts` are in force.
    pub fn key(&self, contexts: &[Context], action: Action) -> Option<String> {
        let mut keys = contexts.iter().flat_map(|context| {
            self.in_context(*context)
                .filter(|binding| binding.action == action)
                .flat_map(|binding| binding.keys.iter().copied())
        });
        keys.find(|key| self.action(contexts, *key) == Some(action)).map(key_name)
    }

    /// The bindings of one context, in the order to show them.
    pub fn in_context(&self, context: Context) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.context == context)
    }
}

/// The character that `key` types, if it types one.
pub fn typed_character(key: KeyCombination) -> Option<char> {
    let OneToThree::One(KeyCode::Char(character)) = key.codes else { return None };
    // AltGr arrives as Ctrl+Alt on some systems; a bare Ctrl or Alt is a command, not text.
    let command = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
    let is_text = command.is_empty() || command == KeyModifiers::CONTROL | KeyModifiers::ALT;
    (is_text && !character.is_control()).then_some(character)
}

/// A key as people write it: `Ctrl+P`, `PgUp`.
pub fn key_name(key: KeyCombination) -> String {
    let mut name = String::new();
    for (modifier, label) in [
        (KeyModifiers::CONTROL, "Ctrl+"),
        (KeyModifiers::ALT, "Alt+"),
        (KeyModifiers::SHIFT, "Shift+"),
    ] {
        if key.modifiers.contains(modifier) {
            name.push_str(label);
        }
    }
    name.push_str(&code_name(*key.codes.first(), !name.is_empty()));
    name
}

fn code_name(code: KeyCode, with_modifier: bool) -> String {
    match code {
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(character) if with_modifier => character.to_uppercase().to_string(),
        KeyCode::Char(character) => character.to_string(),
        KeyCode::F(number) => format!("F{number}"),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        KeyCode::BackTab => "Tab".to_owned(),
        KeyCode::Delete => "Del".to_owned(),
        KeyCode::Up => "↑".to_owned(),
        KeyCode::Down => "↓".to_owned(),
        KeyCode::Left => "←".to_owned(),
        KeyCode::Right => "→".to_owned(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_default_key_can_be_read() {
        for (context, action, keys) in DEFAULTS {
            for key in *keys {
                assert!(key.parse::<KeyCombination>().is_ok(), "{context:?} {action:?} {key}");
            }
            assert!(!keys.is_empty());
        }
    }

    #[test]
    fn no_key_has_two_meanings_in_one_context() {
        let keymap = Keymap::default();
        let mut seen = HashSet::new();
        for binding in &keymap.bindings {
            for key in &binding.keys {
                assert!(seen.insert((binding.context, *key)), "{:?} {}", binding.context, key);
            }
        }
    }

    #[test]
    fn the_more_particular_context_decides() {
        let keymap = Keymap::default();
        let enter = KeyCombination::from(KeyCode::Enter);
        assert_eq!(keymap.action(&[Context::Chat, Context::Editing], enter), Some(Action::Send));
        assert_eq!(keymap.action(&[Context::Form, Context::Editing], enter), Some(Action::Submit));
        assert_eq!(keymap.key(&[Context::Form], Action::Submit).as_deref(), Some("Enter"));
        assert_eq!(keymap.key(&[Context::Form], Action::Send), None);
    }

    #[test]
    fn text_is_text_and_commands_are_not() {
        let key = |text: &str| text.parse::<KeyCombination>().expect("a key");
        assert_eq!(typed_character(key("shift-a")), Some('A'));
        assert_eq!(typed_character(key("ctrl-a")), None);
        assert_eq!(typed_character(key("alt-x")), None);
        assert_eq!(typed_character(key("f1")), None);
    }
}
