//! The disk takes its time: many senders share one sync, and the log does not grow without end.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chatter_protocol::{ClientMsgId, ConversationId};
use chatter_tests::chance::{is_skipped, scale, tell};
use chatter_tests::data::DATABASE_FILES;
use chatter_tests::ledger::{Ledger, history};
use chatter_tests::load::{Load, Way};
use chatter_tests::rest::Account;
use chatter_tests::server::Server;
use chatter_tests::strace::{self, Strace};
use serde_json::json;
use tempfile::TempDir;

use super::server_kill::pair;

/// What a sync takes, in microseconds: an ordinary solid-state disk.
const SYNC_US: u32 = 5_000;

/// Size that the write-ahead log never reaches.
const WAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What came of a load on a slow disk.
struct Figures {
    per_second: f64,
    per_sync: f64,
}

/// This many senders until `count` messages are acknowledged.
async fn measure(senders: usize, count: usize) -> Figures {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let tool = Strace::of("fsync,fdatasync", log.path())
        .inject(&format!("fsync,fdatasync:delay_exit={SYNC_US}"));
    let folder = TempDir::new().expect("a temporary directory");
    let server = Server::start_in(folder, "", &tool.launch());
    let (ada, bob, chat) = pair(&server).await;
    let ledger = Arc::new(Ledger::default());
    let people = [ada.clone(), bob];
    let senders = (0..senders).map(|number| (people[number % 2].clone(), Way::Rest));
    let load = Load::start("sender", server.addr(), chat, senders, &ledger);
    // Everybody is connected by then.
    load.acknowledged(100).await;
    let syncs = || tool.log().lines().filter(|line| line.contains("sync(")).count();
    let (started_at, acknowledged, synced) = (Instant::now(), ledger.acknowledged_count(), syncs());
    load.acknowledged(count).await;
    let acknowledged = (ledger.acknowledged_count() - acknowledged) as f64;
    let figures = Figures {
        per_second: acknowledged / started_at.elapsed().as_secs_f64(),
        per_sync: acknowledged / (syncs() - synced) as f64,
    };
    load.finish().await;
    ledger.assert_kept(&history(&ada, chat).await);
    figures
}

#[tokio::test(flavor = "multi_thread")]
async fn many_senders_share_a_slow_sync_and_one_has_it_alone() {
    const TEST: &str = "many_senders_share_a_slow_sync_and_one_has_it_alone";
    if is_skipped(TEST, "strace", strace::is_there()) {
        return;
    }
    let many = measure(100, 1_000 * scale()).await;
    let one = measure(1, 100 * scale()).await;
    for (senders, figures) in [(100, &many), (1, &one)] {
        tell(&format!(
            "a sync takes {SYNC_US} us, {senders} senders: {:.0} acknowledged/s, {:.1} per sync",
            figures.per_second, figures.per_sync
        ));
    }
    // Some 18 where nothing else runs; how many depends on how often the senders get to run.
    assert!(many.per_sync > 2.0, "{}", many.per_sync);
    // The control: without company, a message has its sync alone.
    assert!(one.per_sync <= 1.05, "{}", one.per_sync);
    assert!(many.per_second > one.per_second * 2.0, "{} {}", many.per_second, one.per_second);
}

/// Writes long messages, some at a time, until they have this many bytes; the largest size of the
/// log on the way, and the longest that anybody waited.
async fn write_much(
    server: &Server,
    stage: (&Account, ConversationId),
    bytes: u64,
) -> (u64, Duration) {
    const AT_ONCE: u64 = 32;
    const TEXT_BYTES: usize = 16_000;
    let (path, text) = (format!("conversations/{}/messages", stage.1), "x".repeat(TEXT_BYTES));
    let (mut largest, mut slowest) = (0, Duration::ZERO);
    for _ in 0..bytes / (AT_ONCE * TEXT_BYTES as u64) {
        let started_at = Instant::now();
        let posts = (0..AT_ONCE).map(|_| {
            let body = json!({ "client_msg_id": ClientMsgId::new(), "body": text });
            stage.0.rest.post(&path, body)
        });
        for answer in futures_util::future::join_all(posts).await {
            answer.ok();
        }
        slowest = slowest.max(started_at.elapsed());
        largest = largest.max(log_bytes(server));
    }
    (largest, slowest)
}

fn log_bytes(server: &Server) -> u64 {
    fs::metadata(server.data().join(DATABASE_FILES[1])).map_or(0, |metadata| metadata.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_who_never_pause_do_not_let_the_log_grow_without_end() {
    let server = Server::start();
    let (ada, bob, chat) = pair(&server).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (bob, is_over) = (bob.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Acquire) {
                    let path = format!("conversations/{chat}/messages?limit=200");
                    bob.rest.get(&path).await.ok();
                }
            })
        })
        .collect();
    // More than the log may ever have.
    let bytes = WAL_BYTES_MAX * 5 / 4 * scale() as u64;
    let (largest, slowest) = write_much(&server, (&ada, chat), bytes).await;
    is_over.store(true, Ordering::Release);
    for reader in readers {
        reader.await.expect("reads");
    }
    tell(&format!("{bytes} bytes of messages: the log had at most {largest}; {slowest:?}"));
    assert!(largest > 0 && largest < WAL_BYTES_MAX, "{largest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_from_outside_makes_nobody_wait_and_the_log_shrinks_after_it() {
    let server = Server::start();
    let (ada, _, chat) = pair(&server).await;
    let reader = rusqlite::Connection::open(server.data().join(DATABASE_FILES[0])).expect("opens");
    let look = "SELECT count(*) FROM messages";
    reader.execute_batch("BEGIN").expect("begins");
    let seen: i64 = reader.query_row(look, [], |row| row.get(0)).expect("reads");
    // Past the size from which the server tries to start the log anew after each step.
    let (largest, slowest) = write_much(&server, (&ada, chat), 44 * 1024 * 1024).await;
    let still_seen: i64 = reader.query_row(look, [], |row| row.get(0)).expect("reads");
    assert_eq!(seen, still_seen, "the snapshot was held all the time");
    // The control of the test above: as long as somebody holds it, the log does grow.
    assert!(largest > 40 * 1024 * 1024, "{largest}");
    assert!(slowest < Duration::from_secs(3), "somebody waited for {slowest:?}");
    reader.execute_batch("COMMIT").expect("ends");
    write_much(&server, (&ada, chat), 8 * 1024 * 1024).await;
    let left = log_bytes(&server);
    tell(&format!("a held reader: the log had {largest} bytes, {left} after it; {slowest:?}"));
    assert!(left < 20 * 1024 * 1024, "{left}");
}
