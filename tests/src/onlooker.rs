//! Whole clients without a screen that run by themselves, and can be looked at.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatter::device::Device;
use chatter::net::{NetOptions, ServerUrl};
use chatter_protocol::{ConversationId, Message, Secret};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::load::wait_until;
use crate::rest::Account;

/// A device that takes in whatever comes.
pub struct Onlooker {
    shown: Arc<Mutex<Shown>>,
    task: JoinHandle<()>,
    _store: TempDir,
}

/// How often a copy is made of what would show: one for each event of a flood would hold the device up.
const SHOWN_EVERY: Duration = Duration::from_millis(20);

/// What the device would show of one conversation.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The unbroken run of messages up to the newest.
    pub messages: Vec<Message>,
    /// Messages that are shown as not sent yet.
    pub unsent: usize,
    /// Whether the link is up.
    pub is_online: bool,
}

impl Onlooker {
    /// A device of `account`, with this conversation on its screen, into which it writes what it is
    /// to `say` as soon as it runs.
    pub async fn start(url: &str, account: &Account, chat: ConversationId, say: &[&str]) -> Self {
        let store = TempDir::new().expect("a temporary directory");
        let server = ServerUrl::parse(url, false).expect("an address");
        let token = Secret::new(account.token.clone());
        let path = store.path().join("store.sqlite3");
        let options = NetOptions::default();
        let mut device = Device::open(&server, &options, token, &path).expect("opens");
        for body in say {
            device.queue(chat, (*body).to_owned()).await.expect("keeps it");
        }
        let shown = Arc::new(Mutex::new(Shown::default()));
        let task = tokio::spawn(run(device, chat, Arc::clone(&shown)));
        Self { shown, task, _store: store }
    }

    /// What it shows.
    pub fn shown(&self) -> Shown {
        self.shown.lock().expect("no panic under the lock").clone()
    }

    /// Waits until it is online.
    pub async fn online(&self) {
        wait_until("the device to be online", || self.shown().is_online).await;
    }

    /// Waits until it shows just this, and nothing unsent.
    pub async fn shows(&self, history: &[Message]) {
        let is_so = || {
            let shown = self.shown();
            shown.unsent == 0 && shown.messages == history
        };
        wait_until("the device to show what the server has", is_so).await;
    }
}

impl Drop for Onlooker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(mut device: Device, chat: ConversationId, shown: Arc<Mutex<Shown>>) {
    let mut is_first = true;
    loop {
        let (until, mut has_changed) = (Instant::now() + SHOWN_EVERY, false);
        while let Ok(stepped) = timeout_at(until, device.step()).await {
            stepped.expect("the session lives on");
            has_changed = true;
        }
        if !has_changed && !std::mem::take(&mut is_first) {
            continue;
        }
        // Without the server, what is here is shown.
        let _ = device.fetch_all(chat).await;
        let replica = device.replica();
        let messages = replica.chat(chat).map(|it| it.recent().cloned().collect());
        *shown.lock().expect("no panic under the lock") = Shown {
            messages: messages.unwrap_or_default(),
            unsent: replica.outbox().of(chat).count(),
            is_online: device.is_online(),
        };
    }
}
