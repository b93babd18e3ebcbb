//! What it costs to deliver an event to 2, 50, 500 and 5,000 people who are there: the mailboxes are
//! emptied after each, which is not counted. `cargo bench -p chatter-server --bench hub`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chatter_protocol::{
    ClientMsgId, ConversationId, Event, Message, MessageId, Rights, SessionId, Timestamp, UserId,
};
use chatter_server::bus::Notice;
use chatter_server::hub::{Attachment, Device, Hub};
use chatter_server::presence::Roster;
use chatter_server::store::Appended;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// People who are there and learn of the event.
const RECIPIENTS: [usize; 4] = [2, 50, 500, 5_000];

/// People who are there and do not.
const OTHERS: usize = 5_000;

/// An event about a message of 100 bytes.
fn event() -> Event {
    let message = Message {
        msg_id: MessageId::new(),
        conversation: ConversationId::new(),
        conv_seq: 81_234,
        sender: UserId::new(),
        client_msg_id: ClientMsgId::new(),
        body: "x".repeat(100),
        reply_to: None,
        attachments: Vec::new(),
        withheld: false,
        unattended: false,
        created_at: Timestamp::from_millis(1_772_714_700_123),
        edited_at: None,
        deleted_at: None,
        rev: 0,
    };
    Event::MessagePosted { message }
}

fn attach(hub: &Arc<Hub>, count: usize) -> Vec<(UserId, Attachment)> {
    let one = |_| {
        let device = Device { session: SessionId::new(), rights: Rights::ALL, attended: true };
        let user = UserId::new();
        (user, hub.attach(user, device).expect("below the limit"))
    };
    (0..count).map(one).collect()
}

fn delivering(criterion: &mut Criterion) {
    let appended = Appended { event: event(), recipients: Vec::new() };
    criterion.bench_function("write an event once for all", |bencher| {
        bencher.iter(|| Notice::appended(&appended));
    });

    let mut group = criterion.benchmark_group("deliver");
    let hub = Arc::new(Hub::new(Arc::new(Roster::new(Duration::ZERO)), 1));
    let _others = attach(&hub, OTHERS);
    for count in RECIPIENTS {
        let there = attach(&hub, count);
        let recipients = there.iter().map(|(user, _)| (*user, 120_417)).collect();
        let appended = Appended { event: event(), recipients };
        let notice = Notice::appended(&appended).expect("is written");
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("to {count}"), |bencher| {
            bencher.iter_custom(|rounds| {
                let once = |_| {
                    let began = Instant::now();
                    hub.deliver(&notice);
                    let took = began.elapsed();
                    empty(&there);
                    took
                };
                (0..rounds).map(once).sum()
            });
        });
    }
    group.finish();
}

fn empty(there: &[(UserId, Attachment)]) {
    for (_, attachment) in there {
        assert_eq!(attachment.mailbox().take().events.len(), 1);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30);
    targets = delivering
}
criterion_main!(benches);
