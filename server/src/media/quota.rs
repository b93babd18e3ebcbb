//! What accounts are about to use: uploads under way count as if they were stored, so that many at
//! once don't fill the disk before the first of them is counted. The store has the last word.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chatter_protocol::UserId;

use crate::store::MediaUse;

/// Uploads under way, by account.
#[derive(Debug, Default)]
pub(super) struct Reservations {
    by_owner: Mutex<HashMap<UserId, MediaUse>>,
}

/// Room for one upload; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    reservations: Arc<Reservations>,
    owner: UserId,
    bytes: u64,
}

impl Reservations {
    /// Room for one more upload of at most `bytes`, if there is any beside what is used already.
    pub(super) fn take(
        self: &Arc<Self>,
        owner: UserId,
        used: MediaUse,
        bytes: u64,
        quota: MediaUse,
    ) -> Option<Place> {
        let mut by_owner = self.lock();
        let under_way = by_owner.get(&owner).copied().unwrap_or(MediaUse { files: 0, bytes: 0 });
        let with_it =
            MediaUse { files: under_way.files + 1, bytes: under_way.bytes.saturating_add(bytes) };
        let fits = used.files + with_it.files <= quota.files
            && used.bytes.saturating_add(with_it.bytes) <= quota.bytes;
        if !fits {
            return None;
        }
        by_owner.insert(owner, with_it);
        Some(Place { reservations: Arc::clone(self), owner, bytes })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, MediaUse>> {
        self.by_owner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_owner = self.reservations.lock();
        if let Some(under_way) = by_owner.get_mut(&self.owner) {
            under_way.files -= 1;
            under_way.bytes -= self.bytes;
            if under_way.files == 0 {
                by_owner.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_way_counts_and_what_has_ended_does_not() {
        let reservations = Arc::<Reservations>::default();
        let (ada, bob) = (UserId::new(), UserId::new());
        let (used, quota) = (MediaUse { files: 1, bytes: 10 }, MediaUse { files: 3, bytes: 100 });
        let take = |owner, bytes| reservations.take(owner, used, bytes, quota);
        let first = take(ada, 50).expect("fits");
        assert!(take(ada, 41).is_none() && take(bob, 41).is_some());
        let second = take(ada, 40).expect("fits to the byte");
        assert!(take(ada, 0).is_none(), "three files");
        drop((first, second));
        assert!(reservations.lock().is_empty());
    }
}
