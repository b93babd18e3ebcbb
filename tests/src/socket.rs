//! A WebSocket without a client's cleverness: says exactly what a test tells it to, and shows
//! exactly what comes back.

use std::collections::VecDeque;
use std::net::SocketAddr;

use chatter_protocol::frame::{Ack, Send, Welcome};
use chatter_protocol::{
    ClientFrame, ClientMsgId, ConversationId, Event, Position, Presence, Secret, ServerFrame,
};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Ws;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::PATIENCE;
use crate::rest::Account;
use crate::server::Server;

/// Names the question of [`Socket::texts_until_pong`].
const QUESTION: u64 = 4_711;

/// One connection.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames that came while a test waited for another.
    put_back: VecDeque<ServerFrame>,
}

impl Socket {
    /// Connects and says nothing.
    pub async fn silent(server: &Server) -> Self {
        Self::silent_at(server.addr()).await
    }

    async fn silent_at(addr: SocketAddr) -> Self {
        let url = format!("ws://{addr}/api/v1/ws");
        let (stream, _) = connect_async(url).await.expect("the server upgrades");
        Self { stream, put_back: VecDeque::new() }
    }

    /// Connects and says hello from a position.
    pub async fn hello(
        server: &Server,
        account: &Account,
        position: Option<Position>,
    ) -> (Self, Welcome) {
        Self::hello_at(server.addr(), account, position).await
    }

    /// The same through a proxy.
    pub async fn hello_at(
        addr: SocketAddr,
        account: &Account,
        position: Option<Position>,
    ) -> (Self, Welcome) {
        let mut socket = Self::silent_at(addr).await;
        socket
            .say(&ClientFrame::Hello {
                token: Secret::new(account.token.clone()),
                positions: position.into_iter().collect(),
                client: "test".to_owned(),
                heartbeat_ms: None,
                unattended: false,
            })
            .await;
        let welcome = socket
            .wait("welcome", |frame| match frame {
                ServerFrame::Welcome(welcome) => Some(*welcome),
                _ => None,
            })
            .await;
        (socket, welcome)
    }

    /// The same, with a server that may be gone.
    pub async fn try_hello(
        addr: SocketAddr,
        account: &Account,
        position: Option<Position>,
    ) -> Option<(Self, Welcome)> {
        let (stream, _) = connect_async(format!("ws://{addr}/api/v1/ws")).await.ok()?;
        let mut socket = Self { stream, put_back: VecDeque::new() };
        let hello = ClientFrame::Hello {
            token: Secret::new(account.token.clone()),
            positions: position.into_iter().collect(),
            client: "test".to_owned(),
            heartbeat_ms: None,
            unattended: false,
        };
        socket.try_say(&hello).await?;
        match socket.read().await.ok()? {
            ServerFrame::Welcome(welcome) => Some((socket, *welcome)),
            _ => None,
        }
    }

    /// Connects at the head of the stream: only news come.
    pub async fn live(server: &Server, account: &Account) -> Self {
        // The first connection learns the head, the second stands there.
        let (_, welcome) = Self::hello(server, account, None).await;
        Self::hello(server, account, welcome.positions.into_iter().next()).await.0
    }

    /// Says a frame.
    pub async fn say(&mut self, frame: &ClientFrame) {
        self.say_text(&serde_json::to_string(frame).expect("writes")).await;
    }

    /// Says a frame; none when the connection is gone.
    pub async fn try_say(&mut self, frame: &ClientFrame) -> Option<()> {
        let text = serde_json::to_string(frame).expect("writes");
        self.stream.send(Ws::text(text)).await.ok()
    }

    /// Says any text.
    pub async fn say_text(&mut self, text: &str) {
        self.stream.send(Ws::text(text)).await.expect("the connection is up");
    }

    /// Says any WebSocket message; whether the connection was up.
    pub async fn say_raw(&mut self, message: Ws) -> bool {
        self.stream.send(message).await.is_ok()
    }

    /// Sends a message with this key and waits for the proof.
    pub async fn send(
        &mut self,
        conversation: ConversationId,
        client_msg_id: ClientMsgId,
        body: &str,
    ) -> Ack {
        let send = Send {
            attachments: Vec::new(),
            conversation,
            client_msg_id,
            body: body.to_owned(),
            reply_to: None,
        };
        self.say(&ClientFrame::Send(send)).await;
        self.wait("ack", |frame| match frame {
            ServerFrame::Ack(ack) if ack.client_msg_id == client_msg_id => Some(ack),
            _ => None,
        })
        .await
    }

    /// The next event, with its number.
    pub async fn event(&mut self) -> (u64, Event) {
        self.wait("event", |frame| match frame {
            ServerFrame::Event { seq, event } => Some((seq, event)),
            _ => None,
        })
        .await
    }

    /// The next message event's body and number in the conversation.
    pub async fn message(&mut self) -> (u64, String) {
        loop {
            if let (_, Event::MessagePosted { message }) = self.event().await {
                return (message.conv_seq, message.body);
            }
        }
    }

    /// Who comes or goes next, of those who are watched.
    pub async fn presence(&mut self) -> Presence {
        self.wait("presence", |frame| match frame {
            ServerFrame::Presence { mut users } if users.len() == 1 => Some(users.remove(0)),
            _ => None,
        })
        .await
    }

    /// The first frame that `pick` takes; the others keep their order for later.
    pub async fn wait<T>(&mut self, what: &str, pick: impl Fn(ServerFrame) -> Option<T>) -> T {
        let mut passed = VecDeque::new();
        loop {
            let frame = match self.put_back.pop_front() {
                Some(frame) => frame,
                None => self.read().await.unwrap_or_else(|close| {
                    panic!("waited for {what}, but the connection closed: {close:?}")
                }),
            };
            match pick(frame.clone()) {
                Some(picked) => {
                    passed.append(&mut self.put_back);
                    self.put_back = passed;
                    return picked;
                }
                None => passed.push_back(frame),
            }
        }
    }

    /// Every text that comes before the server's answer to a question asked now, byte for byte.
    pub async fn texts_until_pong(&mut self) -> Vec<String> {
        let put_back = std::mem::take(&mut self.put_back);
        let mut texts: Vec<_> =
            put_back.iter().map(|frame| serde_json::to_string(frame).expect("writes")).collect();
        self.say(&ClientFrame::Ping { id: QUESTION }).await;
        loop {
            let text = tokio::time::timeout(PATIENCE, self.read_text()).await;
            let text = text.expect("nothing came from the server").expect("the connection is up");
            match serde_json::from_str(&text) {
                Ok(ServerFrame::Pong { id: QUESTION }) => return texts,
                _ => texts.push(text),
            }
        }
    }

    /// Reads on until the server closes; the close code, 1006 for a connection that just ended.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(close) = self.read().await {
                return close.map_or(1006, |close| close.code.into());
            }
        }
    }

    /// The next frame as it comes, or the close frame.
    pub async fn read(&mut self) -> Result<ServerFrame, Option<CloseFrame>> {
        let next = tokio::time::timeout(PATIENCE, self.read_for_ever()).await;
        next.expect("nothing came from the server")
    }

    /// The same, however long it takes.
    pub async fn read_for_ever(&mut self) -> Result<ServerFrame, Option<CloseFrame>> {
        let text = self.read_text().await?;
        Ok(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}")))
    }

    async fn read_text(&mut self) -> Result<String, Option<CloseFrame>> {
        loop {
            match self.stream.next().await {
                Some(Ok(Ws::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Ws::Close(close))) => return Err(close),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Ends the connection without a goodbye.
    pub fn cut(self) {
        drop(self);
    }
}
