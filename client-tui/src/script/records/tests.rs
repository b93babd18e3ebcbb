//! `SCRIPTING.md` shows each record as it is printed.

use std::collections::{BTreeMap, BTreeSet};

use chatter_protocol::frame::ResetReason;
use chatter_protocol::{
    Attachment, ClientMsgId, ConversationId, ConversationKind, FileName, MediaId, MessageId,
    SessionId, Timestamp, UserId, Username,
};
use serde_json::Value;

use super::*;
use crate::script::out::{Record, json_line};

type Fields = BTreeMap<String, BTreeSet<String>>;

fn fields_of(line: &str) -> (String, BTreeSet<String>) {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
    let fields = value.as_object().expect("an object");
    assert_eq!(fields["v"], 1, "{line}");
    (fields["type"].as_str().expect("a type").to_owned(), fields.keys().cloned().collect())
}

/// What the blocks of JSON show: of the first one, and of what `follow` prints.
fn documented() -> [Fields; 2] {
    let text = include_str!("../../../SCRIPTING.md");
    let mut blocks = text.split("```json\n").skip(1).map(|block| {
        let block = block.split("```").next().expect("closed");
        block.lines().map(fields_of).collect::<Fields>()
    });
    let both = [blocks.next().expect("one"), blocks.next().expect("two")];
    assert!(blocks.next().is_none());
    both
}

fn at() -> Timestamp {
    Timestamp::from_millis(0)
}

fn session() -> SessionRecord {
    SessionRecord {
        id: SessionId::new(),
        device_name: String::new(),
        current: false,
        remember: false,
        rights: vec![],
        created_at: at(),
        last_used_at: at(),
        expires_at: at(),
    }
}

fn message() -> MessageRecord {
    MessageRecord {
        conversation: ConversationId::new(),
        chat: String::new(),
        conv_seq: 1,
        msg_id: MessageId::new(),
        from: String::new(),
        mine: false,
        body: String::new(),
        attachments: vec![Attachment {
            media: MediaId::new(),
            name: FileName::of("x"),
            content_type: String::new(),
            bytes: 1,
            alt: None,
            image: None,
        }],
        withheld: true,
        reply_to: Some(1),
        key: ClientMsgId::new(),
        created_at: at(),
        edited_at: Some(at()),
        deleted_at: Some(at()),
    }
}

fn name() -> Username {
    "grace".parse().expect("valid")
}

fn printed() -> Vec<String> {
    let (id, conversation) = (UserId::new(), ConversationId::new());
    let lines = [
        json_line(&AccountRecord {
            server: String::new(),
            id,
            username: name(),
            display_name: String::new(),
            email: String::new(),
            rights: vec![],
            session: SessionId::new(),
            device_name: String::new(),
            expires_at: at(),
        }),
        json_line(&session()),
        json_line(&TokenRecord { token: String::new(), session: session() }),
        json_line(&EndedRecord { id: SessionId::new() }),
        json_line(&SentRecord {
            conversation,
            conv_seq: 1,
            msg_id: MessageId::new(),
            key: ClientMsgId::new(),
            created_at: at(),
            state: Place::Sent,
        }),
        json_line(&SavedRecord {
            media: MediaId::new(),
            name: String::new(),
            path: "x".into(),
            bytes: 1,
        }),
        json_line(&AnswerRecord {
            answer: String::new(),
            approved: true,
            from: name(),
            conversation,
            question_seq: 1,
            conv_seq: 2,
        }),
        json_line(&message()),
        json_line(&ChatRecord {
            conversation,
            kind: ConversationKind::Direct,
            chat: String::new(),
            display_name: String::new(),
            online: true,
            unread_count: 0,
            read_seq: 0,
            head_seq: 0,
            muted: false,
            last_message: Some(message()),
        }),
        json_line(&PersonRecord {
            id,
            username: name(),
            display_name: String::new(),
            status_message: Some(String::new()),
            status_expires_at: Some(at()),
            time_zone: "UTC".parse().ok(),
            avatar: Some(MediaId::new()),
            online: false,
            last_seen_at: Some(at()),
            created_at: at(),
        }),
        json_line(&BlockRecord {
            id,
            username: name(),
            display_name: String::new(),
            blocked: true,
        }),
        json_line(&StatusRecord { status_message: String::new(), status_expires_at: Some(at()) }),
    ];
    lines.into_iter().map(|line| line.expect("writes")).collect()
}

fn placed<R: Record>(record: R) -> String {
    let placed = Placed { record, replayed: false, position: "e:1".to_owned() };
    json_line(&placed).expect("writes")
}

fn followed() -> Vec<String> {
    let conversation = ConversationId::new();
    let said = MessageRecord {
        withheld: false,
        reply_to: None,
        edited_at: None,
        deleted_at: None,
        ..message()
    };
    vec![
        placed(said),
        placed(ReceiptRecord {
            conversation,
            chat: String::new(),
            from: String::new(),
            read_seq: 0,
            delivered_seq: 0,
        }),
        placed(ConversationRecord {
            conversation,
            kind: ConversationKind::Direct,
            chat: String::new(),
            member_count: 2,
        }),
        placed(ProfileRecord {
            id: UserId::new(),
            username: name(),
            display_name: String::new(),
            status_message: Some(String::new()),
            status_expires_at: Some(at()),
            time_zone: "UTC".parse().ok(),
            avatar: Some(MediaId::new()),
        }),
        placed(OtherRecord {}),
        placed(ResetRecord { reason: ResetReason::OtherEpoch }),
    ]
}

#[test]
fn the_documentation_shows_every_record_with_exactly_its_fields() {
    let [mut commands, follow] = documented();
    // Printed on standard error, see `out`.
    assert!(commands.remove("error").is_some());
    assert_eq!(commands, printed().iter().map(|line| fields_of(line)).collect::<Fields>());
    assert_eq!(follow, followed().iter().map(|line| fields_of(line)).collect::<Fields>());
}
