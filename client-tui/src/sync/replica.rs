//! The account as this device knows it.

use std::collections::HashMap;

use chatter_protocol::frame::Send;
use chatter_protocol::{
    Attachment, ClientFrame, ClientMsgId, ConversationId, Limits, Me, Position, Presence, Privacy,
    Timestamp, User, UserId,
};

use super::change::Change;
use super::chat::Chat;
use super::journal::Journal;
use super::outbox::{Outbox, Unsent};

/// What the account's owner must fetch for the replica to be whole again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The list of conversations, all of its pages.
    Conversations,
    /// One conversation, not known or not countable here.
    Conversation(ConversationId),
    /// Nothing to fetch: [`Replica::release_sends`] after this many milliseconds.
    SendAgainAfter(u64),
}

/// What applying a frame brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// What to fetch.
    pub needs: Vec<Need>,
    /// New messages of others, as `(conversation, conv_seq)`: worth a notification. Replays of
    /// what happened while this device was away are not among them.
    pub news: Vec<(ConversationId, u64)>,
    /// Whether a message of somebody else came in, so that the server should be told that it is
    /// here ([`Replica::confirm`]).
    pub received: bool,
}

/// See the [module](super).
#[derive(Clone, Debug, Default)]
pub struct Replica {
    pub(super) me: Option<Me>,
    pub(super) limits: Limits,
    pub(super) position: Option<Position>,
    /// The server's epoch as of this link's `welcome`. It becomes the position's only with an event
    /// or a reset, the signs that the server took the position.
    pub(super) link_epoch: String,
    /// Whether the list of conversations was asked for since this process started.
    pub(super) has_listed: bool,
    /// Events up to this number happened before the device came (back).
    pub(super) replay_end: u64,
    pub(super) users: HashMap<UserId, User>,
    pub(super) presence: HashMap<UserId, Presence>,
    pub(super) chats: HashMap<ConversationId, Chat>,
    /// Most recently active first.
    pub(super) order: Vec<ConversationId>,
    pub(super) outbox: Outbox,
    /// The server asked to wait before anything more is sent.
    pub(super) sends_held: bool,
    /// Nobody is at this device: what is written on it does not mark what was before as read.
    pub(super) is_unattended: bool,
    pub(super) journal: Journal,
}

impl Replica {
    /// From now on, what is written on this device is written by a program.
    pub fn leave_unattended(&mut self) {
        self.is_unattended = true;
    }

    /// The account, once the server or a saved session has told it.
    pub fn me(&self) -> Option<&Me> {
        self.me.as_ref()
    }

    /// The account's id, once known.
    pub fn my_id(&self) -> Option<UserId> {
        self.me.as_ref().map(|me| me.user.id)
    }

    /// What the account shares; everything until it is known.
    pub fn privacy(&self) -> Privacy {
        self.me.as_ref().map_or(Privacy::default(), |me| me.privacy)
    }

    /// Tells the replica whose it is.
    pub fn set_me(&mut self, me: Me) {
        self.learn_user(me.user.clone());
        if self.me.as_ref() != Some(&me) {
            self.journal.note(Change::Me(me.clone()));
            self.me = Some(me);
        }
    }

    /// What the server accepts.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Up to where the user stream is applied, for the next `hello`.
    pub fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// A person, if known.
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)
    }

    /// Everybody who is known, in no order.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// Whether a person is there, as last told.
    pub fn presence(&self, id: UserId) -> Option<&Presence> {
        self.presence.get(&id)
    }

    /// A conversation, if known.
    pub fn chat(&self, id: ConversationId) -> Option<&Chat> {
        self.chats.get(&id)
    }

    /// All conversations, the most recently active first.
    pub fn chats(&self) -> impl DoubleEndedIterator<Item = &Chat> {
        self.order.iter().filter_map(|id| self.chats.get(id))
    }

    /// The direct conversation with a person, if there is one.
    pub fn chat_with(&self, user: UserId) -> Option<&Chat> {
        let me = self.my_id()?;
        self.chats.values().find(|chat| chat.peer(me) == Some(user))
    }

    /// Unread messages of all conversations.
    pub fn unread(&self) -> u64 {
        self.my_id().map_or(0, |me| self.chats.values().map(|chat| chat.unread(me)).sum())
    }

    /// Messages that are not acknowledged.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The people whose presence matters to the list of conversations.
    pub fn peers(&self) -> Vec<UserId> {
        let Some(me) = self.my_id() else { return Vec::new() };
        self.chats().filter_map(|chat| chat.peer(me)).filter(|peer| *peer != me).collect()
    }

    // --- what I say ---

    /// Puts a message into the outbox; returns its key.
    pub fn queue(
        &mut self,
        conversation: ConversationId,
        body: String,
        reply_to: Option<u64>,
        now: Timestamp,
    ) -> ClientMsgId {
        self.queue_with(conversation, body, reply_to, Vec::new(), now)
    }

    /// As [`Replica::queue`], with what hangs on the message.
    pub fn queue_with(
        &mut self,
        conversation: ConversationId,
        body: String,
        reply_to: Option<u64>,
        attached: Vec<Attachment>,
        now: Timestamp,
    ) -> ClientMsgId {
        let client_msg_id = ClientMsgId::new();
        let attachments = attached.iter().map(|it| it.media).collect();
        let send = Send { conversation, client_msg_id, body, reply_to, attachments };
        let queued =
            Change::Queued { send: send.clone(), attached: attached.clone(), queued_at: now };
        self.journal.note(queued);
        self.outbox.push(send, attached, now);
        client_msg_id
    }

    /// The messages whose turn it is to be sent over a link that is up.
    pub fn take_sends(&mut self) -> Vec<ClientFrame> {
        if self.sends_held {
            return Vec::new();
        }
        let turns = self.outbox.take_turns(self.limits.unacknowledged_sends_max);
        turns.into_iter().map(ClientFrame::Send).collect()
    }

    /// The link is down: what was on its way waits for the next one.
    pub fn link_lost(&mut self) {
        self.sends_held = false;
        self.outbox.link_lost();
    }

    /// The wait that the server asked for is over.
    pub fn release_sends(&mut self) {
        self.sends_held = false;
    }

    /// Tries a refused message again.
    pub fn retry(&mut self, key: ClientMsgId) {
        self.journal.note(Change::Refused { key, error: None });
        self.outbox.retry(key);
    }

    /// Takes a message out of the outbox, to edit or forget it.
    pub fn withdraw(&mut self, key: ClientMsgId) -> Option<Unsent> {
        self.unqueue(key)
    }

    pub(super) fn unqueue(&mut self, key: ClientMsgId) -> Option<Unsent> {
        let unsent = self.outbox.remove(key)?;
        self.journal.note(Change::Unqueued(key));
        Some(unsent)
    }

    /// I have read up to here; the frame that tells the server, if that is news.
    pub fn read(&mut self, conversation: ConversationId, conv_seq: u64) -> Option<ClientFrame> {
        let chat = self.chats.get_mut(&conversation)?;
        if !chat.read_to(conv_seq) {
            return None;
        }
        self.journal.touch(conversation);
        Some(ClientFrame::Read { conversation, conv_seq: chat.read_seq() })
    }

    /// The read positions that the server may not have heard of: to say again after `welcome`.
    pub fn unconfirmed_reads(&self) -> Vec<ClientFrame> {
        let unconfirmed = |chat: &Chat| {
            let conv_seq = chat.read_unconfirmed()?;
            Some(ClientFrame::Read { conversation: chat.id(), conv_seq })
        };
        self.chats.values().filter_map(unconfirmed).collect()
    }

    /// Tells the server up to where everything is here.
    pub fn confirm(&self) -> Option<ClientFrame> {
        self.position.clone().map(|position| ClientFrame::Confirm { position })
    }
}
