//! The server is killed before each write of a script in turn.

use std::path::Path;

use chatter_protocol::{ClientMsgId, ConversationId};
use chatter_tests::chance::{Chance, is_skipped, scale, tell};
use chatter_tests::data;
use chatter_tests::ledger::history;
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::{Launch, Server};
use chatter_tests::strace::{self, Strace};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::server_kill::pair;

/// The calls by which anything gets to the disk.
const CALLS: [&str; 4] = ["pwrite64", "fsync,fdatasync", "ftruncate", "unlink,rename"];

/// Without a longer run, every this-many-th point is tried.
const STRIDE: usize = 4;

/// A step of the script. Repeating one that was done changes nothing.
#[derive(Clone, Debug)]
enum Step {
    Post(ClientMsgId, &'static str),
    Edit(u64, &'static str),
    Delete(u64),
    Read(u64),
    Status(&'static str),
}

/// What people see after some steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Scene {
    bodies: Vec<String>,
    read_seq: u64,
    status: String,
}

fn script() -> Vec<Step> {
    let post = |body| Step::Post(ClientMsgId::new(), body);
    vec![
        post("one"),
        post("two"),
        Step::Read(2),
        post("three"),
        Step::Edit(1, "uno"),
        Step::Delete(2),
        Step::Status("writing"),
        post("four"),
        post("five"),
        Step::Edit(4, "quattro"),
        Step::Status("away"),
        post("six"),
    ]
}

impl Scene {
    fn after(steps: &[Step]) -> Self {
        let mut scene = Self::default();
        for step in steps {
            match step {
                Step::Post(_, body) => {
                    scene.bodies.push((*body).to_owned());
                    scene.read_seq = scene.bodies.len() as u64;
                }
                Step::Edit(seq, body) => scene.bodies[*seq as usize - 1] = (*body).to_owned(),
                Step::Delete(seq) => scene.bodies[*seq as usize - 1].clear(),
                Step::Read(seq) => scene.read_seq = scene.read_seq.max(*seq),
                Step::Status(status) => scene.status = (*status).to_owned(),
            }
        }
        scene
    }
}

/// Who does it, where. The server's address is another one at each start.
struct Stage {
    ada: Account,
    chat: ConversationId,
}

impl Stage {
    fn at(&self, server: &Server) -> Account {
        let rest = Rest::new(&server.url()).with_token(&self.ada.token);
        Account { rest, ..self.ada.clone() }
    }

    async fn scene(&self, server: &Server) -> Scene {
        let ada = self.at(server);
        let messages = history(&ada, self.chat).await;
        let numbers: Vec<_> = messages.iter().map(|message| message.conv_seq).collect();
        assert_eq!(numbers, (1..=messages.len() as u64).collect::<Vec<_>>());
        let me = ada.rest.get("me").await.ok();
        Scene {
            bodies: messages.into_iter().map(|message| message.body).collect(),
            read_seq: ada.view(self.chat).await["read_seq"].as_u64().expect("a number"),
            status: me["user"]["status_message"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// Does the steps in turn until the server is gone; how many it said were done.
    async fn play(&self, server: &Server, steps: &[Step]) -> usize {
        let ada = self.at(server);
        let messages = format!("conversations/{}/messages", self.chat);
        for (done, step) in steps.iter().enumerate() {
            let (method, path, body) = match step {
                Step::Post(key, body) => {
                    let body = json!({ "client_msg_id": key, "body": body });
                    (Method::POST, messages.clone(), body)
                }
                Step::Edit(seq, body) => {
                    (Method::PATCH, format!("{messages}/{seq}"), json!({ "body": body }))
                }
                Step::Delete(seq) => (Method::DELETE, format!("{messages}/{seq}"), Value::Null),
                Step::Read(seq) => {
                    let path = format!("conversations/{}/read", self.chat);
                    (Method::POST, path, json!({ "conv_seq": seq }))
                }
                Step::Status(text) => {
                    (Method::PATCH, "me".to_owned(), json!({ "status_message": text }))
                }
            };
            let mut request = ada.rest.request(method, &path);
            if !body.is_null() {
                request = request.json(&body);
            }
            match ada.rest.try_answer(request).await {
                Some(answer) => drop(answer.ok()),
                None => return done,
            }
        }
        steps.len()
    }
}

/// Starts the script on a copy of `prepared`, killed at a point; whether the point was reached.
async fn kill_at(stage: &Stage, prepared: &Path, calls: &str, point: usize) -> bool {
    let (folder, log) = (data::copied(prepared), tempfile::NamedTempFile::new().expect("a file"));
    let tool = Strace::of(calls, log.path()).inject(&format!("{calls}:signal=KILL:when={point}"));
    let steps = script();
    let (folder, done) = match Server::try_start_in(folder, "", &tool.launch()) {
        Err((folder, _)) => (folder, 0),
        Ok(mut server) => {
            let done = stage.play(&server, &steps).await;
            if done == steps.len() && server.is_running() {
                return false;
            }
            (data::copied(&server.data()), done)
        }
    };
    data::assert_sound(&folder.path().join("data"));
    let server = Server::start_in(folder, "", &Launch::default());
    let scene = stage.scene(&server).await;
    let possible = [done, (done + 1).min(steps.len())].map(|count| Scene::after(&steps[..count]));
    assert!(possible.contains(&scene), "{calls} {point}: {done} done, but {scene:?}");
    assert_eq!(stage.play(&server, &steps[done..]).await, steps.len() - done);
    assert_eq!(stage.scene(&server).await, Scene::after(&steps), "{calls} {point}: tried again");
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_before_any_write_keeps_what_it_acknowledged() {
    const TEST: &str = "a_server_killed_before_any_write_keeps_what_it_acknowledged";
    if is_skipped(TEST, "strace", strace::is_there()) {
        return;
    }
    let mut chance = Chance::of(TEST);
    let mut server = Server::start();
    let (ada, _, chat) = pair(&server).await;
    let stage = Stage { ada, chat };
    server.stop();
    let prepared = TempDir::new().expect("a temporary directory");
    data::replace(&server.data(), prepared.path());

    let stride = (STRIDE / scale()).max(1);
    let mut points = 0;
    for calls in CALLS {
        let mut point = 1 + chance.number(0..stride);
        while kill_at(&stage, prepared.path(), calls, point).await {
            (points, point) = (points + 1, point + stride);
        }
    }
    tell(&format!("killed before {points} writes of {} steps, every {stride}.", script().len()));
    assert!(points * stride > 40, "the script writes more than this: {points} points");
    let lost = Server::start_in(data::copied(prepared.path()), "", &Launch::default());
    assert_eq!(stage.play(&lost, &script()).await, script().len());
    drop(lost);
    // The control: the same look at a server that has lost what it acknowledged.
    let lost = Server::start_in(data::copied(prepared.path()), "", &Launch::default());
    assert_ne!(stage.scene(&lost).await, Scene::after(&script()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_it_makes_its_database_starts_the_next_time() {
    const TEST: &str = "a_server_killed_while_it_makes_its_database_starts_the_next_time";
    if is_skipped(TEST, "strace", strace::is_there()) {
        return;
    }
    let mut chance = Chance::of(TEST);
    let stride = (STRIDE / scale()).max(1);
    let mut points = 0;
    for calls in CALLS {
        let mut point = 1 + chance.number(0..stride);
        loop {
            let log = tempfile::NamedTempFile::new().expect("a file");
            let inject = format!("{calls}:signal=KILL:when={point}");
            let tool = Strace::of(calls, log.path()).inject(&inject);
            let folder = TempDir::new().expect("a temporary directory");
            let Err((folder, said)) = Server::try_start_in(folder, "", &tool.launch()) else {
                break;
            };
            assert_eq!(said, "", "killed, not refused");
            let mut server = Server::start_in(folder, "", &Launch::default());
            let (ada, bob, chat) = pair(&server).await;
            ada.say(chat, "hello").await;
            assert_eq!(history(&bob, chat).await.len(), 1);
            server.stop();
            data::assert_sound(&server.data());
            (points, point) = (points + 1, point + stride);
        }
    }
    tell(&format!("killed before {points} writes of the first start, every {stride}."));
    assert!(points > 5, "making a database takes more writes: {points}");
}
