//! Why a session can't be kept, read or forgotten.

use thiserror::Error;

use super::file::FileError;
use super::store::Place;

/// Why the session can't be loaded, saved or deleted, as sentences for a person.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// Its file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The keyring that was named does not take it.
    #[error(
        "The session can't be kept in {place}: {cause}. To keep it elsewhere, sign in with \
         --credential-store file."
    )]
    NotWritten {
        /// Which keyring.
        place: Place,
        /// What it said.
        cause: String,
    },
    /// The keyring can't be asked now.
    #[error(
        "The session is kept in {place}, which can't be read here: {cause}. Unlock it and start \
         again, sign in with --credential-store file, or give a token in CHATTER_TOKEN."
    )]
    NotRead {
        /// Which keyring.
        place: Place,
        /// What it said.
        cause: String,
    },
    /// The keyring answers, and has nothing, or something of another session.
    #[error("The session is not in {0} any more, so it is forgotten. Sign in again.")]
    Gone(Place),
    /// Part of it is still there.
    #[error("The session can't be deleted everywhere. {}", .0.join(" "))]
    NotDeleted(Vec<String>),
}
