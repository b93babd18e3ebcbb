//! A store in a directory of its own, with people in it who write to each other.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chatter_protocol::{ClientMsgId, ConversationId, Rights, Timestamp, UserId};
use chatter_server::store::sqlite::SqliteStore;
use chatter_server::store::{
    NewAccount, NewMessage, NewSession, PasswordHash, Place, Store, TokenHash,
};
use futures_util::future::join_all;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A body of 100 bytes.
pub(crate) const BODY: &str = "The engine has no pretensions whatever to originate anything. \
                               It does whatever we know how to order.";

/// Requests that wait for the store at the same time while it is filled.
const IN_FLIGHT: u64 = 256;

/// When everything begins.
const START_MS: i64 = 1_770_000_000_000;

/// Who writes where.
pub(crate) type Writer = (UserId, ConversationId);

pub(crate) struct World {
    pub(crate) store: Arc<SqliteStore>,
    runtime: Runtime,
    /// Keys given so far; nothing here is drawn at random.
    keys: Arc<AtomicU64>,
    _dir: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = dir();
        let runtime = Runtime::new().expect("a runtime");
        let store = SqliteStore::open(dir.path(), Arc::new(drop)).expect("opens");
        Self { store, runtime, keys: Arc::default(), _dir: dir }
    }

    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Somebody, and the token that they are signed in with.
    pub(crate) fn person(&self) -> (UserId, TokenHash) {
        self.people(1).remove(0)
    }

    fn people(&self, count: usize) -> Vec<(UserId, TokenHash)> {
        let all = (0..count).map(|_| {
            let number = self.keys.fetch_add(1, Ordering::Relaxed);
            let session = session(number);
            let token = session.token_hash;
            let made = self.store.create_account(account(number), session);
            async move { (made.await.expect("an account").0.user.id, token) }
        });
        self.wait(join_all(all))
    }

    pub(crate) fn direct(&self, one: UserId, other: UserId) -> ConversationId {
        self.wait(self.store.open_direct(one, other, now())).expect("opens")
    }

    /// People who each write to somebody else.
    pub(crate) fn pairs(&self, count: usize) -> Vec<Writer> {
        let people = self.people(2 * count);
        let pairs = people.chunks(2).map(|pair| (pair[0].0, self.direct(pair[0].0, pair[1].0)));
        pairs.collect()
    }

    /// A room of so many people, and one who writes in it.
    pub(crate) fn room(&self, members: usize) -> Writer {
        let people: Vec<_> = self.people(members).into_iter().map(|(id, _)| id).collect();
        let me = people[0];
        let room = self.store.open_room(me, "Engines".to_owned(), people, now());
        (me, self.wait(room).expect("opens"))
    }

    /// Each writes `rounds` messages, the next when the last is acknowledged; how long it took.
    pub(crate) fn post_from(&self, writers: &[Writer], rounds: u64) -> Duration {
        let began = Instant::now();
        let writing = writers.iter().map(|writer| {
            let (store, keys, writer) = (Arc::clone(&self.store), Arc::clone(&self.keys), *writer);
            self.runtime.spawn(async move {
                for _ in 0..rounds {
                    let number = keys.fetch_add(1, Ordering::Relaxed);
                    store.post(message(writer, number, now())).await.expect("posts");
                }
            })
        });
        let writing: Vec<_> = writing.collect();
        self.wait(join_all(writing)).into_iter().for_each(|written| written.expect("writes"));
        began.elapsed()
    }

    /// `count` messages of one conversation, a second apart.
    pub(crate) fn fill(&self, writer: Writer, count: u64) {
        for first in (0..count).step_by(IN_FLIGHT as usize) {
            let batch = first..(first + IN_FLIGHT).min(count);
            let posts = batch.map(|number| {
                let number = number + 1;
                self.store.post(message(writer, number, self.time_of(number)))
            });
            for posted in self.wait(join_all(posts)) {
                posted.expect("posts");
            }
        }
    }

    /// When the message with this number was written.
    pub(crate) fn time_of(&self, number: u64) -> Timestamp {
        Timestamp::from_millis(START_MS + number as i64 * 1_000)
    }
}

/// On the disk that the project is on, not in memory.
pub(crate) fn dir() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

fn now() -> Timestamp {
    Timestamp::from_millis(START_MS)
}

fn account(number: u64) -> NewAccount {
    NewAccount {
        email: format!("person{number}@example.org"),
        username: format!("person{number}").parse().expect("a username"),
        display_name: format!("Person {number}").parse().expect("a name"),
        password_hash: PasswordHash("none".to_owned()),
        avatar: None,
        created_at: now(),
    }
}

fn session(number: u64) -> NewSession {
    let mut token = [0; 32];
    token[..8].copy_from_slice(&number.to_be_bytes());
    NewSession {
        token_hash: TokenHash(token),
        device_name: "laptop".to_owned(),
        remember: true,
        address: "192.0.2.1".to_owned(),
        created_at: now(),
        expires_at: Timestamp::from_millis(i64::MAX),
        rights: Rights::ALL,
    }
}

fn message((sender, conversation): Writer, number: u64, created_at: Timestamp) -> NewMessage {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&number.to_be_bytes());
    NewMessage {
        sender,
        place: Place::Conversation(conversation),
        client_msg_id: ClientMsgId::from_bytes(key),
        body: BODY.to_owned(),
        reply_to: None,
        attachments: Vec::new(),
        unattended: false,
        created_at,
    }
}
