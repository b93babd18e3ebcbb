//! What `chatter` does without a screen: each command that needs no session, and what it can be
//! told.

use std::path::PathBuf;

use clap::builder::ValueHint;
use clap::{Args, Subcommand, ValueEnum};

use super::session_commands::SessionCommand;

/// What `chatter` does without a screen.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Make an account, and stay signed in to it on this device
    Signup(SignupArgs),
    /// Sign in, and stay signed in on this device
    Signin,
    /// Sign out, and forget everything that this device keeps of the account
    Signout(SignoutArgs),
    /// What is done with a session
    #[command(flatten)]
    InSession(SessionCommand),
    /// Show, check or find the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Test terminal, clipboard, notifications and server, and say what to change
    Doctor(DoctorArgs),
    /// Print what makes a shell complete chatter's commands, options and people
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command into a directory
    Man(ManArgs),
}

/// The account to make; its e-mail address and password are among the options for accounts.
#[derive(Clone, Debug, Args)]
pub struct SignupArgs {
    /// What you want to be called; the username, unless given
    #[arg(long, value_name = "NAME")]
    pub display_name: Option<String>,

    /// A picture of you; its middle is cut out as a square
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub avatar: Option<PathBuf>,
}

/// What to sign out of.
#[derive(Clone, Copy, Debug, Args)]
pub struct SignoutArgs {
    /// End all sessions and tokens of the account, on every device
    #[arg(long)]
    pub all: bool,

    /// Only forget the session here, when the server can't be reached; it stays valid there
    #[arg(long, conflicts_with = "all")]
    pub local: bool,
}

/// For which shell.
#[derive(Clone, Copy, Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell; then for example: source <(chatter completions bash)
    pub shell: CompletionShell,
}

/// A shell that completions can be had for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletionShell {
    /// GNU Bash 4 or later
    Bash,
    /// Z shell
    Zsh,
    /// Fish
    Fish,
}

/// Where manual pages go.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// Write chatter.1 and a page for each command there
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
}

/// How the tests are done and told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct DoctorArgs {
    /// Send a notification, to see whether it arrives
    #[arg(long)]
    pub notify: bool,
}

/// What can be done with the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting with its default and what it means
    Default,
    /// Read the settings file and name what is wrong in it
    Check,
    /// Print where the settings file is looked for
    Path,
    /// List the themes, each with a sample
    Themes {
        /// Name what is hard to read in them
        #[arg(long)]
        check: bool,
    },
}
