//! User streams: live, later, and after a disaster.

use chatter_protocol::frame::ResetReason;
use chatter_protocol::limits::RESUME_EVENTS_MAX;
use chatter_protocol::{Event, Position};
use chatter_server::store::{ProfileChange, Resume};

use crate::world::World;

pub(crate) async fn what_is_read_later_equals_what_was_told_live(mut world: World) {
    let (ada, bob, id) = world.pair().await;
    let eve = world.person("eve").await;
    let members = vec![bob, eve];
    let room =
        world.store.open_room(ada, "room".to_owned(), members, world.now()).await.expect("a room");
    for n in 0..10 {
        world.say(ada, id, &format!("number {n}")).await;
        world.say(eve, room, &format!("number {n}")).await;
    }
    world.restart().await;
    // Each thing changes at most once, so its newest form is the one that was told.
    world.store.mark_read(bob, room, 10).await.expect("reads");
    world.store.mark_read(bob, id, 10).await.expect("reads");
    world.store.mark_delivered(ada, 5).await.expect("confirms");
    let change =
        ProfileChange { status_message: Some("away".parse().ok()), ..ProfileChange::default() };
    world.store.update_profile(eve, change).await.expect("changes");
    for user in [ada, bob, eve] {
        let stored = world.stream(user).await;
        assert_eq!(stored, world.told_to(user));
        assert_eq!(stored.len() as u64, world.head(user).await);
    }
}

pub(crate) async fn events_carry_the_newest_form(world: World) {
    let (ada, bob, id) = world.pair().await;
    world.say(ada, id, "one").await;
    world.say(ada, id, "two").await;
    world.store.mark_read(bob, id, 1).await.expect("reads");
    world.store.mark_read(bob, id, 2).await.expect("reads");
    world.store.edit(ada, id, 1, "uno".to_owned(), world.now()).await.expect("edits");
    world.store.delete(ada, id, 2, world.now()).await.expect("deletes");
    let events = world.news(bob, 0).await;
    let kinds: Vec<_> = events
        .iter()
        .map(|event| match event {
            Event::ConversationAdded { .. } => "added".to_owned(),
            Event::MessagePosted { message } => format!("posted {:?}", message.body),
            Event::MessageEdited { message } => format!("edited {:?}", message.body),
            Event::MessageDeleted { message } => format!("deleted {:?}", message.body),
            Event::ReceiptMoved { receipt } => format!("read {}", receipt.read_seq),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "added",
            "posted \"uno\"",
            "posted \"\"",
            "read 2",
            "read 2",
            "edited \"uno\"",
            "deleted \"\""
        ]
    );
    let two = world.store.events_after(bob, 2, 2, usize::MAX).await.expect("reads");
    assert_eq!(two.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [3, 4]);
    assert!(
        world.store.events_after(bob, u64::MAX, 2, usize::MAX).await.expect("reads").is_empty()
    );
}

pub(crate) async fn a_page_of_events_ends_early_when_it_has_enough_bytes(world: World) {
    let (ada, bob, id) = world.pair().await;
    for _ in 0..4 {
        world.say(ada, id, &"x".repeat(100)).await;
    }
    for (bytes_max, expected) in
        [(0, &[1][..]), (199, &[1, 2]), (200, &[1, 2, 3]), (300, &[1, 2, 3, 4])]
    {
        let page = world.store.events_after(bob, 0, 4, bytes_max).await.expect("reads");
        let seqs: Vec<_> = page.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(seqs, expected, "{bytes_max}");
    }
    let one = world.store.events_after(bob, 1, 4, 0).await.expect("reads");
    assert_eq!(one.len(), 1, "never empty for that reason");
}

pub(crate) async fn a_stream_is_resumed_from_any_position(mut world: World) {
    let (ada, _, id) = world.pair().await;
    let nothing_known = world.store.resume(ada, None).await.expect("answers");
    assert_eq!(nothing_known, Resume::After(0));
    for n in 0..5 {
        world.say(ada, id, &format!("number {n}")).await;
    }
    let first_epoch = world.store.epoch().to_owned();
    world.restart().await;
    let second_epoch = world.store.epoch().to_owned();
    assert_ne!(first_epoch, second_epoch);
    world.say(ada, id, "in another epoch").await;
    let head = world.head(ada).await;
    assert_eq!(head, 7);
    for (epoch, seq, expected) in [
        (first_epoch.as_str(), 1, Resume::After(1)),
        (&first_epoch, 6, Resume::After(6)),
        (&first_epoch, 7, Resume::Reset(ResetReason::OtherEpoch)),
        (&second_epoch, 3, Resume::After(3)),
        (&second_epoch, 7, Resume::After(7)),
        (&second_epoch, 8, Resume::Reset(ResetReason::AheadOfHead)),
        (&second_epoch, u64::MAX, Resume::Reset(ResetReason::AheadOfHead)),
        ("0000000g", 1, Resume::Reset(ResetReason::OtherEpoch)),
        ("", u64::MAX, Resume::Reset(ResetReason::OtherEpoch)),
        ("of no matter", 0, Resume::After(0)),
    ] {
        let position = Some(Position::user(epoch, seq));
        let answer = world.store.resume(ada, position.clone()).await.expect("answers");
        assert_eq!(answer, expected, "{position:?}");
    }
}

pub(crate) async fn too_far_behind_is_reset(world: World) {
    let (ada, _, id) = world.pair().await;
    let posts: Vec<_> =
        (1..RESUME_EVENTS_MAX).map(|_| world.store.post(world.message(ada, id, "x"))).collect();
    for post in posts {
        post.await.expect("posts");
    }
    assert_eq!(world.head(ada).await, RESUME_EVENTS_MAX);
    let too_far = Resume::Reset(ResetReason::TooFarBehind);
    let at = |seq| Some(Position::user(world.store.epoch(), seq));
    assert_eq!(world.store.resume(ada, None).await.expect("answers"), Resume::After(0));
    world.say(ada, id, "one too many").await;
    assert_eq!(world.store.resume(ada, None).await.expect("answers"), too_far);
    assert_eq!(world.store.resume(ada, at(0)).await.expect("answers"), too_far);
    assert_eq!(world.store.resume(ada, at(1)).await.expect("answers"), Resume::After(1));
    world.say(ada, id, "and another").await;
    assert_eq!(world.store.resume(ada, at(1)).await.expect("answers"), too_far);
}

pub(crate) async fn a_restored_backup_resets_those_who_saw_more(mut world: World) {
    let (ada, bob, id) = world.pair().await;
    world.say(ada, id, "kept").await;
    let epoch = world.store.epoch().to_owned();
    let saw_what_is_kept = Some(Position::user(epoch.as_str(), world.head(bob).await));
    world.save_copy();
    let lost = world.message(ada, id, "lost");
    let lost_ack = world.store.post(lost.clone()).await.expect("posts").ack;
    world.say(bob, id, "lost, too").await;
    let saw_more = Some(Position::user(epoch, world.head(bob).await));
    world.restart().await;
    let saw_another_run = Some(Position::user(world.store.epoch(), 2));

    world.restore_copy().await;
    let (store, reset) = (&world.store, Resume::Reset);
    let answer = store.resume(bob, saw_what_is_kept.clone()).await.expect("answers");
    assert_eq!(answer, Resume::After(2));
    let answer = store.resume(bob, saw_more.clone()).await.expect("answers");
    assert_eq!(answer, reset(ResetReason::AheadOfHead));
    let answer = store.resume(bob, saw_another_run).await.expect("answers");
    assert_eq!(answer, reset(ResetReason::OtherEpoch), "the copy never knew that run");

    let again = store.post(lost).await.expect("the outbox sends it again");
    assert_eq!((again.repeated, again.ack.conv_seq), (false, lost_ack.conv_seq));
    for n in 0..5 {
        let ack = world.say(ada, id, &format!("another history {n}")).await;
        assert_ne!(ack.msg_id, lost_ack.msg_id);
    }
    let answer = store.resume(bob, saw_more).await.expect("answers");
    assert_eq!(answer, reset(ResetReason::OtherEpoch), "the number was given to another event");
    let answer = store.resume(bob, saw_what_is_kept).await.expect("answers");
    assert_eq!(answer, Resume::After(2), "saw nothing that was lost");
}
