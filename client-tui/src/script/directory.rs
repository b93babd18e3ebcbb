//! The names of people and chats, asked for once each.

use std::collections::HashMap;

use chatter_protocol::{
    Conversation, ConversationId, ConversationKind, ConversationView, Event, User, UserId, UserRef,
};

use super::exit::Failure;
use crate::net::{Api, NetError, Patience};

/// Names kept at once; past it they are asked for again.
const NAMES_MAX: usize = 10_000;

/// What somebody is called who is not to be found any more.
const NOBODY: &str = "(unknown)";

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Directory {
    api: Api,
    people: HashMap<UserId, String>,
    chats: HashMap<ConversationId, String>,
    patience: Patience,
}

impl Directory {
    /// Knows nobody yet.
    pub(super) fn new(api: Api, patience: Patience) -> Self {
        Self { api, people: HashMap::new(), chats: HashMap::new(), patience }
    }

    /// Takes in what a view of a conversation tells.
    pub(super) fn learn(&mut self, view: &ConversationView) {
        if let Some(peer) = &view.peer {
            self.learn_user(&peer.user);
        }
        let chat = chat_name(view);
        bounded(&mut self.chats).insert(view.conversation.id, chat);
    }

    /// Takes in what an event tells.
    pub(super) fn learn_event(&mut self, event: &Event) {
        match event {
            Event::ConversationAdded { users, .. } => {
                users.iter().for_each(|user| self.learn_user(user));
            }
            Event::ProfileChanged { user } => self.learn_user(user),
            // The name may be another one now.
            Event::ConversationChanged { conversation } => {
                self.chats.remove(&conversation.id);
            }
            _ => {}
        }
    }

    /// Takes in a person.
    pub(super) fn learn_user(&mut self, user: &User) {
        bounded(&mut self.people).insert(user.id, user.username.to_string());
    }

    /// The username of somebody.
    ///
    /// # Errors
    /// If the server can't be asked.
    pub(super) async fn username(&mut self, id: UserId) -> Result<String, Failure> {
        if let Some(name) = self.people.get(&id) {
            return Ok(name.clone());
        }
        let user = UserRef::Id(id);
        let name = match self.patience.ask(|| self.api.user(&user)).await {
            Ok(person) => person.user.username.to_string(),
            Err(NetError::Refused(error)) if !error.retryable => NOBODY.to_owned(),
            Err(error) => return Err(error.into()),
        };
        bounded(&mut self.people).insert(id, name.clone());
        Ok(name)
    }

    /// Who a chat is with, or a room's name.
    ///
    /// # Errors
    /// If the server can't be asked.
    pub(super) async fn chat(&mut self, id: ConversationId) -> Result<String, Failure> {
        if let Some(name) = self.chats.get(&id) {
            return Ok(name.clone());
        }
        match self.patience.ask(|| self.api.conversation(id)).await {
            Ok(view) => {
                self.learn(&view);
                Ok(chat_name(&view))
            }
            Err(NetError::Refused(error)) if !error.retryable => Ok(NOBODY.to_owned()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Who a chat is with, or a room's name.
pub(super) fn chat_name(view: &ConversationView) -> String {
    match &view.peer {
        Some(peer) => peer.user.username.to_string(),
        None => room_name(&view.conversation),
    }
}

fn room_name(conversation: &Conversation) -> String {
    let unnamed = || match conversation.kind {
        ConversationKind::Room => "(room)".to_owned(),
        _ => NOBODY.to_owned(),
    };
    conversation.name.clone().unwrap_or_else(unnamed)
}

/// The map, emptied if it is full.
fn bounded<K, V>(names: &mut HashMap<K, V>) -> &mut HashMap<K, V> {
    if names.len() >= NAMES_MAX {
        names.clear();
    }
    names
}
