//! Signing up, profiles, passwords.

use chatter_protocol::rest::PrivacyChange;
use chatter_protocol::{Event, Privacy, StatusMessage};
use chatter_server::store::{Login, PasswordHash, ProfileChange, StoreError};

use crate::world::World;

pub(crate) async fn e_mail_and_username_are_unique(world: World) {
    let (me, session) = world.sign_up("ada").await;
    assert_eq!(me.email, "ada@example.org");
    assert_eq!((me.user.rev, me.user.status_message), (0, None));
    assert_eq!(session.device_name, "first");

    let mut same_email = world.account("ada");
    same_email.email = "ADA@Example.org".to_owned();
    let refused = world.store.create_account(same_email, world.device("x")).await;
    assert!(matches!(refused, Err(StoreError::EmailTaken)), "e-mail first: {refused:?}");

    let mut same_name = world.account("ada");
    same_name.email = "other@example.org".to_owned();
    let refused = world.store.create_account(same_name, world.device("x")).await;
    assert!(matches!(refused, Err(StoreError::UsernameTaken)), "{refused:?}");

    let mut same_local_part = world.account("ada2");
    same_local_part.email = "ada@elsewhere.example".to_owned();
    world.store.create_account(same_local_part, world.device("x")).await.expect("another address");
}

pub(crate) async fn signing_in_finds_the_hash_by_either_name(world: World) {
    let (me, _) = world.sign_up("ada").await;
    for login in [
        Login::Email("Ada@EXAMPLE.org".to_owned()),
        Login::Username("ada".parse().expect("a username")),
    ] {
        let found = world.store.credentials(login).await.expect("reads").expect("known");
        assert_eq!(found.user, me.user.id);
        assert_eq!(found.password_hash.0, "hash of ada");
        assert_eq!(found.known_addresses.len(), 1);
    }
    let unknown = Login::Username("bob".parse().expect("a username"));
    assert!(world.store.credentials(unknown).await.expect("reads").is_none());
}

pub(crate) async fn a_profile_change_is_told_to_acquaintances_once(world: World) {
    let (ada, bob, _) = world.pair().await;
    let stranger = world.person("eve").await;
    let room = vec![bob];
    world.store.open_room(ada, "two ways".to_owned(), room, world.now()).await.expect("a room");
    let before = world.told().len();
    let status: StatusMessage = "at the engine".parse().expect("a status");
    let change = ProfileChange {
        display_name: Some("Ada Lovelace".parse().expect("a name")),
        status_message: Some(Some(status.clone())),
        ..ProfileChange::default()
    };
    let me = world.store.update_profile(ada, change.clone()).await.expect("changes");
    assert_eq!((me.user.display_name.as_str(), me.user.rev), ("Ada Lovelace", 1));
    assert_eq!(me.user.status_message, Some(status));

    let again = world.store.update_profile(ada, change).await.expect("nothing to change");
    assert_eq!(again, me);
    let told = world.told().split_off(before);
    assert_eq!(told.len(), 1, "once, although they share two conversations: {told:?}");
    assert_eq!(told[0].event, Event::ProfileChanged { user: me.user.clone() });
    let learned: Vec<_> = told[0].recipients.iter().map(|(user, _)| *user).collect();
    assert!(learned.contains(&ada) && learned.contains(&bob) && !learned.contains(&stranger));

    let no_status = ProfileChange { status_message: Some(None), ..ProfileChange::default() };
    let me = world.store.update_profile(ada, no_status).await.expect("changes");
    assert_eq!((me.user.status_message, me.user.rev), (None, 2));
    assert_eq!(me.user.display_name.as_str(), "Ada Lovelace");
}

pub(crate) async fn what_is_shared_is_told_to_its_owner_alone(mut world: World) {
    let (ada, bob, _) = world.pair().await;
    assert_eq!(world.store.me(ada).await.expect("reads").privacy, Privacy::default());
    let heads = [world.head(ada).await, world.head(bob).await];
    let switch = |privacy| ProfileChange { privacy, ..ProfileChange::default() };
    let typing_off = PrivacyChange { typing: Some(false), ..PrivacyChange::default() };
    let me = world.store.update_profile(ada, switch(typing_off)).await.expect("changes");
    assert_eq!(me.privacy, Privacy { typing: false, ..Privacy::default() });
    assert_eq!(me.user.rev, 1, "of two versions the newer is known");
    let again = world.store.update_profile(ada, switch(typing_off)).await.expect("the same");
    assert_eq!(again, me);
    assert_eq!(world.news(ada, heads[0]).await, [Event::MeChanged { me: me.clone() }]);
    assert_eq!(world.head(bob).await, heads[1]);

    // Another device turns another switch, and what that one did not name stays.
    let presence_off = PrivacyChange { presence: Some(false), ..PrivacyChange::default() };
    let status = Some(Some("away".parse().expect("a status")));
    let both = ProfileChange { status_message: status, ..switch(presence_off) };
    let me = world.store.update_profile(ada, both).await.expect("changes");
    assert_eq!(me.privacy, Privacy { receipts: true, typing: false, presence: false });
    let news = world.news(bob, heads[1]).await;
    assert_eq!(news, [Event::ProfileChanged { user: me.user.clone() }]);
    world.restart().await;
    assert_eq!(world.store.me(ada).await.expect("reads"), me);
}

pub(crate) async fn a_new_password_ends_all_other_sessions(world: World) {
    let (me, first) = world.sign_up("ada").await;
    let second =
        world.store.create_session(me.user.id, world.device("second")).await.expect("signs in");
    let hash = PasswordHash("new hash".to_owned());
    let ended = world.store.change_password(me.user.id, hash, second.id).await.expect("changes");
    assert_eq!(ended, [first.id]);
    let left = world.store.sessions(me.user.id, world.now()).await.expect("reads");
    assert_eq!(left, [second]);
    let login = Login::Email("ada@example.org".to_owned());
    let found = world.store.credentials(login).await.expect("reads").expect("known");
    assert_eq!(found.password_hash.0, "new hash");
}
