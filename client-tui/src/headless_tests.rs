//! The headless client against a stub: how often it sends.

use chatter_protocol::{MessageId, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

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
    let api = Api::new(server, &NetOptions::default()).expect("builds");
    let conversation = ConversationId::new();
    let body = request(ClientMsgId::new(), "hello");
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
    let (key, ack) = tokio::join!(answers, patience().ask(|| api.post(conversation, &body)));
    assert_eq!(ack.expect("stored").client_msg_id, key);
}

#[test]
fn a_key_is_the_same_each_time_and_another_for_another_name() {
    assert_eq!(key_for("backup"), key_for("backup"));
    assert_ne!(key_for("backup"), key_for("backup2"));
    let own = ClientMsgId::new();
    assert_eq!(key_for(&own.to_string()), own);
}

/// What the client does can be done on a task of its own.
#[expect(dead_code, reason = "it is compiled, which is the test")]
fn all_of_it_may_move_between_threads(client: &mut Client, user: &Username, message: &Message) {
    fn may_move(_: impl Send) {}
    let key = ClientMsgId::new();
    may_move(client.send(message.conversation, "hello"));
    may_move(client.send_to(user, key, "hello"));
    may_move(client.reply(message, key, "hello"));
    may_move(client.next());
}
