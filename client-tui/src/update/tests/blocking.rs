//! Blocking somebody, from both sides of the question, and what shows of them afterwards.

use chatter_protocol::{Event as Entry, User};

use super::*;

const HIDDEN: &str = "(message from somebody you blocked)";

fn block(number: u8, blocked: bool) -> Effect {
    Effect::Ask(Request::SetBlocked { user: user_id(number), blocked })
}

/// The server does it, and says so.
fn done(state: &mut State, number: u8, blocked: bool) -> Vec<Effect> {
    let mut me = account(state).replica.me().expect("known").clone();
    me.user.rev += 1;
    me.blocked = if blocked { vec![user_id(number)] } else { vec![] };
    let result = Ok(me.clone());
    let seq = u64::from(me.user.rev) * 2;
    let mut effects = answered(state, Answer::Blocked { user: user_id(number), blocked, result });
    effects.extend(event(state, seq, Entry::MeChanged { me }));
    if !blocked {
        effects.extend(event(state, seq + 1, Entry::Unblocked { user: person(number).user }));
    }
    effects
}

#[test]
fn blocking_is_asked_about_and_hides_at_once_what_is_here() {
    let mut state = reading(80, 24);
    type_text(&mut state, "/block");
    assert_eq!(press(&mut state, &["enter"]), []);
    assert!(matches!(state.overlay, Some(Overlay::Question(Question::Block(_)))));
    assert_eq!(press(&mut state, &["n"]), []);
    assert!(texts(&state).iter().any(|text| text == "We found the bug."), "the control");
    type_text(&mut state, "/block @grace");
    press(&mut state, &["enter"]);
    assert_eq!(press(&mut state, &["y"]), [block(GRACE, true)]);
    assert!(state.overlay.is_none());

    let effects = done(&mut state, GRACE, true);
    let list = Request::Conversations { after: None };
    assert_eq!(asks(&effects), [&list], "what is unread is to be counted anew");
    let shown = texts(&state);
    assert!(shown.iter().filter(|text| *text == HIDDEN).count() >= 2, "{shown:?}");
    assert!(shown.iter().any(|text| text == "Keep it!"), "one's own stay: {shown:?}");
    assert!(!shown.iter().any(|text| text.contains("bug") || text.contains("relay")));
    // Nothing of it can be copied either.
    press(&mut state, &["esc"]);
    type_text(&mut state, "/copy 4");
    assert_eq!(copied(&press(&mut state, &["enter"])), Vec::<&str>::new());

    // What is written to them is not sent, and not lost.
    let mut state = reading(80, 24);
    blocking(&mut state, &[GRACE]);
    type_text(&mut state, "hello?");
    assert_eq!(sends(&press(&mut state, &["enter"])), Vec::<&str>::new());
    let said = "You blocked Grace Hopper. /unblock to undo.";
    assert_eq!(state.notice.as_deref(), Some(said));
    assert_eq!(account(&state).draft().map(|draft| draft.text()), Some("hello?"));
}

#[test]
fn nothing_of_somebody_who_is_blocked_notifies_or_types() {
    for blocked in [false, true] {
        let mut state = world(80, 24);
        if blocked {
            blocking(&mut state, &[GRACE]);
        }
        let typing = ServerFrame::Typing { conversation: chat_id(GRACE), user: user_id(GRACE) };
        frame(&mut state, typing);
        assert_eq!(account(&state).is_typing(chat_id(GRACE)), !blocked);
        let late = message(GRACE, 8, GRACE, NOW, "psst");
        posted(&mut state, 9, late);
        state.now = Timestamp::from_millis(state.now.as_millis() + 700);
        let effects = update(&mut state, Event::Woken);
        let notified = effects.iter().any(|effect| matches!(effect, Effect::Notify(_)));
        assert_eq!(notified, !blocked);
        let chat = account(&state).replica.chat(chat_id(GRACE)).expect("known");
        assert_eq!(chat.unread(user_id(ADA)), u64::from(!blocked));
    }
    // What came in just before the block is no news after it.
    let mut state = world(80, 24);
    posted(&mut state, 1, message(GRACE, 8, GRACE, NOW, "psst"));
    blocking(&mut state, &[GRACE]);
    state.now = Timestamp::from_millis(state.now.as_millis() + 700);
    let effects = update(&mut state, Event::Woken);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Notify(_))));
}

#[test]
fn unblocking_fetches_everything_anew() {
    let mut state = reading(80, 24);
    blocking(&mut state, &[GRACE]);
    type_text(&mut state, "/unblock");
    assert_eq!(press(&mut state, &["enter"]), [block(GRACE, false)]);
    let effects = done(&mut state, GRACE, false);
    let asked = asks(&effects);
    assert!(asked.contains(&&Request::Conversations { after: None }), "{asked:?}");
    let is_history = |request: &&&Request| matches!(request, Request::History { .. });
    assert!(asked.iter().any(|request| is_history(&request)), "{asked:?}");
    let page = MessagesPage { messages: grace_history(), from_seq: 1, to_seq: 7, head_seq: 7 };
    let range = HistoryRange::Before(6);
    let conversation = chat_id(GRACE);
    answered(&mut state, Answer::History { conversation, range, is_kept: false, result: Ok(page) });
    let shown = texts(&state);
    assert!(shown.iter().any(|text| text == "We found the bug."), "{shown:?}");
    assert!(!shown.iter().any(|text| text == HIDDEN), "{shown:?}");
}

#[test]
fn the_settings_list_who_is_blocked_and_unblock_after_a_question() {
    let mut state = world(80, 24);
    blocking(&mut state, &[GRACE, 99]);
    press(&mut state, &["f3", "down", "down", "down", "down", "down", "down"]);
    let effects = press(&mut state, &["enter"]);
    assert_eq!(asks(&effects), [&Request::Somebody(user_id(99))], "who is not known is looked up");
    let stranger = User { id: user_id(99), ..person(ZOE).user };
    let stranger = chatter_protocol::Person { user: stranger, ..person(ZOE) };
    answered(&mut state, Answer::Somebody(Box::new(Ok(stranger))));
    assert_ne!(account(&state).name_of(user_id(99)), "Somebody");

    press(&mut state, &["down", "enter"]);
    assert!(matches!(state.overlay, Some(Overlay::Question(Question::Unblock(_)))));
    assert_eq!(press(&mut state, &["n"]), []);
    let Some(Overlay::Settings(settings)) = &state.overlay else { panic!("back in the list") };
    assert_eq!(settings.blocked, Some(0));
    assert_eq!(press(&mut state, &["enter", "y"]), [block(GRACE, false)]);
    press(&mut state, &["esc"]);
    let Some(Overlay::Settings(settings)) = &state.overlay else { panic!("back in the settings") };
    assert_eq!(settings.blocked, None);
}

#[test]
fn who_is_meant_has_to_be_known() {
    let mut state = world(80, 24);
    press(&mut state, &["enter"]);
    for (words, said) in [
        ("/block @nobody-here", "Nobody of that name is among those you have chats with."),
        ("/unblock grace", "Grace Hopper is not blocked."),
        ("/unblock", "Grace Hopper is not blocked."),
    ] {
        type_text(&mut state, words);
        assert_eq!(press(&mut state, &["enter"]), [], "{words}");
        assert_eq!(state.notice.as_deref(), Some(said), "{words}");
        assert!(state.overlay.is_none());
        press(&mut state, &["ctrl-u"]);
    }
    let refused = Err(failure(ErrorCode::TooManyBlocked, None));
    answered(&mut state, Answer::Blocked { user: user_id(GRACE), blocked: true, result: refused });
    assert_eq!(state.notice.as_deref(), Some("No."));
}
