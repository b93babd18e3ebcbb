//! Errors on the wire: a stable code for programs, one sentence for a person.

use serde::{Deserialize, Serialize};

/// What went wrong. Codes are stable: a program may match on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request or frame can't be understood.
    BadRequest,
    /// A field's value is refused; `field` says which.
    InvalidField,
    /// No token was given.
    AuthRequired,
    /// The session was signed out, revoked, or has expired.
    SessionEnded,
    /// Unknown account or wrong password; which of the two is not told.
    InvalidCredentials,
    /// The e-mail address has an account.
    EmailTaken,
    /// The username belongs to somebody.
    UsernameTaken,
    /// The password is too short, too long, or too easy to guess.
    PasswordRefused,
    /// Not there, or not for you to see.
    NotFound,
    /// There, but not yours to change; or the token has no right to it.
    Forbidden,
    /// The key was used before with another payload.
    IdempotencyConflict,
    /// The message was deleted and can't be changed any more.
    MessageDeleted,
    /// The body has more bytes than allowed.
    BodyTooLong,
    /// The body shows nothing.
    BodyEmpty,
    /// The text has control characters in it.
    TextRefused,
    /// The request or frame is larger than allowed.
    TooLarge,
    /// The content type is not the one that the route takes.
    UnsupportedMediaType,
    /// The route exists, but not with this method.
    MethodNotAllowed,
    /// The `Origin` of a web page that the server does not list.
    OriginRefused,
    /// Too many requests or frames; wait `retry_after_ms`.
    RateLimited,
    /// Too many sends wait for their acknowledgement on this connection.
    TooManyUnacknowledged,
    /// The account or the server has too many connections.
    TooManyConnections,
    /// The account's uploads have as many bytes, or are as many, as they may be.
    QuotaExceeded,
    /// The picture can't be taken: broken, too large to decode, or of another kind.
    ImageRefused,
    /// An attachment is not there: not an upload of the sender, or collected because no message used
    /// it for a day.
    AttachmentUnknown,
    /// One of the two has blocked the other.
    Blocked,
    /// The account blocks as many people as it may.
    TooManyBlocked,
    /// No part of the file is in the range that was asked for.
    RangeRefused,
    /// The account has as many tokens for machines as it may have.
    TooManyTokens,
    /// The position is of another history of this server, or ahead of it: start anew.
    PositionUnknown,
    /// The server has too much to do right now.
    Busy,
    /// The server's disk is full: reading works, writing does not.
    StorageFull,
    /// The store can't be written or read right now.
    StorageUnavailable,
    /// The server is stopping; come back at once.
    ShuttingDown,
    /// A fault of the server; its log knows more under the request id.
    Internal,
    /// A code of a newer version.
    #[serde(other)]
    Unknown,
}

impl ErrorCode {
    /// The HTTP status that carries this code (RFC 9110).
    pub fn http_status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::AuthRequired | Self::SessionEnded | Self::InvalidCredentials => 401,
            Self::Forbidden | Self::Blocked | Self::OriginRefused => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::EmailTaken
            | Self::UsernameTaken
            | Self::IdempotencyConflict
            | Self::MessageDeleted
            | Self::TooManyTokens
            | Self::TooManyBlocked
            | Self::QuotaExceeded
            | Self::PositionUnknown => 409,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::RangeRefused => 416,
            Self::InvalidField
            | Self::ImageRefused
            | Self::AttachmentUnknown
            | Self::PasswordRefused
            | Self::BodyTooLong
            | Self::BodyEmpty
            | Self::TextRefused => 422,
            Self::RateLimited | Self::TooManyUnacknowledged | Self::TooManyConnections => 429,
            Self::Internal | Self::Unknown => 500,
            Self::Busy | Self::StorageUnavailable | Self::ShuttingDown => 503,
            Self::StorageFull => 507,
        }
    }

    /// Whether the same request may succeed later without being changed.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::TooManyUnacknowledged
                | Self::TooManyConnections
                | Self::Busy
                | Self::StorageFull
                | Self::StorageUnavailable
                | Self::ShuttingDown
                | Self::Internal
        )
    }
}

/// An error as it is told: in REST answers under the key `error`, in frames likewise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// What went wrong, for programs.
    pub code: ErrorCode,
    /// One sentence for a person: what happened and what to do.
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// How long to wait before that, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The field that was refused, as it is called in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Name of the request in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl ErrorBody {
    /// An error with the code's own `retryable` and nothing optional.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: code.is_retryable(),
            retry_after_ms: None,
            field: None,
            request_id: None,
        }
    }

    /// The same, about one field of the request.
    pub fn about(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The same, with the wait after which to try again.
    pub fn retry_after_ms(mut self, wait_ms: u64) -> Self {
        self.retry_after_ms = Some(wait_ms);
        self
    }
}

/// The body of every REST answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorAnswer {
    /// What went wrong.
    pub error: ErrorBody,
}

/// Why the server closed a WebSocket (RFC 6455, section 7.4; 4000-4999 are ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// 1000: the client asked for it.
    Normal,
    /// 1003: binary frames are not spoken here.
    NotText,
    /// 1009: a message above `frame_bytes_max`.
    TooLarge,
    /// 1012: the server restarts; reconnect at once, with jitter.
    Restart,
    /// 4000: not JSON, or not a frame.
    BadFrame,
    /// 4001: the first frame was no `hello` with a valid token, or did not come in time.
    AuthRequired,
    /// 4002: the session was signed out, revoked, or has expired. Sign in again.
    SessionEnded,
    /// 4003: the account or the server has too many connections.
    TooManyConnections,
    /// 4004: nothing was heard from the client for longer than the heartbeat allows.
    Silent,
    /// 4005: the client went on sending above the rate limit.
    RateLimited,
    /// 4006: the token has no right to read, so there is nothing to say on a socket.
    Forbidden,
    /// 4008: the client read too slowly; reconnect and resume from your position.
    Slow,
    /// 4011: a fault of the server; reconnect with back-off.
    Internal,
}

impl CloseCode {
    /// The number on the wire.
    pub fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::NotText => 1003,
            Self::TooLarge => 1009,
            Self::Restart => 1012,
            Self::BadFrame => 4000,
            Self::AuthRequired => 4001,
            Self::SessionEnded => 4002,
            Self::TooManyConnections => 4003,
            Self::Silent => 4004,
            Self::RateLimited => 4005,
            Self::Forbidden => 4006,
            Self::Slow => 4008,
            Self::Internal => 4011,
        }
    }

    /// The reason that goes with the number, for people who read captures.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Normal => "goodbye",
            Self::NotText => "text frames only",
            Self::TooLarge => "frame too large",
            Self::Restart => "restarting, come back",
            Self::BadFrame => "not a frame",
            Self::AuthRequired => "auth_required",
            Self::SessionEnded => "session_ended",
            Self::TooManyConnections => "too_many_connections",
            Self::Silent => "silent",
            Self::RateLimited => "rate_limited",
            Self::Forbidden => "forbidden",
            Self::Slow => "slow",
            Self::Internal => "internal",
        }
    }
}
