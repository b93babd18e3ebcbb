//! Blocked people: what of theirs is kept back from whom, and what is there again afterwards.

use chatter_protocol::limits::BLOCKED_MAX;
use chatter_protocol::rest::MessagesPage;
use chatter_protocol::{ConversationId, Event, Me, Message, UserId};
use chatter_server::store::{
    FileHash, HistoryRange, MediaUse, NewMedia, NewMessage, Place, ProfileChange, StoreError,
    StoredFile,
};

use crate::world::World;

async fn block(world: &World, me: UserId, user: UserId) -> Me {
    world.store.set_blocked(me, user, true).await.expect("blocks")
}

async fn unblock(world: &World, me: UserId, user: UserId) -> Me {
    world.store.set_blocked(me, user, false).await.expect("unblocks")
}

async fn history(world: &World, me: UserId, id: ConversationId) -> Vec<Message> {
    let range = HistoryRange::After(0);
    let page: MessagesPage =
        world.store.history(me, id, range, 100, usize::MAX).await.expect("reads");
    page.messages
}

/// All that a person can read, as text.
async fn everything(world: &World, me: UserId, chats: &[ConversationId]) -> String {
    let mut text = String::new();
    for id in chats {
        let view = world.store.conversation(me, *id).await.expect("reads");
        text += &serde_json::to_string(&view).expect("writes");
        text += &serde_json::to_string(&history(world, me, *id).await).expect("writes");
    }
    let list = world.store.conversations(me, None, 10).await.expect("lists");
    text += &serde_json::to_string(&list).expect("writes");
    for (_, event) in world.stream(me).await {
        text += &serde_json::to_string(&event).expect("writes");
    }
    text
}

pub(crate) async fn nothing_of_a_blocked_person_reaches_the_blocker(mut world: World) {
    let (ada, bob, direct) = world.pair().await;
    let eve = world.person("eve").await;
    let room = vec![bob, eve];
    let room = world.store.open_room(ada, "room".to_owned(), room, world.now()).await.expect("ok");
    let file = StoredFile { hash: FileHash([7; 32]), bytes: 9, content_type: "x/y".to_owned() };
    let upload = NewMedia {
        file,
        thumbnail: None,
        image: None,
        name: "secret.txt".parse().expect("a name"),
        alt: None,
        created_at: world.now(),
    };
    let quota = MediaUse { files: 9, bytes: 99 };
    let attached = world.store.add_media(bob, upload, quota).await.expect("uploads").media;
    world.say(ada, room, "hello").await;
    let attachments = vec![attached];
    let secret =
        NewMessage { attachments, reply_to: Some(1), ..world.message(bob, room, "secret one") };
    world.store.post(secret).await.expect("posts");
    world.say(bob, direct, "secret two").await;
    let status = Some("secret status".parse().ok());
    let change = ProfileChange { status_message: status, ..ProfileChange::default() };
    world.store.update_profile(bob, change).await.expect("changes");
    let chats = [direct, room];
    let before = everything(&world, ada, &chats).await;
    for secret in ["secret one", "secret two", "secret status", "secret.txt"] {
        assert!(before.contains(secret), "the control: {secret}");
    }
    let heads = [world.head(ada).await, world.head(bob).await];

    let me = block(&world, ada, bob).await;
    assert_eq!(me.blocked, [bob]);
    assert_eq!(block(&world, ada, bob).await, me, "twice is once");
    assert_eq!(world.news(ada, heads[0]).await, [Event::MeChanged { me }]);
    assert_eq!(world.head(bob).await, heads[1], "the blocked person is not told");

    world.say(bob, room, "secret three").await;
    world.say(bob, room, "secret four").await;
    world.store.edit(bob, room, 2, "secret one, edited".to_owned(), world.now()).await.expect("ok");
    world.store.delete(bob, room, 4, world.now()).await.expect("deletes");
    let change =
        ProfileChange { display_name: "secret name".parse().ok(), ..ProfileChange::default() };
    world.store.update_profile(bob, change).await.expect("changes");
    assert_eq!(world.head(ada).await, heads[0] + 1, "none of it is in the stream");
    world.say(eve, room, "public").await;
    world.restart().await;

    let after = everything(&world, ada, &chats).await;
    let after = after.replace("secret name", "");
    assert!(!after.contains("secret"), "{after}");
    let messages = history(&world, ada, room).await;
    let seen: Vec<_> = messages.iter().map(|it| (it.conv_seq, it.withheld)).collect();
    assert_eq!(seen, [(1, false), (2, true), (3, true), (4, true), (5, false)], "dense");
    let withheld = &messages[1];
    assert!(withheld.attachments.is_empty() && withheld.reply_to.is_none());
    assert!(messages[3].deleted_at.is_none(), "nor what became of it");
    let view = world.store.conversation(ada, room).await.expect("reads");
    assert_eq!((view.head_seq, view.unread_count), (5, 1));
    assert_eq!(world.store.conversation(ada, direct).await.expect("reads").unread_count, 0);
    assert_eq!(world.store.members(ada, room).await.expect("reads").len(), 2, "for typing");
    let bobs = everything(&world, bob, &chats).await;
    assert!(bobs.contains("secret three") && bobs.contains("public"));

    let head = world.head(ada).await;
    let me = unblock(&world, ada, bob).await;
    let news = world.news(ada, head).await;
    assert_eq!(news[0], Event::MeChanged { me: me.clone() });
    assert!(matches!(&news[1], Event::Unblocked { user } if user.id == bob && user.rev == 2));
    assert_eq!((me.blocked, news.len()), (vec![], 2));
    assert_eq!(history(&world, ada, room).await, history(&world, eve, room).await);
    assert_eq!(world.store.conversation(ada, room).await.expect("reads").unread_count, 3);
    let told: Vec<_> = world.told_to(ada);
    let told = serde_json::to_string(&told).expect("writes");
    assert!(!told.contains("secret three"), "not told late as if it were new");
}

pub(crate) async fn no_message_goes_between_two_of_whom_one_blocked_the_other(world: World) {
    let (ada, bob, direct) = world.pair().await;
    let eve = world.person("eve").await;
    let early = world.message(bob, direct, "before");
    let ack = world.store.post(early.clone()).await.expect("posts").ack;
    block(&world, ada, bob).await;
    block(&world, ada, eve).await;
    for (me, peer) in [(ada, bob), (bob, ada)] {
        let refused = world.store.post(world.message(me, direct, "now")).await;
        assert!(matches!(refused, Err(StoreError::Blocked)), "{refused:?}");
        let place = Place::DirectWith(peer);
        let refused =
            world.store.post(NewMessage { place, ..world.message(me, direct, "now") }).await;
        assert!(matches!(refused, Err(StoreError::Blocked)), "{refused:?}");
        assert_eq!(world.direct(me, peer).await, direct, "what is open stays open");
        assert_eq!(history(&world, me, direct).await.len(), 1, "and can be read");
    }
    let again = world.store.post(early).await.expect("a known key is answered");
    assert!(again.repeated && again.ack == ack);
    for (me, peer) in [(ada, eve), (eve, ada)] {
        let refused = world.store.open_direct(me, peer, world.now()).await;
        assert!(matches!(refused, Err(StoreError::Blocked)), "{refused:?}");
    }
    let room = world.store.open_room(bob, "come here".to_owned(), vec![eve, ada], world.now());
    assert!(matches!(room.await, Err(StoreError::Blocked)), "nobody is dragged into a room");
    let edited = world.store.edit(bob, direct, 1, "still mine".to_owned(), world.now()).await;
    assert_eq!(edited.expect("edits").body, "still mine");
    unblock(&world, ada, bob).await;
    assert_eq!(world.say(bob, direct, "and now").await.conv_seq, 2, "no number was lost");
    assert_eq!(history(&world, ada, direct).await[0].body, "still mine");
}

pub(crate) async fn receipts_between_the_two_stay_where_they_were(world: World) {
    let (ada, bob, direct) = world.pair().await;
    for n in 1..=4 {
        world.say(bob, direct, &format!("number {n}")).await;
    }
    let marks = async |me| {
        let view = world.store.conversation(me, direct).await.expect("reads");
        (view.peer_read_seq, view.peer_delivered_seq)
    };
    world.store.mark_read(ada, direct, 1).await.expect("reads");
    assert_eq!(marks(bob).await, (1, 1), "the control");
    for (me, user) in [(ada, bob), (bob, ada)] {
        block(&world, me, user).await;
        let head = world.head(bob).await;
        let read = 2 + u64::from(me == bob);
        world.store.mark_delivered(ada, world.head(ada).await).await.expect("confirms");
        let answer = world.store.mark_read(ada, direct, read).await.expect("reads");
        assert_eq!(answer.read_seq, read, "one knows it oneself");
        assert_eq!((marks(bob).await, world.head(bob).await), ((1, 1), head));
        unblock(&world, me, user).await;
        assert_eq!(marks(bob).await, (1, 1), "nothing is told by that alone");
    }
    world.store.mark_read(ada, direct, 4).await.expect("reads");
    assert_eq!(marks(bob).await, (4, 4));
}

pub(crate) async fn so_many_people_are_blocked_at_most(world: World) {
    let ada = world.person("ada").await;
    let mut last = ada;
    for n in 0..BLOCKED_MAX {
        last = world.person(&format!("user{n}")).await;
        block(&world, ada, last).await;
    }
    let more = world.person("one-more").await;
    let head = world.head(ada).await;
    let refused = world.store.set_blocked(ada, more, true).await;
    assert!(matches!(refused, Err(StoreError::TooManyBlocked)), "{refused:?}");
    assert_eq!(world.head(ada).await, head, "nothing of it happened");
    unblock(&world, ada, last).await;
    assert_eq!(block(&world, ada, more).await.blocked.len(), BLOCKED_MAX);
    let blocks = world.store.blocks(more).await.expect("reads");
    assert!(blocks.blocked_by.contains(&ada) && blocks.blocked.is_empty());
    let nobody = world.store.set_blocked(ada, UserId::new(), true).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)), "{nobody:?}");
}
