//! What the log says, to those who look for what went wrong.

mod support;

use std::io::{self, Write};

use chatter_server::settings::List;
use reqwest::Method;
use support::{PATIENCE, TestServer, sign_up_body};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// Hands each line to the test.
struct Lines(UnboundedSender<String>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // After the test nobody reads on.
        let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn line_with(lines: &mut UnboundedReceiver<String>, text: &str) -> String {
    let finding = async {
        loop {
            let line = lines.recv().await.expect("the log goes on");
            if line.contains(text) {
                return line;
            }
        }
    };
    timeout(PATIENCE, finding).await.expect(text)
}

#[tokio::test]
async fn it_tells_where_people_come_from_and_how_they_leave() {
    let (sender, mut lines) = unbounded_channel();
    let writer = move || Lines(sender.clone());
    tracing_subscriber::fmt().with_ansi(false).with_writer(writer).init();
    let server = TestServer::start_with(|settings| {
        settings.trusted_proxies = List(vec!["127.0.0.1".parse().expect("an address")]);
    })
    .await;
    let request = server.request(Method::POST, "signup").header("x-forwarded-for", "203.0.113.7");
    request.json(&sign_up_body("ada")).send().await.expect("answered");
    let line = line_with(&mut lines, "signed up").await;
    assert!(line.contains("address=203.0.113.7"), "{line}");

    let bob = server.sign_up("bob").await;
    let (socket, _) = server.connect(&bob, vec![]).await;
    drop(socket);
    let line = line_with(&mut lines, "disconnected").await;
    assert!(line.contains("end=Gone"), "it vanished without a close frame: {line}");
}
