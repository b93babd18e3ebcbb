//! What is wrong with a setting, as a sentence with its place.

use std::fmt;

/// Names that are further apart than a third of their letters are not proposed.
const LETTERS_PER_SLIP: usize = 3;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: a file, a variable or an option.
    pub source: String,
    /// The line in the file, counted from 1.
    pub line: Option<usize>,
    /// What is wrong, what is allowed, what was perhaps meant.
    pub sentence: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.source, self.sentence),
            None => write!(f, "{}: {}", self.source, self.sentence),
        }
    }
}

/// What was perhaps meant by `written`, else all that there is, as a sentence.
pub(super) fn hint<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    let distance = |name: &&&str| strsim::damerau_levenshtein(written, name);
    let nearest = known.iter().min_by_key(distance);
    let slips_max = written.chars().count().div_ceil(LETTERS_PER_SLIP);
    match nearest.filter(|name| distance(name) <= slips_max) {
        Some(name) => format!("Did you mean {name}?"),
        None => format!("There are {}.", known.join(", ")),
    }
}
