//! The listener against stubs: what it hears and confirms. Its pages are tested with a real server.

use super::*;
use crate::net::ServerUrl;
use crate::net::stub_socket::{StubServer, StubSocket};

fn listener(server: &ServerUrl, seq: u64) -> Listener {
    let options = NetOptions::default();
    let api = Api::new(server.clone(), &options).expect("builds");
    Listener::at(&api, Secret::new("token"), &options, Position::user("e", seq), Some(seq))
}

async fn hears(listener: &mut Listener) -> u64 {
    match listener.next().await {
        Ok(Heard::Event { event: Event::Unknown, is_replayed: false }) => listener.position().seq,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn hears_what_follows_its_position_and_confirms_what_was_dealt_with() {
    let server = StubServer::start().await;
    let mut listener = listener(&server.url(), 3);
    let script = async {
        let (mut socket, positions): (StubSocket, _) = server.welcome(4).await;
        assert_eq!(positions, [Position::user("e", 3)]);
        for seq in 3..=5 {
            socket.say_event(seq).await;
        }
        socket
    };
    let (mut socket, ()) = tokio::join!(script, async { listener.online().await.expect("up") });
    assert_eq!((hears(&mut listener).await, hears(&mut listener).await), (4, 5));
    let next = tokio::spawn(async move { listener.next().await.is_err() });
    let confirmed = loop {
        match socket.next().await {
            Some(ClientFrame::Confirm { position }) if position.seq == 5 => break position,
            Some(_) => {}
            None => panic!("the client hung up"),
        }
    };
    assert_eq!(confirmed, Position::user("e", 5));
    drop(server);
    socket.close(chatter_protocol::CloseCode::SessionEnded).await;
    assert!(next.await.expect("returns"), "the session has ended");
}

#[tokio::test]
async fn goes_on_where_it_was_over_a_lost_line_and_takes_the_new_epoch_with_an_event() {
    let server = StubServer::start().await;
    let mut listener = listener(&server.url(), 7);
    let first = async {
        let (mut socket, _) = server.welcome(7).await;
        socket.say_event(8).await;
        socket
    };
    let (socket, heard) = tokio::join!(first, hears(&mut listener));
    assert_eq!(heard, 8);
    drop(socket);
    let second = async {
        let (mut socket, positions) = server.welcome(9).await;
        assert_eq!(positions, [Position::user("e", 8)]);
        socket.say_event(8).await;
        socket.say_event(9).await;
        socket
    };
    let (_socket, heard) = tokio::join!(second, hears(&mut listener));
    assert_eq!((heard, listener.position()), (9, &Position::user("e", 9)));
}
