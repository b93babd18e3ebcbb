//! Figures as a table and as JSON.

use std::fmt::Write;

use chatter_tests::machine;
use serde_json::{Value, json};

/// A figure that was measured several times.
struct Figure {
    group: &'static str,
    name: String,
    unit: &'static str,
    values: Vec<f64>,
    /// What is aimed at; a baseline has none.
    aim: Option<f64>,
}

/// All figures.
pub(crate) struct Report {
    figures: Vec<Figure>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { figures: Vec::new() }
    }

    /// Adds a figure; none without values.
    pub(crate) fn add(
        &mut self,
        group: &'static str,
        name: impl Into<String>,
        unit: &'static str,
        values: Vec<f64>,
        aim: Option<f64>,
    ) {
        if !values.is_empty() {
            self.figures.push(Figure { group, name: name.into(), unit, values, aim });
        }
    }

    /// The figures of a group as rows.
    pub(crate) fn table_of(&self, group: &str) -> String {
        let mut table = String::new();
        for figure in self.figures.iter().filter(|figure| figure.group == group) {
            let (median, min, max) = figure.spread();
            let aim = figure.aim.map_or(String::new(), |aim| format!("  aim {aim}"));
            // Writing to a string does not fail.
            let _ = writeln!(
                table,
                "{:<7} {:<46} {:>10} {:<7} ({} - {}){aim}",
                figure.group,
                figure.name,
                short(median),
                figure.unit,
                short(min),
                short(max)
            );
        }
        table
    }

    /// Everything, and what it was measured on.
    pub(crate) fn json(&self) -> Value {
        let figures: Vec<_> = self.figures.iter().map(Figure::json).collect();
        json!({ "machine": machine::facts(), "figures": figures })
    }
}

impl Figure {
    /// Median, least and most.
    fn spread(&self) -> (f64, f64, f64) {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        (at(values.len() / 2), at(0), at(values.len().saturating_sub(1)))
    }

    fn json(&self) -> Value {
        let (median, min, max) = self.spread();
        json!({
            "group": self.group, "name": self.name, "unit": self.unit, "median": median,
            "min": min, "max": max, "rounds": self.values.len(), "aim": self.aim,
        })
    }
}

/// The value below which this part of the values lies.
pub(crate) fn percentile(values: &[f64], part: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * part).ceil() as usize;
    values.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

fn short(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
