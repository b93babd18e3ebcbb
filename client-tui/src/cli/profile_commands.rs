//! What concerns a profile: status, name, time zone, picture.

use std::path::PathBuf;
use std::time::Duration;

use chatter_protocol::Username;
use clap::builder::ValueHint;
use clap::{Args, Subcommand};

use super::duration::parse_duration;
use super::names::complete_names;
use super::session_commands::parse_username;
use crate::clock::Until;

/// A status message to set.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  chatter status 'at the engine' --until 18:00
  chatter status 'at lunch' --for 45m
  chatter status --clear")]
pub struct StatusArgs {
    /// What you say about the present; without it, what it is now is printed
    #[arg(allow_hyphen_values = true)]
    pub text: Option<String>,

    /// When it ends
    #[command(flatten)]
    pub end: EndArgs,

    /// Take the status message away
    #[arg(long, conflicts_with = "text")]
    pub clear: bool,
}

/// When a status message ends by itself; without either it has no end.
#[derive(Clone, Copy, Debug, Args)]
pub struct EndArgs {
    /// It holds this long, as in 30m, 2h or 3d
    #[arg(
        long = "for",
        value_name = "TIME",
        value_parser = parse_duration,
        requires = "text",
        conflicts_with = "until"
    )]
    pub length: Option<Duration>,

    /// It holds until then: 18:00, today, tomorrow, 'fri 9:30', 2026-11-24
    #[arg(long, value_name = "WHEN", requires = "text")]
    pub until: Option<Until>,
}

/// A profile to show or change.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  chatter profile grace
  chatter profile grace --json | jq -r .time_zone
  chatter profile set --display-name 'Ada Lovelace' --time-zone Europe/London
  chatter profile set --status 'on holiday' --until 2099-11-24")]
pub struct ProfileArgs {
    /// Whose; your own, unless given
    #[arg(value_name = "USER", value_parser = parse_username, add = complete_names())]
    pub user: Option<Username>,

    /// Change it instead
    #[command(subcommand)]
    pub command: Option<ProfileCommand>,
}

/// What can be done with one's own profile.
#[derive(Clone, Debug, Subcommand)]
pub enum ProfileCommand {
    /// Change your profile; what is not named stays
    Set(ProfileSetArgs),
}

/// What to change of the own profile.
#[derive(Clone, Debug, Args)]
pub struct ProfileSetArgs {
    /// What others see you called
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub display_name: Option<String>,

    /// What you say about the present; empty takes it away
    #[arg(id = "text", long = "status", value_name = "TEXT", allow_hyphen_values = true)]
    pub status: Option<String>,

    /// When it ends
    #[command(flatten)]
    pub end: EndArgs,

    /// Time zone to share, as in Europe/London: others see what time it is for you. none shares none
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
}

/// The own picture.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  chatter avatar set me.png
  chatter avatar clear")]
pub struct AvatarArgs {
    /// What to do with it
    #[command(subcommand)]
    pub command: AvatarCommand,
}

/// What can be done with one's own picture.
#[derive(Clone, Debug, Subcommand)]
pub enum AvatarCommand {
    /// Set your picture; it is cut to a square
    Set {
        /// A PNG, JPEG, GIF or WebP
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Take your picture away
    Clear,
}
