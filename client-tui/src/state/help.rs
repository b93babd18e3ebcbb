//! The help: every key of the key map in force, every command, and what the marks beside messages mean.

use super::wrap::wrap;
use super::{State, overlay_place};
use crate::command;
use crate::keymap::{Context, Keymap, sequence_name};

/// Columns and rows of the help where there is room.
pub const HELP_SIZE: (u16, u16) = (76, 40);

/// Columns of the keys.
const KEY_COLUMNS: usize = 34;

/// Columns left of the keys, and between them and what they do.
const GAP_COLUMNS: usize = 2;

/// What stands beside my messages.
const MARKS: [(&str, &str); 5] = [
    ("…", "waiting: will be sent as soon as possible"),
    ("✓", "sent: the server has it"),
    ("✓✓", "delivered: on a device of the other person"),
    ("◉", "read"),
    ("✗", "refused: the reason stands below the message"),
];

/// A line of the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// Where the keys below have their meaning.
    Heading(&'static str),
    /// Keys and what they do.
    Entry {
        /// Some of the keys.
        keys: String,
        /// Some of the words.
        meaning: String,
    },
    /// Space.
    Blank,
}

/// Columns of the keys in a help of `columns`, with the gaps on both sides.
pub fn help_key_columns(columns: usize) -> usize {
    KEY_COLUMNS.min(columns / 2)
}

/// The help in lines of `columns`.
pub fn help_lines(keymap: &Keymap, columns: usize) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    let in_use = |context: &Context| keymap.in_context(*context).next().is_some();
    for context in Context::ALL.into_iter().filter(in_use) {
        lines.push(HelpLine::Heading(context.heading()));
        for binding in keymap.in_context(context) {
            let keys: Vec<_> = binding.keys.iter().map(|keys| sequence_name(keys)).collect();
            push_entry(&mut lines, &keys.join("  "), binding.action.description(), columns);
        }
        lines.push(HelpLine::Blank);
    }
    lines.push(HelpLine::Heading("Commands, written in the message line"));
    for (usage, meaning) in command::help_lines() {
        push_entry(&mut lines, &usage, meaning, columns);
    }
    lines.push(HelpLine::Blank);
    lines.push(HelpLine::Heading("Beside my messages"));
    for (mark, meaning) in MARKS {
        push_entry(&mut lines, mark, meaning, columns);
    }
    lines
}

/// The furthest that the help can be scrolled on this screen.
pub fn help_last_top(state: &State) -> usize {
    let inner = overlay_place(state.size, HELP_SIZE).inner;
    let lines = help_lines(&state.keymap, inner.width.into());
    lines.len().saturating_sub(inner.height.into())
}

fn push_entry(lines: &mut Vec<HelpLine>, keys: &str, meaning: &str, columns: usize) {
    let key_columns = help_key_columns(columns);
    let meaning_columns = columns.saturating_sub(key_columns);
    let keys = wrap(keys, key_columns.saturating_sub(2 * GAP_COLUMNS))
        .into_iter()
        .map(|range| keys[range].trim().to_owned());
    let meanings =
        wrap(meaning, meaning_columns).into_iter().map(|range| meaning[range].trim().to_owned());
    let (keys, meanings): (Vec<_>, Vec<_>) = (keys.collect(), meanings.collect());
    for at in 0..keys.len().max(meanings.len()) {
        let part = |parts: &[String]| parts.get(at).cloned().unwrap_or_default();
        lines.push(HelpLine::Entry { keys: part(&keys), meaning: part(&meanings) });
    }
}
