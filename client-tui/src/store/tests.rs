//! The promises of the local store: kept is kept, twice is once, damage is told and survived,
//! and processes of one account do not disturb each other.

use chatter_protocol::frame::Send;
use chatter_protocol::{
    ClientMsgId, Conversation, ConversationId, ConversationKind, ErrorBody, ErrorCode, Message,
    MessageId, Position, Timestamp, UserId,
};
use tempfile::TempDir;

use super::*;
use crate::sync::HistoryRange::{After, Before, FromTime};
use crate::sync::{Change, ChatState, KeptUnsent, Replica, UnreadCount};

fn chat(id: ConversationId, head_seq: u64) -> ChatState {
    ChatState {
        conversation: Conversation {
            id,
            kind: ConversationKind::Direct,
            name: None,
            members: vec![],
            member_count: 2,
            created_at: Timestamp::from_millis(0),
            rev: 0,
        },
        head_seq,
        read_seq: 0,
        read_seq_confirmed: 0,
        peer_read_seq: 0,
        peer_delivered_seq: 0,
        counted: UnreadCount::default(),
        muted: false,
        mute_rev: 0,
    }
}

fn message(conversation: ConversationId, conv_seq: u64, rev: u32) -> Message {
    Message {
        attachments: Vec::new(),
        withheld: false,
        msg_id: MessageId::new(),
        conversation,
        conv_seq,
        sender: UserId::new(),
        client_msg_id: ClientMsgId::new(),
        body: format!("{conv_seq} in form {rev}"),
        reply_to: None,
        created_at: Timestamp::from_millis(0),
        edited_at: None,
        deleted_at: None,
        unattended: false,
        rev,
    }
}

fn covered(conversation: ConversationId, from_seq: u64, to_seq: u64) -> Vec<Change> {
    let messages = (from_seq..=to_seq).map(|seq| Change::Message(message(conversation, seq, 0)));
    let range = Change::Covered { conversation, from_seq, to_seq };
    messages.chain([range]).collect()
}

fn send(conversation: ConversationId, body: &str) -> Send {
    Send {
        attachments: Vec::new(),
        conversation,
        client_msg_id: ClientMsgId::new(),
        body: body.into(),
        reply_to: None,
    }
}

fn queued(send: &Send) -> Change {
    Change::Queued {
        send: send.clone(),
        attached: Vec::new(),
        queued_at: Timestamp::from_millis(7),
    }
}

fn kept(send: Send, queued_at: Timestamp, refused: Option<ErrorBody>) -> KeptUnsent {
    KeptUnsent { send, attached: Vec::new(), queued_at, refused }
}

#[test]
fn what_was_kept_is_there_after_a_restart() {
    let folder = TempDir::new().expect("a folder");
    let path = store_path(folder.path(), "server", "ada");
    let id = ConversationId::new();
    let (first, second) = (send(id, "one"), send(id, "two"));
    let error = ErrorBody::new(ErrorCode::TextRefused, "No.");
    {
        let mut store = open(&path).store;
        let mut changes = covered(id, 3, 5);
        changes.push(Change::Chat(chat(id, 5)));
        changes.push(Change::Draft { conversation: id, body: "half a tho".into() });
        changes.push(Change::Position(Position::user("e1", 9)));
        changes.extend([queued(&first), queued(&second)]);
        changes.push(Change::Refused { key: first.client_msg_id, error: Some(error.clone()) });
        store.keep(&changes).expect("keeps");
    }
    let opened = open(&path);
    assert_eq!(opened.notice, None);
    assert_eq!(opened.kept.position, Some(Position::user("e1", 9)));
    assert_eq!(opened.kept.chats.len(), 1);
    let at = Timestamp::from_millis(7);
    assert_eq!(opened.kept.outbox, [kept(first, at, Some(error)), kept(second, at, None)]);
    assert_eq!(opened.kept.drafts[&id], "half a tho");
    let page = opened.store.page(id, Before(6), 2).expect("reads").expect("here");
    assert_eq!((page.from_seq, page.to_seq, page.messages.len()), (4, 5, 2));
    let page = opened.store.page(id, Before(4), 50).expect("reads").expect("here");
    assert_eq!((page.from_seq, page.to_seq), (3, 3));
    assert_eq!(opened.store.page(id, Before(3), 50).expect("reads"), None, "2 is not here");
}

#[test]
fn keeping_twice_or_late_changes_nothing() {
    let mut store = LocalStore::in_memory();
    let id = ConversationId::new();
    let newest = message(id, 1, 2);
    let ahead = ChatState { read_seq: 4, ..chat(id, 6) };
    store.keep(&[Change::Message(newest.clone()), Change::Chat(ahead.clone())]).expect("keeps");
    store.keep(&[Change::Covered { conversation: id, from_seq: 1, to_seq: 1 }]).expect("keeps");
    store.keep(&[Change::Message(message(id, 1, 1)), Change::Chat(chat(id, 2))]).expect("keeps");
    store.keep(&[Change::Position(Position::user("e", 5))]).expect("keeps");
    store.keep(&[Change::Position(Position::user("e", 4))]).expect("keeps");
    assert_eq!(store.page(id, Before(2), 9).expect("reads").expect("here").messages, [newest]);
    let kept = store.kept().expect("reads");
    assert_eq!(kept.chats[0].0, ahead);
    assert_eq!(kept.position, Some(Position::user("e", 5)));
}

#[test]
fn ranges_join_and_holes_stay_holes() {
    let mut store = LocalStore::in_memory();
    let id = ConversationId::new();
    store.keep(&[Change::Chat(chat(id, 9))]).expect("keeps");
    for (from, to) in [(8, 9), (1, 2), (4, 5)] {
        store.keep(&covered(id, from, to)).expect("keeps");
    }
    let reach = |store: &LocalStore, before| {
        store.page(id, Before(before), 50).expect("reads").map(|page| (page.from_seq, page.to_seq))
    };
    assert_eq!(reach(&store, 10), Some((8, 9)));
    assert_eq!(reach(&store, 8), None);
    store.keep(&covered(id, 6, 7)).expect("keeps");
    assert_eq!(reach(&store, 10), Some((4, 9)));
    store.keep(&covered(id, 2, 4)).expect("keeps");
    assert_eq!(reach(&store, 10), Some((1, 9)));
}

#[test]
fn pages_are_served_either_way_as_far_as_they_are_here() {
    let mut store = LocalStore::in_memory();
    let id = ConversationId::new();
    store.keep(&[Change::Chat(chat(id, 9))]).expect("keeps");
    for (from, to) in [(1, 2), (4, 7)] {
        store.keep(&covered(id, from, to)).expect("keeps");
    }
    let page = |range, rows_max| {
        let page = store.page(id, range, rows_max).expect("reads")?;
        let numbers: Vec<_> = page.messages.iter().map(|message| message.conv_seq).collect();
        assert_eq!(numbers, (page.from_seq..=page.to_seq).collect::<Vec<_>>());
        Some((page.from_seq, page.to_seq))
    };
    assert_eq!(page(After(0), 50), Some((1, 2)));
    assert_eq!(page(After(2), 50), None, "3 is not here");
    assert_eq!(page(After(3), 50), Some((4, 7)));
    assert_eq!(page(After(3), 2), Some((4, 5)));
    assert_eq!(page(After(5), 2), Some((6, 7)));
    assert_eq!(page(After(7), 2), None);
    assert_eq!(page(Before(7), 2), Some((5, 6)));
    for nowhere in [Before(0), Before(1), Before(u64::MAX), After(u64::MAX)] {
        assert_eq!(page(nowhere, 50), None, "{nowhere:?}");
    }
    assert_eq!(page(FromTime(Timestamp::from_millis(0)), 50), None, "only the server knows");
}

#[test]
fn a_mute_is_kept_and_an_older_one_does_not_undo_it() {
    let mut store = LocalStore::in_memory();
    let id = ConversationId::new();
    let muted = ChatState { muted: true, mute_rev: 3, ..chat(id, 0) };
    let older = ChatState { muted: false, mute_rev: 2, ..chat(id, 0) };
    let newer = ChatState { muted: false, mute_rev: 4, ..chat(id, 0) };
    for (change, is_kept) in [(&muted, true), (&older, true), (&newer, false), (&muted, false)] {
        store.keep(&[Change::Chat(change.clone())]).expect("keeps");
        let kept = Replica::restore(store.kept().expect("reads"));
        assert_eq!(kept.chat(id).expect("kept").muted(), is_kept);
    }
}

/// The tables as version 1 had them.
const SCHEMA_1: &str = include_str!("testdata/schema_1.sql");

#[test]
fn a_file_of_version_1_is_brought_up_to_date_and_loses_nothing() {
    let folder = TempDir::new().expect("a folder");
    let path = store_path(folder.path(), "server", "ada");
    let id = ConversationId::new();
    let unsent = send(id, "unsent");
    // What version 1 wrote: the same rows without the columns that came later.
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("makes");
    let old = Connection::open(&path).expect("opens");
    old.execute_batch(SCHEMA_1).expect("makes the tables");
    old.pragma_update(None, "user_version", 1).expect("writes");
    let conversation = serde_json::to_string(&chat(id, 5).conversation).expect("writes");
    old.execute(
        "INSERT INTO chats VALUES (?1, 0, ?2, 5, 4, 4, 3, 3, 1, 5, 4)",
        (id.as_bytes(), conversation),
    )
    .expect("writes");
    for conv_seq in 1..=5 {
        let text = serde_json::to_string(&message(id, conv_seq, 0)).expect("writes");
        old.execute("INSERT INTO messages VALUES (?1, ?2, 0, ?3)", (id.as_bytes(), conv_seq, text))
            .expect("writes");
    }
    old.execute("INSERT INTO coverage VALUES (?1, 1, 5)", [id.as_bytes()]).expect("writes");
    old.execute("INSERT INTO drafts VALUES (?1, 'half a tho')", [id.as_bytes()]).expect("writes");
    old.execute(
        "INSERT INTO outbox (key, send, queued_at, owner) VALUES (?1, ?2, 7, ?3)",
        (
            unsent.client_msg_id.as_bytes(),
            serde_json::to_string(&unsent).expect("writes"),
            // A process that is gone.
            ClientMsgId::new().to_string(),
        ),
    )
    .expect("writes");
    let at = serde_json::to_string(&Position::user("e1", 9)).expect("writes");
    old.execute("INSERT INTO facts VALUES ('position', ?1)", [at]).expect("writes");
    drop(old);

    for round in ["migrated", "opened again"] {
        let mut opened = open(&path);
        assert_eq!(opened.notice, None, "{round}");
        let state = &opened.kept.chats[0].0;
        assert_eq!((state.head_seq, state.read_seq, state.peer_read_seq), (5, 4, 3), "{round}");
        assert_eq!(opened.kept.position, Some(Position::user("e1", 9)));
        assert_eq!(opened.kept.outbox, [kept(unsent.clone(), Timestamp::from_millis(7), None)]);
        assert_eq!(opened.kept.drafts[&id], "half a tho");
        let page = opened.store.page(id, Before(6), 50).expect("reads").expect("here");
        assert_eq!(page.messages.len(), 5);
        assert_eq!(state.muted, round == "opened again");
        let muted = ChatState { muted: true, mute_rev: 1, ..chat(id, 5) };
        opened.store.keep(&[Change::Chat(muted)]).expect("keeps");
    }
}

#[test]
fn a_reset_keeps_what_is_unsent_and_is_done_once() {
    let mut store = LocalStore::in_memory();
    let id = ConversationId::new();
    let unsent = send(id, "mine");
    store.keep(&covered(id, 1, 3)).expect("keeps");
    store.keep(&[Change::Chat(chat(id, 3)), queued(&unsent)]).expect("keeps");
    store.keep(&[Change::Draft { conversation: id, body: "draft".into() }]).expect("keeps");
    let to = Position::user("e2", 40);
    store.keep(&[Change::Reset(to.clone())]).expect("keeps");
    let kept = store.kept().expect("reads");
    assert_eq!((kept.chats.len(), kept.outbox.len()), (0, 1));
    assert_eq!(kept.position, Some(to.clone()));
    assert_eq!(kept.drafts.len(), 1);

    // A second process of the account is told the same a moment later.
    store.keep(&[Change::Chat(chat(id, 1))]).expect("keeps");
    store.keep(&[Change::Reset(to)]).expect("keeps");
    assert_eq!(store.kept().expect("reads").chats.len(), 1);
}

#[test]
fn an_unsent_message_has_one_owner_and_outlives_it() {
    let folder = TempDir::new().expect("a folder");
    let path = store_path(folder.path(), "server", "ada");
    let unsent = send(ConversationId::new(), "mine");
    let mut first = open(&path).store;
    first.keep(&[queued(&unsent)]).expect("keeps");
    let mut second = open(&path);
    assert!(second.kept.outbox.is_empty(), "its owner lives");
    assert!(!second.store.adopt().expect("looks"));
    drop(first);
    assert!(second.store.adopt().expect("looks"));
    assert_eq!(second.store.kept().expect("reads").outbox.len(), 1);
    second.store.keep(&[Change::Unqueued(unsent.client_msg_id)]).expect("keeps");
    drop(second);
    assert!(open(&path).kept.outbox.is_empty());
}

#[test]
fn a_damaged_file_is_moved_aside_and_said() {
    let folder = TempDir::new().expect("a folder");
    let path = store_path(folder.path(), "server", "ada");
    drop(open(&path));
    std::fs::write(&path, b"this is no database, whatever its name says").expect("writes");
    let mut opened = open(&path);
    assert!(opened.notice.expect("said").contains("damaged"));
    opened.store.keep(&[Change::Position(Position::user("e", 1))]).expect("works again");
    drop(opened.store);
    assert_eq!(open(&path).kept.position, Some(Position::user("e", 1)));
    let names: Vec<_> = std::fs::read_dir(path.parent().expect("a folder"))
        .expect("reads")
        .map(|entry| entry.expect("reads").file_name().into_string().expect("text"))
        .collect();
    assert!(names.iter().any(|name| name.starts_with("store.damaged-")), "{names:?}");
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let folder = TempDir::new().expect("a folder");
    let path = store_path(folder.path(), "server", "ada");
    let opened = open(&path);
    opened.store.db.pragma_update(None, "user_version", SCHEMA_VERSION + 1).expect("writes");
    drop(opened);
    let mut opened = open(&path);
    assert!(opened.notice.expect("said").contains("newer"));
    opened.store.keep(&[queued(&send(ConversationId::new(), "x"))]).expect("works in memory");
}

#[test]
fn a_folder_that_can_not_be_written_is_worked_without() {
    let folder = TempDir::new().expect("a folder");
    let in_the_way = folder.path().join("server");
    std::fs::write(&in_the_way, b"a file, no folder").expect("writes");
    let opened = open(&store_path(folder.path(), "server", "ada"));
    assert!(opened.notice.expect("said").contains("can't be used"));
}

#[test]
fn a_replica_comes_back_as_it_was() {
    let mut store = LocalStore::in_memory();
    let mut replica = Replica::default();
    replica.keep_changes();
    let id = ConversationId::new();
    let key = replica.queue(id, "unsent".into(), None, Timestamp::from_millis(7));
    store.keep(&replica.take_changes()).expect("keeps");
    assert_eq!(replica.take_changes(), []);
    let restored = Replica::restore(store.kept().expect("reads"));
    let keys: Vec<_> = restored.outbox().iter().map(|unsent| unsent.send.client_msg_id).collect();
    assert_eq!(keys, [key]);
}
