//! Who is there: written by the hub, read by `chat`, announced by one task.
//!
//! A person is online while any connection of theirs lives and for a short grace after the last
//! one, so that a reconnect does not flicker. Knows no connections, only how many there are.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chatter_protocol::{Presence, Timestamp, UserId};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use crate::bus::{Bus, Notice, Seen, Watchers};
use crate::store::{Blocks, Store, StoredUser};

/// How long to wait for a store that can't be read.
const LOOK_UP_AGAIN_AFTER: Duration = Duration::from_secs(1);

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
    switched: Vec<UserId>,
    parted: Vec<(UserId, UserId)>,
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
    /// Began or ceased to share whether they are there.
    pub switched: Vec<UserId>,
    /// Two of whom one blocked or unblocked the other.
    pub parted: Vec<(UserId, UserId)>,
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

    /// `user` began or ceased to share whether they are there. For a walk of the directory that has
    /// begun it counts as coming, so that it misses nobody.
    pub fn switched(&self, user: UserId) {
        let mut state = self.lock();
        state.switched.push(user);
        if let Some(attendance) = state.people.get_mut(&user) {
            attendance.since = Timestamp::now();
        }
        drop(state);
        self.changed.notify_one();
    }

    /// One of the two blocked or unblocked the other.
    pub fn parted(&self, one: UserId, other: UserId) {
        self.lock().parted.push((one, other));
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
        let mut changes = Changes {
            arrived: std::mem::take(&mut state.arrived),
            switched: std::mem::take(&mut state.switched),
            parted: std::mem::take(&mut state.parted),
            departed: Vec::new(),
        };
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
        let Changes { arrived, departed, switched, parted } = roster.next_changes().await;
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
        let departed = departed.into_iter().map(|(user, _)| user);
        let moved = arrived.into_iter().chain(departed).chain(switched.iter().copied());
        let people = look_up(&*store, moved.collect()).await.into_iter();
        // That somebody comes or goes unseen is not told, not even as "still hidden".
        let people = people.filter(|(it, _)| it.shares_presence || switched.contains(&it.user.id));
        let mut told: Vec<_> = people
            .map(|(it, blocks)| Seen {
                presence: it.presence(roster.is_online(it.user.id)),
                by: Watchers::AllBut(blocks.all()),
            })
            .collect();
        let pairs = parted.into_iter().flat_map(|(one, other)| [(one, other), (other, one)]);
        for (user, watcher) in pairs {
            for (it, blocks) in look_up(&*store, vec![user]).await {
                let presence = match blocks.are_apart_from(watcher) {
                    true => Presence::hidden(user),
                    false => it.presence(roster.is_online(user)),
                };
                told.push(Seen { presence, by: Watchers::Only(watcher) });
            }
        }
        bus.publish(Notice::Presence { people: told.into() });
    }
}

/// These people and from whom they are kept apart, as soon as the store can be read: nobody is told
/// of before it is known who may see them.
async fn look_up(store: &dyn Store, users: Vec<UserId>) -> Vec<(StoredUser, Blocks)> {
    loop {
        match store.users_with_blocks(users.clone()).await {
            Ok(people) => return people,
            Err(error) => tracing::warn!(%error, "who comes and goes can't be told yet"),
        }
        sleep(LOOK_UP_AGAIN_AFTER).await;
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

    #[tokio::test(start_paused = true)]
    async fn who_begins_to_share_presence_counts_as_coming() {
        let (roster, ada) = (Roster::new(GRACE), UserId::new());
        roster.joined(ada);
        roster.next_changes().await;
        let later = Timestamp::from_millis(Timestamp::now().as_millis() + 1);
        assert!(roster.online_since(later).contains(&ada));
        while Timestamp::now() <= later {}
        roster.switched(ada);
        let changes = Changes { switched: vec![ada], ..Changes::default() };
        assert_eq!(roster.next_changes().await, changes);
        assert!(!roster.online_since(later).contains(&ada), "for a walk that began before");
        assert!(roster.is_online(ada));
    }
}
