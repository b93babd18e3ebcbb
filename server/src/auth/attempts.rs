//! How often somebody may fail: an exact sliding window per key.
//!
//! Counts an attempt when it starts, so that neither a thousand at once nor one that hangs up
//! before its answer gets around it, and gives it back when it succeeds. A token bucket can't give
//! back, so this is none.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::AuthError;

/// Most keys remembered; past it the ones that no longer count are forgotten, then any, so that an
/// attacker with many addresses costs no more memory than this.
const KEYS_MAX: usize = 100_000;

/// How many failures in how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptLimit {
    /// Failures that the window holds; 0 means no limit.
    pub count_max: usize,
    /// How long a failure counts.
    pub window: Duration,
}

/// Failures by key.
pub(super) struct Attempts<K> {
    limit: AttemptLimit,
    by_key: Mutex<HashMap<K, VecDeque<Instant>>>,
}

/// An attempt under way; it counts unless it is given back.
#[must_use]
pub(super) struct Attempt<'a, K: Eq + Hash + Clone> {
    attempts: &'a Attempts<K>,
    key: K,
    started_at: Instant,
}

impl<K: Eq + Hash + Clone> Attempts<K> {
    pub(super) fn new(limit: AttemptLimit) -> Self {
        Self { limit, by_key: Mutex::default() }
    }

    /// Starts an attempt, or says how long to wait.
    pub(super) fn start(&self, key: K) -> Result<Attempt<'_, K>, AuthError> {
        let now = Instant::now();
        if self.limit.count_max > 0 {
            let mut by_key = self.lock();
            self.make_room(&mut by_key, &key, now);
            let times = by_key.entry(key.clone()).or_default();
            times.retain(|time| now < *time + self.limit.window);
            if times.len() >= self.limit.count_max {
                let oldest = times.front().copied().unwrap_or(now);
                return Err(AuthError::RateLimited { wait: oldest + self.limit.window - now });
            }
            times.push_back(now);
        }
        Ok(Attempt { attempts: self, key, started_at: now })
    }

    /// Forgets what no longer counts.
    pub(super) fn forget_old(&self) {
        let now = Instant::now();
        let mut by_key = self.lock();
        by_key.retain(|_, times| times.back().is_some_and(|time| now < *time + self.limit.window));
        by_key.shrink_to_fit();
    }

    fn make_room(&self, by_key: &mut HashMap<K, VecDeque<Instant>>, key: &K, now: Instant) {
        if by_key.len() < KEYS_MAX || by_key.contains_key(key) {
            return;
        }
        by_key.retain(|_, times| times.back().is_some_and(|time| now < *time + self.limit.window));
        if by_key.len() >= KEYS_MAX
            && let Some(any) = by_key.keys().next().cloned()
        {
            by_key.remove(&any);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, VecDeque<Instant>>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone> Attempt<'_, K> {
    /// Lets the attempt not count: it succeeded, or was not made after all.
    pub(super) fn give_back(self) {
        let mut by_key = self.attempts.lock();
        let Some(times) = by_key.get_mut(&self.key) else { return };
        if let Some(place) = times.iter().position(|time| *time == self.started_at) {
            times.remove(place);
        }
        if times.is_empty() {
            by_key.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(900);

    fn attempts(count_max: usize) -> Attempts<&'static str> {
        Attempts::new(AttemptLimit { count_max, window: WINDOW })
    }

    fn wait_ms(attempts: &Attempts<&'static str>) -> u128 {
        match attempts.start("ada") {
            Err(AuthError::RateLimited { wait }) => wait.as_millis(),
            _ => 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_one_above_the_limit_waits_until_the_oldest_is_forgotten() {
        let attempts = attempts(2);
        let _first = attempts.start("ada").expect("first");
        tokio::time::advance(WINDOW / 3).await;
        let _second = attempts.start("ada").expect("second");
        assert_eq!(wait_ms(&attempts), (WINDOW * 2 / 3).as_millis());
        assert!(attempts.start("bob").is_ok(), "others are not concerned");
        tokio::time::advance(WINDOW * 2 / 3).await;
        assert_eq!(wait_ms(&attempts), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_under_way_count_and_may_be_given_back() {
        let attempts = attempts(1);
        let under_way = attempts.start("ada").expect("first");
        assert!(attempts.start("ada").is_err());
        under_way.give_back();
        attempts.start("ada").expect("room again").give_back();
        assert!(attempts.lock().is_empty(), "nothing is remembered of success");
    }

    #[tokio::test(start_paused = true)]
    async fn zero_means_no_limit_and_old_failures_are_forgotten() {
        let none = attempts(0);
        for _ in 0..100 {
            let _counts_nothing = none.start("ada").expect("no limit");
        }
        let some = attempts(5);
        let _first = some.start("ada").expect("first");
        tokio::time::advance(WINDOW).await;
        some.forget_old();
        assert!(some.lock().is_empty());
    }
}
