//! Read and delivered positions.

use chatter_protocol::rest::PrivacyChange;
use chatter_protocol::{ConversationId, Event, Receipt, UserId};
use chatter_server::store::{HistoryRange, NewMessage, ProfileChange};

use crate::world::World;

fn moved(user: UserId, conversation: ConversationId, read_seq: u64, delivered_seq: u64) -> Event {
    Event::ReceiptMoved { receipt: Receipt { conversation, user, read_seq, delivered_seq } }
}

pub(crate) async fn a_read_position_only_moves_forward(mut world: World) {
    let (ada, bob, id) = world.pair().await;
    for n in 0..5 {
        world.say(ada, id, &format!("number {n}")).await;
    }
    for (conv_seq, read_seq) in [(2, 2), (1, 2), (0, 2), (3, 3), (u64::MAX, 5), (4, 5)] {
        let answer = world.store.mark_read(bob, id, conv_seq).await.expect("reads");
        assert_eq!((answer.read_seq, answer.unread_count), (read_seq, 5 - read_seq));
    }
    let head = world.head(bob).await;
    world.restart().await;
    let answer = world.store.mark_read(bob, id, 1).await.expect("reads");
    assert_eq!((answer.read_seq, answer.unread_count), (5, 0));
    assert_eq!(world.head(bob).await, head, "nothing moved, no news");
}

pub(crate) async fn reading_is_told_to_own_devices_and_the_peer(world: World) {
    let (ada, bob, id) = world.pair().await;
    world.say(ada, id, "hello").await;
    world.store.mark_read(bob, id, 1).await.expect("reads");
    let told = world.told().pop().expect("told");
    assert_eq!(told.event, moved(bob, id, 1, 1));
    let mut recipients = told.recipients;
    recipients.sort();
    assert_eq!(recipients, [(ada, 3), (bob, 3)]);
    let view = world.store.conversation(ada, id).await.expect("reads");
    assert_eq!((view.peer_read_seq, view.peer_delivered_seq), (1, 1), "read implies delivered");
}

pub(crate) async fn unread_equals_a_recount(world: World) {
    let (ada, bob, id) = world.pair().await;
    for n in 1..=20_u64 {
        world.say(if n % 7 == 0 { bob } else { ada }, id, "text").await;
        match n {
            5 => drop(world.store.mark_read(bob, id, 3).await.expect("reads")),
            9 => drop(world.store.delete(ada, id, 9, world.now()).await.expect("deletes")),
            12 => drop(world.store.edit(ada, id, 12, "x".to_owned(), world.now()).await),
            16 => drop(world.store.delete(ada, id, 16, world.now()).await.expect("deletes")),
            18 => drop(world.store.mark_read(bob, id, 17).await.expect("reads")),
            _ => {}
        }
        for me in [ada, bob] {
            let view = world.store.conversation(me, id).await.expect("reads");
            let range = HistoryRange::After(view.read_seq);
            let rest = world.store.history(me, id, range, 100, usize::MAX).await.expect("reads");
            let unread =
                rest.messages.iter().filter(|it| it.sender != me && it.deleted_at.is_none());
            assert_eq!(view.unread_count, unread.count() as u64, "after {n}");
        }
    }
}

pub(crate) async fn delivery_is_told_to_the_peer_once(world: World) {
    let (ada, bob, id) = world.pair().await;
    let eve = world.person("eve").await;
    let with_eve = world.direct(eve, bob).await;
    for n in 0..3 {
        world.say(ada, id, &format!("number {n}")).await;
        world.say(eve, with_eve, &format!("number {n}")).await;
    }
    let before = world.told().len();
    let bob_head = world.head(bob).await;
    // bob's stream: 1 added, 2 added, then ada's and eve's messages in turn from 3 on.
    world.store.mark_delivered(bob, 5).await.expect("confirms");
    let told = world.told().split_off(before);
    let events: Vec<_> = told.iter().map(|it| it.event.clone()).collect();
    assert_eq!(events, [moved(bob, id, 0, 2), moved(bob, with_eve, 0, 1)]);
    assert_eq!(told[0].recipients, [(ada, 5)]);
    assert_eq!(told[1].recipients, [(eve, 5)]);

    for seq in [5, 3, 0] {
        world.store.mark_delivered(bob, seq).await.expect("confirms again");
    }
    assert_eq!(world.told().len(), before + 2, "nothing moved, no news");
    world.store.mark_delivered(bob, u64::MAX).await.expect("no further than the head");
    assert_eq!(world.told().len(), before + 4);
    assert_eq!(world.head(bob).await, bob_head, "own devices need not know");
    let view = world.store.conversation(ada, id).await.expect("reads");
    assert_eq!((view.peer_read_seq, view.peer_delivered_seq), (0, 3));

    let ada_head = world.head(ada).await;
    world.store.mark_delivered(ada, ada_head).await.expect("confirms");
    assert_eq!(world.told().len(), before + 4, "one's own messages are not delivered to oneself");
    world.say(ada, id, "one more").await;
    world.store.mark_delivered(bob, world.head(bob).await).await.expect("confirms");
    assert_eq!(world.told().pop().map(|it| it.event), Some(moved(bob, id, 0, 4)));
}

pub(crate) async fn posting_reads_everything_before(world: World) {
    let (ada, bob, id) = world.pair().await;
    world.say(ada, id, "one").await;
    world.say(ada, id, "two").await;
    world.say(bob, id, "an answer").await;
    let view = world.store.conversation(bob, id).await.expect("reads");
    assert_eq!((view.read_seq, view.unread_count), (3, 0));
    let view = world.store.conversation(ada, id).await.expect("reads");
    assert_eq!((view.peer_read_seq, view.peer_delivered_seq), (3, 3));
    let told = world.told_to(ada).pop().map(|(_, event)| event);
    assert_eq!(told, Some(moved(bob, id, 3, 3)));
    assert_eq!(world.head(bob).await, 4, "to own devices the message itself says it");

    world.store.mark_read(ada, id, 3).await.expect("reads");
    let heads = [world.head(ada).await, world.head(bob).await];
    world.say(ada, id, "and read before").await;
    let after = [world.head(ada).await, world.head(bob).await];
    assert_eq!(after, heads.map(|head| head + 1), "nothing new was read, no receipt");
}

pub(crate) async fn a_program_that_posts_has_read_nothing(world: World) {
    let (ada, bob, id) = world.pair().await;
    world.say(ada, id, "one").await;
    let message = NewMessage { unattended: true, ..world.message(bob, id, "the build is green") };
    let before = world.head(ada).await;
    let posted = world.store.post(message.clone()).await.expect("posts");
    assert!(world.store.post(message).await.expect("posts").repeated);
    assert_eq!(world.head(ada).await, before + 1, "the message, and no receipt");
    let view = world.store.conversation(bob, id).await.expect("reads");
    assert_eq!((view.read_seq, view.unread_count, view.head_seq), (0, 1, 2));
    assert!(view.last_message.is_some_and(|it| it.unattended && it.msg_id == posted.ack.msg_id));
    let view = world.store.conversation(ada, id).await.expect("reads");
    assert_eq!((view.peer_read_seq, view.peer_delivered_seq, view.unread_count), (0, 0, 1));
}

/// Sets the switch of one person.
async fn share(world: &World, user: UserId, receipts: bool) {
    let privacy = PrivacyChange { receipts: Some(receipts), ..PrivacyChange::default() };
    let change = ProfileChange { privacy, ..ProfileChange::default() };
    world.store.update_profile(user, change).await.expect("switches");
}

/// How far `user`'s peer is, as `user` is told.
async fn peer_marks(world: &World, user: UserId, id: ConversationId) -> (u64, u64) {
    let view = world.store.conversation(user, id).await.expect("reads");
    (view.peer_read_seq, view.peer_delivered_seq)
}

pub(crate) async fn what_is_not_shared_stays_at_delivered(mut world: World) {
    let (ada, bob, id) = world.pair().await;
    for n in 1..=3 {
        world.say(ada, id, &format!("number {n}")).await;
    }
    world.store.mark_read(bob, id, 1).await.expect("reads");
    assert_eq!(peer_marks(&world, ada, id).await, (1, 1));
    // Either of the two is enough.
    for (who, silent) in [("the reader", bob), ("who is read", ada)] {
        share(&world, silent, false).await;
        let head = world.head(ada).await;
        let mine = world.head(bob).await;
        let newest = world.say(ada, id, "one more").await.conv_seq;
        world.store.mark_delivered(bob, world.head(bob).await).await.expect("confirms");
        let answer = world.store.mark_read(bob, id, newest).await.expect("reads");
        assert_eq!((answer.read_seq, answer.unread_count), (newest, 0), "I know it myself");
        let own = world.news(bob, mine).await;
        assert_eq!(own.last(), Some(&moved(bob, id, newest, newest)), "so do my devices");
        let reply = world.say(bob, id, "a reply").await.conv_seq;
        let (shown, delivered) = peer_marks(&world, ada, id).await;
        assert!(shown < newest && delivered == reply, "{who}: {shown}, {delivered}");
        for (seq, event) in
            world.store.events_after(ada, head, 100, usize::MAX).await.expect("reads")
        {
            if let Event::ReceiptMoved { receipt } = event {
                assert!(receipt.read_seq <= 1, "{who}, event {seq}: {receipt:?}");
            }
        }
        let live = world.told_to(ada).into_iter().filter(|(seq, _)| *seq > head);
        for (_, event) in live {
            if let Event::ReceiptMoved { receipt } = event {
                assert!(receipt.read_seq <= 1 && receipt.user == bob, "{who}, live: {receipt:?}");
            }
        }
        world.restart().await;
        assert_eq!(peer_marks(&world, ada, id).await, (shown, delivered));
        // Turned on again, nothing is told by that alone.
        share(&world, silent, true).await;
        assert_eq!(peer_marks(&world, ada, id).await, (shown, delivered));
        share(&world, silent, false).await;
        share(&world, silent, true).await;
    }
    // The next message that is read shows all before it as read.
    let newest = world.say(ada, id, "and now").await.conv_seq;
    world.store.mark_read(bob, id, newest).await.expect("reads");
    assert_eq!(peer_marks(&world, ada, id).await, (newest, newest));
    let told = world.told_to(ada).pop().map(|(_, event)| event);
    assert_eq!(told, Some(moved(bob, id, newest, newest)));
}

pub(crate) async fn a_reading_that_is_not_shared_still_tells_the_delivery(world: World) {
    let (ada, bob, id) = world.pair().await;
    share(&world, bob, false).await;
    world.say(ada, id, "hello").await;
    let before = [world.head(ada).await, world.head(bob).await];
    world.store.mark_read(bob, id, 1).await.expect("reads without a confirmation before");
    assert_eq!(world.news(ada, before[0]).await, [moved(bob, id, 0, 1)]);
    assert_eq!(world.news(bob, before[1]).await, [moved(bob, id, 1, 1)]);

    // Of notes and rooms nothing is shown to anybody else, so nothing is withheld.
    let notes = world.direct(bob, bob).await;
    world.say(bob, notes, "remember").await;
    assert_eq!(peer_marks(&world, bob, notes).await, (1, 1));
}
