//! Signed-in devices.

use chatter_protocol::Rights;
use chatter_protocol::limits::TOKENS_MAX;
use chatter_server::store::{EndSessions, NewSession, StoreError};

use crate::world::{World, no_session};

pub(crate) async fn a_token_works_until_it_expires_or_is_ended(mut world: World) {
    let me = world.person("ada").await;
    let device = world.device("laptop");
    let session = world.store.create_session(me, device.clone()).await.expect("signs in");
    world.restart().await;
    let found = world.store.signed_in(device.token_hash, world.now()).await.expect("reads");
    let found = found.expect("signed in");
    assert_eq!(found.me.user.id, me);
    assert!(found.session.current && found.session.id == session.id);

    let late = world.store.signed_in(device.token_hash, device.expires_at).await.expect("reads");
    assert!(late.is_none(), "expired");
    let later = world.store.signed_in(device.token_hash, world.now()).await.expect("reads");
    assert!(later.is_none(), "stays so when the clock is set back");
    let device = world.device("laptop");
    let session = world.store.create_session(me, device.clone()).await.expect("signs in");
    let unknown = world.device("never signed in").token_hash;
    assert!(world.store.signed_in(unknown, world.now()).await.expect("reads").is_none());

    let ended = world.store.end_sessions(me, EndSessions::One(session.id)).await.expect("ends");
    assert_eq!(ended, [session.id]);
    let gone = world.store.signed_in(device.token_hash, world.now()).await.expect("reads");
    assert!(gone.is_none(), "ended");
}

pub(crate) async fn only_own_sessions_can_be_ended(world: World) {
    let (ada, ada_first) = world.sign_up("ada").await;
    let (bob, bob_first) = world.sign_up("bob").await;
    let (ada, bob) = (ada.user.id, bob.user.id);
    let second = world.store.create_session(ada, world.device("second")).await.expect("signs in");
    let third = world.store.create_session(ada, world.device("third")).await.expect("signs in");
    let names = world.store.sessions(ada, world.now()).await.expect("reads");
    assert_eq!(
        names.iter().map(|it| it.id).collect::<Vec<_>>(),
        [third.id, second.id, ada_first.id]
    );

    for foreign in [ada_first.id, no_session()] {
        let ended = world.store.end_sessions(bob, EndSessions::One(foreign)).await.expect("ends");
        assert!(ended.is_empty());
    }
    let mut ended =
        world.store.end_sessions(ada, EndSessions::AllBut(third.id)).await.expect("ends");
    ended.sort();
    assert_eq!(ended, [ada_first.id, second.id]);
    assert_eq!(world.store.end_sessions(ada, EndSessions::All).await.expect("ends"), [third.id]);
    let left = world.store.sessions(bob, world.now()).await.expect("reads");
    assert_eq!(left, [bob_first]);
}

pub(crate) async fn a_session_is_extended_by_use(world: World) {
    let me = world.person("ada").await;
    let device = world.device("laptop");
    let session = world.store.create_session(me, device.clone()).await.expect("signs in");
    let (used_at, expires_at) = (world.now(), world.later(60));
    world.store.extend_session(session.id, used_at, expires_at).await.expect("extends");
    let found = world.store.signed_in(device.token_hash, device.expires_at).await.expect("reads");
    let found = found.expect("still signed in").session;
    assert_eq!((found.last_used_at, found.expires_at), (used_at, expires_at));
    world.store.extend_session(no_session(), used_at, expires_at).await.expect("changes nothing");
    assert!(world.store.sessions(me, expires_at).await.expect("reads").is_empty(), "all expired");
}

pub(crate) async fn a_token_has_the_rights_that_were_chosen(mut world: World) {
    let (me, first) = world.sign_up("ada").await;
    let (me, rights) = (me.user.id, Rights { read: true, ..Rights::NONE });
    assert_eq!(first.rights, Rights::ALL);
    let token = NewSession { rights, ..world.device("ci") };
    let made = world.store.create_session(me, token.clone()).await.expect("makes");
    assert_eq!(made.rights, rights);
    world.restart().await;
    let found = world.store.signed_in(token.token_hash, world.now()).await.expect("reads");
    assert_eq!(found.expect("alive").session.rights, rights);
    let listed = world.store.sessions(me, world.now()).await.expect("reads");
    assert_eq!(listed.iter().map(|it| it.rights).collect::<Vec<_>>(), [rights, Rights::ALL]);
}

pub(crate) async fn tokens_are_limited_and_signing_in_is_not(world: World) {
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let rights = Rights { send: true, ..Rights::NONE };
    let token = || NewSession { rights, ..world.device("ci") };
    let over = NewSession { expires_at: world.now(), ..token() };
    world.store.create_session(ada, over).await.expect("makes");
    let mut made = Vec::new();
    for _ in 0..TOKENS_MAX {
        made.push(world.store.create_session(ada, token()).await.expect("makes").id);
    }
    let refused = world.store.create_session(ada, token()).await;
    assert!(matches!(refused, Err(StoreError::TooManyTokens)));
    world.store.create_session(ada, world.device("laptop")).await.expect("signs in");
    world.store.create_session(bob, token()).await.expect("has tokens of his own");
    world.store.end_sessions(ada, EndSessions::One(made[0])).await.expect("ends");
    world.store.create_session(ada, token()).await.expect("there is room again");
}
