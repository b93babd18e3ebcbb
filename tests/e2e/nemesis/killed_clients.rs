//! F18: clients that end in the middle of a sentence.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chatter_protocol::ConversationId;
use chatter_tests::chance::{scale, seed, tell};
use chatter_tests::chaos::Chaos;
use chatter_tests::checker::{Written, check_dense, check_written, held_for, until};
use chatter_tests::device_process::DeviceProcess;
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;

/// Two people, their conversation, and a link for the first one's devices.
struct Scene {
    ada: Account,
    bob: Account,
    conversation: ConversationId,
    chaos: Chaos,
    folder: TempDir,
    _server: Server,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let server = Server::start();
        let rest = Rest::new(&server.url());
        let (ada, bob) = (rest.somebody().await, rest.somebody().await);
        Self {
            conversation: ada.open(&bob).await,
            chaos: Chaos::start(server.addr(), seed).await,
            folder: TempDir::new().expect("a folder"),
            ada,
            bob,
            _server: server,
        }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("ada").join("store.sqlite3")
    }

    fn start(&self, store: &Path) -> DeviceProcess {
        self.start_on(&self.chaos, store)
    }

    fn start_on(&self, chaos: &Chaos, store: &Path) -> DeviceProcess {
        let program = Path::new(env!("CARGO_BIN_EXE_device"));
        DeviceProcess::start(program, &self.ada, &chaos.url(), store)
    }

    fn written(&self, word: String, is_acked: bool) -> Written {
        let device = "ada".to_owned();
        Written { device, conversation: self.conversation, key: None, word, is_acked }
    }

    /// What the other person sees.
    async fn check(&self, written: &[Written]) -> Result<(), String> {
        let seen = held_for(&self.bob).await;
        check_dense(&seen)?;
        check_written(written, &seen)
    }
}

fn queued(said: &[String], word: &str) -> bool {
    said.iter().any(|line| line.starts_with("queued ") && line.ends_with(&format!(" {word}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_client_had_queued_arrives_once_and_in_order() {
    let seed = seed("what_a_killed_client_had_queued_arrives_once_and_in_order");
    let mut rng = StdRng::seed_from_u64(seed);
    let scene = Scene::new(seed).await;
    let started = Instant::now();
    let rounds = 12 * scale();
    let (mut written, mut draft) = (Vec::new(), None);
    for round in 0..rounds {
        let mut device = scene.start(&scene.store());
        if let Some(draft) = &draft {
            assert_eq!(&device.wait("draft "), draft, "a draft outlives its writer");
        }
        device.wait("started");
        let kept = format!("half a thought, {round}");
        assert!(device.tell("draft", scene.conversation, &kept));
        device.wait("kept");
        draft = Some(kept);
        let words: Vec<_> = (0..30).map(|number| format!("r{round}n{number}")).collect();
        for word in &words {
            device.tell("queue", scene.conversation, word);
        }
        // Any moment: before the first is queued, after the last is sent, and all between.
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..120))).await;
        let said = device.kill();
        written.extend(words.into_iter().map(|word| {
            let is_acked = queued(&said, &word);
            scene.written(word, is_acked)
        }));
    }
    scene.start(&scene.store()).wait("sent all");
    until(|| scene.check(&written)).await;
    let promised = written.iter().filter(|it| it.is_acked).count();
    assert!(promised > rounds, "the clients were killed too soon to show anything");
    tell(&format!(
        "{rounds} kills, {promised} of {} messages queued, all once, in {:?}",
        written.len(),
        started.elapsed()
    ));
}

/// The control: a store that lives in memory.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_a_killed_client_would_lose_messages() {
    let seed = seed("without_a_store_a_killed_client_would_lose_messages");
    let scene = Scene::new(seed).await;
    for (store, survives) in [(scene.store(), true), (PathBuf::from("/dev/null/no/store"), false)] {
        scene.chaos.swallow(true);
        let mut device = scene.start(&store);
        device.wait("started");
        let word = format!("survives-{survives}");
        device.tell("queue", scene.conversation, &word);
        device.wait("queued");
        device.kill();
        scene.chaos.swallow(false);
        scene.start(&store).wait("sent all");
        let checked = scene.check(&[scene.written(word, true)]).await;
        assert_eq!(checked.is_ok(), survives, "{checked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_the_owner_sends_and_the_other_inherits() {
    let seed = seed("of_two_processes_the_owner_sends_and_the_other_inherits");
    let scene = Scene::new(seed).await;
    let other_line = Chaos::start(scene._server.addr(), seed + 1).await;
    scene.chaos.swallow(true);
    let mut owner = scene.start(&scene.store());
    owner.wait("started");
    let words: Vec<_> = (0..5).map(|number| format!("inherited{number}")).collect();
    for word in &words {
        owner.tell("queue", scene.conversation, word);
        owner.wait("queued");
    }
    let mut other = scene.start_on(&other_line, &scene.store());
    assert_eq!(other.wait("started"), "0", "what another process owns is not its to send");
    other.tell("queue", scene.conversation, "own");
    other.wait("queued");
    other.wait("sent all");
    let held = held_for(&scene.bob).await;
    assert_eq!(held[&scene.conversation].messages.len(), 1, "only its own");

    owner.kill();
    other_line.cut();
    let written: Vec<_> = words.into_iter().map(|word| scene.written(word, true)).collect();
    until(|| scene.check(&written)).await;
    let held = held_for(&scene.bob).await;
    assert_eq!(held[&scene.conversation].messages.len(), 6, "each once");
}
