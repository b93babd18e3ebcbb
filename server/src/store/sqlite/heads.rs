//! The newest number of each stream that was lately written or asked for, so that the heartbeat of a
//! connection on which nothing happens costs no look into the database.
//!
//! A number here is never above what is committed. It is below for no longer than it takes from a commit
//! to the telling of it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chatter_protocol::UserId;

/// Streams whose heads are kept, 40 bytes each. All others are looked up each time.
const STREAMS_MAX: usize = 250_000;

/// See the [module](self).
#[derive(Default)]
pub(super) struct Heads(Mutex<HashMap<UserId, u64>>);

impl Heads {
    /// The head of a stream, if it is kept.
    pub(super) fn of(&self, user: UserId) -> Option<u64> {
        self.lock().get(&user).copied()
    }

    /// These numbers are committed. Whoever says so late changes nothing. Nothing is ever let go: a
    /// number that was read before a commit must not come after it into an empty place.
    pub(super) fn raise(&self, committed: impl IntoIterator<Item = (UserId, u64)>) {
        let mut heads = self.lock();
        for (user, seq) in committed {
            if let Some(head) = heads.get_mut(&user) {
                *head = seq.max(*head);
            } else if heads.len() < STREAMS_MAX {
                heads.insert(user, seq);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_rise_and_never_fall() {
        let (heads, ada) = (Heads::default(), UserId::new());
        assert_eq!(heads.of(ada), None);
        heads.raise([(ada, 7)]);
        heads.raise([(ada, 5)]);
        assert_eq!(heads.of(ada), Some(7));
        heads.raise([(ada, 8)]);
        assert_eq!(heads.of(ada), Some(8));
    }
}
