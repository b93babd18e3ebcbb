//! The notes of what changed, from which a store's transaction is made.
//!
//! What a later change makes void is not noted twice: of a flood the store learns each message, one
//! range, one state of the conversation and one position.

use std::collections::{HashMap, HashSet};

use chatter_protocol::{ConversationId, Position, UserId};

use super::change::Change;
use super::chat::Chat;
use super::coverage::Coverage;

/// Collects changes once started; before that nothing is noted.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    is_on: bool,
    changes: Vec<Change>,
    /// Numbers that came since the last change that takes some away.
    covered: HashMap<ConversationId, Coverage>,
    /// Conversations whose state changed: noted once, as it is when the notes are taken.
    touched: HashSet<ConversationId>,
    /// The position moved: noted once, as it is then.
    has_moved: bool,
}

impl Journal {
    pub(super) fn start(&mut self) {
        self.is_on = true;
    }

    pub(super) fn note(&mut self, change: Change) {
        if !self.is_on {
            return;
        }
        if matches!(change, Change::Reset(_) | Change::Blocked(_) | Change::Unblocked(_)) {
            self.close_ranges();
        }
        self.changes.push(change);
    }

    /// Every message of the range is here.
    pub(super) fn cover(&mut self, conversation: ConversationId, from_seq: u64, to_seq: u64) {
        if self.is_on {
            self.covered.entry(conversation).or_default().add(from_seq, to_seq);
        }
    }

    pub(super) fn touch(&mut self, conversation: ConversationId) {
        if self.is_on {
            self.touched.insert(conversation);
        }
    }

    /// The position has moved.
    pub(super) fn advance(&mut self) {
        self.has_moved |= self.is_on;
    }

    pub(super) fn take(
        &mut self,
        chats: &HashMap<ConversationId, Chat>,
        me: Option<UserId>,
        position: Option<&Position>,
    ) -> Vec<Change> {
        self.close_ranges();
        let mut changes = std::mem::take(&mut self.changes);
        let state = |id| chats.get(&id).map(|chat| Change::Chat(chat.state_to_keep(me)));
        changes.extend(self.touched.drain().filter_map(state));
        if std::mem::take(&mut self.has_moved) {
            changes.extend(position.cloned().map(Change::Position));
        }
        changes
    }

    /// Notes the ranges before a change that may take numbers out of them.
    fn close_ranges(&mut self) {
        for (conversation, covered) in self.covered.drain() {
            self.changes.extend(covered.ranges().map(|range| {
                let (from_seq, to_seq) = range.into_inner();
                Change::Covered { conversation, from_seq, to_seq }
            }));
        }
    }
}
