//! `chatter-server`: reads the settings, serves, and stops when told to.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use chatter_server::{CommandLine, Server, Settings};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// The exit code for settings that can't be used, as clap's.
const EXIT_USAGE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let settings = match CommandLine::parse().settings() {
        Ok(settings) => settings,
        Err(error) => return fail(&error, EXIT_USAGE),
    };
    let filter = match EnvFilter::try_new(&settings.log) {
        Ok(filter) => filter,
        Err(error) => return fail(&format_args!("log: {error}"), EXIT_USAGE),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match serve(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error, 1),
    }
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    // Before anything is promised: a signal that comes early stops in order, too.
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let server = Server::start(settings).await?;
    // Whoever started this may have closed the pipe; that is no reason not to serve.
    let _ = writeln!(std::io::stdout(), "listening on {}", server.url());
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    tracing::info!("stopping");
    server.stop().await;
    Ok(())
}

fn fail(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    // Without standard error there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "chatter-server: {error}");
    ExitCode::from(code)
}
