//! Reading, receipts, scrolling, history.

use super::*;

/// Long enough for receipts to be told again.
fn a_moment_later(state: &mut State) {
    state.now = Timestamp::from_millis(state.now.as_millis() + 1_000);
}

#[test]
fn read_is_said_only_when_the_chat_is_open_at_its_end_and_the_terminal_has_focus() {
    let mut state = reading(80, 24);
    assert_eq!(reads(&posted(&mut state, 1, message(GRACE, 8, GRACE, NOW, "seen"))), [8]);
    update(&mut state, Event::Focus(false));
    assert!(reads(&posted(&mut state, 2, message(GRACE, 9, GRACE, NOW, "away"))).is_empty());
    a_moment_later(&mut state);
    let back = [update(&mut state, Event::Focus(true)), settle(&mut state)].concat();
    assert!(back.contains(&Effect::CheckLink));
    assert_eq!(reads(&back), [9]);
    press(&mut state, &["f1"]);
    assert!(reads(&posted(&mut state, 3, message(GRACE, 10, GRACE, NOW, "covered"))).is_empty());
    a_moment_later(&mut state);
    assert_eq!(reads(&press(&mut state, &["esc"])), [10]);
    let other = message(SAKURA, 10, SAKURA, NOW, "elsewhere");
    assert!(reads(&posted(&mut state, 4, other)).is_empty());
}

#[test]
fn read_is_not_said_while_scrolled_up() {
    let mut state = long_chat(80, 24, 60, 60, 0);
    press(&mut state, &["pageup"]);
    assert!(reads(&posted(&mut state, 1, message(GRACE, 61, GRACE, NOW, "new"))).is_empty());
    a_moment_later(&mut state);
    assert_eq!(reads(&press(&mut state, &["ctrl-end"])), [61]);
}

#[test]
fn a_flood_is_confirmed_and_read_a_few_times_a_second_and_to_its_end() {
    let mut state = reading(80, 24);
    let mut said = Vec::new();
    for number in 1..=100 {
        state.now = Timestamp::from_millis(state.now.as_millis() + 1);
        said.extend(posted(&mut state, number, message(GRACE, 7 + number, GRACE, NOW, "flood")));
    }
    assert_eq!(reads(&said), [8], "{:?}", frames(&said));
    let wakeup = state.next_chore().expect("something is to be told");
    state.now = wakeup;
    let rest = [update(&mut state, Event::Woken), settle(&mut state)].concat();
    assert_eq!(reads(&rest), [107]);
    let confirms = |frame: &&ClientFrame| matches!(frame, ClientFrame::Confirm { .. });
    assert_eq!(frames(&rest).into_iter().filter(confirms).count(), 1);
    assert!(state.next_chore().is_none_or(|at| at > wakeup), "nothing is left to tell");
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
    let (conversation, range) = (chat_id(GRACE), HistoryRange::Before(91));
    answered(&mut state, Answer::History { conversation, range, is_kept: false, result: Ok(page) });
    assert_eq!(texts(&state)[..2], ["— new —", "message 61"]);
}

#[test]
fn older_messages_load_while_scrolling_up_and_move_nothing() {
    let mut state = long_chat(80, 24, 100, 50, 0);
    assert!(account(&state).loading.is_empty(), "enough is here");
    let mut asked = None;
    for _ in 0..5 {
        let effects = press(&mut state, &["pageup"]);
        asked = asked.or(asks(&effects).first().map(|request| (*request).clone()));
    }
    let (conversation, range) = (chat_id(GRACE), HistoryRange::Before(51));
    assert_eq!(asked, Some(Request::History { conversation, range }));
    let before = texts(&state);
    let page =
        MessagesPage { messages: long_history(1, 50), from_seq: 1, to_seq: 50, head_seq: 100 };
    answered(&mut state, Answer::History { conversation, range, is_kept: false, result: Ok(page) });
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
    press(&mut state, &["alt-pageup"]);
    assert_eq!(scroll(&state), Scroll::At { key: EntryKey::Message(59), below: 0 });
}

#[test]
fn a_failed_history_page_is_said_and_asked_for_again_by_scrolling() {
    let mut state = long_chat(80, 24, 100, 30, 0);
    press(&mut state, &["ctrl-home"]);
    let (conversation, range) = (chat_id(GRACE), HistoryRange::Before(71));
    let result = Err(failure(ErrorCode::Busy, None));
    let effects =
        answered(&mut state, Answer::History { conversation, range, is_kept: false, result });
    assert_eq!(asks(&effects), Vec::<&Request>::new(), "no storm of requests");
    assert_eq!(asks(&press(&mut state, &["pageup"])).len(), 1);
}

#[test]
fn new_messages_that_just_fit_the_screen_are_seen_and_read() {
    // One more than shows at first, so that each height fits exactly for some number of them.
    for unread in 1..40 {
        let mut state = long_chat(80, 24, 100, 100, unread);
        a_moment_later(&mut state);
        settle(&mut state);
        let sees_last = texts(&state).last().is_some_and(|text| text == "message 100");
        assert_eq!(sees_last, scroll(&state) == Scroll::Bottom, "{unread} unread");
        let me = user_id(ADA);
        let left = account(&state).open_chat().expect("open").unread(me);
        assert_eq!(left == 0, sees_last, "{unread} unread");
    }
}
