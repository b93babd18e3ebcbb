//! A whole client without a screen: the link, the replica and the local store, in the order that
//! makes the promises.
//!
//! What a frame changed is kept before it is confirmed; a message is kept before its first byte
//! goes out; both come back with the store after any end of the process. What a screen or a script
//! does with it is not known here. For a client that keeps nothing, see [`crate::headless`].

use std::collections::HashMap;
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
use crate::sync::{Applied, Change, HistoryRange, Need, Replica};

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
    /// The session may not have a live connection.
    #[error("{0}")]
    Forbidden(String),
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
    /// A step was dropped before its end.
    is_unsettled: bool,
    /// A message of somebody else is here that the server was not told of.
    must_confirm: bool,
    needs: Vec<Need>,
    news: Vec<(ConversationId, u64)>,
    /// When to try again what the server, or the line, did not allow.
    wake_at: Option<Instant>,
    must_adopt: bool,
    notice: Option<String>,
    drafts: HashMap<ConversationId, String>,
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
        let mut opened = store::open(store_path);
        let drafts = std::mem::take(&mut opened.kept.drafts);
        let mut replica = Replica::restore(opened.kept);
        replica.keep_changes();
        if options.unattended {
            replica.leave_unattended();
        }
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
            is_unsettled: false,
            must_confirm: false,
            needs: Vec::new(),
            news: Vec::new(),
            wake_at: None,
            must_adopt: false,
            notice: opened.notice,
            drafts,
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
        if let Err(error) = self.keep().await {
            self.replica.withdraw(key);
            return Err(error);
        }
        self.say_what_waits();
        Ok(key)
    }

    /// Keeps what is written and not sent; an empty text forgets it.
    ///
    /// # Errors
    /// If it can't be kept.
    pub async fn keep_draft(
        &self,
        conversation: ConversationId,
        body: String,
    ) -> Result<(), DeviceError> {
        Ok(self.store.keep(vec![Change::Draft { conversation, body }]).await?)
    }

    /// What was written and not sent when the device was opened, by conversation.
    pub fn drafts(&self) -> &HashMap<ConversationId, String> {
        &self.drafts
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
            self.keep().await?;
        }
        Ok(())
    }

    /// Waits until something happens, takes it in with all that waits behind it, keeps it, and says
    /// what follows from it. What is new of others is returned.
    ///
    /// May be dropped while it waits, also in the middle: the next step goes on where it was.
    ///
    /// # Errors
    /// If the session has ended, or what happened can't be kept. A fetch that fails is tried again
    /// at the next step.
    pub async fn step(&mut self) -> Result<Vec<(ConversationId, u64)>, DeviceError> {
        if !self.is_unsettled {
            let wake_at = self.wake_at;
            tokio::select! {
                event = self.events.recv() => self.take(event)?,
                () = until(wake_at) => {
                    self.wake_at = None;
                    self.replica.release_sends();
                }
            }
            self.is_unsettled = true;
        }
        for _ in 0..BATCH_EVENTS_MAX {
            match self.events.try_recv() {
                Ok(event) => self.take(Some(event))?,
                Err(_) => break,
            }
        }
        self.fetch_needs().await?;
        self.keep().await?;
        self.adopt().await?;
        self.say_what_waits();
        self.is_unsettled = false;
        Ok(std::mem::take(&mut self.news))
    }

    /// Keeps what changed. The changes leave the replica only when the store's thread takes them,
    /// so that none is lost to a caller that stops waiting.
    async fn keep(&mut self) -> Result<(), DeviceError> {
        let place = self.store.reserve().await?;
        Ok(place.keep(self.replica.take_changes()).await?)
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
            if let Some(page) =
                self.store.page(conversation, HistoryRange::Before(before), PAGE_ROWS).await?
            {
                self.replica.load_kept_messages(conversation, page);
                self.keep().await?;
                continue;
            }
            let range = HistoryQuery::new(HistoryRange::Before(before), PAGE_ROWS);
            let page = self.api.messages(conversation, range).await?;
            self.replica.load_messages(conversation, page);
            self.keep().await?;
        }
    }

    fn take(&mut self, event: Option<LinkEvent>) -> Result<(), DeviceError> {
        match event {
            Some(LinkEvent::Frame(frame)) => {
                let is_welcome = matches!(*frame, chatter_protocol::ServerFrame::Welcome(_));
                let Applied { needs, news, received } = self.replica.apply(*frame);
                needs.into_iter().for_each(|need| self.need(need));
                self.news.extend(news);
                // What was confirmed on the last link may not have arrived.
                self.must_confirm |= received || is_welcome;
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
            Some(LinkEvent::Status(LinkStatus::Forbidden { reason })) => {
                return Err(DeviceError::Forbidden(reason));
            }
            Some(LinkEvent::Status(_)) => {
                self.is_online = false;
                self.replica.link_lost();
            }
        }
        Ok(())
    }

    /// Notes what to fetch, once: a replay into a conversation that is not known needs it with
    /// each of its events.
    fn need(&mut self, need: Need) {
        if !self.needs.contains(&need) {
            self.needs.push(need);
        }
    }

    /// Fetches what is needed. What can't be fetched now stays noted.
    async fn fetch_needs(&mut self) -> Result<(), DeviceError> {
        let mut at = 0;
        while let Some(need) = self.needs.get(at).cloned() {
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
                    self.wake_after(FETCH_AGAIN_AFTER);
                    at += 1;
                    continue;
                }
                // Gone meanwhile, or not mine any more: there is nothing to fetch.
                Err(NetError::Refused(_)) => {}
                Err(error) => return Err(error.into()),
            }
            self.needs.remove(at);
        }
        Ok(())
    }

    fn wake_after(&mut self, wait: Duration) {
        let at = Instant::now() + wait;
        self.wake_at = Some(self.wake_at.map_or(at, |sooner| sooner.min(at)));
    }

    /// Takes over what a process that is gone left unsent.
    async fn adopt(&mut self) -> Result<(), DeviceError> {
        if self.must_adopt {
            self.replica.adopt(self.store.adopt().await?);
            self.must_adopt = false;
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
