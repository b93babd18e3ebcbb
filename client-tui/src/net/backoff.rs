//! How long to wait before the next attempt: full jitter, capped.

use std::time::Duration;

use rand::{Rng, RngExt};

/// Upper end of the first wait.
const BASE: Duration = Duration::from_millis(500);

/// Upper end of every later wait.
const CAP: Duration = Duration::from_secs(30);

/// Waits between attempts: each a random part of an upper end that doubles from half a second to
/// 30 s, so that a server's clients don't come back in step.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The wait before the next attempt.
    pub fn next_wait(&mut self, rng: &mut impl Rng) -> Duration {
        let end = BASE.saturating_mul(2_u32.saturating_pow(self.attempts)).min(CAP);
        self.attempts = self.attempts.saturating_add(1);
        end.mul_f64(rng.random())
    }

    /// Waits asked for since the last success.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// An attempt has succeeded.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn waits_grow_stay_below_their_end_and_start_over() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut backoff = Backoff::default();
        for end_ms in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            assert!(backoff.next_wait(&mut rng) <= Duration::from_millis(end_ms));
        }
        assert_eq!(backoff.attempts(), 8);
        backoff.reset();
        assert!(backoff.next_wait(&mut rng) <= BASE);
    }

    #[test]
    fn waits_spread_over_the_whole_range() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut late = Backoff { attempts: u32::MAX };
        let waits: Vec<_> = (0..1_000).map(|_| late.next_wait(&mut rng)).collect();
        let mean = waits.iter().sum::<Duration>() / 1_000;
        assert!((CAP * 2 / 5..CAP * 3 / 5).contains(&mean), "{mean:?}");
        assert!(waits.iter().all(|wait| *wait <= CAP));
        assert!(waits.iter().any(|wait| *wait < CAP / 20), "no jitter at the low end");
    }
}
