//! When to draw: at once for a person, twenty times a second for a flood, never for nothing.

use std::time::Duration;

use tokio::time::Instant;

/// Shortest time between frames that only the network caused; a flood is not read any faster.
const FRAME_INTERVAL: Duration = Duration::from_millis(50);

/// When frames were drawn, and whether one is owed.
pub(super) struct Frames {
    last: Option<Instant>,
    is_owed: bool,
}

impl Frames {
    /// The first one is owed.
    pub(super) fn new() -> Self {
        Self { last: None, is_owed: true }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.is_owed && self.last.is_none_or(|last| now >= last + FRAME_INTERVAL)
    }

    pub(super) fn drawn(&mut self, now: Instant) {
        *self = Self { last: Some(now), is_owed: false };
    }

    pub(super) fn owe(&mut self, is_urgent: bool) {
        self.is_owed = true;
        if is_urgent {
            self.last = None;
        }
    }

    /// When the frame that is owed may be drawn.
    fn due_at(&self) -> Option<Instant> {
        self.last.filter(|_| self.is_owed).map(|last| last + FRAME_INTERVAL)
    }

    /// Never, when no frame is owed.
    pub(super) async fn until_due(&self) {
        match self.due_at() {
            Some(due_at) => tokio::time::sleep_until(due_at).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_painted_twenty_times_a_second_and_a_key_at_once() {
        let mut now = Instant::now();
        let mut frames = Frames::new();
        assert!(frames.is_due(now), "the first frame");
        frames.drawn(now);
        assert!(!frames.is_due(now) && frames.due_at().is_none(), "no timer when nothing is owed");
        now += FRAME_INTERVAL;
        frames.owe(false);
        assert!(frames.is_due(now), "the first message after a rest");
        frames.drawn(now);
        frames.owe(false);
        assert!(!frames.is_due(now), "the next one of a flood");
        now += FRAME_INTERVAL;
        assert_eq!(frames.due_at(), Some(now));
        assert!(frames.is_due(now));
        frames.drawn(now);
        frames.owe(false);
        frames.owe(true);
        assert!(frames.is_due(now), "a key");
    }
}
