//! F14: a server that comes back is stormed by everybody at once.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chatter::net::Backoff;
use chatter_protocol::{ClientFrame, CloseCode, Event, Position, Secret, ServerFrame};
use chatter_tests::chance::{scale, tell};
use chatter_tests::process::{cpu_ms, memory_bytes};
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

const ACCOUNTS: usize = 200;
const DEVICES: usize = 10;
const RESUMED_WITHIN: Duration = Duration::from_secs(30);
/// Of all first attempts, in any 100 ms. The first wait is spread over half a second, so a fifth
/// is what to expect.
const SHARE_MAX: f64 = 0.5;

type Light = WebSocketStream<TcpStream>;

/// What all light clients share.
struct Field {
    addr: SocketAddr,
    /// First attempts after the loss.
    attempts: Mutex<Vec<Instant>>,
    refusals: Mutex<Vec<String>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_ends_with_everybody_resumed() {
    let mut server =
        Server::start_with("connections_per_account = 100\nunauthenticated_per_address = 0");
    let rest = Rest::new(&server.url());
    let (accounts_count, devices) = (ACCOUNTS, DEVICES * scale());
    let signup_started = cpu_ms(server.pid());
    let mut accounts = Vec::new();
    // As many at once as the server lets wait for a password's hash.
    for _ in 0..accounts_count / 10 {
        accounts.extend(join_all((0..10).map(|_| rest.somebody())).await);
    }
    let signup_cpu_ms = (cpu_ms(server.pid()) - signup_started) as f64 / accounts_count as f64;
    let members: Vec<_> = accounts[1..].iter().map(|it| it.name.clone()).collect();
    let room = json!({ "kind": "room", "name": "storm", "members": members });
    let room = accounts[0].rest.post("conversations", room).await.ok();
    let room = room["conversation"]["id"].as_str().expect("an id").parse().expect("an id");

    let field = Arc::new(Field {
        addr: server.addr(),
        attempts: Mutex::default(),
        refusals: Mutex::default(),
    });
    let mut clients = Vec::new();
    for number in 0..accounts_count * devices {
        let account = accounts[number / devices].clone();
        let (socket, head) = connect(&field, &account, None, number).await.expect("a calm server");
        clients.push((account, number, socket, head));
    }
    let memory_before = memory_bytes(server.pid());
    let storm: Vec<_> = clients
        .into_iter()
        .map(|(account, number, socket, head)| {
            tokio::spawn(come_back(Arc::clone(&field), account, number, socket, head))
        })
        .collect();
    server.kill();
    server.restart();
    let started = Instant::now();
    // What is said in the storm reaches everybody of the room, once.
    accounts[0].say(room, "shelter").await;
    let resumed: Vec<_> =
        join_all(storm).await.into_iter().map(|it| it.expect("came back")).collect();
    let took = resumed.iter().max().expect("some").saturating_duration_since(started);
    let cpu_each_ms = cpu_ms(server.pid()) as f64 / resumed.len() as f64;

    let refusals = field.refusals.lock().expect("no panic under the lock").clone();
    let attempts = field.attempts.lock().expect("no panic under the lock").clone();
    let share = busiest_share(&attempts);
    let memory = memory_bytes(server.pid());
    tell(&format!(
        "{} clients of {accounts_count} accounts resumed in {took:?}; {} % of first attempts in the \
         busiest 100 ms; memory {} MiB before, {} MiB after; {cpu_each_ms:.1} ms of processor each, \
         a sign-up takes {signup_cpu_ms:.1} ms; other errors: {}",
        resumed.len(),
        (share * 100.0) as u32,
        memory_before >> 20,
        memory >> 20,
        refusals.len()
    ));
    assert!(took < RESUMED_WITHIN, "{took:?}");
    assert_eq!(refusals, Vec::<String>::new(), "only `retry_after` and refused connections");
    assert!(share < SHARE_MAX, "{share}");
    assert!(cpu_each_ms < signup_cpu_ms / 2.0, "a password was hashed on the way");
    // The control: the same clients without jitter.
    assert!(busiest_share(&vec![started; attempts.len()]) > SHARE_MAX);
}

/// The largest part of all attempts within any 100 ms.
fn busiest_share(attempts: &[Instant]) -> f64 {
    let window = Duration::from_millis(100);
    let mut attempts = attempts.to_vec();
    attempts.sort_unstable();
    let within = |(at, start): (usize, &Instant)| {
        attempts.partition_point(|other| *other < *start + window) - at
    };
    let busiest = attempts.iter().enumerate().map(within).max().unwrap_or(0);
    busiest as f64 / attempts.len().max(1) as f64
}

/// Loses the connection, comes back as often as it takes, and hears what was said meanwhile; when
/// it was back.
async fn come_back(
    field: Arc<Field>,
    account: Account,
    number: usize,
    mut socket: Light,
    head: Position,
) -> Instant {
    while let Some(Ok(message)) = socket.next().await {
        if matches!(message, Message::Close(_)) {
            break;
        }
    }
    drop(socket);
    let mut backoff = Backoff::default();
    loop {
        let wait = backoff.next_wait(&mut rand::rng());
        tokio::time::sleep(wait).await;
        if backoff.attempts() == 1 {
            field.attempts.lock().expect("no panic under the lock").push(Instant::now());
        }
        match connect(&field, &account, Some(head.clone()), number).await {
            Ok((socket, _)) => {
                let resumed = Instant::now();
                hear(socket, head.seq).await;
                return resumed;
            }
            Err(Refusal::Later) => {}
            Err(Refusal::Other(why)) => {
                field.refusals.lock().expect("no panic under the lock").push(why);
            }
        }
    }
}

/// The next event is the next number, and it is what was said.
async fn hear(mut socket: Light, position: u64) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        match serde_json::from_str(&text).expect("a frame") {
            ServerFrame::Event { seq, event: Event::MessagePosted { message } } => {
                assert_eq!((seq, message.body.as_str()), (position + 1, "shelter"));
                return;
            }
            ServerFrame::Reset { .. } => panic!("a reset without a cause"),
            _ => {}
        }
    }
    panic!("lost again before the message came");
}

/// Why there is no connection.
#[derive(Debug)]
enum Refusal {
    /// The server is not there, or asks to come later.
    Later,
    /// Anything else.
    Other(String),
}

/// One attempt, from one of 19 addresses of this machine.
async fn connect(
    field: &Field,
    account: &Account,
    position: Option<Position>,
    number: usize,
) -> Result<(Light, Position), Refusal> {
    let other = |why: String| Refusal::Other(why);
    let socket = TcpSocket::new_v4().map_err(|error| other(error.to_string()))?;
    let from = Ipv4Addr::new(127, 0, 0, 2 + (number % 19) as u8);
    socket.bind((from, 0).into()).map_err(|error| other(error.to_string()))?;
    // Refused or reset: the server is just not there.
    let stream = socket.connect(field.addr).await.map_err(|_| Refusal::Later)?;
    let config = WebSocketConfig::default().read_buffer_size(2048).write_buffer_size(0);
    let url = format!("ws://{}/api/v1/ws", field.addr);
    let (mut socket, _) = match client_async_with_config(url, stream, Some(config)).await {
        Ok(upgraded) => upgraded,
        Err(Error::Http(answer)) if [429, 503].contains(&answer.status().as_u16()) => {
            return Err(Refusal::Later);
        }
        Err(Error::Io(_) | Error::Protocol(_)) => return Err(Refusal::Later),
        Err(error) => return Err(other(error.to_string())),
    };
    let hello = ClientFrame::Hello {
        token: Secret::new(account.token.clone()),
        positions: position.into_iter().collect(),
        client: "storm".to_owned(),
        heartbeat_ms: None,
        unattended: false,
    };
    let hello = serde_json::to_string(&hello).expect("writes");
    socket.send(Message::text(hello)).await.map_err(|_| Refusal::Later)?;
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(text) => match serde_json::from_str(&text).expect("a frame") {
                ServerFrame::Welcome(welcome) => {
                    let head = welcome.positions.into_iter().next().expect("a stream");
                    return Ok((socket, head));
                }
                ServerFrame::Error { error } if error.retry_after_ms.is_some() => {
                    return Err(Refusal::Later);
                }
                frame => return Err(other(format!("{frame:?}"))),
            },
            Message::Close(Some(close)) if u16::from(close.code) != CloseCode::Restart.code() => {
                return Err(other(format!("closed with {close:?}")));
            }
            _ => {}
        }
    }
    Err(Refusal::Later)
}
