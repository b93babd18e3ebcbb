//! A small world for tests: Ada, signed in, with chats in several scripts. Everything that could
//! vary (clock, zone, ids) is fixed, so that screens can be compared.

use chatter_protocol::frame::Welcome as WelcomeFrame;
use chatter_protocol::rest::{ConversationsPage, MessagesPage};
use chatter_protocol::{
    Attachment, ClientMsgId, Conversation, ConversationId, ConversationKind, ConversationView,
    Event as Entry, ImageSize, Limits, Me, MediaId, Message, MessageId, Person, Position, Presence,
    Privacy, ServerFrame, SessionId, Timestamp, User, UserId,
};
use jiff::tz::{TimeZone, offset};
use ratatui::layout::Size;

use super::{Account, Effect, Event, LinkState, State};
use crate::sync::Replica;
use crate::update::update;

/// Thursday, 5 March 2026, 13:45 where Ada is.
pub(crate) const NOW: &str = "2026-03-05T12:45:00.000Z";

pub(crate) const ADA: u8 = 1;
pub(crate) const GRACE: u8 = 2;
pub(crate) const SAKURA: u8 = 3;
pub(crate) const SARA: u8 = 4;
pub(crate) const ZOE: u8 = 5;

pub(crate) fn at(text: &str) -> Timestamp {
    serde_json::from_value(text.into()).expect("a time")
}

pub(crate) fn user_id(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

/// The chat with the person of that number; with oneself for notes.
pub(crate) fn chat_id(number: u8) -> ConversationId {
    ConversationId::from_bytes([100 + number; 16])
}

fn user(number: u8) -> User {
    let (username, name, status) = match number {
        ADA => ("ada", "Ada Lovelace", None),
        GRACE => ("grace", "Grace Hopper", Some("at the Mark II until six")),
        SAKURA => ("sakura", "田中さくら", Some("休憩中 ☕")),
        SARA => ("sara", "שרה לוי", None),
        _ => ("zoe", "Zoe\u{308} 👩‍🔬", None),
    };
    User {
        avatar: None,
        status_expires_at: None,
        time_zone: None,
        id: user_id(number),
        username: username.parse().expect("a username"),
        display_name: name.parse().expect("a name"),
        status_message: status.map(|status| status.parse().expect("a status")),
        created_at: at("2025-11-20T08:00:00.000Z"),
        rev: 0,
    }
}

pub(crate) fn person(number: u8) -> Person {
    let online = matches!(number, ADA | GRACE | ZOE);
    let last_seen_at = (number != SARA).then(|| at("2026-03-04T20:10:00.000Z"));
    let presence = Presence { user: user_id(number), online, last_seen_at };
    Person { user: user(number), presence }
}

pub(crate) fn message(chat: u8, conv_seq: u64, sender: u8, time: &str, body: &str) -> Message {
    let mut key = [chat; 16];
    key[0] = conv_seq as u8;
    Message {
        attachments: Vec::new(),
        withheld: false,
        msg_id: MessageId::from_bytes(key),
        conversation: chat_id(chat),
        conv_seq,
        sender: user_id(sender),
        client_msg_id: ClientMsgId::from_bytes(key),
        body: body.to_owned(),
        reply_to: None,
        created_at: at(time),
        edited_at: None,
        deleted_at: None,
        unattended: false,
        rev: 0,
    }
}

/// A picture of that number, 47 KiB of it.
pub(crate) fn attached_picture(number: u8, name: &str, width: u32, height: u32) -> Attachment {
    Attachment {
        content_type: "image/png".into(),
        bytes: 47 * 1024,
        image: Some(ImageSize { width, height }),
        ..attached_file(number, name)
    }
}

/// Another file of that number.
pub(crate) fn attached_file(number: u8, name: &str) -> Attachment {
    Attachment {
        media: MediaId::from_bytes([number; 16]),
        name: name.parse().expect("a name"),
        content_type: "text/plain".into(),
        bytes: 12 * 1024,
        alt: None,
        image: None,
    }
}

/// What the list says of a chat whose newest message is `last`; `peer_at` is how far the peer has
/// it delivered, and has read one less.
pub(crate) fn view(chat: u8, last: Option<Message>, unread: u64, peer_at: u64) -> ConversationView {
    let head_seq = last.as_ref().map_or(0, |message| message.conv_seq);
    let mut members = vec![user_id(ADA), user_id(chat)];
    members.dedup();
    ConversationView {
        conversation: Conversation {
            id: chat_id(chat),
            kind: ConversationKind::Direct,
            name: None,
            member_count: members.len() as u32,
            members,
            created_at: at("2026-03-01T08:00:00.000Z"),
            rev: 0,
        },
        peer: Some(person(chat)),
        last_message: last,
        head_seq,
        read_seq: head_seq - unread,
        unread_count: unread,
        peer_read_seq: peer_at.saturating_sub(1),
        peer_delivered_seq: peer_at,
        muted: false,
        mute_rev: 0,
    }
}

pub(crate) fn welcome_frame() -> ServerFrame {
    ServerFrame::Welcome(Box::new(WelcomeFrame {
        server: "test".into(),
        session: SessionId::from_bytes([9; 16]),
        me: Me {
            blocked: Vec::new(),
            user: user(ADA),
            email: "ada@example.org".into(),
            privacy: Privacy::default(),
        },
        positions: vec![Position::user("e1", 0)],
        limits: Limits::default(),
        heartbeat_ms: 15_000,
        features: vec![],
        time: at(NOW),
    }))
}

pub(crate) fn grace_history() -> Vec<Message> {
    let long = "Look: a real one, between the contacts of relay 70 in panel F. I taped it into the \
                logbook, next to the entry of 9 September.";
    vec![
        message(GRACE, 1, GRACE, "2026-03-03T09:12:00.000Z", "Good morning!"),
        message(GRACE, 2, ADA, "2026-03-03T09:20:00.000Z", "Morning, Grace 👋"),
        message(GRACE, 3, GRACE, "2026-03-05T12:30:10.000Z", "We found the bug."),
        message(GRACE, 4, GRACE, "2026-03-05T12:31:00.000Z", long),
        message(
            GRACE,
            5,
            ADA,
            "2026-03-05T12:33:00.000Z",
            "Family 👨‍👩‍👧‍👦, flag 🇩🇪, e\u{301}te\u{301}, 日本語",
        ),
        message(GRACE, 6, ADA, "2026-03-05T12:34:00.000Z", "fn main() {\n\tlet moth = 1;\n}"),
        message(GRACE, 7, ADA, "2026-03-05T12:35:00.000Z", "Keep it!"),
    ]
}

/// Ada at the welcome screen.
pub(crate) fn nobody(width: u16, height: u16) -> State {
    let zone = TimeZone::fixed(offset(1));
    let mut state = State::new("https://chat.example.org", "", at(NOW), zone);
    state.size = Size::new(width, height);
    state.title = Some("chatter".to_owned());
    state
}

/// Ada, signed in and connected, with five chats; none is open.
pub(crate) fn world(width: u16, height: u16) -> State {
    let mut state = nobody(width, height);
    let mut replica = Replica::default();
    replica.apply(welcome_frame());
    let newest = grace_history().pop();
    let sakura = message(
        SAKURA,
        9,
        SAKURA,
        "2026-03-05T08:02:00.000Z",
        "会議は三時からです。資料を送りました。",
    );
    let sara = message(SARA, 3, SARA, "2026-03-04T18:00:00.000Z", "שלום עדה, מה שלומך?");
    let zoe = message(ZOE, 2, ADA, "2026-02-11T18:00:00.000Z", "See you 🏳️‍🌈");
    replica.load_conversations(ConversationsPage {
        conversations: vec![
            view(GRACE, newest, 0, 6),
            view(SAKURA, Some(sakura), 3, 6),
            view(SARA, Some(sara), 1, 0),
            view(ZOE, Some(zoe), 0, 2),
            view(ADA, None, 0, 0),
        ],
        next: None,
    });
    replica.load_messages(
        chat_id(GRACE),
        MessagesPage { messages: grace_history(), from_seq: 1, to_seq: 7, head_seq: 7 },
    );
    let mut account = Account::new(replica);
    account.list_loaded = true;
    account.link = LinkState::Online;
    state.account = Some(account);
    state.welcome = None;
    settle(&mut state);
    state
}

/// Ada, with Grace's chat open.
pub(crate) fn reading(width: u16, height: u16) -> State {
    let mut state = world(width, height);
    press(&mut state, &["enter"]);
    state
}

/// Many messages of Grace's, `count` in all, the last `loaded` of them here and `unread` unread.
pub(crate) fn long_chat(width: u16, height: u16, count: u64, loaded: u64, unread: u64) -> State {
    let mut state = world(width, height);
    let messages = long_history(count - loaded + 1, count);
    let account = state.account.as_mut().expect("signed in");
    let mut replica = Replica::default();
    replica.apply(welcome_frame());
    replica.load_conversation(view(GRACE, messages.last().cloned(), unread, count));
    let from_seq = count - loaded + 1;
    let page = MessagesPage { messages, from_seq, to_seq: count, head_seq: count };
    replica.load_messages(chat_id(GRACE), page);
    account.replica = replica;
    account.chosen = Some(chat_id(GRACE));
    press(&mut state, &["enter"]);
    state
}

pub(crate) fn long_history(from: u64, to: u64) -> Vec<Message> {
    let body = |number: u64| format!("message {number}");
    (from..=to)
        .map(|number| message(GRACE, number, GRACE, "2026-03-05T12:00:00.000Z", &body(number)))
        .collect()
}

pub(crate) fn settle(state: &mut State) -> Vec<Effect> {
    let mut effects = update(state, Event::Settled);
    effects.extend(together(state));
    // The disk does what it is told.
    while effects.iter().any(|effect| matches!(effect, Effect::Keep(_))) {
        effects.retain(|effect| !matches!(effect, Effect::Keep(_)));
        effects.extend(update(state, Event::Kept));
        effects.extend(update(state, Event::Settled));
        effects.extend(together(state));
    }
    effects
}

/// The moment at which what waits to be kept has waited long enough.
fn together(state: &mut State) -> Vec<Effect> {
    let Some(account) = &state.account else { return Vec::new() };
    let due = account.keeping.next_batch_at().filter(|_| !account.keeping.is_in_need());
    let Some(due) = due else { return Vec::new() };
    let now = std::mem::replace(&mut state.now, due);
    let effects = update(state, Event::Settled);
    state.now = now;
    effects
}

/// Presses keys one after the other; what was wanted of the outside.
pub(crate) fn press(state: &mut State, keys: &[&str]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys {
        effects.extend(update(state, Event::Key(key.parse().expect("a key"))));
        effects.extend(settle(state));
    }
    effects
}

/// Types `text`, as a person does.
pub(crate) fn type_text(state: &mut State, text: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for character in text.chars() {
        let key = crossterm::event::KeyCode::Char(character);
        effects.extend(update(state, Event::Key(key.into())));
    }
    effects.extend(settle(state));
    effects
}

/// The server's next event.
pub(crate) fn event(state: &mut State, seq: u64, event: Entry) -> Vec<Effect> {
    let mut effects = update(state, Event::Frame(Box::new(ServerFrame::Event { seq, event })));
    effects.extend(settle(state));
    effects
}

/// Ada blocks these people, and nobody else, on another device.
pub(crate) fn blocking(state: &mut State, people: &[u8]) -> Vec<Effect> {
    let known = state.account.as_ref().and_then(|account| account.replica.me().cloned());
    let mut me = known.expect("signed in");
    me.user.rev += 1;
    me.blocked = people.iter().map(|number| user_id(*number)).collect();
    event(state, me.user.rev.into(), Entry::MeChanged { me })
}

/// Somebody posts a message.
pub(crate) fn posted(state: &mut State, seq: u64, message: Message) -> Vec<Effect> {
    event(state, seq, Entry::MessagePosted { message })
}
