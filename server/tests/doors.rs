//! What a client leaves undone has a deadline, and how many may come has an end.

mod support;

use support::{PATIENCE, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Everything that the server says until it closes.
async fn until_closed(socket: &mut TcpStream) -> String {
    let mut said = Vec::new();
    // A reset is a way of closing, too.
    let _ = timeout(PATIENCE, socket.read_to_end(&mut said)).await.expect("closed in time");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn silent_half_and_idle_connections_are_closed() {
    let server = TestServer::start_with(|settings| {
        settings.first_byte_timeout_ms = 200;
        settings.header_timeout_ms = 200;
        settings.body_timeout_ms = 200;
    })
    .await;
    let connect = async || TcpStream::connect(server.running.addr).await.expect("connected");

    let mut silent = connect().await;
    assert_eq!(until_closed(&mut silent).await, "");

    let mut half = connect().await;
    half.write_all(b"GET /api/v1/health HTTP/1.1\r\nho").await.expect("written");
    assert!(!until_closed(&mut half).await.contains("ready"));

    let mut idle = connect().await;
    idle.write_all(b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("written");
    assert!(until_closed(&mut idle).await.contains("ready"));

    let mut slow = connect().await;
    let head = "POST /api/v1/signin HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.expect("written");
    let answer = until_closed(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("bad_request"), "{answer}");
}

#[tokio::test]
async fn one_connection_too_many_is_told_so_and_room_is_made_again() {
    let server = TestServer::start_with(|settings| settings.unauthenticated_per_address = 2).await;
    let connect = async || TcpStream::connect(server.running.addr).await.expect("connected");
    let (one, _two) = (connect().await, connect().await);
    let mut three = connect().await;
    let answer = until_closed(&mut three).await;
    assert!(
        answer.starts_with("HTTP/1.1 429") && answer.contains("too_many_connections"),
        "{answer}"
    );
    drop(one);
    // The server learns of it when it reads: until then the next is refused, too.
    let room = async {
        loop {
            let mut next = connect().await;
            next.write_all(b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                .await
                .expect("written");
            if until_closed(&mut next).await.contains("ready") {
                break;
            }
        }
    };
    timeout(PATIENCE, room).await.expect("room is made");
}
