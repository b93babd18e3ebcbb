//! The load tool: measures a `chatter-server` from outside, beside what the machine can do at all.
//!
//! `cargo run --release -p chatter-tests --bin load` starts the release server with an embedded
//! database, one processor for it and another for the load, people with real sessions on real sockets, and
//! prints tables; `--json` writes the same figures to a file. Load is open-loop: messages are due
//! at a fixed rate whatever the server does, and one that is said late counts from when it was due.
//!
//! Beside it run a relay without protocol or accounts ([`relay`]), with and without a database that it
//! synchronises before it delivers, and a bare loop of inserts ([`inserts`]): the ratio to those holds on any
//! machine.

mod generator;
mod idle;
mod inserts;
mod meter;
mod pages;
mod pairs;
mod people;
mod relay;
mod report;
mod room;
mod said;
mod seed;
mod storm;
mod target;
mod way;

use std::path::PathBuf;
use std::time::Duration;

use chatter_tests::binaries;
use clap::{Parser, ValueEnum};

use report::Report;

/// Measures chatter-server under load
#[derive(Debug, Parser)]
#[command(name = "load")]
struct Options {
    /// What to measure; everything if nothing is named
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,
    /// Also write the figures to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// A tenth of the time, for a first look
    #[arg(long)]
    quick: bool,
    /// Make each sync of the disk take so much longer, in milliseconds (needs strace)
    #[arg(long, value_name = "MS", default_value_t = 0)]
    sync_delay_ms: u64,
    /// Idle connections to open
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    connections: usize,
    /// Messages in the conversation that pages are read from
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    messages: usize,
    /// A rate for `pairs`, in messages per second, in place of looking for the highest
    #[arg(long, value_name = "PER_SECOND")]
    rate: Option<u64>,
    /// Leave out the relays and the bare inserts
    #[arg(long)]
    alone: bool,
    /// Let server and load use every processor
    #[arg(long)]
    unpinned: bool,
    /// Where the databases are; a disk, for figures that mean something
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Be the relay, with a database in this directory if one is named
    #[arg(long, value_name = "DIR", hide = true)]
    relay: Option<Option<PathBuf>>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Rows per second of a bare loop of inserts, and what a sync of the disk takes
    Inserts,
    /// Memory and processor time of people who are just there
    Idle,
    /// Everybody comes back at once after the server was killed
    Storm,
    /// Latency of 200 messages per second between 100 pairs
    Latency,
    /// The highest rate between 200 pairs with a 99th percentile of at most 100 ms
    Pairs,
    /// One sender and 499 who listen
    Room,
    /// Pages of 50 out of a long conversation
    Pages,
}

impl Options {
    /// Whether `scenario` was asked for.
    fn wants(&self, scenario: Scenario) -> bool {
        self.scenarios.is_empty() || self.scenarios.contains(&scenario)
    }

    /// How long to measure something that takes `seconds` in full.
    fn time(&self, seconds: u64) -> Duration {
        match self.quick {
            true => Duration::from_millis(seconds * 1000 / 10).max(Duration::from_secs(1)),
            false => Duration::from_secs(seconds),
        }
    }
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if let Some(store) = &options.relay {
        return relay::serve(store.as_deref());
    }
    binaries::build_release(&["chatter-server"])?;
    target::raise_open_files()?;
    if !options.unpinned {
        target::pin_the_load()?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = Report::new(&options)?;
    tokio::task::LocalSet::new().block_on(&runtime, measure(&options, &mut report))?;
    report.finish(options.json.as_deref())
}

async fn measure(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    if options.wants(Scenario::Inserts) {
        inserts::measure(options, report)?;
    }
    if options.wants(Scenario::Idle) {
        idle::measure(options, report).await?;
    }
    if options.wants(Scenario::Storm) {
        storm::measure(options, report).await?;
    }
    if options.wants(Scenario::Latency) {
        pairs::latency(options, report).await?;
    }
    if options.wants(Scenario::Pairs) {
        pairs::highest(options, report).await?;
    }
    if options.wants(Scenario::Room) {
        room::measure(options, report).await?;
    }
    if options.wants(Scenario::Pages) {
        pages::measure(options, report).await?;
    }
    Ok(())
}
