//! The server fetches nothing that people name: addresses in everything that they can write lead to
//! no connection. What listens is in reach and would hear it.

mod support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chatter_protocol::ClientMsgId;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;
use support::TestServer;
use tokio::net::{TcpListener, TcpStream};

/// Counts who connects.
async fn canary(ip: IpAddr) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((ip, 0)).await.expect("listens");
    let port = listener.local_addr().expect("an address").port();
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hits);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, hits)
}

/// Ways to write where the canaries sit.
fn addresses(port: u16, port6: u16) -> Vec<String> {
    let hosts = [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "127.0.0.1.",
        "localhost.",
        "127.127.127.127",
        "[::ffff:127.0.0.1]",
    ];
    let schemes = ["http", "https", "ws", "ftp", "gopher", "HTTP"];
    let mut all: Vec<String> = schemes
        .iter()
        .flat_map(|scheme| hosts.iter().map(move |host| format!("{scheme}://{host}:{port}/x.png")))
        .collect();
    all.push(format!("http://[::1]:{port6}/x.png"));
    all.push(format!("http://user:pass@[0:0:0:0:0:0:0:1]:{port6}/"));
    all.push(format!("//127.0.0.1:{port}/x.png"));
    all.push(format!("http://example.org@127.0.0.1:{port}/"));
    all.push(format!("http:\\\\127.0.0.1:{port}\\x.png"));
    all
}

#[tokio::test]
async fn no_address_that_people_write_is_ever_connected_to() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let chat = server.open_direct(&ada, "ada").await;
    let (port, hits) = canary(IpAddr::V4(Ipv4Addr::LOCALHOST)).await;
    let (port6, hits6) = canary(IpAddr::V6(Ipv6Addr::LOCALHOST)).await;
    let addresses = addresses(port, port6);
    assert!(addresses.len() >= 80);
    let path = format!("conversations/{chat}/messages");
    for address in &addresses {
        let body =
            json!({ "client_msg_id": ClientMsgId::new(), "body": format!("![x]({address})") });
        let (status, answer) = server.ask(Method::POST, &path, Some(&ada.token), Some(body)).await;
        assert_eq!(status.as_u16(), 201, "{answer}");
        let short: String = address.chars().take(60).collect();
        let profile = json!({ "display_name": short, "status_message": address });
        let (status, answer) =
            server.ask(Method::PATCH, "me", Some(&ada.token), Some(profile)).await;
        assert_eq!(status.as_u16(), 200, "{answer}");
        // A picture's place, as clients of other servers send it.
        let svg = format!("<svg xmlns:x='x'><image href='{address}'/></svg>");
        let part = Part::bytes(svg.into_bytes()).file_name(address.clone());
        let form = Form::new().text("alt", address.clone()).part("file", part);
        let request = server.request(Method::POST, "media").bearer_auth(&ada.token).multipart(form);
        assert_eq!(request.send().await.expect("answered").status().as_u16(), 201, "{address}");
        for header in ["host", "x-forwarded-host", "referer", "x-original-url"] {
            let request = server.request(Method::GET, "me").bearer_auth(&ada.token);
            let answer = request.header(header, address).send().await;
            assert!(
                answer.is_err() || answer.is_ok_and(|answer| !answer.status().is_server_error())
            );
        }
    }
    assert_eq!((hits.load(Ordering::SeqCst), hits6.load(Ordering::SeqCst)), (0, 0));
    // They would have heard.
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("in reach");
    while hits.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}
