//! Bad input: the right 4xx or close code with a stable error code; never 5xx, never a panic, and
//! the next good request works.

use chatter_protocol::{ClientMsgId, ConversationId};
use chatter_tests::rest::{Answer, PASSWORD, Rest};
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Ws;

/// Values that are wrong wherever text of some form is asked for.
fn wrong_values() -> Vec<Value> {
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1.5e300),
        json!([]),
        json!({}),
        json!(""),
        json!("\u{0}"),
        json!("x".repeat(20_000)),
        json!("\u{202e}"),
        deep,
    ]
}

async fn alive(rest: &Rest) {
    rest.get("me").await.ok();
}

fn well_refused(answer: &Answer, what: &str) {
    assert!(answer.status.is_client_error(), "{what}: {} {}", answer.status, answer.body);
    let error = &answer.body["error"];
    assert!(!answer.code().is_empty(), "{what}: {}", answer.body);
    assert!(error["message"].as_str().is_some_and(|message| message.len() > 5), "{what}");
    assert!(error["retryable"].is_boolean(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_with_a_wrong_or_missing_or_additional_field_is_refused() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.sign_up("ada").await, rest.sign_up("bob").await);
    let chat = ada.open(&bob).await;
    ada.say(chat, "hi").await;
    let messages = format!("conversations/{chat}/messages");
    let bodies: Vec<(Method, String, Value, &[&str])> = vec![
        (
            Method::POST,
            "signup".into(),
            json!({ "email": "new@example.org", "username": "new", "password": PASSWORD }),
            &["email", "username", "password"],
        ),
        (
            Method::POST,
            "signin".into(),
            json!({ "login": "ada", "password": PASSWORD }),
            &["login", "password"],
        ),
        (
            Method::PATCH,
            "password".into(),
            json!({ "old_password": PASSWORD, "new_password": "another passphrase" }),
            &["old_password", "new_password"],
        ),
        (
            Method::POST,
            "conversations".into(),
            json!({ "kind": "direct", "user": "bob" }),
            &["kind", "user"],
        ),
        (
            Method::POST,
            messages.clone(),
            json!({ "client_msg_id": ClientMsgId::new(), "body": "x" }),
            &["client_msg_id", "body"],
        ),
        (Method::PATCH, format!("{messages}/1"), json!({ "body": "x" }), &["body"]),
        (
            Method::POST,
            format!("conversations/{chat}/read"),
            json!({ "conv_seq": 1 }),
            &["conv_seq"],
        ),
    ];
    for (method, path, body, fields) in bodies {
        let call = async |body: Value| ada.rest.call(method.clone(), &path, Some(body)).await;
        for field in fields {
            let mut missing = body.clone();
            missing.as_object_mut().expect("an object").remove(*field);
            well_refused(&call(missing).await, &format!("{path} without {field}"));
            for value in wrong_values() {
                let mut wrong = body.clone();
                wrong[*field] = value.clone();
                well_refused(&call(wrong).await, &format!("{path} with {field}={value:.40}"));
            }
        }
        let mut more = body.clone();
        more["role"] = json!("admin");
        let answer = call(more).await;
        answer.refused(422, "invalid_field");
        for whole in [json!(null), json!([]), json!("x"), json!(7)] {
            well_refused(&call(whole).await, &path);
        }
        alive(&ada.rest).await;
    }
    assert_eq!(bob.view(chat).await["head_seq"], 1, "nothing of it was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_or_not_said_to_be_is_refused() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let ada = rest.somebody().await;
    for garbage in
        [&b""[..], b"{", b"\xff\xfe", b"{\"a\":1", b"nul", b"{\"login\":\"\\ud800\"}", b"\0"]
    {
        let request = rest
            .request(Method::POST, "signin")
            .header("content-type", "application/json")
            .body(garbage.to_vec());
        well_refused(&rest.answer(request).await, "signin with garbage");
    }
    let request =
        rest.request(Method::POST, "signin").header("content-type", "text/plain").body("{}");
    rest.answer(request).await.refused(415, "unsupported_media_type");
    let twice = r#"{"login":"ada","login":"bob","password":"x"}"#;
    let request =
        rest.request(Method::POST, "signin").header("content-type", "application/json").body(twice);
    well_refused(&rest.answer(request).await, "a field twice");
    alive(&ada.rest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_needs_a_token_but_those_that_give_one() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let ada = rest.somebody().await;
    let document = rest.get("openapi.json").await.ok();
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() >= 12, "{paths:?}");
    let open = ["signup", "signin", "openapi.json", "health", "ws"];
    let mut checked = 0;
    for (path, methods) in paths {
        let path = path.strip_prefix("/api/v1/").expect("under /api/v1");
        if open.contains(&path) {
            continue;
        }
        let path = path
            .replace("{id}", &ConversationId::new().to_string())
            .replace("{user}", "ada")
            .replace("{conv_seq}", "1");
        for method in methods.as_object().expect("methods").keys() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            let body = (method != Method::GET).then(|| json!({}));
            rest.call(method.clone(), &path, body.clone()).await.refused(401, "auth_required");
            let stale = rest.with_token("cht_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
            stale.call(method.clone(), &path, body).await.refused(401, "session_ended");
            checked += 1;
        }
    }
    assert!(checked >= 18, "only {checked} routes were checked");
    for header in ["Bearer", "Bearer ", "Basic YTpi", "cht_x", "Bearer a b"] {
        let request = rest.request(Method::GET, "me").header("authorization", header);
        let answer = rest.answer(request).await;
        assert_eq!(answer.status, 401, "{header:?}");
    }
    let in_url = rest.get(&format!("me?token={}", ada.token)).await;
    in_url.refused(401, "auth_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_ids_and_ids_of_others_are_not_found() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob, eve) = (rest.somebody().await, rest.somebody().await, rest.somebody().await);
    let theirs = ada.open(&bob).await;
    ada.say(theirs, "hi").await;
    for id in [theirs.to_string(), ConversationId::new().to_string()] {
        let body = json!({ "client_msg_id": ClientMsgId::new(), "body": "x" });
        for answer in [
            eve.rest.get(&format!("conversations/{id}")).await,
            eve.rest.get(&format!("conversations/{id}/messages")).await,
            eve.rest.post(&format!("conversations/{id}/messages"), body).await,
            eve.rest.post(&format!("conversations/{id}/read"), json!({ "conv_seq": 1 })).await,
            eve.rest.patch(&format!("conversations/{id}/messages/1"), json!({ "body": "x" })).await,
            eve.rest.delete(&format!("conversations/{id}/messages/1")).await,
        ] {
            answer.refused(404, "not_found");
        }
    }
    ada.rest.get("users/nobody-here").await.refused(404, "not_found");
    let body = json!({ "kind": "direct", "user": "nobody-here" });
    ada.rest.post("conversations", body).await.refused(404, "not_found");
    ada.rest.delete(&format!("conversations/{theirs}/messages/2")).await.refused(404, "not_found");
    assert_eq!(bob.view(theirs).await["head_seq"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_paths_methods_and_queries_have_codes_too() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let ada = rest.somebody().await;
    ada.rest.get("nowhere").await.refused(404, "not_found");
    ada.rest.call(Method::PUT, "me", Some(json!({}))).await.refused(405, "method_not_allowed");
    ada.rest.delete("signin").await.refused(405, "method_not_allowed");
    for query in ["limit=0", "limit=-1", "limit=x", "limit=99999999999999999999", "after=%00"] {
        well_refused(&ada.rest.get(&format!("users?{query}")).await, query);
        well_refused(&ada.rest.get(&format!("conversations?{query}")).await, query);
    }
    let web_page = ada.rest.request(Method::GET, "me").header("origin", "https://evil.example");
    ada.rest.answer(web_page).await.refused(403, "origin_refused");
    let null = ada.rest.request(Method::GET, "me").header("origin", "null");
    ada.rest.answer(null).await.refused(403, "origin_refused");
    alive(&ada.rest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_none_close_and_frames_that_are_wrong_are_told() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    for (message, code) in [
        (Ws::text("not json"), 4000),
        (Ws::text("[1,2]"), 4000),
        (Ws::text(r#"{"kind":"x"}"#), 4000),
        (Ws::text(""), 4000),
        (Ws::binary(vec![0, 159, 146, 150]), 1003),
    ] {
        let mut socket = Socket::live(&server, &ada).await;
        assert!(socket.say_raw(message.clone()).await);
        assert_eq!(socket.closed().await, code, "{message:?}");
    }
    let key = ClientMsgId::new();
    let id = ConversationId::new();
    let mut socket = Socket::live(&server, &ada).await;
    for wrong in [
        json!({ "type": "send" }),
        json!({ "type": "send", "conversation": chat, "client_msg_id": key, "body": 7 }),
        json!({ "type": "send", "conversation": "x", "client_msg_id": key, "body": "x" }),
        json!({ "type": "send", "conversation": id, "client_msg_id": key, "body": "x" }),
        json!({ "type": "read", "conversation": chat, "conv_seq": -1 }),
        json!({ "type": "read", "conversation": id, "conv_seq": 1 }),
        json!({ "type": "typing", "conversation": 1 }),
        json!({ "type": "watch", "users": "all" }),
        json!({ "type": "watch", "users": vec![ada.id; 501] }),
        json!({ "type": "confirm", "position": 1 }),
        json!({ "type": "ping", "id": "x" }),
        json!({ "type": "hello", "token": "again" }),
    ] {
        socket.say_text(&wrong.to_string()).await;
        let told = |frame: chatter_protocol::ServerFrame| match frame {
            chatter_protocol::ServerFrame::Error { error }
            | chatter_protocol::ServerFrame::Refused { error, .. } => Some(error),
            _ => None,
        };
        socket.wait(&format!("an answer to {wrong}"), told).await;
    }
    socket.say_text(r#"{"type":"of_a_newer_version","x":{}}"#).await;
    assert_eq!(socket.send(chat, key, "still here").await.conv_seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_garbage_does_not_disturb_the_server() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let ada = rest.somebody().await;
    let upgrade = "GET /api/v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let mut cases: Vec<Vec<u8>> = vec![
        b"\0\0\0\0\0\0\0\0\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"POST /api/v1/signin HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec(),
        b"POST /api/v1/signin HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n".to_vec(),
        b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nA: ".iter().copied().chain(std::iter::repeat_n(b'a', 600_000)).collect(),
    ];
    for frame in [
        &[0x81u8, 0x05, b'h'][..],
        &[0xff, 0xff],
        &[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x89, 0xfe, 0xff, 0xff],
        &[0x00, 0x80, 0, 0, 0, 0],
    ] {
        cases.push([upgrade.as_bytes(), frame].concat());
    }
    for case in cases {
        let mut stream = TcpStream::connect(server.addr()).await.expect("it listens");
        // The server may answer and close before everything is written.
        let _ = stream.write_all(&case).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let ended = tokio::time::timeout(chatter_tests::PATIENCE, read).await;
        assert!(
            ended.is_ok(),
            "the connection stays open after {:?}",
            String::from_utf8_lossy(&case[..20.min(case.len())])
        );
        let text = String::from_utf8_lossy(&answer);
        assert!(!text.contains(" 500 ") && !text.contains(" 200 "), "{text}");
        alive(&ada.rest).await;
    }
}
