//! What the stories share: a store that can be restarted, a clock, a record of what the sink was
//! told, and people.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chatter_protocol::frame::Ack;
use chatter_protocol::{
    ClientMsgId, ConversationId, Event, Me, Rights, Session, SessionId, Timestamp, UserId,
};
use chatter_server::store::{
    Appended, CommitSink, NewAccount, NewMessage, NewSession, PasswordHash, Place, Store, TokenHash,
};

/// One kind of store, with its data.
pub(crate) trait Backend: Send + Sync {
    /// Opens the store on the data that is there.
    fn open(&self, sink: CommitSink) -> Arc<dyn Store>;
    /// Copies the data aside while the store is open and idle.
    fn save_copy(&self);
    /// Puts the copy in the place of the data of the closed store.
    fn restore_copy(&self);
}

/// A store and what surrounds it.
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    backend: Box<dyn Backend>,
    told: Arc<Mutex<Vec<Appended>>>,
    clock_ms: AtomicI64,
    tokens: AtomicU64,
}

impl World {
    pub(crate) fn new(backend: impl Backend + 'static) -> Self {
        let told = Arc::default();
        Self {
            store: backend.open(recorder(&told)),
            backend: Box::new(backend),
            told,
            clock_ms: AtomicI64::new(1_770_000_000_000),
            tokens: AtomicU64::new(0),
        }
    }

    /// Stops the store, does something to its data, and starts it.
    async fn restart_after(&mut self, change: impl FnOnce(&dyn Backend)) {
        self.store.close().await;
        change(self.backend.as_ref());
        self.store = self.backend.open(recorder(&self.told));
    }

    pub(crate) async fn restart(&mut self) {
        self.restart_after(|_| {}).await;
    }

    pub(crate) fn save_copy(&self) {
        self.backend.save_copy();
    }

    pub(crate) async fn restore_copy(&mut self) {
        self.restart_after(|backend| backend.restore_copy()).await;
    }

    /// A second later each time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock_ms.fetch_add(1_000, Ordering::Relaxed))
    }

    pub(crate) fn later(&self, days: i64) -> Timestamp {
        Timestamp::from_millis(self.now().as_millis() + days * 86_400_000)
    }

    pub(crate) fn device(&self, name: &str) -> NewSession {
        let mut token = [0; 32];
        token[..8].copy_from_slice(&self.tokens.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        NewSession {
            token_hash: TokenHash(token),
            device_name: name.to_owned(),
            remember: true,
            address: format!("192.0.2.{}", token[7]),
            created_at: self.now(),
            expires_at: self.later(30),
            rights: Rights::ALL,
        }
    }

    pub(crate) fn account(&self, username: &str) -> NewAccount {
        NewAccount {
            avatar: None,
            email: format!("{username}@example.org"),
            username: username.parse().expect("a username"),
            display_name: username.parse().expect("a display name"),
            password_hash: PasswordHash(format!("hash of {username}")),
            created_at: self.now(),
        }
    }

    pub(crate) async fn sign_up(&self, username: &str) -> (Me, Session) {
        let (account, device) = (self.account(username), self.device("first"));
        self.store.create_account(account, device).await.expect("signs up")
    }

    pub(crate) async fn person(&self, username: &str) -> UserId {
        self.sign_up(username).await.0.user.id
    }

    /// Two people with a conversation.
    pub(crate) async fn pair(&self) -> (UserId, UserId, ConversationId) {
        let (ada, bob) = (self.person("ada").await, self.person("bob").await);
        (ada, bob, self.direct(ada, bob).await)
    }

    pub(crate) async fn direct(&self, me: UserId, peer: UserId) -> ConversationId {
        self.store.open_direct(me, peer, self.now()).await.expect("opens")
    }

    pub(crate) fn message(
        &self,
        sender: UserId,
        conversation: ConversationId,
        body: &str,
    ) -> NewMessage {
        NewMessage {
            attachments: Vec::new(),
            sender,
            place: Place::Conversation(conversation),
            client_msg_id: ClientMsgId::new(),
            body: body.to_owned(),
            reply_to: None,
            unattended: false,
            created_at: self.now(),
        }
    }

    pub(crate) async fn say(&self, sender: UserId, to: ConversationId, body: &str) -> Ack {
        self.store.post(self.message(sender, to, body)).await.expect("posts").ack
    }

    /// Everything that the sink was told.
    pub(crate) fn told(&self) -> Vec<Appended> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the sink was told for one person.
    pub(crate) fn told_to(&self, user: UserId) -> Vec<(u64, Event)> {
        let mine = |it: Appended| {
            let seq = it.recipients.iter().find(|(id, _)| *id == user)?.1;
            Some((seq, it.event))
        };
        self.told().into_iter().filter_map(mine).collect()
    }

    /// The whole stream of one person, as it is read later, in small pages.
    pub(crate) async fn stream(&self, user: UserId) -> Vec<(u64, Event)> {
        let mut events = Vec::new();
        loop {
            let after = events.last().map_or(0, |(seq, _)| *seq);
            let page = self.store.events_after(user, after, 7, usize::MAX).await.expect("reads");
            if page.is_empty() {
                return events;
            }
            events.extend(page);
        }
    }

    /// Events of the stream that are new since `after`.
    pub(crate) async fn news(&self, user: UserId, after: u64) -> Vec<Event> {
        let events =
            self.store.events_after(user, after, usize::MAX, usize::MAX).await.expect("reads");
        events.into_iter().map(|(_, event)| event).collect()
    }

    pub(crate) async fn head(&self, user: UserId) -> u64 {
        self.store.stream_head(user).await.expect("a head")
    }
}

fn recorder(told: &Arc<Mutex<Vec<Appended>>>) -> CommitSink {
    let told = Arc::clone(told);
    Arc::new(move |appended| told.lock().unwrap_or_else(PoisonError::into_inner).push(appended))
}

/// A session that nobody has.
pub(crate) fn no_session() -> SessionId {
    SessionId::new()
}
