//! `follow --exec`: a command of the user for each message, with the message as JSON on its standard
//! input. No shell, no secrets in its environment, a bound on how many run and for how long.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::cli::{FollowArgs, SECRET_VARIABLES};
use crate::script::Failure;
use crate::script::out::{Record, json_line, say};

/// See the [module](self).
pub(super) struct Hook {
    program: OsString,
    arguments: Vec<OsString>,
    jobs_max: usize,
    time_max: Duration,
    running: JoinSet<()>,
}

impl Hook {
    /// The command that was asked for, if any.
    pub(super) fn new(how: &FollowArgs) -> Option<Self> {
        let (program, arguments) = how.exec.split_first()?;
        Some(Self {
            program: program.clone(),
            arguments: arguments.to_vec(),
            jobs_max: usize::from(how.jobs),
            time_max: how.exec_timeout,
            running: JoinSet::new(),
        })
    }

    /// Starts the command for `record`, once fewer than the allowed number run: until then nothing
    /// more is read from the server, which keeps what comes meanwhile.
    ///
    /// # Errors
    /// If it can't be started; it will not be for the next message either.
    pub(super) async fn run(&mut self, record: &impl Record) -> Result<(), Failure> {
        while self.running.len() >= self.jobs_max {
            self.running.join_next().await;
        }
        let line = json_line(record)? + "\n";
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).kill_on_drop(true);
        for name in SECRET_VARIABLES {
            command.env_remove(name);
        }
        let child = command.spawn().map_err(|error| {
            Failure::usage(format!(
                "The command {} can't be started: {error}.",
                self.program.to_string_lossy()
            ))
        })?;
        let (name, time_max) = (self.program.to_string_lossy().into_owned(), self.time_max);
        self.running.spawn(async move {
            match timeout(time_max, feed(child, line)).await {
                Ok(Ok(status)) if status.success() => {}
                Ok(Ok(status)) => say(&format!("chatter: {name} failed ({status})")),
                Ok(Err(error)) => say(&format!("chatter: {name} was lost: {error}")),
                Err(_) => say(&format!("chatter: {name} took too long and was ended")),
            }
        });
        Ok(())
    }

    /// Waits for those that run, each within its own limit.
    pub(super) async fn finish(&mut self) {
        while self.running.join_next().await.is_some() {}
    }
}

/// Hands over the message and waits for the end.
async fn feed(mut child: Child, line: String) -> std::io::Result<ExitStatus> {
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read is none the worse for it.
        let _ = stdin.write_all(line.as_bytes()).await;
    }
    child.wait().await
}
