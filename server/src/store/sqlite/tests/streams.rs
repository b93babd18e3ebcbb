//! Streams are the same whether their events wait in the journal or are settled.

use std::ops::RangeInclusive;

use chatter_protocol::frame::ResetReason;

use super::*;

const MEMBERS: usize = 300;
/// So many that the journal is settled on the way and has something in it at the end.
const MESSAGES: usize = 300;

/// A room with many members, the last of whom is returned with it.
async fn room(store: &SqliteStore) -> (UserId, UserId, ConversationId) {
    let names: Vec<_> = (0..MEMBERS).map(|n| format!("member{n}")).collect();
    let people = join_all(names.iter().map(|name| person(store, name))).await;
    let (first, last) = (people[0], people[MEMBERS - 1]);
    let room = store.open_room(first, "room".to_owned(), people, now()).await.expect("opens");
    (first, last, room)
}

/// The numbers of the messages that a walk of the stream from its beginning meets.
async fn walk(store: &SqliteStore, user: UserId, rows_max: usize) -> Vec<u64> {
    let (mut at, mut posted) = (0, Vec::new());
    loop {
        let page = store.events_after(user, at, rows_max, usize::MAX).await.expect("reads");
        assert!(page.len() <= rows_max);
        let Some((last, _)) = page.last() else { return posted };
        let numbers: Vec<_> = page.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(numbers, (at + 1..=*last).collect::<Vec<_>>(), "dense");
        at = *last;
        posted.extend(page.into_iter().filter_map(|(_, event)| match event {
            Event::MessagePosted { message } => Some(message.conv_seq),
            _ => None,
        }));
    }
}

fn numbers(numbers: RangeInclusive<usize>) -> Vec<u64> {
    numbers.map(|n| n as u64).collect()
}

async fn rows(store: &SqliteStore, table: &'static str) -> u64 {
    let count = format!("SELECT count(*) FROM {table}");
    store
        .readers
        .read(move |sql| Ok(sql.query_row(&count, [], |row| row.get(0))?))
        .await
        .expect("ok")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_read_whole_while_it_is_settled_and_afterwards() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let store = SqliteStore::open(dir.path(), Arc::new(|_| {})).expect("opens");
    let (first, last, room) = room(&store).await;
    let reader = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            loop {
                let posted = walk(&store, last, 1_000).await;
                assert_eq!(posted, numbers(1..=posted.len()));
                if posted.len() == MESSAGES {
                    return;
                }
            }
        }
    });
    for _ in 0..MESSAGES {
        store.post(message(first, room, "hello")).await.expect("posts");
    }
    reader.await.expect("sees all");
    assert!(rows(&store, "runs").await >= MEMBERS as u64, "it was settled");
    assert!(rows(&store, "journal").await > 0, "and the journal begun anew");
    for rows_max in [1, 7, 127, 128, 129, 1_000] {
        assert_eq!(
            walk(&store, last, rows_max).await,
            numbers(1..=MESSAGES),
            "pages of {rows_max}"
        );
    }
    let head = store.stream_head(last).await.expect("reads");
    store.close().await;
    drop(store);

    let store = SqliteStore::open(dir.path(), Arc::new(|_| {})).expect("opens again");
    assert_eq!(rows(&store, "journal").await, 0, "what was left is settled");
    assert_eq!(store.stream_head(last).await.expect("reads"), head);
    assert_eq!(walk(&store, last, 100).await, numbers(1..=MESSAGES));
}

#[tokio::test]
async fn a_position_belongs_to_the_run_that_appended_it_settled_or_not() {
    let pair = Pair::open().await;
    pair.post("settled at the next start").await.expect("posts");
    let before = pair.store.epoch().to_owned();
    let head = pair.store.stream_head(pair.bob).await.expect("reads");
    pair.store.close().await;
    let Pair { dir, store, bob, ada, conversation } = pair;
    drop(store);
    let store = SqliteStore::open(dir.path(), Arc::new(|_| {})).expect("opens again");
    let pair = Pair { dir, store, bob, ada, conversation };
    pair.post("waits in the journal").await.expect("posts");
    let resume = async |epoch: &str, seq| {
        pair.store.resume(bob, Some(Position::user(epoch, seq))).await.expect("answers")
    };
    let (now, reset) = (pair.store.epoch(), Resume::Reset(ResetReason::OtherEpoch));
    assert_eq!(resume(&before, head).await, Resume::After(head));
    assert_eq!(resume(now, head).await, Resume::After(head));
    assert_eq!(resume(now, head + 1).await, Resume::After(head + 1));
    assert_eq!(resume(&before, head + 1).await, reset, "a backup was restored in between");
}
