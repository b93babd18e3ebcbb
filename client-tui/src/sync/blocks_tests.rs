use chatter_protocol::rest::MessagesPage;
use chatter_protocol::{Event, Message, Presence, Timestamp, UserId};

use super::super::tests::{World, user};
use super::super::{HistoryRange, Need};
use super::*;
use crate::store::LocalStore;

/// Two messages of the peer, one of mine between them, none of them read.
fn world() -> World {
    let mut world = World::new();
    world.replica.keep_changes();
    let status_message = "at the engine".parse().ok();
    let known = User { status_message, rev: 1, ..user(world.peer, "peer") };
    world.event(Event::ProfileChanged { user: known });
    world.posted(world.message(1, world.peer));
    let mine = Message { unattended: true, ..world.message(2, world.me) };
    world.posted(mine);
    world.posted(world.message(3, world.peer));
    world
}

fn me(world: &World, blocked: Vec<UserId>) -> Me {
    let me = world.replica.me().expect("known").clone();
    Me { user: User { rev: me.user.rev + 1, ..me.user.clone() }, blocked, ..me }
}

fn said(world: &World) -> Vec<(u64, String, bool)> {
    let shown = |it: &Message| (it.conv_seq, it.body.clone(), it.withheld);
    world.chat().messages_in(1..=99).map(shown).collect()
}

fn row(conv_seq: u64, body: &str, withheld: bool) -> (u64, String, bool) {
    (conv_seq, body.to_owned(), withheld)
}

fn page(world: &World, messages: Vec<Message>) -> MessagesPage {
    let head_seq = messages.len() as u64;
    assert!(messages.iter().all(|it| it.conversation == world.chat));
    MessagesPage { messages, from_seq: 1, to_seq: head_seq, head_seq }
}

#[test]
fn what_is_here_of_somebody_is_hidden_at_once_and_does_not_count_as_unread() {
    let mut world = world();
    assert_eq!(world.chat().unread(world.me), 2, "the control");
    let blocking = Event::MeChanged { me: me(&world, vec![world.peer]) };
    let applied = world.event(blocking);
    assert_eq!(applied.needs, [Need::Conversations], "what is not here is to be counted anew");
    let hidden = [row(1, "", true), row(2, "message 2", false), row(3, "", true)];
    assert_eq!(said(&world), hidden);
    assert_eq!(world.chat().unread(world.me), 0);
    assert_eq!(world.replica.user(world.peer).and_then(|it| it.status_message.clone()), None);

    // What comes late, of before, is hidden as it comes; it is no news either.
    let presence = Presence { user: world.peer, online: true, last_seen_at: None };
    world.replica.apply(chatter_protocol::ServerFrame::Presence { users: vec![presence] });
    assert_eq!(world.replica.presence(world.peer), Some(&Presence::hidden(world.peer)));
    let all = (1..=4).map(|n| world.message(n, if n == 2 { world.me } else { world.peer }));
    let late = page(&world, all.collect());
    world.replica.load_messages(world.chat, late);
    assert_eq!(said(&world)[3], row(4, "", true));
    assert_eq!(world.posted(world.message(5, world.peer)).news, []);
    assert_eq!(world.chat().unread(world.me), 0);
}

#[test]
fn unblocking_forgets_what_may_be_old_and_takes_everything_whole() {
    let mut world = world();
    let blocked = me(&world, vec![world.peer]);
    world.event(Event::MeChanged { me: blocked });
    let unblocked = me(&world, vec![]);
    world.event(Event::MeChanged { me: unblocked });
    let status_message = "back".parse().ok();
    let peer = User { status_message, rev: 1, ..user(world.peer, "peer") };
    let applied = world.event(Event::Unblocked { user: peer });
    assert_eq!(applied.needs, [Need::Conversations]);
    assert_eq!(said(&world), [row(2, "message 2", false)], "the rest is to be fetched");
    assert!(world.chat().run(1).is_none() && world.chat().run(2).is_some());
    let status = world.replica.user(world.peer).and_then(|it| it.status_message.clone());
    assert_eq!(status.map(String::from).as_deref(), Some("back"));

    // What was asked for before comes after: it is not taken, so it is asked for again.
    let withheld = (1..=3).map(|n| world.message(n, world.peer).withhold());
    let late = page(&world, withheld.collect());
    world.replica.load_messages(world.chat, late);
    assert_eq!(said(&world), [row(2, "message 2", false)]);
    let edited = Message { body: "edited".to_owned(), rev: 1, ..world.message(1, world.peer) };
    let fresh =
        page(&world, vec![edited, world.message(2, world.me), world.message(3, world.peer)]);
    world.replica.load_messages(world.chat, fresh);
    let whole = [row(1, "edited", false), row(2, "message 2", false), row(3, "message 3", false)];
    assert_eq!(said(&world), whole);
    assert_eq!(world.chat().unread(world.me), 2);
}

#[test]
fn a_withheld_form_never_replaces_one_that_says_something() {
    let mut world = world();
    let withheld = world.message(1, world.peer).withhold();
    world.posted(withheld);
    assert_eq!(said(&world)[0], row(1, "message 1", false));
    let unknown = world.message(4, world.peer).withhold();
    world.posted(unknown);
    assert_eq!(said(&world)[3], row(4, "", true));
    world.posted(world.message(4, world.peer));
    assert_eq!(said(&world)[3], row(4, "message 4", false));
}

#[test]
fn what_is_kept_follows_also_where_another_process_wrote_it() {
    let mut world = world();
    let mut store = LocalStore::in_memory();
    store.keep(&world.replica.take_changes()).expect("keeps");
    let blocking = Event::MeChanged { me: me(&world, vec![world.peer]) };
    world.event(blocking);
    store.keep(&world.replica.take_changes()).expect("keeps");
    let chat = world.chat;
    let read = |store: &LocalStore| -> Vec<(u64, bool)> {
        let page = store.page(chat, HistoryRange::Before(4), 9).expect("reads");
        let messages = page.map_or(Vec::new(), |page| page.messages);
        messages.iter().map(|it| (it.conv_seq, it.body.is_empty() && it.withheld)).collect()
    };
    assert_eq!(read(&store), [(1, true), (2, false), (3, true)]);
    let restored = Replica::restore(store.kept().expect("reads"));
    assert!(restored.is_blocked(world.peer));
    assert_eq!(restored.unread(), 0);

    // Another process had not heard of the block yet.
    let whole = world.message(3, world.peer);
    store.keep(&[Change::Message(whole)]).expect("keeps");
    assert_eq!(read(&store)[2], (3, false));
    let restored = Replica::restore(store.kept().expect("reads"));
    let newest = restored.chat(world.chat).and_then(|chat| chat.last_message().cloned());
    assert!(newest.expect("here").withheld);

    let unblocked = me(&world, vec![]);
    world.event(Event::MeChanged { me: unblocked });
    world.event(Event::Unblocked { user: user(world.peer, "peer") });
    store.keep(&world.replica.take_changes()).expect("keeps");
    assert_eq!(read(&store), [], "nothing that ends with what is not here");
    let page = store.page(world.chat, HistoryRange::Before(3), 9).expect("reads").expect("here");
    assert_eq!((page.from_seq, page.to_seq), (2, 2));
}

#[test]
fn a_block_and_its_end_while_the_device_was_away_leave_nothing_old() {
    let mut world = world();
    // Replayed, both are told in their newest form, in which nobody is blocked.
    let newest = me(&world, vec![]);
    world.event(Event::MeChanged { me: newest.clone() });
    world.event(Event::MeChanged { me: newest });
    let peer = User { rev: 2, created_at: Timestamp::from_millis(0), ..user(world.peer, "peer") };
    let applied = world.event(Event::Unblocked { user: peer });
    assert_eq!(applied.needs, [Need::Conversations]);
    assert_eq!(said(&world), [row(2, "message 2", false)]);
}
