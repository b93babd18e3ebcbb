//! What it costs to write and to read the frames that matter, and how long each is on the wire.
//! `cargo bench -p chatter-protocol --bench frames`.

use std::fmt::Debug;
use std::hint::black_box;
use std::time::Duration;

use chatter_protocol::frame::{Ack, Send, Welcome};
use chatter_protocol::{
    ClientFrame, ClientMsgId, ConversationId, Event, Limits, Me, Message, MessageId, Position,
    Presence, Privacy, ServerFrame, SessionId, Timestamp, User, UserId,
};
use criterion::{Criterion, criterion_group, criterion_main};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A body of 100 bytes, as the comparisons with other servers use it.
const BODY: &str = "The engine has no pretensions whatever to originate anything. \
                    It does whatever we know how to order.";

/// People whose presence one frame tells.
const PRESENCES: usize = 50;

fn now() -> Timestamp {
    Timestamp::from_millis(1_772_714_700_123)
}

fn message() -> Message {
    Message {
        msg_id: MessageId::new(),
        conversation: ConversationId::new(),
        conv_seq: 81_234,
        sender: UserId::new(),
        client_msg_id: ClientMsgId::new(),
        body: BODY.to_owned(),
        reply_to: None,
        attachments: Vec::new(),
        withheld: false,
        unattended: false,
        created_at: now(),
        edited_at: None,
        deleted_at: None,
        rev: 0,
    }
}

fn position() -> Position {
    Position::user("5f3a9c01", 120_417)
}

fn welcome() -> Welcome {
    let user = User {
        id: UserId::new(),
        username: "ada".parse().expect("a username"),
        display_name: "Ada Lovelace".parse().expect("a name"),
        status_message: Some("at the engine".parse().expect("a status")),
        status_expires_at: None,
        avatar: None,
        time_zone: None,
        created_at: now(),
        rev: 3,
    };
    let (privacy, blocked) = (Privacy::default(), Vec::new());
    Welcome {
        server: "chatter-server 0.1.0".into(),
        session: SessionId::new(),
        me: Me { user, email: "ada@example.org".into(), privacy, blocked },
        positions: vec![position()],
        limits: Limits::default(),
        heartbeat_ms: 20_000,
        features: Vec::new(),
        time: now(),
    }
}

fn presences() -> Vec<Presence> {
    let one = |at: usize| Presence {
        user: UserId::new(),
        online: at.is_multiple_of(2),
        last_seen_at: (!at.is_multiple_of(2)).then(now),
    };
    (0..PRESENCES).map(one).collect()
}

#[expect(clippy::print_stdout, reason = "what is measured besides time")]
fn both_ways<T>(criterion: &mut Criterion, name: &str, frame: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let text = serde_json::to_string(frame).expect("writes");
    assert_eq!(&serde_json::from_str::<T>(&text).expect("reads"), frame);
    println!("{name}: {} bytes on the wire", text.len());
    criterion.bench_function(&format!("write {name}"), |bencher| {
        bencher.iter(|| serde_json::to_string(black_box(frame)));
    });
    criterion.bench_function(&format!("read {name}"), |bencher| {
        bencher.iter(|| serde_json::from_str::<T>(black_box(&text)));
    });
}

fn client_frames(criterion: &mut Criterion) {
    let conversation = ConversationId::new();
    let send = Send {
        conversation,
        client_msg_id: ClientMsgId::new(),
        body: message().body,
        reply_to: None,
        attachments: Vec::new(),
    };
    both_ways(criterion, "send", &ClientFrame::Send(send));
    both_ways(criterion, "read", &ClientFrame::Read { conversation, conv_seq: 81_234 });
    both_ways(criterion, "confirm", &ClientFrame::Confirm { position: position() });
    both_ways(criterion, "heartbeat answered", &ClientFrame::Heartbeat);
}

fn server_frames(criterion: &mut Criterion) {
    let Message { msg_id, conversation, client_msg_id, conv_seq, created_at, .. } = message();
    let ack = Ack { client_msg_id, msg_id, conversation, conv_seq, created_at };
    both_ways(criterion, "ack", &ServerFrame::Ack(ack));
    let event = Event::MessagePosted { message: message() };
    both_ways(criterion, "message_posted", &ServerFrame::Event { seq: 120_417, event });
    both_ways(criterion, "welcome", &ServerFrame::Welcome(Box::new(welcome())));
    both_ways(criterion, "heartbeat", &ServerFrame::Heartbeat { positions: vec![position()] });
    let name = format!("presence of {PRESENCES}");
    both_ways(criterion, &name, &ServerFrame::Presence { users: presences() });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .sample_size(30);
    targets = client_frames, server_frames
}
criterion_main!(benches);
