//! Commands by the start of their names, and what comes after them.

use super::people;
use super::{Asked, Candidate, Sources, folded};
use crate::command::{Argument, RECORDS, Record};

/// What the command in `text`, as far as `before` the cursor, asks for, and where.
pub(super) fn asked<'a>(text: &str, before: &'a str) -> Option<(usize, Asked<'a>)> {
    let rest = before.strip_prefix('/').filter(|_| !text.contains('\n'))?;
    let Some((name, argument)) = rest.split_once(' ') else {
        return (!rest.contains('/')).then_some((0, Asked::Command(rest)));
    };
    let kind = Record::named(name)?.argument;
    let argument = argument.trim_start();
    let is_proposed = !matches!(kind, Argument::Nothing | Argument::Text);
    is_proposed.then_some((before.len() - argument.len(), Asked::Argument(kind, argument)))
}

/// The commands whose names start with `query`.
pub(super) fn candidates(query: &str) -> Vec<Candidate> {
    let found = records(query);
    found
        .map(|record| Candidate {
            insert: match record.argument {
                Argument::Nothing => format!("/{}", record.name),
                _ => format!("/{} ", record.name),
            },
            label: record.usage.to_owned(),
            detail: record.description.to_owned(),
        })
        .collect()
}

/// What fits after a command's name.
pub(super) fn arguments(kind: Argument, query: &str, sources: &Sources<'_>) -> Vec<Candidate> {
    match kind {
        Argument::Nothing | Argument::Text => Vec::new(),
        Argument::Person => {
            people::candidates(query.strip_prefix('@').unwrap_or(query), sources.people, "")
        }
        Argument::Theme => words(query, sources.themes),
        Argument::Word(known) => words(query, known),
        Argument::Command => {
            let query = query.strip_prefix('/').unwrap_or(query);
            records(query)
                .map(|record| word(&format!("/{}", record.name), record.description))
                .collect()
        }
    }
}

fn records(query: &str) -> impl Iterator<Item = &'static Record> {
    let query = query.to_lowercase();
    let fits = |record: &&Record| record.names().any(|name| name.starts_with(&query));
    let mut found: Vec<_> = RECORDS.iter().filter(fits).collect();
    found.sort_by_key(|record| !record.name.starts_with(&query));
    found.into_iter()
}

fn words(query: &str, known: &[&str]) -> Vec<Candidate> {
    let query = folded(query);
    known.iter().filter(|known| known.starts_with(&query)).map(|known| word(known, "")).collect()
}

fn word(text: &str, detail: &str) -> Candidate {
    Candidate { insert: text.to_owned(), label: text.to_owned(), detail: detail.to_owned() }
}
