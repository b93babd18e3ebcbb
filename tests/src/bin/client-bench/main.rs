//! What the screen client costs: the release `chatter` in a pseudo-terminal of 120x40 against a
//! release `chatter-server` on loopback, with what the system's own programs cost beside it.
//!
//! `cargo run --release -p chatter-tests --bin client-bench` builds both and measures; it asserts nothing
//! about time.

mod burst;
mod dam;
mod flood;
mod idle;
mod memory;
mod person;
mod pty;
mod report;
mod script;
mod sender;
mod stage;
mod start;
mod typing;
mod usage;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use chatter_tests::binaries;
use clap::Parser;

use report::Report;

/// What is measured, in this order.
const ALL: [(&str, Measure); 7] = [
    ("start", start::measure),
    ("memory", memory::measure),
    ("idle", idle::measure),
    ("typing", typing::measure),
    ("burst", burst::measure),
    ("flood", flood::measure),
    ("script", script::measure),
];

type Measure = fn(&Plan, &mut Report) -> anyhow::Result<()>;

/// Measures what the screen client costs
#[derive(Clone, Debug, Parser)]
struct Plan {
    /// Repetitions of what is short; what is long has fewer
    #[arg(long, default_value_t = 10)]
    rounds: usize,

    /// Only what has this name: start, memory, idle, typing, burst, flood or script
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,

    /// Few repetitions and short histories, to see that it works
    #[arg(long)]
    quick: bool,

    /// Write the figures, and what they were measured on, to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Plan {
    /// Repetitions of something short.
    fn short_rounds(&self) -> usize {
        if self.quick { 2 } else { self.rounds.max(1) }
    }

    /// Repetitions of something that takes many seconds.
    fn long_rounds(&self) -> usize {
        if self.quick { 1 } else { (self.rounds / 3).max(1) }
    }

    /// Lengths of histories.
    fn histories(&self) -> [usize; 2] {
        if self.quick { [1_000, 5_000] } else { [10_000, 100_000] }
    }
}

fn main() -> anyhow::Result<()> {
    let plan = Plan::parse();
    for name in &plan.only {
        anyhow::ensure!(ALL.iter().any(|(known, _)| known == name), "nothing is called {name:?}");
    }
    binaries::build_release(&["chatter", "chatter-server"])?;
    let mut report = Report::new();
    for (name, measure) in ALL {
        if plan.only.is_empty() || plan.only.iter().any(|only| only == name) {
            measure(&plan, &mut report).with_context(|| format!("measuring {name}"))?;
            let mut out = std::io::stdout().lock();
            out.write_all(report.table_of(name).as_bytes())?;
            out.flush()?;
        }
    }
    if let Some(path) = &plan.json {
        let text = serde_json::to_string_pretty(&report.json())?;
        std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}
