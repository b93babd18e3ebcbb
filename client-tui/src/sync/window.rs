//! Which messages of a conversation stay in memory: those near its end, and near what is looked at.
//! The others are in the store or with the server, and come back as pages when they are wanted.

use chatter_protocol::UserId;

use super::change::UnreadCount;
use super::chat::Chat;
use super::coverage::Coverage;

impl Chat {
    /// Lets go of the messages that are farther than `reach` from the newest one and from each of
    /// `places`, when there are many of them.
    pub(super) fn let_go(&mut self, me: UserId, places: &[u64], reach: u64) {
        // Twice as many as may stay, so that in a flood many go at a time.
        let many = 4 * reach * (1 + places.len() as u64);
        if self.messages.len() as u64 <= many {
            return;
        }
        let mut near = Coverage::default();
        for place in places.iter().copied().chain([self.head_seq()]) {
            near.add(place.saturating_sub(reach), place.saturating_add(reach));
        }
        if let Some(count) = self.count(me) {
            self.state.counted = count;
        }
        self.messages.retain(|number, _| near.contains(*number, *number));
        self.coverage.keep_only(&near);
    }

    /// What is unread, with the positions for which that holds; `None` where it can only be guessed.
    pub(super) fn count(&self, me: UserId) -> Option<UnreadCount> {
        let (head_seq, read_seq, counted) = (self.head_seq(), self.read_seq(), &self.state.counted);
        let is_here = |from| self.coverage.contains(from, head_seq);
        let is_counted = counted.read_seq == read_seq && is_here(counted.head_seq + 1);
        (is_counted || is_here(read_seq + 1)).then(|| UnreadCount {
            unread: self.unread(me),
            head_seq,
            read_seq,
        })
    }
}
