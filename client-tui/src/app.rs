//! The client on a terminal, from the first screen to the restored terminal.

use std::io::{self, IsTerminal};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Args;
use crate::config::Config;
use crate::effects::Effects;
use crate::paths::Paths;
use crate::start;
use crate::terminal::Screen;
use crate::theme::{Facts, Theme};
use crate::update::last_batch;

/// Opens where one left off, draws until the person leaves, and gives the terminal back.
///
/// # Errors
/// If what was given can't be used, or the terminal can't.
pub async fn run(args: &Args, paths: Paths, config: Config) -> anyhow::Result<()> {
    anyhow::ensure!(
        io::stdout().is_terminal(),
        "Standard output is no terminal, and chatter needs one to draw on."
    );
    let stop = stop_signal()?;
    let mut effects = Effects::new(args.net_options(), paths.clone());
    let mut state = start::state(args, &paths, &mut effects).await?;
    let theme = Theme::new(&config, &Facts::from_environment());
    state.has_mouse = config.mouse.enabled;
    state.configure(config);
    let mut screen = Screen::enter().context("The terminal can't be used")?;
    let ended = crate::run::run(&mut screen, &mut state, &mut effects, &theme, stop).await;
    drop(screen);
    effects.close(last_batch(&mut state)).await;
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
