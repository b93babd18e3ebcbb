//! Whom I blocked: nothing of theirs is kept or shown, and everything is fetched anew afterwards.
//!
//! The server keeps back what they say; here is what this device has from before, and what comes late.

use chatter_protocol::{Me, Message, Presence, User, UserId};

use super::change::Change;
use super::replica::Replica;

impl Replica {
    /// Whether I blocked this person.
    pub fn is_blocked(&self, user: UserId) -> bool {
        self.me.as_ref().is_some_and(|me| me.blocked.contains(&user))
    }

    /// Whether it was asked for before its sender was unblocked, and can be had whole now.
    pub(super) fn is_late(&self, message: &Message) -> bool {
        message.withheld && self.freed.contains(&message.sender)
    }

    /// The message as it may be kept; `None` for one that is late.
    pub(super) fn admitted(&self, message: Message) -> Option<Message> {
        match message.withheld {
            true if self.is_late(&message) => None,
            false if self.is_blocked(message.sender) => Some(message.withhold()),
            _ => Some(message),
        }
    }

    pub(super) fn admitted_user(&self, user: User) -> User {
        if self.is_blocked(user.id) { user.named_only() } else { user }
    }

    pub(super) fn learn_presence(&mut self, presence: Presence) {
        let user = presence.user;
        let is_blocked = self.is_blocked(user);
        self.presence.insert(user, if is_blocked { Presence::hidden(user) } else { presence });
    }

    /// Goes by whom the account blocks now, compared with `before`.
    pub(super) fn go_by_blocks(&mut self, before: Option<Me>) {
        let before = before.map_or(Vec::new(), |me| me.blocked);
        let now = self.me.as_ref().map_or(Vec::new(), |me| me.blocked.clone());
        for user in now.iter().filter(|user| !before.contains(user)) {
            self.withhold_all_of(*user);
        }
        self.freed.extend(before.into_iter().filter(|user| !now.contains(user)));
    }

    /// Takes back what is here of somebody whom I just blocked. What is unread is for the server to
    /// count again.
    fn withhold_all_of(&mut self, user: UserId) {
        self.freed.remove(&user);
        self.must_list = true;
        for (id, chat) in &mut self.chats {
            if chat.withhold_all_of(user) {
                self.journal.touch(*id);
            }
        }
        self.journal.note(Change::Blocked(user));
        self.presence.insert(user, Presence::hidden(user));
        if let Some(known) = self.users.remove(&user) {
            let known = known.named_only();
            self.journal.note(Change::User(known.clone()));
            self.users.insert(user, known);
        }
    }

    /// Forgets what is here of somebody whom I unblocked: what became of it meanwhile was not told.
    pub(super) fn apply_unblocked(&mut self, user: User) {
        let id = user.id;
        if !self.is_blocked(id) {
            self.freed.insert(id);
        }
        self.must_list = true;
        self.chats.values_mut().for_each(|chat| chat.forget_all_of(id));
        self.journal.note(Change::Unblocked(id));
        self.learn_user(user);
        self.sort();
    }
}

#[cfg(test)]
#[path = "blocks_tests.rs"]
mod tests;
