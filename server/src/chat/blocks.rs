//! Blocking people, and unblocking them.

use chatter_protocol::{Me, UserRef};

use super::{Chat, ChatError, Result};
use crate::auth::SignedIn;

impl Chat {
    /// Blocks or unblocks somebody. Twice is once.
    ///
    /// # Errors
    /// `NotFound` for nobody of that name, `Field` for oneself, `TooManyBlocked`.
    pub async fn set_blocked(&self, who: &SignedIn, user: UserRef, blocked: bool) -> Result<Me> {
        let user = self.store.user(user).await?.user.id;
        if user == who.user() {
            return Err(ChatError::field("user", "Nobody can block themselves."));
        }
        let me = self.store.set_blocked(who.user(), user, blocked).await?;
        if me.user.rev != who.me.user.rev {
            self.roster.parted(who.user(), user);
        }
        Ok(me)
    }
}
