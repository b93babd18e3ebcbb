//! The signed-in session, kept over restarts: what is public of it in a file, its token in the
//! desktop's keyring, the kernel's, or the same file.
//!
//! Everything here waits for the disk and, within limits, for a keyring; asynchronous callers use
//! `spawn_blocking`. Knows no network: whether a token is still good is the server's to say.

mod error;
mod file;
mod keeping;
mod keyring;
#[cfg(feature = "keyring")]
mod native;
mod store;

#[cfg(test)]
mod tests;

use chatter_protocol::{Secret, Session, User};

pub use error::CredentialError;
pub use file::FileError;
pub use keeping::Kept;
pub use store::{Place, Store};

use keeping::Keeping;
use keyring::Keyrings;

use crate::net::ServerUrl;
use crate::paths::Paths;

/// What is needed to go on without a password.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// A saved session without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicSession {
    /// Where.
    pub server: ServerUrl,
    /// Which session.
    pub session: Session,
    /// Whose.
    pub me: User,
    /// Where its token is.
    pub kept_in: Place,
}

/// Saves `session` for the profile, in place of another, also of one that was kept elsewhere.
/// Takes at most a few seconds, whatever a keyring does.
///
/// # Errors
/// If the system refuses, or the keyring that was named. Without one that was named,
/// [`Store::Auto`], the file is used where no keyring answers.
pub fn save(paths: &Paths, session: &SavedSession, store: Store) -> Result<Kept, CredentialError> {
    keeping(paths).save(session, store)
}

/// The session that was saved for the profile, if there is one. A keyring has two seconds to answer.
///
/// # Errors
/// If there is one that can't be trusted or read, or whose token its keyring has lost.
pub fn load(paths: &Paths) -> Result<Option<SavedSession>, CredentialError> {
    keeping(paths).load()
}

/// The same without its token, and so without asking a keyring.
///
/// # Errors
/// If its file can't be trusted or read.
pub fn load_public(paths: &Paths) -> Result<Option<PublicSession>, CredentialError> {
    keeping(paths).load_public()
}

/// Forgets the session saved for the profile: its file, and its entries in all keyrings that answer
/// within their limit.
///
/// # Errors
/// Naming what is still there.
pub fn delete(paths: &Paths) -> Result<(), CredentialError> {
    keeping(paths).delete()
}

/// What each keyring says when it is tried: nothing if it works here, else why it does not.
pub type Survey = [(Store, Result<(), String>); 2];

/// Tries the keyrings, each for a second at most.
pub fn survey() -> Survey {
    let keyrings = Keyrings::of_this_machine();
    [(Store::SecretService, Place::SecretService), (Store::Keyutils, Place::Keyutils)]
        .map(|(store, place)| (store, keyrings.probe(place)))
}

fn keeping(paths: &Paths) -> Keeping<'_> {
    Keeping { paths, keyrings: Keyrings::of_this_machine() }
}
