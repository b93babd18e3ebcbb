//! Who is there: written by the hub, read by `chat`, announced by one task.
//!
//! A person is online while any connection of theirs lives and for a short grace after the last
//! one, so that a reconnect does not flicker. Knows no connections, only how many there are.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chatter_protocol::{Presence, Timestamp, UserId};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::bus::{Bus, Notice};
use crate::store::Store;

/// The people who are online on this node.
pub struct Roster {
    state: Mutex<State>,
    changed: Notify,
    grace: Duration,
}

#[derive(Default)]
struct State {
    people: HashMap<UserId, Attendance>,
    arrived: Vec<UserId>,
    /// People whose grace runs, the earliest first; one entry for each, so never more than people.
    leaving: VecDeque<(Instant, UserId)>,
}

struct Attendance {
    connections: usize,
    since: Timestamp,
    /// When the last connection went, while there is none.
    left: Option<(Instant, Timestamp)>,
    /// Whether `State::leaving` has an entry.
    queued: bool,
}

/// What changed since it was last asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Came online.
    pub arrived: Vec<UserId>,
    /// Went offline, and when they were last there.
    pub departed: Vec<(UserId, Timestamp)>,
}

impl Roster {
    /// An empty roster; `grace` is how long a person without a connection still counts as there.
    pub fn new(grace: Duration) -> Self {
        Self { state: Mutex::default(), changed: Notify::new(), grace }
    }

    /// A connection of `user` came.
    pub fn joined(&self, user: UserId) {
        let mut state = self.lock();
        if let Some(attendance) = state.people.get_mut(&user) {
            attendance.connections += 1;
            attendance.left = None;
            return;
        }
        let since = Timestamp::now();
        state.people.insert(user, Attendance { connections: 1, since, left: None, queued: false });
        state.arrived.push(user);
        drop(state);
        self.changed.notify_one();
    }

    /// A connection of `user` went.
    pub fn left(&self, user: UserId) {
        let mut state = self.lock();
        let Some(attendance) = state.people.get_mut(&user) else { return };
        attendance.connections -= 1;
        if attendance.connections > 0 {
            return;
        }
        let now = Instant::now();
        attendance.left = Some((now, Timestamp::now()));
        if !std::mem::replace(&mut attendance.queued, true) {
            state.leaving.push_back((now + self.grace, user));
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Whether `user` is there.
    pub fn is_online(&self, user: UserId) -> bool {
        self.lock().people.contains_key(&user)
    }

    /// Everybody who is there and was already at `instant`.
    pub fn online_since(&self, instant: Timestamp) -> HashSet<UserId> {
        let state = self.lock();
        let early = state.people.iter().filter(|(_, attendance)| attendance.since <= instant);
        early.map(|(user, _)| *user).collect()
    }

    /// Waits for people to come or go; for one task only.
    pub async fn next_changes(&self) -> Changes {
        loop {
            let (changes, next) = self.take_changes(Instant::now());
            if changes != Changes::default() {
                return changes;
            }
            match next {
                Some(deadline) => tokio::select! {
                    () = sleep_until(deadline) => {}
                    () = self.changed.notified() => {}
                },
                None => self.changed.notified().await,
            }
        }
    }

    fn take_changes(&self, now: Instant) -> (Changes, Option<Instant>) {
        let mut state = self.lock();
        let mut changes =
            Changes { arrived: std::mem::take(&mut state.arrived), departed: Vec::new() };
        while let Some((deadline, user)) = state.leaving.front().copied() {
            if deadline > now {
                return (changes, Some(deadline));
            }
            state.leaving.pop_front();
            let Some(attendance) = state.people.get_mut(&user) else { continue };
            match attendance.left {
                None => attendance.queued = false,
                Some((left, _)) if left + self.grace > now => {
                    let later = left + self.grace;
                    let place = state.leaving.partition_point(|(at, _)| *at <= later);
                    state.leaving.insert(place, (later, user));
                }
                Some((_, last_seen_at)) => {
                    state.people.remove(&user);
                    changes.departed.push((user, last_seen_at));
                }
            }
        }
        (changes, None)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores and publishes who comes and goes, until cancelled.
pub async fn announce(roster: Arc<Roster>, store: Arc<dyn Store>, bus: Arc<dyn Bus>) {
    loop {
        let Changes { arrived, departed } = roster.next_changes().await;
        let now = Timestamp::now();
        note_last_seen(&*store, arrived.clone(), now).await;
        // Together, under the time of the last: after a storm, one write for each would hold up
        // the news for longer than they left apart.
        if let Some(last) = departed.iter().map(|(_, at)| *at).max() {
            let users = departed.iter().map(|(user, _)| *user).collect();
            note_last_seen(&*store, users, last).await;
        }
        // Who came back while this was stored is in the next changes; a departure told after the
        // return would stay, so each person is told as they are now.
        let people = arrived.iter().map(|user| (*user, now)).chain(departed);
        let people = people.map(|(user, at)| Presence {
            user,
            online: roster.is_online(user),
            last_seen_at: Some(at),
        });
        bus.publish(Notice::Presence { people: people.collect() });
    }
}

/// Stores that `users` were there at `at`; a failure costs only the coarseness of "last seen".
pub async fn note_last_seen(store: &dyn Store, users: Vec<UserId>, at: Timestamp) {
    if users.is_empty() {
        return;
    }
    if let Err(error) = store.set_last_seen(users, at).await {
        tracing::warn!(%error, "last seen could not be stored");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(10);

    fn departed(changes: &Changes) -> Vec<UserId> {
        changes.departed.iter().map(|(user, _)| *user).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn online_while_any_device_is_and_for_the_grace_after() {
        let (roster, ada) = (Roster::new(GRACE), UserId::new());
        roster.joined(ada);
        roster.joined(ada);
        assert_eq!(roster.next_changes().await.arrived, [ada]);
        roster.left(ada);
        tokio::time::advance(GRACE * 2).await;
        assert_eq!(roster.take_changes(Instant::now()).0, Changes::default());
        assert!(roster.is_online(ada), "another device lives");

        roster.left(ada);
        assert!(roster.is_online(ada), "the grace runs");
        let before = Instant::now();
        assert_eq!(departed(&roster.next_changes().await), [ada]);
        assert!(before.elapsed() >= GRACE);
        assert!(!roster.is_online(ada));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reconnect_within_the_grace_is_not_told() {
        let (roster, ada) = (Roster::new(GRACE), UserId::new());
        roster.joined(ada);
        roster.next_changes().await;
        for _ in 0..3 {
            roster.left(ada);
            tokio::time::advance(GRACE / 2).await;
            roster.joined(ada);
            assert_eq!(roster.take_changes(Instant::now()).0, Changes::default());
        }
        roster.left(ada);
        let before = Instant::now();
        assert_eq!(departed(&roster.next_changes().await), [ada]);
        assert!(before.elapsed() >= GRACE, "the grace counts from the last leaving");
    }
}
