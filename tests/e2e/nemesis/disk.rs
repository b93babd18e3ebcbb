//! The disk fails, or is full: what was acknowledged stays, reading goes on, and nothing is
//! acknowledged that is not there.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chatter_protocol::frame::Ack;
use chatter_protocol::{ClientMsgId, ConversationId};
use chatter_tests::chance::{Chance, is_skipped, scale, tell};
use chatter_tests::data;
use chatter_tests::ledger::{Ledger, history};
use chatter_tests::load::{Load, wait_until};
use chatter_tests::rest::{Account, Answer, Rest};
use chatter_tests::server::{Launch, Server};
use chatter_tests::small_disk::SmallDisk;
use chatter_tests::strace::{self, Strace};
use serde_json::json;
use tempfile::TempDir;

use super::server_kill::{pair, six};

/// Sends after which a sync that should fail must have failed.
const SENDS_MAX: usize = 400;

async fn post(who: &Account, chat: ConversationId, key: ClientMsgId, body: &str) -> Answer {
    let body = json!({ "client_msg_id": key, "body": body });
    who.rest.post(&format!("conversations/{chat}/messages"), body).await
}

fn ack(answer: Answer) -> Ack {
    serde_json::from_value(answer.ok()).expect("an ack")
}

/// Lines of the log about a sync of a file, in order.
fn syncs<'a>(log: &'a str, file: &str) -> Vec<&'a str> {
    let of_file = format!("/{file}>");
    log.lines().filter(|line| line.contains("sync(") && line.contains(&of_file)).collect()
}

/// One sync of `file` fails; the server must not go on as if it had not.
async fn fail_sync(prepared: &Path, stage: (&Account, ConversationId), file: &str, when: usize) {
    let (folder, log) = (data::copied(prepared), tempfile::NamedTempFile::new().expect("a file"));
    let tool = Strace::of("fsync,fdatasync", log.path())
        .about(&folder.path().canonicalize().expect("is there").join("data").join(file))
        .inject(&format!("fsync,fdatasync:error=EIO:when={when}"));
    let mut server = Server::start_in(folder, "", &tool.launch());
    let at = |server: &Server| {
        let rest = Rest::new(&server.url()).with_token(&stage.0.token);
        Account { rest, ..stage.0.clone() }
    };
    let (ada, chat, ledger) = (at(&server), stage.1, Ledger::default());
    // Large enough for a checkpoint soon.
    let text = "x".repeat(12_000);
    let mut refused = None;
    for number in 0..SENDS_MAX {
        let (key, body) = (ClientMsgId::new(), format!("{number} {text}"));
        ledger.saying(&body);
        let answer = post(&ada, chat, key, &body).await;
        if !answer.status.is_success() {
            answer.refused(503, "storage_unavailable");
            refused = Some((key, body));
            break;
        }
        ledger.acknowledged(&body, ack(answer));
    }
    let (key, body) = refused.unwrap_or_else(|| panic!("sync {when} of {file} never came"));
    ada.rest.get("health").await.refused(503, "storage_unavailable");
    post(&ada, chat, ClientMsgId::new(), "more").await.refused(503, "storage_unavailable");
    // Whether the refused one is shown is open: it is in the log, but perhaps not on the disk.
    let mut shown = history(&ada, chat).await;
    shown.retain(|message| message.body != body);
    ledger.assert_kept(&shown);
    let pid = server.pid();
    assert_eq!(server.stop().code(), Some(0));
    let log = tool.finished_log(pid);
    let syncs = syncs(&log, file);
    let failed = syncs.iter().position(|line| line.contains("EIO")).expect("one failed");
    assert_eq!(&syncs[failed + 1..], Vec::<&str>::new().as_slice(), "never again after {failed}");

    server.restart();
    let ada = at(&server);
    ada.rest.get("health").await.ok();
    ledger.acknowledged(&body, ack(post(&ada, chat, key, &body).await));
    ledger.assert_kept(&history(&ada, chat).await);
    server.stop();
    data::assert_sound(&server.data());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_sync_nothing_is_acknowledged_and_nothing_lost() {
    const TEST: &str = "after_a_failed_sync_nothing_is_acknowledged_and_nothing_lost";
    if is_skipped(TEST, "strace", strace::is_there()) {
        return;
    }
    let mut chance = Chance::of(TEST);
    let mut server = Server::start();
    let (ada, _, chat) = pair(&server).await;
    server.stop();
    let prepared = TempDir::new().expect("a temporary directory");
    data::replace(&server.data(), prepared.path());
    for _ in 0..3 * scale() {
        // The first few are those of the start.
        let when = chance.number(4..40);
        fail_sync(prepared.path(), (&ada, chat), "chatter.sqlite3-wal", when).await;
    }
    // The database itself is synced when the log is copied into it.
    fail_sync(prepared.path(), (&ada, chat), "chatter.sqlite3", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn control_without_a_failed_sync_more_syncs_follow() {
    const TEST: &str = "control_without_a_failed_sync_more_syncs_follow";
    if is_skipped(TEST, "strace", strace::is_there()) {
        return;
    }
    let log = tempfile::NamedTempFile::new().expect("a file");
    let tool = Strace::of("fsync,fdatasync", log.path());
    let folder = TempDir::new().expect("a temporary directory");
    let mut server = Server::start_in(folder, "", &tool.launch());
    let (ada, _, chat) = pair(&server).await;
    let file = "chatter.sqlite3-wal";
    let before = syncs(&tool.log(), file).len();
    for number in 0..5 {
        ack(post(&ada, chat, ClientMsgId::new(), &number.to_string()).await);
    }
    let pid = server.pid();
    server.stop();
    assert!(syncs(&tool.finished_log(pid), file).len() >= before + 5, "each send is synced");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_recovers_without_a_restart() {
    const TEST: &str = "a_full_disk_refuses_and_recovers_without_a_restart";
    let disk = SmallDisk::mount(24);
    if is_skipped(TEST, "the right to mount a tmpfs", disk.is_some()) {
        return;
    }
    let Some(disk) = disk else { return };
    let folder = TempDir::new_in(disk.path()).expect("a temporary directory");
    let mut server = Server::start_in(folder, "", &Launch::default());
    let (ada, bob, chat) = pair(&server).await;
    let ledger = Arc::new(Ledger::default());
    let load = Load::start("sender", server.addr(), chat, six(&ada, &bob), &ledger);
    load.acknowledged(20).await;
    for round in 0..2 * scale() {
        disk.fill();
        let refusals = ledger.refusals().get("StorageFull").copied().unwrap_or(0);
        let is_refused =
            || ledger.refusals().get("StorageFull").is_some_and(|count| *count > refusals + 6);
        wait_until("sends to be refused", is_refused).await;
        let answer = post(&ada, chat, ClientMsgId::new(), "no room").await;
        answer.refused(507, "storage_full");
        assert!(answer.headers.contains_key("retry-after"), "it says when to come back");
        let full_at = ledger.acknowledged_count();
        for _ in 0..20 {
            let shown = history(&bob, chat).await;
            assert!(shown.len() >= ledger.acknowledged_count(), "reading goes on");
            bob.rest.get("conversations").await.ok();
        }
        assert_eq!(ledger.acknowledged_count(), full_at, "round {round}: nothing was stored");
        disk.free();
        let freed_at = Instant::now();
        load.acknowledged(20).await;
        assert!(freed_at.elapsed() < Duration::from_secs(10), "{:?}", freed_at.elapsed());
    }
    load.finish().await;
    ledger.assert_kept(&history(&bob, chat).await);
    server.kill();
    data::assert_sound(&server.data());
    server.restart();
    ledger.assert_kept(&history(&bob, chat).await);
    let (refusals, count) = (ledger.refusals(), ledger.acknowledged_count());
    tell(&format!("full disk: {count} acknowledged, 0 lost; refused {refusals:?}"));
}
