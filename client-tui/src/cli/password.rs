//! Where a password comes from: a pipe, a file, a command, the command line, the environment, or
//! the person.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chatter_protocol::Secret;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use thiserror::Error;

/// Longest line taken as a secret, bytes; a server takes at most 128 characters.
const SECRET_LINE_BYTES_MAX: u64 = 1024;

const PASSWORD_VARIABLE: &str = "CHATTER_PASSWORD";
const TOKEN_VARIABLE: &str = "CHATTER_TOKEN";

/// Variables that no other program gets to see from us.
pub const SECRET_VARIABLES: [&str; 2] = [PASSWORD_VARIABLE, TOKEN_VARIABLE];

/// Where a secret was to be read, and why there is none, as a sentence for a person.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// `--password-stdin` with a keyboard.
    #[error(
        "--password-stdin reads from a pipe, and standard input is a terminal. Leave the option \
         out to be asked for the password."
    )]
    Terminal,
    /// Nobody is there to be asked.
    #[error(
        "A password is needed, and there is no terminal to ask for it. Give it with \
         --password-stdin, --password-file, --password-command or CHATTER_PASSWORD."
    )]
    Nobody,
    /// The source can't be read.
    #[error("Nothing can be read from {source_name}: {cause}.")]
    Unreadable {
        /// A file, a command, or standard input.
        source_name: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The command can't be understood, or failed.
    #[error("The command of --password-command {0}.")]
    Command(String),
    /// The first line is empty.
    #[error("There is nothing in the first line of {0}.")]
    Empty(String),
    /// The first line is no password.
    #[error("The first line of {0} is too long.")]
    TooLong(String),
}

/// How a password is given.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PasswordOptions {
    /// Read the password from the first line of standard input
    #[arg(
        long,
        global = true,
        help_heading = super::ACCOUNT,
        conflicts_with_all = ["password_file", "password_command"]
    )]
    pub password_stdin: bool,

    /// Read the password from the first line of this file
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help_heading = super::ACCOUNT,
        conflicts_with = "password_command"
    )]
    pub password_file: Option<PathBuf>,

    /// Read the password from the first line that this command prints; run without a shell
    #[arg(long, value_name = "COMMAND", global = true, help_heading = super::ACCOUNT)]
    pub password_command: Option<String>,

    /// The password itself; other users of this machine can see it in the list of processes
    #[arg(
        long,
        value_name = "PASSWORD",
        global = true,
        help_heading = super::ACCOUNT,
        value_parser = secret,
        conflicts_with_all = ["password_stdin", "password_file", "password_command"]
    )]
    pub password: Option<Secret>,
}

impl PasswordOptions {
    /// The password from the source that was named, else from the environment. May wait for
    /// standard input, or for the command.
    ///
    /// # Errors
    /// If a source was named and gives no password.
    pub fn read(&self) -> Result<Option<Secret>, PasswordError> {
        if self.password_stdin {
            let stdin = io::stdin();
            if stdin.is_terminal() {
                return Err(PasswordError::Terminal);
            }
            return read_first_line(stdin.lock(), "standard input").map(Some);
        }
        if let Some(path) = &self.password_file {
            return read_file(path).map(Some);
        }
        if let Some(command) = &self.password_command {
            return read_command(command).map(Some);
        }
        Ok(self.password.clone().or_else(|| from_environment(PASSWORD_VARIABLE)))
    }

    /// The same; a person is asked when nothing else was named.
    ///
    /// # Errors
    /// If there is no password.
    pub fn read_or_ask(&self, prompt: &str) -> Result<Secret, PasswordError> {
        match self.read()? {
            Some(password) => Ok(password),
            None => ask(prompt),
        }
    }

    /// What to warn of, once, on standard error.
    pub fn warning(&self) -> Option<&'static str> {
        self.password.as_ref().map(|_| {
            "warning: other users of this machine can see a password given with --password; \
             --password-stdin or --password-file hides it"
        })
    }
}

/// Asks on the terminal, without showing what is typed.
fn ask(prompt: &str) -> Result<Secret, PasswordError> {
    if !io::stdin().is_terminal() {
        return Err(PasswordError::Nobody);
    }
    let source_name = || "the terminal".to_owned();
    // Before the question shows: who answers it at once must not see it on the screen either.
    let shown_again = ShownTyping::hide();
    // Read as it comes: who changes the terminal once more may do so after a signal has ended the
    // question, and leave it so.
    let config = rpassword::ConfigBuilder::new().input_reader(io::stdin()).build();
    let answer = rpassword::prompt_password_with_config(prompt, config);
    drop(shown_again);
    match answer {
        Ok(password) if password.is_empty() => Err(PasswordError::Empty(source_name())),
        Ok(password) => Ok(Secret::new(password)),
        Err(cause) => Err(PasswordError::Unreadable { source_name: source_name(), cause }),
    }
}

/// Shows what is typed again when dropped, as before: a question that a signal ends leaves the
/// terminal as it is while a password is typed.
pub struct ShownTyping(Option<Termios>);

impl ShownTyping {
    /// Remembers how the terminal is, if there is one.
    pub fn remember() -> Self {
        Self(tcgetattr(io::stdin()).ok())
    }

    fn hide() -> Self {
        let before = Self::remember();
        if let Some(mut hidden) = before.0.clone() {
            hidden.local_modes.remove(LocalModes::ECHO);
            // The end of the line shows, as after any answer.
            hidden.local_modes.insert(LocalModes::ECHONL);
            // One that can't be told shows it; there is nothing better to do.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &hidden);
        }
        before
    }
}

impl Drop for ShownTyping {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // A terminal that has gone shows nothing anyway.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// The token of a session from `file`, else from the environment, if there is one.
///
/// # Errors
/// If the file can't be read or has no token in it.
pub(super) fn token(file: Option<&Path>) -> Result<Option<Secret>, PasswordError> {
    match file {
        Some(path) => read_file(path).map(Some),
        None => Ok(from_environment(TOKEN_VARIABLE)),
    }
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

fn from_environment(name: &str) -> Option<Secret> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).map(Secret::new)
}

fn read_file(path: &Path) -> Result<Secret, PasswordError> {
    let source_name = path.display().to_string();
    match File::open(path) {
        Ok(file) => read_first_line(BufReader::new(file), &source_name),
        Err(cause) => Err(PasswordError::Unreadable { source_name, cause }),
    }
}

/// Runs `line` as a program with arguments; what it says on standard error is for the person.
fn read_command(line: &str) -> Result<Secret, PasswordError> {
    let words = shlex::split(line).filter(|words| !words.is_empty());
    let Some(words) = words else {
        return Err(PasswordError::Command("can't be understood; check its quotes".to_owned()));
    };
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::piped());
    for name in SECRET_VARIABLES {
        command.env_remove(name);
    }
    let mut child = command
        .spawn()
        .map_err(|error| PasswordError::Command(format!("can't be started: {error}")))?;
    let line = child.stdout.take().map(|stdout| read_first_line(BufReader::new(stdout), "it"));
    // The pipe is closed by now, so that a command that goes on printing ends.
    let status =
        child.wait().map_err(|error| PasswordError::Command(format!("was lost: {error}")))?;
    match line {
        // Ended by a signal, it only wanted to print more than one line.
        _ if status.code().is_some_and(|code| code != 0) => {
            Err(PasswordError::Command(format!("failed ({status})")))
        }
        Some(Ok(password)) => Ok(password),
        Some(Err(error)) => Err(PasswordError::Command(format!("printed no password ({error})"))),
        None => Err(PasswordError::Command("printed nothing".to_owned())),
    }
}

fn read_first_line(source: impl BufRead, source_name: &str) -> Result<Secret, PasswordError> {
    let unreadable =
        |cause| PasswordError::Unreadable { source_name: source_name.to_owned(), cause };
    let mut line = Vec::new();
    source.take(SECRET_LINE_BYTES_MAX + 1).read_until(b'\n', &mut line).map_err(unreadable)?;
    if line.ends_with(b"\n") {
        line.pop();
    }
    if line.len() as u64 > SECRET_LINE_BYTES_MAX {
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
    use super::*;

    fn from_command(line: &str) -> Result<Secret, PasswordError> {
        read_command(line)
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
        assert_eq!(read_file(&file).expect("reads"), Secret::new("hunter2hunter2"));
        std::fs::remove_file(&file).expect("removes");
        let error = read_file(&file).expect_err("gone").to_string();
        assert!(error.contains(file.to_str().expect("UTF-8")), "{error}");
    }

    #[test]
    fn a_command_is_run_without_a_shell_and_its_failure_is_told() {
        let said = from_command("printf '%s\\n%s\\n' 'a $HOME; b' more").expect("prints");
        assert_eq!(said, Secret::new("a $HOME; b"));
        for (line, part) in [
            ("", "understood"),
            ("echo 'open", "understood"),
            ("/nowhere/at-all", "started"),
            ("false", "failed"),
            ("true", "printed no password"),
        ] {
            let error = from_command(line).expect_err(line).to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
        // One that never ends printing is cut off.
        assert!(from_command("yes hunter2hunter2").is_ok());
    }
}
