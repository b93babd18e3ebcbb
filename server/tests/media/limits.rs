//! How much an account may store, how large a file and its name may be, and what breaks off.

use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{Account, PATIENCE, TestServer};
use super::{Uploads, form, told};

#[tokio::test]
async fn fifty_uploads_at_once_and_the_account_stays_within_its_room() {
    let server = TestServer::start_with(|settings| {
        settings.media_bytes_per_account = 100_000;
        settings.media_files_per_account = 8;
    })
    .await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let uploads =
        (0..50_u8).map(|seed| told(server.posting(&ada, form("x.log", vec![seed; 15_000]))));
    let answers = futures_util::future::join_all(uploads).await;
    let stored = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    let refused = answers.iter().filter(|(_, answer)| answer["error"]["code"] == "quota_exceeded");
    assert_eq!(stored + refused.count(), 50, "{answers:?}");
    assert!((1..=6).contains(&stored), "{stored}");
    // One after the other they fill it to the last.
    let mut stored = stored;
    while told(server.posting(&ada, form("x.log", vec![99; 15_000]))).await.0 == StatusCode::CREATED
    {
        stored += 1;
    }
    assert_eq!(stored, 6);
    for _ in 6..8 {
        server.upload(&ada, "small.log", b"x".to_vec()).await;
    }
    let (status, answer) = told(server.posting(&ada, form("small.log", b"x".to_vec()))).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (409, &json!("quota_exceeded")));
    server.upload(&bob, "x.log", vec![1; 15_000]).await;
    assert!(
        !server
            .files()
            .iter()
            .any(|path| path.starts_with(server.data.path().join("media/incoming")))
    );
}

#[tokio::test]
async fn the_limit_is_the_last_size_that_is_taken_and_names_lead_nowhere() {
    let server = TestServer::start_with(|settings| settings.upload_bytes_max = 50_000).await;
    let ada = server.sign_up("ada").await;
    server.upload(&ada, "all.log", vec![b'x'; 50_000]).await;
    let (status, answer) = told(server.posting(&ada, form("x.log", vec![b'x'; 50_001]))).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (413, &json!("too_large")), "{answer}");
    let (status, answer) = told(server.posting(&ada, form("x.log", Vec::new()))).await;
    assert_eq!((status.as_u16(), &answer["error"]["field"]), (422, &json!("file")), "{answer}");
    let before = server.files().len();
    let long = "x".repeat(5_000);
    let names = [
        "../../../../tmp/chatter-escaped",
        "..\\..\\x",
        "/etc/passwd",
        "C:\\x",
        "a\0b",
        "%2e%2e%2fx",
        "..",
        ".",
        "",
        "CON",
        "nul.txt",
        "a/../../b",
        "\u{202e}gpj.exe",
        "a\nb",
        "x\r\nSet-Cookie: a=b",
        "\u{1b}]0;x\u{7}",
        &long,
        "file://x",
        "~/x",
        "$(reboot)",
        "`id`",
        "|x",
        "-rf",
        "x;y",
    ];
    let mut stored = 0;
    for (at, name) in names.into_iter().enumerate() {
        let bytes = vec![b'a' + at as u8; 10];
        let (status, attachment) = told(server.posting(&ada, form(name, bytes))).await;
        if !status.is_success() {
            // A name that ends its header makes the form none.
            assert!(
                status == StatusCode::BAD_REQUEST && name.chars().any(char::is_control),
                "{name:?}"
            );
            continue;
        }
        stored += 1;
        let told = attachment["name"].as_str().expect("a name");
        assert!(!told.contains(['/', '\\', '\n', '\u{1b}', '\u{202e}']), "{name:?}: {told:?}");
        assert!(!told.is_empty() && told.len() <= 200, "{name:?}: {told:?}");
    }
    assert_eq!(server.files().len(), before + stored);
    assert!(!Path::new("/tmp/chatter-escaped").exists());
    assert_eq!(told(server.posting(&ada, Form::new())).await.0, StatusCode::BAD_REQUEST);
    for form in [
        Form::new().text("file", "a text"),
        Form::new().text("caption", "unknown").part("file", Part::bytes(vec![1]).file_name("x")),
        Form::new().part("picture", Part::bytes(vec![1]).file_name("x")),
        Form::new().text("alt", "x".repeat(501)).part("file", Part::bytes(vec![1]).file_name("x")),
        Form::new().text("alt", "a\u{1b}[2J").part("file", Part::bytes(vec![1]).file_name("x")),
    ] {
        let (status, answer) = told(server.posting(&ada, form)).await;
        assert_eq!(status.as_u16(), 422, "{answer}");
    }
}

/// Sends the start of an upload over a bare connection and hangs up.
async fn hang_up(server: &TestServer, who: &Account, sent: usize) {
    let mut line = TcpStream::connect(server.running.addr).await.expect("connected");
    let head = format!(
        "POST /api/v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 60000\r\n\
         Content-Type: multipart/form-data; boundary=cut\r\n\r\n--cut\r\nContent-Disposition: \
         form-data; name=\"file\"; filename=\"x\"\r\n\r\n",
        who.token
    );
    line.write_all(head.as_bytes()).await.expect("sent");
    let _ = line.write_all(&vec![b'x'; sent]).await;
    let _ = line.shutdown().await;
    // The server says what it makes of it, or hangs up, too.
    let _ = line.read_to_end(&mut Vec::new()).await;
}

#[tokio::test]
async fn a_thousand_uploads_that_break_off_leave_nothing() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    for round in 0..50_usize {
        let cuts = (0..20).map(|at| hang_up(&server, &ada, (round * 20 + at) * 59));
        futures_util::future::join_all(cuts).await;
    }
    let clean = async {
        while !server.files().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, clean).await.expect("nothing is left");
    // Nor do they count any more.
    server.upload(&ada, "x.log", b"whole".to_vec()).await;
}
