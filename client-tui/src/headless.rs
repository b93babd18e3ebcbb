//! A small client without a screen, for bots and scripts: sign in, open a conversation, say
//! something, hear what happens.
//!
//! Keeps nothing on this device: it starts at the present, and knows nothing of what was before.
//!
//! ```no_run
//! # async fn bot() -> Result<(), Box<dyn std::error::Error>> {
//! use chatter::headless::Client;
//! use chatter::net::{NetOptions, ServerUrl};
//! use chatter_protocol::{Event, Secret};
//!
//! let server = ServerUrl::parse("chat.example.org", false)?;
//! let password = Secret::new("correct horse battery staple");
//! let mut bot = Client::sign_in(server, &NetOptions::default(), "echo", password).await?;
//! while let Some(event) = bot.next_event().await {
//!     if let Event::MessagePosted { message } = event
//!         && message.sender != bot.me().user.id
//!     {
//!         bot.mark_read(message.conversation, message.conv_seq).await?;
//!         bot.send(message.conversation, &message.body).await?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```

use std::time::Duration;

use chatter_protocol::frame::{Ack, Welcome};
use chatter_protocol::rest::{
    OpenConversationRequest, PostMessageRequest, ReadAnswer, SigninRequest,
};
use chatter_protocol::{
    ClientFrame, ClientMsgId, ConversationId, ConversationView, Event, Me, Position, Secret,
    ServerFrame, USER_STREAM, UserRef, Username,
};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::net::{
    Api, Backoff, Link, LinkEvent, LinkHandle, LinkStatus, NetError, NetOptions, ServerUrl,
};

/// How long a send is tried again before its error is returned.
const SEND_PATIENCE: Duration = Duration::from_secs(60);

/// A signed-in account on a live link.
#[derive(Debug)]
pub struct Client {
    api: Api,
    me: Me,
    link: LinkHandle,
    events: mpsc::Receiver<LinkEvent>,
    /// The stream's head when the client started: events up to here happened before its time.
    started_at: Option<u64>,
    /// What was returned last, and not yet confirmed to the server.
    unconfirmed: Option<Position>,
    epoch: String,
}

impl Client {
    /// Signs in with an e-mail address or a username, and connects. The session ends by itself
    /// after a day.
    ///
    /// # Errors
    /// If the server can't be reached or refuses.
    pub async fn sign_in(
        server: ServerUrl,
        options: &NetOptions,
        login: &str,
        password: Secret,
    ) -> Result<Self, NetError> {
        let api = Api::new(server, options)?;
        let login = login.to_owned();
        let request = SigninRequest { login, password, remember: false, device_name: None };
        let grant = api.signin(&request).await?;
        Ok(Self::connect(api.with_token(grant.token.clone()), grant.token, grant.me, options))
    }

    /// Connects with the token of a session that exists.
    ///
    /// # Errors
    /// If the server can't be reached or refuses.
    pub async fn with_token(
        server: ServerUrl,
        options: &NetOptions,
        token: Secret,
    ) -> Result<Self, NetError> {
        let api = Api::new(server, options)?.with_token(token.clone());
        let me = api.session().await?.me;
        Ok(Self::connect(api, token, me, options))
    }

    fn connect(api: Api, token: Secret, me: Me, options: &NetOptions) -> Self {
        let (link, events) = Link::start(api.server().clone(), options.clone(), token, None);
        let epoch = String::new();
        Self { api, me, link, events, started_at: None, unconfirmed: None, epoch }
    }

    /// The account, as of signing in.
    pub fn me(&self) -> &Me {
        &self.me
    }

    /// Every other route, with this session.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The conversation with `username`; made if there is none yet.
    ///
    /// # Errors
    /// If the server can't be reached or refuses; `NotFound` if there is nobody of that name.
    pub async fn open_direct(&self, username: &Username) -> Result<ConversationView, NetError> {
        let user = UserRef::Username(username.clone());
        self.api.open_conversation(&OpenConversationRequest::Direct { user }).await
    }

    /// Says `body`. Tried again for a minute with the same key while the server can't be reached
    /// or asks to wait, so it is said once, however often it was sent.
    ///
    /// # Errors
    /// If the server refuses for good, or can't be reached for a minute; whether it was said in the
    /// latter case is unknown.
    pub async fn send(&self, conversation: ConversationId, body: &str) -> Result<Ack, NetError> {
        let client_msg_id = ClientMsgId::new();
        let request = PostMessageRequest { client_msg_id, body: body.to_owned(), reply_to: None };
        let deadline = Instant::now() + SEND_PATIENCE;
        let mut backoff = Backoff::default();
        loop {
            let error = match self.api.post(conversation, &request).await {
                Ok(ack) => return Ok(ack),
                Err(error) => error,
            };
            let wait = backoff.next_wait(&mut rand::rng()) + retry_after(&error);
            if !error.is_retryable() || wait > deadline.saturating_duration_since(Instant::now()) {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// I have read up to `conv_seq`.
    ///
    /// # Errors
    /// If the server can't be reached or refuses.
    pub async fn mark_read(
        &self,
        conversation: ConversationId,
        conv_seq: u64,
    ) -> Result<ReadAnswer, NetError> {
        self.api.mark_read(conversation, conv_seq).await
    }

    /// Shows the others that something is being typed; to be repeated every three seconds. Whether
    /// it got through does not matter.
    pub fn typing(&self, conversation: ConversationId) {
        self.link.send(ClientFrame::Typing { conversation });
    }

    /// Waits until the link is up, so that what happens from now on is heard. False if the session
    /// has ended.
    pub async fn online(&mut self) -> bool {
        while self.started_at.is_none() {
            if self.hear().await.is_err() {
                return false;
            }
        }
        true
    }

    /// The next thing that happens to the account, from the moment of the first connection on, once
    /// each, also over reconnects. None once the session has ended. After an absence that was too
    /// long for the server to replay, it goes on at the present.
    ///
    /// Asking for the next event says that the last one was dealt with: its messages are then
    /// marked as delivered for those who sent them. May be dropped while it waits.
    pub async fn next_event(&mut self) -> Option<Event> {
        loop {
            if self.events.is_empty() {
                self.confirm();
            }
            match self.hear().await {
                Ok(Some(event)) => return Some(event),
                Ok(None) => {}
                Err(Ended) => return None,
            }
        }
    }

    async fn hear(&mut self) -> Result<Option<Event>, Ended> {
        match self.events.recv().await {
            Some(LinkEvent::Frame(frame)) => Ok(self.take(*frame)),
            Some(LinkEvent::Status(LinkStatus::SessionEnded | LinkStatus::Forbidden { .. }))
            | None => Err(Ended),
            Some(LinkEvent::Status(_)) => Ok(None),
        }
    }

    fn take(&mut self, frame: ServerFrame) -> Option<Event> {
        match frame {
            ServerFrame::Welcome(welcome) => self.take_welcome(*welcome),
            ServerFrame::Reset { position, .. } => self.epoch = position.epoch,
            ServerFrame::Event { seq, event } => {
                self.unconfirmed = Some(Position::user(self.epoch.clone(), seq));
                return (seq > self.started_at.unwrap_or(0)).then_some(event);
            }
            _ => {}
        }
        None
    }

    fn take_welcome(&mut self, welcome: Welcome) {
        let head = welcome.positions.into_iter().find(|position| position.stream == USER_STREAM);
        self.started_at.get_or_insert(head.as_ref().map_or(0, |head| head.seq));
        if let Some(head) = head {
            self.epoch = head.epoch;
        }
    }

    fn confirm(&mut self) {
        if let Some(position) = self.unconfirmed.take()
            && !self.link.send(ClientFrame::Confirm { position: position.clone() })
        {
            self.unconfirmed = Some(position);
        }
    }
}

/// The session has ended.
struct Ended;

/// How long the server asked to wait.
fn retry_after(error: &NetError) -> Duration {
    match error {
        NetError::Refused(error) => Duration::from_millis(error.retry_after_ms.unwrap_or(0)),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
#[path = "headless_tests.rs"]
mod tests;
