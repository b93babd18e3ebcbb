//! `chatter doctor`: what works here, what does not, and what to change.
//!
//! Each check is a pure reading of facts that were gathered before; without a terminal those that
//! need one say so. Secrets are never among the facts.

mod device;
mod finding;
mod server;
mod terminal;
mod tmux;

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anyhow::Context;
use tokio::task::{JoinError, spawn_blocking};

use crate::cli::{Args, DoctorArgs};
use crate::config::{Config, Problem};
use crate::credentials::{self, CredentialError, SavedSession, Survey};
use crate::paths::Paths;
use crate::terminal::{
    Capabilities, Input, Keyboard, Multiplexer, Notification, Probed, Screen, TmuxFacts,
    notify_method, query,
};

use finding::{Finding, print};

/// Checks everything and prints what was found. `false` if there is a problem.
///
/// # Errors
/// If the findings can't be printed, as an [`io::Error`]; or the terminal can't be tested.
pub async fn run(
    args: &Args,
    how: DoctorArgs,
    paths: &Paths,
    settings: Result<Config, Vec<Problem>>,
) -> anyhow::Result<bool> {
    let settings_found = self::settings(&settings);
    let config = settings.unwrap_or_default();
    let mut capabilities = Capabilities::from_environment();
    let probed = match io::stdin().is_terminal() && io::stdout().is_terminal() {
        true => Some(
            probe()
                .await
                .map_err(|error| anyhow::anyhow!("The terminal can't be tested: {error}"))?,
        ),
        false => None,
    };
    if let Some(probed) = &probed {
        capabilities.learn(probed);
    }
    let facts = match capabilities.multiplexer {
        Some(Multiplexer::Tmux) => TmuxFacts::ask().await,
        _ => None,
    };
    let mut findings = terminal::check(&capabilities, probed.as_ref(), &config, facts.as_ref());
    findings.extend(tmux::check(&capabilities, facts.as_ref()));
    findings.extend(settings_found);
    let (saved, survey) = ask_keyrings(paths).await.context("The keyrings can't be asked")?;
    findings.extend(device::check(paths, &saved, &survey));
    findings.extend(server::check(args, saved.ok().flatten()).await);
    print(&mut io::stdout().lock(), &findings, args.json)?;
    if how.notify && probed.is_some() {
        notify(&capabilities, &config, facts.as_ref())?;
    }
    Ok(!findings.iter().any(Finding::is_problem))
}

type Saved = Result<Option<SavedSession>, CredentialError>;

/// The session that is kept, and what works for keeping one.
async fn ask_keyrings(paths: &Paths) -> Result<(Saved, Survey), JoinError> {
    let paths = paths.clone();
    spawn_blocking(move || (credentials::load(&paths), credentials::survey())).await
}

/// The settings, or each thing that is wrong with them; the checks go on with the defaults.
fn settings(loaded: &Result<Config, Vec<Problem>>) -> Vec<Finding> {
    const WHAT: &str = "settings";
    match loaded {
        Ok(_) => vec![Finding::ok(WHAT, "can be used (chatter config path says where they are)")],
        Err(problems) => {
            problems.iter().map(|problem| Finding::problem(WHAT, problem.to_string())).collect()
        }
    }
}

/// How long the terminal's last answer is waited for. Longer than for a first frame: who asks can
/// wait, and what came after the end would land in the shell.
const ANSWER_DEADLINE: Duration = Duration::from_secs(4);

/// Asks the terminal on its alternate screen, so that nothing of it stays.
async fn probe() -> io::Result<Probed> {
    let mut screen = Screen::enter()?;
    screen.write(&query())?;
    let mut keyboard = Keyboard::start(true)?;
    let mut probed = Probed::default();
    let answers = async {
        while let Some(input) = keyboard.next().await {
            if let Input::Probed(answers) = input {
                probed = *answers;
                if probed.is_complete {
                    return;
                }
            }
        }
    };
    // What is known by then is what is reported.
    let _ = tokio::time::timeout(ANSWER_DEADLINE, answers).await;
    Ok(probed)
}

fn notify(
    capabilities: &Capabilities,
    config: &Config,
    tmux: Option<&TmuxFacts>,
) -> anyhow::Result<()> {
    let test = Notification::new("Chatter", "This is how a message is told.");
    let method = notify_method(config.notify.method, capabilities, tmux);
    #[cfg(feature = "desktop")]
    if method == crate::config::NotifyMethod::Desktop {
        test.show_on_desktop();
    }
    let sequence = test.sequence(method, capabilities.multiplexer, 1);
    let mut stdout = io::stdout().lock();
    stdout.write_all(sequence.as_bytes())?;
    stdout.flush()?;
    Ok(())
}
