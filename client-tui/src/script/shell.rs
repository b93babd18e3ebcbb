//! `completions` and `man`: what shells and manuals say of `chatter`, from the definition of its
//! command line.

use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};
use clap_mangen::Man;

use super::exit::Failure;
use super::out::{self, Out};
use crate::cli::{Args, CompletionShell, ManArgs};

/// The variable by which a shell asks for completions, as `clap_complete` calls it.
const VARIABLE: &str = "COMPLETE";

const NAME: &str = "chatter";

/// Answers a shell that asks for completions, before anything else happens. Returns when none does.
pub fn complete_if_asked() {
    clap_complete::CompleteEnv::with_factory(Args::command).complete();
}

/// Prints what makes a shell ask.
pub(super) fn completions(shell: CompletionShell, out: &mut Out) -> Result<(), Failure> {
    let completer: &dyn EnvCompleter = match shell {
        CompletionShell::Bash => &Bash,
        CompletionShell::Zsh => &Zsh,
        CompletionShell::Fish => &Fish,
    };
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, NAME, NAME, NAME, &mut script)
        .map_err(|error| out::failed(&error))?;
    out.text(String::from_utf8_lossy(&script).trim_end())?;
    out.flush()
}

/// Prints the manual page, or writes one for each command.
pub(super) fn man(how: &ManArgs, out: &mut Out) -> Result<(), Failure> {
    let mut command = Args::command();
    command.build();
    let Some(dir) = &how.dir else {
        out.text(page(&command)?.trim_end())?;
        return out.flush();
    };
    let count = write_pages(&command, NAME, dir)?;
    out::say_to_person(&format!("{count} pages written to {}.", dir.display()));
    Ok(())
}

fn write_pages(command: &Command, name: &str, dir: &Path) -> Result<usize, Failure> {
    let command = command.clone().display_name(name.to_owned());
    let path = dir.join(format!("{name}.1"));
    fs::write(&path, page(&command)?).map_err(|error| {
        Failure::local(format!("{} can't be written: {error}.", path.display()))
    })?;
    let below = command.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help");
    below
        .map(|below| write_pages(below, &format!("{name}-{}", below.get_name()), dir))
        .sum::<Result<usize, _>>()
        .map(|count| count + 1)
}

fn page(command: &Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page).map_err(|error| out::failed(&error))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
