//! An older backup is restored under clients that saw more.

use std::path::Path;
use std::sync::Arc;

use chatter_protocol::{ConversationId, Message};
use chatter_tests::data;
use chatter_tests::ledger::{Ledger, history};
use chatter_tests::load::{Load, Watcher, wait_until};
use chatter_tests::onlooker::Onlooker;
use chatter_tests::rest::Account;
use chatter_tests::server::Server;
use tempfile::TempDir;

use super::server_kill::{pair, six};

/// Copies the database while the server runs, as an operator does.
fn back_up(server: &Server, folder: &Path) {
    let file = server.data().join(data::DATABASE_FILES[0]);
    let sql = rusqlite::Connection::open(file).expect("opens");
    let copy = folder.join(data::DATABASE_FILES[0]);
    sql.execute("VACUUM INTO ?1", [copy.to_str().expect("a plain path")]).expect("copies");
}

/// Two devices of one and one of the other; each says something.
async fn devices(
    server: &Server,
    ada: &Account,
    bob: &Account,
    chat: ConversationId,
) -> [Onlooker; 3] {
    let start = async |who, say| Onlooker::start(&server.url(), who, chat, &[say]).await;
    [start(ada, "from ada").await, start(ada, "ada again").await, start(bob, "from bob").await]
}

async fn all_show(devices: &[Onlooker], history: &[Message]) {
    for device in devices {
        device.shows(history).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_backup_resets_everybody_and_nobody_shows_what_is_lost() {
    let mut server = Server::start();
    let (ada, bob, chat) = pair(&server).await;
    let devices = devices(&server, &ada, &bob, chat).await;
    wait_until("the devices to have said theirs", || {
        devices.iter().all(|device| device.shown().messages.len() == 3)
    })
    .await;
    let backup = TempDir::new().expect("a temporary directory");
    back_up(&server, backup.path());
    let kept = history(&ada, chat).await;
    for number in 0..40 {
        bob.say(chat, &format!("to be lost {number}")).await;
    }
    let watcher = Watcher::start(server.addr(), &bob);
    assert_eq!(watcher.complaints_after(kept.len() + 40).await, Vec::<String>::new());
    let before = history(&ada, chat).await;
    assert_eq!(before.len(), kept.len() + 40);
    all_show(&devices, &before).await;

    assert_eq!(server.stop().code(), Some(0));
    data::replace(backup.path(), &server.data());
    // The control: until they hear of it, they do show what the server has lost.
    assert!(devices.iter().all(|device| device.shown().messages != kept));
    server.restart();
    all_show(&devices, &history(&ada, chat).await).await;
    assert_eq!(history(&ada, chat).await, kept);
    let is_reset = || watcher.look(|seen| seen.complaints.iter().any(|it| it.starts_with("reset")));
    wait_until("the watcher to be reset", is_reset).await;
    for number in 0..5 {
        ada.say(chat, &format!("another history {number}")).await;
    }
    all_show(&devices, &history(&bob, chat).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_also_noticed_when_the_other_history_is_as_long() {
    let mut server = Server::start();
    let (ada, bob, chat) = pair(&server).await;
    let devices = devices(&server, &ada, &bob, chat).await;
    let backup = TempDir::new().expect("a temporary directory");
    wait_until("the devices to have said theirs", || {
        devices.iter().all(|device| device.shown().messages.len() == 3)
    })
    .await;
    back_up(&server, backup.path());
    for number in 0..10 {
        bob.say(chat, &format!("to be lost {number}")).await;
    }
    all_show(&devices, &history(&ada, chat).await).await;
    server.stop();
    data::replace(backup.path(), &server.data());

    // Before any of the devices is back, the streams are longer than they were: what somebody
    // says on another address while theirs is not answered.
    let folder = data::copied(&server.data());
    let mut elsewhere = Server::start_in(folder, "", &chatter_tests::server::Launch::default());
    let rest = chatter_tests::rest::Rest::new(&elsewhere.url()).with_token(&ada.token);
    let ada_elsewhere = Account { rest, ..ada.clone() };
    for number in 0..30 {
        ada_elsewhere.say(chat, &format!("another history {number}")).await;
    }
    elsewhere.stop();
    data::replace(&elsewhere.data(), &server.data());
    server.restart();
    let history = history(&ada, chat).await;
    assert_eq!(history.len(), 33);
    all_show(&devices, &history).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_under_load_are_whole() {
    let server = Server::start();
    let (ada, bob, chat) = pair(&server).await;
    let ledger = Arc::new(Ledger::default());
    let load = Load::start("sender", server.addr(), chat, six(&ada, &bob), &ledger);
    for _ in 0..3 {
        load.acknowledged(20).await;
        // What is acknowledged by now must be in the copy.
        let certain = ledger.acknowledged_count();
        let backup = TempDir::new().expect("a temporary directory");
        back_up(&server, backup.path());
        data::assert_sound(backup.path());
        let folder = data::copied(backup.path());
        let restored = Server::start_in(folder, "", &chatter_tests::server::Launch::default());
        let rest = chatter_tests::rest::Rest::new(&restored.url()).with_token(&bob.token);
        let messages = history(&Account { rest, ..bob.clone() }, chat).await;
        let numbers: Vec<_> = messages.iter().map(|message| message.conv_seq).collect();
        assert_eq!(numbers, (1..=messages.len() as u64).collect::<Vec<_>>());
        assert!(messages.len() >= certain, "{} of {certain}", messages.len());
    }
    load.finish().await;
    ledger.assert_kept(&history(&bob, chat).await);
}
