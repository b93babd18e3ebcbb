//! F13 and its kin: links that die without a word, come and go, or hardly carry anything.

use std::time::{Duration, Instant};

use chatter_protocol::ConversationId;
use chatter_tests::chance::{scale, seed, tell};
use chatter_tests::chaos::{Chaos, Faults};
use chatter_tests::checker::{Written, settle, until};
use chatter_tests::clients::{RunningDevice, Temper};
use chatter_tests::crowd::Crowd;
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use rand::RngExt;
use tempfile::TempDir;

async fn check_online(device: &RunningDevice, expected: bool) -> Result<(), String> {
    match device.counts().await.is_online == expected {
        true => Ok(()),
        false => Err(format!("{} has online: {}", device.name, !expected)),
    }
}

/// Whether the device has what it fetches first.
async fn check_fetched(device: &RunningDevice, conversation: ConversationId) -> Result<(), String> {
    let chats = device.view().await.map_err(|error| error.to_string())?;
    match chats.contains_key(&conversation) {
        true => Ok(()),
        false => Err(format!("{} does not know {conversation}", device.name)),
    }
}

/// Whether others see the person as online.
async fn check_presence(seen_by: &Account, person: &Account, expected: bool) -> Result<(), String> {
    let answer = seen_by.rest.get(&format!("users/{}", person.id)).await.ok();
    match answer["presence"]["online"] == expected {
        true => Ok(()),
        false => Err(format!("{} is shown as {}", person.name, answer["presence"])),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_dies_without_a_word_is_noticed_and_made_anew() {
    let seed = seed("a_link_that_dies_without_a_word_is_noticed_and_made_anew");
    let server = Server::start_with(
        "heartbeat_ms = 1000\nheartbeat_grace_ms = 1000\npresence_grace_ms = 300",
    );
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let conversation = ada.open(&bob).await;
    let chaos = Chaos::start(server.addr(), seed).await;
    let folder = TempDir::new().expect("a folder");
    let device = RunningDevice::start(&ada, &chaos.url(), folder.path(), "ada", Temper::Patient);
    until(|| check_online(&device, true)).await;
    // What it fetches after that would keep it waiting for an answer and not for a heartbeat.
    until(|| check_fetched(&device, conversation)).await;
    // The control: a socket on which nobody minds the heartbeat.
    let mut unwatched = Socket::hello_at(chaos.addr(), &bob, None).await.0;

    let died_at = Instant::now();
    chaos.freeze();
    let mut written = Vec::new();
    for number in 0..5 {
        bob.say(conversation, &format!("b{number}")).await;
        let word = format!("a{number}");
        let key = Some(device.queue(conversation, word.clone()).await);
        let device = device.name.clone();
        written.push(Written { device, conversation, key, word, is_acked: true });
    }
    until(|| check_presence(&bob, &ada, false)).await;
    let freed_after = died_at.elapsed();
    until(|| check_online(&device, false)).await;
    let noticed_after = died_at.elapsed();
    assert!(freed_after < Duration::from_secs(20), "the server freed it after {freed_after:?}");
    assert!(noticed_after < Duration::from_secs(20), "the client noticed after {noticed_after:?}");
    while let Ok(frame) = tokio::time::timeout(Duration::from_millis(100), unwatched.read()).await {
        frame.expect("without a heartbeat nobody would notice");
    }
    settle(&[device], &written).await;
    tell(&format!("server freed after {freed_after:?}, client noticed after {noticed_after:?}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_comes_and_goes_loses_nothing() {
    let seed = seed("a_link_that_comes_and_goes_loses_nothing");
    let server = Server::start_with("heartbeat_ms = 300\nheartbeat_grace_ms = 3000");
    let mut crowd = Crowd::gather(&server, seed).await;
    let started = Instant::now();
    for _ in 0..25 * scale() {
        let up_for = Duration::from_millis(crowd.rng.random_range(50..400));
        let cut_at = tokio::time::Instant::now() + up_for;
        // As much as goes while it is up, at the pace of quick people.
        while tokio::time::Instant::now() < cut_at {
            crowd.act().await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        crowd.chaos.cut();
    }
    crowd.settle().await;
    let (messages, done) = (crowd.written.len(), crowd.chaos.done().summary());
    tell(&format!("{messages} messages in {:?}: {done}", started.elapsed()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_link_is_slow_and_nothing_else() {
    let seed = seed("a_slow_link_is_slow_and_nothing_else");
    let server = Server::start();
    let mut crowd = Crowd::gather(&server, seed).await;
    let started = Instant::now();
    crowd.chaos.set(Faults {
        delay: Duration::from_millis(15),
        bytes_per_second: Some(24_000),
        ..Faults::default()
    });
    for _ in 0..60 * scale() {
        crowd.act().await;
    }
    crowd.settle().await;
    tell(&format!("{} messages in {:?}", crowd.written.len(), started.elapsed()));
}
