//! Rooms.

use chatter_protocol::{ConversationKind, Event, UserId};
use chatter_server::store::StoreError;

use crate::world::World;

pub(crate) async fn everybody_in_a_room_learns_everything_but_receipts(world: World) {
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let eve = world.person("eve").await;
    let members = vec![bob, eve, bob, ada];
    let name = "engine room".to_owned();
    let room =
        world.store.open_room(ada, name.clone(), members, world.now()).await.expect("a room");
    let view = world.store.conversation(bob, room).await.expect("reads");
    assert_eq!(view.conversation.kind, ConversationKind::Room);
    assert_eq!(view.conversation.name, Some(name.clone()));
    assert_eq!((view.conversation.member_count, view.conversation.members.len()), (3, 0));
    assert_eq!((view.peer, view.peer_read_seq, view.peer_delivered_seq), (None, 0, 0));

    let posted = world.say(ada, room, "all here?").await;
    for user in [ada, bob, eve] {
        let news = world.news(user, 0).await;
        assert!(matches!(&news[0], Event::ConversationAdded { users, .. } if users.is_empty()));
        assert!(
            matches!(&news[1], Event::MessagePosted { message } if message.msg_id == posted.msg_id)
        );
        assert_eq!(news.len(), 2);
    }
    let answer = world.store.mark_read(bob, room, 1).await.expect("reads");
    assert_eq!((answer.read_seq, answer.unread_count), (1, 0));
    world.store.mark_delivered(eve, 2).await.expect("confirms");
    assert_eq!([world.head(ada).await, world.head(bob).await, world.head(eve).await], [2, 3, 2]);

    let with_nobody = vec![bob, UserId::new()];
    let refused = world.store.open_room(ada, name, with_nobody, world.now()).await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    assert_eq!([world.head(ada).await, world.head(bob).await], [2, 3], "nothing of it happened");
}
