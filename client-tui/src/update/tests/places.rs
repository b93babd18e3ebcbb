//! People, settings, leaving, quiet.

use chatter_protocol::Privacy;
use chatter_protocol::rest::{MuteAnswer, PrivacyChange};

use super::*;

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
fn leaving_asks_only_while_something_would_be_lost() {
    let mut state = reading(80, 24);
    assert_eq!(press(&mut state, &["ctrl-q"]), [Effect::Quit]);
    update(&mut state, Event::Link(LinkState::Connecting));
    type_text(&mut state, "unsent");
    press(&mut state, &["enter"]);
    assert_eq!(press(&mut state, &["ctrl-q"]), []);
    assert!(matches!(
        state.overlay,
        Some(Overlay::Question(Question::Quit { waiting: 1, drafts: 0 }))
    ));
    press(&mut state, &["n"]);
    assert!(state.overlay.is_none());
    assert_eq!(press(&mut state, &["ctrl-q", "y"]), [Effect::Quit]);
    let mut state = reading(80, 24);
    type_text(&mut state, "half a thought");
    assert_eq!(press(&mut state, &["ctrl-c"]), []);
    assert_eq!(press(&mut state, &["ctrl-c"]), [Effect::Quit], "asked twice means yes");
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
    assert_eq!(state.next_change(), Some(at("2026-03-05T23:00:00.000Z")));
}

#[test]
fn a_status_that_shows_is_gone_at_its_end_and_the_screen_wakes_for_that_once() {
    let mut state = reading(80, 24);
    let end = at("2026-03-05T12:50:00.000Z");
    let mut user = person(GRACE).user;
    (user.rev, user.status_expires_at) = (1, Some(end));
    event(&mut state, 1, chatter_protocol::Event::ProfileChanged { user: user.clone() });
    assert_eq!(state.next_change(), Some(end));
    assert!(user.status_at(Timestamp::from_millis(end.as_millis() - 1)).is_some());
    state.now = end;
    assert_eq!(user.status_at(end), None);
    assert_eq!(state.next_change(), Some(at("2026-03-05T23:00:00.000Z")), "midnight is next");
    state.now = at(NOW);
    press(&mut state, &["esc", "esc"]);
    state.account.as_mut().expect("signed in").open = None;
    assert_eq!(state.next_change(), Some(at("2026-03-05T23:00:00.000Z")), "nobody sees it");
    press(&mut state, &["ctrl-k"]);
    assert_eq!(state.next_change(), Some(end), "the switcher shows it");
}

#[test]
fn the_countdown_moves_once_a_second() {
    let mut state = reading(80, 24);
    let now_ms = state.now.as_millis();
    let retry_at = Timestamp::from_millis(now_ms + 2_500);
    let link = LinkState::Waiting { retry_at, attempt: 1, reason: String::new() };
    update(&mut state, Event::Link(link));
    assert_eq!(state.next_change(), Some(Timestamp::from_millis(now_ms + 500)));
}

/// Ada's switches, as the settings show them.
fn privacy(state: &State) -> Privacy {
    account(state).replica.privacy()
}

#[test]
fn a_switch_turns_when_the_server_says_so_and_a_refusal_is_said() {
    let mut state = world(80, 24);
    press(&mut state, &["f3", "down", "down", "down"]);
    let effects = press(&mut state, &["enter"]);
    let off = PrivacyChange { receipts: Some(false), ..PrivacyChange::default() };
    assert_eq!(asks(&effects), [&Request::SetPrivacy(off)]);
    assert!(privacy(&state).receipts, "not confirmed yet");
    assert_eq!(asks(&press(&mut state, &["space"])), Vec::<&Request>::new(), "one at a time");

    answered(&mut state, Answer::Privacy(Err(failure(ErrorCode::Busy, None))));
    assert_eq!(state.notice.as_deref(), Some("No."));
    assert!(privacy(&state).receipts);
    assert_eq!(asks(&press(&mut state, &["space"])), [&Request::SetPrivacy(off)]);
    let mut me = account(&state).replica.me().cloned().expect("known");
    me.privacy.receipts = false;
    answered(&mut state, Answer::Privacy(Ok(me)));
    assert!(!privacy(&state).receipts);
    let on = PrivacyChange { receipts: Some(true), ..PrivacyChange::default() };
    assert_eq!(asks(&press(&mut state, &["space"])), [&Request::SetPrivacy(on)]);
}

#[test]
fn another_device_turns_a_switch_here_and_typing_is_kept_to_oneself() {
    let mut state = reading(80, 24);
    let is_typing = |frame: &&ClientFrame| matches!(frame, ClientFrame::Typing { .. });
    assert_eq!(frames(&type_text(&mut state, "a")).iter().copied().filter(is_typing).count(), 1);
    let mut me = account(&state).replica.me().cloned().expect("known");
    (me.user.rev, me.privacy.typing) = (me.user.rev + 1, false);
    event(&mut state, 1, chatter_protocol::Event::MeChanged { me });
    assert!(!privacy(&state).typing);
    state.now = Timestamp::from_millis(state.now.as_millis() + 60_000);
    assert_eq!(frames(&type_text(&mut state, "b")).iter().copied().filter(is_typing).count(), 0);
}

#[test]
fn a_mute_is_taken_in_and_a_refusal_is_said() {
    let mut state = world(80, 24);
    let conversation = chat_id(GRACE);
    let is_muted =
        |state: &State| account(state).replica.chat(conversation).expect("known").muted();
    let result = Err(failure(ErrorCode::NotFound, None));
    answered(&mut state, Answer::Muted { conversation, result });
    assert_eq!((state.notice.take().as_deref(), is_muted(&state)), (Some("No."), false));
    let result = Ok(MuteAnswer { muted: true, mute_rev: 1 });
    answered(&mut state, Answer::Muted { conversation, result });
    assert!(is_muted(&state));
    let muted = chatter_protocol::Event::MuteChanged { conversation, muted: false, rev: 2 };
    event(&mut state, 1, muted);
    assert!(!is_muted(&state), "another device says otherwise");
}

#[test]
fn how_long_the_line_has_been_down_is_known_over_many_tries() {
    let mut state = reading(80, 24);
    let start = state.now;
    let waiting = |state: &mut State, after_ms: i64| {
        state.now = Timestamp::from_millis(start.as_millis() + after_ms);
        let retry_at = Timestamp::from_millis(state.now.as_millis() + 3_000);
        let link = LinkState::Waiting { retry_at, attempt: 1, reason: "Gone.".into() };
        update(state, Event::Link(LinkState::Connecting));
        update(state, Event::Link(link));
    };
    waiting(&mut state, 0);
    waiting(&mut state, 600_000);
    assert_eq!(account(&state).offline_since, Some(start));
    update(&mut state, Event::Link(LinkState::Online));
    assert_eq!(account(&state).offline_since, None);
}

#[test]
fn enter_opens_who_was_typed_and_not_who_showed_before_the_answer_came() {
    let mut state = world(80, 24);
    press(&mut state, &["f2"]);
    let page = |people: Vec<u8>| {
        Ok(UsersPage { people: people.into_iter().map(person).collect(), next: None })
    };
    let everybody = page(vec![ADA, GRACE, SAKURA]);
    answered(&mut state, Answer::People { prefix: String::new(), after: None, result: everybody });
    type_text(&mut state, "sakura");
    let effects = press(&mut state, &["enter"]);
    let opens = |effect: &Effect| matches!(effect, Effect::Ask(Request::OpenConversation(_)));
    assert!(!effects.iter().any(opens), "{effects:?}");
    // The question after the first letter is answered first, then the one for all of them.
    let first = page(vec![SARA, SAKURA]);
    let effects =
        answered(&mut state, Answer::People { prefix: "s".into(), after: None, result: first });
    assert!(!effects.iter().any(opens), "{effects:?}");
    let last = page(vec![SAKURA]);
    let effects =
        answered(&mut state, Answer::People { prefix: "sakura".into(), after: None, result: last });
    assert!(effects.contains(&Effect::Ask(Request::OpenConversation(user_id(SAKURA)))));
}
