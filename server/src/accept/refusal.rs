//! Telling somebody that there is no room, in HTTP, without reading what they ask.

use std::time::Duration;

use chatter_protocol::error::ErrorAnswer;
use chatter_protocol::{ErrorBody, ErrorCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::admission::Full;

/// How long the refusal may take altogether.
const TELL_DEADLINE: Duration = Duration::from_secs(1);

pub(super) async fn tell(mut socket: TcpStream, full: Full) {
    // Whoever is gone meanwhile needs no refusal.
    let _ = timeout(TELL_DEADLINE, async {
        socket.write_all(answer(full).as_bytes()).await?;
        socket.shutdown().await?;
        // Closing with their request unread would take the answer from them again.
        let mut unread = [0; 512];
        while socket.read(&mut unread).await? > 0 {}
        std::io::Result::Ok(())
    })
    .await;
}

fn answer(full: Full) -> String {
    let (code, status, wait_ms, message) = match full {
        Full::Server => (
            ErrorCode::Busy,
            "503 Service Unavailable",
            5_000,
            "The server has as many connections as it can bear; please try again in a moment.",
        ),
        Full::Address => (
            ErrorCode::TooManyConnections,
            "429 Too Many Requests",
            1_000,
            "Too many connections from your address on which nobody has signed in.",
        ),
    };
    let error = ErrorBody::new(code, message).retry_after_ms(wait_ms);
    // Strings and numbers always encode.
    let body = serde_json::to_string(&ErrorAnswer { error }).unwrap_or_default();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         retry-after: {}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\
         connection: close\r\n\r\n{body}",
        body.len(),
        wait_ms / 1000
    )
}
