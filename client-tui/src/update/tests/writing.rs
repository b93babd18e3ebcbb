//! Writing, sending, refusals, typing.

use super::*;

#[test]
fn a_message_is_sent_acknowledged_and_there_once() {
    let mut state = reading(80, 24);
    type_text(&mut state, "hello");
    let effects = press(&mut state, &["enter"]);
    assert_eq!(sends(&effects), ["hello"]);
    assert!(account(&state).draft().is_none());
    assert_eq!(texts(&state).last().map(String::as_str), Some("hello"));
    let client_msg_id =
        account(&state).replica.outbox().iter().next().expect("queued").send.client_msg_id;
    let ack = Ack {
        client_msg_id,
        msg_id: MessageId::new(),
        conversation: chat_id(GRACE),
        conv_seq: 8,
        created_at: at(NOW),
    };
    frame(&mut state, ServerFrame::Ack(ack));
    assert!(account(&state).replica.outbox().is_empty());
    assert_eq!(texts(&state).iter().filter(|text| *text == "hello").count(), 1);
}

#[test]
fn a_refused_message_shows_why_blocks_nothing_and_can_be_repeated_or_taken_back() {
    let mut state = reading(80, 24);
    type_text(&mut state, "bad");
    press(&mut state, &["enter"]);
    let key = account(&state).replica.outbox().iter().next().expect("queued").send.client_msg_id;
    let error = ErrorBody::new(ErrorCode::TextRefused, "Not \u{1b}[31mthis.");
    let refused = ServerFrame::Refused { client_msg_id: key, error };
    frame(&mut state, refused.clone());
    let unsent = account(&state).replica.outbox().iter().next().expect("kept");
    let UnsentState::Refused(error) = &unsent.state else { panic!("{:?}", unsent.state) };
    assert_eq!(error.message, "Not \u{fffd}[31mthis.");
    type_text(&mut state, "good");
    assert_eq!(sends(&press(&mut state, &["enter"])), ["good"]);
    assert_eq!(account(&state).waiting_count(), 1);
    press(&mut state, &["f6"]);
    assert_eq!(account(&state).waiting_count(), 2);
    frame(&mut state, refused);
    press(&mut state, &["f7"]);
    assert_eq!(account(&state).draft().expect("a draft").text(), "bad");
    assert_eq!(account(&state).replica.outbox().len(), 1);
}

#[test]
fn what_is_written_offline_is_sent_after_and_in_order() {
    let mut state = reading(80, 24);
    update(&mut state, Event::Link(LinkState::Connecting));
    type_text(&mut state, "one");
    assert_eq!(sends(&press(&mut state, &["enter"])), Vec::<&str>::new());
    type_text(&mut state, "two");
    press(&mut state, &["enter"]);
    let effects = frame(&mut state, welcome_frame());
    assert_eq!(sends(&effects), ["one"]);
    let watch = frames(&effects).into_iter().any(|f| matches!(f, ClientFrame::Watch { .. }));
    assert!(watch, "presence is asked for again on each connection: {effects:?}");
    update(&mut state, Event::Link(LinkState::Connecting));
    assert_eq!(sends(&frame(&mut state, welcome_frame())), ["one"], "not acknowledged, so again");
}

#[test]
fn each_chat_has_its_own_draft() {
    let mut state = reading(120, 40);
    type_text(&mut state, "for Grace");
    press(&mut state, &["alt-down"]);
    type_text(&mut state, "for Sakura");
    press(&mut state, &["alt-up"]);
    assert_eq!(account(&state).draft().expect("a draft").text(), "for Grace");
    press(&mut state, &["alt-down"]);
    assert_eq!(account(&state).draft().expect("a draft").text(), "for Sakura");
}

#[test]
fn a_paste_of_many_lines_is_text_and_sends_nothing() {
    let mut state = reading(80, 24);
    let text = "line\r\n".repeat(200);
    let mut effects = update(&mut state, Event::Pasted(text));
    effects.extend(settle(&mut state));
    assert_eq!(sends(&effects), Vec::<&str>::new());
    assert_eq!(account(&state).draft().expect("a draft").text(), "line\n".repeat(200));
}

#[test]
fn every_newline_key_makes_a_new_line() {
    let mut state = reading(80, 24);
    for key in ["alt-enter", "shift-enter", "ctrl-j"] {
        assert_eq!(sends(&press(&mut state, &[key])), Vec::<&str>::new());
    }
    assert_eq!(account(&state).draft().expect("a draft").text(), "\n\n\n");
}

#[test]
fn a_message_above_the_limit_stays_in_the_message_line() {
    let mut state = reading(80, 24);
    update(&mut state, Event::Pasted("x".repeat(16 * 1024 + 1)));
    assert_eq!(sends(&press(&mut state, &["enter"])), Vec::<&str>::new());
    assert!(state.notice.as_ref().expect("says why").contains("16385"));
    assert!(account(&state).draft().is_some());
}

#[test]
fn typing_is_told_at_most_every_three_seconds() {
    let mut state = reading(80, 24);
    let typing = |effects: &[Effect]| {
        frames(effects).iter().filter(|f| matches!(f, ClientFrame::Typing { .. })).count()
    };
    assert_eq!(typing(&type_text(&mut state, "hello there")), 1);
    state.now = Timestamp::from_millis(state.now.as_millis() + 3_000);
    assert_eq!(typing(&type_text(&mut state, "more")), 1);
}

#[test]
fn a_typing_peer_shows_for_six_seconds_or_until_the_message() {
    let mut state = reading(80, 24);
    let mine = ServerFrame::Typing { conversation: chat_id(GRACE), user: user_id(ADA) };
    frame(&mut state, mine);
    assert!(!account(&state).is_typing(chat_id(GRACE)), "my other device is not somebody else");
    let typing = || ServerFrame::Typing { conversation: chat_id(GRACE), user: user_id(GRACE) };
    frame(&mut state, typing());
    assert!(account(&state).is_typing(chat_id(GRACE)));
    state.now = state.next_change().expect("a wake-up");
    update(&mut state, Event::Woken);
    assert!(!account(&state).is_typing(chat_id(GRACE)));
    frame(&mut state, typing());
    posted(&mut state, 1, message(GRACE, 8, GRACE, NOW, "done"));
    assert!(!account(&state).is_typing(chat_id(GRACE)));
}
