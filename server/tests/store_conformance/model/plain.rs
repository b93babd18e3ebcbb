//! What a store promises, in plain vectors: too simple to be wrong.

use chatter_protocol::{ClientMsgId, ConversationId};
use chatter_server::store::{NewMessage, StoreError};

/// How many people there are.
pub(super) const PEOPLE: usize = 3;

/// Everything that the store would know.
#[derive(Default)]
pub(super) struct Model {
    /// Status message of each person, and how often they changed anything.
    pub(super) people: Vec<(Option<String>, u32)>,
    /// Whether each person keeps receipts to themselves.
    pub(super) is_silent: [bool; PEOPLE],
    /// Whom (second) each person (first) has blocked.
    pub(super) blocks: [[bool; PEOPLE]; PEOPLE],
    pub(super) chats: Vec<Chat>,
    /// The stream of each person.
    pub(super) streams: Vec<Vec<Entry>>,
}

pub(super) struct Chat {
    pub(super) id: ConversationId,
    pub(super) members: Vec<usize>,
    pub(super) is_room: bool,
    pub(super) messages: Vec<Said>,
    /// Read position of each person, as they know it.
    pub(super) read: [u64; PEOPLE],
    /// The same as the other one was told it.
    pub(super) shown: [u64; PEOPLE],
    pub(super) delivered: [u64; PEOPLE],
    /// How often each person muted or unmuted it.
    pub(super) mutes: [u32; PEOPLE],
}

pub(super) struct Said {
    pub(super) sender: usize,
    pub(super) key: ClientMsgId,
    pub(super) posted: String,
    pub(super) reply_to: Option<u64>,
    pub(super) body: String,
    pub(super) is_deleted: bool,
    pub(super) rev: u32,
}

/// An event as far as it does not depend on times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Added(usize),
    Posted(usize, u64),
    Edited(usize, u64),
    Deleted(usize, u64),
    Receipt(usize, usize),
    Profile(usize),
    Me(usize),
    Mute(usize),
    Unblocked(usize),
}

/// Why a command is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum No {
    NotFound,
    Forbidden,
    Conflict,
    Deleted,
    Blocked,
}

impl From<StoreError> for No {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Forbidden => Self::Forbidden,
            StoreError::IdempotencyConflict => Self::Conflict,
            StoreError::MessageDeleted => Self::Deleted,
            StoreError::Blocked => Self::Blocked,
            other => panic!("{other}"),
        }
    }
}

impl Model {
    fn tell(&mut self, entry: Entry, people: impl IntoIterator<Item = usize>) {
        people.into_iter().for_each(|person| self.streams[person].push(entry));
    }

    /// Tells all members of what `author` did, but those who blocked them.
    fn tell_hearers(&mut self, author: usize, chat: usize, entry: Entry) {
        let mut hearers = self.chats[chat].members.clone();
        hearers.retain(|member| !self.blocks[*member][author]);
        self.tell(entry, hearers);
    }

    pub(super) fn are_apart(&self, one: usize, other: usize) -> bool {
        self.blocks[one][other] || self.blocks[other][one]
    }

    /// Whether one of two people has blocked the other.
    fn is_cut(&self, chat: usize) -> bool {
        let it = &self.chats[chat];
        !it.is_room && self.are_apart(it.members[0], it.members[it.members.len() - 1])
    }

    pub(super) fn set_blocked(&mut self, me: usize, user: usize, blocked: bool) -> u32 {
        if std::mem::replace(&mut self.blocks[me][user], blocked) != blocked {
            self.people[me].1 += 1;
            self.tell(Entry::Me(me), [me]);
            if !blocked {
                self.tell(Entry::Unblocked(user), [me]);
            }
        }
        self.people[me].1
    }

    pub(super) fn open(&mut self, id: ConversationId, members: Vec<usize>, is_room: bool) {
        let (messages, nothing) = (Vec::new(), [0; PEOPLE]);
        let (read, shown, delivered) = (nothing, nothing, nothing);
        let mutes = [0; PEOPLE];
        let chat = Chat { id, members, is_room, messages, read, shown, delivered, mutes };
        self.chats.push(chat);
        let chat = self.chats.len() - 1;
        self.tell(Entry::Added(chat), self.chats[chat].members.clone());
    }

    /// The number and whether it was there already.
    pub(super) fn post(
        &mut self,
        me: usize,
        chat: usize,
        new: &NewMessage,
    ) -> Result<(u64, bool), No> {
        for (at, it) in self.chats.iter().enumerate() {
            let is_key = |said: &&Said| said.sender == me && said.key == new.client_msg_id;
            let Some(said) = it.messages.iter().find(is_key) else { continue };
            let same = (at, &said.posted, said.reply_to) == (chat, &new.body, new.reply_to);
            let seq = it.messages.iter().position(|other| std::ptr::eq(other, said));
            let seq = seq.map_or(0, |at| at as u64 + 1);
            return if same { Ok((seq, true)) } else { Err(No::Conflict) };
        }
        if !self.chats.get(chat).is_some_and(|it| it.members.contains(&me)) {
            return Err(No::NotFound);
        }
        if self.is_cut(chat) {
            return Err(No::Blocked);
        }
        let it = &mut self.chats[chat];
        let head = it.messages.len() as u64;
        if new.reply_to.is_some_and(|seq| !(1..=head).contains(&seq)) {
            return Err(No::NotFound);
        }
        it.messages.push(Said {
            sender: me,
            key: new.client_msg_id,
            posted: new.body.clone(),
            reply_to: new.reply_to,
            body: new.body.clone(),
            is_deleted: false,
            rev: 0,
        });
        let shown_before = it.shown[me];
        self.tell_hearers(me, chat, Entry::Posted(chat, head + 1));
        self.move_read(me, chat, head + 1);
        if let Some(peer) = self.chats[chat].peer(me)
            && !self.is_withheld(chat)
            && shown_before < head
        {
            self.tell(Entry::Receipt(chat, me), [peer]);
        }
        Ok((head + 1, false))
    }

    /// My message, if it is one.
    fn mine(&mut self, me: usize, chat: usize, seq: u64) -> Result<&mut Said, No> {
        let it = self.chats.get_mut(chat).filter(|it| it.members.contains(&me));
        let at = usize::try_from(seq).ok().and_then(|seq| seq.checked_sub(1));
        let said = it.zip(at).and_then(|(it, at)| it.messages.get_mut(at)).ok_or(No::NotFound)?;
        if said.sender == me { Ok(said) } else { Err(No::Forbidden) }
    }

    /// How often the message has changed.
    pub(super) fn edit(&mut self, me: usize, chat: usize, seq: u64, body: &str) -> Result<u32, No> {
        let said = self.mine(me, chat, seq)?;
        if said.is_deleted {
            return Err(No::Deleted);
        }
        if said.body == body {
            return Ok(said.rev);
        }
        body.clone_into(&mut said.body);
        said.rev += 1;
        let rev = said.rev;
        self.tell_hearers(me, chat, Entry::Edited(chat, seq));
        Ok(rev)
    }

    pub(super) fn delete(&mut self, me: usize, chat: usize, seq: u64) -> Result<u32, No> {
        let said = self.mine(me, chat, seq)?;
        if said.is_deleted {
            return Ok(said.rev);
        }
        said.body.clear();
        said.is_deleted = true;
        said.rev += 1;
        let rev = said.rev;
        self.tell_hearers(me, chat, Entry::Deleted(chat, seq));
        Ok(rev)
    }

    /// My read position and what is left to read.
    pub(super) fn read(&mut self, me: usize, chat: usize, seq: u64) -> Result<(u64, u64), No> {
        let it = self.chats.get_mut(chat).filter(|it| it.members.contains(&me));
        let it = it.ok_or(No::NotFound)?;
        let wanted = seq.min(it.messages.len() as u64);
        let (peer, is_delivery) = (it.peer(me), wanted > it.delivered[me]);
        if wanted > it.read[me] {
            let is_delivery = is_delivery && !self.is_cut(chat);
            self.move_read(me, chat, wanted);
            let peer = peer.filter(|_| is_delivery || !self.is_withheld(chat));
            self.tell(Entry::Receipt(chat, me), [me].into_iter().chain(peer));
        }
        let it = &self.chats[chat];
        Ok((it.read[me], it.unread(me, &self.blocks[me])))
    }

    fn move_read(&mut self, me: usize, chat: usize, seq: u64) {
        let (is_withheld, is_cut) = (self.is_withheld(chat), self.is_cut(chat));
        let it = &mut self.chats[chat];
        it.read[me] = seq;
        if !is_cut {
            it.delivered[me] = it.delivered[me].max(seq);
        }
        if !is_withheld {
            it.shown[me] = seq;
        }
    }

    /// Whether one of two people does not share receipts, or has blocked the other.
    fn is_withheld(&self, chat: usize) -> bool {
        let it = &self.chats[chat];
        let is_kept = it.members.iter().any(|it| self.is_silent[*it]) || self.is_cut(chat);
        !it.is_room && it.members.len() > 1 && is_kept
    }

    pub(super) fn set_silent(&mut self, me: usize, is_silent: bool) -> u32 {
        if std::mem::replace(&mut self.is_silent[me], is_silent) != is_silent {
            self.people[me].1 += 1;
            self.tell(Entry::Me(me), [me]);
        }
        self.people[me].1
    }

    pub(super) fn mute(&mut self, me: usize, chat: usize, muted: bool) -> Result<(bool, u32), No> {
        let it = self.chats.get_mut(chat).filter(|it| it.members.contains(&me));
        let it = it.ok_or(No::NotFound)?;
        let is_news = (it.mutes[me] % 2 == 1) != muted;
        it.mutes[me] += u32::from(is_news);
        let mutes = it.mutes[me];
        if is_news {
            self.tell(Entry::Mute(chat), [me]);
        }
        Ok((muted, mutes))
    }

    pub(super) fn set_status(&mut self, me: usize, status: Option<&str>) -> u32 {
        if self.people[me].0.as_deref() != status {
            self.people[me] = (status.map(str::to_owned), self.people[me].1 + 1);
            let chats = self.chats.iter().filter(|chat| chat.members.contains(&me));
            let mut learn: Vec<_> = chats.flat_map(|chat| chat.members.clone()).collect();
            learn.push(me);
            learn.sort_unstable();
            learn.dedup();
            learn.retain(|it| !self.blocks[*it][me]);
            self.tell(Entry::Profile(me), learn);
        }
        self.people[me].1
    }
}

impl Chat {
    /// The other one of two.
    pub(super) fn peer(&self, me: usize) -> Option<usize> {
        self.members.iter().copied().find(|it| *it != me).filter(|_| !self.is_room)
    }

    pub(super) fn unread(&self, me: usize, blocked: &[bool; PEOPLE]) -> u64 {
        let after = usize::try_from(self.read[me]).unwrap_or(usize::MAX);
        let rest = self.messages.iter().skip(after);
        let counts = |said: &&Said| said.sender != me && !said.is_deleted && !blocked[said.sender];
        rest.filter(counts).count() as u64
    }
}
