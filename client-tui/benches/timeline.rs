//! What the open chat costs by itself, with 10,000 messages in it: choosing and laying out what
//! shows, and a frame of it, when its rows are remembered and when they are not (a chat that was
//! just opened, another width). `cargo bench -p chatter --bench timeline`.

use std::hint::black_box;
use std::io::{Sink, sink};
use std::time::Duration;

use chatter::state::{Account, Event, LinkState, State};
use chatter::sync::Replica;
use chatter::update::update;
use chatter::view::{Theme, draw};
use chatter_protocol::frame::Welcome;
use chatter_protocol::rest::{ConversationsPage, MessagesPage};
use chatter_protocol::{
    ClientMsgId, Conversation, ConversationId, ConversationKind, ConversationView, Limits, Message,
    MessageId, Person, Position, Presence, ServerFrame, SessionId, Timestamp, User, UserId,
};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::tz::TimeZone;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

const MESSAGES: u64 = 10_000;
const SIZES: [(u16, u16); 2] = [(120, 40), (80, 24)];
const ME: UserId = UserId::from_bytes([1; 16]);
const PEER: UserId = UserId::from_bytes([2; 16]);
const CHAT: ConversationId = ConversationId::from_bytes([3; 16]);

/// What people say to each other, in turn.
const BODIES: [&str; 6] = [
    "Sounds good, see you at ten. Bring the *blue* notes!",
    "ok",
    "Could somebody look at https://example.org/engines/42 before noon? It stopped twice last night \
     while the second card was being read, and nobody was near it either time.",
    "Grüße aus 東京 👋🏽 – bis 明日!",
    "- cards\n- oil\n- the `call()` that @ada wrote",
    "Yes. Half past nine is better for me, if the train is on time.",
];

/// The screen with the chat open.
struct Bench {
    state: State,
    theme: Theme,
    terminal: Terminal<CrosstermBackend<Sink>>,
}

impl Bench {
    fn new(size: (u16, u16)) -> Self {
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
        let terminal =
            Terminal::with_options(CrosstermBackend::new(sink()), TerminalOptions { viewport });
        let terminal = terminal.expect("a terminal");
        let mut bench = Self { state: state(size), theme: Theme::default(), terminal };
        bench.apply(Event::Key("enter".parse().expect("a key")));
        bench
    }

    fn apply(&mut self, event: Event) {
        update(&mut self.state, event);
        update(&mut self.state, Event::Settled);
    }

    fn resize(&mut self, (width, height): (u16, u16)) {
        self.apply(Event::Resized(Size { width, height }));
        self.terminal.resize(Rect::new(0, 0, width, height)).expect("resizes");
    }

    fn draw(&mut self) {
        let (state, theme) = (&self.state, &self.theme);
        self.terminal.draw(|frame| drop(black_box(draw(frame, state, theme)))).expect("draws");
    }

    /// Forgets how messages are laid out.
    fn forget(&self) {
        let open = self.state.account.as_ref().and_then(|account| account.open.as_ref());
        open.expect("an open chat").laid.forget();
    }

    /// Chooses what shows, and lays out what of it is not remembered.
    fn rows(&self) -> usize {
        let (timeline, scroll, height) = self.state.timeline().expect("an open chat");
        timeline.window(scroll, height).len()
    }
}

fn at(number: u64) -> Timestamp {
    Timestamp::from_millis(1_772_714_700_000 + number as i64 * 60_000)
}

/// A zone as most are kept: by the rule for its summer time.
fn zone() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone")
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
        created_at: at(0),
        rev: 0,
    }
}

fn message(conv_seq: u64) -> Message {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&conv_seq.to_be_bytes());
    Message {
        msg_id: MessageId::from_bytes(key),
        conversation: CHAT,
        conv_seq,
        sender: if conv_seq.is_multiple_of(3) { ME } else { PEER },
        client_msg_id: ClientMsgId::from_bytes(key),
        body: BODIES[conv_seq as usize % BODIES.len()].to_owned(),
        reply_to: None,
        attachments: Vec::new(),
        withheld: false,
        unattended: false,
        created_at: at(conv_seq),
        edited_at: None,
        deleted_at: None,
        rev: 0,
    }
}

fn welcome() -> ServerFrame {
    let me = serde_json::json!({ "user": user(ME, "ada"), "email": "ada@example.org" });
    ServerFrame::Welcome(Box::new(Welcome {
        server: "bench".into(),
        session: SessionId::from_bytes([9; 16]),
        me: serde_json::from_value(me).expect("an account"),
        positions: vec![Position::user("e1", 0)],
        limits: Limits::default(),
        heartbeat_ms: 15_000,
        features: vec![],
        time: at(MESSAGES),
    }))
}

fn conversation() -> ConversationView {
    serde_json::from_value(serde_json::json!({
        "conversation": Conversation {
            id: CHAT,
            kind: ConversationKind::Direct,
            name: None,
            member_count: 2,
            members: vec![ME, PEER],
            created_at: at(0),
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
    .expect("a conversation")
}

fn state((width, height): (u16, u16)) -> State {
    let mut state = State::new("https://chat.example.org", "", at(MESSAGES), zone());
    state.size = Size { width, height };
    let mut replica = Replica::default();
    replica.apply(welcome());
    replica
        .load_conversations(ConversationsPage { conversations: vec![conversation()], next: None });
    let messages = (1..=MESSAGES).map(message).collect();
    let page = MessagesPage { messages, from_seq: 1, to_seq: MESSAGES, head_seq: MESSAGES };
    replica.load_messages(CHAT, page);
    let mut account = Account::new(replica);
    (account.list_loaded, account.link) = (true, LinkState::Online);
    (state.account, state.welcome) = (Some(account), None);
    update(&mut state, Event::Settled);
    state
}

fn timeline(criterion: &mut Criterion) {
    for size in SIZES {
        let mut bench = Bench::new(size);
        let mut group = criterion.benchmark_group(format!("timeline {}x{}", size.0, size.1));
        group.bench_function("rows, remembered", |bencher| bencher.iter(|| bench.rows()));
        group.bench_function("rows, laid out anew", |bencher| {
            bencher.iter(|| {
                bench.forget();
                bench.rows()
            });
        });
        group.bench_function("frame, remembered", |bencher| bencher.iter(|| bench.draw()));
        group.bench_function("frame, laid out anew", |bencher| {
            bencher.iter(|| {
                bench.forget();
                bench.draw();
            });
        });
        group.finish();
    }
    let mut bench = Bench::new(SIZES[0]);
    criterion.bench_function("two frames, each of another size", |bencher| {
        bencher.iter(|| {
            for size in SIZES {
                bench.resize(size);
                bench.draw();
            }
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30);
    targets = timeline
}
criterion_main!(benches);
