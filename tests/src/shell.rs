//! `chatter` as a script runs it: with pipes, without a terminal, in a home of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::binaries::binary;

/// Everybody's password in scripts.
pub const PASSWORD: &str = "engine analytical 1843";

/// Somebody who runs `chatter` in a shell.
pub struct Shell {
    url: String,
    home: TempDir,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "out: {}\nerr: {}", self.out, self.err);
        self
    }

    /// Standard output as records.
    pub fn records(&self) -> Vec<Value> {
        let record =
            |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        self.out.lines().map(record).collect()
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Shell {
    /// A shell of nobody yet.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), home: TempDir::new().expect("a home") }
    }

    /// A shell of a new account.
    pub fn signed_up(url: &str, name: &str) -> Self {
        let shell = Self::new(url);
        let email = format!("{name}@example.org");
        let arguments = ["signup", "--email", &email, "--username", name, "--password-stdin"];
        shell.pipe(&arguments, PASSWORD).exits(0);
        shell
    }

    /// Where it keeps things.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A file in the home.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Everything that it keeps.
    pub fn files(&self) -> Vec<PathBuf> {
        files_below(self.home())
    }

    /// The command, ready to be changed and started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("chatter"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("CHATTER_SERVER", &self.url)
            .env("CHATTER_CREDENTIAL_STORE", "file")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().expect("it starts").into()
    }

    /// The same, with something on standard input.
    pub fn pipe(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // One that needs no more closes it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("it ends").into()
    }

    /// Starts a command that goes on.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("it starts")
    }

    /// Runs a command that must succeed, with `--json`; its records.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Vec<Value> {
        self.run(&[arguments, &["--json"]].concat()).exits(0).records()
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![];
    for entry in std::fs::read_dir(folder).expect("lists").flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(files_below(&entry.path())),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files
}
