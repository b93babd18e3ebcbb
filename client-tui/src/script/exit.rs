//! How a command ends: its exit code, and what is said when it could not be done.

use std::io::ErrorKind;

use chatter_protocol::ErrorCode;
use serde::Serialize;

use crate::cli::PasswordError;
use crate::credentials::CredentialError;
use crate::net::{NetError, ServerUrlError};
use crate::paths::PathsError;

/// Number of the signal that Ctrl+C is, as everywhere.
const SIGINT: u8 = 2;

/// The exit code of a command. The numbers are promised to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, and confirmed by the server. Also when whoever read the output had enough of it.
    Done,
    /// 1: something that has no code of its own.
    Failed,
    /// 2: the command can't be done as it was given.
    Usage,
    /// 3: nobody is signed in, or the server refused.
    Refused,
    /// 4: the server can't be reached, or can't serve right now; later it may.
    Unreachable,
    /// 5: no such person, chat, session or message.
    NotFound,
    /// 6: what was waited for did not happen in time.
    TimedOut,
    /// 7: a person chose something else than the first choice.
    Rejected,
    /// 8: this device can't read or keep something.
    LocalStorage,
    /// 128 and the signal's number: interrupted.
    Signal(u8),
}

impl Exit {
    /// The number that the caller sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Unreachable => 4,
            Self::NotFound => 5,
            Self::TimedOut => 6,
            Self::Rejected => 7,
            Self::LocalStorage => 8,
            Self::Signal(number) => 128 + number,
        }
    }
}

/// Why a command ended without having been done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// With which code.
    pub exit: Exit,
    /// What happened, for programs: a code of the protocol, or a word of the same kind.
    pub code: String,
    /// What happened and what to do, for a person; empty if nothing is to be said.
    pub message: String,
}

impl Failure {
    /// A failure of this device or its user.
    pub fn new(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        Self { exit, code: code.to_owned(), message: message.into() }
    }

    /// The command can't be done as it was given.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// Something on this device can't be read or kept.
    pub fn local(message: impl Into<String>) -> Self {
        Self::new(Exit::LocalStorage, "local_storage", message)
    }

    /// What was waited for did not happen.
    pub fn timed_out(message: impl Into<String>) -> Self {
        Self::new(Exit::TimedOut, "timed_out", message)
    }

    /// Nobody is signed in.
    pub fn not_signed_in() -> Self {
        Self::new(
            Exit::Refused,
            "not_signed_in",
            "Nobody is signed in on this device. Sign in with `chatter signin`, or give \
             --token-file, CHATTER_TOKEN, or --username with a password.",
        )
    }

    /// Whoever read the output has closed it: the end, and nothing to say about it.
    pub fn closed() -> Self {
        Self::new(Exit::Done, "closed", "")
    }

    /// A signal asked to stop.
    pub fn signal(number: u8) -> Self {
        Self::new(Exit::Signal(number), "interrupted", "")
    }

    /// The same failure, told with more around it.
    pub fn told(self, tell: impl FnOnce(&str) -> String) -> Self {
        Self { message: tell(&self.message), ..self }
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        let message = match error.is_session_ended() {
            true => "The session has ended. Sign in again with `chatter signin`.".to_owned(),
            false => error.to_string(),
        };
        let (exit, code) = match &error {
            NetError::Refused(body) => (exit_of(body.code), word_of(&body.code)),
            NetError::Setup(_) => (Exit::Usage, "usage".to_owned()),
            NetError::Unreachable { .. } | NetError::Lost { .. } | NetError::TimedOut => {
                (Exit::Unreachable, "unreachable".to_owned())
            }
            NetError::Tls { .. } => (Exit::Unreachable, "tls".to_owned()),
            NetError::NotChatter { .. } => (Exit::Unreachable, "not_chatter".to_owned()),
        };
        Self { exit, code, message }
    }
}

fn exit_of(code: ErrorCode) -> Exit {
    match code {
        ErrorCode::NotFound => Exit::NotFound,
        code if code.is_retryable() => Exit::Unreachable,
        _ => Exit::Refused,
    }
}

/// The code as the protocol writes it.
fn word_of(code: &impl Serialize) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "unknown".to_owned(),
    }
}

impl From<ServerUrlError> for Failure {
    fn from(error: ServerUrlError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<PathsError> for Failure {
    fn from(error: PathsError) -> Self {
        match error {
            PathsError::NoHome => Self::local(error.to_string()),
            PathsError::Profile => Self::usage(error.to_string()),
        }
    }
}

impl From<PasswordError> for Failure {
    fn from(error: PasswordError) -> Self {
        let exit = match error {
            // Ctrl+C, where a password is typed.
            PasswordError::Unreadable { ref cause, .. }
                if cause.kind() == ErrorKind::Interrupted =>
            {
                return Self::signal(SIGINT);
            }
            PasswordError::Unreadable { .. } => Exit::LocalStorage,
            _ => Exit::Usage,
        };
        Self::new(exit, "no_password", error.to_string())
    }
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Gone(_) => {
                Self::new(Exit::Refused, "not_signed_in", error.to_string())
            }
            _ => Self::local(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use chatter_protocol::ErrorBody;

    use super::*;

    fn refused(code: ErrorCode) -> Failure {
        NetError::Refused(ErrorBody::new(code, "No.")).into()
    }

    #[test]
    fn each_refusal_has_the_exit_that_is_promised() {
        for (code, exit, word) in [
            (ErrorCode::NotFound, Exit::NotFound, "not_found"),
            (ErrorCode::InvalidCredentials, Exit::Refused, "invalid_credentials"),
            (ErrorCode::UsernameTaken, Exit::Refused, "username_taken"),
            (ErrorCode::IdempotencyConflict, Exit::Refused, "idempotency_conflict"),
            (ErrorCode::RateLimited, Exit::Unreachable, "rate_limited"),
            (ErrorCode::StorageFull, Exit::Unreachable, "storage_full"),
        ] {
            let failure = refused(code);
            assert_eq!((failure.exit, failure.code.as_str()), (exit, word));
        }
        assert!(refused(ErrorCode::SessionEnded).message.contains("chatter signin"));
    }

    #[test]
    fn codes_are_distinct() {
        let all = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::Refused,
            Exit::Unreachable,
            Exit::NotFound,
            Exit::TimedOut,
            Exit::Rejected,
            Exit::LocalStorage,
        ];
        let codes: Vec<u8> = all.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, (0..9).collect::<Vec<u8>>());
        assert_eq!(Exit::Signal(15).code(), 143);
    }
}
