//! TOML into settings: each value where it belongs, and everything that is wrong with its line.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::hint;
use super::{Config, Kind, Problem, RECORDS, Record};
use crate::action::{self, Action};
use crate::keymap::{Context, Rebinding, SEQUENCE_KEYS_MAX, parse_sequence};
use crate::theme::{
    AUTO, BUILT_IN, CustomTheme, NAME_STYLES, ROLES, Role, STYLE_WORDS, parse_style,
};

/// The sections of a file.
const KEYS: &str = "keys";
const THEMES: &str = "themes";

/// What takes keys away.
const NONE: &str = "none";

/// Where a piece of TOML comes from.
pub(super) struct Origin<'a> {
    /// A file's path, or an option.
    pub(super) name: &'a str,
    /// The TOML.
    pub(super) text: &'a str,
    /// Whether lines say anything.
    pub(super) has_lines: bool,
}

impl Origin<'_> {
    /// A problem at this place, bytes from the start.
    pub(super) fn problem(&self, at: usize, sentence: String) -> Problem {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = self.has_lines.then(|| before.matches('\n').count() + 1);
        Problem { source: self.name.to_owned(), line, sentence }
    }
}

/// Settings as far as they are read, and from where those came that can only be judged at the end.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) config: Config,
    pub(super) problems: Vec<Problem>,
    /// Where each of `config.keys.own` stands, as a problem whose sentence is still to be written.
    pub(super) key_places: Vec<Problem>,
    /// The same for each record that was set, the last wins.
    pub(super) record_places: Vec<(&'static str, &'static str, Problem)>,
}

type Entry<'t, 'i> = (&'t str, usize, &'t Spanned<DeValue<'i>>);

/// The entries of a table in the order of the file.
fn entries<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| (key.get_ref().as_ref(), key.span().start, value))
        .collect();
    entries.sort_by_key(|(_, at, _)| *at);
    entries
}

/// Reads what `origin` sets into `draft`.
pub(super) fn read(origin: &Origin<'_>, draft: &mut Draft) {
    let (document, errors) = DeTable::parse_recoverable(origin.text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        let sentence = format!("This is not TOML: {}.", error.message());
        draft.problems.push(origin.problem(at, sentence));
    }
    if !errors.is_empty() {
        return;
    }
    for (section, at, value) in entries(document.get_ref()) {
        let is_known = RECORDS.iter().any(|record| record.section == section);
        match (value.get_ref(), section) {
            (DeValue::Table(themes), THEMES) => read_themes(origin, themes, draft),
            (DeValue::Table(table), _) if is_known => read_section(origin, section, table, draft),
            (_, THEMES) => refuse(origin, at, format!("{section} is a table: [{section}]."), draft),
            _ if is_known => {
                refuse(origin, at, format!("{section} is a table: [{section}]."), draft);
            }
            _ => {
                let mut known: Vec<_> = RECORDS.iter().map(|record| record.section).collect();
                known.dedup();
                known.push(THEMES);
                let hint = hint(section, known);
                refuse(origin, at, format!("There is no section {section}. {hint}"), draft);
            }
        }
    }
}

fn refuse(origin: &Origin<'_>, at: usize, sentence: String, draft: &mut Draft) {
    draft.problems.push(origin.problem(at, sentence));
}

fn read_section(origin: &Origin<'_>, section: &str, table: &DeTable<'_>, draft: &mut Draft) {
    for (key, at, value) in entries(table) {
        if let Some(record) = Record::named(section, key) {
            match text_of(value.get_ref(), record.kind).filter(|text| draft.set(record, text)) {
                Some(_) => draft.place(record, origin.problem(at, String::new())),
                None => refuse(origin, at, wrong_value(record, &shown(value.get_ref())), draft),
            }
            continue;
        }
        let context = Context::named(key).filter(|_| section == KEYS);
        if let (Some(context), DeValue::Table(keys)) = (context, value.get_ref()) {
            read_keys(origin, context, keys, draft);
            continue;
        }
        let contexts = Context::ALL.into_iter().map(Context::name).filter(|_| section == KEYS);
        let known = Record::of(section).map(|record| record.key).chain(contexts);
        let hint = hint(key, known);
        refuse(origin, at, format!("There is no setting {section}.{key}. {hint}"), draft);
    }
}

fn read_keys(origin: &Origin<'_>, context: Context, table: &DeTable<'_>, draft: &mut Draft) {
    let first = draft.config.keys.own.len();
    for (written, at, value) in entries(table) {
        let name = format!("keys.{}.\"{written}\"", context.name());
        let keys = match parse_sequence(written) {
            Ok(keys) => keys,
            Err(part) => {
                let sentence = format!(
                    "{name}: \"{part}\" is no key. Write one to {SEQUENCE_KEYS_MAX} keys with \
                     spaces between, such as ctrl-k, alt-enter, f9, pageup, G or \"g g\"."
                );
                refuse(origin, at, sentence, draft);
                continue;
            }
        };
        let action = match value.get_ref().as_str() {
            Some(NONE) => Some(None),
            Some(action) => Action::named(action).map(Some),
            None => None,
        };
        let Some(action) = action else {
            let written = shown(value.get_ref());
            let known = action::RECORDS.iter().map(|record| record.name);
            let hint = hint(&written.replace([' ', '_'], "-").to_lowercase(), known.chain([NONE]));
            refuse(origin, at, format!("{name}: \"{written}\" is no action. {hint}"), draft);
            continue;
        };
        let mut here = draft.config.keys.own.iter().skip(first);
        if here.any(|other| other.context == context && other.keys == keys) {
            refuse(origin, at, format!("{name}: these keys are bound above already."), draft);
            continue;
        }
        draft.config.keys.own.push(Rebinding { context, keys, action });
        draft.key_places.push(origin.problem(at, name));
    }
}

fn read_themes(origin: &Origin<'_>, themes: &DeTable<'_>, draft: &mut Draft) {
    for (name, at, value) in entries(themes) {
        let is_taken = name == AUTO || BUILT_IN.iter().any(|palette| palette.name == name);
        match value.get_ref() {
            _ if is_taken => {
                let sentence = format!("themes.{name}: {name} is built in; take another name.");
                refuse(origin, at, sentence, draft);
            }
            DeValue::Table(table) => {
                let theme = read_theme(origin, name, table, draft);
                draft.config.themes.retain(|known| known.name != name);
                draft.config.themes.push(theme);
            }
            _ => refuse(origin, at, format!("themes.{name} is a table: [themes.{name}]."), draft),
        }
    }
}

/// A theme that names no base changes the first built-in one.
fn read_theme(
    origin: &Origin<'_>,
    name: &str,
    table: &DeTable<'_>,
    draft: &mut Draft,
) -> CustomTheme {
    let mut theme = CustomTheme {
        name: name.to_owned(),
        base: BUILT_IN[0].name.to_owned(),
        styles: Vec::new(),
        names: Vec::new(),
    };
    for (key, at, value) in entries(table) {
        let read = match (key, value.get_ref()) {
            ("base", value) => read_base(value).map(|base| theme.base = base),
            ("names", DeValue::Array(names)) if (1..=NAME_STYLES).contains(&names.len()) => names
                .iter()
                .map(|name| read_style(name.get_ref()))
                .collect::<Result<_, _>>()
                .map(|names| theme.names = names),
            ("names", _) => Err(format!("this is a list of 1 to {NAME_STYLES} styles.")),
            (key, value) => match Role::named(key) {
                Some(role) => read_style(value).map(|style| theme.styles.push((role.name, style))),
                None => {
                    let known = ROLES.iter().map(|role| role.name).chain(["base", "names"]);
                    Err(format!("there is no such role. {}", hint(key, known)))
                }
            },
        };
        if let Err(sentence) = read {
            refuse(origin, at, format!("themes.{name}.{key}: {sentence}"), draft);
        }
    }
    theme
}

fn read_base(value: &DeValue<'_>) -> Result<String, String> {
    let name = value.as_str().unwrap_or_default();
    let known = || BUILT_IN.iter().map(|palette| palette.name);
    match known().any(|known| known == name) {
        true => Ok(name.to_owned()),
        false => Err(format!("\"{}\" is no built-in theme. {}", shown(value), hint(name, known()))),
    }
}

fn read_style(value: &DeValue<'_>) -> Result<ratatui::style::Style, String> {
    let text =
        value.as_str().ok_or_else(|| format!("a style is text in quotes. {STYLE_WORDS}."))?;
    parse_style(text).map_err(|word| match word.as_str() {
        "" => format!("a colour is missing after \"on\". {STYLE_WORDS}."),
        word => format!("\"{word}\" is no colour or weight here. {STYLE_WORDS}."),
    })
}

/// The text of a value, if a setting of that kind is written so in a file.
fn text_of(value: &DeValue<'_>, kind: Kind) -> Option<String> {
    match (value, kind) {
        (DeValue::String(text), Kind::Text | Kind::Choice(_)) => Some(text.to_string()),
        (DeValue::Boolean(is_on), Kind::Switch) => Some(is_on.to_string()),
        (DeValue::Integer(number), Kind::Number | Kind::Choice(_)) => {
            (number.radix() == 10).then(|| number.as_str().to_owned())
        }
        _ => None,
    }
}

/// A value as it is named when it is refused; long ones in part.
fn shown(value: &DeValue<'_>) -> String {
    const CHARS_MAX: usize = 40;
    let text = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(is_on) => is_on.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) => "[…]".to_owned(),
        DeValue::Table(_) => "{…}".to_owned(),
    };
    text.chars().filter(|character| !character.is_control()).take(CHARS_MAX).collect()
}

/// That a setting can't be this, what it can be, and what was perhaps meant.
pub(super) fn wrong_value(record: &Record, written: &str) -> String {
    let name = format!("{}.{}", record.section, record.key);
    let allowed = record.kind.allowed();
    let meant = match record.kind {
        Kind::Choice(words) => hint(written, words.iter().copied()),
        _ => String::new(),
    };
    match meant.starts_with("Did") {
        true => format!("{name} can't be \"{written}\". It is {allowed}. {meant}"),
        false => format!("{name} can't be \"{written}\". It is {allowed}."),
    }
}

impl Draft {
    /// Sets a record; `false` if it can't be that.
    pub(super) fn set(&mut self, record: &Record, text: &str) -> bool {
        (record.set)(&mut self.config, text)
    }

    /// Remembers where a record was set.
    pub(super) fn place(&mut self, record: &'static Record, place: Problem) {
        let name = (record.section, record.key);
        self.record_places.retain(|(section, key, _)| (*section, *key) != name);
        self.record_places.push((record.section, record.key, place));
    }
}
