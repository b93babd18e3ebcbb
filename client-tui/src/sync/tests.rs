//! The promises of the replica: it converges whatever comes twice, late or out of order, counts
//! what is unread, and sends in order.

use chatter_protocol::frame::{Ack, ResetReason, Welcome};
use chatter_protocol::rest::MessagesPage;
use chatter_protocol::{
    ClientFrame, ClientMsgId, Conversation, ConversationId, ConversationKind, ErrorBody, ErrorCode,
    Event, Limits, Me, Message, MessageId, Position, Privacy, Receipt, ServerFrame, SessionId,
    Timestamp, User, UserId,
};
use proptest::prelude::*;

use super::*;

pub(super) struct World {
    pub(super) me: UserId,
    pub(super) peer: UserId,
    pub(super) chat: ConversationId,
    pub(super) replica: Replica,
    seq: u64,
}

pub(super) fn user(id: UserId, name: &str) -> User {
    User {
        avatar: None,
        status_expires_at: None,
        time_zone: None,
        id,
        username: name.parse().expect("valid"),
        display_name: name.parse().expect("valid"),
        status_message: None,
        created_at: Timestamp::from_millis(0),
        rev: 0,
    }
}

impl World {
    pub(super) fn new() -> Self {
        let (me, peer, chat) = (UserId::new(), UserId::new(), ConversationId::new());
        let mut world = Self { me, peer, chat, replica: Replica::default(), seq: 0 };
        world.welcome(0);
        let conversation = Conversation {
            id: chat,
            kind: ConversationKind::Direct,
            name: None,
            members: vec![me, peer],
            member_count: 2,
            created_at: Timestamp::from_millis(0),
            rev: 0,
        };
        let users = vec![user(me, "me"), user(peer, "peer")];
        world.event(Event::ConversationAdded { conversation, users });
        world
    }

    fn welcome(&mut self, head: u64) -> Applied {
        self.replica.apply(ServerFrame::Welcome(Box::new(Welcome {
            server: "test".into(),
            session: SessionId::new(),
            me: Me {
                blocked: Vec::new(),
                user: user(self.me, "me"),
                email: "me@example.org".into(),
                privacy: Privacy::default(),
            },
            positions: vec![Position::user("e1", head)],
            limits: Limits::default(),
            heartbeat_ms: 15_000,
            features: vec![],
            time: Timestamp::from_millis(0),
        })))
    }

    pub(super) fn event(&mut self, event: Event) -> Applied {
        self.seq += 1;
        self.replica.apply(ServerFrame::Event { seq: self.seq, event })
    }

    pub(super) fn message(&self, conv_seq: u64, sender: UserId) -> Message {
        Message {
            attachments: Vec::new(),
            withheld: false,
            msg_id: MessageId::new(),
            conversation: self.chat,
            conv_seq,
            sender,
            client_msg_id: ClientMsgId::new(),
            body: format!("message {conv_seq}"),
            reply_to: None,
            created_at: Timestamp::from_millis(conv_seq as i64 * 1_000),
            edited_at: None,
            deleted_at: None,
            unattended: false,
            rev: 0,
        }
    }

    pub(super) fn posted(&mut self, message: Message) -> Applied {
        self.event(Event::MessagePosted { message })
    }

    pub(super) fn chat(&self) -> &Chat {
        self.replica.chat(self.chat).expect("known")
    }
}

#[test]
fn a_flood_is_noted_as_its_messages_one_range_one_state_and_one_position() {
    let mut world = World::new();
    world.replica.keep_changes();
    for number in 1..=100 {
        let message = world.message(number, world.peer);
        world.posted(message);
    }
    let changes = world.replica.take_changes();
    assert_eq!(changes.len(), 103, "{changes:?}");
    let range = Change::Covered { conversation: world.chat, from_seq: 1, to_seq: 100 };
    assert!(changes.contains(&range));
    assert_eq!(changes.last(), Some(&Change::Position(Position::user("e1", world.seq))));
    assert_eq!(world.replica.take_changes(), []);
}

#[test]
fn what_is_far_from_what_is_looked_at_goes_and_is_still_counted() {
    let mut world = World::new();
    for number in 1..=1_000 {
        let message = world.message(number, world.peer);
        world.posted(message);
    }
    let here = |world: &World| world.chat().messages_in(1..=1_000).count();
    world.replica.let_go(500, |_| Some(vec![]));
    assert_eq!(here(&world), 1_000, "of a few none goes");
    world.replica.let_go(50, |_| None);
    assert_eq!(here(&world), 1_000, "nor any that may be needed");
    world.replica.let_go(50, |_| Some(vec![300]));
    assert_eq!(world.chat().run(300), Some(250..=350));
    assert_eq!(world.chat().recent_start(), Some(950));
    assert_eq!(here(&world), 101 + 51);
    assert_eq!(world.chat().unread(world.me), 1_000);
    let message = world.message(1_001, world.peer);
    world.posted(message);
    assert_eq!(world.chat().unread(world.me), 1_001);
    let deleted = Message {
        deleted_at: Some(Timestamp::from_millis(1)),
        rev: 1,
        ..world.message(7, world.peer)
    };
    let applied = world.event(Event::MessageDeleted { message: deleted });
    assert_eq!(applied.needs, [Need::Conversation(world.chat)], "counted there again");
    world.replica.read(world.chat, 1_001);
    assert_eq!(world.chat().unread(world.me), 0);
}

fn keys(frames: &[ClientFrame]) -> Vec<ClientMsgId> {
    let key = |frame: &ClientFrame| match frame {
        ClientFrame::Send(send) => send.client_msg_id,
        other => panic!("not a send: {other:?}"),
    };
    frames.iter().map(key).collect()
}

#[test]
fn what_a_program_of_mine_says_does_not_read_for_me() {
    let mut world = World::new();
    world.posted(world.message(1, world.peer));
    let program = Message { unattended: true, ..world.message(2, world.me) };
    world.posted(program);
    let chat = world.chat();
    assert_eq!((chat.unread(world.me), chat.read_seq(), chat.head_seq()), (1, 0, 2));
    world.posted(world.message(3, world.me));
    assert_eq!((world.chat().unread(world.me), world.chat().read_seq()), (0, 3));
}

#[test]
fn my_message_is_there_once_whichever_of_ack_and_event_comes_first() {
    for event_first in [true, false] {
        let mut world = World::new();
        let key = world.replica.queue(world.chat, "hi".into(), None, Timestamp::from_millis(1));
        assert_eq!(keys(&world.replica.take_sends()), [key]);
        let mut message = world.message(1, world.me);
        message.client_msg_id = key;
        let ack = ServerFrame::Ack(Ack {
            client_msg_id: key,
            msg_id: message.msg_id,
            conversation: world.chat,
            conv_seq: 1,
            created_at: message.created_at,
        });
        if event_first {
            world.posted(message);
            world.replica.apply(ack);
        } else {
            world.replica.apply(ack);
            assert_eq!(world.chat().recent().count(), 1);
            world.posted(message);
        }
        assert!(world.replica.outbox().is_empty());
        assert_eq!(world.chat().recent().count(), 1);
        assert_eq!(world.chat().unread(world.me), 0);
    }
}

#[test]
fn order_in_a_chat_survives_a_lost_link_and_a_refusal_blocks_nothing() {
    let mut world = World::new();
    let now = Timestamp::from_millis(1);
    let first = world.replica.queue(world.chat, "one".into(), None, now);
    let second = world.replica.queue(world.chat, "two".into(), None, now);
    assert_eq!(keys(&world.replica.take_sends()), [first]);
    assert_eq!(keys(&world.replica.take_sends()), []);
    world.replica.link_lost();
    assert_eq!(keys(&world.replica.take_sends()), [first]);
    let error = ErrorBody::new(ErrorCode::TextRefused, "No.");
    world.replica.apply(ServerFrame::Refused { client_msg_id: first, error: error.clone() });
    assert_eq!(keys(&world.replica.take_sends()), [second]);
    let states: Vec<_> = world.replica.outbox().iter().map(|unsent| unsent.state.clone()).collect();
    assert_eq!(states, [UnsentState::Refused(error), UnsentState::Sending]);
    world.replica.retry(first);
    assert!(world.replica.withdraw(second).is_some());
    assert_eq!(keys(&world.replica.take_sends()), [first]);
}

#[test]
fn a_server_that_asks_to_wait_is_given_time() {
    let mut world = World::new();
    let key = world.replica.queue(world.chat, "one".into(), None, Timestamp::from_millis(1));
    world.replica.take_sends();
    let error = ErrorBody::new(ErrorCode::RateLimited, "Wait.").retry_after_ms(250);
    let applied = world.replica.apply(ServerFrame::Refused { client_msg_id: key, error });
    assert_eq!(applied.needs, [Need::SendAgainAfter(250)]);
    assert_eq!(keys(&world.replica.take_sends()), []);
    world.replica.release_sends();
    assert_eq!(keys(&world.replica.take_sends()), [key]);
}

#[test]
fn replays_are_no_news_and_a_repeat_is_none_either() {
    let mut world = World::new();
    let first = world.message(1, world.peer);
    assert_eq!(world.posted(first.clone()).news, [(world.chat, 1)]);
    assert_eq!(world.posted(first).news, []);
    world.welcome(world.seq + 1);
    assert_eq!(world.posted(world.message(2, world.peer)).news, []);
    assert_eq!(world.posted(world.message(3, world.peer)).news, [(world.chat, 3)]);
}

#[test]
fn a_hole_is_never_shown_as_if_it_were_nothing() {
    let mut world = World::new();
    for conv_seq in [1, 2, 5, 6] {
        world.posted(world.message(conv_seq, world.peer));
    }
    let shown = |world: &World| world.chat().recent().map(|m| m.conv_seq).collect::<Vec<_>>();
    assert_eq!(shown(&world), [5, 6]);
    assert_eq!(world.chat().recent_start(), Some(5));
    assert!(!world.chat().is_complete());
    let messages = vec![world.message(3, world.me), world.message(4, world.peer)];
    let page = MessagesPage { messages, from_seq: 3, to_seq: 4, head_seq: 6 };
    world.replica.load_messages(world.chat, page);
    assert_eq!(shown(&world), [1, 2, 3, 4, 5, 6]);
    assert!(world.chat().is_complete());
}

#[test]
fn reading_moves_forward_only_and_is_repeated_until_the_server_knows() {
    let mut world = World::new();
    for conv_seq in 1..=3 {
        world.posted(world.message(conv_seq, world.peer));
    }
    assert_eq!(world.chat().unread(world.me), 3);
    let frame = world.replica.read(world.chat, 2);
    assert_eq!(frame, Some(ClientFrame::Read { conversation: world.chat, conv_seq: 2 }));
    assert_eq!(world.replica.read(world.chat, 1), None);
    assert_eq!(world.chat().unread(world.me), 1);
    assert_eq!(world.replica.unconfirmed_reads(), frame.into_iter().collect::<Vec<_>>());
    let receipt =
        Receipt { conversation: world.chat, user: world.me, read_seq: 2, delivered_seq: 3 };
    world.event(Event::ReceiptMoved { receipt });
    assert_eq!(world.replica.unconfirmed_reads(), []);
    assert_eq!(
        world.replica.read(world.chat, 99),
        Some(ClientFrame::Read { conversation: world.chat, conv_seq: 3 })
    );
}

#[test]
fn marks_rise_from_sent_to_read() {
    let mut world = World::new();
    world.posted(world.message(1, world.me));
    let mark = |world: &World| world.chat().mark(world.chat().message(1).expect("here"));
    assert_eq!(mark(&world), Mark::Sent);
    let receipt = |read_seq, delivered_seq| Event::ReceiptMoved {
        receipt: Receipt { conversation: world.chat, user: world.peer, read_seq, delivered_seq },
    };
    let (delivered, read) = (receipt(0, 1), receipt(1, 1));
    world.event(delivered.clone());
    assert_eq!(mark(&world), Mark::Delivered);
    world.event(read);
    assert_eq!(mark(&world), Mark::Read);
    world.event(delivered);
    assert_eq!(mark(&world), Mark::Read);
}

#[test]
fn a_message_of_the_peer_shows_delivery_and_a_receipt_shows_reading() {
    let mut world = World::new();
    world.posted(world.message(1, world.me));
    world.posted(world.message(2, world.peer));
    let mark = |world: &World| world.chat().mark(world.chat().message(1).expect("here"));
    assert_eq!(mark(&world), Mark::Delivered, "the peer may keep receipts to themselves");
    let receipt =
        Receipt { conversation: world.chat, user: world.peer, read_seq: 2, delivered_seq: 2 };
    world.event(Event::ReceiptMoved { receipt });
    assert_eq!(mark(&world), Mark::Read);
}

#[test]
fn the_run_around_a_number_is_what_is_here_without_a_hole() {
    let mut world = World::new();
    for conv_seq in [1, 2, 5, 6, 7, 9] {
        world.posted(world.message(conv_seq, world.peer));
    }
    let chat = world.chat();
    for (around, run) in [
        (0, None),
        (1, Some(1..=2)),
        (2, Some(1..=2)),
        (3, None),
        (5, Some(5..=7)),
        (6, Some(5..=7)),
        (7, Some(5..=7)),
        (8, None),
        (9, Some(9..=9)),
        (10, None),
    ] {
        assert_eq!(chat.run(around), run, "around {around}");
    }
    let numbers = |range| chat.messages_in(range).map(|it| it.conv_seq).collect::<Vec<_>>();
    assert_eq!(numbers(5..=7), [5, 6, 7]);
    assert_eq!(numbers(2..=5), [2, 5], "what is here of it");
    assert_eq!(numbers(7..=u64::MAX), [7, 9]);
    #[expect(clippy::reversed_empty_ranges, reason = "an empty range is asked for")]
    let empty = 7..=5;
    assert!(numbers(empty).is_empty());
    assert_eq!(chat.messages_in(1..=9).next_back().map(|it| it.conv_seq), Some(9));
}

#[test]
fn an_older_view_does_not_undo_a_mute() {
    let mut world = World::new();
    let muted = Event::MuteChanged { conversation: world.chat, muted: true, rev: 1 };
    world.event(muted);
    assert!(world.chat().muted());
    assert!(world.replica.learn_mute(world.chat, false, 0), "an answer that was under way");
    assert!(world.chat().muted());
    assert!(world.replica.learn_mute(world.chat, false, 2));
    assert!(!world.chat().muted());
    assert!(!world.replica.learn_mute(ConversationId::new(), true, 1), "not known here");
}

#[test]
fn a_reset_forgets_what_is_synchronised_and_keeps_what_is_unsent() {
    let mut world = World::new();
    world.posted(world.message(1, world.peer));
    let key = world.replica.queue(world.chat, "mine".into(), None, Timestamp::from_millis(1));
    let position = Position::user("e2", 7);
    let applied = world
        .replica
        .apply(ServerFrame::Reset { position: position.clone(), reason: ResetReason::OtherEpoch });
    assert_eq!(applied.needs, [Need::Conversations]);
    assert_eq!(world.replica.position(), Some(&position));
    assert_eq!(world.replica.chats().count(), 0);
    assert_eq!(keys(&world.replica.take_sends()), [key]);
}

#[test]
fn what_others_write_is_safe_to_show() {
    let mut world = World::new();
    let mut message = world.message(1, world.peer);
    message.body = "\u{1b}]0;owned\u{7}\u{202e}x".into();
    world.posted(message);
    let body = &world.chat().message(1).expect("here").body;
    assert_eq!(body, "\u{fffd}]0;owned\u{fffd}x");
}

proptest! {
    /// Any order and any repetition of the same events ends in the same state.
    #[test]
    fn converges(order in prop::collection::vec(0usize..40, 0..80)) {
        let world = World::new();
        let events = history(&world);
        let mut straight = world.replica.clone();
        let mut shuffled = world.replica.clone();
        for (at, event) in events.iter().enumerate() {
            straight.apply(ServerFrame::Event { seq: at as u64 + 2, event: event.clone() });
        }
        let shuffle = order.into_iter().map(|at| at % events.len()).chain((0..events.len()).rev());
        for at in shuffle {
            shuffled.apply(ServerFrame::Event { seq: at as u64 + 2, event: events[at].clone() });
        }
        let (left, right) = (straight.chat(world.chat).expect("here"), shuffled.chat(world.chat).expect("here"));
        prop_assert_eq!(left.recent().collect::<Vec<_>>(), right.recent().collect::<Vec<_>>());
        prop_assert_eq!(left.unread(world.me), right.unread(world.me));
        prop_assert_eq!(left.read_seq(), right.read_seq());
        prop_assert_eq!(left.muted(), right.muted());
        prop_assert_eq!(straight.me(), shuffled.me());
        prop_assert_eq!(straight.position(), shuffled.position());
    }
}

/// Ten messages from both sides, edits, a deletion, receipts.
fn history(world: &World) -> Vec<Event> {
    let mut events = Vec::new();
    for conv_seq in 1..=10 {
        let sender = if conv_seq % 3 == 0 { world.me } else { world.peer };
        let message = world.message(conv_seq, sender);
        events.push(Event::MessagePosted { message: message.clone() });
        if conv_seq % 4 == 0 {
            let body = "edited".to_owned();
            events.push(Event::MessageEdited {
                message: Message { body, rev: 1, ..message.clone() },
            });
        }
        if conv_seq == 8 {
            let deleted_at = Some(Timestamp::from_millis(9_000));
            let message = Message { body: String::new(), rev: 2, deleted_at, ..message };
            events.push(Event::MessageDeleted { message });
        }
        if conv_seq % 5 == 0 {
            let receipt = Receipt {
                conversation: world.chat,
                user: world.me,
                read_seq: conv_seq - 1,
                delivered_seq: conv_seq,
            };
            events.push(Event::ReceiptMoved { receipt });
        }
        if conv_seq % 2 == 0 {
            let rev = conv_seq as u32 / 2;
            let muted = rev % 2 == 1;
            events.push(Event::MuteChanged { conversation: world.chat, muted, rev });
            let user = User { rev, ..user(world.me, "me") };
            let privacy = Privacy { typing: !muted, ..Privacy::default() };
            let me = Me { blocked: Vec::new(), user, email: "me@example.org".into(), privacy };
            events.push(Event::MeChanged { me });
        }
    }
    events
}
