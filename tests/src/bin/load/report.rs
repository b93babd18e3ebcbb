//! The figures: a table for each scenario, and all of them as JSON.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use chatter_tests::machine;
use serde_json::{Map, Value, json};

use crate::Options;

/// All that was measured.
pub(crate) struct Report {
    about: Value,
    rows: Vec<Row>,
}

/// One line of a table.
pub(crate) struct Row {
    scenario: &'static str,
    target: String,
    figures: Vec<(&'static str, f64)>,
}

impl Row {
    /// A line about `target`, without figures yet.
    pub(crate) fn new(scenario: &'static str, target: &str) -> Self {
        Self { scenario, target: target.to_owned(), figures: Vec::new() }
    }

    /// Adds a figure; its name says the unit.
    pub(crate) fn with(mut self, name: &'static str, figure: f64) -> Self {
        self.figures.push((name, figure));
        self
    }
}

impl Report {
    /// An empty one about this machine.
    pub(crate) fn new(options: &Options) -> anyhow::Result<Self> {
        let about = json!({
            "machine": machine::facts(),
            "pinned": !options.unpinned,
            "sync_delay_ms": options.sync_delay_ms,
            "quick": options.quick,
        });
        let mut out = std::io::stdout().lock();
        writeln!(out, "{about}")?;
        Ok(Self { about, rows: Vec::new() })
    }

    /// Adds a line, and prints it.
    pub(crate) fn add(&mut self, row: Row) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        let names = |row: &Row| row.figures.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let is_first = self
            .rows
            .last()
            .is_none_or(|last| last.scenario != row.scenario || names(last) != names(&row));
        if is_first {
            write!(out, "\n{:<24}", row.scenario)?;
            for (name, _) in &row.figures {
                write!(out, " {name:>width$}", width = width(name))?;
            }
            writeln!(out)?;
        }
        write!(out, "{:<24}", row.target)?;
        for (name, figure) in &row.figures {
            write!(out, " {:>width$}", shown(*figure), width = width(name))?;
        }
        writeln!(out)?;
        self.rows.push(row);
        Ok(())
    }

    /// Writes the file that was asked for.
    pub(crate) fn finish(self, json: Option<&Path>) -> anyhow::Result<()> {
        let Some(path) = json else { return Ok(()) };
        let rows = self.rows.iter().map(|row| {
            let figures =
                row.figures.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure)));
            let figures: Map<_, _> = figures.collect();
            json!({ "scenario": row.scenario, "target": row.target, "figures": figures })
        });
        let all = json!({ "about": self.about, "rows": rows.collect::<Vec<_>>() });
        std::fs::write(path, serde_json::to_string_pretty(&all)?)
            .with_context(|| path.display().to_string())
    }
}

fn width(name: &str) -> usize {
    name.chars().count().max(9)
}

/// Three digits at least, as few as say it.
fn shown(figure: f64) -> String {
    match figure.abs() {
        0.0 => "0".to_owned(),
        below if below < 10.0 => format!("{figure:.2}"),
        below if below < 100.0 => format!("{figure:.1}"),
        _ => format!("{figure:.0}"),
    }
}
