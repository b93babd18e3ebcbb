//! The link against a stub: what it says, what it reports, when it comes back.

use chatter_protocol::frame::ResetReason;
use chatter_protocol::{CloseCode, ErrorBody, ErrorCode, Event, UserId};
use tokio::time::timeout;

use super::*;
use crate::net::stub_socket::{StubServer, StubSocket, welcome};

/// Long enough for a slow machine, short enough to notice a test that hangs.
const PATIENCE: Duration = Duration::from_secs(20);

struct Probe {
    handle: LinkHandle,
    events: mpsc::Receiver<LinkEvent>,
}

impl Probe {
    fn start(server: &StubServer, position: Option<Position>) -> Self {
        Self::start_with(server, position, Timing::default())
    }

    fn start_with(server: &StubServer, position: Option<Position>, timing: Timing) -> Self {
        let (handle, events) = Link::start_with(
            server.url(),
            NetOptions::default(),
            Secret::new("token"),
            position,
            timing,
        );
        Self { handle, events }
    }

    async fn next(&mut self) -> Option<LinkEvent> {
        timeout(PATIENCE, self.events.recv()).await.expect("the link reports in time")
    }

    /// Reads on to the next status for which `wanted` holds.
    async fn status(&mut self, wanted: impl Fn(&LinkStatus) -> bool) -> LinkStatus {
        loop {
            match self.next().await.expect("the link lives") {
                LinkEvent::Status(status) if wanted(&status) => return status,
                _ => {}
            }
        }
    }

    async fn online(&mut self) {
        self.status(|status| *status == LinkStatus::Online).await;
    }

    /// Reads on to the next event of the user stream.
    async fn event(&mut self) -> u64 {
        loop {
            if let LinkEvent::Frame(frame) = self.next().await.expect("the link lives")
                && let ServerFrame::Event { seq, .. } = *frame
            {
                return seq;
            }
        }
    }

    async fn waiting_reason(&mut self) -> String {
        match self.status(|status| matches!(status, LinkStatus::Waiting { .. })).await {
            LinkStatus::Waiting { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    }
}

fn user(seq: u64) -> Vec<Position> {
    vec![Position::user("e", seq)]
}

#[tokio::test]
async fn says_hello_with_its_position_and_reports_in_order() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, Some(Position::user("e", 4)));
    let mut socket = server.accept().await;
    let hello = socket.next().await.expect("hello");
    let ClientFrame::Hello { token, positions, client, heartbeat_ms, unattended: false } = hello
    else {
        panic!("{hello:?}")
    };
    assert_eq!((token.expose(), positions, heartbeat_ms), ("token", user(4), Some(15_000)));
    assert!(client.starts_with("chatter/"), "{client}");
    assert!(!probe.handle.send(ClientFrame::Heartbeat), "sent before the welcome");
    let welcome = welcome("e", 5, 15_000);
    socket.say(&welcome).await;
    socket.say_event(5).await;

    assert_eq!(probe.next().await, Some(LinkEvent::Status(LinkStatus::Connecting)));
    assert_eq!(probe.next().await, Some(LinkEvent::Status(LinkStatus::Online)));
    assert_eq!(probe.next().await, Some(LinkEvent::Frame(Box::new(welcome))));
    let event = ServerFrame::Event { seq: 5, event: Event::Unknown };
    assert_eq!(probe.next().await, Some(LinkEvent::Frame(Box::new(event))));
    let watch = ClientFrame::Watch { users: vec![UserId::new()] };
    assert!(probe.handle.send(watch.clone()));
    assert_eq!(socket.next().await, Some(watch));
}

#[tokio::test]
async fn resumes_after_the_last_event_that_was_reported() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, None);
    let (mut socket, positions) = server.welcome(0).await;
    assert_eq!(positions, []);
    for seq in [1, 2, 2, 1, 3] {
        socket.say_event(seq).await;
    }
    for seq in 1..=3 {
        assert_eq!(probe.event().await, seq);
    }
    drop(socket);
    let (mut socket, positions) = server.welcome(4).await;
    assert_eq!(positions, user(3));
    socket.say_event(4).await;
    assert_eq!(probe.event().await, 4);
}

#[tokio::test]
async fn a_gap_is_not_reported_but_resumed_from() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, Some(Position::user("e", 1)));
    let (mut socket, _) = server.welcome(3).await;
    socket.say_event(2).await;
    socket.say_event(4).await;
    assert_eq!(probe.event().await, 2);
    let reason = probe.waiting_reason().await;
    assert!(reason.contains("missed"), "{reason}");
    let (_socket, positions) = server.welcome(4).await;
    assert_eq!(positions, user(2));
}

#[tokio::test]
async fn a_reset_is_reported_and_moves_the_position() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, Some(Position::user("other", 900)));
    let (mut socket, _) = server.welcome(7).await;
    let position = Position::user("e", 7);
    socket.say(&ServerFrame::Reset { position, reason: ResetReason::OtherEpoch }).await;
    socket.say_event(8).await;
    assert_eq!(probe.event().await, 8);
    drop(socket);
    let (_socket, positions) = server.welcome(8).await;
    assert_eq!(positions, user(8));
}

#[tokio::test]
async fn heartbeats_are_answered_and_not_reported() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, Some(Position::user("e", 1)));
    let (mut socket, _) = server.welcome(1).await;
    probe.online().await;
    socket.say(&ServerFrame::Heartbeat { positions: user(1) }).await;
    assert_eq!(socket.next().await, Some(ClientFrame::Heartbeat));
    socket.say_event(2).await;
    assert!(matches!(probe.next().await, Some(LinkEvent::Frame(frame))
        if matches!(*frame, ServerFrame::Welcome(_))));
    assert!(matches!(probe.next().await, Some(LinkEvent::Frame(frame))
        if matches!(*frame, ServerFrame::Event { .. })));
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left() {
    let server = StubServer::start().await;
    let timing = Timing { heartbeat_margin: Duration::from_millis(100), ..Timing::default() };
    let mut probe = Probe::start_with(&server, None, timing);
    let mut socket = server.accept().await;
    socket.next().await;
    socket.say(&welcome("e", 0, 100)).await;
    let reason = probe.waiting_reason().await;
    assert!(reason.contains("silent"), "{reason}");
    server.welcome(0).await;
}

#[tokio::test]
async fn heartbeats_keep_the_line() {
    let server = StubServer::start().await;
    let timing = Timing { heartbeat_margin: Duration::from_millis(500), ..Timing::default() };
    let mut probe = Probe::start_with(&server, None, timing);
    let mut socket = server.accept().await;
    socket.next().await;
    socket.say(&welcome("e", 0, 100)).await;
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(1_500) {
        socket.say(&ServerFrame::Heartbeat { positions: user(0) }).await;
        assert_eq!(socket.next().await, Some(ClientFrame::Heartbeat));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    socket.say_event(1).await;
    probe.online().await;
    assert!(matches!(probe.next().await, Some(LinkEvent::Frame(_))), "the line was left");
    assert!(matches!(probe.next().await, Some(LinkEvent::Frame(_))), "the line was left");
}

#[tokio::test]
async fn a_check_that_is_answered_keeps_the_line_and_one_that_is_not_leaves_it() {
    let server = StubServer::start().await;
    let timing = Timing { check_limit: Duration::from_millis(300), ..Timing::default() };
    let mut probe = Probe::start_with(&server, None, timing);
    let (mut socket, _) = server.welcome(0).await;
    probe.online().await;
    probe.handle.check_now();
    let Some(ClientFrame::Ping { id }) = socket.next().await else { panic!("no ping") };
    socket.say(&ServerFrame::Pong { id }).await;
    socket.say_event(1).await;
    assert_eq!(probe.event().await, 1);

    // While a question is open no second one is asked, so this one shows that the first was closed.
    probe.handle.check_now();
    let Some(ClientFrame::Ping { .. }) = socket.next().await else { panic!("no ping") };
    // Something else was on its way before the line died; it answers no question.
    socket.say_event(2).await;
    assert_eq!(probe.event().await, 2);
    let reason = probe.waiting_reason().await;
    assert!(reason.contains("silent"), "{reason}");
}

#[tokio::test]
async fn an_ended_session_stops_the_link() {
    for code in [CloseCode::SessionEnded, CloseCode::AuthRequired] {
        let server = StubServer::start().await;
        let mut probe = Probe::start(&server, None);
        let mut socket = server.accept().await;
        socket.next().await;
        socket.close(code).await;
        probe.status(|status| *status == LinkStatus::SessionEnded).await;
        assert_eq!(probe.next().await, None);
        assert!(!probe.handle.send(ClientFrame::Heartbeat));
    }
}

#[tokio::test]
async fn a_token_that_may_not_read_stops_the_link_and_says_why() {
    let server = StubServer::start().await;
    let message = "This token may\u{1b}[31m not read.".to_owned();
    for is_told in [true, false] {
        let mut probe = Probe::start(&server, None);
        let mut socket = server.accept().await;
        socket.next().await;
        if is_told {
            let error = ErrorBody::new(ErrorCode::Forbidden, message.clone());
            socket.say(&ServerFrame::Error { error }).await;
        } else {
            socket.close(CloseCode::Forbidden).await;
        }
        let status = probe.status(|status| *status != LinkStatus::Connecting).await;
        let LinkStatus::Forbidden { reason } = status else { panic!("{status:?}") };
        assert!(reason.starts_with("This token may") && !reason.contains('\u{1b}'), "{reason}");
        assert_eq!(probe.next().await, None, "it does not try again");
    }
}

#[tokio::test]
async fn a_complaint_about_one_frame_does_not_stop_the_link() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, None);
    let (mut socket, _) = server.welcome(0).await;
    probe.online().await;
    let error = ErrorBody::new(ErrorCode::Forbidden, "This token may not send.");
    socket.say(&ServerFrame::Error { error }).await;
    socket.say_event(1).await;
    assert_eq!(probe.event().await, 1);
}

#[tokio::test]
async fn a_restart_and_a_slow_line_bring_the_link_back() {
    for code in [CloseCode::Restart, CloseCode::Slow] {
        let server = StubServer::start().await;
        let mut probe = Probe::start(&server, None);
        let (socket, _) = server.welcome(0).await;
        probe.online().await;
        socket.close(code).await;
        let LinkStatus::Waiting { retry_at, .. } =
            probe.status(|status| matches!(status, LinkStatus::Waiting { .. })).await
        else {
            unreachable!("asked for")
        };
        assert!(retry_at <= Instant::now() + Duration::from_millis(500));
        assert!(!probe.handle.send(ClientFrame::Heartbeat), "sent while waiting");
        server.welcome(0).await;
        probe.online().await;
    }
}

#[tokio::test]
async fn a_restart_is_not_held_against_the_server() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, None);
    for _ in 0..6 {
        let (socket, _) = server.welcome(0).await;
        socket.close(CloseCode::Restart).await;
        let status = probe.status(|status| matches!(status, LinkStatus::Waiting { .. })).await;
        assert!(matches!(status, LinkStatus::Waiting { attempt: 1, .. }), "{status:?}");
    }
}

#[tokio::test]
async fn a_wait_that_the_server_asked_for_is_kept_until_a_person_says_now() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, None);
    let (mut socket, _) = server.welcome(0).await;
    let error = chatter_protocol::ErrorBody::new(
        chatter_protocol::ErrorCode::TooManyConnections,
        "Too many connections.",
    )
    .retry_after_ms(60_000);
    socket.say(&ServerFrame::Error { error }).await;
    socket.close(CloseCode::TooManyConnections).await;
    let LinkStatus::Waiting { retry_at, .. } =
        probe.status(|status| matches!(status, LinkStatus::Waiting { .. })).await
    else {
        unreachable!("asked for")
    };
    assert!(retry_at > Instant::now() + Duration::from_secs(50));
    probe.handle.retry_now();
    server.welcome(0).await;
    probe.online().await;
}

#[tokio::test]
async fn a_full_queue_says_no() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, None);
    let (socket, _) = server.welcome(0).await;
    probe.online().await;
    // Nobody awaits here, so on this one thread the link takes nothing out meanwhile.
    let taken = (0..OUTBOUND_FRAMES_MAX + 1)
        .filter(|_| probe.handle.send(ClientFrame::Typing { conversation: id() }))
        .count();
    assert_eq!(taken, OUTBOUND_FRAMES_MAX);
    drop(socket);
}

fn id() -> chatter_protocol::ConversationId {
    chatter_protocol::ConversationId::new()
}

#[tokio::test]
async fn what_was_queued_is_sent_before_the_goodbye() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, None);
    let (mut socket, _) = server.welcome(0).await;
    probe.online().await;
    let conversation = id();
    let reads = || (1..=50).map(|conv_seq| ClientFrame::Read { conversation, conv_seq });
    for read in reads() {
        assert!(probe.handle.send(read));
    }
    let second = probe.handle.clone();
    drop(probe.handle);
    drop(second);
    for read in reads() {
        assert_eq!(socket.next().await, Some(read));
    }
    assert_eq!(timeout(PATIENCE, socket.next()).await, Ok(None));
}

#[tokio::test]
async fn a_link_that_nobody_reads_stops() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, None);
    let (mut socket, _) = server.welcome(0).await;
    socket.say_event(1).await;
    assert_eq!(probe.event().await, 1);
    drop(probe.events);
    assert_eq!(timeout(PATIENCE, socket.next()).await, Ok(None));
    assert!(!probe.handle.send(ClientFrame::Heartbeat));
}

#[tokio::test]
async fn a_reader_who_lags_loses_nothing() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, None);
    let (mut socket, _) = server.welcome(0).await;
    let events_total = 4 * EVENTS_MAX as u64;
    let write_all = async {
        for seq in 1..=events_total {
            socket.say_event(seq).await;
        }
    };
    let read_all = async {
        for seq in 1..=events_total {
            assert_eq!(probe.event().await, seq);
        }
    };
    tokio::join!(write_all, read_all);
}

#[tokio::test]
async fn an_unreadable_frame_is_no_panic_and_no_silent_hole() {
    let server = StubServer::start().await;
    let mut probe = Probe::start(&server, None);
    let (mut socket, _) = server.welcome(0).await;
    socket.say_text("{\"type\":\"a frame of the future\"}".to_owned()).await;
    socket.say_event(1).await;
    assert_eq!(probe.event().await, 1);
    socket.say_text("not a frame".to_owned()).await;
    let reason = probe.waiting_reason().await;
    assert!(reason.contains("can't read"), "{reason}");
    let (_socket, positions): (StubSocket, _) = server.welcome(1).await;
    assert_eq!(positions, user(1));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again() {
    let server = StubServer::start().await;
    let url = server.url();
    drop(server);
    let (handle, events) = Link::start(url, NetOptions::default(), Secret::new("token"), None);
    let mut probe = Probe { handle, events };
    let reason = probe.waiting_reason().await;
    assert!(reason.contains("can't be reached"), "{reason}");
    let status =
        probe.status(|status| matches!(status, LinkStatus::Waiting { attempt: 2, .. })).await;
    assert!(matches!(status, LinkStatus::Waiting { .. }));
}
