//! The user stream in pages.

mod support;

use chatter_protocol::limits::RESUME_EVENTS_MAX;
use chatter_protocol::rest::EventsPage;
use chatter_protocol::{ClientFrame, ClientMsgId, ConversationId, Event, ServerFrame};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use support::{Account, TestServer};

async fn page(server: &TestServer, who: &Account, query: &str) -> EventsPage {
    let path = format!("events?{query}");
    let (status, answer) = server.ask(Method::GET, &path, Some(&who.token), None).await;
    assert_eq!(status, StatusCode::OK, "{query}: {answer}");
    serde_json::from_value(answer).expect("a page")
}

/// The code and field of a refusal.
async fn refusal(server: &TestServer, who: &Account, query: &str) -> (u16, Value, Value) {
    let path = format!("events?{query}");
    let (status, answer) = server.ask(Method::GET, &path, Some(&who.token), None).await;
    (status.as_u16(), answer["error"]["code"].clone(), answer["error"]["field"].clone())
}

async fn post(server: &TestServer, who: &Account, to: ConversationId, body: &str) {
    let path = format!("conversations/{to}/messages");
    let body = json!({ "client_msg_id": ClientMsgId::new(), "body": body });
    let (status, answer) = server.ask(Method::POST, &path, Some(&who.token), Some(body)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
}

#[tokio::test]
async fn pages_of_any_size_are_the_whole_stream_and_a_hello_goes_on_from_them() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let notes = server.open_direct(&ada, "ada").await;
    for number in 1..=6 {
        post(&server, &ada, notes, &format!("number {number}")).await;
    }
    let whole = page(&server, &ada, "after=0").await;
    assert_eq!((whole.head_seq, whole.position.seq), (7, 7));
    assert!(matches!(whole.events[0].event, Event::ConversationAdded { .. }));
    let now = page(&server, &ada, "").await;
    assert_eq!((now.events, now.position, now.head_seq), (vec![], whole.position.clone(), 7));
    for limit in [1, 3, 200] {
        let mut walked = Vec::new();
        let (mut epoch, mut after) = (String::new(), 0);
        loop {
            let query = format!("epoch={epoch}&after={after}&limit={limit}");
            let got = page(&server, &ada, &query).await;
            assert!(got.events.len() <= limit && got.head_seq == 7);
            if got.events.is_empty() {
                assert_eq!(got.position, whole.position, "it stays where it was asked");
                break;
            }
            (epoch, after) = (got.position.epoch, got.position.seq);
            assert_eq!(got.events.last().map(|it| it.seq), Some(after));
            walked.extend(got.events);
        }
        assert_eq!(walked, whole.events, "in pages of {limit}");
    }
    let halfway = page(&server, &ada, "after=0&limit=4").await.position;
    let (mut socket, _) = server.connect(&ada, vec![halfway]).await;
    assert_eq!(socket.event().await.0, 5);
    let (mut socket, _) = server.connect(&ada, vec![whole.position]).await;
    socket.say(&ClientFrame::Ping { id: 1 }).await;
    assert_eq!(socket.next().await, ServerFrame::Pong { id: 1 });
}

#[tokio::test]
async fn a_page_ends_early_when_it_has_enough_bytes() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let notes = server.open_direct(&ada, "ada").await;
    let body = "x".repeat(16 * 1024);
    for _ in 0..20 {
        post(&server, &ada, notes, &body).await;
    }
    // The opening, and as many of 16 KiB as go into 256 KiB.
    assert_eq!(page(&server, &ada, "after=0&limit=200").await.events.len(), 1 + 16);
    assert_eq!(page(&server, &ada, "after=0&limit=1").await.events.len(), 1);
}

#[tokio::test]
async fn positions_of_another_history_are_refused() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    server.open_direct(&ada, "ada").await;
    let epoch = page(&server, &ada, "").await.position.epoch;
    let unknown = (409, json!("position_unknown"), Value::Null);
    assert_eq!(refusal(&server, &ada, &format!("epoch={epoch}&after=2")).await, unknown);
    assert_eq!(refusal(&server, &ada, "epoch=another&after=1").await, unknown);
    assert_eq!(refusal(&server, &ada, "after=1").await, unknown);
    assert_eq!(page(&server, &ada, &format!("epoch={epoch}&after=1")).await.events, []);
    assert_eq!(page(&server, &ada, "epoch=another&after=0").await.events.len(), 1);
    for (query, field) in
        [("limit=0", "limit"), ("limit=201", "limit"), ("after=-1", "after"), ("x=1", "x")]
    {
        let refused = refusal(&server, &ada, query).await;
        assert_eq!(refused, (422, json!("invalid_field"), json!(field)), "{query}");
    }
}

#[tokio::test]
async fn a_position_too_far_behind_for_a_socket_is_served() {
    let server = TestServer::start_with(|settings| settings.frames_per_second = 0).await;
    let ada = server.sign_up("ada").await;
    let notes = server.open_direct(&ada, "ada").await;
    let start = page(&server, &ada, "").await.position;
    let (mut socket, _) = server.connect(&ada, vec![start.clone()]).await;
    for conv_seq in 1..=RESUME_EVENTS_MAX + 1 {
        let send = chatter_protocol::frame::Send {
            attachments: Vec::new(),
            conversation: notes,
            client_msg_id: ClientMsgId::new(),
            body: "x".to_owned(),
            reply_to: None,
        };
        socket.say(&ClientFrame::Send(send)).await;
        while socket.event().await.0 != conv_seq + 1 {}
    }
    let (mut late, _) = server.connect(&ada, vec![start.clone()]).await;
    assert!(matches!(late.next().await, ServerFrame::Reset { .. }), "the control");
    let query = format!("epoch={}&after={}&limit=200", start.epoch, start.seq);
    let got = page(&server, &ada, &query).await;
    assert_eq!((got.events.len(), got.events[0].seq), (200, 2));
    assert_eq!(got.head_seq, RESUME_EVENTS_MAX + 2);
}
