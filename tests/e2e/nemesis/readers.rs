//! F12: readers that never read.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chatter_protocol::{ConversationId, Position};
use chatter_tests::chance::{scale, tell};
use chatter_tests::checker::until;
use chatter_tests::process::{descriptors, memory_bytes};
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use serde_json::json;

const STALLED: usize = 15;
const BODY_BYTES: usize = 16_000;
const MESSAGES: usize = 500;
/// What the system may buffer for one connection on loopback is not the server's memory; what the
/// server may hold is this (I10), and as much again for what is being written.
const COST_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// How much later than before the others may get a message while readers stall.
const DELAY_MAX: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_never_read_are_let_go_and_delay_nobody() {
    let server = Server::start_with("write_timeout_ms = 1500\nconnections_per_account = 100");
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let room = room(&ada, &bob).await;
    let mut quick = Socket::live(&server, &ada).await;
    let calm = p99(&ada, room, &mut quick, 60).await;
    let before = (memory_bytes(server.pid()), descriptors(server.pid()));

    let stalled_count = STALLED * scale();
    let mut stalled = Vec::new();
    for _ in 0..stalled_count {
        stalled.push(stall(server.addr(), &bob).await);
    }
    // The control: one that reads, of the same account.
    let mut reader = Socket::live(&server, &bob).await;
    let reading = tokio::spawn(async move {
        for _ in 0..MESSAGES {
            reader.message().await;
        }
        reader
    });
    let rough = p99(&ada, room, &mut quick, MESSAGES).await;
    let memory = memory_bytes(server.pid());
    let mut reader = reading.await.expect("who reads is not let go");
    until(|| async {
        // The reader is the one that is left; the pool of REST connections may add a few.
        let open = descriptors(server.pid());
        let gone = open < before.1 + stalled_count / 2;
        gone.then_some(()).ok_or(format!("{open} descriptors, {} before", before.1))
    })
    .await;
    ada.say(room, "end").await;
    assert_eq!(reader.message().await.1, "end");
    for socket in &mut stalled {
        let code = socket.closed().await;
        assert!([4008, 1006].contains(&code), "closed with {code}");
    }
    let grown = memory.saturating_sub(before.0);
    tell(&format!(
        "{stalled_count} stalled: others' p99 {calm:?} before, {rough:?} during; memory {} MiB + {} MiB",
        before.0 >> 20,
        grown >> 20
    ));
    assert!(grown < COST_BYTES_MAX * stalled_count as u64 + (32 << 20), "grew by {grown} bytes");
    assert!(rough < calm + DELAY_MAX, "{rough:?} after {calm:?}");
}

async fn room(owner: &Account, member: &Account) -> ConversationId {
    let body = json!({ "kind": "room", "name": "loud", "members": [member.name] });
    let view = owner.rest.post("conversations", body).await.ok();
    view["conversation"]["id"].as_str().expect("an id").parse().expect("an id")
}

/// A connection at the present that is never read again.
async fn stall(addr: SocketAddr, account: &Account) -> Socket {
    let (_, welcome) = Socket::hello_at(addr, account, None).await;
    let head: Option<Position> = welcome.positions.into_iter().next();
    Socket::hello_at(addr, account, head).await.0
}

/// The time from a post to its event on another connection, that of the slowest but one in a
/// hundred.
async fn p99(
    sender: &Account,
    room: ConversationId,
    receiver: &mut Socket,
    count: usize,
) -> Duration {
    let body = "x".repeat(BODY_BYTES);
    let mut times = Vec::new();
    for _ in 0..count {
        let started = Instant::now();
        sender.say(room, &body).await;
        receiver.message().await;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    times[(count * 99 / 100).min(count - 1)]
}
