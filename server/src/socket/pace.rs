//! How fast one connection may send.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use chatter_protocol::{ConversationId, Limits};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota};
use tokio::time::Instant;

/// Typing is told at most this often for each conversation.
const TYPING_EVERY: Duration = Duration::from_secs(3);
/// So many bursts above the limit and the client is taken for broken.
const BURSTS_TOO_MANY: u32 = 4;

/// Measures the frames of one connection.
pub(super) struct Pace {
    /// `None` for no limit.
    limiter: Option<DefaultDirectRateLimiter>,
    above: u32,
    above_max: u32,
    typed_at: HashMap<ConversationId, Instant>,
}

/// What to do with a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Take it.
    Pass,
    /// Refuse it; another may pass after this wait.
    Wait(Duration),
    /// The client goes on and on: close.
    Enough,
}

impl Pace {
    pub(super) fn new(limits: &Limits) -> Self {
        let burst = NonZeroU32::new(limits.frames_burst).unwrap_or(NonZeroU32::MIN);
        let quota = NonZeroU32::new(limits.frames_per_second).map(Quota::per_second);
        Self {
            limiter: quota.map(|quota| DefaultDirectRateLimiter::direct(quota.allow_burst(burst))),
            above: 0,
            above_max: burst.get().saturating_mul(BURSTS_TOO_MANY),
            typed_at: HashMap::new(),
        }
    }

    /// Counts a frame.
    pub(super) fn count(&mut self) -> Verdict {
        let Some(limiter) = &self.limiter else { return Verdict::Pass };
        match limiter.check() {
            Ok(()) => {
                self.above = self.above.saturating_sub(1);
                Verdict::Pass
            }
            Err(until) => {
                self.above += 1;
                if self.above > self.above_max {
                    return Verdict::Enough;
                }
                Verdict::Wait(until.wait_time_from(DefaultClock::default().now()))
            }
        }
    }

    /// Whether typing in `conversation` is to be told again.
    pub(super) fn may_type(&mut self, conversation: ConversationId) -> bool {
        let now = Instant::now();
        self.typed_at.retain(|_, at| now < *at + TYPING_EVERY);
        if self.typed_at.contains_key(&conversation) {
            return false;
        }
        self.typed_at.insert(conversation, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(frames_per_second: u32) -> Pace {
        Pace::new(&Limits { frames_per_second, frames_burst: 3, ..Limits::default() })
    }

    #[test]
    fn a_burst_passes_the_next_waits_and_going_on_ends_it() {
        let mut pace = pace(1);
        for _ in 0..3 {
            assert_eq!(pace.count(), Verdict::Pass);
        }
        for _ in 0..3 * BURSTS_TOO_MANY {
            assert!(matches!(pace.count(), Verdict::Wait(wait) if wait <= Duration::from_secs(1)));
        }
        assert_eq!(pace.count(), Verdict::Enough);
    }

    #[test]
    fn zero_means_no_limit() {
        let mut pace = pace(0);
        assert!((0..1000).all(|_| pace.count() == Verdict::Pass));
    }

    #[tokio::test(start_paused = true)]
    async fn typing_is_told_once_in_three_seconds_for_each_conversation() {
        let (mut pace, here, there) = (pace(0), ConversationId::new(), ConversationId::new());
        assert!(pace.may_type(here) && pace.may_type(there));
        assert!(!pace.may_type(here));
        tokio::time::advance(TYPING_EVERY).await;
        assert!(pace.may_type(here));
        assert_eq!(pace.typed_at.len(), 1, "what is over is forgotten");
    }
}
