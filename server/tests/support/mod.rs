//! A server in-process, and a client that speaks the protocol and nothing more.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::sync::Arc;
use std::time::Duration;

use chatter_protocol::rest::SessionGrant;
use chatter_protocol::{ClientFrame, ConversationId, Event, Position, ServerFrame, UserId};
use chatter_server::bus::{Bus, LocalBus};
use chatter_server::{RunningServer, Server, Settings};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longer than anything that a test waits for takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Settings for tests: no limits of attempts, any port.
pub(crate) fn settings(data: &TempDir) -> Settings {
    Settings {
        listen: "127.0.0.1:0".parse().expect("an address"),
        data: data.path().to_owned(),
        signin_failures_per_account: 0,
        signin_failures_per_address: 0,
        signups_per_address: 0,
        unauthenticated_per_address: 0,
        presence_grace_ms: 0,
        ..Settings::default()
    }
}

/// A server and its data.
pub(crate) struct TestServer {
    pub(crate) running: RunningServer,
    pub(crate) data: TempDir,
    http: reqwest::Client,
}

/// An account and its session's token.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) id: UserId,
    pub(crate) token: String,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_on(Arc::new(LocalBus::default()), change).await
    }

    pub(crate) async fn start_on(bus: Arc<dyn Bus>, change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_in(TempDir::new().expect("a directory"), bus, change).await
    }

    /// The same server again, over the same data.
    pub(crate) async fn restart(self, change: impl FnOnce(&mut Settings)) -> Self {
        self.running.stop().await;
        Self::start_in(self.data, Arc::new(LocalBus::default()), change).await
    }

    async fn start_in(
        data: TempDir,
        bus: Arc<dyn Bus>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut settings = settings(&data);
        change(&mut settings);
        let running = Server::start_on(bus, settings).await.expect("started");
        // The client library asks for a provider even where no TLS is spoken.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { running, data, http }
    }

    /// One request; the answer's status and JSON.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let response = self.send(method, path, token, body).await;
        let status = response.status();
        (status, response.json().await.expect("every answer is JSON"))
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> reqwest::Response {
        let mut request = self.request(method, path);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("answered")
    }

    /// A request to be completed.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}/api/v1/{path}", self.running.url()))
    }

    pub(crate) async fn sign_up(&self, username: &str) -> Account {
        let body = sign_up_body(username);
        let (status, answer) = self.ask(Method::POST, "signup", None, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        account(answer)
    }

    pub(crate) async fn sign_in(&self, username: &str) -> Account {
        let body = json!({ "login": username, "password": PASSWORD });
        let (status, answer) = self.ask(Method::POST, "signin", None, Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        account(answer)
    }

    pub(crate) async fn open_direct(&self, me: &Account, peer: &str) -> ConversationId {
        let body = json!({ "kind": "direct", "user": peer });
        let (status, answer) =
            self.ask(Method::POST, "conversations", Some(&me.token), Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let id = answer["conversation"]["id"].as_str().expect("an id");
        id.parse().expect("an id")
    }

    /// A token for a machine, with the rights to `send` and to `read`.
    pub(crate) async fn token(&self, me: &Account, send: bool, read: bool) -> Account {
        let body = json!({ "name": "ci", "send": send, "read": read, "expires_in_s": 60 });
        let (status, answer) = self.ask(Method::POST, "tokens", Some(&me.token), Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        Account { token: answer["token"].as_str().expect("a token").to_owned(), ..me.clone() }
    }

    /// A WebSocket that has not said hello.
    pub(crate) async fn socket(&self) -> Socket {
        let url = format!("ws://{}/api/v1/ws", self.running.addr);
        Socket(connect_async(url).await.expect("upgraded").0)
    }

    /// A WebSocket that was welcomed, and where the stream's head is.
    pub(crate) async fn connect(
        &self,
        who: &Account,
        positions: Vec<Position>,
    ) -> (Socket, Position) {
        let mut socket = self.socket().await;
        socket.hello(&who.token, positions).await;
        match socket.next().await {
            ServerFrame::Welcome(welcome) => {
                let head = welcome.positions.first().expect("a head").clone();
                (socket, head)
            }
            other => panic!("no welcome: {other:?}"),
        }
    }
}

/// What it takes to sign up.
pub(crate) fn sign_up_body(username: &str) -> Value {
    json!({
        "email": format!("{username}@example.org"), "username": username, "password": PASSWORD,
    })
}

fn account(answer: Value) -> Account {
    let grant: SessionGrant = serde_json::from_value(answer).expect("a grant");
    Account { id: grant.me.user.id, token: grant.token.expose().to_owned() }
}

/// A client's end of a WebSocket.
pub(crate) struct Socket(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn hello(&mut self, token: &str, positions: Vec<Position>) {
        let hello = json!({ "type": "hello", "token": token, "positions": positions });
        self.say_text(&hello.to_string()).await;
    }

    pub(crate) async fn say(&mut self, frame: &ClientFrame) {
        self.say_text(&serde_json::to_string(frame).expect("encodes")).await;
    }

    pub(crate) async fn say_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("written");
    }

    /// The next frame but heartbeats, which are answered.
    pub(crate) async fn next(&mut self) -> ServerFrame {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("in time") {
                Some(Ok(Message::Text(text))) => {
                    match serde_json::from_str(&text).expect("a frame") {
                        ServerFrame::Heartbeat { .. } => self.say(&ClientFrame::Heartbeat).await,
                        frame => return frame,
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no frame: {other:?}"),
            }
        }
    }

    /// The next event, and its number.
    pub(crate) async fn event(&mut self) -> (u64, Event) {
        loop {
            if let ServerFrame::Event { seq, event } = self.next().await {
                return (seq, event);
            }
        }
    }

    /// The code with which the server closes.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("in time") {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("no close: {other:?}"),
            }
        }
    }
}
