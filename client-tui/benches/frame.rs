//! What a frame costs, and how many bytes it sends to the terminal: for nothing, a key, a message,
//! a page of scrolling, with 10,000 messages in the open chat.

use std::hint::black_box;

use chatter::state::{Event, LinkState, State};
use chatter::sync::Replica;
use chatter::terminal::{Finish, Painter};
use chatter::update::update;
use chatter::view::{Theme, draw_on};
use chatter_protocol::frame::Welcome;
use chatter_protocol::rest::{ConversationsPage, MessagesPage};
use chatter_protocol::{
    ClientMsgId, Conversation, ConversationId, ConversationKind, ConversationView, Event as Entry,
    Limits, Message, MessageId, Person, Position, Presence, ServerFrame, SessionId, Timestamp,
    User, UserId,
};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::tz::TimeZone;
use ratatui::layout::Size;

const MESSAGES: u64 = 10_000;
const COLUMNS: u16 = 120;
const ROWS: u16 = 40;
const ME: UserId = UserId::from_bytes([1; 16]);
const PEER: UserId = UserId::from_bytes([2; 16]);
const CHAT: ConversationId = ConversationId::from_bytes([3; 16]);

/// A client with a long chat open, and what draws it.
struct Bench {
    state: State,
    theme: Theme,
    painter: Painter,
    next_number: u64,
}

impl Bench {
    fn new() -> Self {
        let (state, theme, painter) = (state(), Theme::default(), Painter::default());
        let mut bench = Self { state, theme, painter, next_number: MESSAGES + 1 };
        bench.key("enter");
        bench.draw();
        bench
    }

    /// Draws a frame; bytes that reach the terminal for it.
    fn draw(&mut self) -> usize {
        let (state, theme) = (&self.state, &self.theme);
        let written = self.painter.paint(state.size, |buffer| {
            let places = black_box(draw_on(buffer, state, theme));
            Finish { cursor: places.cursor(), scrolled: places.scrolled() }
        });
        black_box(written).len()
    }

    fn apply(&mut self, event: Event) {
        update(&mut self.state, event);
        update(&mut self.state, Event::Settled);
    }

    fn key(&mut self, key: &str) {
        self.apply(Event::Key(key.parse().expect("a key")));
    }

    fn receive(&mut self) {
        let message = message(self.next_number);
        let frame =
            ServerFrame::Event { seq: self.next_number, event: Entry::MessagePosted { message } };
        self.next_number += 1;
        self.apply(Event::Frame(Box::new(frame)));
    }

    /// Bytes that reach the terminal for what `act` does, once it is drawn: the mean of ten times.
    fn bytes(&mut self, act: impl Fn(&mut Self)) -> usize {
        const TIMES: usize = 10;
        let drawn = |bench: &mut Self| {
            act(bench);
            bench.draw()
        };
        (0..TIMES).map(|_| drawn(self)).sum::<usize>() / TIMES
    }
}

fn time() -> Timestamp {
    Timestamp::from_millis(1_772_714_700_000)
}

fn user(id: UserId, name: &str) -> User {
    User {
        avatar: None,
        status_expires_at: None,
        time_zone: None,
        id,
        username: name.parse().expect("a username"),
        display_name: name.parse().expect("a name"),
        status_message: None,
        created_at: time(),
        rev: 0,
    }
}

fn message(conv_seq: u64) -> Message {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&conv_seq.to_be_bytes());
    Message {
        attachments: Vec::new(),
        withheld: false,
        msg_id: MessageId::from_bytes(key),
        conversation: CHAT,
        conv_seq,
        sender: if conv_seq.is_multiple_of(3) { ME } else { PEER },
        client_msg_id: ClientMsgId::from_bytes(key),
        body: format!("Message {conv_seq} of the usual forty-nine chars here."),
        reply_to: None,
        created_at: time(),
        edited_at: None,
        deleted_at: None,
        unattended: false,
        rev: 0,
    }
}

fn welcome() -> ServerFrame {
    ServerFrame::Welcome(Box::new(Welcome {
        server: "bench".into(),
        session: SessionId::from_bytes([9; 16]),
        me: serde_json::from_value(serde_json::json!({
            "user": user(ME, "ada"), "email": "ada@example.org"
        }))
        .expect("an account"),
        positions: vec![Position::user("e1", 0)],
        limits: Limits::default(),
        heartbeat_ms: 15_000,
        features: vec![],
        time: time(),
    }))
}

fn state() -> State {
    let mut state = State::new("https://chat.example.org", "", time(), TimeZone::UTC);
    state.size = Size::new(COLUMNS, ROWS);
    let mut replica = Replica::default();
    replica.apply(welcome());
    let view: ConversationView = serde_json::from_value(serde_json::json!({
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
        "last_message": message(MESSAGES),
        "head_seq": MESSAGES,
        "read_seq": MESSAGES,
        "unread_count": 0,
        "peer_read_seq": MESSAGES,
        "peer_delivered_seq": MESSAGES,
    }))
    .expect("a conversation");
    replica.load_conversations(ConversationsPage { conversations: vec![view], next: None });
    let messages = (1..=MESSAGES).map(message).collect();
    let page = MessagesPage { messages, from_seq: 1, to_seq: MESSAGES, head_seq: MESSAGES };
    replica.load_messages(CHAT, page);
    let mut account = chatter::state::Account::new(replica);
    (account.list_loaded, account.link) = (true, LinkState::Online);
    (state.account, state.welcome) = (Some(account), None);
    update(&mut state, Event::Settled);
    state
}

#[expect(clippy::print_stdout, reason = "what is measured besides time")]
fn frames(criterion: &mut Criterion) {
    let mut bench = Bench::new();
    println!("bytes: unchanged frame {}", bench.bytes(|_| {}));
    println!("bytes: key {}", bench.bytes(|bench| bench.key("x")));
    println!("bytes: message received {}", bench.bytes(Bench::receive));
    println!("bytes: page up {}", bench.bytes(|bench| bench.key("pageup")));
    bench.key("ctrl-end");
    bench.draw();
    println!(
        "bytes: fifty messages received {}",
        bench.bytes(|bench| {
            (0..50).for_each(|_| bench.receive());
        })
    );

    let mut group = criterion.benchmark_group("frame");
    group.bench_function("unchanged", |b| b.iter(|| bench.draw()));
    group.bench_function("key", |b| {
        b.iter(|| {
            bench.key("x");
            bench.draw();
            bench.key("backspace");
            bench.draw();
        });
    });
    group.bench_function("message", |b| {
        b.iter(|| {
            bench.receive();
            bench.draw();
        });
    });
    group.bench_function("page up", |b| {
        b.iter(|| {
            bench.key("pageup");
            bench.draw();
        });
    });
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
