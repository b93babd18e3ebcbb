//! People who go on whatever happens to the server: senders that repeat a message with its key
//! until it is acknowledged, watchers that resume from where they were.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chatter_protocol::frame::{Ack, Send};
use chatter_protocol::{
    ClientFrame, ClientMsgId, ConversationId, ErrorBody, Event, Message, Position, ServerFrame,
};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::PATIENCE;
use crate::ledger::Ledger;
use crate::rest::Account;
use crate::socket::Socket;

/// How long to wait before the next attempt.
const PAUSE: Duration = Duration::from_millis(20);

/// How long an answer may take before the attempt counts as failed.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// How a sender sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A request for each message.
    Rest,
    /// Frames on one WebSocket.
    Socket,
}

/// Some senders at work.
pub struct Load {
    ledger: Arc<Ledger>,
    is_over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts a sender for each of `senders`; each says one message after the other, under names
    /// that no other sender with this `name` uses.
    pub fn start(
        name: &str,
        addr: SocketAddr,
        conversation: ConversationId,
        senders: impl IntoIterator<Item = (Account, Way)>,
        ledger: &Arc<Ledger>,
    ) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let start = |(number, (account, way))| {
            let sender = Sender {
                name: format!("{name} {number}"),
                addr,
                conversation,
                account,
                way,
                socket: None,
                ledger: Arc::clone(ledger),
            };
            tokio::spawn(sender.run(Arc::clone(&is_over)))
        };
        let tasks = senders.into_iter().enumerate().map(start).collect();
        Self { ledger: Arc::clone(ledger), is_over, tasks }
    }

    /// Waits until this many more messages are acknowledged.
    pub async fn acknowledged(&self, more: usize) {
        let goal = self.ledger.acknowledged_count() + more;
        let is_reached = || self.ledger.acknowledged_count() >= goal;
        wait_until("messages to be acknowledged", is_reached).await;
    }

    /// Lets everybody finish what they are saying.
    pub async fn finish(self) {
        self.is_over.store(true, Ordering::Release);
        for task in self.tasks {
            tokio::time::timeout(PATIENCE, task).await.expect("finishes").expect("no panic");
        }
    }
}

struct Sender {
    name: String,
    addr: SocketAddr,
    conversation: ConversationId,
    account: Account,
    way: Way,
    socket: Option<Socket>,
    ledger: Arc<Ledger>,
}

impl Sender {
    async fn run(mut self, is_over: Arc<AtomicBool>) {
        let mut number = 0;
        while !is_over.load(Ordering::Acquire) {
            number += 1;
            let body = format!("{} {number}", self.name);
            self.ledger.saying(&body);
            self.say(ClientMsgId::new(), &body).await;
        }
    }

    async fn say(&mut self, key: ClientMsgId, body: &str) {
        loop {
            let attempt = async {
                match self.way {
                    Way::Rest => self.post(key, body).await,
                    Way::Socket => self.send(key, body).await,
                }
            };
            match tokio::time::timeout(ANSWER_LIMIT, attempt).await.ok().flatten() {
                Some(Ok(ack)) => return self.ledger.acknowledged(body, ack),
                Some(Err(error)) => {
                    self.ledger.refused(&error);
                    assert!(error.retryable, "{error:?}");
                }
                None => self.socket = None,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// None when there was no answer.
    async fn post(&self, key: ClientMsgId, body: &str) -> Option<Result<Ack, ErrorBody>> {
        let path = format!("conversations/{}/messages", self.conversation);
        let answer =
            self.account.rest.try_post(&path, json!({ "client_msg_id": key, "body": body }));
        let mut answer = answer.await?;
        Some(match answer.status.is_success() {
            true => Ok(serde_json::from_value(answer.body).expect("an ack")),
            false => Err(serde_json::from_value(answer.body["error"].take()).expect("an error")),
        })
    }

    async fn send(&mut self, key: ClientMsgId, body: &str) -> Option<Result<Ack, ErrorBody>> {
        if self.socket.is_none() {
            self.socket = Socket::try_hello(self.addr, &self.account, None).await.map(|it| it.0);
        }
        let socket = self.socket.as_mut()?;
        let send = Send {
            attachments: Vec::new(),
            conversation: self.conversation,
            client_msg_id: key,
            body: body.to_owned(),
            reply_to: None,
        };
        socket.try_say(&ClientFrame::Send(send)).await?;
        loop {
            match socket.read().await.ok()? {
                ServerFrame::Ack(ack) if ack.client_msg_id == key => return Some(Ok(ack)),
                ServerFrame::Refused { client_msg_id, error } if client_msg_id == key => {
                    return Some(Err(error));
                }
                _ => {}
            }
        }
    }
}

/// Somebody who listens all the time, and comes back to where they were.
pub struct Watcher {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

/// What a watcher went through.
#[derive(Default)]
pub struct Seen {
    /// Messages as they were posted, in the order heard.
    pub messages: Vec<Message>,
    /// Each connection's close code; 1006 where there was none.
    pub close_codes: Vec<u16>,
    /// Whatever the server must not do, as sentences.
    pub complaints: Vec<String>,
    position: Option<Position>,
    is_online: bool,
}

impl Watcher {
    /// Listens to what `account` learns.
    pub fn start(addr: SocketAddr, account: &Account) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (shared, account) = (Arc::clone(&seen), account.clone());
        let task = tokio::spawn(async move {
            loop {
                if watch(addr, &account, &shared).await.is_none() {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        });
        Self { seen, task }
    }

    /// Looks at what was seen so far.
    pub fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().expect("no panic under the lock"))
    }

    /// Waits until connected.
    pub async fn online(&self) {
        wait_until("the watcher to be back", || self.look(|seen| seen.is_online)).await;
    }

    /// Waits until this many messages were heard; then what was wrong with them: gaps,
    /// repetitions, another order than that of the numbers.
    pub async fn complaints_after(&self, count: usize) -> Vec<String> {
        let is_there = || self.look(|seen| seen.messages.len() >= count);
        wait_until(&format!("{count} messages to be heard"), is_there).await;
        self.look(|seen| {
            let mut complaints = seen.complaints.clone();
            let numbers = seen.messages.iter().map(|message| message.conv_seq);
            if !numbers.eq(1..=count as u64) {
                complaints.push("not each message once and in order".to_owned());
            }
            complaints
        })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection; none when there was no server.
async fn watch(addr: SocketAddr, account: &Account, seen: &Mutex<Seen>) -> Option<()> {
    let lock = || seen.lock().expect("no panic under the lock");
    let position = lock().position.clone();
    let (mut socket, welcome) = Socket::try_hello(addr, account, position).await?;
    let epoch = welcome.positions.first()?.epoch.clone();
    lock().is_online = true;
    loop {
        match socket.read_for_ever().await {
            Ok(ServerFrame::Event { seq, event }) => lock().hear(&epoch, seq, event),
            Ok(ServerFrame::Reset { position, reason }) => {
                let mut seen = lock();
                seen.complaints.push(format!("reset: {reason:?}"));
                seen.position = Some(position);
            }
            Ok(ServerFrame::Heartbeat { .. }) => socket.try_say(&ClientFrame::Heartbeat).await?,
            Ok(_) => {}
            Err(close) => {
                let mut seen = lock();
                seen.is_online = false;
                seen.close_codes.push(close.map_or(1006, |close| close.code.into()));
                return Some(());
            }
        }
    }
}

impl Seen {
    fn hear(&mut self, epoch: &str, seq: u64, event: Event) {
        let before = self.position.as_ref().map_or(0, |position| position.seq);
        if seq != before + 1 {
            self.complaints.push(format!("event {seq} after {before}"));
        }
        self.position = Some(Position::user(epoch, seq));
        if let Event::MessagePosted { message } = event {
            self.messages.push(message);
        }
    }
}

/// Waits until `is_so`; looks often, and gives up after [`PATIENCE`].
pub async fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited for {what} in vain");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
