//! Frames in and out of a WebSocket, with a deadline for each write.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use chatter_protocol::{CloseCode, ErrorBody, ServerFrame};
use futures_util::SinkExt;
use tokio::time::timeout;

use super::end::{End, Step};
use crate::app::App;

/// How long the client may take to answer a close before the connection is dropped.
const CLOSE_DEADLINE: Duration = Duration::from_secs(1);

pub(super) struct Wire {
    socket: WebSocket,
    frame_bytes_max: usize,
    write_deadline: Duration,
}

/// What came in.
pub(super) enum Heard {
    /// A text frame within the limit.
    Text(Utf8Bytes),
    /// A sign of life without content.
    Life,
}

impl Wire {
    pub(super) fn new(socket: WebSocket, app: &App) -> Self {
        Self {
            socket,
            frame_bytes_max: app.chat.limits().frame_bytes_max,
            write_deadline: app.socket.write_timeout,
        }
    }

    /// The next thing that the client says; safe to cancel.
    pub(super) async fn hear(&mut self) -> Step<Heard> {
        match self.socket.recv().await {
            Some(Ok(Message::Text(text))) if text.len() <= self.frame_bytes_max => {
                Ok(Heard::Text(text))
            }
            Some(Ok(Message::Text(_))) => Err(End::Close(CloseCode::TooLarge)),
            Some(Ok(Message::Binary(_))) => Err(End::Close(CloseCode::NotText)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Heard::Life),
            Some(Ok(Message::Close(_))) | None => Err(End::Gone),
            Some(Err(error)) => Err(refused_by_library(&error)),
        }
    }

    /// Writes frames in order and sends them on their way together.
    pub(super) async fn write(&mut self, frames: impl IntoIterator<Item = Utf8Bytes>) -> Step {
        let writing = async {
            for frame in frames {
                self.socket.feed(Message::Text(frame)).await?;
            }
            self.socket.flush().await
        };
        match timeout(self.write_deadline, writing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Close(CloseCode::Slow)),
        }
    }

    /// Writes one frame.
    pub(super) async fn say(&mut self, frame: &ServerFrame) -> Step {
        self.write(encode(frame)).await
    }

    /// Says that something failed that has no answer of its own.
    pub(super) async fn complain(&mut self, error: ErrorBody) -> Step {
        self.say(&ServerFrame::Error { error }).await
    }

    /// Closes with a reason and waits a moment for the answer: dropping the connection with
    /// something of the client's unread could take the reason from it.
    pub(super) async fn close(mut self, code: CloseCode) {
        let frame = CloseFrame { code: code.code(), reason: code.reason().into() };
        // Whoever is gone meanwhile needs no reason.
        let _ = timeout(CLOSE_DEADLINE, async {
            self.socket.send(Message::Close(Some(frame))).await?;
            while let Some(Ok(_)) = self.socket.recv().await {}
            Ok::<_, axum::Error>(())
        })
        .await;
    }
}

/// The frame's text; a frame that can't be encoded is left out, which the log tells.
pub(super) fn encode(frame: &ServerFrame) -> Option<Utf8Bytes> {
    match serde_json::to_string(frame) {
        Ok(text) => Some(text.into()),
        Err(error) => {
            tracing::error!(%error, "a frame could not be encoded");
            None
        }
    }
}

/// What the WebSocket library refused to read. It tells what by its text only, since its error
/// type is not axum's to name.
fn refused_by_library(error: &axum::Error) -> End {
    let text = error.to_string();
    // The library counts a connection that just ends among the violations of the protocol.
    if text.ends_with("without closing handshake") {
        return End::Gone;
    }
    if text.starts_with("Space limit exceeded") {
        return End::Close(CloseCode::TooLarge);
    }
    if text.starts_with("UTF-8") || text.starts_with("WebSocket protocol error") {
        return End::Close(CloseCode::BadFrame);
    }
    End::Gone
}
