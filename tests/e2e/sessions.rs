//! Signing in and out: one session for each device, ended when its owner says so.

use chatter_tests::rest::{PASSWORD, Rest};
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn signed_up_signed_in_by_either_name_signed_out() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let ada = rest.sign_up("ada").await;
    let me = ada.rest.get("me").await.ok();
    assert_eq!(me["email"], "ada@example.org");
    assert_eq!(me["user"]["display_name"], "ada");
    for login in ["ada", "ada@example.org", "ADA@Example.ORG"] {
        let body = json!({ "login": login, "password": PASSWORD });
        rest.post("signin", body).await.ok();
    }
    assert_eq!(ada.rest.get("session").await.ok()["session"]["current"], true);
    ada.rest.delete("signout").await.ok();
    ada.rest.get("session").await.refused(401, "session_ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended_and_their_sockets_closed() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let laptop = rest.sign_up("ada").await;
    let phone = rest.sign_in("ada").await;
    let tablet = rest.sign_in("ada").await;
    let list = laptop.rest.get("sessions").await.ok();
    let sessions = list["sessions"].as_array().expect("a list").clone();
    assert_eq!(sessions.len(), 3);
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);

    let phone_id = phone.rest.get("session").await.ok()["session"]["id"].clone();
    let mut socket = Socket::live(&server, &phone).await;
    let path = format!("sessions/{}", phone_id.as_str().expect("an id"));
    assert_eq!(laptop.rest.delete(&path).await.ok()["ended"], json!([phone_id]));
    assert_eq!(socket.closed().await, 4002);
    phone.rest.get("me").await.refused(401, "session_ended");

    let mut socket = Socket::live(&server, &tablet).await;
    laptop.rest.delete("sessions").await.ok();
    assert_eq!(socket.closed().await, 4002);
    laptop.rest.get("me").await.ok();

    let again = rest.sign_in("ada").await;
    laptop.rest.delete("signout?all=true").await.ok();
    again.rest.get("me").await.refused(401, "session_ended");
    laptop.rest.get("me").await.refused(401, "session_ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_needs_the_old_one_and_ends_the_other_sessions() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let laptop = rest.sign_up("ada").await;
    let phone = rest.sign_in("ada").await;
    let mut socket = Socket::live(&server, &phone).await;
    let new = "a different passphrase";
    let wrong = json!({ "old_password": "not the old one", "new_password": new });
    laptop.rest.patch("password", wrong).await.refused(401, "invalid_credentials");
    let weak = json!({ "old_password": PASSWORD, "new_password": "password" });
    laptop.rest.patch("password", weak).await.refused(422, "password_refused");
    phone.rest.get("me").await.ok();

    let body = json!({ "old_password": PASSWORD, "new_password": new });
    laptop.rest.patch("password", body).await.ok();
    assert_eq!(socket.closed().await, 4002);
    phone.rest.get("me").await.refused(401, "session_ended");
    laptop.rest.get("me").await.ok();
    let sign_in = |password: &str| json!({ "login": "ada", "password": password });
    rest.post("signin", sign_in(PASSWORD)).await.refused(401, "invalid_credentials");
    rest.post("signin", sign_in(new)).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_survives_a_restart_and_a_remembered_one_lives_longer() {
    let mut server = Server::start();
    let rest = Rest::new(&server.url());
    let ada = rest.sign_up("ada").await;
    server.kill();
    server.restart();
    let remembered = ada.rest.get("session").await.ok()["session"].clone();
    let body = json!({ "login": "ada", "password": PASSWORD });
    let short = rest.post("signin", body).await.ok()["session"].clone();
    let end = |session: &Value| {
        let text = session["expires_at"].as_str().expect("a time").to_owned();
        text.parse::<jiff::Timestamp>().expect("a time")
    };
    let now = jiff::Timestamp::now();
    let days =
        |session: &Value| (end(session) - now).total(jiff::Unit::Hour).expect("hours") / 24.0;
    assert!((29.0..=31.0).contains(&days(&remembered)), "{remembered}");
    assert!((0.9..=1.1).contains(&days(&short)), "{short}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_change_reaches_those_who_share_a_conversation() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob, eve) = (rest.somebody().await, rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let with_eve = bob.open(&eve).await;
    let (mut friend, mut stranger) =
        (Socket::live(&server, &bob).await, Socket::live(&server, &eve).await);
    let change = json!({ "display_name": "Ada L.", "status_message": "at the engine" });
    assert_eq!(ada.rest.patch("me", change).await.ok()["user"]["rev"], 1);
    let (_, event) = friend.event().await;
    let event = serde_json::to_value(event).expect("writes");
    assert_eq!(event["kind"], "profile_changed");
    assert_eq!(event["user"]["display_name"], "Ada L.");
    assert_eq!(event["user"]["status_message"], "at the engine");
    let cleared = ada.rest.patch("me", json!({ "status_message": "" })).await.ok();
    assert!(cleared["user"].get("status_message").is_none());
    assert_eq!(cleared["user"]["display_name"], "Ada L.");
    // The first that the stranger hears is their own conversation's message.
    bob.say(with_eve, "hi").await;
    assert_eq!(stranger.message().await.1, "hi");
    assert_eq!(ada.view(chat).await["conversation"]["member_count"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_holds_no_secret_and_no_message() {
    let server = Server::start_with("log = \"trace\"");
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.sign_up("ada").await, rest.sign_up("bob").await);
    let chat = ada.open(&bob).await;
    let mut socket = Socket::live(&server, &bob).await;
    ada.say(chat, "between the two of us").await;
    socket.message().await;
    let wrong = json!({ "login": "ada\u{1b}[31m", "password": "another secret passphrase" });
    rest.post("signin", wrong).await.refused(401, "invalid_credentials");
    let log = server.log();
    assert!(log.contains(&ada.id.to_string()), "the log is there, so the scan works");
    for secret in [PASSWORD, "another secret passphrase", &ada.token, &bob.token, "between the two"]
    {
        assert!(!log.contains(secret), "{secret:?} is in the log");
    }
    assert!(!log.contains('\u{1b}'), "a control character is in the log");
}
