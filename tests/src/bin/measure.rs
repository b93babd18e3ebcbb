//! Measures everything, one after the other: the server under load, the client in a terminal, and the
//! parts by themselves. `cargo measure` runs it; what it prints is what `ARCHITECTURE.md` tells.
//!
//! The figures are also written as JSON, to `target/measure`; criterion keeps its own in `target/criterion`
//! and tells what changed since the last time. Nothing else should run on the machine meanwhile.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use clap::Parser;

/// Measures server, client and their parts
#[derive(Debug, Parser)]
#[command(name = "measure")]
struct Options {
    /// A tenth of the time, for a first look
    #[arg(long)]
    quick: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let program = std::env::current_exe()?;
    let release = program.parent().context("a program is in a folder")?;
    let reports = release.with_file_name("measure");
    std::fs::create_dir_all(&reports)?;
    for name in ["load", "client-bench"] {
        cargo(&[
            "build",
            "--release",
            "--quiet",
            "--package",
            env!("CARGO_PKG_NAME"),
            "--bin",
            name,
        ])?;
        let mut measuring = Command::new(release.join(name));
        measuring.arg("--json").arg(reports.join(format!("{name}.json")));
        measuring.args(options.quick.then_some("--quick"));
        run(&mut measuring)?;
    }
    let parts = ["bench", "--workspace", "--quiet", "--bench", "*"];
    cargo(&if options.quick { [&parts[..], &["--", "--quick"]].concat() } else { parts.to_vec() })
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(cargo).args(arguments).current_dir(workspace()))
}

fn workspace() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
