//! Where a device stands in a stream.

use serde::{Deserialize, Serialize};

/// The one stream that a server of today has: everything that an account must learn.
pub const USER_STREAM: &str = "user";

/// `(stream, epoch, seq)`: the device has applied every event of `stream` up to and including
/// `seq`, and was last told the server's `epoch` as given here.
///
/// The epoch is a name that the server draws anew at each start and keeps in its database. A
/// position whose epoch the database does not know, or whose event was written in a later epoch
/// than the position's, describes a history that this database never had (an older backup was
/// restored): the answer is a `reset`. `seq` 0 is the position of a device that knows nothing; its
/// epoch is ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// Which stream; [`USER_STREAM`].
    pub stream: String,
    /// The server's epoch as of its last `welcome`.
    pub epoch: String,
    /// Number of the last event applied; 0 for none.
    pub seq: u64,
}

impl Position {
    /// A position in the user stream.
    pub fn user(epoch: impl Into<String>, seq: u64) -> Self {
        Self { stream: USER_STREAM.to_owned(), epoch: epoch.into(), seq }
    }
}
