//! How a connection ends.

use chatter_protocol::{CloseCode, ErrorBody};

/// Why nothing more is said.
#[derive(Debug)]
pub(super) enum End {
    /// The server closes, for this reason.
    Close(CloseCode),
    /// The client closed, or is gone.
    Gone,
}

/// The result of each step.
pub(super) type Step<T = ()> = Result<T, End>;

/// A store that fails while a stream is read leaves the client with a hole: it comes back later.
/// The error itself is logged where it is turned into its body.
pub(super) fn broken(error: impl Into<ErrorBody>) -> End {
    let _ = error.into();
    End::Close(CloseCode::Internal)
}
