//! What the store costs, the disk's sync included: posting from 1, 32 and 256 senders who each wait
//! for their acknowledgement, posting into a room, pages of history and of a stream, a reconnect.
//!
//! Posting stands beside the bare rows that it leaves, written with nothing around them, so that it
//! is a ratio: the disk's time is in both. `cargo bench -p chatter-server --bench store`.

mod bare;
mod world;

use std::time::Duration;

use chatter_protocol::{Position, Timestamp};
use chatter_server::store::{HistoryRange, Resume, Store};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

use bare::Bare;
use world::World;

/// Senders who wait for an acknowledgement at the same time.
const SENDERS: [usize; 3] = [1, 32, 256];

/// People in the room.
const ROOM: usize = 500;

/// Messages of the long conversation; tests run this, too, and need no more than shows that it works.
fn long() -> u64 {
    let is_measured = std::env::args().any(|argument| argument == "--bench");
    if is_measured { 100_000 } else { 1_000 }
}

/// Rows of a page of history, and of a stream while a device catches up.
const PAGE_ROWS: usize = 50;
const CATCH_UP_ROWS: usize = 200;

const BYTES_MAX: usize = 256 * 1024;

fn posting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("post");
    for senders in SENDERS {
        let world = World::new();
        let places = world.pairs(senders);
        group.throughput(Throughput::Elements(senders as u64));
        group.bench_function(format!("{senders} in flight"), |bencher| {
            bencher.iter_custom(|rounds| world.post_from(&places, rounds));
        });
        beside(&mut group, &format!("{senders} in a transaction"), (senders, 2));
    }
    let world = World::new();
    let room = world.room(ROOM);
    group.throughput(Throughput::Elements(1));
    group.bench_function(format!("into a room of {ROOM}"), |bencher| {
        bencher.iter_custom(|rounds| world.post_from(&[room], rounds));
    });
    beside(&mut group, &format!("for a room of {ROOM}"), (1, ROOM));
    group.finish();
}

/// The bare rows of so many messages to so many people, in one transaction.
fn beside(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, size: (usize, usize)) {
    let mut bare = Bare::new();
    group.bench_function(format!("bare rows, {name}"), |bencher| bencher.iter(|| bare.write(size)));
}

fn reading(criterion: &mut Criterion) {
    let world = World::new();
    let (ada, token) = world.person();
    let (bob, _) = world.person();
    let chat = world.direct(ada, bob);
    let count = long();
    world.fill((ada, chat), count);
    let store = &world.store;

    let mut group = criterion.benchmark_group(format!("of {count} messages"));
    let middle = count / 2;
    for (name, range) in [
        ("the newest page", HistoryRange::Newest),
        ("a page in the middle", HistoryRange::Before(middle)),
        ("a page by its time", HistoryRange::From(world.time_of(middle))),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let page = store.history(ada, chat, range, PAGE_ROWS, BYTES_MAX);
                assert_eq!(world.wait(page).expect("reads").messages.len(), PAGE_ROWS);
            });
        });
    }
    group.bench_function(format!("{CATCH_UP_ROWS} events of a stream"), |bencher| {
        bencher.iter(|| {
            let events = store.events_after(bob, middle, CATCH_UP_ROWS, BYTES_MAX);
            assert_eq!(world.wait(events).expect("reads").len(), CATCH_UP_ROWS);
        });
    });
    group.finish();

    let head = world.wait(store.stream_head(ada)).expect("reads");
    let position = Position::user(store.epoch(), head);
    criterion.bench_function("a reconnect", |bencher| {
        bencher.iter(|| {
            world.wait(async {
                let now = Timestamp::now();
                // As the socket does: before and after the connection is known.
                assert!(store.signed_in(token, now).await.expect("reads").is_some());
                let greeting = store.greet(token, Some(position.clone()), now).await;
                let greeting = greeting.expect("reads").expect("signed in");
                assert_eq!((greeting.resume, greeting.head), (Resume::After(head), head));
            })
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20);
    targets = posting, reading
}
criterion_main!(benches);
