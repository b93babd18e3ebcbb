//! The wire format, fixed by committed JSON: one file for every frame, event and body.
//!
//! A changed file is a changed protocol. `UPDATE_WIRE=1 cargo test -p chatter-protocol --test wire`
//! writes the files anew; then read the difference as the other side's developer would.

mod samples;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::PathBuf;

use chatter_protocol::rest::UpdateMeRequest;
use chatter_protocol::{ClientFrame, ConversationView, ErrorCode, Event, Me, Privacy, ServerFrame};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire")
}

/// The value is written as the file says, and read back from it as it was.
fn fixed<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) -> Value {
    let path = folder().join(format!("{name}.json"));
    let written = serde_json::to_value(value).expect("writes");
    if std::env::var_os("UPDATE_WIRE").is_some() {
        let text = serde_json::to_string_pretty(&written).expect("writes");
        std::fs::write(&path, text + "\n").expect("writes");
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{name}.json is missing"));
    let committed: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(written, committed, "{name} is written otherwise than committed");
    // In the files the fields are sorted, so that the tag is behind others; as written it is first.
    for text in [text, serde_json::to_string(value).expect("writes")] {
        let read: T = serde_json::from_str(&text).expect("reads");
        assert_eq!(&read, value, "{name} is read otherwise");
    }
    committed
}

/// As [`fixed`], for what a newer version may add fields to.
fn open<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let mut newer = fixed(name, value);
    add_fields(&mut newer);
    let read: T = serde_json::from_value(newer).expect("unknown fields are ignored");
    assert_eq!(&read, value, "{name} with unknown fields");
}

/// As [`fixed`], for requests: a field that the server does not know is refused, not dropped.
fn closed<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let mut newer = fixed(name, value);
    newer["a_newer_field"] = json!(1);
    assert!(serde_json::from_value::<T>(newer).is_err(), "{name} takes unknown fields");
}

fn add_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(add_fields);
            fields.insert("a_newer_field".to_owned(), json!({ "x": [1, null] }));
        }
        Value::Array(items) => items.iter_mut().for_each(add_fields),
        _ => {}
    }
}

#[test]
fn client_frames() {
    let mut seen = BTreeSet::new();
    for frame in samples::client_frames() {
        let kind = match &frame {
            ClientFrame::Hello { .. } => "hello",
            ClientFrame::Send(_) => "send",
            ClientFrame::Read { .. } => "read",
            ClientFrame::Confirm { .. } => "confirm",
            ClientFrame::Typing { .. } => "typing",
            ClientFrame::Watch { .. } => "watch",
            ClientFrame::Heartbeat => "heartbeat",
            ClientFrame::Ping { .. } => "ping",
            ClientFrame::Unknown => panic!("nobody says that"),
        };
        open(&format!("client_{kind}"), &frame);
        seen.insert(kind);
    }
    assert_eq!(seen.len(), 8, "{seen:?}");
}

#[test]
fn server_frames() {
    let mut seen = BTreeSet::new();
    for frame in samples::server_frames() {
        let kind = match &frame {
            ServerFrame::Welcome(_) => "welcome",
            ServerFrame::Reset { .. } => "reset",
            ServerFrame::Event { .. } => "event",
            ServerFrame::Ack(_) => "ack",
            ServerFrame::Refused { .. } => "refused",
            ServerFrame::Typing { .. } => "typing",
            ServerFrame::Presence { .. } => "presence",
            ServerFrame::Heartbeat { .. } => "heartbeat",
            ServerFrame::Pong { .. } => "pong",
            ServerFrame::Error { .. } => "error",
            ServerFrame::Unknown => panic!("nobody says that"),
        };
        open(&format!("server_{kind}"), &frame);
        seen.insert(kind);
    }
    assert_eq!(seen.len(), 10, "{seen:?}");
}

#[test]
fn events() {
    let mut seen = BTreeSet::new();
    for event in samples::events() {
        let kind = match &event {
            Event::MessagePosted { .. } => "message_posted",
            Event::MessageEdited { .. } => "message_edited",
            Event::MessageDeleted { .. } => "message_deleted",
            Event::ReceiptMoved { .. } => "receipt_moved",
            Event::ConversationAdded { .. } => "conversation_added",
            Event::ConversationChanged { .. } => "conversation_changed",
            Event::ProfileChanged { .. } => "profile_changed",
            Event::MeChanged { .. } => "me_changed",
            Event::MuteChanged { .. } => "mute_changed",
            Event::Unblocked { .. } => "unblocked",
            Event::Unknown => panic!("nobody says that"),
        };
        open(&format!("event_{kind}"), &event);
        seen.insert(kind);
    }
    assert_eq!(seen.len(), 10, "{seen:?}");
}

#[test]
fn bodies() {
    closed("rest_signup", &samples::signup());
    closed("rest_signin", &samples::signin());
    closed("rest_change_password", &samples::change_password());
    closed("rest_update_me", &samples::update_me());
    closed("rest_open_direct", &samples::open_direct());
    closed("rest_open_room", &samples::open_room());
    closed("rest_post_message", &samples::post_message());
    closed("rest_edit_message", &samples::edit_message());
    closed("rest_mark_read", &samples::mark_read());
    closed("rest_mute", &samples::mute());
    open("rest_session_grant", &samples::session_grant());
    open("rest_session", &samples::session_answer());
    open("rest_sessions", &samples::sessions());
    closed("rest_create_token", &samples::create_token());
    open("rest_token_grant", &samples::token_grant());
    open("rest_events", &samples::events_page());
    open("rest_ended", &samples::ended());
    open("rest_users", &samples::users());
    open("rest_conversations", &samples::conversations());
    open("rest_messages", &samples::messages());
    open("rest_read", &samples::read_answer());
    open("rest_muted", &samples::mute_answer());
    open("rest_error", &samples::error_answer());
    open("rest_attachment", &samples::attachment());
}

#[test]
fn what_a_newer_side_says_is_understood_as_unknown() {
    let newer = r#"{"type":"reaction","emoji":"+1"}"#;
    assert_eq!(serde_json::from_str::<ClientFrame>(newer).expect("reads"), ClientFrame::Unknown);
    assert_eq!(serde_json::from_str::<ServerFrame>(newer).expect("reads"), ServerFrame::Unknown);
    let newer = r#"{"type":"event","seq":3,"event":{"kind":"pinned","message":1}}"#;
    assert_eq!(
        serde_json::from_str::<ServerFrame>(newer).expect("reads"),
        ServerFrame::Event { seq: 3, event: Event::Unknown }
    );
    assert_eq!(
        serde_json::from_str::<ErrorCode>("\"too_new\"").expect("reads"),
        ErrorCode::Unknown
    );
}

#[test]
fn what_is_no_frame_is_refused() {
    for text in [
        "[]",
        "7",
        r#""ping""#,
        "{}",
        r#"{"id":9}"#,
        r#"{"type":7,"id":9}"#,
        r#"{"type":"ping"}"#,
        r#"{"type":"ping","id":9"#,
        r#"{"id":9,"type":"ping""#,
        r#"{"type":"ping","id":"9"}"#,
        r#"{"id":"9","type":"ping"}"#,
        r#"{"type":"ping","id":9,"id":9}"#,
        r#"{"type":"later","x":[}"#,
    ] {
        assert!(serde_json::from_str::<ClientFrame>(text).is_err(), "{text}");
    }
}

#[test]
fn every_committed_file_is_checked() {
    let count = std::fs::read_dir(folder()).expect("there").count();
    assert_eq!(count, 8 + 10 + 10 + 24);
}

#[test]
fn what_an_older_side_leaves_out_is_shared_and_not_muted() {
    let mut me = serde_json::to_value(samples::session_answer().me).expect("writes");
    me["privacy"] = json!({ "receipts": false });
    let shares = serde_json::from_value::<Me>(me.clone()).expect("reads").privacy;
    assert_eq!(shares, Privacy { receipts: false, ..Privacy::default() });
    me.as_object_mut().expect("an object").remove("privacy");
    let me: Me = serde_json::from_value(me).expect("reads");
    assert!(me.privacy.receipts && me.privacy.typing && me.privacy.presence);

    let mut view =
        serde_json::to_value(samples::conversations().conversations.remove(0)).expect("writes");
    for newer in ["muted", "mute_rev"] {
        view.as_object_mut().expect("an object").remove(newer);
    }
    let view: ConversationView = serde_json::from_value(view).expect("reads");
    assert!(!view.muted);

    let unknown = json!({ "privacy": { "receipts": true, "of_the_future": true } });
    assert!(serde_json::from_value::<UpdateMeRequest>(unknown).is_err(), "dropped in silence");
}
