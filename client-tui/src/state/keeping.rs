//! Keeping what happens on this device: one batch at a time, nothing confirmed or sent before it is
//! kept.

use std::collections::HashSet;

use chatter_protocol::{ConversationId, Timestamp};

use crate::sync::Change;

/// Changes that wait for a disk that can't be written; beyond it nothing more is kept in this run.
/// What was kept before stays whole: its position is that of its last change.
const WAITING_MAX: usize = 20_000;

/// How long to wait before trying a disk again that could not be written.
const TRY_AGAIN_AFTER_MS: i64 = 5_000;

/// How keeping goes.
#[derive(Debug, Default)]
pub struct Keeping {
    /// Chats whose draft has changed since it was kept.
    pub drafts: HashSet<ConversationId>,
    /// A batch is being written.
    is_writing: bool,
    /// What could not be written, oldest first.
    waiting: Vec<Change>,
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

    /// Whether everything up to now is kept, or can't be: whether it may be confirmed and sent.
    pub fn is_done(&self) -> bool {
        !self.is_writing
    }

    /// When a batch that could not be written is to be tried again.
    pub fn try_again_at(&self) -> Option<Timestamp> {
        self.try_again_at
    }

    /// The batch to write now, made of what waits and of `fresh`; none while one is being written
    /// or there is nothing to write.
    pub fn next_batch(&mut self, fresh: Vec<Change>, now: Timestamp) -> Option<Vec<Change>> {
        if self.has_given_up {
            return None;
        }
        self.waiting.extend(fresh);
        let too_early = self.try_again_at.is_some_and(|at| now < at);
        if self.waiting.len() > WAITING_MAX && too_early {
            self.has_given_up = true;
            self.waiting = Vec::new();
            self.try_again_at = None;
            return None;
        }
        if self.is_writing || too_early || self.waiting.is_empty() {
            return None;
        }
        self.is_writing = true;
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
        self.is_writing = false;
    }

    /// The batch could not be written; it goes before what came since.
    pub fn failed(&mut self, changes: Vec<Change>, now: Timestamp) {
        self.is_writing = false;
        self.waiting.splice(0..0, changes);
        self.try_again_at = Some(Timestamp::from_millis(now.as_millis() + TRY_AGAIN_AFTER_MS));
    }
}
