//! A connection's place in the hub, left by dropping it.

use std::collections::HashSet;
use std::sync::Arc;

use chatter_protocol::UserId;

use super::{ConnectionId, Hub};
use crate::mailbox::Mailbox;

/// Keeps a connection known to the hub. Dropping it is leaving, however the connection ends.
pub struct Attachment {
    hub: Arc<Hub>,
    id: ConnectionId,
    mailbox: Arc<Mailbox>,
}

impl Attachment {
    pub(super) fn new(hub: Arc<Hub>, id: ConnectionId, mailbox: Arc<Mailbox>) -> Self {
        Self { hub, id, mailbox }
    }

    /// What waits for the connection.
    pub fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Asks for the presence of `users` from now on, and of nobody else.
    pub fn watch(&self, users: HashSet<UserId>) {
        self.hub.watch(self.id, users);
    }

    /// Whose presence the connection asked for.
    pub fn watched(&self) -> Vec<UserId> {
        self.hub.watched(self.id)
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.hub.detach(self.id);
    }
}
