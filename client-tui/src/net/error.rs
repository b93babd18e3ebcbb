//! What can go wrong between this device and a server, told as one sentence for a person.

use std::time::Duration;

use chatter_protocol::{ErrorBody, ErrorCode};
use thiserror::Error;

/// Longest wait that a server may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_mins(10);

/// Why a call or a connection failed. `Display` says what happened and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NetError {
    /// The server answered, and said no. Its text was made safe to show.
    #[error("{}", .0.message)]
    Refused(ErrorBody),
    /// Nobody answers at the address.
    #[error("Can't reach {server} ({cause}). Check the address and your network, then try again.")]
    Unreachable {
        /// The server's address.
        server: String,
        /// What the system said.
        cause: String,
    },
    /// The server can't prove who it is, or speaks no TLS.
    #[error(
        "No safe connection to {server} ({cause}). If it has a certificate of your own authority, \
         name its file with --ca-file."
    )]
    Tls {
        /// The server's address.
        server: String,
        /// What was wrong.
        cause: String,
    },
    /// No answer in time. A change may have been made nevertheless.
    #[error("The server took too long to answer. Try again in a moment.")]
    TimedOut,
    /// Something answers, but no Chatter server.
    #[error("{server} doesn't answer like a Chatter server ({cause}). Check the address.")]
    NotChatter {
        /// The server's address.
        server: String,
        /// What it answered instead.
        cause: String,
    },
    /// The connection broke while it was in use. A change may have been made nevertheless.
    #[error("The connection to {server} was lost ({cause}). Try again in a moment.")]
    Lost {
        /// The server's address.
        server: String,
        /// What the system said.
        cause: String,
    },
    /// An option forbids the connection, or can't be obeyed.
    #[error("{0}")]
    Setup(String),
}

impl NetError {
    /// Whether signing in again is the only way on.
    pub fn is_session_ended(&self) -> bool {
        matches!(self.code(), Some(ErrorCode::SessionEnded | ErrorCode::AuthRequired))
    }

    /// The server's code, if it was the server that said no.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(error) => Some(error.code),
            _ => None,
        }
    }

    /// How long the server asked to wait before the next try; a wrong or hostile number is no reason
    /// to wait for ever.
    pub fn retry_after(&self) -> Duration {
        let wait_ms = match self {
            Self::Refused(error) => error.retry_after_ms.unwrap_or(0),
            _ => 0,
        };
        Duration::from_millis(wait_ms).min(RETRY_AFTER_MAX)
    }

    /// Whether the same call may succeed later without being changed. A repeated post needs the
    /// same key.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(error) => error.retryable,
            Self::Unreachable { .. } | Self::TimedOut | Self::Lost { .. } => true,
            Self::Tls { .. } | Self::NotChatter { .. } | Self::Setup(_) => false,
        }
    }
}
