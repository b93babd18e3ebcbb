//! `chatter-server`: reads the settings, serves, and stops when told to.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use chatter_server::{CommandLine, Server, Settings};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

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
    // Without a hint everything that libraries would trace is looked at, for each frame.
    let discreet = filter_fn(is_discreet).with_max_level_hint(LevelFilter::TRACE);
    let log = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_filter(filter.and(discreet));
    tracing_subscriber::registry().with(log).init();
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

/// Below `info`, libraries log the bytes of the wire, and with them tokens, passwords and messages.
fn is_discreet(event: &Metadata<'_>) -> bool {
    *event.level() <= Level::INFO || event.target().starts_with("chatter_server")
}

fn fail(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    // Without standard error there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "chatter-server: {error}");
    ExitCode::from(code)
}
