//! The REST routes as methods: one route, one method, one answer.

use chatter_protocol::frame::Ack;
use chatter_protocol::rest::{
    ChangePasswordRequest, ConversationsPage, CreateTokenRequest, EditMessageRequest, EndedAnswer,
    EventsPage, MarkReadRequest, MessagesPage, MuteAnswer, MuteRequest, OpenConversationRequest,
    PostMessageRequest, ReadAnswer, SessionAnswer, SessionGrant, SessionsAnswer, SigninRequest,
    SignupRequest, TokenGrant, UpdateMeRequest, UsersPage,
};
use chatter_protocol::{
    API_PREFIX, ConversationId, ConversationView, Me, Message, Person, Position, Secret, SessionId,
    Timestamp, UserId, UserRef,
};
use reqwest::{Client, Method, RequestBuilder, redirect};
use serde::de::DeserializeOwned;

use super::{CLIENT_NAME, NetError, NetOptions, ServerUrl, answer, tls};
use crate::sync::HistoryRange;

/// Which part of a conversation's history to fetch: by one bound at most. Without any, the newest
/// messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Only messages with a lower `conv_seq`; the highest of them.
    pub before: Option<u64>,
    /// Only messages with a higher `conv_seq`; the lowest of them.
    pub after: Option<u64>,
    /// Only messages from the first one on that was stored at or after this time; the lowest of
    /// them.
    pub from_time: Option<Timestamp>,
    /// At most this many; a server cuts it to its own limit.
    pub limit: usize,
}

impl HistoryQuery {
    /// The part that is wanted.
    pub fn new(range: HistoryRange, limit: usize) -> Self {
        let query = Self { limit, ..Self::default() };
        match range {
            HistoryRange::Before(seq) => Self { before: Some(seq), ..query },
            HistoryRange::After(seq) => Self { after: Some(seq), ..query },
            HistoryRange::FromTime(at) => Self { from_time: Some(at), ..query },
        }
    }
}

/// The REST routes of one server, with or without a session. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api {
    server: ServerUrl,
    http: Client,
    token: Option<Secret>,
}

impl Api {
    /// Routes of `server`, without a session. Connects on the first call.
    ///
    /// # Errors
    /// `Setup` if `options` forbid the address or name certificates that can't be read; `Tls` if
    /// the system's certificates can't.
    pub fn new(server: ServerUrl, options: &NetOptions) -> Result<Self, NetError> {
        let config = tls::client_config(&server, options)?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(config)
            // A redirect could carry the token to another origin; the API has none.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(CLIENT_NAME)
            .connect_timeout(options.connect_timeout)
            .timeout(options.request_timeout);
        if server.is_loopback() {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| NetError::Setup(error.to_string()))?;
        Ok(Self { server, http, token: None })
    }

    /// The same routes with the session of `token`.
    pub fn with_token(&self, token: Secret) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    /// The server that is called.
    pub fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// The session's token, if there is one.
    pub fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// Whether the server can serve, and its clock, in whole seconds, if it tells.
    pub async fn health(&self) -> Result<Option<Timestamp>, NetError> {
        let request = self.request(Method::GET, "/health");
        answer::fetch_dated(&self.server, request).await.map(|(date, _)| date)
    }

    /// Makes an account and signs in to it.
    pub async fn signup(&self, request: &SignupRequest) -> Result<SessionGrant, NetError> {
        self.call(self.request(Method::POST, "/signup").json(request)).await
    }

    /// Signs in on this device.
    pub async fn signin(&self, request: &SigninRequest) -> Result<SessionGrant, NetError> {
        self.call(self.request(Method::POST, "/signin").json(request)).await
    }

    /// Ends this session, or `all` of the account.
    pub async fn signout(&self, all: bool) -> Result<EndedAnswer, NetError> {
        let query = if all { Query::default().with("all", "true") } else { Query::default() };
        self.call(self.request_with(Method::DELETE, "/signout", query)).await
    }

    /// Who am I; extends a remembered session.
    pub async fn session(&self) -> Result<SessionAnswer, NetError> {
        self.call(self.request(Method::GET, "/session")).await
    }

    /// Sets another password; ends all other sessions.
    pub async fn change_password(&self, request: &ChangePasswordRequest) -> Result<(), NetError> {
        self.call_for_nothing(self.request(Method::PATCH, "/password").json(request)).await
    }

    /// The account's signed-in devices.
    pub async fn sessions(&self) -> Result<SessionsAnswer, NetError> {
        self.call(self.request(Method::GET, "/sessions")).await
    }

    /// Signs one device out.
    pub async fn end_session(&self, session: SessionId) -> Result<(), NetError> {
        self.call_for_nothing(self.request(Method::DELETE, &format!("/sessions/{session}"))).await
    }

    /// Makes a token for a machine.
    pub async fn create_token(&self, request: &CreateTokenRequest) -> Result<TokenGrant, NetError> {
        self.call(self.request(Method::POST, "/tokens").json(request)).await
    }

    /// Signs all other devices out.
    pub async fn end_other_sessions(&self) -> Result<EndedAnswer, NetError> {
        self.call(self.request(Method::DELETE, "/sessions")).await
    }

    /// My profile.
    pub async fn me(&self) -> Result<Me, NetError> {
        self.call(self.request(Method::GET, "/me")).await
    }

    /// Changes my profile; what `request` does not name stays.
    pub async fn update_me(&self, request: &UpdateMeRequest) -> Result<Me, NetError> {
        self.call(self.request(Method::PATCH, "/me").json(request)).await
    }

    /// Blocks somebody, or ends the block.
    pub async fn set_blocked(&self, user: UserId, blocked: bool) -> Result<Me, NetError> {
        let method = if blocked { Method::PUT } else { Method::DELETE };
        self.call(self.request(method, &format!("/me/blocks/{user}"))).await
    }

    /// A page of the directory: people whose name starts with `prefix` (empty: everybody), after
    /// the last page's `next`.
    pub async fn users(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<UsersPage, NetError> {
        let prefix = (!prefix.is_empty()).then_some(prefix);
        let query = Query::default()
            .with_some("prefix", prefix)
            .with_some("after", after)
            .with("limit", limit);
        self.call(self.request_with(Method::GET, "/users", query)).await
    }

    /// One person.
    pub async fn user(&self, user: &UserRef) -> Result<Person, NetError> {
        self.call(self.request(Method::GET, &format!("/users/{user}"))).await
    }

    /// Opens a conversation; with one person it is the same each time.
    pub async fn open_conversation(
        &self,
        request: &OpenConversationRequest,
    ) -> Result<ConversationView, NetError> {
        self.call(self.request(Method::POST, "/conversations").json(request)).await
    }

    /// The conversation with one person, if there is one; none is made.
    pub async fn direct_with(&self, user: &UserRef) -> Result<ConversationView, NetError> {
        self.call(self.request(Method::GET, &format!("/users/{user}/conversation"))).await
    }

    /// A page of my conversations, the most recently active first, after the last page's `next`.
    pub async fn conversations(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ConversationsPage, NetError> {
        let query = Query::default().with_some("after", after).with("limit", limit);
        self.call(self.request_with(Method::GET, "/conversations", query)).await
    }

    /// One conversation.
    pub async fn conversation(&self, id: ConversationId) -> Result<ConversationView, NetError> {
        self.call(self.request(Method::GET, &format!("/conversations/{id}"))).await
    }

    /// A range of a conversation's messages.
    pub async fn messages(
        &self,
        id: ConversationId,
        range: HistoryQuery,
    ) -> Result<MessagesPage, NetError> {
        let query = Query::default()
            .with_some("before", range.before)
            .with_some("after", range.after)
            .with_some("from_time", range.from_time)
            .with("limit", range.limit);
        self.call(self.request_with(Method::GET, &format!("/conversations/{id}/messages"), query))
            .await
    }

    /// Posts a message. Safe to repeat with the same key.
    pub async fn post(
        &self,
        id: ConversationId,
        request: &PostMessageRequest,
    ) -> Result<Ack, NetError> {
        let path = format!("/conversations/{id}/messages");
        self.call(self.request(Method::POST, &path).json(request)).await
    }

    /// Posts a message to one person, in the conversation with them, which is made if there is none
    /// yet. Safe to repeat with the same key.
    pub async fn post_to(
        &self,
        user: &UserRef,
        request: &PostMessageRequest,
    ) -> Result<Ack, NetError> {
        let path = format!("/users/{user}/messages");
        self.call(self.request(Method::POST, &path).json(request)).await
    }

    /// What follows `position` in the user stream; without one, only where the stream is now.
    pub async fn events(
        &self,
        position: Option<&Position>,
        limit: usize,
    ) -> Result<EventsPage, NetError> {
        let query = Query::default()
            .with_some("epoch", position.map(|position| &position.epoch))
            .with_some("after", position.map(|position| position.seq))
            .with("limit", limit);
        self.call(self.request_with(Method::GET, "/events", query)).await
    }

    /// Changes what a message of mine says.
    pub async fn edit(
        &self,
        id: ConversationId,
        conv_seq: u64,
        request: &EditMessageRequest,
    ) -> Result<Message, NetError> {
        let path = format!("/conversations/{id}/messages/{conv_seq}");
        self.call(self.request(Method::PATCH, &path).json(request)).await
    }

    /// Takes a message of mine back; the answer is its tombstone.
    pub async fn delete(&self, id: ConversationId, conv_seq: u64) -> Result<Message, NetError> {
        let path = format!("/conversations/{id}/messages/{conv_seq}");
        self.call(self.request(Method::DELETE, &path)).await
    }

    /// I have read up to `conv_seq`.
    pub async fn mark_read(
        &self,
        id: ConversationId,
        conv_seq: u64,
    ) -> Result<ReadAnswer, NetError> {
        let path = format!("/conversations/{id}/read");
        let request = MarkReadRequest { conv_seq };
        self.call(self.request(Method::POST, &path).json(&request)).await
    }

    /// Mutes or unmutes a conversation, on all my devices.
    pub async fn set_muted(&self, id: ConversationId, muted: bool) -> Result<MuteAnswer, NetError> {
        let path = format!("/conversations/{id}/muted");
        self.call(self.request(Method::PUT, &path).json(&MuteRequest { muted })).await
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_with(method, path, Query::default())
    }

    fn request_with(&self, method: Method, path: &str, query: Query) -> RequestBuilder {
        let mut url = self.server.join(&format!("{API_PREFIX}{path}"));
        if !query.0.is_empty() {
            url.query_pairs_mut().extend_pairs(query.0);
        }
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        }
    }

    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, NetError> {
        let answer = answer::fetch(&self.server, request).await?;
        answer::decode(&self.server, &answer)
    }

    async fn call_for_nothing(&self, request: RequestBuilder) -> Result<(), NetError> {
        answer::fetch(&self.server, request).await.map(drop)
    }
}

/// The part of an address after `?`.
#[derive(Default)]
struct Query(Vec<(&'static str, String)>);

impl Query {
    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.0.push((name, value.to_string()));
        self
    }

    fn with_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

#[cfg(test)]
#[path = "api_tests.rs"]
mod tests;
