//! What a session must be allowed for something: each route and each frame names one of these.

use chatter_protocol::Rights;

use super::{AuthError, SignedIn};

/// Whatever the session may: it asks about itself.
pub const NOTHING: Rights = Rights::NONE;
/// To see people, conversations and messages.
pub const READ: Rights = Rights { read: true, ..Rights::NONE };
/// To post.
pub const SEND: Rights = Rights { send: true, ..Rights::NONE };
/// To do what posts or changes something and shows it in the answer.
pub const SEND_AND_READ: Rights = Rights { send: true, read: true, ..Rights::NONE };
/// Everything that is the account's own.
pub const ACCOUNT: Rights = Rights { account: true, ..Rights::NONE };

impl SignedIn {
    /// Whether the session has the rights `needed`.
    ///
    /// # Errors
    /// `Forbidden`, with those that it lacks.
    pub fn check(&self, needed: Rights) -> Result<(), AuthError> {
        match self.session.rights.missing(needed) {
            Rights::NONE => Ok(()),
            missing => Err(AuthError::Forbidden { missing }),
        }
    }
}
