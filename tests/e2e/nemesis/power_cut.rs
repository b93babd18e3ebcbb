//! The power is cut: of what was not synced, nothing survives, or any part of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use chatter_protocol::ClientMsgId;
use chatter_server::store::Store;
use chatter_server::store::sqlite::SqliteStore;
use chatter_tests::chance::{Chance, is_skipped, scale, tell};
use chatter_tests::crash_images::{CALLS, Disk, Moment, moments};
use chatter_tests::data::{DATABASE_FILES, assert_sound};
use chatter_tests::ledger::Ledger;
use chatter_tests::load::Load;
use chatter_tests::server::{Launch, Server};
use chatter_tests::strace::{self, Strace};
use tempfile::TempDir;

use super::server_kill::{pair, six};

/// Messages of one run: enough for the log to be copied into the database on the way.
const MESSAGES: usize = 1_200;

/// What a run of cuts came to.
#[derive(Debug, Default)]
struct Outcome {
    images: usize,
    /// Messages that clients knew of at the cuts, added up.
    told: usize,
    /// Images in which some of those are missing.
    images_with_loss: usize,
    lost: usize,
}

/// Runs a server under load until it is killed; everything that it wrote and told.
async fn record(program: Option<&str>) -> Vec<Moment> {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let folder = TempDir::new().expect("a temporary directory");
    let tool = Strace::of(CALLS, log.path()).in_full();
    let program = program.map(|path| vec![path.into()]);
    let mut server = Server::start_in(folder, "", &Launch { program, ..tool.launch() });
    let (ada, bob, chat) = pair(&server).await;
    let ledger = Arc::new(Ledger::default());
    let load = Load::start("sender", server.addr(), chat, six(&ada, &bob), &ledger);
    load.acknowledged(MESSAGES).await;
    load.finish().await;
    let pid = server.pid();
    server.kill();
    let data = server.data().canonicalize().expect("it is there");
    let moments = moments(&tool.finished_log(pid), &data);
    assert_read_rightly(&moments, &data);
    moments
}

/// With everything that was written, the files are what they are: the log was read rightly.
fn assert_read_rightly(moments: &[Moment], data: &Path) {
    let mut disk = Disk::default();
    moments.iter().for_each(|moment| disk.pass(moment));
    let image = TempDir::new().expect("a temporary directory");
    disk.write_image(image.path(), || true);
    for name in DATABASE_FILES {
        let read = |folder: &Path| fs::read(folder.join(name)).expect("reads");
        assert!(read(image.path()) == read(data), "{name} was rebuilt wrongly");
    }
    assert!(disk.told().len() >= MESSAGES, "{} messages told", disk.told().len());
}

/// Cuts the power `cuts` times, each with nothing and with a part of the unsynced surviving.
async fn cut(moments: &[Moment], cuts: usize, chance: &mut Chance) -> Outcome {
    // Each cut is just after something happened to the disk or to a client.
    let places: BTreeSet<_> = (0..cuts).map(|_| chance.number(0..moments.len())).collect();
    let (mut disk, mut outcome) = (Disk::default(), Outcome::default());
    for (place, moment) in moments.iter().enumerate() {
        disk.pass(moment);
        if places.contains(&place) {
            examine(&disk, || false, &mut outcome).await;
            examine(&disk, || chance.coin(), &mut outcome).await;
        }
    }
    outcome
}

async fn examine(disk: &Disk, survives: impl FnMut() -> bool, outcome: &mut Outcome) {
    let folder = TempDir::new().expect("a temporary directory");
    disk.write_image(folder.path(), survives);
    let store = SqliteStore::open(folder.path(), Arc::new(drop)).expect("opens after a power cut");
    store.close().await;
    assert_sound(folder.path());
    let kept = keys(folder.path());
    let lost = disk.told().difference(&kept).count();
    outcome.images += 1;
    outcome.told += disk.told().len();
    outcome.images_with_loss += usize::from(lost > 0);
    outcome.lost = outcome.lost.max(lost);
}

/// The keys of all messages, of which the numbers are found to be dense.
fn keys(data: &Path) -> BTreeSet<ClientMsgId> {
    let sql = rusqlite::Connection::open(data.join(DATABASE_FILES[0])).expect("opens");
    let sparse: i64 = sql
        .query_row(
            "SELECT count(*) FROM (SELECT max(seq) AS head, count(*) AS numbers FROM messages
                 GROUP BY conversation) WHERE head <> numbers",
            [],
            |row| row.get(0),
        )
        .expect("reads");
    assert_eq!(sparse, 0, "numbers are dense");
    let mut rows = sql.prepare("SELECT client_msg_id FROM messages").expect("reads");
    let keys = rows.query_map([], |row| row.get(0).map(ClientMsgId::from_bytes)).expect("reads");
    keys.collect::<rusqlite::Result<_>>().expect("reads")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_at_any_time_loses_nothing_acknowledged() {
    const TEST: &str = "a_power_cut_at_any_time_loses_nothing_acknowledged";
    if is_skipped(TEST, "strace", strace::is_there()) {
        return;
    }
    let mut chance = Chance::of(TEST);
    let moments = record(None).await;
    let is_checkpoint =
        |it: &&Moment| matches!(it, Moment::Write(name, ..) if name == DATABASE_FILES[0]);
    assert!(moments.iter().filter(is_checkpoint).count() > 10, "a checkpoint is part of it");
    let outcome = cut(&moments, 200 * scale(), &mut chance).await;
    tell(&format!("power cuts: {outcome:?}"));
    assert_eq!((outcome.images_with_loss, outcome.lost), (0, 0));
    assert!(outcome.images >= 200 && outcome.told > 10 * MESSAGES, "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn control_without_waiting_for_the_disk_power_cuts_lose_messages() {
    const TEST: &str = "control_without_waiting_for_the_disk_power_cuts_lose_messages";
    if is_skipped(TEST, "strace", strace::is_there()) {
        return;
    }
    let mut chance = Chance::of(TEST);
    let moments = record(Some(env!("CARGO_BIN_EXE_forgetful-server"))).await;
    let outcome = cut(&moments, 20, &mut chance).await;
    tell(&format!("power cuts with synchronous=NORMAL: {outcome:?}"));
    assert!(outcome.images_with_loss * 2 > outcome.images, "{outcome:?}");
}
