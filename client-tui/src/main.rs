//! `chatter`: reads what it is told, opens where one left off, restores the terminal, exits.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anyhow::Context;
use chatter::cli::{Args, Command, ConfigCommand};
use chatter::config::{self, Sources};
use chatter::net::tls;
use chatter::paths::Paths;
use chatter::script::{self, Exit, say};
use chatter::theme::Facts;
use chatter::{app, doctor, log};
use clap::Parser;
use tokio::runtime::{Builder, Runtime};

fn main() -> ExitCode {
    script::complete_if_asked();
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
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return Ok(code(script::answer(&error))),
    };
    let paths = match Paths::new(args.profile()) {
        Ok(paths) => paths,
        Err(error) => return Ok(code(script::end(&error.into(), args.json))),
    };
    let sources = args.sources(&paths);
    match &args.command {
        None => open_screen(&args, paths, &sources),
        Some(Command::Config(command)) => {
            Ok(configure(*command, &sources).unwrap_or_else(|error| unwritten(&error, &args)))
        }
        Some(Command::Doctor(how)) => {
            // Before the log: that it can't be written is among the findings.
            let found = runtime()?.block_on(doctor::run(&args, *how, &paths, sources.load()));
            match found {
                Ok(true) => Ok(ExitCode::SUCCESS),
                Ok(false) => Ok(ExitCode::FAILURE),
                Err(error) => match error.downcast_ref() {
                    Some(error) => Ok(unwritten(error, &args)),
                    None => Err(error),
                },
            }
        }
        Some(command) => {
            // Only where it is asked for: a script may run where nothing can be written.
            let _log = std::env::var_os("CHATTER_LOG").and_then(|_| log::start(&paths).ok());
            let runtime = runtime()?;
            let exit = runtime.block_on(script::run(&args, command, &paths));
            // What still waits for input that nobody needs any more is not waited for.
            runtime.shutdown_background();
            Ok(code(exit))
        }
    }
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}

fn unwritten(error: &io::Error, args: &Args) -> ExitCode {
    code(script::end_unwritten(error, args.json))
}

fn open_screen(args: &Args, paths: Paths, sources: &Sources) -> anyhow::Result<ExitCode> {
    let config = match sources.load() {
        Ok(config) => config,
        Err(problems) => {
            problems.iter().for_each(|problem| say(&problem.to_string()));
            return Ok(code(Exit::Usage));
        }
    };
    let _log = log::start(&paths).context("The log can't be written")?;
    if let Some(warning) = args.password.warning() {
        say(warning);
    }
    runtime()?.block_on(app::run(args, paths, config))?;
    Ok(ExitCode::SUCCESS)
}

/// One thread for everything that waits: what computes or blocks has threads of its own, and none
/// of the rest takes long enough to keep a key waiting.
fn runtime() -> anyhow::Result<Runtime> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.context("The program can't start its tasks")
}

fn configure(command: ConfigCommand, sources: &Sources) -> io::Result<ExitCode> {
    let depth = io::stdout().is_terminal().then(|| Facts::from_environment().depth);
    let is_well = config::run(command, sources, depth, &mut io::stdout(), &mut io::stderr())?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
