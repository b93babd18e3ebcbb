//! The server of a story: what it stores, and how it tells it.

use std::collections::{BTreeSet, HashMap, VecDeque};

use chatter_protocol::frame::{Ack, ResetReason, Send, Welcome};
use chatter_protocol::rest::{ConversationsPage, MessagesPage};
use chatter_protocol::{
    ClientFrame, ClientMsgId, Conversation, ConversationId, ConversationKind, ConversationView,
    Event, Limits, Me, Message, MessageId, Position, Privacy, Receipt, ServerFrame, SessionId,
    Timestamp, User, UserId,
};
use rand::RngExt;
use rand::rngs::StdRng;

/// Events after which a device is too far behind; few, so that it happens.
const RESUME_EVENTS_MAX: u64 = 40;

/// What an entry of the stream is about; told in the newest form, as the real server does.
#[derive(Clone, Copy)]
enum Pointer {
    Added(usize),
    Posted(usize, u64),
    Changed(usize, u64),
    MyReceipt(usize),
    PeerReceipt(usize),
    Muted(usize),
    Me,
    Unblocked,
}

#[derive(Clone)]
struct Held {
    conversation: Conversation,
    messages: Vec<Message>,
    read_seq: u64,
    peer_read_seq: u64,
    peer_delivered_seq: u64,
    /// How often it was muted and unmuted.
    mutes: u32,
}

/// See the [module](self).
#[derive(Clone)]
pub(super) struct Model {
    me: Me,
    peer: UserId,
    chats: Vec<Held>,
    stream: Vec<(Pointer, u32)>,
    epoch: u32,
    /// The epochs that the database knows.
    epochs: BTreeSet<u32>,
    keys: HashMap<ClientMsgId, Ack>,
    /// Messages that other devices of the account wrote.
    elsewhere: usize,
    /// Up to where the connection of now was told.
    told: u64,
}

impl Model {
    pub(super) fn new() -> Self {
        let user = User {
            avatar: None,
            status_expires_at: None,
            time_zone: None,
            id: UserId::new(),
            username: "me".parse().expect("valid"),
            display_name: "me".parse().expect("valid"),
            status_message: None,
            created_at: Timestamp::from_millis(0),
            rev: 0,
        };
        let (email, privacy) = ("me@example.org".to_owned(), Privacy::default());
        let mut model = Self {
            me: Me { blocked: Vec::new(), user, email, privacy },
            peer: UserId::new(),
            chats: Vec::new(),
            stream: Vec::new(),
            epoch: 1,
            epochs: BTreeSet::from([1]),
            keys: HashMap::new(),
            elsewhere: 0,
            told: 0,
        };
        model.open();
        model
    }

    pub(super) fn head(&self) -> u64 {
        self.stream.len() as u64
    }

    fn position(&self) -> Position {
        Position::user(self.epoch.to_string(), self.head())
    }

    /// Somebody else, or another device of the account, does something.
    pub(super) fn act(&mut self, rng: &mut StdRng) {
        let at = rng.random_range(0..self.chats.len());
        let count = self.chats[at].messages.len() as u64;
        let some = rng.random_range(1..=count.max(1));
        let is_blocked = self.is_blocked();
        match rng.random_range(0..24) {
            0 if self.chats.len() < 5 => self.open(),
            0..9 => drop(self.post(at, self.peer, ClientMsgId::new(), "theirs")),
            9..12 => {
                self.elsewhere += 1;
                self.post(at, self.me.user.id, ClientMsgId::new(), "mine, elsewhere");
            }
            12..14 if count > 0 => self.change(at, some, "edited"),
            14..17 if count > 0 => self.change(at, some, ""),
            17..19 => self.read(at, some),
            19 => {
                self.chats[at].mutes += 1;
                self.append(Pointer::Muted(at));
            }
            20 => {
                self.me.user.rev += 1;
                self.me.privacy.typing ^= true;
                self.append(Pointer::Me);
            }
            21 if rng.random_bool(0.3) => self.set_blocked(!is_blocked),
            _ if some <= count && some > self.chats[at].peer_read_seq && !is_blocked => {
                let chat = &mut self.chats[at];
                chat.peer_read_seq = some;
                chat.peer_delivered_seq = chat.peer_delivered_seq.max(some);
                self.append(Pointer::PeerReceipt(at));
            }
            _ => {}
        }
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.me.blocked.contains(&self.peer)
    }

    /// Another device blocks or unblocks the peer, who goes on posting: of the many a room has, here
    /// is one.
    pub(super) fn set_blocked(&mut self, blocked: bool) {
        if blocked == self.is_blocked() {
            return;
        }
        self.me.user.rev += 1;
        self.me.blocked = Vec::from_iter(blocked.then_some(self.peer));
        self.append(Pointer::Me);
        if !blocked {
            self.append(Pointer::Unblocked);
        }
    }

    /// Of what the peer does only who did not block them is told.
    fn tell_of_peer(&mut self, pointer: Pointer) {
        if !self.is_blocked() {
            self.append(pointer);
        }
    }

    fn shown(&self, message: &Message) -> Message {
        let message = message.clone();
        match self.is_blocked() && message.sender == self.peer {
            true => message.withhold(),
            false => message,
        }
    }

    fn append(&mut self, pointer: Pointer) {
        self.stream.push((pointer, self.epoch));
    }

    fn open(&mut self) {
        let conversation = Conversation {
            id: ConversationId::new(),
            kind: ConversationKind::Direct,
            name: None,
            members: vec![self.me.user.id, self.peer],
            member_count: 2,
            created_at: Timestamp::from_millis(0),
            rev: 0,
        };
        self.chats.push(Held {
            conversation,
            messages: Vec::new(),
            read_seq: 0,
            peer_read_seq: 0,
            peer_delivered_seq: 0,
            mutes: 0,
        });
        self.append(Pointer::Added(self.chats.len() - 1));
    }

    fn post(&mut self, at: usize, sender: UserId, key: ClientMsgId, body: &str) -> Ack {
        if let Some(ack) = self.keys.get(&key) {
            return ack.clone();
        }
        let chat = &mut self.chats[at];
        let ack = Ack {
            client_msg_id: key,
            msg_id: MessageId::new(),
            conversation: chat.conversation.id,
            conv_seq: chat.messages.len() as u64 + 1,
            created_at: Timestamp::from_millis(i64::from(self.epoch)),
        };
        chat.messages.push(Message {
            attachments: Vec::new(),
            withheld: false,
            msg_id: ack.msg_id,
            conversation: ack.conversation,
            conv_seq: ack.conv_seq,
            sender,
            client_msg_id: key,
            body: body.to_owned(),
            reply_to: None,
            created_at: ack.created_at,
            edited_at: None,
            deleted_at: None,
            unattended: false,
            rev: 0,
        });
        let is_mine = sender == self.me.user.id;
        let shows_reading = !is_mine && chat.peer_read_seq + 1 < ack.conv_seq;
        match is_mine {
            true => chat.read_seq = ack.conv_seq,
            false => (chat.peer_read_seq, chat.peer_delivered_seq) = (ack.conv_seq, ack.conv_seq),
        }
        self.keys.insert(key, ack.clone());
        match is_mine {
            true => self.append(Pointer::Posted(at, ack.conv_seq)),
            false => self.tell_of_peer(Pointer::Posted(at, ack.conv_seq)),
        }
        if shows_reading {
            self.tell_of_peer(Pointer::PeerReceipt(at));
        }
        ack
    }

    /// Edits a message, or takes it back with an empty body.
    fn change(&mut self, at: usize, conv_seq: u64, body: &str) {
        let message = &mut self.chats[at].messages[conv_seq as usize - 1];
        if message.deleted_at.is_some() {
            return;
        }
        message.rev += 1;
        body.clone_into(&mut message.body);
        message.edited_at = Some(message.created_at);
        message.deleted_at = body.is_empty().then_some(message.created_at);
        match message.sender == self.me.user.id {
            true => self.append(Pointer::Changed(at, conv_seq)),
            false => self.tell_of_peer(Pointer::Changed(at, conv_seq)),
        }
    }

    fn read(&mut self, at: usize, conv_seq: u64) {
        let chat = &mut self.chats[at];
        let wanted = conv_seq.min(chat.messages.len() as u64);
        if wanted > chat.read_seq {
            chat.read_seq = wanted;
            self.append(Pointer::MyReceipt(at));
        }
    }

    /// A frame of the device; the answer.
    pub(super) fn hear(&mut self, frame: ClientFrame) -> Option<ServerFrame> {
        match frame {
            ClientFrame::Send(Send { conversation, client_msg_id, body, .. }) => {
                // A backup may be older than the conversation.
                let at = self.place(conversation);
                let refused = || ServerFrame::Refused {
                    client_msg_id,
                    error: chatter_protocol::ErrorBody::new(
                        chatter_protocol::ErrorCode::NotFound,
                        "It is not there.",
                    ),
                };
                let Some(at) = at else { return Some(refused()) };
                Some(ServerFrame::Ack(self.post(at, self.me.user.id, client_msg_id, &body)))
            }
            ClientFrame::Read { conversation, conv_seq } => {
                if let Some(at) = self.place(conversation) {
                    self.read(at, conv_seq);
                }
                None
            }
            _ => None,
        }
    }

    fn place(&self, id: ConversationId) -> Option<usize> {
        self.chats.iter().position(|chat| chat.conversation.id == id)
    }

    /// Answers `hello`.
    pub(super) fn greet(&mut self, position: Option<&Position>) -> VecDeque<ServerFrame> {
        let welcome = ServerFrame::Welcome(Box::new(Welcome {
            server: "model".to_owned(),
            session: SessionId::from_bytes([0; 16]),
            me: self.me.clone(),
            positions: vec![self.position()],
            limits: Limits::default(),
            heartbeat_ms: 15_000,
            features: Vec::new(),
            time: Timestamp::from_millis(0),
        }));
        let seq = position.map_or(0, |position| position.seq);
        let reset = position.filter(|it| it.seq > 0).and_then(|it| self.reset_reason(it));
        let too_far = self.head().saturating_sub(seq) > RESUME_EVENTS_MAX;
        match reset.or(too_far.then_some(ResetReason::TooFarBehind)) {
            None => {
                self.told = seq;
                VecDeque::from([welcome])
            }
            Some(reason) => {
                self.told = self.head();
                let reset = ServerFrame::Reset { position: self.position(), reason };
                VecDeque::from([welcome, reset])
            }
        }
    }

    fn reset_reason(&self, position: &Position) -> Option<ResetReason> {
        let epoch = position.epoch.parse().ok().filter(|epoch| self.epochs.contains(epoch));
        let Some(epoch) = epoch else { return Some(ResetReason::OtherEpoch) };
        match self.stream.get(position.seq as usize - 1) {
            None => Some(ResetReason::AheadOfHead),
            Some((_, written_in)) if *written_in > epoch => Some(ResetReason::OtherEpoch),
            Some(_) => None,
        }
    }

    /// Sends what was not told yet.
    pub(super) fn deliver(&mut self, wire: &mut VecDeque<ServerFrame>) {
        for seq in self.told + 1..=self.head() {
            let event = self.event(self.stream[seq as usize - 1].0);
            wire.push_back(ServerFrame::Event { seq, event });
        }
        self.told = self.head();
    }

    pub(super) fn beat(&self, wire: &mut Option<VecDeque<ServerFrame>>) {
        if let Some(wire) = wire {
            wire.push_back(ServerFrame::Heartbeat { positions: vec![self.position()] });
        }
    }

    fn event(&self, pointer: Pointer) -> Event {
        let message =
            |at: usize, conv_seq: u64| self.shown(&self.chats[at].messages[conv_seq as usize - 1]);
        match pointer {
            Pointer::Added(at) => Event::ConversationAdded {
                conversation: self.chats[at].conversation.clone(),
                users: Vec::new(),
            },
            Pointer::Posted(at, conv_seq) => {
                Event::MessagePosted { message: message(at, conv_seq) }
            }
            Pointer::Changed(at, conv_seq) => match message(at, conv_seq) {
                message if message.deleted_at.is_some() => Event::MessageDeleted { message },
                message => Event::MessageEdited { message },
            },
            Pointer::MyReceipt(at) => {
                let read_seq = self.chats[at].read_seq;
                self.receipt(at, self.me.user.id, (read_seq, read_seq))
            }
            Pointer::PeerReceipt(at) => {
                let Held { peer_read_seq, peer_delivered_seq, .. } = self.chats[at];
                self.receipt(at, self.peer, (peer_read_seq, peer_delivered_seq))
            }
            Pointer::Muted(at) => {
                let Held { ref conversation, mutes, .. } = self.chats[at];
                let (conversation, muted) = (conversation.id, mutes % 2 == 1);
                Event::MuteChanged { conversation, muted, rev: mutes }
            }
            Pointer::Me => Event::MeChanged { me: self.me.clone() },
            Pointer::Unblocked => Event::Unblocked { user: self.peer_user() },
        }
    }

    fn peer_user(&self) -> User {
        User { id: self.peer, username: "peer".parse().expect("valid"), ..self.me.user.clone() }
    }

    fn receipt(&self, at: usize, user: UserId, (read_seq, delivered_seq): (u64, u64)) -> Event {
        let conversation = self.chats[at].conversation.id;
        Event::ReceiptMoved { receipt: Receipt { conversation, user, read_seq, delivered_seq } }
    }

    pub(super) fn restart(&mut self) {
        self.epoch += 1;
        self.epochs.insert(self.epoch);
    }

    /// Goes back to a backup; the name of an epoch is never given twice.
    pub(super) fn restore(&mut self, backup: Self) {
        let epoch = self.epoch;
        *self = backup;
        self.epoch = epoch;
        self.restart();
    }

    pub(super) fn list(&self) -> ConversationsPage {
        let conversations =
            self.chats.iter().filter_map(|chat| self.view(chat.conversation.id)).collect();
        ConversationsPage { conversations, next: None }
    }

    pub(super) fn view(&self, id: ConversationId) -> Option<ConversationView> {
        let chat = &self.chats[self.place(id)?];
        let unread = |message: &&Message| {
            message.conv_seq > chat.read_seq
                && message.sender != self.me.user.id
                && message.deleted_at.is_none()
                && !(self.is_blocked() && message.sender == self.peer)
        };
        Some(ConversationView {
            conversation: chat.conversation.clone(),
            peer: None,
            last_message: chat.messages.last().map(|it| self.shown(it)),
            head_seq: chat.messages.len() as u64,
            read_seq: chat.read_seq,
            unread_count: chat.messages.iter().filter(unread).count() as u64,
            peer_read_seq: chat.peer_read_seq,
            peer_delivered_seq: chat.peer_delivered_seq,
            muted: chat.mutes % 2 == 1,
            mute_rev: chat.mutes,
        })
    }

    /// The account as it is now.
    pub(super) fn me(&self) -> &Me {
        &self.me
    }

    /// A whole conversation.
    pub(super) fn page(&self, id: ConversationId) -> MessagesPage {
        let messages: Vec<_> = match self.place(id) {
            Some(at) => self.chats[at].messages.iter().map(|it| self.shown(it)).collect(),
            None => Vec::new(),
        };
        let head_seq = messages.len() as u64;
        MessagesPage { messages, from_seq: 1, to_seq: head_seq, head_seq }
    }

    /// Messages that the device wrote: each once, whatever became of its text.
    pub(super) fn posted_by_device(&self) -> usize {
        let messages = self.chats.iter().flat_map(|chat| &chat.messages);
        messages.filter(|it| it.sender == self.me.user.id).count() - self.elsewhere
    }
}
