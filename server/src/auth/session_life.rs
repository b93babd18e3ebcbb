//! How long a session lives. Pure, so that tests own the clock.

use chatter_protocol::Timestamp;

/// Using a session is noted at most this often, so that reading does not mean writing.
const NOTE_USE_EVERY_MS: i64 = 60 * 60 * 1000;

/// The lives of sessions, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLife {
    /// Of one that is not remembered, from signing in.
    pub plain_ms: i64,
    /// Of a remembered one, from its last use.
    pub remembered_idle_ms: i64,
    /// Of a remembered one, from signing in, however much it is used.
    pub remembered_max_ms: i64,
}

impl SessionLife {
    /// When a session ends that was used at `used_at` and not since.
    pub fn expires_at(
        self,
        remember: bool,
        created_at: Timestamp,
        used_at: Timestamp,
    ) -> Timestamp {
        if !remember {
            return after(created_at, self.plain_ms);
        }
        after(used_at, self.remembered_idle_ms).min(after(created_at, self.remembered_max_ms))
    }

    /// Whether a use now is to be noted, and with it the session extended.
    pub fn is_due(self, last_used_at: Timestamp, now: Timestamp) -> bool {
        let step_ms = NOTE_USE_EVERY_MS.min(self.remembered_idle_ms / 2);
        now.as_millis().saturating_sub(last_used_at.as_millis()) >= step_ms
    }
}

/// So many milliseconds after an instant.
pub(super) fn after(instant: Timestamp, life_ms: i64) -> Timestamp {
    Timestamp::from_millis(instant.as_millis().saturating_add(life_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    const LIFE: SessionLife = SessionLife {
        plain_ms: DAY_MS,
        remembered_idle_ms: 30 * DAY_MS,
        remembered_max_ms: 365 * DAY_MS,
    };

    fn day(number: i64) -> Timestamp {
        Timestamp::from_millis(number * DAY_MS)
    }

    #[test]
    fn use_extends_only_remembered_sessions_and_not_for_ever() {
        assert_eq!(LIFE.expires_at(false, day(0), day(0)), day(1));
        assert_eq!(LIFE.expires_at(false, day(0), Timestamp::from_millis(DAY_MS / 2)), day(1));
        assert_eq!(LIFE.expires_at(true, day(0), day(0)), day(30));
        assert_eq!(LIFE.expires_at(true, day(0), day(29)), day(59));
        assert_eq!(LIFE.expires_at(true, day(0), day(350)), day(365));
    }

    #[test]
    fn use_is_noted_at_most_once_an_hour_and_clocks_may_jump() {
        let noon = Timestamp::from_millis(DAY_MS / 2);
        let later = |ms| Timestamp::from_millis(noon.as_millis() + ms);
        assert!(!LIFE.is_due(noon, later(NOTE_USE_EVERY_MS - 1)));
        assert!(LIFE.is_due(noon, later(NOTE_USE_EVERY_MS)));
        assert!(!LIFE.is_due(noon, later(-DAY_MS)));
    }
}
