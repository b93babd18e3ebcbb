//! The headless client against stubs: from when on it hears, what it confirms, how often it sends.

use chatter_protocol::{MessageId, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::net::stub_socket::{self, StubServer, StubSocket};

fn client(server: &ServerUrl) -> Client {
    let options = NetOptions::default();
    let api = Api::new(server.clone(), &options).expect("builds");
    let ServerFrame::Welcome(welcome) = stub_socket::welcome("e", 0, 15_000) else {
        unreachable!("it is one")
    };
    Client::connect(api, Secret::new("token"), welcome.me, &options)
}

#[tokio::test]
async fn hears_what_happens_from_now_on_and_confirms_what_was_dealt_with() {
    let server = StubServer::start().await;
    let mut client = client(&server.url());
    let mut socket: StubSocket = server.welcome(3).await.0;
    for seq in 1..=4 {
        socket.say_event(seq).await;
    }
    assert!(client.online().await);
    assert_eq!(client.next_event().await, Some(Event::Unknown));
    assert_eq!(client.unconfirmed, Some(Position::user("e", 4)), "what was before was returned");
    let next = tokio::spawn(async move { client.next_event().await });
    let confirmed = loop {
        match socket.next().await {
            Some(ClientFrame::Confirm { position }) if position.seq == 4 => break position,
            Some(_) => {}
            None => panic!("the client hung up"),
        }
    };
    assert_eq!(confirmed, Position::user("e", 4));
    socket.close(chatter_protocol::CloseCode::SessionEnded).await;
    assert_eq!(next.await.expect("returns"), None);
}

async fn read_request(stream: &mut TcpStream) -> PostMessageRequest {
    let mut request = Vec::new();
    loop {
        assert!(stream.read_buf(&mut request).await.expect("reads") > 0, "ended early");
        let text = String::from_utf8_lossy(&request);
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(request) = serde_json::from_str(body)
        {
            return request;
        }
    }
}

#[tokio::test]
async fn a_send_whose_answer_is_lost_is_repeated_with_its_key() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let server = ServerUrl::parse(&format!("http://{address}"), false).expect("valid");
    let link = StubServer::start().await;
    let mut client = client(&link.url());
    client.api = Api::new(server, &NetOptions::default()).expect("builds");
    let conversation = ConversationId::new();
    let answers = async {
        let (mut stream, _) = listener.accept().await.expect("accepts");
        let first = read_request(&mut stream).await;
        drop(stream);
        let (mut stream, _) = listener.accept().await.expect("accepts");
        let second = read_request(&mut stream).await;
        assert_eq!(first, second);
        let ack = serde_json::to_string(&Ack {
            client_msg_id: second.client_msg_id,
            msg_id: MessageId::new(),
            conversation,
            conv_seq: 1,
            created_at: Timestamp::now(),
        })
        .expect("writes");
        let length = ack.len();
        let answer = format!(
            "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{ack}"
        );
        stream.write_all(answer.as_bytes()).await.expect("writes");
        second.client_msg_id
    };
    let (key, ack) = tokio::join!(answers, client.send(conversation, "hello"));
    assert_eq!(ack.expect("stored").client_msg_id, key);
}
