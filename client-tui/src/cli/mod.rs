//! The command line: what `chatter` is told at its start.
//!
//! Prints nothing, and does nothing: what is to be warned of is asked for with
//! [`PasswordOptions::warning`], what is to be done is `script`'s and `app`'s.

mod commands;
mod duration;
mod names;
mod password;
mod profile_commands;
mod session_commands;

use std::path::PathBuf;

use chatter_protocol::Secret;
use clap::Parser;

use crate::config::Sources;
use crate::credentials::Store;
use crate::net::{NetOptions, ServerUrl, ServerUrlError};
use crate::paths::Paths;

pub use commands::{
    Command, CompletionShell, CompletionsArgs, ConfigCommand, DoctorArgs, ManArgs, SignoutArgs,
    SignupArgs,
};
pub use duration::parse_duration;
pub use password::{PasswordError, PasswordOptions, SECRET_VARIABLES, ShownTyping};
pub use profile_commands::{
    AvatarArgs, AvatarCommand, EndArgs, ProfileArgs, ProfileCommand, ProfileSetArgs, StatusArgs,
};
pub use session_commands::{
    AskArgs, BlockArgs, ChatArgs, ChatsArgs, ExportArgs, ExportFormat, FollowArgs, PeopleArgs,
    ReadArgs, Right, SaveArgs, SendArgs, SessionCommand, SessionsArgs, TokenCommand,
    TokenCreateArgs, parse_username,
};

/// Heading of the options that say who is signed in, and where.
const ACCOUNT: &str = "Account";

/// Heading of the options that are about the screen.
const SCREEN: &str = "Screen";

/// A terminal chat client that never loses a message.
///
/// Without a command it opens where you left it, or asks for a server and an account.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "chatter", version, after_help = AFTER_HELP)]
pub struct Args {
    /// What to do instead of opening the screen
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Server to talk to, for example chat.example.org
    #[arg(
        long,
        env = "CHATTER_SERVER",
        value_name = "URL",
        hide_env_values = true,
        global = true,
        help_heading = ACCOUNT
    )]
    pub server: Option<String>,

    /// E-mail address to sign in or up with
    #[arg(long, value_name = "ADDRESS", global = true, help_heading = ACCOUNT)]
    pub email: Option<String>,

    /// Username to sign in or up with
    #[arg(long, value_name = "NAME", global = true, help_heading = ACCOUNT)]
    pub username: Option<String>,

    /// Where the password comes from
    #[command(flatten)]
    pub password: PasswordOptions,

    /// Use the token of a session in this file instead of signing in
    #[arg(long, value_name = "FILE", global = true, help_heading = ACCOUNT)]
    pub token_file: Option<PathBuf>,

    /// Stay signed in for as long as the session is used, not only for a day
    #[arg(long, global = true, help_heading = ACCOUNT)]
    pub remember: bool,

    /// Where the session's token is kept [default: auto]
    #[arg(long, value_name = "STORE", value_enum, global = true, help_heading = ACCOUNT)]
    pub credential_store: Option<Store>,

    /// What to call this device in the list of sessions; its host name, unless given
    #[arg(long, value_name = "NAME", global = true, help_heading = ACCOUNT)]
    pub device_name: Option<String>,

    /// Keep settings, messages and session apart under this name
    #[arg(
        long,
        env = "CHATTER_PROFILE",
        value_name = "NAME",
        hide_env_values = true,
        global = true,
        help_heading = ACCOUNT
    )]
    pub profile: Option<String>,

    /// Print JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,

    /// Read the settings from this file instead
    #[arg(
        long,
        env = "CHATTER_CONFIG",
        value_name = "FILE",
        hide_env_values = true,
        global = true
    )]
    pub config: Option<PathBuf>,

    /// Theme, as `chatter config themes` lists them
    #[arg(long, value_name = "NAME", help_heading = SCREEN)]
    pub theme: Option<String>,

    /// Keys to start from: plain, vim or emacs
    #[arg(long, value_name = "PROFILE", help_heading = SCREEN)]
    pub keys: Option<String>,

    /// Leave the mouse to the terminal
    #[arg(long, help_heading = SCREEN)]
    pub no_mouse: bool,

    /// Draw lines and marks in ASCII
    #[arg(long, help_heading = SCREEN)]
    pub ascii: bool,

    /// Draw no pictures; their names stand for them
    #[arg(long, help_heading = SCREEN)]
    pub no_images: bool,

    /// Any setting, as in --set look.fold_rows=40; may be given more than once
    #[arg(long, value_name = "SECTION.KEY=VALUE", global = true)]
    pub set: Vec<String>,

    /// Allow unencrypted http:// to other machines than this one
    #[arg(long, global = true, help_heading = ACCOUNT)]
    pub allow_plain_http: bool,

    /// Trust the certificate authorities in this file (PEM) too
    #[arg(long, value_name = "FILE", global = true, help_heading = ACCOUNT)]
    pub ca_file: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Environment:
  CHATTER_PASSWORD  the password, when no option gives it
  CHATTER_TOKEN     the token of a session; no sign-in is needed then
  CHATTER_THEME, CHATTER_KEYS, ...  any setting; `chatter config default` names them
  XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME, XDG_CACHE_HOME  where things are kept

Exit codes of commands:
  0 done, and confirmed by the server    5 no such person, chat or session
  1 something unexpected                 6 nobody answered in time
  2 the command can't be done like that  7 somebody said no
  3 not signed in, or refused            8 this device can't read or keep something
  4 the server can't be reached

Examples:
  chatter --server chat.example.org
  chatter signin --server chat.example.org --email ada@example.org --remember
  pass show chat | chatter signin --server chat.example.org --username ada --password-stdin
  chatter send grace 'The build is green.'";

impl Args {
    /// The server that was named, if any.
    ///
    /// # Errors
    /// If it is no address, or a plain one that is not allowed.
    pub fn server(&self) -> Result<Option<ServerUrl>, ServerUrlError> {
        let named = given(self.server.as_deref());
        named.map(|text| ServerUrl::parse(text, self.allow_plain_http)).transpose()
    }

    /// The profile that was named, if any.
    pub fn profile(&self) -> Option<&str> {
        given(self.profile.as_deref())
    }

    /// E-mail address or username to sign in with.
    pub fn login(&self) -> Option<&str> {
        given(self.email.as_deref()).or(given(self.username.as_deref()))
    }

    /// Where the settings come from.
    pub fn sources(&self, paths: &Paths) -> Sources {
        let named = self.config.clone().filter(|path| !path.as_os_str().is_empty());
        let theme = self.theme.as_ref().map(|name| ("--theme", "look", "theme", name.clone()));
        let keys = self.keys.as_ref().map(|name| ("--keys", "keys", "profile", name.clone()));
        let mouse = self.no_mouse.then(|| ("--no-mouse", "mouse", "enabled", "false".to_owned()));
        let ascii = self.ascii.then(|| ("--ascii", "look", "glyphs", "ascii".to_owned()));
        let images = self.no_images.then(|| ("--no-images", "look", "pictures", "off".to_owned()));
        let store = self
            .credential_store
            .map(|store| ("--credential-store", "session", "credential_store", store.to_string()));
        Sources {
            is_named: named.is_some(),
            file: named.unwrap_or_else(|| paths.config_file()),
            options: [theme, keys, mouse, ascii, images, store].into_iter().flatten().collect(),
            assignments: self.set.clone(),
        }
    }

    /// How to talk to the server.
    pub fn net_options(&self) -> NetOptions {
        NetOptions {
            allow_plain: self.allow_plain_http,
            ca_file: self.ca_file.clone(),
            ..NetOptions::default()
        }
    }

    /// The token of a session, from the file that was named or from the environment, which makes
    /// signing in unnecessary.
    ///
    /// # Errors
    /// If a file was named and gives none.
    pub fn token(&self) -> Result<Option<Secret>, PasswordError> {
        password::token(self.token_file.as_deref())
    }
}

/// An empty value is none, as a shell script means it.
fn given(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(args: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from([&["chatter"], args].concat())
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn one_password_source_at_most() {
        assert!(parse(&["--password-stdin", "--password", "x"]).is_err());
        assert!(parse(&["--password-file", "f", "--password-stdin"]).is_err());
        assert!(parse(&["whoami", "--password-file", "f", "--password-command", "c"]).is_err());
        assert_eq!(parse(&["--username", "ada"]).expect("parses").login(), Some("ada"));
    }

    #[test]
    fn who_and_where_may_stand_before_or_after_the_command() {
        for args in [
            &["--username", "ada", "--server", "s", "send", "grace", "hi", "--json"],
            &["send", "grace", "hi", "--server", "s", "--username", "ada", "--json"],
        ] {
            let args = parse(args).expect("parses");
            assert_eq!((args.login(), args.server.as_deref()), (Some("ada"), Some("s")));
            assert!(args.json);
        }
    }

    #[test]
    fn a_password_on_the_command_line_works_warns_and_stays_out_of_debug_output() {
        let args = parse(&["--password", "hunter2hunter2"]).expect("parses");
        assert_eq!(args.password.read().expect("reads"), Some(Secret::new("hunter2hunter2")));
        assert!(args.password.warning().is_some());
        assert!(!format!("{args:?}").contains("hunter2"));
        assert_eq!(parse(&["--password-stdin"]).expect("parses").password.warning(), None);
    }

    #[test]
    fn help_names_every_way_to_sign_in_and_no_value_of_the_environment() {
        let help = Args::command().render_long_help().to_string();
        for word in [
            "--password-stdin",
            "--password-file",
            "--password-command",
            "CHATTER_PASSWORD",
            "CHATTER_TOKEN",
            "--token-file",
        ] {
            assert!(help.contains(word), "{word} is missing in\n{help}");
        }
    }

    #[test]
    fn a_plain_server_needs_its_flag() {
        let args = parse(&["--server", "http://chat.example.org"]).expect("parses");
        assert!(args.server().is_err());
        let args = parse(&["--server", "http://chat.example.org", "--allow-plain-http"]);
        let args = args.expect("parses");
        assert!(args.server().is_ok() && args.net_options().allow_plain);
        assert_eq!(parse(&["--server", ""]).expect("parses").server(), Ok(None));
    }
}
