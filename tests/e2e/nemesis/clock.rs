//! The server's clock jumps, by a day or by decades, forward and back.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chatter_protocol::Position;
use chatter_tests::chance::{is_skipped, tell};
use chatter_tests::ledger::{Ledger, history};
use chatter_tests::rest::{Account, PASSWORD, Rest};
use chatter_tests::server::{Launch, Server};
use chatter_tests::socket::Socket;
use serde_json::json;
use tempfile::TempDir;

use super::server_kill::pair;

const DAY_S: i64 = 24 * 60 * 60;

/// A second after signed 32-bit, and after unsigned 32-bit seconds overflow.
const ENDS_S: [i64; 2] = [i32::MAX as i64 + 1, u32::MAX as i64 + 1];

/// A clock that a server obeys, set as the test likes.
struct Clock {
    folder: TempDir,
    library: PathBuf,
}

impl Clock {
    /// None without libfaketime.
    fn find() -> Option<Self> {
        let folders = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
        let places = folders.chain([PathBuf::from("/usr/lib")]);
        let library = places
            .map(|folder| folder.join("faketime/libfaketimeMT.so.1"))
            .find(|library| library.exists())?;
        let clock = Self { folder: TempDir::new().ok()?, library };
        clock.jump(0);
        Some(clock)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    /// Sets the clock this many seconds from the truth.
    fn jump(&self, offset_s: i64) {
        let new = self.folder.path().join("new");
        fs::write(&new, format!("{offset_s:+}\n")).expect("writes");
        fs::rename(new, self.file()).expect("renames");
    }

    /// Intervals stay true, as on a real machine whose clock is set.
    fn launch(&self) -> Launch {
        let environment = [
            ("LD_PRELOAD", self.library.clone().into_os_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file().into_os_string()),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
            ("DONT_FAKE_MONOTONIC", "1".into()),
        ];
        let environment = environment.map(|(key, value)| (key.to_owned(), value)).to_vec();
        Launch { environment, ..Launch::default() }
    }
}

fn now_s() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_secs()).expect("not that late")
}

/// A further session of a person, as long as a day.
async fn plain_session(rest: &Rest, who: &Account) -> Account {
    let body = json!({ "login": who.name, "password": PASSWORD, "remember": false });
    let grant = rest.post("signin", body).await.ok();
    let token = grant["token"].as_str().expect("text");
    Account { rest: rest.with_token(token), token: token.to_owned(), ..who.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_clock_says_order_stays_and_everybody_gets_in() {
    const TEST: &str = "whatever_the_clock_says_order_stays_and_everybody_gets_in";
    let clock = Clock::find();
    if is_skipped(TEST, "libfaketime", clock.is_some()) {
        return;
    }
    let Some(clock) = clock else { return };
    let folder = TempDir::new().expect("a temporary directory");
    let mut server = Server::start_in(folder, "", &clock.launch());
    let rest = Rest::new(&server.url());
    let (ada, bob, chat) = pair(&server).await;
    let (mut live, welcome) = Socket::hello(&server, &bob, None).await;
    let epoch = welcome.positions[0].epoch.clone();
    let ledger = Ledger::default();
    let mut said = Vec::new();
    let mut last_seq = 0;
    let truth = now_s();
    let offsets = [0, DAY_S, -DAY_S, ENDS_S[0] - truth, -DAY_S, ENDS_S[1] - truth, 0];
    for offset_s in offsets {
        clock.jump(offset_s);
        // Whoever comes gets in, whatever the time.
        let writer = plain_session(&rest, &ada).await;
        for number in 0..3 {
            let body = format!("{offset_s} {number} {}", said.len());
            ledger.saying(&body);
            let ack = writer.say(chat, &body).await;
            let off_s = ack.created_at.as_millis() / 1000 - (now_s() + offset_s);
            assert!(off_s.abs() < 60, "the clock did jump: {off_s} s from what it was set to");
            ledger.acknowledged(&body, ack);
            said.push(body);
        }
        // Whoever is connected stays so, and hears everything.
        for body in &said[said.len() - 3..] {
            let (seq, event) = loop {
                let (seq, event) = live.event().await;
                assert_eq!(seq, last_seq + 1);
                last_seq = seq;
                if let chatter_protocol::Event::MessagePosted { message } = event {
                    break (seq, message);
                }
            };
            assert_eq!((&event.body, seq), (body, last_seq));
        }
        let view = writer.view(chat).await;
        assert_eq!(view["last_message"]["body"], json!(said.last()), "the newest is the last said");
    }
    let bodies = |messages: Vec<chatter_protocol::Message>| -> Vec<String> {
        messages.into_iter().map(|message| message.body).collect()
    };
    // Decades later, old sessions were over.
    let bob = plain_session(&rest, &bob).await;
    let shown = history(&bob, chat).await;
    ledger.assert_kept(&shown);
    assert_eq!(bodies(shown), said, "in the order said, whatever the times in it");

    // Resuming has nothing to do with clocks either, and no time in the database stops a start.
    for offset_s in [ENDS_S[1] - truth, -DAY_S, 0] {
        clock.jump(offset_s);
        server.stop();
        server.restart_under(&clock.launch());
        let bob = plain_session(&rest, &bob).await;
        let from = Some(Position::user(epoch.clone(), last_seq - 3));
        let (mut socket, _) = Socket::hello(&server, &bob, from).await;
        assert_eq!(socket.event().await.0, last_seq - 2);
    }
    tell(&format!("clock: {} jumps, {} messages in order", offsets.len(), said.len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_has_expired_stays_so_when_the_clock_is_set_back() {
    const TEST: &str = "a_token_that_has_expired_stays_so_when_the_clock_is_set_back";
    let clock = Clock::find();
    if is_skipped(TEST, "libfaketime", clock.is_some()) {
        return;
    }
    let Some(clock) = clock else { return };
    let folder = TempDir::new().expect("a temporary directory");
    let server = Server::start_in(folder, "", &clock.launch());
    let (ada, ..) = pair(&server).await;
    let plain = plain_session(&Rest::new(&server.url()), &ada).await;
    // The control: within its day it works, also under a clock that goes back a little.
    for offset_s in [0, DAY_S / 2, -60] {
        clock.jump(offset_s);
        plain.rest.get("me").await.ok();
    }
    clock.jump(DAY_S + 60);
    plain.rest.get("me").await.refused(401, "session_ended");
    for offset_s in [0, -DAY_S] {
        clock.jump(offset_s);
        plain.rest.get("me").await.refused(401, "session_ended");
    }
    ada.rest.get("me").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_locks_nobody_out_for_longer() {
    const TEST: &str = "a_clock_set_back_locks_nobody_out_for_longer";
    const WINDOW: Duration = Duration::from_secs(2);
    let clock = Clock::find();
    if is_skipped(TEST, "libfaketime", clock.is_some()) {
        return;
    }
    let Some(clock) = clock else { return };
    let folder = TempDir::new().expect("a temporary directory");
    let config = format!(
        "signin_failures_per_account = 2\nsignin_account_window_ms = {}",
        WINDOW.as_millis()
    );
    let server = Server::start_in(folder, &config, &clock.launch());
    let rest = Rest::new(&server.url());
    for offset_s in [-DAY_S, DAY_S, ENDS_S[1] - now_s(), 0] {
        let ada = rest.somebody().await;
        let wrong = json!({ "login": ada.name, "password": "wrong but long", "remember": true });
        for _ in 0..2 {
            rest.post("signin", wrong.clone()).await.refused(401, "invalid_credentials");
        }
        let refused = rest.post("signin", wrong.clone()).await;
        refused.refused(429, "rate_limited");
        clock.jump(offset_s);
        let locked_at = Instant::now();
        let right = json!({ "login": ada.name, "password": PASSWORD, "remember": true });
        loop {
            let answer = rest.post("signin", right.clone()).await;
            if answer.status.is_success() {
                break;
            }
            answer.refused(429, "rate_limited");
            let wait_ms = answer.body["error"]["retry_after_ms"].as_u64().expect("a number");
            assert!(u128::from(wait_ms) <= WINDOW.as_millis(), "{wait_ms}");
            assert!(locked_at.elapsed() < WINDOW * 3, "locked out by a jump of {offset_s} s");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
