//! Each flow of the screen as a story: keys and events in, state and effects out.

use chatter_protocol::frame::Ack;
use chatter_protocol::rest::{MessagesPage, SessionGrant, UsersPage};
use chatter_protocol::{
    ClientFrame, ErrorBody, ErrorCode, Me, MessageId, Secret, ServerFrame, Session, SessionId,
    Timestamp,
};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use super::update;
use crate::state::fixture::*;
use crate::state::{
    Answer, Effect, EntryKey, Event, Failure, FieldName, LinkState, Overlay, Question, Request,
    Row, Scroll, State,
};
use crate::sync::UnsentState;
use crate::view::{Theme, draw};

fn frames(effects: &[Effect]) -> Vec<&ClientFrame> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Say(frame) => Some(frame),
            _ => None,
        })
        .collect()
}

fn sends(effects: &[Effect]) -> Vec<&str> {
    frames(effects)
        .into_iter()
        .filter_map(|frame| match frame {
            ClientFrame::Send(send) => Some(send.body.as_str()),
            _ => None,
        })
        .collect()
}

fn reads(effects: &[Effect]) -> Vec<u64> {
    frames(effects)
        .into_iter()
        .filter_map(|frame| match frame {
            ClientFrame::Read { conv_seq, .. } => Some(*conv_seq),
            _ => None,
        })
        .collect()
}

fn asks(effects: &[Effect]) -> Vec<&Request> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask(request) => Some(request),
            _ => None,
        })
        .collect()
}

fn answered(state: &mut State, answer: Answer) -> Vec<Effect> {
    let mut effects = update(state, Event::Answered(Box::new(answer)));
    effects.extend(settle(state));
    effects
}

fn frame(state: &mut State, frame: ServerFrame) -> Vec<Effect> {
    let mut effects = update(state, Event::Frame(Box::new(frame)));
    effects.extend(settle(state));
    effects
}

fn failure(code: ErrorCode, field: Option<&str>) -> Failure {
    let field = field.map(str::to_owned);
    Failure { message: "No.".into(), field, code: Some(code) }
}

fn grant(number: u8) -> SessionGrant {
    let user = person(number).user;
    SessionGrant {
        token: Secret::new("token"),
        session: Session {
            id: SessionId::new(),
            device_name: "here".into(),
            remember: true,
            created_at: at(NOW),
            last_used_at: at(NOW),
            expires_at: at(NOW),
            current: true,
        },
        me: Me { user, email: "ada@example.org".into() },
    }
}

/// The texts on screen, top to bottom.
fn texts(state: &State) -> Vec<String> {
    let (timeline, scroll, height) = state.timeline().expect("a chat is open");
    let rows = timeline.window(scroll, height).into_iter();
    rows.filter_map(|(entry, row)| match row {
        Row::Text { range, .. } => Some(entry.body[range].to_owned()),
        Row::New => Some("— new —".to_owned()),
        _ => None,
    })
    .collect()
}

fn account(state: &State) -> &crate::state::Account {
    state.account.as_ref().expect("signed in")
}

fn scroll(state: &State) -> Scroll {
    account(state).open.as_ref().expect("open").scroll
}

// --- signing in ---

#[test]
fn signing_in_asks_for_what_is_missing_then_goes_live() {
    let mut state = nobody(80, 24);
    assert_eq!(type_text(&mut state, "ada"), []);
    assert_eq!(press(&mut state, &["enter"]), []);
    let form = state.welcome.as_ref().expect("welcome").form();
    assert_eq!(form.focused().expect("a field").name, FieldName::Password);
    type_text(&mut state, "correct horse");
    let effects = press(&mut state, &["enter", "enter"]);
    let [Request::SignIn { server, body }] = asks(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((server.as_str(), body.login.as_str()), ("https://chat.example.org", "ada"));
    assert_eq!((body.password.expose(), body.remember), ("correct horse", true));
    let effects = answered(&mut state, Answer::SignedIn(Ok(grant(ADA))));
    assert!(matches!(&effects[..], [Effect::Begin { position: None, .. }]), "{effects:?}");
    assert!(state.welcome.is_none());
}

#[test]
fn a_refusal_stands_at_its_field_and_nothing_typed_is_lost() {
    for (code, field, expected) in [
        (ErrorCode::UsernameTaken, None, FieldName::Username),
        (ErrorCode::InvalidField, Some("email"), FieldName::Email),
        (ErrorCode::PasswordRefused, None, FieldName::Password),
    ] {
        let mut state = nobody(80, 24);
        press(&mut state, &["ctrl-t"]);
        type_text(&mut state, "ada@example.org");
        press(&mut state, &["tab", "tab"]);
        type_text(&mut state, "correct horse");
        press(&mut state, &["tab"]);
        type_text(&mut state, "correct horse");
        let effects = press(&mut state, &["enter"]);
        assert!(matches!(asks(&effects)[..], [Request::SignUp { .. }]), "{effects:?}");
        answered(&mut state, Answer::SignedIn(Err(failure(code, field))));
        let form = state.welcome.as_ref().expect("welcome").form();
        let focused = form.focused().expect("a field");
        assert_eq!((focused.name, focused.problem.as_deref()), (expected, Some("No.")));
        assert_eq!(form.value(FieldName::Username), "ada");
        assert_eq!(form.value(FieldName::Repeat), "correct horse");
        assert!(!form.busy);
    }
}

#[test]
fn passwords_that_differ_are_refused_before_anything_is_sent() {
    let mut state = nobody(80, 24);
    press(&mut state, &["ctrl-t"]);
    type_text(&mut state, "ada@example.org");
    press(&mut state, &["tab", "tab"]);
    type_text(&mut state, "correct horse");
    press(&mut state, &["tab"]);
    type_text(&mut state, "correct horsf");
    assert_eq!(asks(&press(&mut state, &["enter"])), Vec::<&Request>::new());
    let form = state.welcome.as_ref().expect("welcome").form();
    assert_eq!(form.focused().expect("a field").name, FieldName::Repeat);
}

#[test]
fn an_ended_session_asks_to_sign_in_in_place_and_keeps_drafts_and_outbox() {
    let mut state = reading(80, 24);
    update(&mut state, Event::Link(LinkState::Connecting));
    type_text(&mut state, "queued");
    press(&mut state, &["enter"]);
    type_text(&mut state, "draft");
    let effects = update(&mut state, Event::Link(LinkState::Ended));
    assert_eq!(effects, [Effect::Forget]);
    let welcome = state.welcome.as_ref().expect("welcome");
    assert!(welcome.reason.is_some());
    assert_eq!(welcome.sign_in.value(FieldName::Login), "ada");
    type_text(&mut state, "correct horse");
    press(&mut state, &["enter"]);
    let effects = answered(&mut state, Answer::SignedIn(Ok(grant(ADA))));
    assert!(matches!(&effects[..], [Effect::Begin { position: Some(_), .. }]), "{effects:?}");
    assert_eq!(account(&state).draft().expect("a draft").text(), "draft");
    assert_eq!(sends(&frame(&mut state, welcome_frame())), ["queued"]);
}

// --- writing ---

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
    let typing = || ServerFrame::Typing { conversation: chat_id(GRACE), user: user_id(GRACE) };
    frame(&mut state, typing());
    assert!(account(&state).is_typing(chat_id(GRACE)));
    state.now = state.next_wakeup().expect("a wake-up");
    update(&mut state, Event::Woken);
    assert!(!account(&state).is_typing(chat_id(GRACE)));
    frame(&mut state, typing());
    posted(&mut state, 1, message(GRACE, 8, GRACE, NOW, "done"));
    assert!(!account(&state).is_typing(chat_id(GRACE)));
}

// --- reading ---

#[test]
fn read_is_said_only_when_the_chat_is_open_at_its_end_and_the_terminal_has_focus() {
    let mut state = reading(80, 24);
    assert_eq!(reads(&posted(&mut state, 1, message(GRACE, 8, GRACE, NOW, "seen"))), [8]);
    update(&mut state, Event::Focus(false));
    assert!(reads(&posted(&mut state, 2, message(GRACE, 9, GRACE, NOW, "away"))).is_empty());
    let back = [update(&mut state, Event::Focus(true)), settle(&mut state)].concat();
    assert!(back.contains(&Effect::CheckLink));
    assert_eq!(reads(&back), [9]);
    press(&mut state, &["f1"]);
    assert!(reads(&posted(&mut state, 3, message(GRACE, 10, GRACE, NOW, "covered"))).is_empty());
    assert_eq!(reads(&press(&mut state, &["esc"])), [10]);
    let other = message(SAKURA, 10, SAKURA, NOW, "elsewhere");
    assert!(reads(&posted(&mut state, 4, other)).is_empty());
}

#[test]
fn read_is_not_said_while_scrolled_up() {
    let mut state = long_chat(80, 24, 60, 60, 0);
    press(&mut state, &["pageup"]);
    assert!(reads(&posted(&mut state, 1, message(GRACE, 61, GRACE, NOW, "new"))).is_empty());
    assert_eq!(reads(&press(&mut state, &["ctrl-end"])), [61]);
}

#[test]
fn read_is_not_said_from_the_list_of_a_narrow_screen() {
    let mut state = reading(40, 12);
    press(&mut state, &["esc"]);
    assert!(reads(&posted(&mut state, 1, message(GRACE, 8, GRACE, NOW, "new"))).is_empty());
}

#[test]
fn a_chat_opens_at_its_first_unread_message_and_the_divider_stays() {
    let mut state = long_chat(80, 24, 100, 100, 40);
    let shown = texts(&state);
    assert_eq!(shown[..2], ["— new —", "message 61"], "{shown:?}");
    let divider = account(&state).open.as_ref().expect("open").divider;
    posted(&mut state, 1, message(GRACE, 101, GRACE, NOW, "later"));
    assert_eq!(texts(&state), shown, "what is being read does not move");
    press(&mut state, &["ctrl-end"]);
    type_text(&mut state, "answer");
    press(&mut state, &["enter"]);
    assert_eq!(account(&state).open.as_ref().expect("open").divider, divider);
}

#[test]
fn unread_messages_that_are_not_here_are_fetched_before_landing() {
    let mut state = long_chat(80, 24, 100, 10, 40);
    assert!(account(&state).loading.contains(&chat_id(GRACE)));
    let page =
        MessagesPage { messages: long_history(1, 90), from_seq: 1, to_seq: 90, head_seq: 100 };
    let conversation = chat_id(GRACE);
    answered(&mut state, Answer::History { conversation, result: Ok(page) });
    assert_eq!(texts(&state)[..2], ["— new —", "message 61"]);
}

#[test]
fn older_messages_load_while_scrolling_up_and_move_nothing() {
    let mut state = long_chat(80, 24, 100, 30, 0);
    let mut asked = None;
    for _ in 0..5 {
        let effects = press(&mut state, &["pageup"]);
        asked = asked.or(asks(&effects).first().map(|request| (*request).clone()));
    }
    let conversation = chat_id(GRACE);
    assert_eq!(asked, Some(Request::History { conversation, before: Some(71) }));
    let before = texts(&state);
    let page =
        MessagesPage { messages: long_history(1, 70), from_seq: 1, to_seq: 70, head_seq: 100 };
    answered(&mut state, Answer::History { conversation, result: Ok(page) });
    let after = texts(&state);
    assert_eq!(after[after.len() - before.len()..], before[..], "anchored at the lower edge");
    press(&mut state, &["ctrl-home"]);
    assert_eq!(texts(&state)[0], "message 1");
}

#[test]
fn scrolling_up_and_down_again_ends_at_the_newest() {
    let mut state = long_chat(80, 24, 60, 60, 0);
    press(&mut state, &["pageup", "pageup", "pagedown", "pagedown"]);
    assert_eq!(scroll(&state), Scroll::Bottom);
    press(&mut state, &["shift-up"]);
    assert_eq!(scroll(&state), Scroll::At { key: EntryKey::Message(59), below: 0 });
}

#[test]
fn a_failed_history_page_is_said_and_asked_for_again_by_scrolling() {
    let mut state = long_chat(80, 24, 100, 30, 0);
    press(&mut state, &["ctrl-home"]);
    let conversation = chat_id(GRACE);
    let result = Err(failure(ErrorCode::Busy, None));
    let effects = answered(&mut state, Answer::History { conversation, result });
    assert_eq!(asks(&effects), Vec::<&Request>::new(), "no storm of requests");
    assert_eq!(asks(&press(&mut state, &["pageup"])).len(), 1);
}

// --- people, settings, leaving ---

#[test]
fn the_directory_asks_once_at_a_time_and_then_for_what_is_typed_by_now() {
    let mut state = world(80, 24);
    let effects = press(&mut state, &["f2"]);
    assert_eq!(asks(&effects), [&Request::People { prefix: String::new(), after: None }]);
    assert_eq!(asks(&type_text(&mut state, "gra")), Vec::<&Request>::new());
    let page = || Ok(UsersPage { people: vec![person(GRACE)], next: None });
    let effects =
        answered(&mut state, Answer::People { prefix: String::new(), after: None, result: page() });
    assert_eq!(asks(&effects), [&Request::People { prefix: "gra".into(), after: None }]);
    answered(&mut state, Answer::People { prefix: "gra".into(), after: None, result: page() });
    let effects = press(&mut state, &["enter"]);
    assert_eq!(asks(&effects), [&Request::OpenConversation(user_id(GRACE))]);
    answered(&mut state, Answer::Opened(Ok(view(GRACE, grace_history().pop(), 0, 7))));
    assert!(state.overlay.is_none());
    assert_eq!(account(&state).open.as_ref().expect("open").id, chat_id(GRACE));
}

#[test]
fn settings_change_the_profile_and_show_a_refusal_at_the_field() {
    let mut state = world(80, 24);
    press(&mut state, &["f3", "enter"]);
    type_text(&mut state, "!");
    let effects = press(&mut state, &["enter"]);
    let [Request::UpdateMe(body)] = asks(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(body.display_name.as_deref(), Some("Ada Lovelace!"));
    let refused = failure(ErrorCode::InvalidField, Some("display_name"));
    answered(&mut state, Answer::Profile(Err(refused)));
    let Some(Overlay::Settings(settings)) = &state.overlay else { panic!() };
    let form = settings.form.as_ref().expect("still open");
    assert_eq!(form.fields[0].problem.as_deref(), Some("No."));
}

#[test]
fn leaving_asks_only_while_messages_wait() {
    let mut state = reading(80, 24);
    assert_eq!(press(&mut state, &["ctrl-q"]), [Effect::Quit]);
    update(&mut state, Event::Link(LinkState::Connecting));
    type_text(&mut state, "unsent");
    press(&mut state, &["enter"]);
    assert_eq!(press(&mut state, &["ctrl-q"]), []);
    assert!(matches!(state.overlay, Some(Overlay::Question(Question::Quit { waiting: 1 }))));
    press(&mut state, &["n"]);
    assert!(state.overlay.is_none());
    assert_eq!(press(&mut state, &["ctrl-q", "y"]), [Effect::Quit]);
}

#[test]
fn what_came_in_is_confirmed_once_for_many() {
    let mut state = world(80, 24);
    for seq in 1..=3 {
        let message = message(SAKURA, 9 + seq, SAKURA, NOW, "x");
        let event = chatter_protocol::Event::MessagePosted { message };
        update(&mut state, Event::Frame(Box::new(ServerFrame::Event { seq, event })));
    }
    let effects = settle(&mut state);
    let confirms =
        frames(&effects).into_iter().filter(|f| matches!(f, ClientFrame::Confirm { .. })).count();
    assert_eq!(confirms, 1);
    assert_eq!(settle(&mut state), []);
}

#[test]
fn nothing_moves_on_a_quiet_screen_before_midnight() {
    let state = reading(80, 24);
    assert_eq!(state.next_wakeup(), Some(at("2026-03-05T23:00:00.000Z")));
}

#[test]
fn the_countdown_moves_once_a_second() {
    let mut state = reading(80, 24);
    let now_ms = state.now.as_millis();
    let retry_at = Timestamp::from_millis(now_ms + 2_500);
    let link = LinkState::Waiting { retry_at, attempt: 1, reason: String::new() };
    update(&mut state, Event::Link(link));
    assert_eq!(state.next_wakeup(), Some(Timestamp::from_millis(now_ms + 500)));
}

// --- whatever comes ---

fn any_event() -> impl Strategy<Value = Event> {
    let keys = prop::sample::select(vec![
        "enter",
        "esc",
        "tab",
        "backtab",
        "up",
        "down",
        "left",
        "right",
        "pageup",
        "pagedown",
        "home",
        "end",
        "ctrl-home",
        "ctrl-end",
        "f1",
        "f2",
        "f3",
        "f4",
        "f5",
        "f6",
        "f7",
        "alt-enter",
        "shift-up",
        "shift-down",
        "alt-up",
        "alt-down",
        "ctrl-t",
        "ctrl-w",
        "ctrl-u",
        "ctrl-k",
        "ctrl-z",
        "backspace",
        "delete",
        "y",
        "n",
        "x",
        "o",
        "j",
        "k",
        "q",
        "space",
        "a",
    ]);
    prop_oneof![
        8 => keys.prop_map(|key| Event::Key(key.parse().expect("a key"))),
        1 => "\\PC{0,40}".prop_map(Event::Pasted),
        1 => "[日é\u{301}👩‍🔬🇩🇪 \n\ta-z]{0,200}".prop_map(Event::Pasted),
        2 => (1u16..300, 1u16..100).prop_map(|(width, height)| Event::Resized(Size::new(width, height))),
        1 => (1u16..30, 1u16..8).prop_map(|(width, height)| Event::Resized(Size::new(width, height))),
        1 => any::<bool>().prop_map(Event::Focus),
        1 => Just(Event::Woken),
        1 => Just(Event::Link(LinkState::Online)),
        1 => Just(Event::Link(LinkState::Ended)),
        1 => Just(Event::Frame(Box::new(welcome_frame()))),
        1 => Just(Event::Answered(Box::new(Answer::SignedIn(Ok(grant(ADA)))))),
        2 => (8u64..40, any::<bool>()).prop_map(|(number, mine)| {
            let sender = if mine { ADA } else { GRACE };
            let message = message(GRACE, number, sender, NOW, "日本語 👨‍👩‍👧‍👦\n\tmany words to wrap around");
            let event = chatter_protocol::Event::MessagePosted { message };
            Event::Frame(Box::new(ServerFrame::Event { seq: number, event }))
        }),
        1 => Just(Event::Answered(Box::new(Answer::People {
            prefix: String::new(),
            after: None,
            result: Ok(UsersPage { people: vec![person(GRACE), person(SAKURA)], next: None }),
        }))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn no_key_event_or_size_makes_it_panic(events in prop::collection::vec(any_event(), 1..40)) {
        let mut state = reading(80, 24);
        for event in events {
            update(&mut state, event);
            update(&mut state, Event::Settled);
            let backend = TestBackend::new(state.size.width, state.size.height);
            let mut terminal = Terminal::new(backend).expect("a screen");
            terminal.draw(|frame| draw(frame, &state, &Theme::new(true))).expect("draws");
        }
    }
}
