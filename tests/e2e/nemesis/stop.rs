//! The server is stopped under load, or has no descriptors left.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chatter_protocol::CloseCode;
use chatter_tests::chance::{scale, tell};
use chatter_tests::ledger::{Ledger, history};
use chatter_tests::load::{Load, Watcher};
use chatter_tests::onlooker::Onlooker;
use chatter_tests::process::cpu_ms;
use chatter_tests::server::{Launch, Server};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server_kill::{pair, six};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_stopped_under_load_says_so_and_everybody_is_back_soon() {
    const SOON: Duration = Duration::from_secs(10);
    let mut server = Server::start();
    let (ada, bob, chat) = pair(&server).await;
    let ledger = Arc::new(Ledger::default());
    let load = Load::start("sender", server.addr(), chat, six(&ada, &bob), &ledger);
    let watcher = Watcher::start(server.addr(), &bob);
    let devices = [&ada, &bob].map(|who| {
        let (url, who) = (server.url(), who.clone());
        async move { Onlooker::start(&url, &who, chat, &[]).await }
    });
    let devices = futures_util::future::join_all(devices).await;
    let rounds = 2 * scale();
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        for device in &devices {
            device.online().await;
        }
        watcher.online().await;
        load.acknowledged(20).await;
        let told_at = Instant::now();
        assert_eq!(server.stop().code(), Some(0));
        assert!(told_at.elapsed() < SOON, "{:?}", told_at.elapsed());
        server.restart();
        let restarted_at = Instant::now();
        watcher.online().await;
        for device in &devices {
            device.online().await;
        }
        slowest = slowest.max(restarted_at.elapsed());
    }
    load.finish().await;
    let shown = history(&ada, chat).await;
    ledger.assert_kept(&shown);
    assert_eq!(watcher.complaints_after(shown.len()).await, Vec::<String>::new());
    let codes = watcher.look(|seen| seen.close_codes.clone());
    assert_eq!(codes, vec![CloseCode::Restart.code(); rounds]);
    for device in &devices {
        device.shows(&shown).await;
    }
    let refusals = ledger.refusals();
    assert!(refusals.keys().all(|code| code == "ShuttingDown"), "{refusals:?}");
    tell(&format!("{rounds} stops under load: everybody back within {slowest:?}"));
}

/// Long enough for an answer on this machine. Who is refused and does not hang up keeps a file busy
/// for a second; others may have to wait for it.
const INSTANT: Duration = Duration::from_millis(200);

/// How a connection was met that asks for the server's health.
#[derive(Debug, PartialEq, Eq)]
enum Met {
    Answered(u16),
    Closed,
    /// Nothing came for a while: nobody has even accepted it.
    Silence,
}

async fn ask(socket: &mut TcpStream, patience: Duration) -> Met {
    let request = b"GET /api/v1/health HTTP/1.1\r\nhost: here\r\n\r\n";
    let mut answer = [0; 1024];
    let asking = async {
        socket.write_all(request).await?;
        socket.read(&mut answer).await
    };
    match tokio::time::timeout(patience, asking).await {
        Err(_) => Met::Silence,
        Ok(Err(_) | Ok(0)) => Met::Closed,
        Ok(Ok(count)) => {
            let answer = String::from_utf8_lossy(&answer[..count]);
            let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
            Met::Answered(status.unwrap_or_else(|| panic!("no answer: {answer}")))
        }
    }
}

/// How connections were met.
#[derive(Debug, Default)]
struct Crowd {
    served: usize,
    refused: usize,
    /// Closed without a word: those beyond the refusals that may be under way.
    closed: usize,
    unanswered: usize,
    /// Share of a processor that the server used while they stayed.
    processor: f64,
}

/// What happens to so many connections when so many files may be open.
async fn crowd(connections: usize, files_max: u32, config: &str, patience: Duration) -> Crowd {
    let shell = format!("ulimit -n {files_max}; exec \"$0\" \"$@\"");
    let wrapper = ["sh", "-c", &shell].map(Into::into).to_vec();
    let launch = Launch { wrapper, ..Launch::default() };
    let folder = TempDir::new().expect("a temporary directory");
    let server = Server::start_in(folder, config, &launch);
    let (ada, bob, chat) = pair(&server).await;
    ada.say(chat, "before").await;
    let mut sockets = Vec::new();
    let mut crowd = Crowd::default();
    for _ in 0..connections {
        let mut socket = TcpStream::connect(server.addr()).await.expect("the system connects");
        match ask(&mut socket, patience).await {
            Met::Answered(200) => crowd.served += 1,
            Met::Answered(503) => crowd.refused += 1,
            Met::Answered(other) => panic!("{other}"),
            Met::Closed => crowd.closed += 1,
            Met::Silence => crowd.unanswered += 1,
        }
        sockets.push(socket);
    }
    let (ticks, measured_at) = (cpu_ms(server.pid()), Instant::now());
    // For as long as the crowd stays: a busy loop would show.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let used = (cpu_ms(server.pid()) - ticks) as f64 / 1_000.0;
    crowd.processor = used / measured_at.elapsed().as_secs_f64();
    drop(sockets);
    let freed_at = Instant::now();
    loop {
        let mut socket = TcpStream::connect(server.addr()).await.expect("the system connects");
        if ask(&mut socket, patience).await == Met::Answered(200) {
            break;
        }
        assert!(freed_at.elapsed() < Duration::from_secs(10), "it does not recover");
    }
    bob.say(chat, "after").await;
    assert_eq!(history(&ada, chat).await.len(), 2);
    crowd
}

#[tokio::test(flavor = "multi_thread")]
async fn without_descriptors_it_refuses_politely_and_recovers() {
    for (connections, files_max) in [(300, 256), (100, 64)] {
        let crowd = crowd(connections, files_max, "", 10 * INSTANT).await;
        tell(&format!("{connections} connections, {files_max} files: {crowd:?}"));
        assert!(crowd.served > 10 && crowd.refused > 10, "{crowd:?}");
        assert!(crowd.unanswered * 10 < connections, "hardly anybody hears nothing: {crowd:?}");
        assert!(crowd.processor < 0.2, "{crowd:?}");
    }
    // The control: with more connections than files it can't be polite; even then it neither spins
    // nor stays that way.
    let crowd = crowd(80, 64, "connections_max = 1000", INSTANT).await;
    tell(&format!("80 connections, 64 files, no limit that fits: {crowd:?}"));
    assert!(crowd.unanswered > 20, "{crowd:?}");
    assert!(crowd.processor < 0.2, "{crowd:?}");
}
