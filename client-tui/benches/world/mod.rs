//! Where benches of the screen begin: a client that is online, with 10,000 messages in its one chat.

use chatter::state::{Account, Event, LinkState, State};
use chatter::sync::Replica;
use chatter::update::update;
use chatter_protocol::frame::Welcome;
use chatter_protocol::rest::{ConversationsPage, MessagesPage};
use chatter_protocol::{
    ClientMsgId, Conversation, ConversationId, ConversationKind, ConversationView, Limits, Message,
    MessageId, Person, Position, Presence, ServerFrame, SessionId, Timestamp, User, UserId,
};
use jiff::tz::TimeZone;
use ratatui::layout::Size;

pub(crate) const MESSAGES: u64 = 10_000;

const ME: UserId = UserId::from_bytes([1; 16]);
const PEER: UserId = UserId::from_bytes([2; 16]);
const CHAT: ConversationId = ConversationId::from_bytes([3; 16]);

/// When it all began.
pub(crate) fn time() -> Timestamp {
    Timestamp::from_millis(1_772_714_700_000)
}

/// A message of the chat; every third is mine.
pub(crate) fn message(conv_seq: u64, body: String, created_at: Timestamp) -> Message {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&conv_seq.to_be_bytes());
    Message {
        msg_id: MessageId::from_bytes(key),
        conversation: CHAT,
        conv_seq,
        sender: if conv_seq.is_multiple_of(3) { ME } else { PEER },
        client_msg_id: ClientMsgId::from_bytes(key),
        body,
        reply_to: None,
        attachments: Vec::new(),
        withheld: false,
        unattended: false,
        created_at,
        edited_at: None,
        deleted_at: None,
        rev: 0,
    }
}

/// The client, in a window of `size`, with these messages.
pub(crate) fn state(size: Size, zone: TimeZone, message: impl Fn(u64) -> Message) -> State {
    let last = message(MESSAGES);
    let mut state = State::new("https://chat.example.org", "", last.created_at, zone);
    state.size = size;
    let mut replica = Replica::default();
    replica.apply(welcome(last.created_at));
    let page = ConversationsPage { conversations: vec![conversation(last)], next: None };
    replica.load_conversations(page);
    let messages = (1..=MESSAGES).map(message).collect();
    let page = MessagesPage { messages, from_seq: 1, to_seq: MESSAGES, head_seq: MESSAGES };
    replica.load_messages(CHAT, page);
    let mut account = Account::new(replica);
    (account.list_loaded, account.link) = (true, LinkState::Online);
    (state.account, state.welcome) = (Some(account), None);
    update(&mut state, Event::Settled);
    state
}

fn user(id: UserId, name: &str) -> User {
    User {
        id,
        username: name.parse().expect("a username"),
        display_name: name.parse().expect("a name"),
        status_message: None,
        status_expires_at: None,
        avatar: None,
        time_zone: None,
        created_at: time(),
        rev: 0,
    }
}

fn welcome(time: Timestamp) -> ServerFrame {
    let me = serde_json::json!({ "user": user(ME, "ada"), "email": "ada@example.org" });
    ServerFrame::Welcome(Box::new(Welcome {
        server: "bench".into(),
        session: SessionId::from_bytes([9; 16]),
        me: serde_json::from_value(me).expect("an account"),
        positions: vec![Position::user("e1", 0)],
        limits: Limits::default(),
        heartbeat_ms: 15_000,
        features: vec![],
        time,
    }))
}

fn conversation(last_message: Message) -> ConversationView {
    serde_json::from_value(serde_json::json!({
        "conversation": Conversation {
            id: CHAT,
            kind: ConversationKind::Direct,
            name: None,
            member_count: 2,
            members: vec![ME, PEER],
            created_at: time(),
            rev: 0,
        },
        "peer": Person {
            user: user(PEER, "grace"),
            presence: Presence { user: PEER, online: true, last_seen_at: None },
        },
        "last_message": last_message,
        "head_seq": MESSAGES,
        "read_seq": MESSAGES,
        "unread_count": 0,
        "peer_read_seq": MESSAGES,
        "peer_delivered_seq": MESSAGES,
    }))
    .expect("a conversation")
}
