//! I8: a device that was away comes back equal to one that never left, whatever the gap.

use std::time::{Duration, Instant};

use chatter_tests::chance::{scale, seed, tell};
use chatter_tests::checker::{check_equal, held_for};
use chatter_tests::clients::Temper;
use chatter_tests::crowd::Crowd;
use chatter_tests::server::Server;
use futures_util::future::join_all;

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_away_ends_equal_to_one_that_never_left() {
    let seed = seed("a_device_that_was_away_ends_equal_to_one_that_never_left");
    let server = Server::start();
    let mut crowd = Crowd::gather(&server, seed).await;
    for _ in 0..100 {
        crowd.act().await;
    }
    crowd.settle().await;
    // The first person's second device; the last gap is above what is replayed, so it is a reset.
    for gap in [1, 60, 2_100 * scale()] {
        // What it wrote just before must not be lost by its absence either.
        crowd.chaos.swallow(true);
        crowd.chaos.cut();
        crowd.write(1).await;
        crowd.chaos.swallow(false);
        crowd.chaos.cut();
        let away = crowd.devices.remove(1);
        let left_at = away.counts().await.position;
        let stale = away.view().await;
        away.stop().await;
        fill(&crowd, gap).await;
        if let Ok(stale) = stale {
            let held = held_for(&crowd.accounts[0]).await;
            check_equal("the control, which stayed away", &stale, &held).expect_err("it is behind");
        }
        let started = Instant::now();
        let device = crowd.device(1, Temper::Impatient);
        crowd.devices.insert(1, device);
        crowd.settle().await;
        let events = crowd.devices[1].counts().await.position - left_at;
        tell(&format!("{events} events behind, equal after {:?}", started.elapsed()));
        assert!(events >= gap as u64);
        for _ in 0..30 {
            crowd.act().await;
        }
    }
    crowd.settle().await;
    tokio::time::timeout(Duration::from_secs(5), crowd.devices.remove(1).stop())
        .await
        .expect("it ends");
}

/// The others post so many messages.
async fn fill(crowd: &Crowd, count: usize) {
    for start in (0..count).step_by(50) {
        join_all((start..count.min(start + 50)).map(|number| async move {
            let (id, who) = place(crowd, number);
            crowd.accounts[who].say(id, "meanwhile").await;
        }))
        .await;
    }
}

/// Where the first person hears of it, and somebody else who is there.
fn place(crowd: &Crowd, number: usize) -> (chatter_protocol::ConversationId, usize) {
    let theirs: Vec<_> =
        crowd.conversations.iter().filter(|(_, who)| who[0] == 0 && who[1] != 0).collect();
    let (id, who) = theirs[number % theirs.len()];
    (*id, who[1])
}
