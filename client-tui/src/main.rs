//! `chatter`: reads what it is told, opens where one left off, restores the terminal, exits.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use chatter::cli::{Args, Command};
use chatter::net::tls;
use chatter::paths::Paths;
use chatter::{app, doctor, log};
use clap::Parser;

fn main() -> ExitCode {
    match try_main() {
        Ok(code) => code,
        Err(error) => {
            // Nobody may be there to read it.
            let _ = writeln!(io::stderr(), "chatter: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn try_main() -> anyhow::Result<ExitCode> {
    tls::install_default();
    color_eyre::install().map_err(|error| anyhow::anyhow!("{error}"))?;
    let args = Args::parse();
    let paths = Paths::new(args.profile())?;
    if let Some(Command::Doctor(how)) = &args.command {
        // Before the log: that it can't be written is among the findings.
        let is_well = runtime()?.block_on(doctor::run(&args, *how, &paths))?;
        return Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let _log = log::start(&paths).context("The log can't be written")?;
    if let Some(warning) = args.password_warning() {
        let _ = writeln!(io::stderr(), "{warning}");
    }
    runtime()?.block_on(app::run(&args, paths))?;
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("The program can't start its tasks")
}
