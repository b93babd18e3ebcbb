//! Posting, editing, deleting.

use std::collections::BTreeSet;
use std::sync::Arc;

use chatter_protocol::{ClientMsgId, Event, UserId};
use chatter_server::store::{HistoryRange, NewMessage, Place, StoreError};

use crate::world::World;

pub(crate) async fn an_acknowledged_message_is_still_there_after_a_restart(mut world: World) {
    let (ada, bob, id) = world.pair().await;
    let ack = world.say(ada, id, "remember me").await;
    let posted = world.told_to(bob).pop().expect("told before the answer");
    world.restart().await;
    let page = world.store.history(bob, id, HistoryRange::Newest, 10, 1_000).await.expect("reads");
    let [message] = page.messages.as_slice() else { panic!("{page:?}") };
    assert_eq!((message.msg_id, message.conv_seq), (ack.msg_id, 1));
    assert_eq!((message.client_msg_id, message.created_at), (ack.client_msg_id, ack.created_at));
    assert_eq!((message.sender, message.body.as_str(), message.rev), (ada, "remember me", 0));
    assert_eq!(posted, (2, Event::MessagePosted { message: message.clone() }));
    let next = world.say(ada, id, "still counting").await;
    assert_eq!(next.conv_seq, 2);
    assert_ne!(next.msg_id, ack.msg_id);
}

pub(crate) async fn a_repeated_key_gives_the_first_answer(mut world: World) {
    let (ada, bob, id) = world.pair().await;
    let message = world.message(ada, id, "once");
    let first = world.store.post(message.clone()).await.expect("posts");
    assert!(!first.repeated);
    let again = || async {
        let mut later = message.clone();
        later.created_at = world.now();
        let again = world.store.post(later).await.expect("repeats");
        assert!(again.repeated);
        assert_eq!(again.ack, first.ack);
    };
    again().await;
    world.store.edit(ada, id, 1, "changed".to_owned(), world.now()).await.expect("edits");
    again().await;
    world.store.delete(ada, id, 1, world.now()).await.expect("deletes");
    again().await;
    let head = world.head(bob).await;
    world.restart().await;
    let repeated = world.store.post(message.clone()).await.expect("repeats");
    assert_eq!((repeated.ack, repeated.repeated), (first.ack, true));
    assert_eq!(world.head(bob).await, head, "nothing new in the streams");

    let mut same_key_of_another = world.message(bob, id, "mine");
    same_key_of_another.client_msg_id = message.client_msg_id;
    let other = world.store.post(same_key_of_another).await.expect("keys are per sender");
    assert_eq!((other.ack.conv_seq, other.repeated), (2, false));
}

pub(crate) async fn a_key_with_another_payload_is_a_conflict_for_ever(mut world: World) {
    let (ada, bob, id) = world.pair().await;
    let notes = world.direct(ada, ada).await;
    world.say(bob, id, "zero").await;
    let mut message = world.message(ada, id, "one");
    message.reply_to = Some(1);
    world.store.post(message.clone()).await.expect("posts");
    for stage in ["as posted", "edited", "deleted", "restarted"] {
        match stage {
            "edited" => drop(world.store.edit(ada, id, 2, "two".to_owned(), world.now()).await),
            "deleted" => drop(world.store.delete(ada, id, 2, world.now()).await),
            "restarted" => world.restart().await,
            _ => {}
        }
        for body in ["two", "", "One"] {
            let mut other = message.clone();
            other.body = body.to_owned();
            let refused = world.store.post(other).await;
            assert!(matches!(refused, Err(StoreError::IdempotencyConflict)), "{stage}: {body}");
        }
        let mut elsewhere = message.clone();
        elsewhere.place = Place::Conversation(notes);
        elsewhere.reply_to = None;
        let refused = world.store.post(elsewhere).await;
        assert!(matches!(refused, Err(StoreError::IdempotencyConflict)), "{stage}: elsewhere");
        let mut no_reply = message.clone();
        no_reply.reply_to = None;
        let refused = world.store.post(no_reply).await;
        assert!(matches!(refused, Err(StoreError::IdempotencyConflict)), "{stage}: no reply");
        assert!(world.store.post(message.clone()).await.expect("repeats").repeated, "{stage}");
    }
}

pub(crate) async fn calls_in_order_are_stored_in_order(world: World) {
    let (ada, _, id) = world.pair().await;
    let calls: Vec<_> =
        (0..50).map(|n| world.store.post(world.message(ada, id, &format!("number {n}")))).collect();
    // Awaited in reverse: the place in the queue was taken when `post` was called.
    for (n, call) in calls.into_iter().enumerate().rev() {
        assert_eq!(call.await.expect("posts").ack.conv_seq, n as u64 + 1);
    }
}

pub(crate) async fn sixteen_writers_leave_no_gap(world: World) {
    const WRITERS: usize = 16;
    const EACH: usize = 25;
    let (ada, bob, id) = world.pair().await;
    let world = Arc::new(world);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let world = Arc::clone(&world);
            let sender = if writer % 2 == 0 { ada } else { bob };
            tokio::spawn(async move {
                for n in 0..EACH {
                    world.say(sender, id, &format!("{n} of {writer}")).await;
                    let mut refused = world.message(sender, id, "to nothing");
                    refused.reply_to = Some(u64::MAX);
                    let refused = world.store.post(refused).await;
                    assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("no panic");
    }
    let total = (WRITERS * EACH) as u64;
    let range = HistoryRange::After(0);
    let page = world.store.history(ada, id, range, usize::MAX, usize::MAX).await.expect("reads");
    let numbers: Vec<_> = page.messages.iter().map(|it| it.conv_seq).collect();
    assert_eq!(numbers, (1..=total).collect::<Vec<_>>());
    let ids: BTreeSet<_> = page.messages.iter().map(|it| it.msg_id).collect();
    assert_eq!(ids.len() as u64, total);
    for user in [ada, bob] {
        let live: Vec<_> = world.told_to(user).into_iter().map(|(seq, _)| seq).collect();
        let stored: Vec<_> = world.stream(user).await.into_iter().map(|(seq, _)| seq).collect();
        let head = world.head(user).await;
        assert!(head > total, "the conversation, the messages, and receipts");
        let dense: Vec<_> = (1..=head).collect();
        assert_eq!(live, dense, "told in order");
        assert_eq!(stored, dense);
    }
}

pub(crate) async fn only_the_author_edits_and_deletes(world: World) {
    let (ada, bob, id) = world.pair().await;
    world.say(ada, id, "frist").await;
    let foreign = world.store.edit(bob, id, 1, "x".to_owned(), world.now()).await;
    assert!(matches!(foreign, Err(StoreError::Forbidden)), "{foreign:?}");
    let foreign = world.store.delete(bob, id, 1, world.now()).await;
    assert!(matches!(foreign, Err(StoreError::Forbidden)), "{foreign:?}");
    for nothing in [0, 2, u64::MAX] {
        let missing = world.store.edit(ada, id, nothing, "x".to_owned(), world.now()).await;
        assert!(matches!(missing, Err(StoreError::NotFound)), "{nothing}: {missing:?}");
        let missing = world.store.delete(ada, id, nothing, world.now()).await;
        assert!(matches!(missing, Err(StoreError::NotFound)), "{nothing}: {missing:?}");
    }
    let edited_at = world.now();
    let edited = world.store.edit(ada, id, 1, "first".to_owned(), edited_at).await.expect("edits");
    assert_eq!((edited.body.as_str(), edited.rev), ("first", 1));
    assert_eq!(edited.edited_at, Some(edited_at));
    let head = world.head(bob).await;
    let same = world.store.edit(ada, id, 1, "first".to_owned(), world.now()).await.expect("same");
    assert_eq!(same, edited);
    assert_eq!(world.head(bob).await, head, "no news");

    let deleted_at = world.now();
    let tombstone = world.store.delete(ada, id, 1, deleted_at).await.expect("deletes");
    assert_eq!((tombstone.body.as_str(), tombstone.rev), ("", 2));
    assert_eq!((tombstone.deleted_at, tombstone.conv_seq), (Some(deleted_at), 1));
    let twice = world.store.delete(ada, id, 1, world.now()).await.expect("twice is once");
    assert_eq!(twice, tombstone);
    let dead = world.store.edit(ada, id, 1, "alive".to_owned(), world.now()).await;
    assert!(matches!(dead, Err(StoreError::MessageDeleted)), "{dead:?}");
    let told: Vec<_> = world.told_to(bob).into_iter().map(|(_, event)| event).collect();
    assert_eq!(
        told[2..],
        [Event::MessageEdited { message: edited }, Event::MessageDeleted { message: tombstone }]
    );
}

pub(crate) async fn an_answer_needs_its_message(world: World) {
    let (ada, bob, id) = world.pair().await;
    for nothing in [0, 1, 2, u64::MAX] {
        let mut message = world.message(ada, id, "what?");
        message.reply_to = Some(nothing);
        let refused = world.store.post(message).await;
        assert!(matches!(refused, Err(StoreError::NotFound)), "{nothing}: {refused:?}");
    }
    assert_eq!(world.say(ada, id, "a question").await.conv_seq, 1, "no number was lost");
    let mut answer = world.message(bob, id, "an answer");
    answer.reply_to = Some(1);
    answer.client_msg_id = ClientMsgId::new();
    world.store.post(answer).await.expect("posts");
    let view = world.store.conversation(ada, id).await.expect("reads");
    assert_eq!(view.last_message.and_then(|it| it.reply_to), Some(1));
}

pub(crate) async fn a_message_to_a_person_opens_their_conversation_once(world: World) {
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let notes = world.direct(ada, ada).await;
    let noted = world.message(ada, notes, "for myself");
    world.store.post(noted.clone()).await.expect("posts");
    let to =
        |peer| NewMessage { place: Place::DirectWith(peer), ..world.message(ada, notes, "hi") };

    // What is refused opens nothing.
    let refused = world.store.post(to(UserId::new())).await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "no such person");
    let refused = world.store.post(NewMessage { reply_to: Some(1), ..to(bob) }).await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "nothing to answer yet");
    let taken = NewMessage { client_msg_id: noted.client_msg_id, ..to(bob) };
    let refused = world.store.post(taken).await;
    assert!(matches!(refused, Err(StoreError::IdempotencyConflict)), "the key of another message");
    assert_eq!(world.head(bob).await, 0);

    let first = to(bob);
    let posted = world.store.post(first.clone()).await.expect("posts");
    assert_eq!((posted.repeated, posted.ack.conv_seq), (false, 1));
    assert!(matches!(
        &world.news(bob, 0).await[..],
        [Event::ConversationAdded { .. }, Event::MessagePosted { .. }]
    ));
    let again = world.store.post(first).await.expect("repeats");
    assert_eq!((again.repeated, &again.ack), (true, &posted.ack));
    let answer = NewMessage { reply_to: Some(1), ..to(bob) };
    assert_eq!(world.store.post(answer).await.expect("posts").ack.conv_seq, 2);
    assert_eq!(world.direct(bob, ada).await, posted.ack.conversation, "the one that they have");
    let to_myself = world.store.post(to(ada)).await.expect("posts");
    assert_eq!(to_myself.ack.conversation, notes);
}
