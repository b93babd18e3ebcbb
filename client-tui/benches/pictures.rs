//! What a key costs while pictures scroll by, and what memory they take: a chat of 100 pictures, each
//! of its own, from a server that is this process.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use chatter::net::{Api, NetOptions, ServerUrl, tls};
use chatter::pictures::{Gallery, Means, Painted, Source};
use chatter::state::{Account, Event, LinkState, State};
use chatter::sync::Replica;
use chatter::terminal::{CellSize, Finish, Graphics, Painter, Protocol};
use chatter::update::update;
use chatter::view::{Theme, draw_on};
use chatter_protocol::frame::Welcome;
use chatter_protocol::rest::{ConversationsPage, MessagesPage};
use chatter_protocol::{
    Attachment, ClientMsgId, Conversation, ConversationId, ConversationKind, ConversationView,
    ImageSize, Limits, MediaId, Message, MessageId, Person, Position, Presence, Secret,
    ServerFrame, SessionId, Timestamp, User, UserId,
};
use jiff::tz::TimeZone;
use ratatui::layout::Size;

const PICTURES: u64 = 100;
const COLUMNS: u16 = 120;
const ROWS: u16 = 40;
const ME: UserId = UserId::from_bytes([1; 16]);
const PEER: UserId = UserId::from_bytes([2; 16]);
const CHAT: ConversationId = ConversationId::from_bytes([3; 16]);

/// How long pictures are waited for at each stop.
const PATIENCE: Duration = Duration::from_secs(5);

#[expect(clippy::print_stdout, reason = "what is measured")]
fn main() {
    // Tests run this, too, and have no use for figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    tls::install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let source = Source { api: api(&serve()), folder: None };
    println!("resident before: {} MB", resident_mb());
    for protocol in [Protocol::Blocks, Protocol::Kitty, Protocol::Sixel, Protocol::ITerm2] {
        let means = Means {
            graphics: Graphics { protocol, is_wrapped: false },
            cell: CellSize::default(),
            is_indexed: false,
            is_light: false,
        };
        let measured = runtime.block_on(scroll(means, &source));
        println!("{protocol:?}: {measured}, resident {} MB", resident_mb());
    }
}

/// Scrolls from the newest picture to the oldest by rows, while pictures come in as they do, and
/// back again when most are here.
async fn scroll(means: Means, source: &Source) -> String {
    let mut state = state();
    let (can_draw, cell) = (true, means.cell);
    update(&mut state, Event::Pictures { can_draw, cell });
    update(&mut state, Event::Key("enter".parse().expect("a key")));
    update(&mut state, Event::Settled);
    let mut painter = Painter::default();
    let mut gallery = Gallery::default();
    gallery.follow(Some(means));
    let (theme, mut frames, mut bytes) = (Theme::default(), Vec::new(), 0);
    for key in [["ctrl-shift-up"; 1500], ["ctrl-shift-down"; 1500]].as_flattened() {
        let began = Instant::now();
        update(&mut state, Event::Key(key.parse().expect("a key")));
        update(&mut state, Event::Settled);
        let mut painted = Painted::default();
        let written = painter.paint(state.size, |buffer| {
            let places = draw_on(buffer, &state, &theme);
            painted = gallery.paint(places.pictures(), buffer);
            Finish { cursor: places.cursor(), scrolled: places.scrolled() }
        });
        bytes += written.len();
        gallery.make(&painted.missing, Some(source));
        bytes += gallery.transmission().map_or(0, |transmission| transmission.len());
        frames.push(began.elapsed());
        // What a person needs for the next key at least, and pictures have to come.
        while tokio::time::timeout(Duration::from_millis(2), gallery.next()).await.is_ok() {
            assert!(began.elapsed() < PATIENCE, "pictures without end");
        }
    }
    frames.sort();
    let ms = |at: usize| frames[at].as_secs_f64() * 1000.0;
    let (median, most, last) =
        (ms(frames.len() / 2), ms(frames.len() * 99 / 100), frames.len() - 1);
    format!(
        "{} key frames: median {median:.2} ms, 99th percentile {most:.2} ms, longest {:.2} ms, \
         {} KiB a frame to the terminal",
        frames.len(),
        ms(last),
        bytes / frames.len() / 1024
    )
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

/// Answers every request with a picture.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let pictures: Vec<_> = (0..4).map(picture).collect();
    std::thread::spawn(move || {
        for (number, connection) in listener.incoming().flatten().enumerate() {
            let picture = pictures[number % pictures.len()].clone();
            std::thread::spawn(move || answer(connection, &picture));
        }
    });
    format!("http://{address}")
}

fn answer(mut connection: TcpStream, picture: &[u8]) -> Option<()> {
    let mut request = [0; 4096];
    while connection.read(&mut request).ok()? > 0 {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", picture.len());
        connection.write_all(&[head.as_bytes(), picture].concat()).ok()?;
    }
    None
}

/// A thumbnail as a server makes it, about as hard to encode as a photograph.
fn picture(seed: u32) -> Vec<u8> {
    let image = image::RgbImage::from_fn(640, 360, |x, y| {
        let noise = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729) ^ seed) % 24;
        image::Rgb([
            (x * 230 / 640 + noise) as u8,
            (y * 230 / 360 + noise) as u8,
            (seed * 50) as u8,
        ])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Jpeg).expect("encodes");
    bytes.into_inner()
}

fn api(url: &str) -> Api {
    let options = NetOptions::default();
    let server = ServerUrl::parse(url, false).expect("an address");
    Api::new(server, &options).expect("routes").with_token(Secret::new("bench"))
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
        attachments: vec![Attachment {
            media: MediaId::from_bytes(key),
            name: "moth.jpg".parse().expect("a name"),
            content_type: "image/jpeg".into(),
            bytes: 47 * 1024,
            alt: None,
            image: Some(ImageSize { width: 1280, height: 720 }),
        }],
        withheld: false,
        msg_id: MessageId::from_bytes(key),
        conversation: CHAT,
        conv_seq,
        sender: PEER,
        client_msg_id: ClientMsgId::from_bytes(key),
        body: format!("Picture {conv_seq}"),
        reply_to: None,
        created_at: time(),
        edited_at: None,
        deleted_at: None,
        unattended: false,
        rev: 0,
    }
}

fn state() -> State {
    let mut state = State::new("https://chat.example.org", "", time(), TimeZone::UTC);
    state.size = Size::new(COLUMNS, ROWS);
    let mut replica = Replica::default();
    replica.apply(ServerFrame::Welcome(Box::new(Welcome {
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
    })));
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
        "last_message": message(PICTURES),
        "head_seq": PICTURES,
        "read_seq": PICTURES,
        "unread_count": 0,
        "peer_read_seq": PICTURES,
        "peer_delivered_seq": PICTURES,
    }))
    .expect("a conversation");
    replica.load_conversations(ConversationsPage { conversations: vec![view], next: None });
    let messages = (1..=PICTURES).map(message).collect();
    let page = MessagesPage { messages, from_seq: 1, to_seq: PICTURES, head_seq: PICTURES };
    replica.load_messages(CHAT, page);
    let mut account = Account::new(replica);
    (account.list_loaded, account.link) = (true, LinkState::Online);
    (state.account, state.welcome) = (Some(account), None);
    update(&mut state, Event::Settled);
    state
}
