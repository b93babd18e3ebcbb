//! Sees when so much comes for one connection that its events are better written several at a time: a
//! write, a packet and a waking of the client for each would cost both sides more than the events do.

use std::time::Duration;

use tokio::time::Instant;

/// Events of one slot that make a flood of it: two hundred a second.
const FLOOD_EVENTS: usize = 20;

/// Over how long they are counted.
const SLOT: Duration = Duration::from_millis(100);

/// How long events gather in a flood: less than a frame of a screen.
pub(super) const REST: Duration = Duration::from_millis(10);

/// Counts the events that are written.
pub(super) struct Flood {
    slot_began_at: Instant,
    events: usize,
    is_on: bool,
}

impl Flood {
    pub(super) fn new(now: Instant) -> Self {
        Self { slot_began_at: now, events: 0, is_on: false }
    }

    /// So many events were written; whether that is a flood.
    pub(super) fn wrote(&mut self, events: usize, now: Instant) -> bool {
        let slot = now - self.slot_began_at;
        if slot >= SLOT {
            let goes_on = slot < 2 * SLOT && self.events >= FLOOD_EVENTS;
            *self = Self { slot_began_at: now, events: 0, is_on: goes_on };
        }
        self.events += events;
        self.is_on |= self.events >= FLOOD_EVENTS;
        self.is_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes of one event for two seconds; how many of them were part of a flood.
    fn in_flood(apart: Duration) -> u128 {
        let mut now = Instant::now();
        let mut flood = Flood::new(now);
        let writes = Duration::from_secs(2).as_micros() / apart.as_micros();
        (0..writes)
            .map(|_| {
                now += apart;
                u128::from(flood.wrote(1, now))
            })
            .sum()
    }

    #[test]
    fn a_hundred_a_second_are_none_and_a_thousand_are() {
        assert_eq!(in_flood(Duration::from_millis(10)), 0);
        assert!(in_flood(Duration::from_millis(1)) > 1_900);
    }

    #[test]
    fn a_flood_is_over_when_little_came_for_a_while() {
        let mut now = Instant::now();
        let mut flood = Flood::new(now);
        assert!(flood.wrote(500, now));
        now += SLOT;
        assert!(flood.wrote(1, now), "it may only have paused");
        now += SLOT;
        assert!(!flood.wrote(1, now));
    }
}
