//! Pages of history.

use std::sync::Arc;

use chatter_protocol::rest::MessagesPage;
use chatter_protocol::{ConversationId, Timestamp, UserId};
use chatter_server::store::{HistoryRange, NewMessage};

use crate::world::World;

const NO_LIMIT: usize = usize::MAX;

async fn page(
    world: &World,
    me: UserId,
    id: ConversationId,
    range: HistoryRange,
    rows_max: usize,
    bytes_max: usize,
) -> MessagesPage {
    let page = world.store.history(me, id, range, rows_max, bytes_max).await.expect("reads");
    let numbers: Vec<_> = page.messages.iter().map(|it| it.conv_seq).collect();
    assert_eq!(numbers, (page.from_seq..=page.to_seq).collect::<Vec<_>>(), "{range:?}");
    assert!(page.messages.len() <= rows_max && page.to_seq <= page.head_seq.max(page.from_seq));
    page
}

/// From the newest message back to the first.
async fn walk_back(world: &World, me: UserId, id: ConversationId, rows_max: usize) -> Vec<u64> {
    let mut walked = Vec::new();
    let mut range = HistoryRange::Newest;
    loop {
        let page = page(world, me, id, range, rows_max, NO_LIMIT).await;
        if page.messages.is_empty() {
            return walked;
        }
        range = HistoryRange::Before(page.from_seq);
        walked.splice(0..0, page.messages.into_iter().map(|it| it.conv_seq));
    }
}

/// From the first message to the newest.
async fn walk_on(world: &World, me: UserId, id: ConversationId, rows_max: usize) -> Vec<u64> {
    let mut walked: Vec<u64> = Vec::new();
    loop {
        let range = HistoryRange::After(walked.last().copied().unwrap_or_default());
        let page = page(world, me, id, range, rows_max, NO_LIMIT).await;
        if page.messages.is_empty() {
            return walked;
        }
        walked.extend(page.messages.into_iter().map(|it| it.conv_seq));
    }
}

pub(crate) async fn pages_of_any_size_are_a_partition_both_ways(world: World) {
    let (ada, bob, id) = world.pair().await;
    for n in 1..=23 {
        world.say(if n % 3 == 0 { bob } else { ada }, id, &format!("number {n}")).await;
    }
    world.store.delete(ada, id, 4, world.now()).await.expect("leaves a tombstone");
    let all: Vec<_> = (1..=23).collect();
    for rows_max in 1..=24 {
        assert_eq!(walk_back(&world, bob, id, rows_max).await, all, "pages of {rows_max}");
        assert_eq!(walk_on(&world, bob, id, rows_max).await, all, "pages of {rows_max}");
    }
}

pub(crate) async fn walking_while_people_post_shows_each_message_once(world: World) {
    const POSTS: u64 = 200;
    let (ada, bob, id) = world.pair().await;
    world.say(ada, id, "so that there is a first page").await;
    let world = Arc::new(world);
    let posting = {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            for n in 1..POSTS {
                world.say(if n % 2 == 0 { ada } else { bob }, id, "and on").await;
            }
        })
    };
    for rows_max in (1..=8).cycle() {
        let done = posting.is_finished();
        let back = walk_back(&world, ada, id, rows_max).await;
        let on = walk_on(&world, bob, id, rows_max).await;
        for walked in [&back, &on] {
            let newest = walked.last().copied().unwrap_or_default();
            assert_eq!(*walked, (1..=newest).collect::<Vec<_>>());
        }
        assert!(on.len() >= back.len(), "walked later, so not shorter");
        if done {
            assert_eq!(back.len() as u64, POSTS);
            break;
        }
    }
    posting.await.expect("no panic");
}

pub(crate) async fn a_page_ends_early_when_it_has_enough_bytes(world: World) {
    let (ada, bob, id) = world.pair().await;
    for bytes in [10, 20, 30, 40, 500] {
        world.say(ada, id, &"x".repeat(bytes)).await;
    }
    for (range, bytes_max, numbers) in [
        (HistoryRange::After(0), 60, 1..=3),
        (HistoryRange::After(0), 59, 1..=2),
        (HistoryRange::After(0), 0, 1..=1),
        (HistoryRange::After(4), 499, 5..=5),
        (HistoryRange::Newest, 540, 4..=5),
        (HistoryRange::Newest, 539, 5..=5),
        (HistoryRange::Before(5), 70, 3..=4),
        (HistoryRange::Before(5), 1, 4..=4),
    ] {
        let page = page(&world, bob, id, range, 100, bytes_max).await;
        assert_eq!(page.from_seq..=page.to_seq, numbers, "{range:?} of {bytes_max} bytes");
        assert_eq!(page.head_seq, 5);
    }
}

pub(crate) async fn the_edges_of_a_history_are_empty_ranges(world: World) {
    let (ada, _, id) = world.pair().await;
    let empty = page(&world, ada, id, HistoryRange::Newest, 10, NO_LIMIT).await;
    assert_eq!((empty.from_seq, empty.to_seq, empty.head_seq), (1, 0, 0));
    world.say(ada, id, "one").await;
    world.say(ada, id, "two").await;
    for (range, rows) in [
        (HistoryRange::Before(0), 0),
        (HistoryRange::Before(1), 0),
        (HistoryRange::Before(2), 1),
        (HistoryRange::Before(u64::MAX), 2),
        (HistoryRange::After(0), 2),
        (HistoryRange::After(1), 1),
        (HistoryRange::After(2), 0),
    ] {
        assert_eq!(page(&world, ada, id, range, 10, NO_LIMIT).await.messages.len(), rows);
    }
    for beyond in [3, u64::MAX - 1, u64::MAX] {
        let range = HistoryRange::After(beyond);
        let page = world.store.history(ada, id, range, 10, NO_LIMIT).await.expect("reads");
        assert!(page.messages.is_empty() && page.head_seq == 2);
    }
}

pub(crate) async fn a_history_is_entered_at_a_time(world: World) {
    let (ada, bob, id) = world.pair().await;
    let early = world.now();
    let empty = page(&world, ada, id, HistoryRange::From(early), 10, NO_LIMIT).await;
    assert_eq!((empty.from_seq, empty.to_seq, empty.head_seq), (1, 0, 0));
    for count in 1..=20 {
        let newest = world.say(ada, id, &format!("number {count}")).await.created_at;
        let whole = page(&world, bob, id, HistoryRange::After(0), 100, NO_LIMIT).await;
        for message in &whole.messages {
            let (at, seq) = (message.created_at, message.conv_seq);
            let earlier = Timestamp::from_millis(at.as_millis() - 1);
            for range in [HistoryRange::From(at), HistoryRange::From(earlier)] {
                let found = page(&world, bob, id, range, 3, NO_LIMIT).await;
                assert_eq!((found.from_seq, found.to_seq), (seq, count.min(seq + 2)), "{range:?}");
            }
            let later = HistoryRange::From(Timestamp::from_millis(at.as_millis() + 1));
            assert_eq!(page(&world, bob, id, later, 3, NO_LIMIT).await.from_seq, seq + 1);
        }
        let found = page(&world, bob, id, HistoryRange::From(early), 100, NO_LIMIT).await;
        assert_eq!(found, whole);
        let late = HistoryRange::From(Timestamp::from_millis(newest.as_millis() + 1));
        let end = page(&world, bob, id, late, 100, NO_LIMIT).await;
        assert!(end.messages.is_empty());
        assert_eq!((end.from_seq, end.to_seq, end.head_seq), (count + 1, count, count));
    }
}

pub(crate) async fn a_clock_that_was_set_back_hides_nothing(world: World) {
    let (ada, bob, id) = world.pair().await;
    for minute in [10, 11, 12, 5, 6, 13] {
        let created_at = Timestamp::from_millis(1_770_000_000_000 + minute * 60_000);
        let message = NewMessage { created_at, ..world.message(ada, id, "tick") };
        world.store.post(message).await.expect("posts");
    }
    for minute in 0..15 {
        let at = Timestamp::from_millis(1_770_000_000_000 + minute * 60_000);
        let found = page(&world, bob, id, HistoryRange::From(at), 10, NO_LIMIT).await;
        assert!(found.messages.first().is_none_or(|it| it.created_at >= at), "{minute}");
        let before = found.from_seq.checked_sub(2).map(|at| at as usize);
        let whole = page(&world, bob, id, HistoryRange::After(0), 10, NO_LIMIT).await;
        assert!(before.is_none_or(|before| whole.messages[before].created_at < at), "{minute}");
    }
}
