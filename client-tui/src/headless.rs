//! A small client without a screen, for bots and scripts: sign in, say something, hear what
//! happens.
//!
//! Keeps nothing on this device: it begins at the present or, for one who keeps it, after the
//! position of the last time.
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

use chatter_protocol::frame::Ack;
use chatter_protocol::rest::{
    OpenConversationRequest, PostMessageRequest, ReadAnswer, SigninRequest,
};
use chatter_protocol::{
    ClientFrame, ClientMsgId, ConversationId, ConversationView, Event, Me, Message, Position,
    Secret, UserRef, Username,
};
use tokio::time::Instant;
use uuid::Uuid;

pub use crate::listener::Heard;
use crate::listener::Listener;
use crate::net::{Api, NetError, NetOptions, Patience, ServerUrl};

/// How long a send is tried again before its error is returned.
const SEND_PATIENCE: Duration = Duration::from_secs(60);

/// Makes keys of people into keys of the protocol (UUIDv5, RFC 9562, section 5.5).
const KEY_SPACE: Uuid = Uuid::from_u128(0x0199_7d0a_5c1e_7c3e_9a51_4c8b_57ad_9f10);

/// The protocol's key for a key of your own choice: a UUID as it is, anything else by its name. The
/// same text makes the same key, here and in `chatter send --key`.
///
/// A good text names the thing that is told of, as in `backup 2026-11-24`: then it is told once,
/// however often the telling is repeated.
pub fn key_for(text: &str) -> ClientMsgId {
    text.parse().unwrap_or_else(|_| {
        ClientMsgId::from_bytes(*Uuid::new_v5(&KEY_SPACE, text.as_bytes()).as_bytes())
    })
}

/// A signed-in account, and what happens to it.
#[derive(Debug)]
pub struct Client {
    api: Api,
    me: Me,
    listener: Listener,
}

impl Client {
    /// Signs in with an e-mail address or a username. The session ends by itself after a day.
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
        let api = api.with_token(grant.token.clone());
        Self::begin(api, grant.token, grant.me, options, None).await
    }

    /// Uses the token of a session that exists, as `chatter token create` makes them.
    ///
    /// # Errors
    /// If the server can't be reached or refuses.
    pub async fn with_token(
        server: ServerUrl,
        options: &NetOptions,
        token: Secret,
    ) -> Result<Self, NetError> {
        Self::resume(server, options, token, None).await
    }

    /// The same; hears first what has happened since `position`.
    ///
    /// # Errors
    /// If the server can't be reached or refuses.
    pub async fn resume(
        server: ServerUrl,
        options: &NetOptions,
        token: Secret,
        position: Option<Position>,
    ) -> Result<Self, NetError> {
        let api = Api::new(server, options)?.with_token(token.clone());
        let me = api.session().await?.me;
        Self::begin(api, token, me, options, position).await
    }

    async fn begin(
        api: Api,
        token: Secret,
        me: Me,
        options: &NetOptions,
        position: Option<Position>,
    ) -> Result<Self, NetError> {
        let listener = Listener::begin(&api, token, options, position).await?;
        Ok(Self { api, me, listener })
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
        self.post(conversation, &request(ClientMsgId::new(), body)).await
    }

    /// Answers `message` with `body`, quoting it. The same `key` with the same body is said once,
    /// also after a restart, if it was made from the message's id (see [`key_for`]).
    ///
    /// # Errors
    /// As [`Client::send`]; `IdempotencyConflict` if something else was said under the key.
    pub async fn reply(
        &self,
        message: &Message,
        key: ClientMsgId,
        body: &str,
    ) -> Result<Ack, NetError> {
        let reply_to = Some(message.conv_seq);
        let request = PostMessageRequest { reply_to, ..request(key, body) };
        self.post(message.conversation, &request).await
    }

    /// Says `body` to `user`. The same `key` with the same body is said once, whoever repeats it,
    /// and whenever: one made from the thing that is told of is a good one (see [`key_for`]).
    ///
    /// # Errors
    /// As [`Client::send`]; `NotFound` if there is nobody of that name, `IdempotencyConflict` if
    /// something else was said under the key.
    pub async fn send_to(
        &self,
        user: &Username,
        key: ClientMsgId,
        body: &str,
    ) -> Result<Ack, NetError> {
        let (user, request) = (UserRef::Username(user.clone()), request(key, body));
        let mut tries = patience().tries();
        loop {
            if let Some(answer) = tries.take(self.api.post_to(&user, &request)).await {
                return answer;
            }
        }
    }

    async fn post(
        &self,
        conversation: ConversationId,
        request: &PostMessageRequest,
    ) -> Result<Ack, NetError> {
        let mut tries = patience().tries();
        loop {
            if let Some(answer) = tries.take(self.api.post(conversation, request)).await {
                return answer;
            }
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
        if let Some(link) = self.listener.link() {
            link.send(ClientFrame::Typing { conversation });
        }
    }

    /// Waits until the link is up: the account is online from then on. False if the session has
    /// ended. What happens is heard from signing in on, whether this was called or not.
    pub async fn online(&mut self) -> bool {
        self.listener.online().await.is_ok()
    }

    /// The position after the last event, to [`Client::resume`] from.
    pub fn position(&self) -> &Position {
        self.listener.position()
    }

    /// The next thing that happens to the account, each once, also over reconnects and however long
    /// they take. None once the session has ended.
    ///
    /// Asking for the next event says that the last one was dealt with: its messages are then
    /// marked as delivered for those who sent them. May be dropped while it waits.
    pub async fn next_event(&mut self) -> Option<Event> {
        loop {
            match self.listener.next().await {
                Ok(Heard::Event { event, .. }) => return Some(event),
                Ok(Heard::Reset(_)) => {}
                Err(_) => return None,
            }
        }
    }

    /// The same, with what [`Client::next_event`] leaves out: whether it is a replay, and why there
    /// is no more.
    ///
    /// # Errors
    /// If the session has ended or may not read.
    pub async fn next(&mut self) -> Result<Heard, NetError> {
        self.listener.next().await
    }
}

fn request(client_msg_id: ClientMsgId, body: &str) -> PostMessageRequest {
    PostMessageRequest {
        attachments: Vec::new(),
        client_msg_id,
        body: body.to_owned(),
        reply_to: None,
        unattended: false,
    }
}

/// For a minute.
fn patience() -> Patience {
    Patience::Until(Instant::now() + SEND_PATIENCE)
}

#[cfg(test)]
#[path = "headless_tests.rs"]
mod tests;
