//! A database of an earlier version goes on, and what is there is found.

use chatter_protocol::frame::ResetReason;
use refinery::Target;

use super::super::open::{embedded, prepare};
use super::*;

/// Ada and Bob, their direct chat with one message, and a room with a newer one, as version 6 had them.
const ROWS: &str = "
    INSERT INTO epochs VALUES (1, 'before', 0);
    INSERT INTO users (key, id, username, email, email_folded, password_hash, display_name,
            display_name_folded, created_at, rev)
        VALUES (1, unhex('01890000000070008000000000000001'), 'ada', 'a@x', 'a@x', '', 'ada', 'ada', 1, 0),
               (2, unhex('01890000000070008000000000000002'), 'bob', 'b@x', 'b@x', '', 'bob', 'bob', 1, 0);
    INSERT INTO streams VALUES (1, 0), (2, 3);
    INSERT INTO conversations (key, id, kind, name, low, high, member_count, created_at, rev)
        VALUES (1, unhex('01890000000070008000000000000003'), 0, NULL, 1, 2, 2, 10, 0),
               (2, unhex('01890000000070008000000000000004'), 1, 'room', NULL, NULL, 2, 11, 0);
    INSERT INTO members (conversation, user, read_seq, shown_seq, delivered_seq, active_at)
        VALUES (1, 1, 1, 1, 1, 20), (1, 2, 0, 0, 0, 20), (2, 1, 1, 1, 1, 30), (2, 2, 0, 0, 0, 30);
    INSERT INTO messages (conversation, seq, sender, client_msg_id, created_at, body, rev)
        VALUES (1, 1, 1, unhex('01890000000070008000000000000005'), 20, 'in the chat', 0),
               (2, 1, 1, unhex('01890000000070008000000000000006'), 30, 'in the room', 0);
    INSERT INTO events VALUES (2, 1, 1, 4, 1, 0), (2, 2, 1, 0, 1, 1), (2, 3, 1, 0, 2, 1);";

#[tokio::test]
async fn after_version_6_devices_fetch_anew_and_everything_is_there() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let mut before = prepare(dir.path(), Durability::default()).expect("a new database");
    let runner = embedded::migrations::runner().set_target(Target::Version(6));
    runner.run(&mut before.connection).expect("makes version 6");
    before.connection.execute_batch(ROWS).expect("fills it");
    drop(before);

    let store = SqliteStore::open(dir.path(), Arc::new(|_| {})).expect("opens");
    let user = |name: &str| store.user(UserRef::Username(name.parse().expect("a name")));
    let (ada, bob) = (user("ada").await.expect("ada"), user("bob").await.expect("bob"));
    let (ada, bob) = (ada.user.id, bob.user.id);
    let list = store.conversations(bob, None, 10).await.expect("reads");
    let bodies: Vec<_> = list
        .iter()
        .map(|view| view.last_message.as_ref().expect("a message").body.as_str())
        .collect();
    assert_eq!(bodies, ["in the room", "in the chat"]);

    let old = Position::user("before", 3);
    let resume = store.resume(bob, Some(old.clone())).await.expect("answers");
    assert_eq!(resume, Resume::Reset(ResetReason::AheadOfHead));
    let chat = list[1].conversation.id;
    for n in 2..=6 {
        assert_eq!(
            store.post(message(ada, chat, "afterwards")).await.expect("posts").ack.conv_seq,
            n
        );
    }
    let resume = store.resume(bob, Some(old)).await.expect("answers");
    assert_eq!(resume, Resume::Reset(ResetReason::OtherEpoch), "a number is never mistaken");
    store.mark_delivered(bob, 5).await.expect("notes");
    let view = store.conversation(ada, chat).await.expect("reads");
    assert_eq!(view.peer_delivered_seq, 6, "what is confirmed counts from the new beginning");
}
