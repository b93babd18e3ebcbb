//! Who is there: as long as any device is, and told only to those who asked.

use chatter_protocol::{ClientFrame, ServerFrame};
use chatter_tests::rest::Rest;
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;

const QUICK: &str = "presence_grace_ms = 300";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_two_devices_is_online_until_the_last_one_goes() {
    let server = Server::start_with(QUICK);
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let mut watcher = Socket::live(&server, &ada).await;
    watcher.say(&ClientFrame::Watch { users: vec![bob.id] }).await;
    let first = watcher.presence().await;
    assert_eq!((first.user, first.online), (bob.id, false));

    let phone = Socket::live(&server, &bob).await;
    assert!(watcher.presence().await.online);
    let laptop = Socket::live(&server, &rest.sign_in(&bob.name).await).await;
    phone.cut();
    // A third device that comes and goes would be the next thing heard, had the first been missed.
    let asked = bob_online(&ada, &bob.name).await;
    assert!(asked, "one device is still there");
    laptop.cut();
    let gone = watcher.presence().await;
    assert!(!gone.online, "the only change after online is offline, once");
    assert!(gone.last_seen_at.is_some());
    assert!(!bob_online(&ada, &bob.name).await);
}

async fn bob_online(ada: &chatter_tests::rest::Account, name: &str) -> bool {
    let person = ada.rest.get(&format!("users/{name}")).await.ok();
    person["presence"]["online"].as_bool().expect("told")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_absence_is_not_announced() {
    let server = Server::start_with("presence_grace_ms = 5000");
    let rest = Rest::new(&server.url());
    let (ada, bob, eve) = (rest.somebody().await, rest.somebody().await, rest.somebody().await);
    let mut watcher = Socket::live(&server, &ada).await;
    watcher.say(&ClientFrame::Watch { users: vec![bob.id] }).await;
    watcher.presence().await;
    let first = Socket::live(&server, &bob).await;
    assert!(watcher.presence().await.online);
    first.cut();
    let _back = Socket::live(&server, &bob).await;
    // Watching somebody else now answers with them alone: nothing about the flicker came before.
    watcher.say(&ClientFrame::Watch { users: vec![eve.id] }).await;
    assert_eq!(watcher.presence().await.user, eve.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hears_of_people_they_did_not_ask_for() {
    let server = Server::start_with(QUICK);
    let rest = Rest::new(&server.url());
    let (ada, bob, eve) = (rest.somebody().await, rest.somebody().await, rest.somebody().await);
    let mut watcher = Socket::live(&server, &ada).await;
    watcher.say(&ClientFrame::Watch { users: vec![bob.id] }).await;
    watcher.presence().await;
    let _eve = Socket::live(&server, &eve).await;
    let _bob = Socket::live(&server, &bob).await;
    let heard = watcher.presence().await;
    assert_eq!((heard.user, heard.online), (bob.id, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_told_to_the_others_in_the_conversation_only() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob, eve) = (rest.somebody().await, rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let with_eve = eve.open(&bob).await;
    let mut typist = Socket::live(&server, &ada).await;
    let mut reader = Socket::live(&server, &bob).await;
    let mut stranger = Socket::live(&server, &eve).await;
    // Eve says she types where she is not: refused, and nobody hears of it.
    stranger.say(&ClientFrame::Typing { conversation: chat }).await;
    typist.say(&ClientFrame::Typing { conversation: chat }).await;
    let typing = |frame| match frame {
        ServerFrame::Typing { conversation, user } => Some((conversation, user)),
        _ => None,
    };
    assert_eq!(reader.wait("typing", typing).await, (chat, ada.id));
    stranger.say(&ClientFrame::Typing { conversation: with_eve }).await;
    assert_eq!(reader.wait("typing", typing).await, (with_eve, eve.id));
    // The next frame of its kind that the typist gets is bob's, not an echo of its own.
    reader.say(&ClientFrame::Typing { conversation: chat }).await;
    assert_eq!(typist.wait("typing", typing).await, (chat, bob.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_lists_those_who_are_there_first_and_finds_by_prefix() {
    let server = Server::start_with(QUICK);
    let rest = Rest::new(&server.url());
    let mut people = Vec::new();
    for name in ["zoe", "anna", "annika", "mia"] {
        people.push(rest.sign_up(name).await);
    }
    let me = rest.sign_up("me").await;
    let _online = Socket::live(&server, &people[0]).await;
    let names = async |path: &str| {
        let page = me.rest.get(path).await.ok();
        let people = page["people"].as_array().expect("a list").clone();
        let name = |person: &serde_json::Value| {
            person["user"]["username"].as_str().expect("text").to_owned()
        };
        (people.iter().map(name).collect::<Vec<_>>(), page["next"].as_str().map(str::to_owned))
    };
    assert_eq!(names("users").await.0, ["zoe", "anna", "annika", "me", "mia"]);
    assert_eq!(names("users?prefix=ann").await.0, ["anna", "annika"]);
    assert_eq!(names("users?prefix=ANN").await.0, ["anna", "annika"]);
    assert_eq!(names("users?prefix=%25").await.0, Vec::<String>::new());
    let mut listed = Vec::new();
    let mut path = "users?limit=2".to_owned();
    loop {
        let (page, next) = names(&path).await;
        assert!(page.len() <= 2);
        listed.extend(page);
        match next {
            Some(next) => path = format!("users?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(listed, ["zoe", "anna", "annika", "me", "mia"]);
}
