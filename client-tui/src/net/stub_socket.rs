//! A server's end of the live protocol for tests: accepts on a port of this machine and says what
//! the test tells it to.

use chatter_protocol::frame::Welcome;
use chatter_protocol::{
    ClientFrame, CloseCode, Event, Limits, Me, Position, Privacy, ServerFrame, SessionId,
    Timestamp, User, UserId,
};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::ServerUrl;

/// A listening stub.
pub(crate) struct StubServer(TcpListener);

/// One accepted connection.
pub(crate) struct StubSocket(WebSocketStream<TcpStream>);

impl StubServer {
    pub(crate) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    pub(crate) fn url(&self) -> ServerUrl {
        let address = self.0.local_addr().expect("bound");
        ServerUrl::parse(&format!("http://{address}"), false).expect("loopback")
    }

    /// The next connection, upgraded.
    pub(crate) async fn accept(&self) -> StubSocket {
        let (stream, _) = self.0.accept().await.expect("accepts");
        StubSocket(accept_async(stream).await.expect("upgrades"))
    }

    /// The next connection, and the positions that its `hello` names, answered by a `welcome` with
    /// epoch `e`, `head` and a heartbeat of 15 s.
    pub(crate) async fn welcome(&self, head: u64) -> (StubSocket, Vec<Position>) {
        let mut socket = self.accept().await;
        let positions = match socket.next().await {
            Some(ClientFrame::Hello { positions, .. }) => positions,
            other => panic!("no hello: {other:?}"),
        };
        socket.say(&welcome("e", head, 15_000)).await;
        (socket, positions)
    }
}

impl StubSocket {
    /// What the client says next; none once it is gone.
    pub(crate) async fn next(&mut self) -> Option<ClientFrame> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) => return Some(serde_json::from_str(&text).expect("a frame")),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    pub(crate) async fn say(&mut self, frame: &ServerFrame) {
        self.say_text(serde_json::to_string(frame).expect("writes")).await;
    }

    pub(crate) async fn say_text(&mut self, text: String) {
        self.0.send(Message::text(text)).await.expect("sends");
    }

    pub(crate) async fn say_event(&mut self, seq: u64) {
        self.say(&ServerFrame::Event { seq, event: Event::Unknown }).await;
    }

    pub(crate) async fn close(mut self, code: CloseCode) {
        let frame = CloseFrame { code: code.code().into(), reason: code.reason().into() };
        self.0.close(Some(frame)).await.expect("closes");
        while self.0.next().await.is_some() {}
    }
}

/// A `welcome` to somebody called ada.
pub(crate) fn welcome(epoch: &str, head: u64, heartbeat_ms: u32) -> ServerFrame {
    let user = User {
        avatar: None,
        status_expires_at: None,
        time_zone: None,
        id: UserId::new(),
        username: "ada".parse().expect("valid"),
        display_name: "Ada".parse().expect("valid"),
        status_message: None,
        created_at: Timestamp::now(),
        rev: 0,
    };
    ServerFrame::Welcome(Box::new(Welcome {
        server: "stub/1".to_owned(),
        session: SessionId::new(),
        me: Me {
            blocked: Vec::new(),
            user,
            email: "ada@example.org".to_owned(),
            privacy: Privacy::default(),
        },
        positions: vec![Position::user(epoch, head)],
        limits: Limits::default(),
        heartbeat_ms,
        features: Vec::new(),
        time: Timestamp::now(),
    }))
}
