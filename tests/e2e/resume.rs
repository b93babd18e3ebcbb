//! Coming back: from any position to the present, with nothing missing and nothing twice.

use chatter_protocol::frame::ResetReason;
use chatter_protocol::{ClientFrame, ClientMsgId, Event, Position, ServerFrame};
use chatter_tests::rest::Rest;
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use futures_util::future::join_all;

async fn reset(socket: &mut Socket) -> (Position, ResetReason) {
    socket
        .wait("reset", |frame| match frame {
            ServerFrame::Reset { position, reason } => Some((position, reason)),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_resumes_from_any_position() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    for number in 0..8 {
        ada.say(chat, &number.to_string()).await;
    }
    let (mut whole, welcome) = Socket::hello(&server, &bob, None).await;
    let head = welcome.positions[0].clone();
    let mut events = Vec::new();
    for _ in 0..head.seq {
        events.push(whole.event().await);
    }
    assert_eq!(
        events.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(),
        (1..=head.seq).collect::<Vec<_>>()
    );

    for seq in 0..=head.seq {
        let position = Position { seq, ..head.clone() };
        let (mut socket, _) = Socket::hello(&server, &bob, Some(position)).await;
        for expected in &events[seq as usize..] {
            assert_eq!(&socket.event().await, expected, "after {seq}");
        }
        socket.cut();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_while_a_device_comes_back_comes_once() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let sending = async {
        for number in 0..120 {
            ada.say(chat, &number.to_string()).await;
        }
    };
    let reading = async {
        let (mut position, mut seen) = (None, Vec::new());
        while seen.len() < 120 {
            let (mut socket, welcome) = Socket::hello(&server, &bob, position.clone()).await;
            let epoch = welcome.positions[0].epoch.clone();
            for _ in 0..7 {
                if seen.len() == 120 {
                    break;
                }
                let (seq, event) = socket.event().await;
                position = Some(Position::user(epoch.clone(), seq));
                if let Event::MessagePosted { message } = event {
                    seen.push(message.conv_seq);
                }
            }
            socket.cut();
        }
        seen
    };
    let ((), seen) = tokio::join!(sending, reading);
    assert_eq!(seen, (1..=120).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_outlives_a_restart_of_the_server() {
    let mut server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    ada.say(chat, "before").await;
    let (_, welcome) = Socket::hello(&server, &bob, None).await;
    assert!(server.stop().success());
    server.restart();
    ada.say(chat, "after").await;
    let (mut socket, _) = Socket::hello(&server, &bob, Some(welcome.positions[0].clone())).await;
    assert_eq!(socket.message().await, (2, "after".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_this_server_never_gave_is_reset() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    ada.say(chat, "hi").await;
    let (_, welcome) = Socket::hello(&server, &bob, None).await;
    let head = welcome.positions[0].clone();
    let other = Position::user("no-such-epoch", 1);
    let ahead = Position { seq: head.seq + 1, ..head.clone() };
    for (position, expected) in
        [(other, ResetReason::OtherEpoch), (ahead, ResetReason::AheadOfHead)]
    {
        let (mut socket, _) = Socket::hello(&server, &bob, Some(position)).await;
        assert_eq!(reset(&mut socket).await, (head.clone(), expected));
        socket.cut();
    }
    // After a reset the stream goes on live.
    let (mut socket, _) = Socket::hello(&server, &bob, Some(Position::user("gone", 9))).await;
    reset(&mut socket).await;
    ada.say(chat, "again").await;
    assert_eq!(socket.message().await, (2, "again".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_too_far_behind_is_reset_and_one_at_the_edge_is_not() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    for _ in 0..20 {
        join_all((0..101).map(|number| ada.say(chat, if number % 2 == 0 { "a" } else { "b" })))
            .await;
    }
    let (mut fresh, welcome) = Socket::hello(&server, &bob, None).await;
    let head = welcome.positions[0].clone();
    assert!(head.seq > 2_001);
    assert_eq!(reset(&mut fresh).await, (head.clone(), ResetReason::TooFarBehind));

    let edge = Position { seq: head.seq - 2_000, ..head.clone() };
    let (mut socket, _) = Socket::hello(&server, &bob, Some(edge.clone())).await;
    for seq in edge.seq + 1..=head.seq {
        assert_eq!(socket.event().await.0, seq);
    }
    let beyond = Position { seq: edge.seq - 1, ..head };
    let (mut socket, _) = Socket::hello(&server, &bob, Some(beyond)).await;
    assert_eq!(reset(&mut socket).await.1, ResetReason::TooFarBehind);
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_carry_the_head_and_a_silent_client_is_let_go() {
    let server = Server::start_with("heartbeat_ms = 200");
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    ada.say(chat, "hi").await;
    let (mut socket, welcome) = Socket::hello(&server, &bob, None).await;
    assert_eq!(welcome.heartbeat_ms, 200);
    let heads = |frame| match frame {
        ServerFrame::Heartbeat { positions } => Some(positions),
        _ => None,
    };
    assert_eq!(socket.wait("heartbeat", heads).await, welcome.positions);
    socket.say(&ClientFrame::Heartbeat).await;
    ada.say(chat, "more").await;
    let expected = Position { seq: welcome.positions[0].seq + 1, ..welcome.positions[0].clone() };
    while socket.wait("heartbeat", heads).await != [expected.clone()] {}
    assert_eq!(socket.closed().await, 4004, "nothing was heard of the client any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered_at_once() {
    let server = Server::start();
    let ada = Rest::new(&server.url()).somebody().await;
    let mut socket = Socket::live(&server, &ada).await;
    socket.say(&ClientFrame::Ping { id: 77 }).await;
    let pong = |frame| match frame {
        ServerFrame::Pong { id } => Some(id),
        _ => None,
    };
    assert_eq!(socket.wait("pong", pong).await, 77);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_cut_delays_nobody_and_misses_nothing() {
    const MESSAGES: u64 = 1_200;
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let (mut slow, welcome) = Socket::hello(&server, &bob, None).await;
    let start = welcome.positions[0].clone();
    let mut quick = Socket::live(&server, &bob).await;

    let body = "x".repeat(16_000);
    let sending = async {
        for _ in 0..MESSAGES / 50 {
            join_all((0..50).map(|_| ada.say(chat, &body))).await;
        }
    };
    let reading = async {
        for expected in 1..=MESSAGES {
            assert_eq!(quick.message().await.0, expected);
        }
    };
    tokio::join!(sending, reading);

    // What was in flight can still be read; then the connection ends with "slow", or without a
    // word when even that could not be written.
    let mut last = 0;
    let code = loop {
        match slow.read().await {
            Ok(ServerFrame::Event { seq, event }) => {
                assert_eq!(seq, last + 1);
                last = seq;
                drop(event);
            }
            Ok(_) => {}
            Err(close) => break close.map_or(1006, |close| u16::from(close.code)),
        }
    };
    assert!([4008, 1006].contains(&code), "closed with {code}");
    let (mut socket, welcome) =
        Socket::hello(&server, &bob, Some(Position { seq: last, ..start })).await;
    for seq in last + 1..=welcome.positions[0].seq {
        assert_eq!(socket.event().await.0, seq);
    }
    let own = Socket::live(&server, &ada).await.send(chat, ClientMsgId::new(), "end").await;
    assert_eq!(own.conv_seq, MESSAGES + 1);
}
