//! The same random commands on the store and on a model that is too simple to be wrong: equal
//! answers, equal views, equal streams, also after a restart in between.

use std::io::Write;

use chatter_protocol::rest::PrivacyChange;
use chatter_protocol::{ClientMsgId, ConversationId, Event, StatusMessage, UserId};
use chatter_server::store::{HistoryRange, NewMessage, ProfileChange, StoreError};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::world::World;

/// Lists of commands; `NEMESIS_SCALE` multiplies them.
const LISTS: u64 = 10;
const COMMANDS: usize = 60;
const PEOPLE: usize = 3;

/// What is promised, in plain vectors.
#[derive(Default)]
struct Model {
    /// Status message of each person, and how often they changed anything.
    people: Vec<(Option<String>, u32)>,
    /// Whether each person keeps receipts to themselves.
    is_silent: [bool; PEOPLE],
    chats: Vec<Chat>,
    /// The stream of each person.
    streams: Vec<Vec<Entry>>,
}

struct Chat {
    id: ConversationId,
    members: Vec<usize>,
    is_room: bool,
    messages: Vec<Said>,
    /// Read position of each person, as they know it.
    read: [u64; PEOPLE],
    /// The same as the other one was told it.
    shown: [u64; PEOPLE],
    delivered: [u64; PEOPLE],
    /// How often each person muted or unmuted it.
    mutes: [u32; PEOPLE],
}

struct Said {
    sender: usize,
    key: ClientMsgId,
    posted: String,
    reply_to: Option<u64>,
    body: String,
    is_deleted: bool,
    rev: u32,
}

/// An event as far as it does not depend on times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Added(usize),
    Posted(usize, u64),
    Edited(usize, u64),
    Deleted(usize, u64),
    Receipt(usize, usize),
    Profile(usize),
    Me(usize),
    Mute(usize),
}

/// Why a command is refused.
#[derive(Debug, PartialEq, Eq)]
enum No {
    NotFound,
    Forbidden,
    Conflict,
    Deleted,
}

impl From<StoreError> for No {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Forbidden => Self::Forbidden,
            StoreError::IdempotencyConflict => Self::Conflict,
            StoreError::MessageDeleted => Self::Deleted,
            other => panic!("{other}"),
        }
    }
}

impl Model {
    fn tell(&mut self, entry: Entry, people: impl IntoIterator<Item = usize>) {
        people.into_iter().for_each(|person| self.streams[person].push(entry));
    }

    fn tell_members(&mut self, chat: usize, entry: Entry) {
        self.tell(entry, self.chats[chat].members.clone());
    }

    fn open(&mut self, id: ConversationId, members: Vec<usize>, is_room: bool) {
        let (messages, nothing) = (Vec::new(), [0; PEOPLE]);
        let (read, shown, delivered) = (nothing, nothing, nothing);
        let mutes = [0; PEOPLE];
        let chat = Chat { id, members, is_room, messages, read, shown, delivered, mutes };
        self.chats.push(chat);
        self.tell_members(self.chats.len() - 1, Entry::Added(self.chats.len() - 1));
    }

    /// The number and whether it was there already.
    fn post(&mut self, me: usize, chat: usize, new: &NewMessage) -> Result<(u64, bool), No> {
        for (at, it) in self.chats.iter().enumerate() {
            let is_key = |said: &&Said| said.sender == me && said.key == new.client_msg_id;
            let Some(said) = it.messages.iter().find(is_key) else { continue };
            let same = (at, &said.posted, said.reply_to) == (chat, &new.body, new.reply_to);
            let seq = it.messages.iter().position(|other| std::ptr::eq(other, said));
            let seq = seq.map_or(0, |at| at as u64 + 1);
            return if same { Ok((seq, true)) } else { Err(No::Conflict) };
        }
        let it = self.chats.get_mut(chat).filter(|it| it.members.contains(&me));
        let it = it.ok_or(No::NotFound)?;
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
        self.tell_members(chat, Entry::Posted(chat, head + 1));
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
    fn edit(&mut self, me: usize, chat: usize, seq: u64, body: &str) -> Result<u32, No> {
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
        self.tell_members(chat, Entry::Edited(chat, seq));
        Ok(rev)
    }

    fn delete(&mut self, me: usize, chat: usize, seq: u64) -> Result<u32, No> {
        let said = self.mine(me, chat, seq)?;
        if said.is_deleted {
            return Ok(said.rev);
        }
        said.body.clear();
        said.is_deleted = true;
        said.rev += 1;
        let rev = said.rev;
        self.tell_members(chat, Entry::Deleted(chat, seq));
        Ok(rev)
    }

    /// My read position and what is left to read.
    fn read(&mut self, me: usize, chat: usize, seq: u64) -> Result<(u64, u64), No> {
        let it = self.chats.get_mut(chat).filter(|it| it.members.contains(&me));
        let it = it.ok_or(No::NotFound)?;
        let wanted = seq.min(it.messages.len() as u64);
        let (peer, is_delivery) = (it.peer(me), wanted > it.delivered[me]);
        if wanted > it.read[me] {
            self.move_read(me, chat, wanted);
            let peer = peer.filter(|_| is_delivery || !self.is_withheld(chat));
            self.tell(Entry::Receipt(chat, me), [me].into_iter().chain(peer));
        }
        let it = &self.chats[chat];
        Ok((it.read[me], it.unread(me)))
    }

    fn move_read(&mut self, me: usize, chat: usize, seq: u64) {
        let is_withheld = self.is_withheld(chat);
        let it = &mut self.chats[chat];
        (it.read[me], it.delivered[me]) = (seq, it.delivered[me].max(seq));
        if !is_withheld {
            it.shown[me] = seq;
        }
    }

    /// Whether one of two people does not share receipts.
    fn is_withheld(&self, chat: usize) -> bool {
        let it = &self.chats[chat];
        !it.is_room && it.members.len() > 1 && it.members.iter().any(|it| self.is_silent[*it])
    }

    fn set_silent(&mut self, me: usize, is_silent: bool) -> u32 {
        if std::mem::replace(&mut self.is_silent[me], is_silent) != is_silent {
            self.people[me].1 += 1;
            self.tell(Entry::Me(me), [me]);
        }
        self.people[me].1
    }

    fn mute(&mut self, me: usize, chat: usize, muted: bool) -> Result<(bool, u32), No> {
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

    fn set_status(&mut self, me: usize, status: Option<&str>) -> u32 {
        if self.people[me].0.as_deref() != status {
            self.people[me] = (status.map(str::to_owned), self.people[me].1 + 1);
            let chats = self.chats.iter().filter(|chat| chat.members.contains(&me));
            let mut learn: Vec<_> = chats.flat_map(|chat| chat.members.clone()).collect();
            learn.push(me);
            learn.sort_unstable();
            learn.dedup();
            self.tell(Entry::Profile(me), learn);
        }
        self.people[me].1
    }
}

impl Chat {
    /// The other one of two.
    fn peer(&self, me: usize) -> Option<usize> {
        self.members.iter().copied().find(|it| *it != me).filter(|_| !self.is_room)
    }

    fn unread(&self, me: usize) -> u64 {
        let after = usize::try_from(self.read[me]).unwrap_or(usize::MAX);
        let rest = self.messages.iter().skip(after);
        rest.filter(|said| said.sender != me && !said.is_deleted).count() as u64
    }
}

/// The store, the model, and the names by which they know the same things.
struct Pair {
    world: World,
    model: Model,
    people: Vec<UserId>,
    /// Messages that were tried, to be repeated.
    tried: Vec<(usize, usize, NewMessage)>,
    rng: StdRng,
}

impl Pair {
    async fn step(&mut self) {
        let (me, chat) = (self.pick(PEOPLE), self.pick(self.model.chats.len() + 1));
        let head = self.model.chats.get(chat).map_or(0, |it| it.messages.len());
        let (id, seq) = (self.chat_id(chat), self.pick(head + 2) as u64);
        let (user, now) = (self.people[me], self.world.now());
        let text = ["one", "two", "three", "four"][self.pick(4)];
        let store = &self.world.store;
        match self.rng.random_range(0..100) {
            0..40 => {
                let mut new = self.world.message(user, id, text);
                new.reply_to = (self.pick(4) == 0).then_some(seq);
                if chat < self.model.chats.len() {
                    self.tried.push((me, chat, new.clone()));
                }
                self.post(me, chat, new).await;
            }
            40..55 if !self.tried.is_empty() => {
                let at = self.pick(self.tried.len());
                let (me, chat, mut new) = self.tried[at].clone();
                match self.pick(4) {
                    0 => text.clone_into(&mut new.body),
                    1 => new.reply_to = Some(1),
                    _ => {}
                }
                self.post(me, chat, new).await;
            }
            40..65 => {
                let answer = store.edit(user, id, seq, text.to_owned(), now).await;
                let answer = answer.map(|message| message.rev).map_err(No::from);
                assert_eq!(answer, self.model.edit(me, chat, seq, text));
            }
            65..72 => {
                let answer = store.delete(user, id, seq, now).await;
                let answer = answer.map(|message| message.rev).map_err(No::from);
                assert_eq!(answer, self.model.delete(me, chat, seq));
            }
            72..86 => {
                let answer = store.mark_read(user, id, seq).await;
                let answer = answer.map(|it| (it.read_seq, it.unread_count)).map_err(No::from);
                assert_eq!(answer, self.model.read(me, chat, seq));
            }
            86..88 => {
                let silent = self.pick(2) > 0;
                let privacy = PrivacyChange { receipts: Some(!silent), ..PrivacyChange::default() };
                let change = ProfileChange { privacy, ..ProfileChange::default() };
                let me_now = self.world.store.update_profile(user, change).await.expect("switches");
                assert_eq!(me_now.user.rev, self.model.set_silent(me, silent));
            }
            88..90 => {
                let muted = self.pick(2) > 0;
                let answer = self.world.store.set_muted(user, id, muted).await;
                let answer = answer.map(|it| (it.muted, it.mute_rev)).map_err(No::from);
                assert_eq!(answer, self.model.mute(me, chat, muted));
            }
            90..93 => {
                let status = (self.pick(3) > 0).then_some(text);
                let status_message: Option<StatusMessage> = status.and_then(|it| it.parse().ok());
                let change = ProfileChange {
                    status_message: Some(status_message),
                    ..ProfileChange::default()
                };
                let me_now = self.world.store.update_profile(user, change).await.expect("changes");
                assert_eq!(me_now.user.rev, self.model.set_status(me, status));
            }
            93..98 => self.open(me).await,
            _ => self.world.restart().await,
        }
    }

    fn pick(&mut self, count: usize) -> usize {
        self.rng.random_range(0..count)
    }

    /// The chat's id; that of none for one too many.
    fn chat_id(&self, chat: usize) -> ConversationId {
        self.model.chats.get(chat).map_or_else(ConversationId::new, |it| it.id)
    }

    async fn post(&mut self, me: usize, chat: usize, new: NewMessage) {
        let answer = self.world.store.post(new.clone()).await;
        let answer = answer.map(|it| (it.ack.conv_seq, it.repeated)).map_err(No::from);
        assert_eq!(answer, self.model.post(me, chat, &new), "{new:?}");
    }

    async fn open(&mut self, me: usize) {
        let (peer, now) = (self.pick(PEOPLE), self.world.now());
        if self.pick(3) == 0 {
            let members = vec![self.people[peer]];
            let room = self.world.store.open_room(self.people[me], "room".to_owned(), members, now);
            let room = room.await.expect("opens");
            return self.model.open(room, both(me, peer), true);
        }
        let opened = self.world.store.open_direct(self.people[me], self.people[peer], now);
        let opened = opened.await.expect("opens");
        let members = both(me, peer);
        let known = self.model.chats.iter().find(|chat| !chat.is_room && chat.members == members);
        match known {
            Some(chat) => assert_eq!(chat.id, opened),
            None => self.model.open(opened, members, false),
        }
    }

    /// Everything that anybody can see is as in the model.
    async fn compare(&self) {
        for (me, user) in self.people.iter().enumerate() {
            for chat in &self.model.chats {
                self.compare_chat(me, chat).await;
            }
            let mine = self.model.chats.iter().filter(|chat| chat.members.contains(&me)).count();
            let listed = self.world.store.conversations(*user, None, 1_000).await.expect("lists");
            assert_eq!(listed.len(), mine);
            let entries = self.entries(me).await;
            assert_eq!(entries, self.model.streams[me], "the stream of {me}");
            let told: Vec<_> = self.world.told_to(*user);
            let told: Vec<_> = told.iter().map(|(_, event)| self.entry(event)).collect();
            assert_eq!(told, entries, "what was told live");
        }
    }

    /// The stream of a person, which has no gap.
    async fn entries(&self, me: usize) -> Vec<Entry> {
        let stream = self.world.stream(self.people[me]).await;
        let numbers: Vec<_> = stream.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(numbers, (1..=stream.len() as u64).collect::<Vec<_>>());
        stream.iter().map(|(_, event)| self.entry(event)).collect()
    }

    async fn compare_chat(&self, me: usize, chat: &Chat) {
        let (store, user) = (&self.world.store, self.people[me]);
        let page = store.history(user, chat.id, HistoryRange::After(0), 10_000, usize::MAX).await;
        if !chat.members.contains(&me) {
            assert!(matches!(page, Err(StoreError::NotFound)));
            return;
        }
        let page = page.expect("reads");
        assert_eq!(page.messages.len(), chat.messages.len());
        for (found, (said, seq)) in page.messages.iter().zip(chat.messages.iter().zip(1..)) {
            let found_is = (found.conv_seq, found.sender, &found.body, found.rev);
            assert_eq!(found_is, (seq, self.people[said.sender], &said.body, said.rev));
            assert_eq!(
                (found.deleted_at.is_some(), found.reply_to),
                (said.is_deleted, said.reply_to)
            );
        }
        let view = store.conversation(user, chat.id).await.expect("reads");
        assert_eq!((view.read_seq, view.unread_count), (chat.read[me], chat.unread(me)));
        assert_eq!(view.head_seq, chat.messages.len() as u64);
        assert_eq!((view.muted, view.mute_rev), (chat.mutes[me] % 2 == 1, chat.mutes[me]));
        if let Some(peer) = chat.peer(me) {
            let marks = (view.peer_read_seq, view.peer_delivered_seq);
            assert_eq!(marks, (chat.shown[peer], chat.delivered[peer]));
        }
    }

    fn entry(&self, event: &Event) -> Entry {
        let chat = |id| self.model.chats.iter().position(|chat| chat.id == id).expect("known");
        let person = |id| self.people.iter().position(|person| *person == id).expect("known");
        match event {
            Event::ConversationAdded { conversation, .. } => Entry::Added(chat(conversation.id)),
            Event::MessagePosted { message: it } => {
                Entry::Posted(chat(it.conversation), it.conv_seq)
            }
            Event::MessageEdited { message: it } => {
                Entry::Edited(chat(it.conversation), it.conv_seq)
            }
            Event::MessageDeleted { message: it } => {
                Entry::Deleted(chat(it.conversation), it.conv_seq)
            }
            Event::ReceiptMoved { receipt } => {
                Entry::Receipt(chat(receipt.conversation), person(receipt.user))
            }
            Event::ProfileChanged { user } => Entry::Profile(person(user.id)),
            Event::MeChanged { me } => Entry::Me(person(me.user.id)),
            Event::MuteChanged { conversation, .. } => Entry::Mute(chat(*conversation)),
            other => panic!("{other:?}"),
        }
    }
}

/// Says how to repeat what failed.
struct TellSeed(u64);

impl Drop for TellSeed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "repeat it with NEMESIS_SEED={}", self.0);
        }
    }
}

fn both(me: usize, peer: usize) -> Vec<usize> {
    let mut members = vec![me.min(peer), me.max(peer)];
    members.dedup();
    members
}

pub(crate) async fn random_commands_do_what_a_simple_model_does(world: World) {
    let number = |variable| std::env::var(variable).ok().and_then(|it| it.parse::<u64>().ok());
    let first = number("NEMESIS_SEED").unwrap_or_else(rand::random);
    let lists = LISTS * number("NEMESIS_SCALE").unwrap_or(1);
    let mut world = Some(world);
    for seed in (0..lists).map(|list| first.wrapping_add(list)) {
        let _told = TellSeed(seed);
        let Some(fresh) = world.take() else { return };
        let mut people = Vec::new();
        for name in ["ada", "bob", "eve"] {
            // One world serves all lists: each has people of its own.
            people.push(fresh.person(&format!("{name}{}", seed.wrapping_sub(first))).await);
        }
        let mut model = Model { people: vec![(None, 0); PEOPLE], ..Model::default() };
        model.streams.resize_with(PEOPLE, Vec::new);
        let rng = StdRng::seed_from_u64(seed);
        let mut pair = Pair { world: fresh, model, people, tried: Vec::new(), rng };
        pair.open(0).await;
        for step in 0..COMMANDS {
            pair.step().await;
            if step % 20 == 19 {
                pair.compare().await;
            }
        }
        pair.compare().await;
        // The control: a model that lost an event is told apart.
        assert!(pair.model.streams[0].pop().is_some(), "something happened");
        assert_ne!(pair.entries(0).await, pair.model.streams[0]);
        world = Some(pair.world);
    }
}
