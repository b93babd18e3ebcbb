//! `ask`: whose answer counts, what it has to say, and what the chat is told when nobody waits.

use std::process::Child;
use std::time::Instant;

use chatter_protocol::{ClientMsgId, ConversationId};
use chatter_tests::PATIENCE;
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::shell::{Said, Shell};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Ada asks in a shell; the others answer at once, over REST.
struct Scene {
    server: Server,
    ada: Shell,
    owner: Account,
    bob: Account,
    eve: Account,
    chat: ConversationId,
    runtime: Runtime,
}

/// A question that waits.
struct Asking {
    child: Child,
    /// Its number in the chat.
    number: u64,
}

impl Scene {
    fn set() -> Self {
        let server = Server::start();
        let runtime = Runtime::new().expect("a runtime");
        let rest = Rest::new(&server.url());
        let (owner, bob, eve, chat) = runtime.block_on(async {
            let owner = rest.sign_up("ada").await;
            let (bob, eve) = (rest.sign_up("bob").await, rest.sign_up("eve").await);
            let chat = owner.open(&bob).await;
            (owner, bob, eve, chat)
        });
        let ada = Shell::new(&server.url());
        let signin = ["signin", "--username", "ada", "--password-stdin"];
        ada.pipe(&signin, chatter_tests::rest::PASSWORD).exits(0);
        Self { server, ada, owner, bob, eve, chat, runtime }
    }

    /// Bob says something, maybe in answer to a message.
    fn bob_says(&self, body: &str, reply_to: Option<u64>) {
        let path = format!("conversations/{}/messages", self.chat);
        let message =
            json!({ "client_msg_id": ClientMsgId::new(), "body": body, "reply_to": reply_to });
        self.runtime.block_on(self.bob.rest.post(&path, message)).ok();
    }

    /// Somebody says something to Ada in their own chat.
    fn says_elsewhere(&self, who: &Account, body: &str) {
        self.runtime.block_on(async {
            let chat = who.open(&self.owner).await;
            who.say(chat, body).await;
        });
    }

    /// What Ada and Bob said: who, what, in answer to which number.
    fn said(&self) -> Vec<(bool, String, Option<u64>)> {
        let path = format!("conversations/{}/messages?limit=200", self.chat);
        let page = self.runtime.block_on(self.bob.rest.get(&path)).ok();
        let is_ada = |message: &Value| message["sender"] == json!(self.owner.id);
        let messages = page["messages"].as_array().expect("messages").iter();
        let text = |message: &Value| message["body"].as_str().expect("text").to_owned();
        messages.map(|it| (is_ada(it), text(it), it["reply_to"].as_u64())).collect()
    }

    fn wait_until(&self, what: &str, is_so: impl Fn(&[(bool, String, Option<u64>)]) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(&self.said()) {
            assert!(Instant::now() < deadline, "{what} does not come: {:?}", self.said());
        }
    }

    /// Asks Bob, and waits until the question is in the chat.
    fn ask(&self, question: &str, options: &[&str]) -> Asking {
        let before = self.said().len();
        let child = self.ada.start(&[&["ask", "bob", question][..], options].concat());
        self.wait_until("the question", |said| said.len() > before);
        Asking { child, number: before as u64 + 1 }
    }

    /// What the chat says in answer to a number.
    fn replies(&self, number: u64) -> Vec<String> {
        let said = self.said().into_iter();
        said.filter(|(is_ada, _, to)| *is_ada && *to == Some(number)).map(|it| it.1).collect()
    }
}

impl Asking {
    fn ends(self, code: i32) -> Said {
        Said::from(self.child.wait_with_output().expect("ends")).exits(code)
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("there");
    }
}

#[test]
fn an_answer_counts_however_it_is_written_and_the_exit_code_tells_which() {
    let scene = Scene::set();
    let words = ["--choices", "ship it,Tomorrow, never "];
    for (options, answer, printed, code) in [
        (&[][..], "yes", "yes\n", 0),
        (&[], "  YES!!\n", "yes\n", 0),
        (&[], "No.", "no\n", 7),
        (&words, "Ship it!", "ship it\n", 0),
        (&words, "tomorrow", "Tomorrow\n", 7),
        (&words, "NEVER.", "never\n", 7),
        (&["--free"], "on\nthe 3rd,  I think", "on\nthe 3rd,  I think\n", 0),
    ] {
        let asking = scene.ask("Deploy?", options);
        scene.bob_says(answer, None);
        assert_eq!(asking.ends(code).out, printed, "{answer:?}");
    }
    let asking = scene.ask("Deploy?", &["--json"]);
    let number = asking.number;
    scene.bob_says("NO", None);
    let record = &asking.ends(7).records()[0];
    assert_eq!(record["answer"], "no");
    assert_eq!((&record["approved"], &record["from"]), (&json!(false), &json!("bob")));
    assert_eq!(
        (&record["question_seq"], &record["conv_seq"]),
        (&json!(number), &json!(number + 1))
    );
    let with_choices = "Deploy?\n\nAnswer: ship it / Tomorrow / never";
    let said = scene.said();
    assert!(said.iter().any(|(is_ada, body, _)| *is_ada && body == with_choices), "{said:?}");
    for bad in [&["--choices", "yes,,no"][..], &["--choices", ""], &["--free", "--choices", "a"]] {
        scene.ada.run(&[&["ask", "bob", "Deploy?"][..], bad].concat()).exits(2);
    }
}

#[test]
fn what_is_no_answer_is_explained_once() {
    let scene = Scene::set();
    let asking = scene.ask("Deploy?", &["--choices", "now,later"]);
    let number = asking.number;
    for something in ["what do you mean", "now or never", "hm"] {
        scene.bob_says(something, None);
        scene.wait_until("the explanation", |_| !scene.replies(number).is_empty());
    }
    scene.bob_says("Now", None);
    assert_eq!(asking.ends(0).out, "now\n");
    assert_eq!(scene.replies(number), ["Please answer with one of: now / later"]);
}

#[test]
fn only_the_one_who_was_asked_answers_and_only_there() {
    let scene = Scene::set();
    scene.bob_says("yes", None);
    let mut asking = scene.ask("Deploy?", &[]);
    let number = asking.number;
    scene.says_elsewhere(&scene.eve, "yes");
    // My own, from another device; one that answers something else.
    scene.runtime.block_on(scene.owner.say(scene.chat, "yes"));
    scene.bob_says("yes", Some(1));
    // What comes after all of these shows that they were heard.
    scene.bob_says("let me see", None);
    scene.wait_until("the explanation", |_| scene.replies(number).len() == 1);
    assert!(asking.child.try_wait().expect("asks").is_none(), "none of them is an answer");
    scene.bob_says("no", Some(number));
    assert_eq!(asking.ends(7).out, "no\n");
}

#[test]
fn when_the_time_is_over_the_chat_says_so() {
    let scene = Scene::set();
    let asking = scene.ask("Deploy?", &["--timeout", "1s", "--key", "k"]);
    let number = asking.number;
    let late = asking.ends(6);
    assert!(late.out.is_empty() && late.err.contains("@bob"), "{late:?}");
    let closing = scene.replies(number);
    assert!(closing.len() == 1 && closing[0].contains("nobody waits"), "{closing:?}");
    // Whoever asks again under the same key still hears it.
    scene.bob_says("yes", None);
    scene.ada.run(&["ask", "bob", "Deploy?", "--key", "k"]).exits(0);
    scene.ada.run(&["ask", "bob", "Something else?", "--key", "k"]).exits(3);
}

#[test]
fn whenever_it_is_told_to_stop_a_question_in_the_chat_is_taken_back() {
    let scene = Scene::set();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::TERM, Signal::INT, Signal::TERM]
    {
        // The moment it is there, not when the asker is known to wait.
        let asking = scene.ask("Deploy?", &[]);
        let number = asking.number;
        asking.signal(signal);
        asking.ends(128 + signal.as_raw());
        let closing = scene.replies(number);
        assert!(closing.len() == 1 && closing[0].contains("taken back"), "{signal:?} {closing:?}");
    }
}

#[test]
fn a_question_of_a_run_that_was_killed_goes_on_and_stands_there_once() {
    let mut scene = Scene::set();
    let asking = scene.ask("Deploy 4.2?", &["--key", "release 4.2"]);
    asking.signal(Signal::KILL);
    drop(asking.child.wait_with_output());
    scene.bob_says("what is in it?", None);
    scene.bob_says("No!", None);
    scene.bob_says("or yes", None);
    let again = ["ask", "bob", "Deploy 4.2?", "--key", "release 4.2"];
    assert_eq!(scene.ada.run(&again).exits(7).out, "no\n", "the answer of meanwhile");
    // The server may go and come back while somebody waits.
    let asking = scene.ask("And 4.3?", &["--key", "release 4.3"]);
    scene.server.kill();
    scene.server.restart();
    scene.bob_says("yes", None);
    assert_eq!(asking.ends(0).out, "yes\n");
    let questions = scene.said().into_iter().filter(|(is_ada, ..)| *is_ada).count();
    assert_eq!(questions, 2, "no comment, each once: {:?}", scene.said());
}
