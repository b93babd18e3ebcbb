//! Why somebody was not let in.

use std::fmt::Display;
use std::time::Duration;

use chatter_protocol::Rights;
use thiserror::Error;

use super::password::PasswordRefusal;
use crate::store::StoreError;

/// A refusal of `auth`.
#[derive(Debug, Error)]
pub enum AuthError {
    /// Unknown account or wrong password.
    #[error("unknown account or wrong password")]
    InvalidCredentials,
    /// No session has this token, or it has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// The session has no right to this.
    #[error("the session lacks a right")]
    Forbidden {
        /// What it lacks.
        missing: Rights,
    },
    /// Too many attempts.
    #[error("too many attempts")]
    RateLimited {
        /// How long to wait.
        wait: Duration,
    },
    /// More passwords wait to be checked than the queue holds.
    #[error("too many passwords to check")]
    Busy,
    /// A field's value is refused.
    #[error("{field} refused: {message}")]
    Field {
        /// As it is called in the request.
        field: &'static str,
        /// A sentence for the person who typed it.
        message: String,
    },
    /// The password is refused.
    #[error("{field} refused: {refusal}")]
    Password {
        /// As it is called in the request.
        field: &'static str,
        /// Why.
        refusal: PasswordRefusal,
    },
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fault of the server; the text is for the log.
    #[error("{0}")]
    Fault(String),
}

impl AuthError {
    pub(super) fn field(field: &'static str, why: impl Display) -> Self {
        Self::Field { field, message: why.to_string() }
    }

    pub(super) fn fault(what: impl Display) -> Self {
        Self::Fault(what.to_string())
    }
}
