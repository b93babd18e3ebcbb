//! REST, end to end: what is promised is done, what is wrong is refused by code and field.

mod support;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use support::{PASSWORD, TestServer};

/// Method, path, token and body of a request; status, code and field of its refusal.
type Case<'a> = (Method, &'a str, Option<&'a str>, Option<Value>, u16, &'a str, Option<&'a str>);

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn people_find_each_other_talk_and_read() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let get = async |who: &support::Account, path: &str| {
        let (status, answer) = server.ask(Method::GET, path, Some(&who.token), None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    };
    let found = get(&ada, "users?prefix=bo").await;
    assert_eq!(found["people"][0]["user"]["username"], "bob");
    assert!(found.to_string().find("example.org").is_none(), "addresses are private");

    // Pages of one, the online first.
    let (_socket, _) = server.connect(&bob, vec![]).await;
    let (mut names, mut path) = (Vec::new(), "users?limit=1".to_owned());
    loop {
        let page = get(&ada, &path).await;
        names.push(page["people"][0]["user"]["username"].as_str().expect("a name").to_owned());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("users?limit=1&after={next}");
    }
    assert_eq!(names, ["bob", "ada"]);

    let id = server.open_direct(&ada, "bob").await;
    assert_eq!(server.open_direct(&bob, "ada").await, id, "the same one each time");
    for number in 1..=3 {
        let key = chatter_protocol::ClientMsgId::new();
        let body = json!({ "client_msg_id": key, "body": format!("number {number}") });
        let path = format!("conversations/{id}/messages");
        for status in [StatusCode::CREATED, StatusCode::OK] {
            let answer =
                server.ask(Method::POST, &path, Some(&ada.token), Some(body.clone())).await;
            assert_eq!((answer.0, &answer.1["conv_seq"]), (status, &json!(number)));
        }
    }
    let list = get(&bob, "conversations").await;
    assert_eq!(list["conversations"][0]["unread_count"], 3);
    let page = get(&bob, &format!("conversations/{id}/messages?before=3&limit=1")).await;
    assert_eq!(
        (&page["from_seq"], &page["to_seq"], &page["head_seq"]),
        (&json!(2), &json!(2), &json!(3))
    );
    let whole = get(&bob, &format!("conversations/{id}/messages")).await;
    let second = whole["messages"][1]["created_at"].as_str().expect("a time");
    let page = get(&bob, &format!("conversations/{id}/messages?from_time={second}&limit=1")).await;
    assert!(page["messages"][0]["created_at"] == second, "{page}");
    let page =
        get(&bob, &format!("conversations/{id}/messages?from_time=2999-01-01T00:00:00%2B01:00"))
            .await;
    assert_eq!((&page["from_seq"], &page["to_seq"]), (&json!(4), &json!(3)));
    let path = format!("conversations/{id}/read");
    let read =
        server.ask(Method::POST, &path, Some(&bob.token), Some(json!({"conv_seq": 2}))).await;
    assert_eq!(read.1, json!({ "read_seq": 2, "unread_count": 1 }));

    let path = format!("conversations/{id}/messages/1");
    let edit = json!({ "body": "number one" });
    let (status, answer) =
        server.ask(Method::PATCH, &path, Some(&bob.token), Some(edit.clone())).await;
    assert_eq!((status, code(&answer)), (StatusCode::FORBIDDEN, "forbidden"));
    let (_, answer) = server.ask(Method::PATCH, &path, Some(&ada.token), Some(edit.clone())).await;
    assert_eq!(answer["body"], "number one");
    let (_, answer) = server.ask(Method::DELETE, &path, Some(&ada.token), None).await;
    assert_eq!((&answer["body"], answer["deleted_at"].is_string()), (&json!(""), true));
    let (status, answer) = server.ask(Method::PATCH, &path, Some(&ada.token), Some(edit)).await;
    assert_eq!((status, code(&answer)), (StatusCode::CONFLICT, "message_deleted"));
}

#[tokio::test]
async fn a_message_is_posted_to_a_person_without_opening_anything_first() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let key = chatter_protocol::ClientMsgId::new();
    let post = async |to: &str, body: Value| {
        let path = format!("users/{to}/messages");
        server.ask(Method::POST, &path, Some(&ada.token), Some(body)).await
    };
    // What is refused opens nothing.
    for (to, body, expected) in [
        ("bob", json!({ "client_msg_id": key, "body": " " }), "body_empty"),
        ("bob", json!({ "client_msg_id": key, "body": "hi", "reply_to": 1 }), "not_found"),
        ("nobody", json!({ "client_msg_id": key, "body": "hi" }), "not_found"),
        ("not a name", json!({ "client_msg_id": key, "body": "hi" }), "not_found"),
    ] {
        assert_eq!(code(&post(to, body).await.1), expected, "{to}");
    }
    let list = async || server.ask(Method::GET, "conversations", Some(&bob.token), None).await.1;
    assert_eq!(list().await["conversations"], json!([]));

    let body = json!({ "client_msg_id": key, "body": "hi, bob" });
    let (status, ack) = post("bob", body.clone()).await;
    assert_eq!((status, &ack["conv_seq"]), (StatusCode::CREATED, &json!(1)));
    let again = post(&bob.id.to_string(), body.clone()).await;
    assert_eq!(again, (StatusCode::OK, ack.clone()), "by id it is the same message");
    let (status, answer) = post("ada", body).await;
    assert_eq!((status, code(&answer)), (StatusCode::CONFLICT, "idempotency_conflict"));
    let listed = list().await;
    assert_eq!(listed["conversations"][0]["last_message"]["body"], "hi, bob");
    assert_eq!(listed["conversations"][0]["conversation"]["id"], ack["conversation"]);
}

#[tokio::test]
async fn every_refusal_has_a_code_a_request_id_and_the_common_headers() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let eve = server.sign_up("eve").await;
    let notes = server.open_direct(&ada, "ada").await;
    let token = Some(ada.token.as_str());
    let messages = format!("conversations/{notes}/messages");
    let both = format!("{messages}?before=2&after=1");
    let with_time = format!("{messages}?after=1&from_time=2026-02-03T04:05:06Z");
    let no_time = format!("{messages}?from_time=yesterday");
    let long = "x".repeat(16 * 1024 + 1);
    let huge = "x".repeat(64 * 1024);
    let key = chatter_protocol::ClientMsgId::new();
    let cases: Vec<Case<'_>> = vec![
        (Method::GET, "nowhere", token, None, 404, "not_found", None),
        (Method::PUT, "me", token, None, 405, "method_not_allowed", None),
        (Method::GET, "me", None, None, 401, "auth_required", None),
        (Method::GET, "me", Some("cht_forged"), None, 401, "session_ended", None),
        (Method::GET, "users/nobody", token, None, 404, "not_found", None),
        (Method::GET, "users?limit=201", token, None, 422, "invalid_field", Some("limit")),
        (Method::GET, "users?limit=0", token, None, 422, "invalid_field", Some("limit")),
        (Method::GET, "users?limit=x", token, None, 422, "invalid_field", Some("limit")),
        (Method::GET, "users?colour=1", token, None, 422, "invalid_field", Some("colour")),
        (Method::GET, "users?after=x", token, None, 422, "invalid_field", Some("after")),
        (Method::GET, "conversations?after=1.x", token, None, 422, "invalid_field", Some("after")),
        (Method::GET, "conversations/x", token, None, 404, "not_found", None),
        (Method::GET, &messages, Some(&eve.token), None, 404, "not_found", None),
        (Method::GET, &both, token, None, 422, "invalid_field", Some("after")),
        (Method::GET, &with_time, token, None, 422, "invalid_field", Some("from_time")),
        (Method::GET, &no_time, token, None, 422, "invalid_field", Some("from_time")),
        (Method::DELETE, "sessions/x", token, None, 404, "not_found", None),
        (Method::GET, "ws", token, None, 400, "bad_request", None),
        (Method::PATCH, "me", token, Some(json!({"id": "x"})), 422, "invalid_field", Some("id")),
        (
            Method::PATCH,
            "me",
            token,
            Some(json!({"display_name": " "})),
            422,
            "invalid_field",
            Some("display_name"),
        ),
        (
            Method::POST,
            "signin",
            None,
            Some(json!({"login": "ada"})),
            422,
            "invalid_field",
            Some("password"),
        ),
        (
            Method::POST,
            "signin",
            None,
            Some(json!({"login": "ada", "password": huge})),
            413,
            "too_large",
            None,
        ),
        (
            Method::POST,
            &messages,
            token,
            Some(json!({"client_msg_id": key, "body": long})),
            422,
            "body_too_long",
            Some("body"),
        ),
        (
            Method::POST,
            &messages,
            token,
            Some(json!({"client_msg_id": key, "body": " "})),
            422,
            "body_empty",
            Some("body"),
        ),
        (
            Method::POST,
            &messages,
            token,
            Some(json!({"client_msg_id": key, "body": "\u{1b}"})),
            422,
            "text_refused",
            Some("body"),
        ),
        (
            Method::POST,
            &messages,
            token,
            Some(json!({"client_msg_id": "x", "body": "x"})),
            422,
            "invalid_field",
            Some("client_msg_id"),
        ),
    ];
    for (method, path, token, body, status, expected, field) in cases {
        let response = server.send(method.clone(), path, token, body).await;
        assert_eq!(response.status(), status, "{method} {path}");
        let headers = response.headers().clone();
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(!headers.contains_key("set-cookie"));
        let answer: Value = response.json().await.expect("JSON");
        assert_eq!(code(&answer), expected, "{method} {path}");
        assert_eq!(answer["error"]["field"].as_str(), field, "{method} {path}: {answer}");
        assert_eq!(headers["x-request-id"], answer["error"]["request_id"].as_str().expect("an id"));
    }
    let url = format!("{}/api/v1/signin", server.running.url());
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    for (content_type, body, status) in
        [("text/plain", "{}", 415), ("application/json", "{", 400), ("application/json", "", 400)]
    {
        let request = client.post(&url).header("content-type", content_type).body(body);
        assert_eq!(
            request.send().await.expect("answered").status(),
            status,
            "{content_type} {body}"
        );
    }
    for path in ["me", "ws", "nowhere"] {
        let url = format!("{}/api/v1/{path}", server.running.url());
        let response = client.get(url).header("origin", "https://evil.example").send().await;
        assert_eq!(response.expect("answered").status(), 403, "{path}");
    }
}

#[tokio::test]
async fn accounts_are_unique_and_who_exists_is_not_told_at_the_door() {
    let server = TestServer::start().await;
    server.sign_up("ada").await;
    let signup = async |email: &str, username: &str, password: &str| {
        let body = json!({ "email": email, "username": username, "password": password });
        let (status, answer) = server.ask(Method::POST, "signup", None, Some(body)).await;
        (status.as_u16(), code(&answer).to_owned())
    };
    let refused = |status, code: &str| (status, code.to_owned());
    assert_eq!(signup("ADA@example.org", "ada2", PASSWORD).await, refused(409, "email_taken"));
    assert_eq!(signup("b@example.org", "ada", PASSWORD).await, refused(409, "username_taken"));
    assert_eq!(signup("b@example.org", "bob", "password1").await, refused(422, "password_refused"));
    assert_eq!(signup("b@", "bob", PASSWORD).await, refused(422, "invalid_field"));
    assert_eq!(signup("b@example.org", "Bob!", PASSWORD).await, refused(422, "invalid_field"));

    let mut answers = Vec::new();
    for login in ["ada", "ada@example.org", "nobody", "nobody@example.org", "\u{0}", ""] {
        let body = json!({ "login": login, "password": "not the password" });
        let (status, mut answer) = server.ask(Method::POST, "signin", None, Some(body)).await;
        answer["error"]["request_id"] = Value::Null;
        answers.push((status, answer));
    }
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn a_status_ends_with_itself_and_in_the_future() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let patch = async |body: Value| {
        let (status, answer) = server.ask(Method::PATCH, "me", Some(&ada.token), Some(body)).await;
        (status.as_u16(), answer)
    };
    let (past, future) = ("2026-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z");
    for refused in [
        json!({ "status_message": "at lunch", "status_expires_at": past }),
        json!({ "status_expires_at": future }),
        json!({ "status_message": " ", "status_expires_at": future }),
    ] {
        let (status, answer) = patch(refused.clone()).await;
        let field = &answer["error"]["field"];
        assert_eq!((status, code(&answer)), (422, "invalid_field"), "{refused}");
        assert_eq!(field, "status_expires_at", "{refused}");
    }
    let (_, set) =
        patch(json!({ "status_message": "at lunch", "status_expires_at": future })).await;
    assert_eq!(set["user"]["status_expires_at"], future);
    let (_, same) = patch(json!({ "time_zone": "Europe/London" })).await;
    assert_eq!(same["user"]["status_expires_at"], future, "what is absent stays");
    assert_eq!(same["user"]["time_zone"], "Europe/London");
    let (_, endless) = patch(json!({ "status_message": "back" })).await;
    assert!(endless["user"].get("status_expires_at").is_none(), "{endless}");
}

#[tokio::test]
async fn guessing_is_slowed_down_but_locks_nobody_out() {
    let server = TestServer::start_with(|settings| settings.signin_failures_per_account = 2).await;
    let ada = server.sign_up("ada").await;
    let (status, _) = server.ask(Method::DELETE, "signout", Some(&ada.token), None).await;
    assert_eq!(status, StatusCode::OK);
    let sign_in = async |login: &str, password: &str| {
        let body = json!({ "login": login, "password": password });
        server.send(Method::POST, "signin", None, Some(body)).await
    };
    for login in ["ada", "nobody"] {
        for _ in 0..2 {
            assert_eq!(sign_in(login, "not the password").await.status(), 401);
        }
        let refused = sign_in(login, PASSWORD).await;
        assert_eq!(refused.status(), 429, "{login}");
        let seconds = refused.headers()["retry-after"].to_str().expect("text").parse::<u64>();
        assert!(seconds.is_ok_and(|seconds| (1..=900).contains(&seconds)));
    }
    // Where an account has a session, failures elsewhere don't count.
    let bob = server.sign_up("bob").await;
    for _ in 0..5 {
        assert_eq!(sign_in("bob", PASSWORD).await.status(), 200, "success is never limited");
    }
    assert!(!bob.token.is_empty());
}

#[tokio::test]
async fn the_api_describes_itself() {
    let server = TestServer::start().await;
    let (_, document) = server.ask(Method::GET, "openapi.json", None, None).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["title"], "Chatter");
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.keys().all(|path| path.starts_with("/api/v1/")));
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("methods") {
            assert!(operation["responses"]["500"].is_object(), "{method} {path}");
        }
    }
    // Whatever it refers to is in it.
    let text = document.to_string();
    for name in
        text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next())
    {
        assert!(document["components"]["schemas"][name].is_object(), "{name} is missing");
    }
    let (status, answer) = server.ask(Method::GET, "health", None, None).await;
    assert_eq!((status, answer), (StatusCode::OK, json!({ "status": "ready" })));
}
