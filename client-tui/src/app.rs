//! The client on a terminal, from the first screen to the restored terminal.

use std::io::{self, IsTerminal};

use anyhow::Context;

use crate::cli::Args;
use crate::config::Config;
use crate::effects::Effects;
use crate::paths::Paths;
use crate::pictures::Gallery;
use crate::run::{Client, Looks};
use crate::start;
use crate::terminal::{Desk, Keyboard, Screen, Signals, query};
use crate::theme::Facts;
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
    let signals = Signals::listen().context("Signals can't be heard")?;
    let mut effects =
        Effects::new(args.net_options(), paths.clone(), config.session.credential_store);
    effects.tell_of_highlighting();
    let mut state = start::state(args, &paths, &mut effects).await?;
    let mut desk = Desk::new(config.clone(), paths);
    state.has_mouse = config.mouse.enabled;
    state.configure(config);
    state.probed = desk.recall();
    let mut screen = Screen::enter().context("The terminal can't be used")?;
    // Asked before the first frame, answered to the keyboard's thread; the frame does not wait.
    screen.write(&query()).context("The terminal can't be used")?;
    let keyboard = Keyboard::start(true).context("The keyboard can't be read")?;
    let mut client = Client {
        screen: &mut screen,
        keyboard,
        signals,
        desk,
        state: &mut state,
        effects: &mut effects,
        look: Looks::new(Facts::from_environment()),
        gallery: Gallery::default(),
    };
    let ended = client.run().await;
    drop(client);
    drop(screen);
    effects.close(last_batch(&mut state)).await;
    ended.context("The terminal is gone")
}
