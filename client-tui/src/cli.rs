//! The command line: what `chatter` is told at its start, and where its password comes from.
//!
//! Prints nothing: what a person should be warned of is asked for with
//! [`Args::password_warning`].

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::PathBuf;

use chatter_protocol::Secret;
use clap::{Parser, Subcommand};
use thiserror::Error;

use crate::config::Sources;
use crate::credentials::Store;
use crate::net::{NetOptions, ServerUrl, ServerUrlError};
use crate::paths::Paths;

/// Longest line taken as a password, bytes; a server takes at most 128 characters.
const PASSWORD_LINE_BYTES_MAX: u64 = 1024;

const PASSWORD_VARIABLE: &str = "CHATTER_PASSWORD";
const TOKEN_VARIABLE: &str = "CHATTER_TOKEN";

/// A terminal chat client that never loses a message.
///
/// Without options it opens where you left it, or asks for a server and an account.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "chatter", version, after_help = AFTER_HELP)]
pub struct Args {
    /// What to do instead of opening the screen
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Server to talk to, for example chat.example.org
    #[arg(long, env = "CHATTER_SERVER", value_name = "URL", hide_env_values = true, global = true)]
    pub server: Option<String>,

    /// Sign in with this e-mail address
    #[arg(long, value_name = "ADDRESS", conflicts_with = "username")]
    pub email: Option<String>,

    /// Sign in with this username
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,

    /// Read the password from the first line of standard input
    #[arg(long, group = "password_source")]
    pub password_stdin: bool,

    /// Read the password from the first line of this file
    #[arg(long, value_name = "FILE", group = "password_source")]
    pub password_file: Option<PathBuf>,

    /// The password itself; other users of this machine can see it in the list of processes
    #[arg(long, value_name = "PASSWORD", group = "password_source", value_parser = secret)]
    pub password: Option<Secret>,

    /// Stay signed in on this device after signing in with a password
    #[arg(long)]
    pub remember: bool,

    /// Where the session's token is kept [default: auto]
    #[arg(long, value_name = "STORE", value_enum, global = true)]
    pub credential_store: Option<Store>,

    /// Keep settings, messages and session apart under this name
    #[arg(
        long,
        env = "CHATTER_PROFILE",
        value_name = "NAME",
        hide_env_values = true,
        global = true
    )]
    pub profile: Option<String>,

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
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,

    /// Keys to start from: plain, vim or emacs
    #[arg(long, value_name = "PROFILE")]
    pub keys: Option<String>,

    /// Leave the mouse to the terminal
    #[arg(long)]
    pub no_mouse: bool,

    /// Draw lines and marks in ASCII
    #[arg(long)]
    pub ascii: bool,

    /// Any setting, as in --set look.fold_rows=40; may be given more than once
    #[arg(long, value_name = "SECTION.KEY=VALUE", global = true)]
    pub set: Vec<String>,

    /// Allow unencrypted http:// to other machines than this one
    #[arg(long, global = true)]
    pub allow_plain_http: bool,

    /// Trust the certificate authorities in this file (PEM) too
    #[arg(long, value_name = "FILE", global = true)]
    pub ca_file: Option<PathBuf>,
}

/// What `chatter` does without a screen.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Show, check or find the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Test terminal, clipboard, notifications and server, and say what to change
    Doctor(DoctorArgs),
}

/// How the tests are done and told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct DoctorArgs {
    /// Send a notification, to see whether it arrives
    #[arg(long)]
    pub notify: bool,

    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
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

const AFTER_HELP: &str = "\
Environment:
  CHATTER_PASSWORD  the password, when no option gives it
  CHATTER_TOKEN     the token of a session; no sign-in is needed then
  CHATTER_THEME, CHATTER_KEYS, ...  any setting; `chatter config default` names them
  XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME, XDG_CACHE_HOME  where things are kept

Examples:
  chatter --server chat.example.org
  pass show chat | chatter --server chat.example.org --email ada@example.org --password-stdin";

/// Why there is no password although one was announced, as a sentence for a person.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// `--password-stdin` with a keyboard.
    #[error(
        "--password-stdin reads from a pipe, and standard input is a terminal. Leave the option \
         out to be asked for the password."
    )]
    Terminal,
    /// The source can't be read.
    #[error("The password can't be read from {source_name}: {cause}.")]
    Unreadable {
        /// A file, or standard input.
        source_name: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The first line is empty.
    #[error("There is no password in the first line of {0}.")]
    Empty(String),
    /// The first line is no password.
    #[error("The first line of {0} is too long for a password.")]
    TooLong(String),
}

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
        let store = self
            .credential_store
            .map(|store| ("--credential-store", "session", "credential_store", store.to_string()));
        Sources {
            is_named: named.is_some(),
            file: named.unwrap_or_else(|| paths.config_file()),
            options: [theme, keys, mouse, ascii, store].into_iter().flatten().collect(),
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

    /// The session token given in the environment, which makes signing in unnecessary.
    pub fn token(&self) -> Option<Secret> {
        from_environment(TOKEN_VARIABLE)
    }

    /// The password from the source that was named, else from the environment. May wait for
    /// standard input.
    ///
    /// # Errors
    /// If a source was named and gives no password.
    pub fn read_password(&self) -> Result<Option<Secret>, PasswordError> {
        if self.password_stdin {
            let stdin = io::stdin();
            if stdin.is_terminal() {
                return Err(PasswordError::Terminal);
            }
            return read_first_line(stdin.lock(), "standard input").map(Some);
        }
        if let Some(path) = &self.password_file {
            let source_name = path.display().to_string();
            return match File::open(path) {
                Ok(file) => read_first_line(BufReader::new(file), &source_name).map(Some),
                Err(cause) => Err(PasswordError::Unreadable { source_name, cause }),
            };
        }
        Ok(self.password.clone().or_else(|| from_environment(PASSWORD_VARIABLE)))
    }

    /// What to warn of, once, on standard error.
    pub fn password_warning(&self) -> Option<&'static str> {
        self.password.as_ref().map(|_| {
            "warning: other users of this machine can see a password given with --password; \
             --password-stdin or --password-file hides it"
        })
    }
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

/// An empty value is none, as a shell script means it.
fn given(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}

fn from_environment(name: &str) -> Option<Secret> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).map(Secret::new)
}

fn read_first_line(source: impl BufRead, source_name: &str) -> Result<Secret, PasswordError> {
    let unreadable =
        |cause| PasswordError::Unreadable { source_name: source_name.to_owned(), cause };
    let mut line = Vec::new();
    source.take(PASSWORD_LINE_BYTES_MAX + 1).read_until(b'\n', &mut line).map_err(unreadable)?;
    if line.ends_with(b"\n") {
        line.pop();
    }
    if line.len() as u64 > PASSWORD_LINE_BYTES_MAX {
        return Err(PasswordError::TooLong(source_name.to_owned()));
    }
    let text = String::from_utf8(line).map_err(|_| {
        unreadable(io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
    })?;
    match text.strip_suffix('\r').unwrap_or(&text) {
        "" => Err(PasswordError::Empty(source_name.to_owned())),
        password => Ok(Secret::new(password)),
    }
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
    fn one_password_source_and_one_name_at_most() {
        assert!(parse(&["--password-stdin", "--password", "x"]).is_err());
        assert!(parse(&["--password-file", "f", "--password-stdin"]).is_err());
        assert!(parse(&["--email", "a@b", "--username", "a"]).is_err());
        assert_eq!(parse(&["--username", "ada"]).expect("parses").login(), Some("ada"));
    }

    #[test]
    fn a_password_on_the_command_line_works_warns_and_stays_out_of_debug_output() {
        let args = parse(&["--password", "hunter2hunter2"]).expect("parses");
        assert_eq!(args.read_password().expect("reads"), Some(Secret::new("hunter2hunter2")));
        assert!(args.password_warning().is_some());
        assert!(!format!("{args:?}").contains("hunter2"));
        assert_eq!(parse(&["--password-stdin"]).expect("parses").password_warning(), None);
    }

    #[test]
    fn the_first_line_is_the_password() {
        let read = |text: &str| read_first_line(text.as_bytes(), "it");
        for text in ["päss word", "päss word\n", "päss word\r\n", "päss word\nmore\n"] {
            assert_eq!(read(text).expect("reads"), Secret::new("päss word"), "{text:?}");
        }
        assert!(matches!(read(""), Err(PasswordError::Empty(_))));
        assert!(matches!(read("\nlater"), Err(PasswordError::Empty(_))));
        assert!(read(&"x".repeat(1024)).is_ok());
        assert!(matches!(read(&"x".repeat(1025)), Err(PasswordError::TooLong(_))));
        assert!(read_first_line(&b"\xff\n"[..], "it").is_err());
        // A writer that never ends is not waited for.
        assert!(matches!(
            read_first_line(BufReader::new(io::repeat(b'x')), "it"),
            Err(PasswordError::TooLong(_))
        ));
    }

    #[test]
    fn a_password_file_is_read_and_a_missing_one_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("password");
        std::fs::write(&file, "hunter2hunter2\n").expect("writes");
        let path = file.to_str().expect("UTF-8");
        let args = parse(&["--password-file", path]).expect("parses");
        assert_eq!(args.read_password().expect("reads"), Some(Secret::new("hunter2hunter2")));
        std::fs::remove_file(&file).expect("removes");
        let error = args.read_password().expect_err("gone").to_string();
        assert!(error.contains(path), "{error}");
    }

    #[test]
    fn help_names_every_way_to_sign_in_and_no_value_of_the_environment() {
        let help = Args::command().render_long_help().to_string();
        for word in ["--password-stdin", "--password-file", "CHATTER_PASSWORD", "CHATTER_TOKEN"] {
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
