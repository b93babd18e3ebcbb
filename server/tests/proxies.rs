//! Where a client comes from: what a proxy says counts only if the operator trusts it.

mod support;

use chatter_server::settings::List;
use reqwest::{Method, StatusCode};
use support::{TestServer, sign_up_body};
use tokio::net::TcpStream;

/// A server that takes one sign-up from each address and believes these proxies.
async fn server(trusted: &[&str]) -> TestServer {
    let trusted = trusted.iter().map(|it| it.parse().expect("an address")).collect();
    TestServer::start_with(|settings| {
        settings.signups_per_address = 1;
        settings.unauthenticated_per_address = 1;
        settings.trusted_proxies = List(trusted);
    })
    .await
}

/// Signs somebody up, with every header in which a proxy may name a client.
async fn sign_up(server: &TestServer, username: &str, forwarded_for: &str) -> StatusCode {
    let request = server
        .request(Method::POST, "signup")
        .header("x-forwarded-for", forwarded_for)
        .header("x-real-ip", format!("10.9.8.{}", username.len()))
        .header("forwarded", format!("for=10.9.8.{}", username.len()))
        .json(&sign_up_body(username));
    request.send().await.expect("answered").status()
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_limits_of_its_own() {
    let server = server(&["127.0.0.1", "198.51.100.1"]).await;
    let (one, other) = ("203.0.113.1", "6.6.6.6, 203.0.113.2, 198.51.100.1");
    assert_eq!(sign_up(&server, "ada", one).await, StatusCode::CREATED);
    assert_eq!(sign_up(&server, "bob", other).await, StatusCode::CREATED);
    // What a client puts in front of what the proxy saw changes nothing.
    let forged = "7.7.7.7, 203.0.113.1";
    assert_eq!(sign_up(&server, "eve", forged).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn nobody_else_is_believed() {
    let server = server(&["198.51.100.1"]).await;
    assert_eq!(sign_up(&server, "ada", "203.0.113.1").await, StatusCode::CREATED);
    let forged = "203.0.113.2, 198.51.100.1";
    assert_eq!(sign_up(&server, "eve", forged).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_trusted_proxys_connections_count_for_nobody() {
    let server = server(&["127.0.0.1"]).await;
    let connect = async || TcpStream::connect(server.running.addr).await.expect("connected");
    let (first, _second) = (connect().await, connect().await);
    assert_eq!(sign_up(&server, "ada", "203.0.113.1").await, StatusCode::CREATED);
    let said = first.try_read(&mut [0; 1]).map_err(|error| error.kind());
    assert_eq!(said, Err(std::io::ErrorKind::WouldBlock), "it is neither refused nor closed");
}
