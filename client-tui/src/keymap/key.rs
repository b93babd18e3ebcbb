//! Keys as settings write them and as people read them.

use crokey::{KeyCombination, OneToThree};
use crossterm::event::{KeyCode, KeyModifiers};

/// Keys pressed one after the other.
pub type Sequence = Vec<KeyCombination>;

/// Most keys of a sequence.
pub const SEQUENCE_KEYS_MAX: usize = 3;

/// Reads `ctrl-x ctrl-c`: one to three keys, with spaces between them.
///
/// # Errors
/// With the part that is no key, or all of it if that is too long or empty.
pub fn parse_sequence(text: &str) -> Result<Sequence, String> {
    let parts: Vec<_> = text.split_whitespace().collect();
    if parts.is_empty() || parts.len() > SEQUENCE_KEYS_MAX {
        return Err(text.to_owned());
    }
    parts.iter().map(|part| parse_key(part).ok_or_else(|| (*part).to_owned())).collect()
}

/// Reads one key. A capital letter alone, or with Alt, means Shift as well, as in Vim.
fn parse_key(text: &str) -> Option<KeyCombination> {
    let last = text.chars().next_back()?;
    let before = &text[..text.len() - last.len_utf8()];
    let is_character = before.is_empty() || before.ends_with('-');
    let mut key: KeyCombination = match is_character && !last.is_ascii() {
        // The parser knows names of one byte: it reads the modifiers, with a letter to stand in.
        true => format!("{before}a").parse().ok()?,
        false => text.parse().ok()?,
    };
    // A terminal can't report two keys held down at once.
    let OneToThree::One(code) = &mut key.codes else { return None };
    if is_character && (last.is_alphabetic() || !last.is_ascii()) {
        if last.is_uppercase() && !key.modifiers.contains(KeyModifiers::CONTROL) {
            key.modifiers |= KeyModifiers::SHIFT;
        }
        let letter = match key.modifiers.contains(KeyModifiers::SHIFT) {
            true => last.to_uppercase().next(),
            false => last.to_lowercase().next(),
        };
        *code = KeyCode::Char(letter.unwrap_or(last));
    }
    Some(key)
}

/// A sequence as settings write it: what [`parse_sequence`] reads back.
pub fn written(sequence: &[KeyCombination]) -> String {
    let keys: Vec<_> = sequence.iter().map(|key| written_key(*key)).collect();
    keys.join(" ")
}

fn written_key(key: KeyCombination) -> String {
    let mut text = String::new();
    for (modifier, label) in [
        (KeyModifiers::CONTROL, "ctrl-"),
        (KeyModifiers::ALT, "alt-"),
        (KeyModifiers::SHIFT, "shift-"),
        (KeyModifiers::SUPER, "cmd-"),
    ] {
        let is_implied = *key.codes.first() == KeyCode::BackTab && modifier == KeyModifiers::SHIFT;
        if key.modifiers.contains(modifier) && !is_implied {
            text.push_str(label);
        }
    }
    match *key.codes.first() {
        KeyCode::Char(' ') => text.push_str("space"),
        KeyCode::Char(character) => text.extend(character.to_lowercase()),
        KeyCode::F(number) => text.push_str(&format!("f{number}")),
        other => text.push_str(&format!("{other:?}").to_lowercase()),
    }
    text
}

/// The character that `key` types, if it types one.
pub fn typed_character(key: KeyCombination) -> Option<char> {
    let OneToThree::One(KeyCode::Char(character)) = key.codes else { return None };
    // AltGr arrives as Ctrl+Alt on some systems; a bare Ctrl or Alt is a command, not text.
    let command = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
    let is_text = command.is_empty() || command == KeyModifiers::CONTROL | KeyModifiers::ALT;
    (is_text && !character.is_control()).then_some(character)
}

/// A sequence as people write it: `Ctrl+X Ctrl+C`, `PgUp`.
pub fn sequence_name(sequence: &[KeyCombination]) -> String {
    let names: Vec<_> = sequence.iter().map(|key| key_name(*key)).collect();
    names.join(" ")
}

fn key_name(key: KeyCombination) -> String {
    // A capital letter says Shift by itself.
    let is_capital = matches!(*key.codes.first(), KeyCode::Char(c) if c.is_uppercase());
    let shift_only = key.modifiers == KeyModifiers::SHIFT;
    let mut name = String::new();
    for (modifier, label) in [
        (KeyModifiers::CONTROL, "Ctrl+"),
        (KeyModifiers::ALT, "Alt+"),
        (KeyModifiers::SHIFT, "Shift+"),
    ] {
        if key.modifiers.contains(modifier) && !(is_capital && shift_only) {
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
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> KeyCombination {
        parse_key(text).unwrap_or_else(|| panic!("{text} is a key"))
    }

    #[test]
    fn text_is_text_and_commands_are_not() {
        assert_eq!(typed_character(key("shift-a")), Some('A'));
        assert_eq!(typed_character(key("ctrl-a")), None);
        assert_eq!(typed_character(key("alt-x")), None);
        assert_eq!(typed_character(key("f1")), None);
    }

    #[test]
    fn a_capital_letter_means_shift_and_other_alphabets_are_read() {
        assert_eq!(key("G"), key("shift-g"));
        assert_eq!(key("alt-G"), key("alt-shift-g"));
        assert_eq!(key("ctrl-G"), key("ctrl-g"));
        assert_eq!(key("ctrl-ж").codes, OneToThree::One(KeyCode::Char('ж')));
        assert_eq!(key("ctrl-ж").modifiers, KeyModifiers::CONTROL);
        assert_eq!(key("Ж"), key("shift-ж"));
    }

    #[test]
    fn sequences_have_one_to_three_keys() {
        assert_eq!(parse_sequence(" ctrl-x   b ").expect("reads"), [key("ctrl-x"), key("b")]);
        assert_eq!(parse_sequence(""), Err(String::new()));
        assert_eq!(parse_sequence("a b c d"), Err("a b c d".to_owned()));
        assert_eq!(parse_sequence("g ctrl-nope"), Err("ctrl-nope".to_owned()));
        assert_eq!(parse_sequence("a-b"), Err("a-b".to_owned()));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for text in [
            "ctrl-x ctrl-c",
            "shift-g",
            "Ж",
            "ctrl-ж",
            "ctrl-€",
            "backtab",
            "alt-shift-,",
            "-",
            "ctrl--",
            "space",
        ] {
            let sequence = parse_sequence(text).expect("reads");
            assert_eq!(parse_sequence(&written(&sequence)), Ok(sequence), "{text}");
        }
        assert_eq!(sequence_name(&[key("ctrl-x"), key("G")]), "Ctrl+X G");
        assert_eq!(sequence_name(&[key("backtab")]), "Shift+Tab");
    }
}
