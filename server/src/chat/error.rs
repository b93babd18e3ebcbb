//! Why a verb was refused, and the one place that says so on the wire.

use std::time::Duration;

use chatter_protocol::limits::{BLOCKED_MAX, TOKENS_MAX};
use chatter_protocol::text::BodyError;
use chatter_protocol::{ErrorBody, ErrorCode, Rights};
use thiserror::Error;

use crate::auth::AuthError;
use crate::media::MediaError;
use crate::store::StoreError;

/// How long to wait when the server has too much to do.
const BUSY_WAIT: Duration = Duration::from_secs(1);
/// How long to wait when the store can't be used.
const STORAGE_WAIT: Duration = Duration::from_secs(5);

/// A refusal of `chat`.
#[derive(Debug, Error)]
pub enum ChatError {
    /// About accounts and sessions.
    #[error(transparent)]
    Auth(AuthError),
    /// The store said no.
    #[error(transparent)]
    Store(StoreError),
    /// The message's text is refused.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The position is of another history, or ahead of this one.
    #[error("position unknown")]
    PositionUnknown,
    /// An upload is refused.
    #[error(transparent)]
    Media(MediaError),
    /// A field's value is refused.
    #[error("{field} refused: {message}")]
    Field {
        /// As it is called in the request.
        field: &'static str,
        /// A sentence for a person.
        message: String,
    },
}

impl From<StoreError> for ChatError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<MediaError> for ChatError {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Store(error) => Self::Store(error),
            error => Self::Media(error),
        }
    }
}

impl From<AuthError> for ChatError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Store(error) => Self::Store(error),
            error => Self::Auth(error),
        }
    }
}

impl ChatError {
    pub(super) fn field(field: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Field { field, message: why.to_string() }
    }
}

impl From<ChatError> for ErrorBody {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Auth(error) => auth_refusal(error),
            ChatError::Store(error) => store_refusal(error),
            ChatError::Body(error) => body_refusal(error),
            ChatError::PositionUnknown => Self::new(
                ErrorCode::PositionUnknown,
                "This server's history doesn't have this position; start from the beginning.",
            ),
            ChatError::Media(error) => media_refusal(error),
            ChatError::Field { field, message } => {
                Self::new(ErrorCode::InvalidField, message).about(field)
            }
        }
    }
}

fn auth_refusal(error: AuthError) -> ErrorBody {
    match error {
        AuthError::InvalidCredentials => ErrorBody::new(
            ErrorCode::InvalidCredentials,
            "The account or the password is not right; check both and try again.",
        ),
        AuthError::SessionEnded => {
            ErrorBody::new(ErrorCode::SessionEnded, "This session has ended; please sign in again.")
        }
        AuthError::Forbidden { missing } => ErrorBody::new(ErrorCode::Forbidden, lacks(missing)),
        AuthError::RateLimited { wait } => waiting(
            ErrorCode::RateLimited,
            format!("Too many attempts; please try again in {}.", spoken(wait)),
            wait,
        ),
        AuthError::Busy => busy(),
        AuthError::Field { field, message } => {
            ErrorBody::new(ErrorCode::InvalidField, message).about(field)
        }
        AuthError::Password { field, refusal } => {
            ErrorBody::new(ErrorCode::PasswordRefused, refusal.to_string()).about(field)
        }
        AuthError::Store(error) => store_refusal(error),
        AuthError::Fault(what) => {
            tracing::error!(what, "a fault while checking who somebody is");
            internal()
        }
    }
}

fn store_refusal(error: StoreError) -> ErrorBody {
    match error {
        StoreError::NotFound => {
            ErrorBody::new(ErrorCode::NotFound, "That isn't there, or isn't for you to see.")
        }
        StoreError::Forbidden => {
            ErrorBody::new(ErrorCode::Forbidden, "Only its author can change a message.")
        }
        StoreError::EmailTaken => ErrorBody::new(
            ErrorCode::EmailTaken,
            "This e-mail address has an account already; sign in instead.",
        )
        .about("email"),
        StoreError::UsernameTaken => ErrorBody::new(
            ErrorCode::UsernameTaken,
            "Somebody has this username already; please choose another.",
        )
        .about("username"),
        StoreError::IdempotencyConflict => ErrorBody::new(
            ErrorCode::IdempotencyConflict,
            "This message's key was used before for another message.",
        )
        .about("client_msg_id"),
        StoreError::TooManyTokens => ErrorBody::new(
            ErrorCode::TooManyTokens,
            format!("An account has at most {TOKENS_MAX} tokens; end one that is not used first."),
        ),
        StoreError::QuotaExceeded => ErrorBody::new(
            ErrorCode::QuotaExceeded,
            "Your files take all the room that an account has here; delete messages with files in \
             them first. Their room is free a day later.",
        ),
        StoreError::AttachmentUnknown => ErrorBody::new(
            ErrorCode::AttachmentUnknown,
            "A file of this message isn't on the server any more; please attach it again.",
        )
        .about("attachments"),
        StoreError::Blocked => ErrorBody::new(
            ErrorCode::Blocked,
            "One of you has blocked the other, so no message goes between you.",
        ),
        StoreError::TooManyBlocked => ErrorBody::new(
            ErrorCode::TooManyBlocked,
            format!("An account blocks at most {BLOCKED_MAX} people; unblock somebody first."),
        ),
        StoreError::MessageDeleted => {
            ErrorBody::new(ErrorCode::MessageDeleted, "A deleted message can't be changed.")
        }
        StoreError::Busy => busy(),
        StoreError::Full => {
            tracing::error!("the disk is full");
            let message =
                "The server's disk is full; it can't store anything until that is solved.";
            waiting(ErrorCode::StorageFull, message, STORAGE_WAIT)
        }
        StoreError::Unavailable(what) => {
            tracing::error!(what, "the store failed");
            let message = "The server can't reach its storage right now; please try again.";
            waiting(ErrorCode::StorageUnavailable, message, STORAGE_WAIT)
        }
    }
}

fn media_refusal(error: MediaError) -> ErrorBody {
    match error {
        MediaError::TooLarge(bytes_max) => ErrorBody::new(
            ErrorCode::TooLarge,
            format!("A file can have at most {bytes_max} bytes; this one has more."),
        ),
        MediaError::Empty => {
            ErrorBody::new(ErrorCode::InvalidField, "This file is empty.").about("file")
        }
        MediaError::Image(error) => {
            ErrorBody::new(ErrorCode::ImageRefused, error.to_string()).about("file")
        }
        MediaError::Store(error) => store_refusal(error),
    }
}

fn body_refusal(error: BodyError) -> ErrorBody {
    let code = match error {
        BodyError::Empty => ErrorCode::BodyEmpty,
        BodyError::TooLong { .. } => ErrorCode::BodyTooLong,
        BodyError::Control(_) => ErrorCode::TextRefused,
    };
    ErrorBody::new(code, error.to_string()).about("body")
}

/// What a token may not, and what does.
fn lacks(missing: Rights) -> String {
    let what = match missing {
        Rights { account: true, .. } => {
            return "A token can't do this; sign in with the account's password.".to_owned();
        }
        Rights { send: true, read: true, .. } => "neither send nor read",
        Rights { send: true, .. } => "not send",
        _ => "not read",
    };
    format!("This token may {what}, and this needs it. Use one that may.")
}

/// What is told of a fault; the log knows more.
pub(crate) fn internal() -> ErrorBody {
    ErrorBody::new(ErrorCode::Internal, "Something went wrong in the server; please try again.")
}

fn busy() -> ErrorBody {
    let message = "The server has too much to do right now; please try again in a moment.";
    waiting(ErrorCode::Busy, message, BUSY_WAIT)
}

fn waiting(code: ErrorCode, message: impl Into<String>, wait: Duration) -> ErrorBody {
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    ErrorBody::new(code, message).retry_after_ms(wait_ms)
}

fn spoken(wait: Duration) -> String {
    match wait.as_secs().saturating_add(1) {
        1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}
