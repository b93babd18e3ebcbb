//! One conversation as this device knows it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chatter_protocol::rest::MessagesPage;
use chatter_protocol::text::{sanitize, sanitize_line};
use chatter_protocol::{
    Conversation, ConversationId, ConversationKind, ConversationView, Message, Receipt, Timestamp,
    UserId,
};

use super::change::{ChatState, UnreadCount};
use super::coverage::Coverage;

/// How far one of my messages got. Later ones are greater; a mark never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// In the outbox.
    Waiting,
    /// Refused by the server; see the outbox for why.
    Refused,
    /// Stored by the server.
    Sent,
    /// On a device of the peer.
    Delivered,
    /// Read by the peer.
    Read,
}

/// What taking in a message did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inserted {
    /// It was not here.
    New,
    /// It was here in an older form.
    Newer,
    /// It was here already.
    Known,
}

/// A conversation, its messages as far as they are here, and who is how far in it.
#[derive(Clone, Debug)]
pub struct Chat {
    pub(super) state: ChatState,
    pub(super) messages: BTreeMap<u64, Message>,
    pub(super) coverage: Coverage,
}

impl Chat {
    /// A conversation about which nothing but itself is known.
    pub(super) fn new(conversation: Conversation) -> Self {
        Self::from_state(ChatState {
            conversation,
            head_seq: 0,
            read_seq: 0,
            read_seq_confirmed: 0,
            peer_read_seq: 0,
            peer_delivered_seq: 0,
            counted: UnreadCount::default(),
            muted: false,
            mute_rev: 0,
        })
    }

    /// A conversation as it was kept, without messages.
    pub(super) fn from_state(state: ChatState) -> Self {
        let mut chat = Self { state, messages: BTreeMap::new(), coverage: Coverage::default() };
        chat.make_safe();
        chat
    }

    fn make_safe(&mut self) {
        if let Some(name) = &mut self.state.conversation.name {
            *name = sanitize_line(name).into_owned();
        }
    }

    /// Everything but the messages, to be kept: with what is unread as it is counted now, so that
    /// the next start needs no messages for it.
    pub(super) fn state_to_keep(&self, me: Option<UserId>) -> ChatState {
        let counted = me.and_then(|me| self.count(me));
        ChatState { counted: counted.unwrap_or(self.state.counted.clone()), ..self.state.clone() }
    }

    /// Which conversation.
    pub fn id(&self) -> ConversationId {
        self.state.conversation.id
    }

    /// What is the same for all its members.
    pub fn conversation(&self) -> &Conversation {
        &self.state.conversation
    }

    /// The other person of a direct conversation; oneself for notes; `None` for a room.
    pub fn peer(&self, me: UserId) -> Option<UserId> {
        if self.state.conversation.kind != ConversationKind::Direct {
            return None;
        }
        let members = &self.state.conversation.members;
        members.iter().copied().find(|member| *member != me).or(members.first().copied())
    }

    /// Number of the newest message; 0 before the first.
    pub fn head_seq(&self) -> u64 {
        self.state.head_seq
    }

    /// My read position.
    pub fn read_seq(&self) -> u64 {
        self.state.read_seq
    }

    /// Whether it notifies on none of my devices.
    pub fn muted(&self) -> bool {
        self.state.muted
    }

    /// The newest message, if it is here.
    pub fn last_message(&self) -> Option<&Message> {
        self.messages.get(&self.state.head_seq)
    }

    /// One message, if it is here.
    pub fn message(&self, conv_seq: u64) -> Option<&Message> {
        self.messages.get(&conv_seq)
    }

    /// The unbroken run of messages that ends with the newest one: what a timeline may show.
    pub fn recent(&self) -> impl DoubleEndedIterator<Item = &Message> {
        // An empty range when the newest message is not here.
        let start = self.recent_start().unwrap_or(self.state.head_seq + 1);
        self.messages.range(start..).map(|(_, message)| message)
    }

    /// Number of the first message of [`Chat::recent`]; above 1, older ones can be fetched before
    /// it. `None` when the newest message is not here (fetch the newest page) or there is none.
    pub fn recent_start(&self) -> Option<u64> {
        self.coverage.run_start(self.state.head_seq)
    }

    /// The unbroken run of messages here that contains number `around`; `None` when that one is not
    /// here.
    pub fn run(&self, around: u64) -> Option<RangeInclusive<u64>> {
        self.coverage.run(around)
    }

    /// The messages of a range that are here, in order.
    pub fn messages_in(
        &self,
        range: RangeInclusive<u64>,
    ) -> impl DoubleEndedIterator<Item = &Message> {
        // An empty range from the start on: one whose end is before its start is empty, too.
        let (start, end) = range.into_inner();
        self.messages.range(start..end.saturating_add(1).max(start)).map(|(_, message)| message)
    }

    /// Whether the newest message is here, or there is none.
    pub fn has_newest(&self) -> bool {
        self.state.head_seq == 0 || self.run(self.state.head_seq).is_some()
    }

    /// Whether every message is here, back to the first.
    pub fn is_complete(&self) -> bool {
        self.coverage.contains(1, self.state.head_seq)
    }

    /// When something last happened in it, for the order of the list.
    pub fn active_at(&self) -> Timestamp {
        self.last_message().map_or(self.state.conversation.created_at, |message| message.created_at)
    }

    /// Messages after my read position that are neither mine, nor deleted, nor withheld.
    pub fn unread(&self, me: UserId) -> u64 {
        let since = self.state.read_seq.max(self.unread_known_from());
        let counted_here = self
            .messages
            .range(since + 1..)
            .filter(|(_, message)| {
                message.sender != me && message.deleted_at.is_none() && !message.withheld
            })
            .count() as u64;
        let counted_there = if since > self.state.read_seq { self.state.counted.unread } else { 0 };
        counted_there + counted_here
    }

    /// Up to where the server's count must stand in for messages that are not here.
    fn unread_known_from(&self) -> u64 {
        let all_here = self.coverage.contains(self.state.read_seq + 1, self.state.head_seq);
        let still_holds = self.state.counted.read_seq == self.state.read_seq;
        if !all_here && still_holds { self.state.counted.head_seq } else { 0 }
    }

    /// Whether [`Chat::unread`] can only guess until the server counts again.
    pub(super) fn needs_count(&self) -> bool {
        !self.coverage.contains(self.state.read_seq + 1, self.state.head_seq)
            && self.state.counted.read_seq != self.state.read_seq
    }

    /// Whether the server's count stands in for this message, so that what becomes of the message
    /// changes a number that is not counted here.
    pub(super) fn is_counted_there(&self, conv_seq: u64) -> bool {
        conv_seq > self.state.read_seq && conv_seq <= self.unread_known_from()
    }

    /// How far my message got.
    pub fn mark(&self, message: &Message) -> Mark {
        if message.conv_seq <= self.state.peer_read_seq {
            Mark::Read
        } else if message.conv_seq <= self.state.peer_delivered_seq {
            Mark::Delivered
        } else {
            Mark::Sent
        }
    }

    /// Moves my read position forward; whether it moved.
    pub(super) fn read_to(&mut self, conv_seq: u64) -> bool {
        let moved = conv_seq.min(self.state.head_seq) > self.state.read_seq;
        self.state.read_seq = self.state.read_seq.max(conv_seq.min(self.state.head_seq));
        moved
    }

    /// The read position that the server has still to be told.
    pub(super) fn read_unconfirmed(&self) -> Option<u64> {
        (self.state.read_seq > self.state.read_seq_confirmed).then_some(self.state.read_seq)
    }

    pub(super) fn update_conversation(&mut self, conversation: Conversation) {
        if conversation.rev >= self.state.conversation.rev {
            self.state.conversation = conversation;
            self.make_safe();
        }
    }

    pub(super) fn load_view(&mut self, view: ConversationView) {
        self.update_conversation(view.conversation);
        self.state.head_seq = self.state.head_seq.max(view.head_seq);
        self.state.read_seq = self.state.read_seq.max(view.read_seq);
        self.state.read_seq_confirmed = self.state.read_seq_confirmed.max(view.read_seq);
        self.state.peer_read_seq = self.state.peer_read_seq.max(view.peer_read_seq);
        self.state.peer_delivered_seq = self.state.peer_delivered_seq.max(view.peer_delivered_seq);
        self.mute(view.muted, view.mute_rev);
        if view.head_seq >= self.state.counted.head_seq {
            self.state.counted = UnreadCount {
                unread: view.unread_count,
                head_seq: view.head_seq,
                read_seq: view.read_seq,
            };
        }
    }

    /// Takes in a range of history; the messages that were not here, or not in this form.
    pub(super) fn load_page(&mut self, page: MessagesPage) -> Vec<Message> {
        self.state.head_seq = self.state.head_seq.max(page.head_seq);
        let numbers: Vec<_> = page.messages.iter().map(|message| message.conv_seq).collect();
        let mut changed = Vec::new();
        for (message, conv_seq) in page.messages.into_iter().zip(numbers) {
            if self.insert(message) != Inserted::Known {
                changed.extend(self.messages.get(&conv_seq).cloned());
            }
        }
        self.coverage.add(page.from_seq, page.to_seq);
        changed
    }

    /// Takes in a message that was posted, edited or deleted.
    pub(super) fn insert(&mut self, mut message: Message) -> Inserted {
        let conv_seq = message.conv_seq;
        self.state.head_seq = self.state.head_seq.max(conv_seq);
        self.coverage.add(conv_seq, conv_seq);
        let version = |message: &Message| (!message.withheld, message.rev);
        let known = self.messages.get(&conv_seq).map(version);
        if known.is_some_and(|known| known >= version(&message)) {
            return Inserted::Known;
        }
        message.body = sanitize(&message.body).into_owned();
        for file in &mut message.attachments {
            file.content_type = sanitize_line(&file.content_type).into_owned();
            file.alt = file.alt.take().map(|alt| sanitize_line(&alt).into_owned());
        }
        self.messages.insert(conv_seq, message);
        if known.is_none() { Inserted::New } else { Inserted::Newer }
    }

    /// Keeps nothing but the places of what somebody said; whether there was anything.
    pub(super) fn withhold_all_of(&mut self, sender: UserId) -> bool {
        let mut has_said = false;
        for message in self.messages.values_mut().filter(|it| it.sender == sender) {
            *message = message.clone().withhold();
            has_said = true;
        }
        has_said
    }

    /// Forgets what somebody said, places and all.
    pub(super) fn forget_all_of(&mut self, sender: UserId) {
        for (conv_seq, _) in self.messages.extract_if(.., |_, it| it.sender == sender) {
            self.coverage.remove(conv_seq);
        }
    }

    /// Takes in that I muted or unmuted it, unless something newer is known.
    pub(super) fn mute(&mut self, muted: bool, rev: u32) {
        if rev >= self.state.mute_rev {
            (self.state.muted, self.state.mute_rev) = (muted, rev);
        }
    }

    /// Who writes has what was there, and has read it; but whether the peer shows that they have
    /// read, a receipt says.
    pub(super) fn posted_by(&mut self, sender: UserId, me: UserId, conv_seq: u64) {
        if sender == me {
            self.state.read_seq = self.state.read_seq.max(conv_seq);
            self.state.read_seq_confirmed = self.state.read_seq_confirmed.max(conv_seq);
        }
        if self.peer(me) == Some(sender) {
            self.state.peer_delivered_seq = self.state.peer_delivered_seq.max(conv_seq);
            // Of notes to oneself one is the reader, too.
            if sender == me {
                self.state.peer_read_seq = self.state.peer_read_seq.max(conv_seq);
            }
        }
    }

    pub(super) fn move_receipt(&mut self, receipt: &Receipt, me: UserId) {
        if receipt.user == me {
            self.state.read_seq = self.state.read_seq.max(receipt.read_seq);
            self.state.read_seq_confirmed = self.state.read_seq_confirmed.max(receipt.read_seq);
        }
        if self.peer(me) == Some(receipt.user) {
            self.state.peer_read_seq = self.state.peer_read_seq.max(receipt.read_seq);
            self.state.peer_delivered_seq =
                self.state.peer_delivered_seq.max(receipt.delivered_seq);
        }
    }
}
