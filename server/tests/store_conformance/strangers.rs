//! What is refused: to people who are not in a conversation, and to everybody after the end.

use chatter_protocol::UserId;
use chatter_server::store::{HistoryRange, StoreError};

use crate::world::World;

pub(crate) async fn nobody_sees_or_touches_what_they_are_not_in(world: World) {
    let (ada, bob, direct) = world.pair().await;
    let eve = world.person("eve").await;
    let room = vec![bob];
    let room =
        world.store.open_room(ada, "no eve".to_owned(), room, world.now()).await.expect("a room");
    let notes = world.direct(ada, ada).await;
    for id in [direct, room, notes] {
        world.say(ada, id, "a secret").await;
        for me in [eve, UserId::new()] {
            let now = world.now();
            let store = &world.store;
            let refusals = [
                store.conversation(me, id).await.err(),
                store.members(me, id).await.err(),
                store.post(world.message(me, id, "let me in")).await.err(),
                store.edit(me, id, 1, "x".to_owned(), now).await.err(),
                store.delete(me, id, 1, now).await.err(),
                store.history(me, id, HistoryRange::Newest, 10, 1_000).await.err(),
                store.mark_read(me, id, 1).await.err(),
                store.set_muted(me, id, true).await.err(),
            ];
            for (verb, refusal) in refusals.into_iter().enumerate() {
                assert!(matches!(refusal, Some(StoreError::NotFound)), "{verb}: {refusal:?}");
            }
        }
    }
    assert!(world.store.conversations(eve, None, 10).await.expect("reads").is_empty());
    assert!(world.news(eve, 0).await.is_empty() && world.head(eve).await == 0);
    let told_notes = world.told_to(bob).into_iter().filter(|(_, event)| {
        serde_json::to_string(event).expect("writes").contains(&notes.to_string())
    });
    assert_eq!(told_notes.count(), 0);
}

pub(crate) async fn a_closed_store_takes_no_writes(world: World) {
    let (ada, bob, id) = world.pair().await;
    let accepted: Vec<_> =
        (0..100).map(|_| world.store.post(world.message(ada, id, "just in time"))).collect();
    world.store.close().await;
    for post in accepted {
        post.await.expect("what was accepted is committed");
    }
    let late = world.store.post(world.message(bob, id, "too late")).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    let late = world.store.mark_read(bob, id, 1).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    world.store.close().await;
}
