//! How what happens reaches the hub of every node: a [`Notice`] is published once and handed to
//! whoever subscribed. A bus may lose, repeat or reorder; a connection that sees a gap reads the
//! store. Knows nothing of connections.

mod local;

use std::collections::HashSet;
use std::sync::Arc;

use chatter_protocol::{ConversationId, Event, Me, Presence, SessionId, UserId};

use crate::store::Appended;

pub use local::LocalBus;

/// Takes notices; called on the publisher's thread, so it must not wait.
pub type Receiver = Box<dyn Fn(&Notice) + Send + Sync>;

/// Carries notices from whoever causes them to the hubs.
pub trait Bus: Send + Sync + 'static {
    /// Tells every receiver, without waiting.
    fn publish(&self, notice: Notice);

    /// Adds a receiver for all later notices.
    fn subscribe(&self, receiver: Receiver);
}

/// Something that live connections must learn.
#[derive(Debug, Clone)]
pub enum Notice {
    /// The store appended an event to user streams.
    Event {
        /// The event, encoded once for everybody who receives it.
        json: Arc<str>,
        /// The same for connections without the right to the account, where that differs.
        json_without_private: Option<Arc<str>>,
        /// Who learns it, under which number of their stream.
        recipients: Arc<[(UserId, u64)]>,
    },
    /// What an account shares has changed: its connections go by this from now on.
    MeChanged {
        /// The account as it is now.
        me: Arc<Me>,
    },
    /// Sessions were signed out or revoked; their connections must go.
    SessionsEnded {
        /// Which ones.
        sessions: Arc<[SessionId]>,
    },
    /// Somebody types. May be dropped anywhere.
    Typing {
        /// Where.
        conversation: ConversationId,
        /// Who.
        user: UserId,
        /// Everybody in the conversation.
        members: Arc<[UserId]>,
    },
    /// People came or went.
    Presence {
        /// As they are now.
        people: Arc<[Seen]>,
    },
}

/// Somebody's presence, and who of those who watch them is told.
#[derive(Debug, Clone)]
pub struct Seen {
    /// As it is now.
    pub presence: Presence,
    /// To whom.
    pub by: Watchers,
}

/// Some of those who watch a person.
#[derive(Debug, Clone)]
pub enum Watchers {
    /// All but those from whom the person is kept apart.
    AllBut(HashSet<UserId>),
    /// This account alone.
    Only(UserId),
}

impl Watchers {
    /// Whether this account is among them.
    pub fn include(&self, user: UserId) -> bool {
        match self {
            Self::AllBut(apart) => !apart.contains(&user),
            Self::Only(one) => *one == user,
        }
    }
}

impl Notice {
    /// The notice of what the store appended; `None` if it can't be encoded, which the log tells
    /// (receivers then see a gap and read the store).
    pub fn appended(appended: &Appended) -> Option<Self> {
        let encode = |event: &Event| match serde_json::to_string(event) {
            Ok(json) => Some(Arc::from(json)),
            Err(error) => {
                tracing::error!(%error, "an event could not be encoded");
                None
            }
        };
        Some(Self::Event {
            json: encode(&appended.event)?,
            json_without_private: match appended.event.without_private() {
                Some(event) => Some(encode(&event)?),
                None => None,
            },
            recipients: appended.recipients.as_slice().into(),
        })
    }
}
