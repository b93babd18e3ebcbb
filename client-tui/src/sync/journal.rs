//! The notes of what changed, from which a store's transaction is made.

use std::collections::{HashMap, HashSet};

use chatter_protocol::ConversationId;

use super::change::Change;
use super::chat::Chat;

/// Collects changes once started; before that nothing is noted.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    is_on: bool,
    changes: Vec<Change>,
    /// Conversations whose state changed: noted once, as it is when the notes are taken.
    touched: HashSet<ConversationId>,
}

impl Journal {
    pub(super) fn start(&mut self) {
        self.is_on = true;
    }

    pub(super) fn note(&mut self, change: Change) {
        if self.is_on {
            self.changes.push(change);
        }
    }

    pub(super) fn touch(&mut self, conversation: ConversationId) {
        if self.is_on {
            self.touched.insert(conversation);
        }
    }

    pub(super) fn take(&mut self, chats: &HashMap<ConversationId, Chat>) -> Vec<Change> {
        let state = |id| chats.get(&id).map(|chat| Change::Chat(chat.state().clone()));
        let touched = self.touched.drain().filter_map(state);
        let mut changes = std::mem::take(&mut self.changes);
        changes.extend(touched);
        changes
    }
}
