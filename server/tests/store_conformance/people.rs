//! The directory.

use std::collections::HashSet;

use chatter_protocol::rest::PrivacyChange;
use chatter_protocol::{Presence, UserId, UserRef, Username};
use chatter_server::store::{ProfileChange, StoreError, UserFilter};

use crate::world::World;

async fn names(world: &World, filter: UserFilter) -> Vec<String> {
    let people = world.store.users(filter).await.expect("reads");
    people.into_iter().map(|it| it.user.username.into()).collect()
}

fn all() -> UserFilter {
    UserFilter { rows_max: 100, ..UserFilter::default() }
}

async fn call(world: &World, user: UserId, display_name: &str) {
    let display_name = Some(display_name.parse().expect("a display name"));
    let change = ProfileChange { display_name, ..ProfileChange::default() };
    world.store.update_profile(user, change).await.expect("changes");
}

pub(crate) async fn the_directory_pages_by_username(world: World) {
    let mut ids = Vec::new();
    for name in ["dora", "ada", "cleo", "bob", "a.b", "a_b", "emil"] {
        ids.push(world.person(name).await);
    }
    let sorted = ["a.b", "a_b", "ada", "bob", "cleo", "dora", "emil"];
    for rows_max in 1..=8 {
        let mut walked: Vec<String> = Vec::new();
        loop {
            let after = walked.last().map(|it| it.parse::<Username>().expect("a username"));
            let page = names(&world, UserFilter { after, rows_max, ..all() }).await;
            assert!(page.len() <= rows_max);
            if page.is_empty() {
                break;
            }
            walked.extend(page);
        }
        assert_eq!(walked, sorted, "pages of {rows_max}");
    }
    let some = HashSet::from([ids[0], ids[1], UserId::new()]);
    assert_eq!(
        names(&world, UserFilter { only: Some(some.clone()), ..all() }).await,
        ["ada", "dora"]
    );
    let others = UserFilter { except: some.clone(), rows_max: 3, ..all() };
    assert_eq!(names(&world, others).await, ["a.b", "a_b", "bob"]);
    let after = Some("ada".parse().expect("a username"));
    assert_eq!(names(&world, UserFilter { only: Some(some), after, ..all() }).await, ["dora"]);
}

pub(crate) async fn the_directory_is_searched_without_case(world: World) {
    let ada = world.person("ada").await;
    let bob = world.person("bob").await;
    world.person("under_score").await;
    call(&world, ada, "Éva Ö.").await;
    call(&world, bob, "100% Bob").await;
    for (prefix, found) in [
        ("", &["ada", "bob", "under_score"][..]),
        ("AD", &["ada"]),
        ("éVA ö", &["ada"]),
        ("100%", &["bob"]),
        ("B", &["bob"]),
        ("%", &[]),
        ("_", &[]),
        ("under_", &["under_score"]),
        ("under%", &[]),
        ("va", &[]),
        ("'; DROP TABLE users --", &[]),
    ] {
        let prefix = prefix.to_owned();
        assert_eq!(names(&world, UserFilter { prefix: prefix.clone(), ..all() }).await, found);
        let only = Some(HashSet::from([ada, bob]));
        let among: Vec<_> = found.iter().copied().filter(|it| *it != "under_score").collect();
        assert_eq!(names(&world, UserFilter { prefix, only, ..all() }).await, among);
    }
}

pub(crate) async fn last_seen_never_moves_back(world: World) {
    let me = world.person("ada").await;
    let seen = |it: chatter_server::store::StoredUser| it.last_seen_at;
    assert_eq!(seen(world.store.user(UserRef::Id(me)).await.expect("reads")), None);
    let (earlier, later) = (world.now(), world.now());
    world.store.set_last_seen(vec![me, UserId::new()], later).await.expect("notes");
    world.store.set_last_seen(vec![me], earlier).await.expect("notes");
    let by_name = UserRef::Username("ada".parse().expect("a username"));
    assert_eq!(seen(world.store.user(by_name).await.expect("reads")), Some(later));
    let both = world.store.users_by_id(vec![UserId::new(), me]).await.expect("reads");
    assert_eq!(both.len(), 1);
    let nobody = world.store.user(UserRef::Id(UserId::new())).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
}

pub(crate) async fn who_does_not_share_presence_is_listed_among_the_absent(world: World) {
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let seen_at = world.now();
    world.store.set_last_seen(vec![ada, bob], seen_at).await.expect("notes");
    let there = HashSet::from([ada, bob]);
    let present = UserFilter { only: Some(there.clone()), ..all() };
    let absent = UserFilter { except: there, ..all() };
    let prefixed = UserFilter { prefix: "b".to_owned(), ..absent.clone() };
    assert_eq!(names(&world, present.clone()).await, ["ada", "bob"]);
    assert!(names(&world, absent.clone()).await.is_empty());

    let share = async |presence| {
        let privacy = PrivacyChange { presence: Some(presence), ..PrivacyChange::default() };
        let change = ProfileChange { privacy, ..ProfileChange::default() };
        world.store.update_profile(bob, change).await.expect("switches");
        world.store.user(UserRef::Id(bob)).await.expect("reads")
    };
    let hidden = share(false).await;
    assert_eq!((hidden.shares_presence, hidden.last_seen_at), (false, Some(seen_at)), "kept");
    assert_eq!(hidden.presence(true), Presence::hidden(bob), "and not told");
    assert_eq!(names(&world, present.clone()).await, ["ada"]);
    assert_eq!(names(&world, absent.clone()).await, ["bob"]);
    assert_eq!(names(&world, prefixed.clone()).await, ["bob"]);

    let shown = share(true).await.presence(true);
    assert_eq!(shown, Presence { user: bob, online: true, last_seen_at: Some(seen_at) });
    assert_eq!(names(&world, present).await, ["ada", "bob"]);
    assert!(names(&world, prefixed).await.is_empty());
}
