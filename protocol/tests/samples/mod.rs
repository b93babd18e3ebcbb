//! One of everything, with fixed ids and times.

use std::str::FromStr;

use chatter_protocol::error::ErrorAnswer;
use chatter_protocol::frame::{Ack, ResetReason, Send, Welcome};
use chatter_protocol::rest::*;
use chatter_protocol::*;

fn id<T: FromStr>(last: u8) -> T
where
    T::Err: std::fmt::Debug,
{
    format!("0190b6a0-1f00-7000-8000-0000000000{last:02x}").parse().expect("an id")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000 + second * 1_000 + 7)
}

fn user() -> User {
    User {
        id: id(1),
        username: "ada".parse().expect("valid"),
        display_name: "Ada Lovelace".parse().expect("valid"),
        status_message: Some("at the engine".parse().expect("valid")),
        status_expires_at: Some(at(3_600)),
        avatar: Some(id(8)),
        time_zone: Some("Europe/London".parse().expect("valid")),
        created_at: at(0),
        rev: 3,
    }
}

fn me() -> Me {
    Me {
        user: user(),
        email: "ada@example.org".into(),
        privacy: Privacy { typing: false, ..Privacy::default() },
        blocked: vec![id(9)],
    }
}

fn presence() -> Presence {
    Presence { user: id(1), online: false, last_seen_at: Some(at(60)) }
}

fn conversation() -> Conversation {
    Conversation {
        id: id(2),
        kind: ConversationKind::Direct,
        name: None,
        members: vec![id(1), id(3)],
        member_count: 2,
        created_at: at(1),
        rev: 0,
    }
}

fn room() -> Conversation {
    Conversation {
        kind: ConversationKind::Room,
        name: Some("Engines".into()),
        members: vec![],
        member_count: 12,
        rev: 4,
        ..conversation()
    }
}

fn message() -> Message {
    Message {
        msg_id: id(4),
        conversation: id(2),
        conv_seq: 7,
        sender: id(1),
        client_msg_id: id(5),
        body: "Grüße 👋\n\tzweite Zeile".into(),
        reply_to: Some(6),
        created_at: at(2),
        edited_at: None,
        deleted_at: None,
        unattended: false,
        attachments: vec![attachment()],
        withheld: false,
        rev: 0,
    }
}

pub(crate) fn attachment() -> Attachment {
    Attachment {
        media: id(7),
        name: FileName::of("engine.png"),
        content_type: "image/png".into(),
        bytes: 48_213,
        alt: Some("The engine, from the side".into()),
        image: Some(ImageSize { width: 1_280, height: 720 }),
    }
}

fn edited() -> Message {
    Message { body: "Grüße".into(), edited_at: Some(at(3)), rev: 1, ..message() }
}

fn deleted() -> Message {
    Message {
        body: String::new(),
        attachments: vec![],
        deleted_at: Some(at(4)),
        withheld: true,
        rev: 2,
        ..edited()
    }
}

fn receipt() -> Receipt {
    Receipt { conversation: id(2), user: id(3), read_seq: 5, delivered_seq: 7 }
}

fn session() -> Session {
    Session {
        id: id(6),
        device_name: "laptop".into(),
        remember: true,
        created_at: at(0),
        last_used_at: at(5),
        expires_at: at(2_592_000),
        current: true,
        rights: Rights { send: true, read: true, account: false },
    }
}

fn error() -> ErrorBody {
    ErrorBody::new(ErrorCode::RateLimited, "Too fast. Wait a moment.").retry_after_ms(1_500)
}

fn position(seq: u64) -> Position {
    Position::user("5f3a9c01", seq)
}

pub(crate) fn client_frames() -> Vec<ClientFrame> {
    vec![
        ClientFrame::Hello {
            token: Secret::new("cht_secret"),
            positions: vec![position(41)],
            client: "chatter/0.1.0".into(),
            heartbeat_ms: Some(5_000),
            unattended: true,
        },
        ClientFrame::Send(Send {
            conversation: id(2),
            client_msg_id: id(5),
            body: "hello".into(),
            reply_to: Some(6),
            attachments: vec![id(7)],
        }),
        ClientFrame::Read { conversation: id(2), conv_seq: 7 },
        ClientFrame::Confirm { position: position(42) },
        ClientFrame::Typing { conversation: id(2) },
        ClientFrame::Watch { users: vec![id(1), id(3)] },
        ClientFrame::Heartbeat,
        ClientFrame::Ping { id: 9 },
    ]
}

pub(crate) fn server_frames() -> Vec<ServerFrame> {
    vec![
        ServerFrame::Welcome(Box::new(Welcome {
            server: "chatter-server/0.1.0".into(),
            session: id(6),
            me: me(),
            positions: vec![position(42)],
            limits: Limits::default(),
            heartbeat_ms: 15_000,
            features: vec!["reactions".into()],
            time: at(9),
        })),
        ServerFrame::Reset { position: position(42), reason: ResetReason::TooFarBehind },
        ServerFrame::Event { seq: 42, event: Event::MessagePosted { message: message() } },
        ServerFrame::Ack(ack()),
        ServerFrame::Refused { client_msg_id: id(5), error: error() },
        ServerFrame::Typing { conversation: id(2), user: id(3) },
        ServerFrame::Presence { users: vec![presence()] },
        ServerFrame::Heartbeat { positions: vec![position(42)] },
        ServerFrame::Pong { id: 9 },
        ServerFrame::Error { error: error() },
    ]
}

pub(crate) fn events() -> Vec<Event> {
    vec![
        Event::MessagePosted { message: message() },
        Event::MessageEdited { message: edited() },
        Event::MessageDeleted { message: deleted() },
        Event::ReceiptMoved { receipt: receipt() },
        Event::ConversationAdded { conversation: conversation(), users: vec![user()] },
        Event::ConversationChanged { conversation: room() },
        Event::ProfileChanged { user: user() },
        Event::MeChanged { me: me() },
        Event::MuteChanged { conversation: id(2), muted: true, rev: 3 },
        Event::Unblocked { user: user() },
    ]
}

fn ack() -> Ack {
    Ack { client_msg_id: id(5), msg_id: id(4), conversation: id(2), conv_seq: 7, created_at: at(2) }
}

pub(crate) fn signup() -> SignupRequest {
    SignupRequest {
        email: "ada@example.org".into(),
        username: "ada".into(),
        password: Secret::new("correct horse battery"),
        display_name: Some("Ada Lovelace".into()),
        remember: true,
        device_name: Some("laptop".into()),
    }
}

pub(crate) fn signin() -> SigninRequest {
    SigninRequest {
        login: "ada".into(),
        password: Secret::new("correct horse battery"),
        remember: false,
        device_name: Some("laptop".into()),
    }
}

pub(crate) fn change_password() -> ChangePasswordRequest {
    ChangePasswordRequest {
        old_password: Secret::new("correct horse battery"),
        new_password: Secret::new("incorrect horse battery"),
    }
}

pub(crate) fn update_me() -> UpdateMeRequest {
    UpdateMeRequest {
        display_name: Some("Ada".into()),
        status_message: Some(String::new()),
        status_expires_at: Some(at(3_600)),
        time_zone: Some("Europe/London".into()),
        privacy: Some(PrivacyChange {
            receipts: Some(true),
            typing: Some(false),
            presence: Some(true),
        }),
    }
}

pub(crate) fn open_direct() -> OpenConversationRequest {
    OpenConversationRequest::Direct { user: UserRef::Username("ada".parse().expect("valid")) }
}

pub(crate) fn open_room() -> OpenConversationRequest {
    OpenConversationRequest::Room { name: "Engines".into(), members: vec![UserRef::Id(id(1))] }
}

pub(crate) fn post_message() -> PostMessageRequest {
    PostMessageRequest {
        client_msg_id: id(5),
        body: "hello".into(),
        reply_to: Some(6),
        attachments: vec![id(7)],
        unattended: true,
    }
}

pub(crate) fn edit_message() -> EditMessageRequest {
    EditMessageRequest { body: "hello again".into() }
}

pub(crate) fn mark_read() -> MarkReadRequest {
    MarkReadRequest { conv_seq: 7 }
}

pub(crate) fn mute() -> MuteRequest {
    MuteRequest { muted: true }
}

pub(crate) fn mute_answer() -> MuteAnswer {
    MuteAnswer { muted: true, mute_rev: 3 }
}

pub(crate) fn session_grant() -> SessionGrant {
    SessionGrant { token: Secret::new("cht_secret"), session: session(), me: me() }
}

pub(crate) fn session_answer() -> SessionAnswer {
    SessionAnswer { session: session(), me: me() }
}

pub(crate) fn sessions() -> SessionsAnswer {
    SessionsAnswer { sessions: vec![session()] }
}

pub(crate) fn create_token() -> CreateTokenRequest {
    CreateTokenRequest { name: "ci".into(), send: true, read: false, expires_in_s: 7_776_000 }
}

pub(crate) fn token_grant() -> TokenGrant {
    TokenGrant { token: Secret::new("cht_secret"), session: session() }
}

pub(crate) fn events_page() -> EventsPage {
    let event = Event::MessagePosted { message: message() };
    let events = vec![StreamEvent { seq: 41, event }];
    EventsPage { events, position: position(41), head_seq: 52 }
}

pub(crate) fn ended() -> EndedAnswer {
    EndedAnswer { ended: vec![id(6)] }
}

fn person() -> Person {
    Person { user: user(), presence: presence() }
}

pub(crate) fn users() -> UsersPage {
    UsersPage { people: vec![person()], next: Some("ada".into()) }
}

pub(crate) fn conversations() -> ConversationsPage {
    let direct = ConversationView {
        conversation: conversation(),
        peer: Some(person()),
        last_message: Some(message()),
        head_seq: 7,
        read_seq: 5,
        unread_count: 2,
        peer_read_seq: 6,
        peer_delivered_seq: 7,
        muted: true,
        mute_rev: 3,
    };
    let room = ConversationView {
        conversation: room(),
        peer: None,
        last_message: None,
        head_seq: 0,
        read_seq: 0,
        unread_count: 0,
        peer_read_seq: 0,
        peer_delivered_seq: 0,
        muted: false,
        mute_rev: 0,
    };
    ConversationsPage { conversations: vec![direct, room], next: Some("next".into()) }
}

pub(crate) fn messages() -> MessagesPage {
    MessagesPage { messages: vec![message()], from_seq: 7, to_seq: 7, head_seq: 9 }
}

pub(crate) fn read_answer() -> ReadAnswer {
    ReadAnswer { read_seq: 7, unread_count: 2 }
}

pub(crate) fn error_answer() -> ErrorAnswer {
    let mut error = error().about("body");
    error.request_id = Some("0190b6a0".into());
    ErrorAnswer { error }
}
