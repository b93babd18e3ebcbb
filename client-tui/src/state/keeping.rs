//! Keeping what happens on this device: one batch at a time, nothing confirmed or sent before it is
//! kept.
//!
//! What is to be sent is written at once. What came in and can be had again waits a moment for more
//! of its kind, so that a flood is not a transaction for each message.

use std::collections::HashSet;

use chatter_protocol::{ConversationId, Timestamp};

use crate::sync::Change;

/// Changes that wait for a disk that can't be written; beyond it nothing more is kept in this run.
/// What was kept before stays whole: its position is that of its last change.
const WAITING_MAX: usize = 20_000;

/// How long after the last batch what can be had again waits for more.
const TOGETHER_MS: i64 = 200;

/// How long to wait before trying a disk again that could not be written.
const TRY_AGAIN_AFTER_MS: i64 = 5_000;

/// How keeping goes.
#[derive(Debug, Default)]
pub struct Keeping {
    /// Chats whose draft has changed since it was kept.
    pub drafts: HashSet<ConversationId>,
    /// A batch is being written.
    is_writing: bool,
    /// When the last one was begun.
    begun_at: Option<Timestamp>,
    /// What is not being written yet, oldest first.
    waiting: Vec<Change>,
    /// Messages to be sent are in the batch that is being written.
    writes_sends: bool,
    /// They are in what waits.
    has_sends: bool,
    /// When to try it again.
    try_again_at: Option<Timestamp>,
    /// The disk could not be written for too long.
    has_given_up: bool,
    /// What is kept outlives the process.
    lasting: bool,
}

impl Keeping {
    /// Whether what is `lasting` outlives the process.
    pub fn new(lasting: bool) -> Self {
        Self { lasting, ..Self::default() }
    }

    /// Whether leaving loses nothing.
    pub fn outlives_the_process(&self) -> bool {
        self.lasting && !self.has_given_up && self.try_again_at.is_none()
    }

    /// Whether everything up to now is kept, or can't be: whether it may be confirmed.
    pub fn is_done(&self) -> bool {
        !self.is_writing && (self.waiting.is_empty() || self.is_in_need())
    }

    /// Whether everything that is to be sent is kept, or can't be.
    pub fn may_send(&self) -> bool {
        !self.writes_sends && (!self.has_sends || self.is_in_need())
    }

    /// Whether the disk can't be written, so that what is in memory may be nowhere else.
    pub fn is_in_need(&self) -> bool {
        self.has_given_up || self.try_again_at.is_some()
    }

    /// When the next batch is to be written though nothing happens: one that could not be written,
    /// or one that waits for more.
    pub fn next_batch_at(&self) -> Option<Timestamp> {
        let waits = !self.is_writing && !self.waiting.is_empty();
        self.try_again_at.or(self.together_at().filter(|_| waits))
    }

    fn together_at(&self) -> Option<Timestamp> {
        self.begun_at.map(|at| Timestamp::from_millis(at.as_millis() + TOGETHER_MS))
    }

    /// The batch to write now, made of what waits and of `fresh`; none while one is being written
    /// or there is nothing to write yet.
    pub fn next_batch(&mut self, fresh: Vec<Change>, now: Timestamp) -> Option<Vec<Change>> {
        if self.has_given_up {
            return None;
        }
        self.has_sends |= fresh.iter().any(|change| matches!(change, Change::Queued { .. }));
        match self.is_in_need() {
            true => self.waiting.extend(fresh),
            false => join(&mut self.waiting, fresh),
        }
        let too_early = self.try_again_at.is_some_and(|at| now < at);
        if self.waiting.len() > WAITING_MAX && too_early {
            self.has_given_up = true;
            (self.waiting, self.has_sends) = (Vec::new(), false);
            self.try_again_at = None;
            return None;
        }
        if self.is_writing || too_early || self.waiting.is_empty() {
            return None;
        }
        // A clock that was set back ends the wait, too.
        let is_recent = |at: Timestamp| at <= now && self.together_at().is_some_and(|at| now < at);
        if !self.has_sends && self.begun_at.is_some_and(is_recent) {
            return None;
        }
        self.is_writing = true;
        self.begun_at = Some(now);
        self.writes_sends = std::mem::take(&mut self.has_sends);
        self.try_again_at = None;
        Some(std::mem::take(&mut self.waiting))
    }

    /// All that waits, and `fresh`, whatever is being written: for the end of the program.
    pub fn rest(&mut self, fresh: Vec<Change>) -> Vec<Change> {
        if self.has_given_up {
            return Vec::new();
        }
        self.waiting.extend(fresh);
        std::mem::take(&mut self.waiting)
    }

    /// The batch is on disk.
    pub fn kept(&mut self) {
        (self.is_writing, self.writes_sends) = (false, false);
    }

    /// The batch could not be written; it goes before what came since.
    pub fn failed(&mut self, changes: Vec<Change>, now: Timestamp) {
        (self.is_writing, self.has_sends) = (false, self.has_sends || self.writes_sends);
        self.writes_sends = false;
        self.waiting.splice(0..0, changes);
        self.try_again_at = Some(Timestamp::from_millis(now.as_millis() + TRY_AGAIN_AFTER_MS));
    }
}

/// Adds changes to those that wait, and leaves out what the new ones make void.
fn join(waiting: &mut Vec<Change>, fresh: Vec<Change>) {
    // What takes something away is passed by nothing.
    let takes_away = |change: &Change| {
        matches!(change, Change::Reset(_) | Change::Blocked(_) | Change::Unblocked(_))
    };
    if waiting.iter().chain(&fresh).any(takes_away) {
        return waiting.extend(fresh);
    }
    for change in fresh {
        match &change {
            Change::Position(_) => waiting.retain(|it| !matches!(it, Change::Position(_))),
            Change::Chat(chat) => {
                let id = chat.conversation.id;
                waiting.retain(|it| !matches!(it, Change::Chat(it) if it.conversation.id == id));
            }
            Change::Covered { conversation, from_seq, to_seq } => {
                let continued = waiting.iter_mut().rev().find_map(|it| match it {
                    Change::Covered { conversation: id, to_seq: end, .. }
                        if id == conversation && end.checked_add(1) == Some(*from_seq) =>
                    {
                        Some(end)
                    }
                    _ => None,
                });
                if let Some(end) = continued {
                    *end = *to_seq;
                    continue;
                }
            }
            _ => {}
        }
        waiting.push(change);
    }
}
