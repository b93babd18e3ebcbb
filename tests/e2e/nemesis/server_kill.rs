//! The server is killed at any time while people write and listen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chatter_protocol::{ClientMsgId, ConversationId};
use chatter_tests::chance::{Chance, scale, tell};
use chatter_tests::data;
use chatter_tests::ledger::{Ledger, history};
use chatter_tests::load::{Load, Watcher, Way, wait_until};
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use serde_json::json;
use tempfile::TempDir;

/// How soon a killed server must serve again; a release build takes a fraction of it.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// Two people and their conversation.
pub(super) async fn pair(server: &Server) -> (Account, Account, ConversationId) {
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    (ada, bob, chat)
}

/// Six senders for two people: each writes over REST and on two sockets.
pub(super) fn six(ada: &Account, bob: &Account) -> Vec<(Account, Way)> {
    let ways = [Way::Rest, Way::Socket, Way::Socket];
    let of = |who: &Account| ways.map(|way| (who.clone(), way));
    of(ada).into_iter().chain(of(bob)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_at_any_time_keeps_what_it_acknowledged() {
    let mut chance = Chance::of("a_server_killed_at_any_time_keeps_what_it_acknowledged");
    let mut server = Server::start();
    let (ada, bob, chat) = pair(&server).await;
    let watchers = [&ada, &bob].map(|who| Watcher::start(server.addr(), who));
    for watcher in &watchers {
        watcher.online().await;
    }
    let ledger = Arc::new(Ledger::default());
    let load = Load::start("sender", server.addr(), chat, six(&ada, &bob), &ledger);
    let mut slowest = Duration::ZERO;
    let kills = 20 * scale();
    for _ in 0..kills {
        load.acknowledged(chance.number(1..30)).await;
        // When in the life of a transaction it ends is left to chance.
        tokio::time::sleep(chance.millis(0..30)).await;
        server.kill();
        data::assert_sound(&server.data());
        let killed_at = Instant::now();
        server.restart();
        ada.rest.get("health").await.ok();
        slowest = slowest.max(killed_at.elapsed());
    }
    load.finish().await;
    let shown = history(&bob, chat).await;
    ledger.assert_kept(&shown);
    for watcher in &watchers {
        assert_eq!(watcher.complaints_after(shown.len()).await, Vec::<String>::new());
    }
    tell(&format!(
        "{kills} kills: {} acknowledged, 0 lost, 0 twice; ready again within {slowest:?}",
        ledger.acknowledged_count()
    ));
    assert!(ledger.acknowledged_count() >= kills, "next to nothing was sent");
    assert!(slowest < READY_WITHIN, "{slowest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn control_a_server_that_forgets_or_repeats_is_found_out() {
    let mut server = Server::start();
    let (ada, bob, chat) = pair(&server).await;
    let watcher = Watcher::start(server.addr(), &bob);
    watcher.online().await;
    let ledger = Arc::new(Ledger::default());
    let say = |load: Load, count| async move {
        load.acknowledged(count).await;
        load.finish().await;
    };
    say(Load::start("kept", server.addr(), chat, six(&ada, &bob), &ledger), 10).await;
    let kept = history(&bob, chat).await.len();
    server.kill();
    let copy = TempDir::new().expect("a temporary directory");
    data::replace(&server.data(), copy.path());
    server.restart();
    watcher.online().await;
    say(Load::start("lost", server.addr(), chat, six(&ada, &bob), &ledger), 10).await;
    wait_until("everything to be heard", || watcher.look(|seen| seen.messages.len()) > kept).await;
    ledger.assert_kept(&history(&bob, chat).await);

    // It forgets what it had acknowledged.
    server.kill();
    data::replace(copy.path(), &server.data());
    server.restart();
    let complaints = ledger.complaints(&history(&bob, chat).await);
    assert!(complaints.iter().any(|it| it.ends_with("is lost")), "{complaints:?}");
    let is_reset = |it: &String| it.starts_with("reset");
    wait_until("a reset", || watcher.look(|seen| seen.complaints.iter().any(is_reset))).await;

    // It stores what was repeated with a key as if it were another message.
    let path = format!("conversations/{chat}/messages");
    let ledger = Ledger::default();
    for message in history(&bob, chat).await {
        ledger.saying(&message.body);
    }
    for _ in 0..2 {
        ledger.saying("again");
        let body = json!({ "client_msg_id": ClientMsgId::new(), "body": "again" });
        ada.rest.post(&path, body).await.ok();
    }
    let complaints = ledger.complaints(&history(&bob, chat).await);
    assert_eq!(complaints, ["\"again\" is there 2 times"]);
}
