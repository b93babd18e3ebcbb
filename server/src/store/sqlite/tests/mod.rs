//! Promises of the SQLite store beyond the conformance story: groups, queues, failures, sizes.

mod streams;
mod upgrade;

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use chatter_protocol::rest::PrivacyChange;
use chatter_protocol::{ClientMsgId, Rights};
use futures_util::future::join_all;
use rusqlite::Connection;
use tempfile::TempDir;

use super::writer::{BATCH_COMMANDS_MAX, QUEUE_COMMANDS_MAX};
use super::*;
use crate::store::{Place, StoreError};

/// Two people in a conversation, in a directory of their own.
struct Pair {
    dir: TempDir,
    store: Arc<SqliteStore>,
    ada: UserId,
    bob: UserId,
    conversation: ConversationId,
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000)
}

async fn person(store: &SqliteStore, name: &str) -> UserId {
    let account = NewAccount {
        avatar: None,
        email: format!("{name}@example.org"),
        username: name.parse().expect("a username"),
        display_name: name.parse().expect("a display name"),
        password_hash: PasswordHash("hash".to_owned()),
        created_at: now(),
    };
    let mut token = [0; 32];
    token[..name.len()].copy_from_slice(name.as_bytes());
    let session = NewSession {
        token_hash: TokenHash(token),
        device_name: "laptop".to_owned(),
        remember: false,
        address: "192.0.2.1".to_owned(),
        created_at: now(),
        expires_at: Timestamp::from_millis(now().as_millis() + 86_400_000),
        rights: Rights::ALL,
    };
    store.create_account(account, session).await.expect("signs up").0.user.id
}

fn message(sender: UserId, conversation: ConversationId, body: &str) -> NewMessage {
    NewMessage {
        attachments: Vec::new(),
        sender,
        place: Place::Conversation(conversation),
        client_msg_id: ClientMsgId::new(),
        body: body.to_owned(),
        reply_to: None,
        unattended: false,
        created_at: now(),
    }
}

impl Pair {
    async fn open() -> Self {
        Self::with_sink(Arc::new(|_| {})).await
    }

    async fn with_sink(sink: CommitSink) -> Self {
        let dir = tempfile::tempdir().expect("temporary directory");
        let store = SqliteStore::open(dir.path(), sink).expect("opens");
        let (ada, bob) = (person(&store, "ada").await, person(&store, "bob").await);
        let conversation = store.open_direct(ada, bob, now()).await.expect("opens");
        Self { dir, store, ada, bob, conversation }
    }

    fn message(&self, body: &str) -> NewMessage {
        message(self.ada, self.conversation, body)
    }

    fn post(&self, body: &str) -> BoxFuture<'static, Result<Posted>> {
        self.store.post(self.message(body))
    }

    async fn head(&self) -> u64 {
        self.store.conversation(self.bob, self.conversation).await.expect("reads").head_seq
    }

    /// Makes the writer wait until the answer is dropped, so that what is queued meanwhile is
    /// surely waiting together.
    async fn hold(&self) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel();
        let (reached, is_held) = tokio::sync::oneshot::channel();
        let reached = Mutex::new(Some(reached));
        drop(self.store.writer.call(move |_| {
            let reached = reached.lock().expect("no panic").take();
            let _ = reached.map(|reached| reached.send(()));
            // An error says that the other end was dropped, which is the sign to go on.
            let _ = released.recv();
            Ok(())
        }));
        is_held.await.expect("the writer has it");
        release
    }
}

#[tokio::test]
async fn what_waits_together_is_committed_together() {
    let pair = Pair::open().await;
    let release = pair.hold().await;
    let posts: Vec<_> = (0..BATCH_COMMANDS_MAX * 2).map(|_| pair.post("together")).collect();
    let before = pair.store.commits();
    drop(release);
    for (n, post) in join_all(posts).await.into_iter().enumerate() {
        assert_eq!(post.expect("posts").ack.conv_seq, n as u64 + 1);
    }
    // One for the command that held the writer, one for each full batch.
    assert_eq!(pair.store.commits() - before, 3);
}

#[tokio::test]
async fn one_refused_or_panicking_command_spoils_no_other() {
    let pair = Pair::open().await;
    let release = pair.hold().await;
    let first = pair.post("first");
    let mut answer_to_nothing = pair.message("to nothing");
    answer_to_nothing.reply_to = Some(99);
    let refused = pair.store.post(answer_to_nothing);
    let half_done = pair.message("half done");
    let panicked = pair.store.writer.call(move |transaction| -> fault::Outcome<()> {
        messages::post(transaction, &half_done)?;
        panic!("expected in this test");
    });
    let broken = pair
        .store
        .writer
        .call(|transaction| Ok(transaction.sql.execute("INSERT INTO epochs VALUES (1)", [])?));
    let last = pair.post("last");
    let before = pair.store.commits();
    drop(release);
    assert_eq!(first.await.expect("posts").ack.conv_seq, 1);
    assert!(matches!(refused.await, Err(StoreError::NotFound)));
    assert!(matches!(panicked.await, Err(StoreError::Unavailable(_))));
    assert!(matches!(broken.await, Err(StoreError::Unavailable(_))));
    assert_eq!(last.await.expect("posts").ack.conv_seq, 2, "no number was lost");
    assert_eq!(pair.store.commits() - before, 2);
    assert!(pair.store.is_healthy());
}

#[tokio::test]
async fn a_refusal_after_something_was_written_undoes_that_alone() {
    let pair = Pair::open().await;
    let release = pair.hold().await;
    let before = pair.store.commits();
    let posts: Vec<_> = (0..30)
        .map(|n| {
            let mut message = pair.message("some hang something on it that is not there");
            message.attachments.extend((n % 3 == 2).then(MediaId::new));
            pair.store.post(message)
        })
        .collect();
    drop(release);
    let mut numbers = Vec::new();
    for (n, post) in join_all(posts).await.into_iter().enumerate() {
        match (n % 3, post) {
            (2, Err(StoreError::AttachmentUnknown)) => {}
            (0 | 1, Ok(posted)) => numbers.push(posted.ack.conv_seq),
            other => panic!("{other:?}"),
        }
    }
    assert!(numbers.into_iter().eq(1..=20), "dense, in order");
    assert_eq!(pair.store.commits() - before, 2, "all in one transaction");
    assert_eq!(pair.store.events_after(pair.bob, 0, 100, 1 << 20).await.expect("reads").len(), 21);
    assert_eq!(pair.store.stream_head(pair.bob).await.expect("reads"), 21);
}

#[tokio::test]
async fn what_the_writer_remembers_is_forgotten_when_it_changes() {
    let pair = Pair::open().await;
    pair.post("remembered").await.expect("posts");
    pair.store.set_blocked(pair.bob, pair.ada, true).await.expect("blocks");
    assert!(matches!(pair.post("refused").await, Err(StoreError::Blocked)));
    pair.store.set_blocked(pair.bob, pair.ada, false).await.expect("unblocks");
    pair.post("taken again").await.expect("posts");

    let answer = NewMessage { sender: pair.bob, ..pair.message("which shows that bob has read") };
    pair.store.post(answer.clone()).await.expect("posts");
    let shown = || async {
        let view = pair.store.conversation(pair.ada, pair.conversation).await.expect("reads");
        view.peer_read_seq
    };
    assert_eq!(shown().await, 3);
    let privacy = PrivacyChange { receipts: Some(false), ..PrivacyChange::default() };
    let change = ProfileChange { privacy, ..ProfileChange::default() };
    pair.store.update_profile(pair.bob, change).await.expect("changes");
    pair.store
        .post(NewMessage { client_msg_id: ClientMsgId::new(), ..answer })
        .await
        .expect("posts");
    assert_eq!(shown().await, 3, "what is not shared stays where it was");
}

#[tokio::test]
async fn a_full_queue_says_so_at_once() {
    let pair = Pair::open().await;
    let release = pair.hold().await;
    let posts: Vec<_> = (0..QUEUE_COMMANDS_MAX).map(|_| pair.post("waits")).collect();
    let refused = pair.post("one too many").await;
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    drop(release);
    assert!(join_all(posts).await.iter().all(Result::is_ok));
    assert_eq!(pair.head().await, QUEUE_COMMANDS_MAX as u64);
}

#[tokio::test]
async fn nobody_gets_success_when_the_commit_fails() {
    let told = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&told);
    let pair = Pair::with_sink(Arc::new(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    }))
    .await;
    let before = told.load(Ordering::Relaxed);
    let release = pair.hold().await;
    let mut posts = vec![pair.post("first")];
    let broken = pair.store.writer.call(|transaction| {
        let member_of_nothing = "PRAGMA defer_foreign_keys = ON;
            INSERT INTO members (conversation, user, read_seq, delivered_seq, active_at)
                VALUES (99, 99, 0, 0, 0);";
        Ok(transaction.sql.execute_batch(member_of_nothing)?)
    });
    posts.push(pair.post("last"));
    drop(release);
    for post in join_all(posts).await {
        assert!(matches!(post, Err(StoreError::Unavailable(_))), "{post:?}");
    }
    assert!(broken.await.is_err());
    assert_eq!(told.load(Ordering::Relaxed), before, "the sink was told nothing");
    assert_eq!(pair.head().await, 0);
    assert_eq!(pair.post("afterwards").await.expect("posts").ack.conv_seq, 1);
}

#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let pair = Pair::open().await;
    let limit = |pages: i64| {
        pair.store.writer.call(move |transaction| {
            let set = format!("PRAGMA max_page_count = {pages}");
            Ok(transaction.sql.query_row(&set, [], |row| row.get::<_, i64>(0))?)
        })
    };
    let pages = limit(1).await.expect("the limit is never below what is there");
    let body = "x".repeat(16 * 1024);
    let mut stored = 0;
    let refusal = loop {
        match pair.post(&body).await {
            Ok(_) => stored += 1,
            Err(refusal) => break refusal,
        }
    };
    assert!(matches!(refusal, StoreError::Full), "{refusal:?}");
    assert_eq!(pair.head().await, stored, "reading goes on");
    assert!(pair.store.is_healthy());
    limit(pages + 1_000).await.expect("more room");
    assert_eq!(pair.post(&body).await.expect("posts").ack.conv_seq, stored + 1);
}

#[tokio::test]
async fn after_a_failed_fsync_nothing_is_written_and_reading_goes_on() {
    let pair = Pair::open().await;
    pair.post("before").await.expect("posts");
    let broken = pair.store.writer.call(|_| -> fault::Outcome<()> {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
        Err(rusqlite::Error::SqliteFailure(code, None).into())
    });
    assert!(matches!(broken.await, Err(StoreError::Unavailable(_))));
    assert!(!pair.store.is_healthy());
    let commits = pair.store.commits();
    let refused = pair.post("after").await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert_eq!(pair.store.commits(), commits);
    assert_eq!(pair.head().await, 1);
    // What `GET health` asks for, so that it says no from here on.
    let written = pair.store.set_last_seen(Vec::new(), now()).await;
    assert!(matches!(written, Err(StoreError::Unavailable(_))), "{written:?}");
}

#[tokio::test]
async fn the_sink_is_told_after_the_commit_and_before_the_caller() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (file, noted) = (dir.path().join("chatter.sqlite3"), Arc::clone(&seen));
    let sink: CommitSink = Arc::new(move |appended| {
        let other = Connection::open(&file).expect("opens");
        assert_eq!(appended.recipients.len(), 1);
        let query = "SELECT count(*) FROM journal";
        let rows: i64 = other.query_row(query, [], |row| row.get(0)).expect("reads");
        noted.lock().expect("no panic").push(rows);
        panic!("a panic in the sink must not stop the writer");
    });
    let store = SqliteStore::open(dir.path(), sink).expect("opens");
    let me = person(&store, "ada").await;
    let notes = store.open_direct(me, me, now()).await.expect("opens");
    assert_eq!(*seen.lock().expect("no panic"), [1], "committed when told, told when answered");
    store.open_direct(me, me, now()).await.expect("still writes");
    assert!(store.conversation(me, notes).await.is_ok());
}

#[tokio::test]
async fn a_data_directory_belongs_to_one_server() {
    let pair = Pair::open().await;
    let second = SqliteStore::open(pair.dir.path(), Arc::new(|_| {}));
    assert!(matches!(second.err(), Some(StoreOpenError::InUse(_))));
    pair.store.close().await;
    SqliteStore::open(pair.dir.path(), Arc::new(|_| {})).expect("free again");
}

#[tokio::test]
async fn the_log_stays_small_under_load_and_is_empty_after_a_clean_stop() {
    let pair = Pair::open().await;
    let log = pair.dir.path().join("chatter.sqlite3-wal");
    let bytes = || fs::metadata(&log).expect("there").len();
    let body = "x".repeat(16 * 1024);
    let mut most = 0;
    for _ in 0..40 {
        let posts: Vec<_> = (0..64).map(|_| pair.post(&body)).collect();
        assert!(join_all(posts).await.iter().all(Result::is_ok));
        most = most.max(bytes());
    }
    assert!(most > 0 && most < 64 * 1024 * 1024, "{most} bytes");
    pair.store.close().await;
    assert_eq!(bytes(), 0);
}

#[tokio::test]
async fn a_short_direct_message_costs_little_on_disk() {
    const MESSAGES: usize = 10_000;
    /// Both streams and all indexes included, and the receipt of who answers without having said that
    /// they read.
    const BYTES_MAX: usize = 210;
    let pair = Pair::open().await;
    let body = "x".repeat(100);
    let before = pages_in_use(&pair.store).await;
    for _ in 0..MESSAGES / 1_000 {
        let posts: Vec<_> = (0..1_000)
            .map(|n| {
                let sender = if n % 2 == 0 { pair.ada } else { pair.bob };
                pair.store.post(NewMessage { sender, ..pair.message(&body) })
            })
            .collect();
        assert!(join_all(posts).await.iter().all(Result::is_ok));
    }
    pair.store.close().await;
    let Pair { dir, store, .. } = pair;
    drop(store);
    // Settles what waits in the journal, which is there once, however many messages there are.
    let store = SqliteStore::open(dir.path(), Arc::new(|_| {})).expect("opens again");
    let bytes = (pages_in_use(&store).await - before) * 4_096 / MESSAGES;
    assert!(bytes <= BYTES_MAX, "{bytes} bytes for each message");
    assert!(bytes > body.len(), "{bytes} bytes can't be all");
}

async fn pages_in_use(store: &SqliteStore) -> usize {
    let number = |pragma| move |sql: &Connection| Ok(sql.query_row(pragma, [], |row| row.get(0))?);
    let pages: usize = store.readers.read(number("PRAGMA page_count")).await.expect("reads");
    let free: usize = store.readers.read(number("PRAGMA freelist_count")).await.expect("reads");
    pages - free
}
