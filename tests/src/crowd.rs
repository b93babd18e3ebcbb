//! A few people with two devices each, who chat, read, edit and take back over a bad link, and a
//! ledger of what they wrote.

use std::collections::{BTreeMap, BTreeSet};

use chatter_protocol::rest::MessagesPage;
use chatter_protocol::{ClientMsgId, ConversationId};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tempfile::TempDir;

use crate::chaos::Chaos;
use crate::checker::{Written, held_for, settle};
use crate::clients::{RunningDevice, Temper};
use crate::rest::{Account, Rest};
use crate::server::Server;

/// Devices of each person.
const DEVICES: usize = 2;

/// See the [module](self).
pub struct Crowd {
    /// What all of it follows from, but for what time decides.
    pub rng: StdRng,
    /// The link.
    pub chaos: Chaos,
    /// The people; the last one is in no conversation with the others.
    pub accounts: Vec<Account>,
    /// The conversations and who is in them, by place in `accounts`.
    pub conversations: Vec<(ConversationId, Vec<usize>)>,
    /// Two for each account, in their order.
    pub devices: Vec<RunningDevice>,
    /// What was written.
    pub written: Vec<Written>,
    folder: TempDir,
}

impl Crowd {
    /// Three people with each other, in pairs and in one room, and one who is with nobody.
    pub async fn gather(server: &Server, seed: u64) -> Self {
        let rest = Rest::new(&server.url());
        let mut accounts = Vec::new();
        for _ in 0..4 {
            accounts.push(rest.somebody().await);
        }
        let mut conversations = Vec::new();
        for pair in [[0, 1], [0, 2], [1, 2], [3, 3]] {
            let id = accounts[pair[0]].open(&accounts[pair[1]]).await;
            conversations.push((id, pair.to_vec()));
        }
        conversations.push((room(&accounts[..3]).await, vec![0, 1, 2]));
        let mut crowd = Self {
            rng: StdRng::seed_from_u64(seed),
            chaos: Chaos::start(server.addr(), seed).await,
            accounts,
            conversations,
            devices: Vec::new(),
            written: Vec::new(),
            folder: TempDir::new().expect("a folder"),
        };
        for at in 0..crowd.accounts.len() * DEVICES {
            let device = crowd.device(at, Temper::Impatient);
            crowd.devices.push(device);
        }
        crowd.settle().await;
        crowd
    }

    /// Starts the device at a place in `devices`, on its store.
    pub fn device(&self, at: usize, temper: Temper) -> RunningDevice {
        let account = &self.accounts[at / DEVICES];
        let name = format!("{}-{}", account.name, at % DEVICES);
        RunningDevice::start(account, &self.chaos.url(), self.folder.path(), &name, temper)
    }

    /// Somebody does something: mostly they write, sometimes they read, edit or take back.
    pub async fn act(&mut self) {
        let at = self.rng.random_range(0..self.devices.len());
        match self.rng.random_range(0..100) {
            0..70 => self.write(at).await,
            70..88 => self.read(at).await,
            88..96 => self.change(at, true).await,
            _ => self.change(at, false).await,
        }
    }

    /// The device at a place writes a message somewhere.
    pub async fn write(&mut self, at: usize) {
        let conversation = self.somewhere(at);
        let word = format!("w{}", self.written.len() + 1);
        let device = &self.devices[at];
        let key = device.queue(conversation, format!("{word} of {}", device.name)).await;
        self.note(at, conversation, word, key);
    }

    fn note(&mut self, at: usize, conversation: ConversationId, word: String, key: ClientMsgId) {
        let device = self.devices[at].name.clone();
        self.written.push(Written { device, conversation, key: Some(key), word, is_acked: true });
    }

    async fn read(&mut self, at: usize) {
        let conversation = self.somewhere(at);
        let chats = self.devices[at].counts().await.chats;
        if let Some((head @ 1.., _, _)) = chats.get(&conversation) {
            let conv_seq = self.rng.random_range(1..=*head);
            self.devices[at].read(conversation, conv_seq).await;
        }
    }

    /// Edits one of the newest messages of the device's owner, or takes it back.
    async fn change(&mut self, at: usize, edit: bool) {
        let conversation = self.somewhere(at);
        let account = self.accounts[at / DEVICES].clone();
        let path = format!("conversations/{conversation}/messages");
        let page = account.rest.get(&format!("{path}?limit=50")).await.ok();
        let page: MessagesPage = serde_json::from_value(page).expect("a page");
        let mine: Vec<_> = page
            .messages
            .iter()
            .filter(|it| it.sender == account.id && it.deleted_at.is_none())
            .collect();
        let Some(message) = mine.choose(&mut self.rng) else { return };
        let path = format!("{path}/{}", message.conv_seq);
        let answer = match edit {
            true => {
                account.rest.patch(&path, json!({ "body": format!("{}!", message.body) })).await
            }
            false => account.rest.delete(&path).await,
        };
        answer.ok();
    }

    fn somewhere(&mut self, at: usize) -> ConversationId {
        let account = at / DEVICES;
        let mine: Vec<_> =
            self.conversations.iter().filter(|(_, who)| who.contains(&account)).collect();
        mine.choose(&mut self.rng).expect("everybody is somewhere").0
    }

    /// Waits until all is sent and told, then checks `I1` to `I5` and `I16`.
    pub async fn settle(&self) {
        settle(&self.devices, &self.written).await;
        for (at, account) in self.accounts.iter().enumerate() {
            let theirs = self.conversations.iter().filter(|(_, who)| who.contains(&at));
            let theirs: BTreeSet<_> = theirs.map(|(id, _)| *id).collect();
            let held: BTreeMap<_, _> = held_for(account).await;
            assert!(held.keys().eq(&theirs), "I16: {} is in other conversations", account.name);
        }
    }
}

async fn room(people: &[Account]) -> ConversationId {
    let members: Vec<_> = people[1..].iter().map(|it| it.name.clone()).collect();
    let body = json!({ "kind": "room", "name": "everybody", "members": members });
    let view = people[0].rest.post("conversations", body).await.ok();
    view["conversation"]["id"].as_str().expect("an id").parse().expect("an id")
}
