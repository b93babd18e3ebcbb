//! What waits to be written to one connection: filled by the hub, emptied by the connection.
//!
//! Bounded: past [`EVENTS_MAX`] events or [`BYTES_MAX`] bytes the reader is too slow, the queue is
//! given up and the connection is told to close; the client then resumes from its position, so
//! nothing is lost. Typing and presence never make a reader slow: typing is dropped while events
//! wait, presence keeps only each person's newest.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use chatter_protocol::{CloseCode, ConversationId, Me, Presence, UserId};
use tokio::sync::Notify;

/// Most events that may wait.
pub const EVENTS_MAX: usize = 256;
/// Most bytes of events that may wait.
pub const BYTES_MAX: usize = 1024 * 1024;
/// Events that end a [rest](Mailbox::rest).
const REST_EVENTS_MAX: usize = 64;
/// While so many events wait, typing is not worth its bytes.
const TYPING_EVENTS_MAX: usize = 32;
/// Most typing signals that may wait; one more is dropped.
const TYPING_MAX: usize = 64;

/// The queue of one connection.
#[derive(Default)]
pub struct Mailbox {
    mail: Mutex<Mail>,
    arrived: Notify,
}

/// All that waited at one moment.
#[derive(Debug, Default)]
pub struct Mail {
    /// Event frames with their numbers, in the order of arrival.
    pub events: VecDeque<(u64, Utf8Bytes)>,
    /// Who types where.
    pub typing: Vec<(ConversationId, UserId)>,
    /// People that came or went.
    pub presence: HashMap<UserId, Presence>,
    /// The connection's account, when what it shares has changed.
    pub me: Option<Arc<Me>>,
    /// Set once: the connection must close for this reason.
    pub closing: Option<CloseCode>,
    bytes: usize,
    rests: bool,
}

impl Mailbox {
    /// Adds an event frame, or gives up on a reader that is too slow.
    pub fn push_event(&self, seq: u64, frame: Utf8Bytes) {
        let mut mail = self.lock();
        if mail.closing.is_some() {
            return;
        }
        mail.bytes += frame.len();
        mail.events.push_back((seq, frame));
        if mail.events.len() > EVENTS_MAX || mail.bytes > BYTES_MAX {
            *mail = Mail { closing: Some(CloseCode::Slow), ..Mail::default() };
        }
        if mail.rests && mail.events.len() < REST_EVENTS_MAX && mail.closing.is_none() {
            return;
        }
        drop(mail);
        self.arrived.notify_one();
    }

    /// Adds a typing signal, unless there is something better to do.
    pub fn push_typing(&self, conversation: ConversationId, user: UserId) {
        let mut mail = self.lock();
        let known = mail.typing.contains(&(conversation, user));
        if known || mail.typing.len() >= TYPING_MAX || mail.events.len() >= TYPING_EVENTS_MAX {
            return;
        }
        mail.typing.push((conversation, user));
        drop(mail);
        self.arrived.notify_one();
    }

    /// Adds somebody's presence in place of an older one. Bounded by what the connection watches.
    pub fn push_presence(&self, presence: Presence) {
        self.lock().presence.insert(presence.user, presence);
        self.arrived.notify_one();
    }

    /// Tells the connection what its account shares from now on.
    pub fn push_me(&self, me: Arc<Me>) {
        self.lock().me = Some(me);
        self.arrived.notify_one();
    }

    /// Tells the connection to close; the first reason holds.
    pub fn close(&self, reason: CloseCode) {
        self.lock().closing.get_or_insert(reason);
        self.arrived.notify_one();
    }

    /// Why the connection must close, if it must.
    pub fn closing(&self) -> Option<CloseCode> {
        self.lock().closing
    }

    /// Waits until something may be there; safe to cancel.
    pub async fn wait(&self) {
        self.arrived.notified().await;
    }

    /// Lets events gather: until the next [take](Mailbox::take) they alone don't end a
    /// [wait](Mailbox::wait), unless there are many.
    pub fn rest(&self) {
        let mut mail = self.lock();
        // What came since the last look has said so already.
        mail.rests = mail.events.is_empty();
    }

    /// Everything that waits; the reason to close stays.
    pub fn take(&self) -> Mail {
        let mut mail = self.lock();
        let closing = mail.closing;
        std::mem::replace(&mut *mail, Mail { closing, ..Mail::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn frame(bytes: usize) -> Utf8Bytes {
        "x".repeat(bytes).into()
    }

    #[test]
    fn holds_as_many_events_as_promised_and_not_one_more() {
        let mailbox = Mailbox::default();
        for seq in 1..=EVENTS_MAX as u64 {
            mailbox.push_event(seq, frame(1));
        }
        assert_eq!(mailbox.closing(), None);
        mailbox.push_event(EVENTS_MAX as u64 + 1, frame(1));
        assert_eq!(mailbox.closing(), Some(CloseCode::Slow));
        assert!(mailbox.take().events.is_empty(), "a slow reader costs nothing any more");
    }

    #[test]
    fn holds_as_many_bytes_as_promised_and_not_one_more() {
        let mailbox = Mailbox::default();
        mailbox.push_event(1, frame(BYTES_MAX));
        assert_eq!(mailbox.closing(), None);
        mailbox.push_event(2, frame(1));
        assert_eq!(mailbox.closing(), Some(CloseCode::Slow));
    }

    #[test]
    fn taking_makes_room() {
        let mailbox = Mailbox::default();
        for round in 0..10 {
            for seq in 0..EVENTS_MAX as u64 {
                mailbox.push_event(round * EVENTS_MAX as u64 + seq, frame(1));
            }
            assert_eq!(mailbox.take().events.len(), EVENTS_MAX);
        }
        assert_eq!(mailbox.closing(), None);
    }

    #[test]
    fn while_it_rests_a_few_events_wake_nobody_and_all_else_does() {
        let woken = |mailbox: &Mailbox| mailbox.wait().now_or_never().is_some();
        let rested = || {
            let mailbox = Mailbox::default();
            mailbox.rest();
            mailbox.push_event(1, frame(1));
            assert!(!woken(&mailbox));
            mailbox
        };
        let mailbox = rested();
        mailbox.push_typing(ConversationId::new(), UserId::new());
        assert!(woken(&mailbox));
        assert_eq!(mailbox.take().events.len(), 1);
        mailbox.push_event(2, frame(1));
        assert!(woken(&mailbox), "a take ends the rest");
        let mailbox = rested();
        mailbox.close(CloseCode::SessionEnded);
        assert!(woken(&mailbox));
        let mailbox = rested();
        (2..=REST_EVENTS_MAX as u64).for_each(|seq| mailbox.push_event(seq, frame(1)));
        assert!(woken(&mailbox));
        let mailbox = rested();
        mailbox.push_event(2, frame(BYTES_MAX));
        assert!(woken(&mailbox), "too slow");
        let mailbox = Mailbox::default();
        mailbox.push_event(1, frame(1));
        mailbox.rest();
        assert!(woken(&mailbox), "what came before the rest");
    }

    #[test]
    fn typing_and_presence_never_make_a_reader_slow() {
        let mailbox = Mailbox::default();
        let ada = UserId::new();
        for _ in 0..EVENTS_MAX * 2 {
            mailbox.push_typing(ConversationId::new(), ada);
            mailbox.push_presence(Presence { user: ada, online: true, last_seen_at: None });
        }
        let mail = mailbox.take();
        assert_eq!((mail.closing, mail.typing.len(), mail.presence.len()), (None, TYPING_MAX, 1));
    }

    #[test]
    fn the_first_reason_to_close_holds() {
        let mailbox = Mailbox::default();
        mailbox.close(CloseCode::SessionEnded);
        mailbox.close(CloseCode::Slow);
        assert_eq!(mailbox.take().closing, Some(CloseCode::SessionEnded));
        assert_eq!(mailbox.closing(), Some(CloseCode::SessionEnded));
    }
}
