use std::time::Duration;

use chatter_protocol::{
    ConversationId, Event, Me, Presence, Privacy, ServerFrame, Timestamp, User,
};

use super::*;
use crate::bus::Watchers;

fn hub() -> Arc<Hub> {
    Arc::new(Hub::new(Arc::new(Roster::new(Duration::ZERO)), 2))
}

fn event(recipients: &[(UserId, u64)]) -> Notice {
    Notice::Event {
        json: r#"{"kind":"of_the_future"}"#.into(),
        json_without_private: None,
        recipients: recipients.into(),
    }
}

fn device() -> Device {
    Device { session: SessionId::new(), rights: Rights::ALL, attended: true }
}

#[test]
fn an_event_reaches_every_device_of_its_recipients_and_nobody_else() {
    let hub = hub();
    let (ada, bob, eve) = (UserId::new(), UserId::new(), UserId::new());
    let attach = |user| hub.attach(user, device()).expect("below the limit");
    let (laptop, phone, peer, stranger) = (attach(ada), attach(ada), attach(bob), attach(eve));
    hub.deliver(&event(&[(ada, 7), (bob, 3)]));
    for (attachment, seq) in [(laptop, 7), (phone, 7), (peer, 3)] {
        let (taken, frame) = attachment.mailbox().take().events.pop_front().expect("delivered");
        assert_eq!(taken, seq);
        let frame: ServerFrame = serde_json::from_str(&frame).expect("a frame");
        assert_eq!(frame, ServerFrame::Event { seq, event: Event::Unknown });
    }
    assert!(stranger.mailbox().take().events.is_empty());
}

#[test]
fn one_connection_above_the_limit_is_refused_and_leaving_makes_room() {
    let (hub, ada) = (hub(), UserId::new());
    let first = hub.attach(ada, device()).expect("first");
    let _second = hub.attach(ada, device()).expect("second");
    assert!(hub.attach(ada, device()).is_err());
    drop(first);
    assert!(hub.attach(ada, device()).is_ok());
}

#[test]
fn ending_a_session_closes_its_connections_only() {
    let (hub, ada) = (hub(), UserId::new());
    let ended = SessionId::new();
    let gone = hub.attach(ada, Device { session: ended, ..device() }).expect("first");
    let stays = hub.attach(ada, device()).expect("second");
    hub.deliver(&Notice::SessionsEnded { sessions: [ended].into() });
    assert_eq!(gone.mailbox().closing(), Some(CloseCode::SessionEnded));
    assert_eq!(stays.mailbox().closing(), None);
}

#[test]
fn typing_reaches_the_others_and_presence_those_who_watch() {
    let hub = hub();
    let (ada, bob) = (UserId::new(), UserId::new());
    let typist = hub.attach(ada, device()).expect("attached");
    let peer = hub.attach(bob, device()).expect("attached");
    let conversation = ConversationId::new();
    hub.deliver(&Notice::Typing { conversation, user: ada, members: [ada, bob].into() });
    assert!(typist.mailbox().take().typing.is_empty());
    assert_eq!(peer.mailbox().take().typing, [(conversation, ada)]);

    let here = Presence { user: ada, online: true, last_seen_at: None };
    let seen = |by| Notice::Presence { people: [Seen { presence: here.clone(), by }].into() };
    let notice = seen(Watchers::AllBut(HashSet::new()));
    hub.deliver(&notice);
    assert!(peer.mailbox().take().presence.is_empty());
    peer.watch([ada].into());
    assert_eq!(peer.watched(), [ada]);
    hub.deliver(&notice);
    assert!(peer.mailbox().take().presence.contains_key(&ada));
    hub.deliver(&seen(Watchers::AllBut([bob].into())));
    hub.deliver(&seen(Watchers::Only(ada)));
    assert!(peer.mailbox().take().presence.is_empty(), "not for those who are kept apart");
    peer.watch(HashSet::new());
    hub.deliver(&notice);
    assert!(peer.mailbox().take().presence.is_empty());
}

#[test]
fn what_an_account_shares_is_told_to_its_own_connections() {
    let hub = hub();
    let (ada, bob) = (UserId::new(), UserId::new());
    let attach = |user| hub.attach(user, device()).expect("below the limit");
    let (laptop, phone, peer) = (attach(ada), attach(ada), attach(bob));
    let user = User {
        avatar: None,
        status_expires_at: None,
        time_zone: None,
        id: ada,
        username: "ada".parse().expect("valid"),
        display_name: "Ada".parse().expect("valid"),
        status_message: None,
        created_at: Timestamp::from_millis(0),
        rev: 1,
    };
    let privacy = Privacy { typing: false, ..Privacy::default() };
    let me =
        Arc::new(Me { blocked: Vec::new(), user, email: "ada@example.org".to_owned(), privacy });
    hub.deliver(&Notice::MeChanged { me: Arc::clone(&me) });
    for own in [laptop, phone] {
        assert_eq!(own.mailbox().take().me, Some(Arc::clone(&me)));
        assert_eq!(own.mailbox().take().me, None, "once");
    }
    assert_eq!(peer.mailbox().take().me, None);
}

#[test]
fn a_connection_without_the_right_to_the_account_is_told_without_the_address() {
    let (hub, ada) = (hub(), UserId::new());
    let rights = Rights { account: false, ..Rights::ALL };
    let own = hub.attach(ada, device()).expect("attached");
    let machine = hub.attach(ada, Device { rights, ..device() }).expect("attached");
    let told = |attachment: &Attachment| {
        attachment.mailbox().take().events.pop_front().expect("delivered").1
    };
    hub.deliver(&event(&[(ada, 1)]));
    assert_eq!(told(&own), told(&machine), "most events are the same for all");
    hub.deliver(&Notice::Event {
        json: r#""with""#.into(),
        json_without_private: Some(r#""without""#.into()),
        recipients: [(ada, 2)].into(),
    });
    assert!(told(&own).contains(r#""with""#));
    assert!(told(&machine).contains(r#""without""#));
}

#[test]
fn a_connection_without_a_person_makes_nobody_online() {
    let roster = Arc::new(Roster::new(Duration::ZERO));
    let hub = Arc::new(Hub::new(Arc::clone(&roster), 2));
    let ada = UserId::new();
    let machine = hub.attach(ada, Device { attended: false, ..device() }).expect("attached");
    assert!(!roster.is_online(ada));
    let _person = hub.attach(ada, device()).expect("attached");
    assert!(roster.is_online(ada));
    assert!(hub.attach(ada, device()).is_err(), "both count for the limit");
    drop(machine);
    assert!(roster.is_online(ada), "the person is still there");
}

#[test]
fn nothing_is_left_of_a_connection_that_left() {
    let hub = hub();
    let attachment = hub.attach(UserId::new(), device()).expect("attached");
    attachment.watch([UserId::new()].into());
    drop(attachment);
    let state = hub.lock();
    assert!(state.connections.is_empty() && state.by_user.is_empty());
    assert!(state.by_session.is_empty() && state.watchers.is_empty());
}
