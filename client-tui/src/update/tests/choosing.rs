//! Choosing a message, and going to places that are not here yet.

use super::*;
use crate::action::Action;
use crate::update::key;

fn act(state: &mut State, actions: &[Action]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for action in actions {
        key::act(state, *action, &mut effects);
        effects.extend(settle(state));
    }
    effects
}

fn chosen(state: &State) -> Option<EntryKey> {
    account(state).open.as_ref().expect("open").chosen
}

#[test]
fn a_message_is_chosen_copied_and_let_go_below_the_last() {
    let mut state = reading(80, 24);
    act(&mut state, &[Action::ChooseMessage, Action::Up]);
    assert_eq!(chosen(&state), Some(EntryKey::Message(6)));
    let effects = act(&mut state, &[Action::Copy]);
    assert_eq!(copied(&effects), ["fn main() {\n\tlet moth = 1;\n}"]);
    act(&mut state, &[Action::Down]);
    assert_eq!(chosen(&state), Some(EntryKey::Message(7)));
    act(&mut state, &[Action::Down]);
    assert_eq!(chosen(&state), None);
    let effects = act(&mut state, &[Action::Copy]);
    assert!(copied(&effects).is_empty() && state.notice.is_some());
}

#[test]
fn the_chosen_message_scrolls_into_view_wherever_it_is() {
    let mut state = long_chat(80, 24, 100, 100, 0);
    act(&mut state, &[Action::ChooseMessage, Action::First]);
    assert_eq!(chosen(&state), Some(EntryKey::Message(1)));
    assert!(texts(&state).contains(&"message 1".to_owned()), "{:?}", texts(&state));
    act(&mut state, &[Action::PageDown, Action::PageDown, Action::PageDown]);
    assert!(texts(&state).contains(&"message 31".to_owned()), "{:?}", texts(&state));
    act(&mut state, &[Action::Last]);
    assert_eq!(scroll(&state), Scroll::Bottom);
}

#[test]
fn a_quotation_goes_into_the_message_line() {
    let mut state = reading(80, 24);
    act(&mut state, &[Action::ChooseMessage, Action::Up, Action::Quote]);
    let draft = account(&state).draft().expect("a draft").text();
    assert_eq!(draft, "> fn main() {\n> \tlet moth = 1;\n> }\n\n");
    assert_eq!(chosen(&state), None);
}

#[test]
fn a_long_message_is_folded_until_it_is_asked_for() {
    let mut state = world(80, 24);
    state.config.look.fold_rows = 10;
    press(&mut state, &["enter"]);
    let body = (1..=40).map(|n| format!("row {n}")).collect::<Vec<_>>().join("\n");
    posted(&mut state, 8, message(GRACE, 8, GRACE, NOW, &body));
    assert_eq!(texts(&state).last().map(String::as_str), Some("row 5"));
    act(&mut state, &[Action::ChooseMessage, Action::ToggleFold]);
    // Unfolded from its beginning on, not from its end.
    assert!(texts(&state).contains(&"row 1".to_owned()), "{:?}", texts(&state));
    assert!(texts(&state).contains(&"row 6".to_owned()), "{:?}", texts(&state));
    act(&mut state, &[Action::ToggleFold]);
    assert!(!texts(&state).contains(&"row 6".to_owned()));
}

#[test]
fn the_first_message_is_fetched_alone_and_reading_goes_on_from_there() {
    let mut state = long_chat(80, 24, 1_000, 50, 0);
    let conversation = chat_id(GRACE);
    let effects = act(&mut state, &[Action::ScrollOldest]);
    let range = HistoryRange::After(0);
    assert_eq!(asks(&effects), [&Request::History { conversation, range }]);
    let page =
        MessagesPage { messages: long_history(1, 50), from_seq: 1, to_seq: 50, head_seq: 1_000 };
    let answer = Answer::History { conversation, range, is_kept: false, result: Ok(page) };
    let effects = answered(&mut state, answer);
    assert_eq!(texts(&state).first().map(String::as_str), Some("message 1"));
    assert!(asks(&effects).is_empty(), "{:?}", asks(&effects));
    // Near the end of what is here, what follows is asked for; nothing between is skipped.
    let effects = act(&mut state, &[Action::ScrollPageDown, Action::ScrollPageDown]);
    let range = HistoryRange::After(50);
    assert_eq!(asks(&effects), [&Request::History { conversation, range }]);
    assert!(!texts(&state).contains(&"message 951".to_owned()));
    // A new message does not move what is read; the end is one key away.
    let before = texts(&state);
    posted(&mut state, 1, message(GRACE, 1_001, GRACE, NOW, "new"));
    assert_eq!(texts(&state), before);
    act(&mut state, &[Action::ScrollNewest]);
    assert_eq!(texts(&state).last().map(String::as_str), Some("new"));
}

#[test]
fn a_day_is_asked_for_found_by_the_server_and_shown_from_its_first_message() {
    let mut state = long_chat(80, 24, 1_000, 50, 0);
    let conversation = chat_id(GRACE);
    press(&mut state, &["ctrl-g"]);
    type_text(&mut state, "2026-03-01");
    let effects = press(&mut state, &["enter"]);
    let range = HistoryRange::FromTime(at("2026-02-28T23:00:00.000Z"));
    assert_eq!(asks(&effects), [&Request::History { conversation, range }]);
    let messages = long_history(300, 349);
    let page = MessagesPage { messages, from_seq: 300, to_seq: 349, head_seq: 1_000 };
    let answer = Answer::History { conversation, range, is_kept: false, result: Ok(page) };
    let effects = answered(&mut state, answer);
    assert_eq!(texts(&state).first().map(String::as_str), Some("message 300"));
    // What is above is asked for, and does not move what is read.
    let range = HistoryRange::Before(300);
    assert_eq!(asks(&effects), [&Request::History { conversation, range }]);
    let last_before = texts(&state).pop();
    let messages = long_history(250, 299);
    let page = MessagesPage { messages, from_seq: 250, to_seq: 299, head_seq: 1_000 };
    answered(&mut state, Answer::History { conversation, range, is_kept: false, result: Ok(page) });
    assert_eq!(texts(&state).pop(), last_before);
    assert!(texts(&state).contains(&"message 300".to_owned()));
}

#[test]
fn a_day_after_the_last_message_is_said() {
    let mut state = reading(80, 24);
    let conversation = chat_id(GRACE);
    press(&mut state, &["ctrl-g"]);
    type_text(&mut state, "today");
    let effects = press(&mut state, &["enter"]);
    let Request::History { range, .. } = *asks(&effects)[0] else { panic!("{effects:?}") };
    let page = MessagesPage { messages: vec![], from_seq: 8, to_seq: 7, head_seq: 7 };
    answered(&mut state, Answer::History { conversation, range, is_kept: false, result: Ok(page) });
    assert!(state.notice.is_some());
    assert_eq!(scroll(&state), Scroll::Bottom);
}

#[test]
fn a_chat_is_muted_by_a_key_and_nothing_of_it_is_told() {
    let mut state = world(80, 24);
    let conversation = chat_id(GRACE);
    let effects = press(&mut state, &["m"]);
    assert_eq!(asks(&effects), [&Request::SetMuted { conversation, muted: true }]);
    let result = Ok(chatter_protocol::rest::MuteAnswer { muted: true, mute_rev: 1 });
    answered(&mut state, Answer::Muted { conversation, result });
    posted(&mut state, 1, message(GRACE, 8, GRACE, NOW, "hush"));
    state.now = Timestamp::from_millis(state.now.as_millis() + 1_000);
    let effects = update(&mut state, Event::Woken);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Notify(_))), "{effects:?}");
    assert_eq!(state.title.as_deref(), Some("(4) chatter"));
}
