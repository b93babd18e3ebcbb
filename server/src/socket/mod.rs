//! The live protocol on one WebSocket: hello, welcome, replay, then both ways at once. One task
//! for each connection, which owns everything of it.

mod connection;
mod end;
mod flood;
mod hello;
mod inbound;
mod pace;
mod replay;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;

use crate::accept::Ticket;
use crate::app::App;
use crate::settings::{Settings, millis};
use end::End;
use wire::Wire;

/// The library's default is 128 KiB for each connection; frames are mostly under 1 KiB.
const READ_BUFFER_BYTES: usize = 2 * 1024;
/// What is written before it is sent.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;
/// What may wait in a connection that does not take it; past it the library refuses to write.
const WRITE_BUFFER_BYTES_MAX: usize = 1024 * 1024;
/// The library refuses a frame of more than so many times the limit unread. One that is just too
/// large is read to its end, because closing before that could lose the reason on its way.
const OVERSIZE_READ: usize = 2;

/// How connections behave.
#[derive(Debug, Clone, Copy)]
pub struct SocketSettings {
    /// How often the heartbeat comes.
    pub heartbeat: Duration,
    /// How long after it was due a silent client is given up.
    pub heartbeat_grace: Duration,
    /// How long saying hello may take.
    pub hello_timeout: Duration,
    /// How long a client may take to read what waits for it.
    pub write_timeout: Duration,
}

impl From<&Settings> for SocketSettings {
    fn from(settings: &Settings) -> Self {
        Self {
            heartbeat: millis(settings.heartbeat_ms.into()),
            heartbeat_grace: millis(settings.heartbeat_grace_ms),
            hello_timeout: millis(settings.hello_timeout_ms),
            write_timeout: millis(settings.write_timeout_ms),
        }
    }
}

/// Answers an upgrade; the connection then lives until either side ends it.
pub(crate) fn accept(app: Arc<App>, upgrade: WebSocketUpgrade, ticket: Arc<Ticket>) -> Response {
    let read_bytes_max = app.chat.limits().frame_bytes_max.saturating_mul(OVERSIZE_READ);
    let task = app.tasks.token();
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(read_bytes_max)
        .max_frame_size(read_bytes_max)
        .on_upgrade(async move |socket| {
            serve(&app, socket, &ticket).await;
            drop((ticket, task));
        })
}

async fn serve(app: &App, socket: WebSocket, ticket: &Ticket) {
    let mut wire = Wire::new(socket, app);
    // What takes much room is in a box of its own for as long as it lasts: the task itself is there for
    // as long as its connection, which mostly waits.
    let end = match Box::pin(hello::greet(app, &mut wire, ticket)).await {
        Ok(greeted) => {
            let mut connection = Box::new(connection::Connection::new(app, &mut wire, greeted));
            connection.run().await
        }
        Err(end) => end,
    };
    if let End::Close(code) = end {
        Box::pin(wire.close(code)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_future<'a, F: Future>(_: impl FnOnce(&'a App, WebSocket, &'a Ticket) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn the_task_of_a_connection_that_waits_is_small() {
        let bytes = size_of_future(serve);
        assert!(bytes <= 2 * 1024, "{bytes} bytes");
    }
}
