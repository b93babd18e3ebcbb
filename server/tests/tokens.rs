//! Tokens for machines: making them, and how they end.

mod support;

use chatter_protocol::{CloseCode, Timestamp};
use reqwest::{Method, StatusCode};
use rusqlite::Connection;
use serde_json::{Value, json};
use support::{Account, TestServer};

const DAY_S: u64 = 24 * 60 * 60;

/// Asks for a token; the status, and the code and field of a refusal.
async fn make(server: &TestServer, me: &Account, body: Value) -> (u16, Value, Value) {
    let (status, answer) = server.ask(Method::POST, "tokens", Some(&me.token), Some(body)).await;
    (status.as_u16(), answer["error"]["code"].clone(), answer["error"]["field"].clone())
}

async fn get(server: &TestServer, token: &str, path: &str) -> (StatusCode, Value) {
    server.ask(Method::GET, path, Some(token), None).await
}

/// Writes to the database behind the server's back, as a clock that moved on would have it.
fn change(server: &TestServer, sql: &str, value: i64) {
    let database = Connection::open(server.data.path().join("chatter.sqlite3")).expect("opens");
    database.busy_timeout(support::PATIENCE).expect("sets");
    assert_eq!(database.execute(sql, [value]).expect("changes"), 1);
}

fn in_ms(milliseconds: i64) -> i64 {
    Timestamp::now().as_millis() + milliseconds
}

#[tokio::test]
async fn what_a_token_may_have_is_checked_to_the_limit() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let good = json!({ "name": "ci", "send": true, "read": false, "expires_in_s": 60 });
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for body in [
        good.clone(),
        with("expires_in_s", json!(366 * DAY_S)),
        with("name", json!("é".repeat(64))),
        json!({ "name": "ci", "read": true, "expires_in_s": 60 }),
    ] {
        assert_eq!(make(&server, &ada, body.clone()).await.0, 201, "{body}");
    }
    for (field, value) in [
        ("expires_in_s", json!(59)),
        ("expires_in_s", json!(366 * DAY_S + 1)),
        ("expires_in_s", json!(u64::MAX)),
        ("name", json!("  ")),
        ("name", json!("x".repeat(65))),
        ("name", json!("a\u{202e}b")),
        ("account", json!(true)),
    ] {
        let refused = make(&server, &ada, with(field, value.clone())).await;
        assert_eq!(refused, (422, json!("invalid_field"), json!(field)), "{value}");
    }
    let refused = make(&server, &ada, json!({ "name": "ci", "expires_in_s": 60 })).await;
    assert_eq!(refused, (422, json!("invalid_field"), json!("read")), "no right at all");
}

#[tokio::test]
async fn a_token_is_a_session_in_the_list_and_one_too_many_is_refused() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    for _ in 0..50 {
        server.token(&ada, true, false).await;
    }
    let one_more = json!({ "name": "ci", "read": true, "expires_in_s": 60 });
    let refused = make(&server, &ada, one_more.clone()).await;
    assert_eq!(refused, (409, json!("too_many_tokens"), Value::Null));
    let (_, listed) = get(&server, &ada.token, "sessions").await;
    let newest = &listed["sessions"][0];
    assert_eq!(newest["device_name"], "ci");
    assert_eq!(newest["rights"], json!({ "send": true, "read": false, "account": false }));
    let path = format!("sessions/{}", newest["id"].as_str().expect("an id"));
    let (status, _) = server.ask(Method::DELETE, &path, Some(&ada.token), None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(make(&server, &ada, one_more).await.0, 201);
}

#[tokio::test]
async fn use_is_noted_and_does_not_move_the_end() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let token = server.token(&ada, false, true).await.token;
    let before = get(&server, &token, "session").await.1["session"].clone();
    assert_eq!(before["remember"], false);
    let two_hours_ago = in_ms(-2 * 60 * 60 * 1_000);
    let sql = "UPDATE sessions SET last_used_at = ?1 WHERE device_name = 'ci'";
    change(&server, sql, two_hours_ago);
    get(&server, &token, "conversations").await;
    let after = get(&server, &token, "session").await.1["session"].clone();
    assert_eq!(after["expires_at"], before["expires_at"]);
    let used_at: Timestamp = serde_json::from_value(after["last_used_at"].clone()).expect("a time");
    assert!(used_at.as_millis() > two_hours_ago + 60_000, "{after}");
}

#[tokio::test]
async fn a_token_whose_time_is_over_is_refused_and_its_socket_closes() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let token = server.token(&ada, false, true).await;
    let sql = "UPDATE sessions SET expires_at = ?1 WHERE device_name = 'ci'";
    change(&server, sql, in_ms(2_000));
    let (mut socket, _) = server.connect(&token, vec![]).await;
    assert_eq!(socket.closed().await, CloseCode::SessionEnded.code());
    let (status, answer) = get(&server, &token.token, "conversations").await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (401, &json!("session_ended")));
    let (status, _) = get(&server, &ada.token, "me").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_password_and_signing_out_everywhere_end_tokens() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let first = server.token(&ada, false, true).await;
    let (mut socket, _) = server.connect(&first, vec![]).await;
    let body = json!({ "old_password": support::PASSWORD, "new_password": "another good one" });
    server.ask(Method::PATCH, "password", Some(&ada.token), Some(body)).await;
    assert_eq!(socket.closed().await, CloseCode::SessionEnded.code());
    assert_eq!(get(&server, &first.token, "me").await.0, StatusCode::UNAUTHORIZED);

    let second = server.token(&ada, false, true).await;
    server.ask(Method::DELETE, "signout?all=true", Some(&ada.token), None).await;
    assert_eq!(get(&server, &second.token, "me").await.0, StatusCode::UNAUTHORIZED);
}
