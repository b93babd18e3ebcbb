//! Whole clients, each in a task of its own with a store of its own, driven from a test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chatter::device::{Device, DeviceError};
use chatter::net::{NetOptions, ServerUrl};
use chatter::sync::Mark;
use chatter_protocol::{ClientMsgId, ConversationId, Message, Secret, UserId};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::rest::Account;

/// How often somebody impatient presses the key that retries now.
const IMPATIENCE: Duration = Duration::from_millis(100);

/// A client that runs; stopped, without a goodbye to its store, when dropped.
pub struct RunningDevice {
    /// For messages of checks.
    pub name: String,
    /// Whose.
    pub account: Account,
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
}

/// A conversation as somebody sees it: what must be equal for all devices of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatView {
    /// All messages, in the order shown.
    pub messages: Vec<Shown>,
    /// My read position.
    pub read_seq: u64,
    /// What is unread.
    pub unread: u64,
}

/// A message as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The message.
    pub message: Message,
    /// How far it got, if it is mine.
    pub mark: Option<Mark>,
}

/// What a device knows without fetching anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Whether the link is up.
    pub is_online: bool,
    /// Messages that are not acknowledged.
    pub outbox: usize,
    /// Where it stands in the user stream.
    pub position: u64,
    /// Newest message, read position and unread messages of each conversation.
    pub chats: BTreeMap<ConversationId, (u64, u64, u64)>,
}

enum Command {
    Queue(ConversationId, String, oneshot::Sender<ClientMsgId>),
    Read(ConversationId, u64, oneshot::Sender<()>),
    Counts(oneshot::Sender<Counts>),
    View(oneshot::Sender<Result<BTreeMap<ConversationId, ChatView>, DeviceError>>),
}

/// How a device behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    /// Waits as long as the back-off says.
    Patient,
    /// Presses the key that retries now, ten times a second.
    Impatient,
}

impl RunningDevice {
    /// Starts a device of `account` on the server, or proxy, at `url`, with its store in `folder`.
    pub fn start(account: &Account, url: &str, folder: &Path, name: &str, temper: Temper) -> Self {
        let (commands, inbox) = mpsc::channel(16);
        let server = ServerUrl::parse(url, false).expect("loopback");
        let token = Secret::new(account.token.clone());
        let device = Device::open(&server, &net_options(), token, &store_path(folder, name))
            .expect("a device starts");
        assert_eq!(device.notice(), None, "the store is well");
        Self {
            name: name.to_owned(),
            account: account.clone(),
            commands,
            task: tokio::spawn(live(device, inbox, temper)),
        }
    }

    /// Writes a message; on disk when this returns.
    pub async fn queue(&self, conversation: ConversationId, body: String) -> ClientMsgId {
        self.ask(|answer| Command::Queue(conversation, body, answer)).await
    }

    /// I have read up to `conv_seq`.
    pub async fn read(&self, conversation: ConversationId, conv_seq: u64) {
        self.ask(|answer| Command::Read(conversation, conv_seq, answer)).await;
    }

    /// What it knows now.
    pub async fn counts(&self) -> Counts {
        self.ask(Command::Counts).await
    }

    /// Every conversation down to its first message; fetches what is not here.
    ///
    /// # Errors
    /// If something can't be fetched.
    pub async fn view(&self) -> Result<BTreeMap<ConversationId, ChatView>, DeviceError> {
        self.ask(Command::View).await
    }

    /// Ends it and waits until its task is gone.
    pub async fn stop(self) {
        self.task.abort();
        while !self.task.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> T {
        let (answer, answered) = oneshot::channel();
        let gone = || panic!("{} has ended", self.name);
        if self.commands.send(command(answer)).await.is_err() {
            gone();
        }
        answered.await.unwrap_or_else(|_| gone())
    }
}

impl Drop for RunningDevice {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where a device of this name keeps its things.
pub fn store_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).join("store.sqlite3")
}

/// Waits that suit a server on the same machine.
pub fn net_options() -> NetOptions {
    NetOptions {
        connect_timeout: Duration::from_secs(2),
        request_timeout: Duration::from_secs(10),
        ..NetOptions::default()
    }
}

async fn live(mut device: Device, mut inbox: mpsc::Receiver<Command>, temper: Temper) {
    let mut impatience = interval(IMPATIENCE);
    impatience.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut read_positions = BTreeMap::new();
    loop {
        tokio::select! {
            stepped = device.step() => {
                stepped.expect("the device goes on");
                watch_read_positions(&device, &mut read_positions);
            }
            command = inbox.recv() => match command {
                Some(command) => obey(&mut device, command).await,
                None => return,
            },
            _ = impatience.tick(), if temper == Temper::Impatient && !device.is_online() => {
                device.link().retry_now();
            }
        }
    }
}

/// I5, at every step of every device: a read position never moves back. One of a conversation
/// that a reset made the device forget starts anew.
fn watch_read_positions(device: &Device, known: &mut BTreeMap<ConversationId, u64>) {
    let now: BTreeMap<_, _> =
        device.replica().chats().map(|chat| (chat.id(), chat.read_seq())).collect();
    for (conversation, read_seq) in &now {
        let before = known.get(conversation).copied().unwrap_or(0);
        assert!(*read_seq >= before, "a read position went from {before} to {read_seq}");
    }
    *known = now;
}

async fn obey(device: &mut Device, command: Command) {
    // A test that gave up waits for no answer.
    match command {
        Command::Queue(conversation, body, answer) => {
            let key = device.queue(conversation, body).await.expect("the store takes it");
            let _ = answer.send(key);
        }
        Command::Read(conversation, conv_seq, answer) => {
            device.read(conversation, conv_seq).await.expect("the store takes it");
            let _ = answer.send(());
        }
        Command::Counts(answer) => {
            let _ = answer.send(counts(device));
        }
        Command::View(answer) => {
            let _ = answer.send(view(device).await);
        }
    }
}

fn counts(device: &Device) -> Counts {
    let replica = device.replica();
    let me = replica.my_id();
    let count = |chat: &chatter::sync::Chat| {
        let unread = me.map_or(0, |me| chat.unread(me));
        (chat.id(), (chat.head_seq(), chat.read_seq(), unread))
    };
    Counts {
        is_online: device.is_online(),
        outbox: replica.outbox().len(),
        position: replica.position().map_or(0, |position| position.seq),
        chats: replica.chats().map(count).collect(),
    }
}

async fn view(device: &mut Device) -> Result<BTreeMap<ConversationId, ChatView>, DeviceError> {
    let ids: Vec<_> = device.replica().chats().map(chatter::sync::Chat::id).collect();
    for id in ids {
        device.fetch_all(id).await?;
    }
    let Some(me) = device.replica().my_id() else { return Ok(BTreeMap::new()) };
    Ok(device.replica().chats().map(|chat| (chat.id(), chat_view(chat, me))).collect())
}

fn chat_view(chat: &chatter::sync::Chat, me: UserId) -> ChatView {
    let is_direct = chat.peer(me).is_some();
    let shown = |message: &Message| Shown {
        message: message.clone(),
        mark: (is_direct && message.sender == me).then(|| chat.mark(message)),
    };
    ChatView {
        messages: chat.recent().map(shown).collect(),
        read_seq: chat.read_seq(),
        unread: chat.unread(me),
    }
}
