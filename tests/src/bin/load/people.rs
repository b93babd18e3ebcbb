//! People on their lines: one task each, which says what it is given and tells what it hears.

use std::rc::Rc;

use anyhow::{Context, bail};
use chatter_protocol::{ClientFrame, ClientMsgId, ConversationId, Position, Secret, ServerFrame};
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::Message;

use crate::said::{Heard, Said, heard};
use crate::seed::Member;
use crate::way::{BUFFER_BYTES, Socket, Way};

/// Told of everything that a person hears; `None` when the line ended.
pub(crate) type Ear = Rc<dyn Fn(Option<Heard>)>;

/// Somebody who is connected; gone when dropped.
pub(crate) struct Person {
    say: mpsc::UnboundedSender<Said>,
    task: AbortHandle,
    /// Where their stream was when they came.
    pub(crate) position: Option<Position>,
}

impl Person {
    /// Says hello to a server, from a position if there is one, to say things in `place`.
    pub(crate) async fn at_chatter(
        way: Way,
        member: &Member,
        place: Option<ConversationId>,
        position: Option<Position>,
        ear: Ear,
    ) -> anyhow::Result<Self> {
        let mut socket = way.open().await?;
        let hello = ClientFrame::Hello {
            token: Secret::new(member.token.clone()),
            positions: position.into_iter().collect(),
            client: "load".to_owned(),
            heartbeat_ms: None,
            unattended: false,
        };
        socket.send(Message::text(serde_json::to_string(&hello)?)).await?;
        let position = welcome(&mut socket).await?;
        let (say, posts) = mpsc::unbounded_channel();
        let talk = async move {
            let _ = talk_to_chatter(socket, place, posts, &ear).await;
            ear(None);
        };
        let task = tokio::task::spawn_local(talk).abort_handle();
        Ok(Self { say, task, position })
    }

    /// Tells a relay who is there, to say things to `to`: a number, or `*` for everybody.
    pub(crate) async fn at_relay(
        way: Way,
        number: usize,
        to: String,
        ear: Ear,
    ) -> anyhow::Result<Self> {
        let mut stream = BufReader::new(way.connect().await?);
        stream.write_all(format!("{number}\n").as_bytes()).await?;
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let (say, posts) = mpsc::unbounded_channel();
        let talk = async move {
            let _ = talk_to_relay(stream, &to, posts, &ear).await;
            ear(None);
        };
        let task = tokio::task::spawn_local(talk).abort_handle();
        Ok(Self { say, task, position: None })
    }

    /// Says something, as soon as the line takes it.
    pub(crate) fn say(&self, said: Said) {
        // Whose line has ended says nothing; that it ended was told.
        let _ = self.say.send(said);
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn welcome(socket: &mut Socket) -> anyhow::Result<Option<Position>> {
    while let Some(message) = socket.next().await {
        if let Message::Text(text) = message?
            && let Ok(ServerFrame::Welcome(welcome)) = serde_json::from_str(&text)
        {
            return Ok(welcome.positions.into_iter().next());
        }
    }
    bail!("the line ended before welcome")
}

async fn talk_to_chatter(
    mut socket: Socket,
    place: Option<ConversationId>,
    mut posts: mpsc::UnboundedReceiver<Said>,
    ear: &Ear,
) -> anyhow::Result<()> {
    let frame = place.map(SendFrame::to);
    loop {
        tokio::select! {
            said = posts.recv() => {
                let frame = frame.as_ref().context("nowhere to say it")?;
                let mut next = said;
                while let Some(said) = next {
                    socket.feed(Message::text(frame.of(said))).await?;
                    next = posts.try_recv().ok();
                }
                socket.flush().await?;
            }
            message = socket.next() => {
                let mut next = Some(message);
                while let Some(message) = next {
                    hear(message.context("the line ended")??, &mut socket, ear).await?;
                    next = socket.next().now_or_never();
                }
            }
        }
    }
}

async fn hear(message: Message, socket: &mut Socket, ear: &Ear) -> anyhow::Result<()> {
    let Message::Text(text) = message else { return Ok(()) };
    let heard = heard(&text);
    if heard == Heard::Heartbeat {
        socket.send(Message::text(serde_json::to_string(&ClientFrame::Heartbeat)?)).await?;
    }
    ear(Some(heard));
    Ok(())
}

/// The text of a `send` frame around what changes from one to the next.
struct SendFrame {
    before_key: String,
}

impl SendFrame {
    fn to(place: ConversationId) -> Self {
        Self {
            before_key: format!(r#"{{"type":"send","conversation":"{place}","client_msg_id":""#),
        }
    }

    fn of(&self, said: Said) -> String {
        format!(r#"{}{}","body":"{}"}}"#, self.before_key, ClientMsgId::new(), said.body())
    }
}

async fn talk_to_relay(
    stream: BufReader<TcpStream>,
    to: &str,
    mut posts: mpsc::UnboundedReceiver<Said>,
    ear: &Ear,
) -> anyhow::Result<()> {
    let (reading, mut writing) = tokio::io::split(stream);
    let mut lines = BufReader::with_capacity(BUFFER_BYTES, reading).lines();
    loop {
        tokio::select! {
            said = posts.recv() => {
                let mut text = String::new();
                let mut next = said;
                while let Some(said) = next {
                    text.extend([to, " ", &said.body(), "\n"]);
                    next = posts.try_recv().ok();
                }
                writing.write_all(text.as_bytes()).await?;
                writing.flush().await?;
            }
            line = lines.next_line() => {
                let line = line?.context("the line ended")?;
                ear(Some(Said::parse(&line).map_or(Heard::Ack, Heard::Message)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chatter_protocol::frame::Send;

    use super::*;

    #[test]
    fn what_is_said_is_a_send_frame() {
        let (place, said) = (ConversationId::new(), Said { due_us: 1, number: 2 });
        let frame = serde_json::from_str(&SendFrame::to(place).of(said)).expect("a frame");
        let ClientFrame::Send(Send { conversation, body, .. }) = frame else { panic!("{frame:?}") };
        assert_eq!((conversation, body), (place, said.body()));
    }
}
