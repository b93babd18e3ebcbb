//! Which connections are open on this node, and what reaches each: takes notices from the bus and
//! puts frames into mailboxes. Knows neither the store nor the wire.

mod attachment;

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use chatter_protocol::{CloseCode, Rights, SessionId, UserId};

use crate::bus::{Notice, Seen};
use crate::mailbox::Mailbox;
use crate::presence::Roster;

pub use attachment::Attachment;

/// The open connections of this node.
pub struct Hub {
    state: Mutex<State>,
    roster: Arc<Roster>,
    connections_per_account_max: usize,
}

#[derive(Default)]
struct State {
    last_id: u64,
    connections: HashMap<ConnectionId, Connection>,
    /// What delivering an event looks at: one look for each account, none for each connection.
    by_user: HashMap<UserId, Vec<Line>>,
    by_session: HashMap<SessionId, Vec<ConnectionId>>,
    watchers: HashMap<UserId, HashSet<ConnectionId>>,
}

/// The way to one connection of an account.
struct Line {
    id: ConnectionId,
    sees_private: bool,
    mailbox: Arc<Mailbox>,
}

/// Names a connection within this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct ConnectionId(u64);

struct Connection {
    user: UserId,
    device: Device,
    mailbox: Arc<Mailbox>,
    watched: HashSet<UserId>,
}

/// What a connection says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Device {
    /// The session that it was made with.
    pub session: SessionId,
    /// What may be done with that.
    pub rights: Rights,
    /// Whether a person may be there, so that the account counts as online.
    pub attended: bool,
}

/// The account has as many connections as it may.
#[derive(Debug, PartialEq, Eq)]
pub struct TooManyConnections;

impl Hub {
    /// A hub without connections that keeps `roster`.
    pub fn new(roster: Arc<Roster>, connections_per_account_max: usize) -> Self {
        Self { state: Mutex::default(), roster, connections_per_account_max }
    }

    /// Opens a mailbox for a connection, which closes when the attachment is dropped.
    ///
    /// # Errors
    /// When the account has as many as it may.
    pub fn attach(
        self: &Arc<Self>,
        user: UserId,
        device: Device,
    ) -> Result<Attachment, TooManyConnections> {
        let mut state = self.lock();
        let open = state.by_user.get(&user).map_or(0, Vec::len);
        if open >= self.connections_per_account_max {
            return Err(TooManyConnections);
        }
        state.last_id += 1;
        let id = ConnectionId(state.last_id);
        let mailbox = Arc::new(Mailbox::default());
        let line = Line { id, sees_private: device.rights.account, mailbox: Arc::clone(&mailbox) };
        state.by_user.entry(user).or_default().push(line);
        state.by_session.entry(device.session).or_default().push(id);
        let watched = HashSet::new();
        let connection = Connection { user, device, mailbox: Arc::clone(&mailbox), watched };
        state.connections.insert(id, connection);
        drop(state);
        if device.attended {
            self.roster.joined(user);
        }
        Ok(Attachment::new(Arc::clone(self), id, mailbox))
    }

    /// Delivers a notice to the connections that it is for.
    pub fn deliver(&self, notice: &Notice) {
        match notice {
            Notice::Event { json, json_without_private, recipients } => {
                self.deliver_event(json, json_without_private.as_deref(), recipients);
            }
            Notice::MeChanged { me } => {
                let state = self.lock();
                for mailbox in state.mailboxes_of(me.user.id) {
                    mailbox.push_me(Arc::clone(me));
                }
            }
            Notice::SessionsEnded { sessions } => self.close_sessions(sessions),
            Notice::Typing { conversation, user, members } => {
                let others = members.iter().filter(|member| *member != user);
                let state = self.lock();
                for mailbox in others.flat_map(|member| state.mailboxes_of(*member)) {
                    mailbox.push_typing(*conversation, *user);
                }
            }
            Notice::Presence { people } => self.deliver_presence(people),
        }
    }

    fn deliver_event(
        &self,
        json: &str,
        json_without_private: Option<&str>,
        recipients: &[(UserId, u64)],
    ) {
        let state = self.lock();
        for (user, seq) in recipients {
            let Some(lines) = state.by_user.get(user) else { continue };
            let frame = |json| Utf8Bytes::from(event_frame(*seq, json));
            let (whole, without_private) = (frame(json), json_without_private.map(frame));
            for line in lines {
                let told = match &without_private {
                    Some(told) if !line.sees_private => told,
                    _ => &whole,
                };
                line.mailbox.push_event(*seq, told.clone());
            }
        }
    }

    fn close_sessions(&self, sessions: &[SessionId]) {
        let state = self.lock();
        let ids = sessions.iter().filter_map(|session| state.by_session.get(session)).flatten();
        for connection in ids.filter_map(|id| state.connections.get(id)) {
            connection.mailbox.close(CloseCode::SessionEnded);
        }
    }

    fn deliver_presence(&self, people: &[Seen]) {
        let state = self.lock();
        for Seen { presence, by } in people {
            let watchers = state.watchers.get(&presence.user).into_iter().flatten();
            let connections = watchers.filter_map(|id| state.connections.get(id));
            for connection in connections.filter(|it| by.include(it.user)) {
                connection.mailbox.push_presence(presence.clone());
            }
        }
    }

    fn watch(&self, id: ConnectionId, users: HashSet<UserId>) {
        let mut state = self.lock();
        let Some(connection) = state.connections.get_mut(&id) else { return };
        let before = std::mem::replace(&mut connection.watched, users.clone());
        state.unwatch(id, before.difference(&users));
        for user in users {
            state.watchers.entry(user).or_default().insert(id);
        }
    }

    fn watched(&self, id: ConnectionId) -> Vec<UserId> {
        let state = self.lock();
        state.connections.get(&id).map_or(Vec::new(), |it| it.watched.iter().copied().collect())
    }

    fn detach(&self, id: ConnectionId) {
        let mut state = self.lock();
        let Some(connection) = state.connections.remove(&id) else { return };
        state.unwatch(id, connection.watched.iter());
        forget(&mut state.by_user, connection.user, |line| line.id == id);
        forget(&mut state.by_session, connection.device.session, |other| *other == id);
        drop(state);
        if connection.device.attended {
            self.roster.left(connection.user);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn mailboxes_of(&self, user: UserId) -> impl Iterator<Item = &Mailbox> {
        self.by_user.get(&user).into_iter().flatten().map(|line| &*line.mailbox)
    }

    fn unwatch<'a>(&mut self, id: ConnectionId, users: impl Iterator<Item = &'a UserId>) {
        for user in users {
            if let Some(watchers) = self.watchers.get_mut(user) {
                watchers.remove(&id);
                if watchers.is_empty() {
                    self.watchers.remove(user);
                }
            }
        }
    }
}

fn forget<K: std::hash::Hash + Eq, V>(
    index: &mut HashMap<K, Vec<V>>,
    key: K,
    is_it: impl Fn(&V) -> bool,
) {
    if let Some(values) = index.get_mut(&key) {
        values.retain(|value| !is_it(value));
        if values.is_empty() {
            index.remove(&key);
        }
    }
}

/// The `event` frame around an event that is encoded already; equal to encoding
/// `ServerFrame::Event`, without encoding the event again for each receiver.
fn event_frame(seq: u64, json: &str) -> String {
    let (before, between) = (r#"{"type":"event","seq":"#, r#","event":"#);
    let digits = seq.checked_ilog10().map_or(1, |log| log as usize + 1);
    let bytes = before.len() + digits + between.len() + json.len() + 1;
    let mut frame = String::with_capacity(bytes);
    frame.push_str(before);
    // Writing to a string can't fail.
    let _ = write!(frame, "{seq}");
    frame.extend([between, json, "}"]);
    frame
}

#[cfg(test)]
mod tests;
