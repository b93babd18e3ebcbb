//! How far the link is in the user stream, and whether what it hears continues there.

use chatter_protocol::frame::Welcome;
use chatter_protocol::{Position, ServerFrame, USER_STREAM};

/// What to do with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It continues the stream, or is no part of it.
    Forward,
    /// It was forwarded before, or says nothing that the caller needs.
    Drop,
    /// Something before it is missing: resume from the last position.
    Gap,
}

/// The position to resume from, kept up to date with each frame.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    position: Option<Position>,
    /// The epoch of this connection's `welcome`, until an event shows that the server resumed. To
    /// take it before that would hide from a server with another history that a reset is due.
    new_epoch: Option<String>,
    /// The position at the last heartbeat, if the stream's head was ahead of it.
    behind_at: Option<u64>,
}

impl Progress {
    /// Starts after `position`.
    pub(crate) fn new(position: Option<Position>) -> Self {
        Self { position, ..Self::default() }
    }

    /// What to say in `hello`.
    pub(crate) fn positions(&self) -> Vec<Position> {
        self.position.iter().cloned().collect()
    }

    /// Takes a frame into account. Events and resets are to be forwarded before the next call.
    pub(crate) fn take(&mut self, frame: &ServerFrame) -> Verdict {
        match frame {
            ServerFrame::Welcome(welcome) => self.take_welcome(welcome),
            ServerFrame::Reset { position, .. } => self.take_reset(position),
            ServerFrame::Event { seq, .. } => self.take_event(*seq),
            ServerFrame::Heartbeat { positions } => self.take_heads(positions),
            ServerFrame::Pong { .. } => Verdict::Drop,
            _ => Verdict::Forward,
        }
    }

    fn seq(&self) -> u64 {
        self.position.as_ref().map_or(0, |position| position.seq)
    }

    fn take_welcome(&mut self, welcome: &Welcome) -> Verdict {
        self.new_epoch = user_stream(&welcome.positions).map(|head| head.epoch.clone());
        self.behind_at = None;
        Verdict::Forward
    }

    fn take_reset(&mut self, position: &Position) -> Verdict {
        if position.stream == USER_STREAM {
            self.position = Some(position.clone());
            self.new_epoch = None;
        }
        Verdict::Forward
    }

    fn take_event(&mut self, seq: u64) -> Verdict {
        match seq {
            seq if seq <= self.seq() => return Verdict::Drop,
            seq if seq > self.seq() + 1 => return Verdict::Gap,
            _ => {}
        }
        let position = self.position.get_or_insert_with(|| Position::user("", 0));
        position.seq = seq;
        if let Some(epoch) = self.new_epoch.take() {
            position.epoch = epoch;
        }
        Verdict::Forward
    }

    /// One heartbeat ahead of us may have overtaken an event on its way; a second one, with no
    /// event in between, means that the event is not coming.
    fn take_heads(&mut self, heads: &[Position]) -> Verdict {
        let seq = self.seq();
        let is_behind = user_stream(heads).is_some_and(|head| head.seq > seq);
        if is_behind && self.behind_at == Some(seq) {
            return Verdict::Gap;
        }
        self.behind_at = is_behind.then_some(seq);
        Verdict::Drop
    }
}

fn user_stream(positions: &[Position]) -> Option<&Position> {
    positions.iter().find(|position| position.stream == USER_STREAM)
}

#[cfg(test)]
mod tests {
    use chatter_protocol::Event;
    use chatter_protocol::frame::ResetReason;

    use super::*;
    use crate::net::stub_socket::welcome;

    fn event(seq: u64) -> ServerFrame {
        ServerFrame::Event { seq, event: Event::Unknown }
    }

    fn heartbeat(seq: u64) -> ServerFrame {
        ServerFrame::Heartbeat { positions: vec![Position::user("e", seq)] }
    }

    #[test]
    fn events_pass_once_and_in_order() {
        let mut progress = Progress::new(Some(Position::user("e", 4)));
        assert_eq!(progress.take(&event(4)), Verdict::Drop);
        assert_eq!(progress.take(&event(5)), Verdict::Forward);
        assert_eq!(progress.take(&event(7)), Verdict::Gap);
        assert_eq!(progress.take(&event(5)), Verdict::Drop);
        assert_eq!(progress.positions(), [Position::user("e", 5)]);
    }

    #[test]
    fn a_new_epoch_counts_only_once_the_server_has_resumed() {
        let mut progress = Progress::new(Some(Position::user("old", 4)));
        progress.take(&welcome("new", 9, 15_000));
        assert_eq!(progress.positions(), [Position::user("old", 4)]);
        progress.take(&event(5));
        assert_eq!(progress.positions(), [Position::user("new", 5)]);
    }

    #[test]
    fn a_reset_moves_the_position_also_backwards() {
        let mut progress = Progress::new(Some(Position::user("old", 40)));
        progress.take(&welcome("new", 9, 15_000));
        let position = Position::user("new", 9);
        let reason = ResetReason::OtherEpoch;
        assert_eq!(progress.take(&ServerFrame::Reset { position, reason }), Verdict::Forward);
        assert_eq!(progress.take(&event(10)), Verdict::Forward);
        assert_eq!(progress.positions(), [Position::user("new", 10)]);
    }

    #[test]
    fn a_head_that_stays_ahead_is_a_gap() {
        let mut progress = Progress::new(Some(Position::user("e", 4)));
        assert_eq!(progress.take(&heartbeat(4)), Verdict::Drop);
        assert_eq!(progress.take(&heartbeat(5)), Verdict::Drop);
        assert_eq!(progress.take(&event(5)), Verdict::Forward);
        assert_eq!(progress.take(&heartbeat(6)), Verdict::Drop);
        assert_eq!(progress.take(&heartbeat(6)), Verdict::Gap);
    }
}
