//! The routes against a stub that answers one request with bytes of the test's choice.

use std::time::Duration;

use chatter_protocol::ErrorCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;

/// Answers the next request with `answer`; gives back what was asked.
async fn stub(answer: impl Into<Vec<u8>>) -> (Api, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let answer = answer.into();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("accepts");
        let mut request = Vec::new();
        while !is_whole(&request) {
            let read = stream.read_buf(&mut request).await.expect("reads");
            assert!(read > 0, "the request ended early");
        }
        // A client that refuses the answer may hang up before its end.
        let _ = stream.write_all(&answer).await;
        String::from_utf8(request).expect("text")
    });
    (api(&format!("http://{address}")), asked)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok()
    });
    body.len() >= length.unwrap_or(0)
}

fn api(address: &str) -> Api {
    let server = ServerUrl::parse(address, false).expect("valid");
    let options = NetOptions {
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_millis(1_500),
        ..NetOptions::default()
    };
    Api::new(server, &options).expect("builds").with_token(Secret::new("token"))
}

fn http(status: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

fn json(body: &str) -> String {
    http("200 OK", "application/json", body)
}

#[tokio::test]
async fn a_call_names_its_route_its_session_and_its_range() {
    let page = r#"{"messages":[],"from_seq":1,"to_seq":0,"head_seq":0,"of_the_future":true}"#;
    let (api, asked) = stub(json(page)).await;
    let id = ConversationId::new();
    let range = HistoryQuery::new(HistoryRange::Before(7), 50);
    let page = api.messages(id, range).await.expect("answers");
    assert_eq!((page.from_seq, page.to_seq), (1, 0));
    let asked = asked.await.expect("asked");
    let line = format!("GET /api/v1/conversations/{id}/messages?before=7&limit=50 HTTP/1.1\r\n");
    assert!(asked.starts_with(&line), "{asked}");
    assert!(asked.contains("authorization: Bearer token\r\n"), "{asked}");
}

#[tokio::test]
async fn what_a_person_types_is_encoded() {
    let (api, asked) = stub(json(r#"{"people":[]}"#)).await;
    api.users("a&b=c d", Some("é/"), 10).await.expect("answers");
    let asked = asked.await.expect("asked");
    let query = "/api/v1/users?prefix=a%26b%3Dc+d&after=%C3%A9%2F&limit=10 ";
    assert!(asked.contains(query), "{asked}");
}

#[tokio::test]
async fn a_success_without_a_body_is_one() {
    for status in ["204 No Content", "200 OK"] {
        let (api, _asked) = stub(http(status, "text/plain", "")).await;
        assert_eq!(api.end_session(SessionId::new()).await, Ok(()));
    }
}

#[tokio::test]
async fn a_refusal_keeps_its_code_and_its_text_is_made_safe() {
    let body = r#"{"error":{"code":"username_taken","message":"Taken.\u001b[2J","retryable":false,
        "field":"username"}}"#;
    let (api, _asked) = stub(http("409 Conflict", "application/json", body)).await;
    let error = api.me().await.expect_err("refused");
    assert_eq!(error.code(), Some(ErrorCode::UsernameTaken));
    assert_eq!(error.to_string(), "Taken.\u{fffd}[2J");
    assert!(!error.is_retryable() && !error.is_session_ended());
}

#[tokio::test]
async fn an_ended_session_is_told_apart() {
    let body = r#"{"error":{"code":"session_ended","message":"Sign in.","retryable":false}}"#;
    let (api, _asked) = stub(http("401 Unauthorized", "application/json", body)).await;
    assert!(api.me().await.expect_err("ended").is_session_ended());
}

#[tokio::test]
async fn what_is_no_chatter_server_is_called_so() {
    for answer in [
        http("200 OK", "text/html", "<html>a router's sign-in page</html>"),
        http("404 Not Found", "text/html", "<html>nginx</html>"),
        json("[1,2"),
        json("{}"),
        json(""),
        http("302 Found", "text/html", ""),
    ] {
        let (api, _asked) = stub(answer.clone()).await;
        let error = api.me().await.expect_err("no server");
        assert!(matches!(error, NetError::NotChatter { .. }), "{answer}: {error}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (elsewhere, mut asked_elsewhere) = stub(json("{}")).await;
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {}/api/v1/me\r\ncontent-length: 0\r\n\r\n",
        elsewhere.server()
    );
    let (api, _asked) = stub(answer).await;
    assert!(matches!(api.me().await, Err(NetError::NotChatter { .. })));
    let asked = tokio::time::timeout(Duration::from_millis(200), &mut asked_elsewhere).await;
    assert!(asked.is_err(), "the redirect was followed");
}

#[tokio::test]
async fn a_proxy_whose_server_is_away_is_worth_another_try() {
    let (api, _asked) = stub(http("502 Bad Gateway", "text/html", "<html>nginx</html>")).await;
    let error = api.me().await.expect_err("away");
    assert!(matches!(error, NetError::Unreachable { .. }) && error.is_retryable(), "{error}");
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let mut answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n".to_vec();
    answer.resize(answer.len() + 5 * 1024 * 1024, b' ');
    let (api, _asked) = stub(answer).await;
    let error = api.me().await.expect_err("too large");
    assert!(error.to_string().contains("4194304"), "{error}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_lost_connection() {
    let (api, _asked) = stub("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
    let error = api.me().await.expect_err("broken off");
    assert!(matches!(error, NetError::Lost { .. }) && error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    assert_eq!(api(&format!("http://{address}")).me().await, Err(NetError::TimedOut));
}

#[tokio::test]
async fn nobody_there_and_no_tls_there_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let error = api(&format!("http://{address}")).me().await.expect_err("nobody");
    assert!(matches!(error, NetError::Unreachable { .. }), "{error}");

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("accepts");
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let error = api(&format!("https://{address}")).me().await.expect_err("no TLS");
    assert!(matches!(error, NetError::Tls { .. }), "{error}");
}

#[test]
fn what_the_options_forbid_is_refused_before_the_first_byte() {
    let server = ServerUrl::parse("http://chat.example.org", true).expect("parses");
    let error = Api::new(server, &NetOptions::default()).expect_err("plain");
    assert!(error.to_string().contains("--allow-plain-http"), "{error}");
    let server = ServerUrl::parse("https://chat.example.org", false).expect("parses");
    let options = NetOptions { ca_file: Some("/nowhere.pem".into()), ..NetOptions::default() };
    let error = Api::new(server, &options).expect_err("no file");
    assert!(error.to_string().contains("/nowhere.pem"), "{error}");
}

#[test]
fn debug_output_hides_the_token() {
    assert!(!format!("{:?}", api("http://127.0.0.1:1")).contains("token\""));
}
