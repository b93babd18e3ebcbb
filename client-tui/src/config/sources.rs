//! Where settings come from, and which of them wins.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::file::{self, Draft, Origin, wrong_value};
use super::problem::hint;
use super::{Config, Problem, RECORDS, Record};
use crate::keymap;
use crate::theme::{AUTO, theme_names};

/// Largest file of settings, bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The settings that name a theme.
const THEME_KEYS: [&str; 3] = ["theme", "dark_theme", "light_theme"];

/// Where settings come from.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The file.
    pub file: PathBuf,
    /// Whether somebody named it, so that it must be there.
    pub is_named: bool,
    /// Options that set one thing: as written, section, key, value.
    pub options: Vec<(&'static str, &'static str, &'static str, String)>,
    /// What `--set` says: `section.key=value`.
    pub assignments: Vec<String>,
}

impl Sources {
    /// Reads all of them: defaults, the file, the environment, options, each over the one before.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn load(&self) -> Result<Config, Vec<Problem>> {
        self.load_with(|name| std::env::var(name).ok())
    }

    /// The same with another environment.
    pub(super) fn load_with(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Config, Vec<Problem>> {
        let mut draft = Draft::default();
        let name = self.file.display().to_string();
        match read_bounded(&self.file) {
            Ok(text) => {
                file::read(&Origin { name: &name, text: &text, has_lines: true }, &mut draft);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_named => {}
            Err(error) => {
                let sentence = format!("The settings can't be read: {error}.");
                draft.problems.push(Problem { source: name, line: None, sentence });
            }
        }
        for record in RECORDS {
            if let Some(value) = variable(record.variable).filter(|value| !value.is_empty()) {
                set(&mut draft, record.variable, record, &value);
            }
        }
        for assignment in &self.assignments {
            assign(&mut draft, assignment);
        }
        for (option, section, key, value) in &self.options {
            if let Some(record) = Record::named(section, key) {
                set(&mut draft, option, record, value);
            }
        }
        check_themes(&mut draft);
        check_keys(&mut draft);
        draft.problems.sort_by_key(|problem| problem.line);
        match draft.problems.is_empty() {
            true => Ok(draft.config),
            false => Err(draft.problems),
        }
    }
}

fn read_bounded(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    match text.len() as u64 > FILE_BYTES_MAX {
        true => Err(io::Error::other(format!("it is larger than {FILE_BYTES_MAX} bytes"))),
        false => Ok(text),
    }
}

fn set(draft: &mut Draft, source: &str, record: &'static Record, value: &str) {
    let place = Problem { source: source.to_owned(), line: None, sentence: String::new() };
    match draft.set(record, value) {
        true => draft.place(record, place),
        false => {
            let shown: String = value.chars().filter(|c| !c.is_control()).take(40).collect();
            draft.problems.push(Problem { sentence: wrong_value(record, &shown), ..place });
        }
    }
}

/// `section.key=value`, where the value is as the file has it, or the same without quotes.
fn assign(draft: &mut Draft, assignment: &str) {
    let name = format!("--set {assignment}");
    let (path, value) = assignment.split_once('=').unwrap_or((assignment, ""));
    let bare: Vec<_> = path.trim().split('.').collect();
    if let [section, key] = bare.as_slice()
        && let Some(record) = Record::named(section, key)
    {
        return set(draft, &name, record, value.trim().trim_matches('"'));
    }
    let quoted = format!("{path} = {}", toml::Value::String(value.trim().to_owned()));
    let is_toml = toml::de::DeTable::parse(assignment).is_ok();
    let text = if is_toml { assignment } else { &quoted };
    file::read(&Origin { name: &name, text, has_lines: false }, draft);
}

fn check_themes(draft: &mut Draft) {
    let Draft { config, problems, record_places, .. } = draft;
    for key in THEME_KEYS {
        let Some(record) = Record::named("look", key) else { continue };
        let written = (record.value)(config);
        let auto = (key == THEME_KEYS[0]).then_some(AUTO);
        let known: Vec<_> = theme_names(config).chain(auto).collect();
        if known.contains(&written.as_str()) {
            continue;
        }
        let place = record_places.iter().find(|(_, placed, _)| *placed == key);
        let hint = hint(&written, known);
        let sentence = format!("look.{key}: there is no theme \"{written}\". {hint}");
        problems.extend(place.map(|(_, _, place)| Problem { sentence, ..place.clone() }));
    }
}

fn check_keys(draft: &mut Draft) {
    let keys = &draft.config.keys;
    for problem in keymap::problems(keys.profile, &keys.own) {
        if let Some(place) = draft.key_places.get(problem.index) {
            let sentence = format!("{}: {}", place.sentence, problem.sentence);
            draft.problems.push(Problem { sentence, ..place.clone() });
        }
    }
}
