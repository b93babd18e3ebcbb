//! Messages that the server has not acknowledged yet.
//!
//! Per conversation one message is on its way at a time, so that order survives whatever happens
//! to the link; a refused one steps aside and blocks nothing. Keys never change: a message whose
//! acknowledgement was lost is sent again and stored once.

use std::collections::HashSet;

use chatter_protocol::frame::Send;
use chatter_protocol::{Attachment, ClientMsgId, ConversationId, ErrorBody, Timestamp};

use super::change::KeptUnsent;

/// A message of mine that is not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// What will be sent, each time the same.
    pub send: Send,
    /// What hangs on it, as the server told.
    pub attached: Vec<Attachment>,
    /// When it was written.
    pub queued_at: Timestamp,
    /// How it stands.
    pub state: UnsentState,
}

/// How an unacknowledged message stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnsentState {
    /// For its turn, for the link, or for the wait that the server asked for.
    Waiting,
    /// On the link, not answered yet.
    Sending,
    /// The server said no, and would say so again. Waits for a person.
    Refused(ErrorBody),
}

/// The queue, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    entries: Vec<Unsent>,
}

impl Outbox {
    /// Everything that is unsent, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Unsent> {
        self.entries.iter()
    }

    /// What is unsent in one conversation, oldest first.
    pub fn of(&self, conversation: ConversationId) -> impl Iterator<Item = &Unsent> {
        self.iter().filter(move |entry| entry.send.conversation == conversation)
    }

    /// How many messages are unsent.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether everything is sent.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn push(&mut self, send: Send, attached: Vec<Attachment>, queued_at: Timestamp) {
        self.entries.push(Unsent { send, attached, queued_at, state: UnsentState::Waiting });
    }

    /// As a store kept it, unless it is here already.
    pub(super) fn restore(&mut self, kept: KeptUnsent) {
        let KeptUnsent { send, attached, queued_at, refused } = kept;
        if self.get_mut(send.client_msg_id).is_some() {
            return;
        }
        let state = refused.map_or(UnsentState::Waiting, UnsentState::Refused);
        self.entries.push(Unsent { send, attached, queued_at, state });
    }

    /// The messages whose turn it is, at most `in_flight_max` on their way at once; they count as
    /// being sent from now on.
    pub(super) fn take_turns(&mut self, in_flight_max: usize) -> Vec<Send> {
        let sending = |entry: &&Unsent| entry.state == UnsentState::Sending;
        let mut busy: HashSet<_> =
            self.entries.iter().filter(sending).map(|entry| entry.send.conversation).collect();
        let mut free = in_flight_max.saturating_sub(busy.len());
        let mut turns = Vec::new();
        for entry in &mut self.entries {
            let waits = entry.state == UnsentState::Waiting;
            if free > 0 && waits && busy.insert(entry.send.conversation) {
                entry.state = UnsentState::Sending;
                turns.push(entry.send.clone());
                free -= 1;
            }
        }
        turns
    }

    /// The link is gone: what was on its way waits for the next one.
    pub(super) fn link_lost(&mut self) {
        for entry in &mut self.entries {
            if entry.state == UnsentState::Sending {
                entry.state = UnsentState::Waiting;
            }
        }
    }

    /// Stored: leaves the queue.
    pub(super) fn remove(&mut self, key: ClientMsgId) -> Option<Unsent> {
        let at = self.entries.iter().position(|entry| entry.send.client_msg_id == key)?;
        Some(self.entries.remove(at))
    }

    /// Not stored: waits again if that may help, else waits for a person.
    pub(super) fn refuse(&mut self, key: ClientMsgId, error: ErrorBody) {
        if let Some(entry) = self.get_mut(key) {
            entry.state =
                if error.retryable { UnsentState::Waiting } else { UnsentState::Refused(error) };
        }
    }

    /// A person wants a refused message tried again as it is.
    pub(super) fn retry(&mut self, key: ClientMsgId) {
        if let Some(entry) = self.get_mut(key)
            && matches!(entry.state, UnsentState::Refused(_))
        {
            entry.state = UnsentState::Waiting;
        }
    }

    fn get_mut(&mut self, key: ClientMsgId) -> Option<&mut Unsent> {
        self.entries.iter_mut().find(|entry| entry.send.client_msg_id == key)
    }
}
