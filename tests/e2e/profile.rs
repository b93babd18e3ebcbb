//! Profiles: changed in place, seen live, with a status that ends by itself and a clock elsewhere.

use std::path::Path;

use chatter_protocol::Timestamp;
use chatter_tests::rest::{Account, PICTURE};
use chatter_tests::server::Server;
use chatter_tests::shell::Shell;
use chatter_tests::terminal::{Answers, Terminal};
use reqwest::Method;
use serde_json::{Value, json};

use crate::person::{CTRL_Q, DOWN, ENTER, ESCAPE, TAB};
use crate::stage::Stage;

/// The profile of whoever is chosen, and one's own from the list.
const ALT_U: &str = "\x1bu";
const OWN: &str = "P";

fn client(stage: &Stage, account: &Account, size: (u16, u16)) -> Terminal {
    stage.client_of(account, size, &[("TZ", "UTC")], &[], Answers::plain())
}

fn set(stage: &Stage, who: &Account, change: Value) -> Value {
    stage.wait(who.rest.patch("me", change)).ok()
}

fn in_ms(ms: i64) -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis() + ms)
}

/// Escape alone, told apart from the beginning of a key by the time after it.
fn leave(terminal: &Terminal, gone: &str) {
    terminal.keys(ESCAPE);
    terminal.wait_gone(gone);
}

#[test]
fn what_one_changes_in_place_the_other_sees_at_once() {
    let stage = Stage::set();
    let (ada, bob) = (client(&stage, &stage.ada, (100, 30)), client(&stage, &stage.bob, (100, 30)));
    bob.wait_for("ada");
    bob.keys(ENTER);
    bob.wait_for("Write a message");
    bob.keys(ALT_U);
    bob.wait_for("Member since");

    ada.wait_for("bob");
    ada.keys(OWN);
    ada.wait_for("Your profile");
    ada.keys(DOWN);
    ada.keys(ENTER);
    ada.wait_for("Status message");
    ada.keys("at the engine");
    ada.keys(TAB);
    ada.keys("3 days");
    ada.keys(ENTER);
    ada.wait_until("the row as it is now", |screen| screen.contains("at the engine · until"));
    bob.wait_until("the status and its end", |screen| screen.contains("at the engine · until"));

    ada.keys("k");
    ada.keys(ENTER);
    ada.wait_for("› Display name");
    ada.keys(" Lovelace");
    ada.keys(ENTER);
    ada.wait_for("Display name  ada Lovelace");
    bob.wait_for("ada Lovelace");
    // A name that is refused is refused where it stands.
    ada.keys(ENTER);
    ada.wait_for("› Display name");
    ada.paste(&"x".repeat(80));
    ada.keys(ENTER);
    ada.wait_for("64");
    leave(&ada, "› Display name");
    let me = stage.wait(stage.ada.rest.get("me")).ok();
    assert_eq!(me["user"]["display_name"], "ada Lovelace");
}

#[test]
fn a_status_is_gone_when_it_ends_though_nobody_touches_anything() {
    let stage = Stage::set();
    let terminal = client(&stage, &stage.ada, (100, 30));
    terminal.wait_for("bob");
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    let end = in_ms(4_000);
    let change = json!({ "status_message": "brewing tea", "status_expires_at": end });
    set(&stage, &stage.bob, change);
    terminal.wait_for("· brewing tea");
    assert!(Timestamp::now() < end, "it showed while it held");
    terminal.wait_gone("brewing tea");
    assert!(Timestamp::now() >= end, "not before its end");
    // The server keeps it; who has it hides it, from the start on as well.
    let kept = stage.wait(stage.bob.rest.get("me")).ok();
    assert_eq!(kept["user"]["status_message"], "brewing tea");
    terminal.keys(ALT_U);
    let card = terminal.wait_for("Member since");
    assert!(!card.contains("brewing tea"), "{card}");
}

#[test]
fn a_shared_time_zone_tells_the_time_there() {
    let stage = Stage::set();
    set(&stage, &stage.bob, json!({ "time_zone": "Asia/Kathmandu" }));
    let terminal = client(&stage, &stage.ada, (80, 24));
    terminal.wait_for("bob");
    terminal.keys("p");
    terminal.wait_for("there, 5 h 45 min ahead");
    set(&stage, &stage.bob, json!({ "time_zone": "Moon/Tranquility" }));
    let card = terminal.wait_gone("5 h 45 min");
    assert!(card.contains("Member since") && !card.contains("Tranquility"), "{card}");
}

#[test]
fn a_profile_is_whole_in_a_small_window() {
    let stage = Stage::set();
    let change = json!({ "status_message": "at the compiler", "time_zone": "Asia/Kathmandu" });
    set(&stage, &stage.bob, change);
    let terminal = client(&stage, &stage.ada, (40, 12));
    terminal.wait_for("bob");
    terminal.keys("p");
    let card = terminal.wait_for("Member since");
    for part in ["bob @bob", "offline", "at the compiler", "5 h 45 min ahead", "Write a message"] {
        assert!(card.contains(part), "no {part:?}:\n{card}");
    }
    assert!(card.contains("Mute") && card.contains("Block"), "{card}");
    terminal.keys(ENTER);
    terminal.wait_for("› Write a message");
}

#[test]
fn a_picture_is_put_on_from_a_file_and_taken_off() {
    let stage = Stage::set();
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("me and my engine.png");
    std::fs::write(&file, PICTURE).expect("writes");
    let terminal = client(&stage, &stage.ada, (100, 30));
    terminal.wait_for("bob");
    terminal.keys(OWN);
    terminal.wait_for("Your profile");
    terminal.keys(&DOWN.repeat(3));
    terminal.keys(ENTER);
    terminal.wait_for("Picture: a PNG");
    let missing = path(&folder.path().join("nothing.png"));
    terminal.paste(&missing);
    terminal.keys(ENTER);
    terminal.wait_for("There is no file");
    terminal.keys("\x15");
    terminal.paste(&path(&file));
    terminal.keys(ENTER);
    terminal.wait_for("take the picture off");
    let has_avatar = || stage.wait(stage.ada.rest.get("me")).ok()["user"].get("avatar").is_some();
    assert!(has_avatar());
    terminal.keys(DOWN);
    terminal.keys(ENTER);
    terminal.wait_gone("take the picture off");
    assert!(!has_avatar());
}

#[test]
fn a_status_in_words_has_its_end() {
    let stage = Stage::set();
    let mut terminal = client(&stage, &stage.ada, (100, 30));
    terminal.wait_for("bob");
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    terminal.keys("/status at lunch for 2h");
    terminal.wait_for("for 2h");
    terminal.keys(ENTER);
    terminal.wait_for("Your profile is changed");
    let user = stage.wait(stage.ada.rest.get("me")).ok()["user"].clone();
    assert_eq!(user["status_message"], "at lunch");
    let end: Timestamp = serde_json::from_value(user["status_expires_at"].clone()).expect("ends");
    assert!(end > in_ms(7_000_000) && end <= in_ms(7_200_000), "{end}");
    terminal.keys("/profile bob");
    terminal.wait_for("/profile bob");
    terminal.keys(ENTER);
    terminal.wait_for("Member since");
    terminal.keys(CTRL_Q);
    assert_eq!(terminal.wait_exit(), 0);
}

fn path(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn a_script_shows_and_changes_profiles() {
    let server = Server::start();
    let (ada, grace) =
        (Shell::signed_up(&server.url(), "ada"), Shell::signed_up(&server.url(), "grace"));
    let set = ["profile", "set", "--display-name", "Grace Hopper", "--time-zone", "europe/london"];
    let shown = &grace.json(&set)[0];
    assert_eq!(
        (&shown["type"], &shown["display_name"]),
        (&json!("person"), &json!("Grace Hopper"))
    );
    assert_eq!(shown["time_zone"], "Europe/London");
    let status = &grace.json(&["status", "found a moth", "--for", "2h"])[0];
    let end: Timestamp =
        serde_json::from_value(status["status_expires_at"].clone()).expect("an end");
    assert!(end > in_ms(7_000_000) && end <= in_ms(7_200_000), "{end}");

    let said = ada.run(&["profile", "@grace"]).exits(0).out;
    for part in ["@grace Grace Hopper", "found a moth (until ", "Europe/London", "member since "] {
        assert!(said.contains(part), "no {part:?}: {said}");
    }
    let seen = &ada.json(&["people", "grace"])[0];
    assert_eq!(seen["status_expires_at"], status["status_expires_at"]);

    let until =
        ["profile", "set", "--status", "away", "--until", "2999-01-01", "--time-zone", "none"];
    let away = &grace.json(&until)[0];
    assert_eq!(away["status_message"], "away");
    assert!(away.get("time_zone").is_none() && away["display_name"] == "Grace Hopper", "{away}");

    // A status that is over is none.
    let end = in_ms(1_000);
    grace.run(&["status", "blink", "--until", &end.to_string()]).exits(0);
    chatter_tests::wait_until("its end", || Timestamp::now() > end);
    let over = &ada.json(&["profile", "grace"])[0];
    assert!(over.get("status_message").is_none(), "{over}");
    assert!(over.get("status_expires_at").is_none(), "{over}");
    assert_eq!(grace.json(&["status"])[0]["status_message"], "");
    assert!(!ada.run(&["people"]).exits(0).out.contains("blink"));
}

#[test]
fn a_script_sets_a_picture_and_each_mistake_is_said() {
    let server = Server::start();
    let ada = Shell::signed_up(&server.url(), "ada");
    let (picture, text) = (ada.file("me.png"), ada.file("me.txt"));
    std::fs::write(&picture, PICTURE).expect("writes");
    std::fs::write(&text, "I look like this.").expect("writes");
    let with = &ada.json(&["avatar", "set", &path(&picture)])[0];
    assert!(with["avatar"].is_string(), "{with}");
    assert!(ada.json(&["avatar", "clear"])[0].get("avatar").is_none());

    let nowhere = path(&ada.file("nothing.png"));
    let text = path(&text);
    let wrong: [(&[&str], i32, &str); 9] = [
        (&["avatar", "set", &nowhere], 8, "There is no file"),
        (&["avatar", "set", &text], 3, ""),
        (&["profile", "nobody"], 5, "nobody called @nobody"),
        (&["profile", "set"], 2, "what to change"),
        (&["profile", "grace", "set", "--status", "x"], 2, "own profile"),
        (&["profile", "set", "--time-zone", "Moon/Tranquility"], 2, "Europe/London"),
        (&["profile", "set", "--until", "18:00"], 2, "--status"),
        (&["status", "x", "--until", "2026-01-01"], 2, "over already"),
        (&["status", "x", "--until", "soon"], 2, "18:00"),
    ];
    for (arguments, code, part) in wrong {
        let said = ada.run(arguments).exits(code);
        assert!(said.out.is_empty() && said.err.contains(part), "{arguments:?}: {said:?}");
    }
}

#[test]
fn an_end_is_of_a_status_and_to_come() {
    let stage = Stage::set();
    let refused = |change: Value| {
        let answer = stage.wait(stage.ada.rest.call(Method::PATCH, "me", Some(change)));
        answer.refused(422, "invalid_field");
        assert_eq!(answer.body["error"]["field"], "status_expires_at");
    };
    refused(json!({ "status_message": "late", "status_expires_at": in_ms(-1_000) }));
    refused(json!({ "status_expires_at": in_ms(60_000) }));
}
