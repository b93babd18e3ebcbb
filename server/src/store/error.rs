//! Why the store said no.

use thiserror::Error;

/// An answer of the store that is no success. The first group is about the request, the second
/// about the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Not there, or not for this account to see.
    #[error("not found")]
    NotFound,
    /// There, but not this account's to change.
    #[error("not the author")]
    Forbidden,
    /// Somebody signed up with this e-mail address.
    #[error("e-mail taken")]
    EmailTaken,
    /// Somebody has this username.
    #[error("username taken")]
    UsernameTaken,
    /// The key was used with another payload.
    #[error("key used with another payload")]
    IdempotencyConflict,
    /// The account has as many tokens for machines as it may.
    #[error("too many tokens")]
    TooManyTokens,
    /// The account's uploads are as many, or have as many bytes, as they may.
    #[error("quota exceeded")]
    QuotaExceeded,
    /// Not an upload of the sender, or none any more.
    #[error("attachment unknown")]
    AttachmentUnknown,
    /// One of the two has blocked the other.
    #[error("blocked")]
    Blocked,
    /// The account blocks as many people as it may.
    #[error("too many blocked")]
    TooManyBlocked,
    /// A tombstone can't be edited.
    #[error("message deleted")]
    MessageDeleted,

    /// More waits to be written than the queue holds.
    #[error("the write queue is full")]
    Busy,
    /// No space left; reading goes on.
    #[error("the disk is full")]
    Full,
    /// The database failed; the text is for the log, not for the wire.
    #[error("the database failed: {0}")]
    Unavailable(String),
}
