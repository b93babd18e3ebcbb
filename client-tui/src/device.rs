//! A whole client without a screen: the link, the replica and the local store, in the order that
//! makes the promises.
//!
//! What a frame changed is kept before it is confirmed; a message is kept before its first byte
//! goes out; both come back with the store after any end of the process. What a screen or a script
//! does with it is not known here. For a client that keeps nothing, see [`crate::headless`].

use std::path::Path;
use std::time::Duration;

use chatter_protocol::{ClientMsgId, ConversationId, Secret, Timestamp};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::net::{
    Api, HistoryQuery, Link, LinkEvent, LinkHandle, LinkStatus, NetError, NetOptions, ServerUrl,
};
use crate::store::{self, NotKept, StoreError, StoreHandle};
use crate::sync::{Applied, Need, Replica};

/// Rows of a page that is fetched.
const PAGE_ROWS: usize = 200;

/// How long to wait before fetching again what could not be fetched.
const FETCH_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Events applied before they are kept together.
const BATCH_EVENTS_MAX: usize = 256;

/// Why a device can't go on.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// What was to be fetched could not be.
    #[error(transparent)]
    Net(#[from] NetError),
    /// What happened could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What changed could not be kept.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// The store has no thread.
    #[error("the local store can't be started: {0}")]
    Thread(#[from] std::io::Error),
    /// The session was signed out, revoked, or has expired.
    #[error("the session has ended; sign in again")]
    SessionEnded,
}

/// See the [module](self).
#[derive(Debug)]
pub struct Device {
    api: Api,
    link: LinkHandle,
    events: mpsc::Receiver<LinkEvent>,
    replica: Replica,
    store: StoreHandle,
    is_online: bool,
    /// A message of somebody else is here that the server was not told of.
    must_confirm: bool,
    needs: Vec<Need>,
    /// When to try again what the server, or the line, did not allow.
    wake_at: Option<Instant>,
    must_adopt: bool,
    notice: Option<String>,
}

impl Device {
    /// Opens what is kept at `store_path` and connects, in the background.
    ///
    /// # Errors
    /// If the address is not allowed, or the system has no thread to give.
    pub fn open(
        server: &ServerUrl,
        options: &NetOptions,
        token: Secret,
        store_path: &Path,
    ) -> Result<Self, DeviceError> {
        let opened = store::open(store_path);
        let mut replica = Replica::restore(opened.kept);
        replica.keep_changes();
        let api = Api::new(server.clone(), options)?.with_token(token.clone());
        let position = replica.position().cloned();
        let (link, events) = Link::start(server.clone(), options.clone(), token, position);
        Ok(Self {
            api,
            link,
            events,
            replica,
            store: StoreHandle::spawn(opened.store)?,
            is_online: false,
            must_confirm: false,
            needs: Vec::new(),
            wake_at: None,
            must_adopt: false,
            notice: opened.notice,
        })
    }

    /// Everything that is known.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Every other route, with this session.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The link, to hurry it.
    pub fn link(&self) -> &LinkHandle {
        &self.link
    }

    /// What its user should know about the local store, when not all is well.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Whether the link is up.
    pub fn is_online(&self) -> bool {
        self.is_online
    }

    /// Writes a message: on disk when this returns, sent as soon as its turn comes.
    ///
    /// # Errors
    /// If it can't be kept; it is not sent then either.
    pub async fn queue(
        &mut self,
        conversation: ConversationId,
        body: String,
    ) -> Result<ClientMsgId, DeviceError> {
        let key = self.replica.queue(conversation, body, None, Timestamp::now());
        if let Err(error) = self.store.keep(self.replica.take_changes()).await {
            self.replica.withdraw(key);
            return Err(error.into());
        }
        self.say_what_waits();
        Ok(key)
    }

    /// I have read up to `conv_seq`.
    ///
    /// # Errors
    /// If it can't be kept.
    pub async fn read(
        &mut self,
        conversation: ConversationId,
        conv_seq: u64,
    ) -> Result<(), DeviceError> {
        if let Some(frame) = self.replica.read(conversation, conv_seq) {
            self.link.send(frame);
            self.store.keep(self.replica.take_changes()).await?;
        }
        Ok(())
    }

    /// Waits until something happens, takes it in with all that waits behind it, keeps it, and says
    /// what follows from it. What is new of others is returned.
    ///
    /// # Errors
    /// If the session has ended, or what happened can't be kept. A fetch that fails is tried again
    /// at the next step.
    pub async fn step(&mut self) -> Result<Vec<(ConversationId, u64)>, DeviceError> {
        let mut news = Vec::new();
        let wake_at = self.wake_at;
        tokio::select! {
            event = self.events.recv() => self.take(event, &mut news)?,
            () = until(wake_at) => {
                self.wake_at = None;
                self.replica.release_sends();
            }
        }
        for _ in 0..BATCH_EVENTS_MAX {
            match self.events.try_recv() {
                Ok(event) => self.take(Some(event), &mut news)?,
                Err(_) => break,
            }
        }
        self.adopt().await?;
        self.fetch_needs().await?;
        self.store.keep(self.replica.take_changes()).await?;
        self.say_what_waits();
        Ok(news)
    }

    /// Fetches a conversation's history down to its first message, from the store where it is kept.
    ///
    /// # Errors
    /// If it can't be fetched or kept.
    pub async fn fetch_all(&mut self, conversation: ConversationId) -> Result<(), DeviceError> {
        loop {
            let Some(chat) = self.replica.chat(conversation) else { return Ok(()) };
            if chat.head_seq() == 0 || chat.is_complete() {
                return Ok(());
            }
            let before = chat.recent_start().unwrap_or(chat.head_seq() + 1);
            if let Some(page) = self.store.page(conversation, before, PAGE_ROWS).await? {
                self.replica.load_kept_messages(conversation, page);
                continue;
            }
            let range = HistoryQuery { before: Some(before), after: None, limit: PAGE_ROWS };
            let page = self.api.messages(conversation, range).await?;
            self.replica.load_messages(conversation, page);
            self.store.keep(self.replica.take_changes()).await?;
        }
    }

    fn take(
        &mut self,
        event: Option<LinkEvent>,
        news: &mut Vec<(ConversationId, u64)>,
    ) -> Result<(), DeviceError> {
        match event {
            Some(LinkEvent::Frame(frame)) => {
                let is_welcome = matches!(*frame, chatter_protocol::ServerFrame::Welcome(_));
                let Applied { needs, news: more, received } = self.replica.apply(*frame);
                self.needs.extend(needs);
                news.extend(more);
                self.must_confirm |= received;
                if is_welcome {
                    self.must_adopt = true;
                    self.replica.unconfirmed_reads().into_iter().for_each(|frame| {
                        self.link.send(frame);
                    });
                }
            }
            Some(LinkEvent::Status(LinkStatus::Online)) => self.is_online = true,
            Some(LinkEvent::Status(LinkStatus::SessionEnded)) | None => {
                return Err(DeviceError::SessionEnded);
            }
            Some(LinkEvent::Status(_)) => {
                self.is_online = false;
                self.replica.link_lost();
            }
        }
        Ok(())
    }

    async fn fetch_needs(&mut self) -> Result<(), DeviceError> {
        for need in std::mem::take(&mut self.needs) {
            let fetched = match need {
                Need::Conversations => self.fetch_conversations().await,
                Need::Conversation(id) => self.fetch_conversation(id).await,
                Need::SendAgainAfter(wait_ms) => {
                    self.wake_after(Duration::from_millis(wait_ms));
                    Ok(())
                }
            };
            match fetched {
                Ok(()) => {}
                Err(error) if error.is_session_ended() => return Err(DeviceError::SessionEnded),
                Err(error) if error.is_retryable() => {
                    self.needs.push(need);
                    self.wake_after(FETCH_AGAIN_AFTER);
                }
                // Gone meanwhile, or not mine any more: there is nothing to fetch.
                Err(NetError::Refused(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn wake_after(&mut self, wait: Duration) {
        let at = Instant::now() + wait;
        self.wake_at = Some(self.wake_at.map_or(at, |sooner| sooner.min(at)));
    }

    /// Takes over what a process that is gone left unsent.
    async fn adopt(&mut self) -> Result<(), DeviceError> {
        if std::mem::take(&mut self.must_adopt)
            && let Some(kept) = self.store.adopt().await?
        {
            self.replica.adopt(kept.outbox);
        }
        Ok(())
    }

    async fn fetch_conversations(&mut self) -> Result<(), NetError> {
        let mut after = None;
        loop {
            let page = self.api.conversations(after.as_deref(), PAGE_ROWS).await?;
            after.clone_from(&page.next);
            self.replica.load_conversations(page);
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn fetch_conversation(&mut self, id: ConversationId) -> Result<(), NetError> {
        let view = self.api.conversation(id).await?;
        self.replica.load_conversation(view);
        Ok(())
    }

    /// Says what may be said now that everything is kept.
    fn say_what_waits(&mut self) {
        if !self.is_online {
            return;
        }
        if self.must_confirm
            && let Some(frame) = self.replica.confirm()
        {
            self.must_confirm = !self.link.send(frame);
        }
        for frame in self.replica.take_sends() {
            if !self.link.send(frame) {
                // The link is down, or has enough to do: everything waits for the next step.
                self.replica.link_lost();
                return;
            }
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
