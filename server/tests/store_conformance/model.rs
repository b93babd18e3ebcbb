//! The same random commands on the store and on a model that is too simple to be wrong: equal
//! answers, equal views, equal streams, also after a restart in between.

mod plain;

use std::io::Write;

use chatter_protocol::rest::PrivacyChange;
use chatter_protocol::{ConversationId, Event, StatusMessage, UserId};
use chatter_server::store::{HistoryRange, NewMessage, ProfileChange, StoreError};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use self::plain::{Chat, Entry, Model, No, PEOPLE};
use crate::world::World;

/// Lists of commands; `NEMESIS_SCALE` multiplies them.
const LISTS: u64 = 10;
const COMMANDS: usize = 60;

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
            90..92 => {
                let (other, blocked) =
                    ((me + 1 + self.pick(PEOPLE - 1)) % PEOPLE, self.pick(2) > 0);
                let me_now = self.world.store.set_blocked(user, self.people[other], blocked).await;
                let rev = me_now.expect("blocks").user.rev;
                assert_eq!(rev, self.model.set_blocked(me, other, blocked));
            }
            88..90 => {
                let muted = self.pick(2) > 0;
                let answer = self.world.store.set_muted(user, id, muted).await;
                let answer = answer.map(|it| (it.muted, it.mute_rev)).map_err(No::from);
                assert_eq!(answer, self.model.mute(me, chat, muted));
            }
            92..94 => {
                let status = (self.pick(3) > 0).then_some(text);
                let status_message: Option<StatusMessage> = status.and_then(|it| it.parse().ok());
                let change = ProfileChange {
                    status_message: Some(status_message),
                    ..ProfileChange::default()
                };
                let me_now = self.world.store.update_profile(user, change).await.expect("changes");
                assert_eq!(me_now.user.rev, self.model.set_status(me, status));
            }
            94..98 => self.open(me).await,
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
            let members = match self.pick(2) {
                0 => both(me, peer),
                _ => (0..PEOPLE).collect(),
            };
            let others = members.iter().map(|it| self.people[*it]).collect();
            let room = self.world.store.open_room(self.people[me], "room".to_owned(), others, now);
            let room = room.await.map_err(No::from);
            if members.iter().any(|it| self.model.blocks[*it][me]) {
                return assert_eq!(room, Err(No::Blocked));
            }
            return self.model.open(room.expect("opens"), members, true);
        }
        let opened = self.world.store.open_direct(self.people[me], self.people[peer], now);
        let opened = opened.await.map_err(No::from);
        let members = both(me, peer);
        let known = self.model.chats.iter().find(|chat| !chat.is_room && chat.members == members);
        match known {
            Some(chat) => assert_eq!(opened, Ok(chat.id)),
            None if self.model.are_apart(me, peer) => assert_eq!(opened, Err(No::Blocked)),
            None => self.model.open(opened.expect("opens"), members, false),
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
            let is_withheld = self.model.blocks[me][said.sender];
            assert_eq!(found.withheld, is_withheld);
            if is_withheld {
                let is_bare = found.body.is_empty() && found.reply_to.is_none();
                assert!(is_bare && found.deleted_at.is_none() && found.edited_at.is_none());
                assert_eq!((found.conv_seq, found.sender), (seq, self.people[said.sender]));
                continue;
            }
            let found_is = (found.conv_seq, found.sender, &found.body, found.rev);
            assert_eq!(found_is, (seq, self.people[said.sender], &said.body, said.rev));
            assert_eq!(
                (found.deleted_at.is_some(), found.reply_to),
                (said.is_deleted, said.reply_to)
            );
        }
        let view = store.conversation(user, chat.id).await.expect("reads");
        assert_eq!(
            (view.read_seq, view.unread_count),
            (chat.read[me], chat.unread(me, &self.model.blocks[me]))
        );
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
            Event::Unblocked { user } => Entry::Unblocked(person(user.id)),
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
