//! Opening conversations and listing them.

use chatter_protocol::rest::MuteAnswer;
use chatter_protocol::{ConversationKind, Event, Presence, UserId};
use chatter_server::store::{ListCursor, StoreError};

use crate::world::World;

pub(crate) async fn a_direct_conversation_is_opened_once(world: World) {
    let (ada, bob, id) = world.pair().await;
    assert_eq!(world.direct(ada, bob).await, id);
    assert_eq!(world.direct(bob, ada).await, id);
    let told = world.told();
    assert_eq!(told.len(), 1, "{told:?}");
    let Event::ConversationAdded { conversation, users } = &told[0].event else {
        panic!("{told:?}")
    };
    assert_eq!((conversation.id, conversation.kind), (id, ConversationKind::Direct));
    assert_eq!(conversation.members.len(), 2);
    assert!(users.iter().any(|it| it.id == ada) && users.iter().any(|it| it.id == bob));
    assert_eq!((world.head(ada).await, world.head(bob).await), (1, 1));

    assert_eq!(world.store.direct(bob, ada).await.expect("reads"), id);
    let none = world.store.direct(ada, ada).await;
    assert!(matches!(none, Err(StoreError::NotFound)), "{none:?}");
    let nobody = world.store.open_direct(ada, UserId::new(), world.now()).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)), "{nobody:?}");
    assert_eq!(world.head(ada).await, 1);
    let mut members = world.store.members(ada, id).await.expect("reads").to_vec();
    members.sort();
    assert_eq!(members, [ada, bob]);
}

pub(crate) async fn notes_to_oneself_have_one_member(world: World) {
    let me = world.person("ada").await;
    let notes = world.direct(me, me).await;
    assert_eq!(world.direct(me, me).await, notes);
    let first = world.say(me, notes, "remember the milk").await;
    assert_eq!(first.conv_seq, 1);
    let view = world.store.conversation(me, notes).await.expect("reads");
    assert_eq!(view.conversation.members, [me]);
    assert_eq!(view.conversation.member_count, 1);
    assert_eq!(view.peer.map(|it| it.user.id), Some(me));
    assert_eq!((view.unread_count, view.read_seq, view.peer_read_seq), (0, 1, 1));
    let head = world.head(me).await;
    assert_eq!(head, 2, "added, posted");
    world.store.mark_delivered(me, head).await.expect("nothing to deliver");
    world.store.mark_read(me, notes, 1).await.expect("read already");
    assert_eq!(world.head(me).await, head);
}

pub(crate) async fn the_list_is_in_order_of_activity_and_pages(world: World) {
    let me = world.person("ada").await;
    let mut conversations = Vec::new();
    for n in 0..9 {
        let peer = world.person(&format!("peer{n}")).await;
        conversations.push(match n % 2 {
            0 => world.direct(me, peer).await,
            _ => world
                .store
                .open_room(me, format!("room{n}"), vec![peer], world.now())
                .await
                .expect("opens"),
        });
    }
    for index in [4, 0, 7, 4] {
        world.say(me, conversations[index], "hello").await;
    }
    let expected: Vec<_> = [4, 7, 0, 8, 6, 5, 3, 2, 1].map(|index| conversations[index]).into();
    for rows_max in 1..=10 {
        let mut walked = Vec::new();
        let mut after = None;
        loop {
            let page = world.store.conversations(me, after, rows_max).await.expect("reads");
            assert!(page.len() <= rows_max);
            let Some(last) = page.last() else { break };
            let newest = last.last_message.as_ref().map(|it| it.created_at);
            after = Some(ListCursor {
                active_at: newest.unwrap_or(last.conversation.created_at),
                conversation: last.conversation.id,
            });
            walked.extend(page.into_iter().map(|it| it.conversation.id));
        }
        assert_eq!(walked, expected, "pages of {rows_max}");
    }
}

pub(crate) async fn a_list_row_says_what_a_look_inside_says(world: World) {
    let (ada, bob, id) = world.pair().await;
    world.store.set_last_seen(vec![bob], world.now()).await.expect("notes");
    world.say(ada, id, "one").await;
    world.say(bob, id, "two").await;
    let last = world.say(bob, id, "three").await;
    let list = world.store.conversations(ada, None, 10).await.expect("reads");
    let view = world.store.conversation(ada, id).await.expect("reads");
    assert_eq!(list, std::slice::from_ref(&view));
    assert_eq!((view.head_seq, view.unread_count, view.read_seq), (3, 2, 1));
    assert_eq!((view.peer_read_seq, view.peer_delivered_seq), (3, 3), "who posts has read");
    assert_eq!(view.last_message.map(|it| it.msg_id), Some(last.msg_id));
    let peer = view.peer.expect("a peer");
    assert_eq!(peer.user.id, bob);
    assert_eq!(peer.presence, Presence::hidden(bob), "who may see it is not the store's to say");
}

pub(crate) async fn a_mute_is_ones_own_and_told_once(mut world: World) {
    let (ada, bob, id) = world.pair().await;
    let view = world.store.conversation(ada, id).await.expect("reads");
    assert_eq!((view.muted, view.mute_rev), (false, 0));
    let heads = [world.head(ada).await, world.head(bob).await];
    for (muted, rev) in [(false, 0), (true, 1), (true, 1), (false, 2), (true, 3)] {
        let answer = world.store.set_muted(ada, id, muted).await.expect("mutes");
        assert_eq!(answer, MuteAnswer { muted, mute_rev: rev });
    }
    let now = Event::MuteChanged { conversation: id, muted: true, rev: 3 };
    assert_eq!(world.news(ada, heads[0]).await, vec![now; 3], "each in its newest form");
    let live = world.told_to(ada).split_off(heads[0] as usize);
    let told = [true, false, true].into_iter().zip(1..);
    let told = told.map(|(muted, rev)| Event::MuteChanged { conversation: id, muted, rev });
    assert_eq!(
        live.into_iter().map(|(_, event)| event).collect::<Vec<_>>(),
        told.collect::<Vec<_>>()
    );
    assert_eq!(world.head(bob).await, heads[1], "nobody else learns it");

    world.restart().await;
    let view = world.store.conversation(ada, id).await.expect("reads");
    assert_eq!((view.muted, view.mute_rev), (true, 3));
    let list = world.store.conversations(bob, None, 10).await.expect("reads");
    assert_eq!((list[0].muted, list[0].mute_rev), (false, 0));
}
