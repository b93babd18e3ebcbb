//! Plain HTTP against the API: what a script with curl would see.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use chatter_protocol::frame::Ack;
use chatter_protocol::{ClientMsgId, ConversationId, UserId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// The password of everybody in these tests.
pub const PASSWORD: &str = "correct horse battery";

/// A picture of one pixel, as PNG.
pub const PICTURE: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53,
    0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x70, 0x68, 0x38, 0x00,
    0x00, 0x02, 0x84, 0x01, 0x81, 0x18, 0x6a, 0x74, 0x87, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e,
    0x44, 0xae, 0x42, 0x60, 0x82,
];

/// A client of the API, signed in or not.
#[derive(Clone)]
pub struct Rest {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// A signed-up person.
#[derive(Clone)]
pub struct Account {
    /// Signed in.
    pub rest: Rest,
    /// The session's token.
    pub token: String,
    /// Who.
    pub id: UserId,
    /// The username.
    pub name: String,
}

/// A status and a JSON body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body; `Null` when there is none.
    pub body: Value,
}

impl Answer {
    /// The error code, or an empty string.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// Asserts success; the body.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }

    /// Asserts a status and an error code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{}", self.body);
    }
}

impl Rest {
    /// Nobody yet, at `http://ADDR:PORT`.
    pub fn new(url: &str) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(chatter::net::tls::install_default);
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { http, url: url.to_owned(), token: None }
    }

    /// The same server as the holder of `token`.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// A request under `/api/v1`, with a JSON body if there is one.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.answer(request).await
    }

    /// A request to build by hand.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1/{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request that was built by hand.
    pub async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_answer(request).await.expect("the server answers")
    }

    /// The same; none when no whole answer comes.
    pub async fn try_answer(&self, request: reqwest::RequestBuilder) -> Option<Answer> {
        let answer = request.send().await.ok()?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.ok()?;
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| panic!("not JSON: {text}")),
        };
        Some(Answer { status, headers, body })
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// `POST`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// `POST` to a server that may be gone.
    pub async fn try_post(&self, path: &str, body: Value) -> Option<Answer> {
        self.try_answer(self.request(Method::POST, path).json(&body)).await
    }

    /// `PATCH`.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// `PUT`.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// Signs up `NAME@example.org` as `NAME`.
    pub async fn sign_up(&self, name: &str) -> Account {
        let body = json!({
            "email": format!("{name}@example.org"), "username": name, "password": PASSWORD,
            "remember": true, "device_name": "test",
        });
        self.account(self.post("signup", body).await.ok())
    }

    /// Signs in a further device.
    pub async fn sign_in(&self, name: &str) -> Account {
        let body = json!({ "login": name, "password": PASSWORD, "remember": true });
        self.account(self.post("signin", body).await.ok())
    }

    /// Signs up somebody whose name does not matter.
    pub async fn somebody(&self) -> Account {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        self.sign_up(&format!("user{}", NEXT.fetch_add(1, Ordering::Relaxed))).await
    }

    fn account(&self, grant: Value) -> Account {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let token = text(&grant["token"]);
        let user = &grant["me"]["user"];
        Account {
            rest: self.with_token(&token),
            id: text(&user["id"]).parse().expect("an id"),
            name: text(&user["username"]),
            token,
        }
    }
}

impl Account {
    /// A token for a machine, with the rights to `send` and to `read`.
    pub async fn token(&self, send: bool, read: bool) -> Self {
        let body = json!({ "name": "ci", "send": send, "read": read, "expires_in_s": 3_600 });
        let grant = self.rest.post("tokens", body).await.ok();
        let token = grant["token"].as_str().expect("a token").to_owned();
        Self { rest: self.rest.with_token(&token), token, ..self.clone() }
    }

    /// The direct conversation with somebody.
    pub async fn open(&self, peer: &Account) -> ConversationId {
        let body = json!({ "kind": "direct", "user": peer.name });
        let view = self.rest.post("conversations", body).await.ok();
        view["conversation"]["id"].as_str().expect("an id").parse().expect("an id")
    }

    /// Posts a message over REST.
    pub async fn say(&self, conversation: ConversationId, body: &str) -> Ack {
        let body = json!({ "client_msg_id": ClientMsgId::new(), "body": body });
        let answer = self.rest.post(&format!("conversations/{conversation}/messages"), body).await;
        serde_json::from_value(answer.ok()).expect("an ack")
    }

    /// One conversation as this person sees it.
    pub async fn view(&self, conversation: ConversationId) -> Value {
        self.rest.get(&format!("conversations/{conversation}")).await.ok()
    }
}
