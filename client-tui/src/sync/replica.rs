//! The account as this device knows it.

use std::collections::HashMap;

use chatter_protocol::frame::{Ack, Send, Welcome};
use chatter_protocol::rest::{ConversationsPage, MessagesPage};
use chatter_protocol::{
    ClientFrame, ClientMsgId, ConversationId, ConversationView, ErrorBody, Event, Limits, Me,
    Message, Person, Position, Presence, ServerFrame, Timestamp, User, UserId,
};

use super::chat::Chat;
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
    me: Option<Me>,
    limits: Limits,
    position: Option<Position>,
    /// Events up to this number happened before the device came (back).
    replay_end: u64,
    users: HashMap<UserId, User>,
    presence: HashMap<UserId, Presence>,
    chats: HashMap<ConversationId, Chat>,
    /// Most recently active first.
    order: Vec<ConversationId>,
    outbox: Outbox,
    /// The server asked to wait before anything more is sent.
    sends_held: bool,
}

impl Replica {
    /// The account, once the server or a saved session has told it.
    pub fn me(&self) -> Option<&Me> {
        self.me.as_ref()
    }

    /// The account's id, once known.
    pub fn my_id(&self) -> Option<UserId> {
        self.me.as_ref().map(|me| me.user.id)
    }

    /// Tells the replica whose it is.
    pub fn set_me(&mut self, me: Me) {
        self.learn_user(me.user.clone());
        self.me = Some(me);
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

    // --- what the server says ---

    /// Takes in a frame.
    pub fn apply(&mut self, frame: ServerFrame) -> Applied {
        let mut applied = Applied::default();
        match frame {
            ServerFrame::Welcome(welcome) => self.apply_welcome(*welcome, &mut applied),
            ServerFrame::Reset { position, .. } => self.apply_reset(position, &mut applied),
            ServerFrame::Event { seq, event } => {
                self.apply_event(seq, event, &mut applied);
                if let Some(position) = &mut self.position {
                    position.seq = position.seq.max(seq);
                }
            }
            ServerFrame::Ack(ack) => self.apply_ack(ack),
            ServerFrame::Refused { client_msg_id, error } => {
                self.apply_refused(client_msg_id, error, &mut applied);
            }
            ServerFrame::Presence { users } => {
                self.presence.extend(users.into_iter().map(|presence| (presence.user, presence)));
            }
            ServerFrame::Typing { .. }
            | ServerFrame::Heartbeat { .. }
            | ServerFrame::Pong { .. }
            | ServerFrame::Error { .. }
            | ServerFrame::Unknown => {}
        }
        applied
    }

    fn apply_welcome(&mut self, welcome: Welcome, applied: &mut Applied) {
        self.set_me(welcome.me);
        self.limits = welcome.limits;
        self.link_lost();
        if let Some(head) = welcome.positions.into_iter().next() {
            self.replay_end = head.seq;
            let seq = self.position.as_ref().map(|position| position.seq);
            if seq.is_none() {
                applied.needs.push(Need::Conversations);
            }
            self.position = Some(Position { seq: seq.unwrap_or(0), ..head });
        }
    }

    /// Forgets what the server may tell otherwise now. What is unsent stays.
    fn apply_reset(&mut self, position: Position, applied: &mut Applied) {
        self.replay_end = position.seq;
        self.position = Some(position);
        self.chats.clear();
        self.order.clear();
        applied.needs.push(Need::Conversations);
    }

    fn apply_event(&mut self, seq: u64, event: Event, applied: &mut Applied) {
        match event {
            Event::MessagePosted { message } => self.apply_posted(seq, message, applied),
            Event::MessageEdited { message } | Event::MessageDeleted { message } => {
                self.apply_changed(message, applied);
            }
            Event::ReceiptMoved { receipt } => self.apply_receipt(&receipt, applied),
            Event::ConversationAdded { conversation, users } => {
                users.into_iter().for_each(|user| self.learn_user(user));
                self.learn_conversation(conversation);
            }
            Event::ConversationChanged { conversation } => self.learn_conversation(conversation),
            Event::ProfileChanged { user } => self.learn_user(user),
            Event::Unknown => {}
        }
    }

    fn apply_posted(&mut self, seq: u64, message: Message, applied: &mut Applied) {
        let Some(me) = self.my_id() else { return };
        let (id, sender, conv_seq) = (message.conversation, message.sender, message.conv_seq);
        if sender == me {
            self.outbox.remove(message.client_msg_id);
        } else {
            applied.received = true;
        }
        let Some(chat) = self.chats.get_mut(&id) else {
            applied.needs.push(Need::Conversation(id));
            return;
        };
        let is_new = chat.insert(message);
        chat.posted_by(sender, me, conv_seq);
        if is_new && sender != me && seq > self.replay_end {
            applied.news.push((id, conv_seq));
        }
        self.sort();
    }

    fn apply_changed(&mut self, message: Message, applied: &mut Applied) {
        let id = message.conversation;
        let Some(chat) = self.chats.get_mut(&id) else {
            applied.needs.push(Need::Conversation(id));
            return;
        };
        chat.insert(message);
    }

    fn apply_receipt(&mut self, receipt: &chatter_protocol::Receipt, applied: &mut Applied) {
        let Some(me) = self.my_id() else { return };
        let Some(chat) = self.chats.get_mut(&receipt.conversation) else {
            applied.needs.push(Need::Conversation(receipt.conversation));
            return;
        };
        chat.move_receipt(receipt, me);
        if chat.needs_count() {
            applied.needs.push(Need::Conversation(receipt.conversation));
        }
    }

    fn apply_ack(&mut self, ack: Ack) {
        let Some(sender) = self.my_id() else { return };
        let Some(unsent) = self.outbox.remove(ack.client_msg_id) else { return };
        let Some(chat) = self.chats.get_mut(&ack.conversation) else { return };
        let Send { client_msg_id, body, reply_to, .. } = unsent.send;
        chat.insert(Message {
            msg_id: ack.msg_id,
            conversation: ack.conversation,
            conv_seq: ack.conv_seq,
            sender,
            client_msg_id,
            body,
            reply_to,
            created_at: ack.created_at,
            edited_at: None,
            deleted_at: None,
            rev: 0,
        });
        chat.posted_by(sender, sender, ack.conv_seq);
        self.sort();
    }

    fn apply_refused(&mut self, key: ClientMsgId, error: ErrorBody, applied: &mut Applied) {
        if error.retryable {
            let wait_ms = error.retry_after_ms.unwrap_or(1_000);
            applied.needs.push(Need::SendAgainAfter(wait_ms));
            self.sends_held = true;
        }
        self.outbox.refuse(key, error);
    }

    // --- what REST answers ---

    /// Takes in a page of the list of conversations.
    pub fn load_conversations(&mut self, page: ConversationsPage) {
        for view in page.conversations {
            self.load_conversation(view);
        }
    }

    /// Takes in one conversation.
    pub fn load_conversation(&mut self, mut view: ConversationView) {
        if let Some(person) = view.peer.take() {
            self.learn_person(person);
        }
        let id = view.conversation.id;
        let conversation = view.conversation.clone();
        self.chats.entry(id).or_insert_with(|| Chat::new(conversation)).load_view(view);
        self.sort();
    }

    /// Takes in a range of history.
    pub fn load_messages(&mut self, conversation: ConversationId, page: MessagesPage) {
        if let Some(chat) = self.chats.get_mut(&conversation) {
            chat.load_page(page);
        }
        self.sort();
    }

    /// Takes in somebody of the directory.
    pub fn learn_person(&mut self, person: Person) {
        self.presence.insert(person.user.id, person.presence);
        self.learn_user(person.user);
    }

    fn learn_user(&mut self, user: User) {
        if let Some(me) =
            self.me.as_mut().filter(|me| me.user.id == user.id && me.user.rev <= user.rev)
        {
            me.user = user.clone();
        }
        let known_rev = self.users.get(&user.id).map(|known| known.rev);
        if known_rev.is_none_or(|rev| user.rev >= rev) {
            self.users.insert(user.id, user);
        }
    }

    fn learn_conversation(&mut self, conversation: chatter_protocol::Conversation) {
        let id = conversation.id;
        match self.chats.get_mut(&id) {
            Some(chat) => chat.update_conversation(conversation),
            None => {
                self.chats.insert(id, Chat::new(conversation));
            }
        }
        self.sort();
    }

    fn sort(&mut self) {
        let mut order: Vec<_> =
            self.chats.values().map(|chat| (chat.active_at(), chat.id())).collect();
        order.sort_unstable_by(|left, right| right.cmp(left));
        self.order = order.into_iter().map(|(_, id)| id).collect();
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
        let client_msg_id = ClientMsgId::new();
        self.outbox.push(Send { conversation, client_msg_id, body, reply_to }, now);
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
        self.outbox.retry(key);
    }

    /// Takes a message out of the outbox, to edit or forget it.
    pub fn withdraw(&mut self, key: ClientMsgId) -> Option<Unsent> {
        self.outbox.remove(key)
    }

    /// I have read up to here; the frame that tells the server, if that is news.
    pub fn read(&mut self, conversation: ConversationId, conv_seq: u64) -> Option<ClientFrame> {
        let chat = self.chats.get_mut(&conversation)?;
        chat.read_to(conv_seq)
            .then(|| ClientFrame::Read { conversation, conv_seq: chat.read_seq() })
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
