//! `chatter`: reads what it is told, opens where one left off, restores the terminal, exits.

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Context;
use chatter::cli::Args;
use chatter::effects::Effects;
use chatter::paths::Paths;
use chatter::terminal::Screen;
use chatter::view::Theme;
use chatter::{log, run, start};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

#[expect(clippy::print_stderr, reason = "the one place that prints")]
fn main() -> ExitCode {
    match try_main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chatter: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the one place that prints")]
fn try_main() -> anyhow::Result<()> {
    // Fails only if another provider was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    color_eyre::install().map_err(|error| anyhow::anyhow!("{error}"))?;
    let args = Args::parse();
    let paths = Paths::new(args.profile())?;
    let _log = log::start(&paths).context("The log can't be written")?;
    if let Some(warning) = args.password_warning() {
        eprintln!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("The program can't start its tasks")?;
    runtime.block_on(async_main(&args, paths))
}

async fn async_main(args: &Args, paths: Paths) -> anyhow::Result<()> {
    anyhow::ensure!(
        std::io::stdout().is_terminal(),
        "Standard output is no terminal, and chatter needs one to draw on."
    );
    let stop = stop_signal()?;
    let mut effects = Effects::new(args.net_options(), paths.clone());
    let mut state = start::state(args, &paths, &mut effects).await?;
    let theme = Theme::new(std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()));
    let mut screen = Screen::enter().context("The terminal can't be used")?;
    let ended = run::run(&mut screen, &mut state, &mut effects, &theme, stop).await;
    drop(screen);
    ended.context("The terminal is gone")
}

/// Done when the system asks the program to end.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
