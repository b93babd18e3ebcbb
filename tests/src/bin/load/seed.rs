//! Fills a database before its server starts, through the server's own store: signing up thousands
//! of people over the network would measure the hashing of passwords. Everybody gets a session of
//! their own, with a token that the load then says hello with.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use chatter_protocol::{ClientMsgId, ConversationId, Rights, Timestamp, UserId};
use chatter_server::store::sqlite::SqliteStore;
use chatter_server::store::{
    NewAccount, NewMessage, NewSession, PasswordHash, Place, Store, TokenHash,
};
use futures_util::future::try_join_all;
use sha2::{Digest, Sha256};

use crate::said::Said;

/// Writes under way at once; the store takes them into one transaction.
const AT_ONCE: usize = 256;

/// How long the sessions last.
const SESSION_MS: i64 = 24 * 60 * 60 * 1000;

/// Somebody who can say hello.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Who.
    pub(crate) id: UserId,
    /// The session's.
    pub(crate) token: String,
}

/// A database that is being filled.
pub(crate) struct Seed {
    store: Arc<SqliteStore>,
}

impl Seed {
    /// Of the server whose data directory this is.
    pub(crate) fn open(data: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data)?;
        Ok(Self { store: SqliteStore::open(data, Arc::new(|_| ()))? })
    }

    /// Makes so many people.
    pub(crate) async fn people(&self, count: usize) -> anyhow::Result<Vec<Member>> {
        let mut people = Vec::with_capacity(count);
        for first in (0..count).step_by(AT_ONCE) {
            let some = (first..count.min(first + AT_ONCE)).map(|number| self.person(number));
            people.extend(try_join_all(some).await?);
        }
        Ok(people)
    }

    async fn person(&self, number: usize) -> anyhow::Result<Member> {
        let now = Timestamp::now();
        let name = format!("user{number}");
        let token = format!("cht_load{number}");
        let account = NewAccount {
            email: format!("{name}@example.org"),
            username: name.parse().ok().context("a username")?,
            display_name: name.parse().ok().context("a display name")?,
            // Nobody can sign in with it, and nobody has to.
            password_hash: PasswordHash("-".to_owned()),
            avatar: None,
            created_at: now,
        };
        let session = NewSession {
            token_hash: TokenHash(Sha256::digest(token.as_bytes()).into()),
            device_name: "load".to_owned(),
            remember: false,
            address: "127.0.0.1".to_owned(),
            created_at: now,
            expires_at: Timestamp::from_millis(now.as_millis() + SESSION_MS),
            rights: Rights::ALL,
        };
        let (me, _) = self.store.create_account(account, session).await?;
        Ok(Member { id: me.user.id, token })
    }

    /// Opens a conversation of each two neighbours.
    pub(crate) async fn pairs(&self, people: &[Member]) -> anyhow::Result<Vec<ConversationId>> {
        let now = Timestamp::now();
        let mut conversations = Vec::with_capacity(people.len() / 2);
        for some in people.chunks(AT_ONCE) {
            let open =
                some.chunks_exact(2).map(|two| self.store.open_direct(two[0].id, two[1].id, now));
            conversations.extend(try_join_all(open).await?);
        }
        Ok(conversations)
    }

    /// Opens a room of the first with all others.
    pub(crate) async fn room(&self, people: &[Member]) -> anyhow::Result<ConversationId> {
        let (first, others) = people.split_first().context("nobody for a room")?;
        let others = others.iter().map(|member| member.id).collect();
        Ok(self.store.open_room(first.id, "load".to_owned(), others, Timestamp::now()).await?)
    }

    /// Has `sender` say so many messages.
    pub(crate) async fn messages(
        &self,
        sender: &Member,
        conversation: ConversationId,
        count: usize,
    ) -> anyhow::Result<()> {
        for first in (0..count).step_by(AT_ONCE) {
            let some = (first..count.min(first + AT_ONCE)).map(|number| {
                self.store.post(NewMessage {
                    sender: sender.id,
                    place: Place::Conversation(conversation),
                    client_msg_id: ClientMsgId::new(),
                    body: Said { due_us: 0, number: number as u64 }.body(),
                    reply_to: None,
                    attachments: Vec::new(),
                    unattended: false,
                    created_at: Timestamp::now(),
                })
            });
            try_join_all(some).await?;
        }
        Ok(())
    }

    /// Closes the database, so that a server can open it.
    pub(crate) async fn done(self) {
        self.store.close().await;
    }
}
