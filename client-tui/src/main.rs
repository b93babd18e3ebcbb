//! `chatter`: reads what it is told, opens where one left off, restores the terminal, exits.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use chatter::cli::{Args, Command, ConfigCommand};
use chatter::config::{self, Sources};
use chatter::net::tls;
use chatter::paths::Paths;
use chatter::theme::Facts;
use chatter::{app, doctor, log};
use clap::Parser;

/// What was asked for can't be done as it was asked, as for a wrong option.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    match try_main() {
        Ok(code) => code,
        Err(error) => {
            say(&format!("chatter: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn try_main() -> anyhow::Result<ExitCode> {
    tls::install_default();
    color_eyre::install().map_err(|error| anyhow::anyhow!("{error}"))?;
    let args = Args::parse();
    let paths = Paths::new(args.profile())?;
    let sources = args.sources(&paths);
    if let Some(Command::Config(command)) = args.command {
        return configure(command, &sources).context("The answer can't be written");
    }
    if let Some(Command::Doctor(how)) = &args.command {
        // Before the log: that it can't be written is among the findings.
        let is_well = runtime()?.block_on(doctor::run(&args, *how, &paths, sources.load()))?;
        return Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let config = match sources.load() {
        Ok(config) => config,
        Err(problems) => {
            problems.iter().for_each(|problem| say(&problem.to_string()));
            return Ok(ExitCode::from(REFUSED));
        }
    };
    let _log = log::start(&paths).context("The log can't be written")?;
    if let Some(warning) = args.password_warning() {
        say(warning);
    }
    runtime()?.block_on(app::run(&args, paths, config))?;
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("The program can't start its tasks")
}

fn configure(command: ConfigCommand, sources: &Sources) -> io::Result<ExitCode> {
    let depth = io::stdout().is_terminal().then(|| Facts::from_environment().depth);
    let done = config::run(command, sources, depth, &mut io::stdout(), &mut io::stderr());
    match done {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        // Whoever read it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error),
    }
}

/// A line on standard error; nobody may be there to read it.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
