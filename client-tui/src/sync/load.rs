//! What REST answered and what a store kept, taken into the replica.

use chatter_protocol::rest::{ConversationsPage, MessagesPage};
use chatter_protocol::{Conversation, ConversationId, ConversationView, Me, Person, User};

use super::change::{Change, Kept, KeptUnsent};
use super::chat::Chat;
use super::replica::Replica;

impl Replica {
    /// Takes in a page of the list of conversations.
    pub fn load_conversations(&mut self, page: ConversationsPage) {
        for view in page.conversations {
            self.load_conversation(view);
        }
    }

    /// Takes in one conversation.
    pub fn load_conversation(&mut self, mut view: ConversationView) {
        if let Some(person) = view.peer.take() {
            self.learn_person(person);
        }
        let id = view.conversation.id;
        let conversation = view.conversation.clone();
        let newest = view.last_message.take();
        self.chats.entry(id).or_insert_with(|| Chat::new(conversation)).load_view(view);
        self.journal.touch(id);
        if let Some(message) = newest {
            self.insert(message);
        }
        self.sort();
    }

    /// Takes in a range of history. One that was asked for before somebody was unblocked is left, to
    /// be asked for again.
    pub fn load_messages(&mut self, conversation: ConversationId, page: MessagesPage) {
        let Some(page) = self.admitted_page(page) else { return };
        let (from_seq, to_seq) = (page.from_seq, page.to_seq);
        if let Some(chat) = self.chats.get_mut(&conversation) {
            chat.load_page(page).into_iter().for_each(|message| {
                self.journal.note(Change::Message(message));
            });
            self.journal.cover(conversation, from_seq, to_seq);
            self.journal.touch(conversation);
        }
        self.sort();
    }

    fn admitted_page(&self, page: MessagesPage) -> Option<MessagesPage> {
        let messages = page.messages.into_iter().map(|message| self.admitted(message));
        Some(MessagesPage { messages: messages.collect::<Option<_>>()?, ..page })
    }

    /// Takes in somebody of the directory.
    pub fn learn_person(&mut self, person: Person) {
        self.learn_presence(person.presence);
        self.learn_user(person.user);
    }

    pub(super) fn learn_user(&mut self, user: User) {
        if let Some(me) =
            self.me.as_mut().filter(|me| me.user.id == user.id && me.user.rev <= user.rev)
        {
            me.user = user.clone();
        }
        let user = self.admitted_user(user);
        // Of the same version, the form that says more holds.
        let is_newer = |known: &User| {
            user.rev > known.rev || (user.rev == known.rev && *known == user.clone().named_only())
        };
        if self.users.get(&user.id).is_none_or(is_newer) {
            self.journal.note(Change::User(user.clone()));
            self.users.insert(user.id, user);
        }
    }

    /// Takes in the account, unless a newer form of it is known.
    pub fn learn_me(&mut self, me: Me) {
        if self.me.as_ref().is_none_or(|known| known.user.rev <= me.user.rev) {
            self.set_me(me);
        }
    }

    /// Takes in that a conversation was muted or unmuted; false when it is not known.
    pub fn learn_mute(&mut self, conversation: ConversationId, muted: bool, rev: u32) -> bool {
        let Some(chat) = self.chats.get_mut(&conversation) else { return false };
        chat.mute(muted, rev);
        self.journal.touch(conversation);
        true
    }

    pub(super) fn learn_conversation(&mut self, conversation: Conversation) {
        let id = conversation.id;
        match self.chats.get_mut(&id) {
            Some(chat) => chat.update_conversation(conversation),
            None => {
                self.chats.insert(id, Chat::new(conversation));
            }
        }
        self.journal.touch(id);
        self.sort();
    }

    pub(super) fn sort(&mut self) {
        let mut order: Vec<_> =
            self.chats.values().map(|chat| (chat.active_at(), chat.id())).collect();
        order.sort_unstable_by(|left, right| right.cmp(left));
        self.order = order.into_iter().map(|(_, id)| id).collect();
    }

    /// From now on every change is noted for [`Replica::take_changes`].
    pub fn keep_changes(&mut self) {
        self.journal.start();
    }

    /// What changed since the last call, to be kept in one transaction.
    pub fn take_changes(&mut self) -> Vec<Change> {
        let me = self.my_id();
        self.journal.take(&self.chats, me, self.position.as_ref())
    }

    /// The replica as a store kept it.
    pub fn restore(kept: Kept) -> Self {
        let mut replica = Self { position: kept.position, ..Self::default() };
        if let Some(me) = kept.me {
            replica.set_me(me);
        }
        kept.users.into_iter().for_each(|user| replica.learn_user(user));
        for (state, newest) in kept.chats {
            let mut chat = Chat::from_state(state);
            if let Some(message) = newest.and_then(|it| replica.admitted(it)) {
                chat.insert(message);
            }
            replica.chats.insert(chat.id(), chat);
        }
        replica.adopt(kept.outbox);
        replica.sort();
        replica
    }

    /// Takes over unsent messages, as a store kept them; those that are here already stay as they
    /// are.
    pub fn adopt(&mut self, outbox: Vec<KeptUnsent>) {
        outbox.into_iter().for_each(|kept| self.outbox.restore(kept));
    }

    /// Lets go of messages that are farther than `reach` from the end of their conversation and from
    /// each of the places in it that are looked at, where there are many; of none in a conversation
    /// for which `places` says nothing. For whoever can have them again.
    pub fn let_go(&mut self, reach: u64, places: impl Fn(ConversationId) -> Option<Vec<u64>>) {
        let Some(me) = self.my_id() else { return };
        for (id, chat) in &mut self.chats {
            if let Some(places) = places(*id) {
                chat.let_go(me, &places, reach);
            }
        }
    }

    /// Takes in a range of history that the store kept. Where another process of the account has
    /// kept what is withheld no more, the store forgets it.
    pub fn load_kept_messages(&mut self, conversation: ConversationId, page: MessagesPage) {
        if let Some(late) = page.messages.iter().find(|message| self.is_late(message)) {
            self.journal.note(Change::Unblocked(late.sender));
            return;
        }
        let Some(page) = self.admitted_page(page) else { return };
        if let Some(chat) = self.chats.get_mut(&conversation) {
            chat.load_page(page);
        }
    }
}
