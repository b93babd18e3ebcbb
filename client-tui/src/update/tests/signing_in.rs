//! Signing in, up and in again.

use super::*;

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

#[test]
fn a_token_that_may_not_be_used_here_is_as_ended_and_says_why() {
    let mut state = reading(80, 24);
    let reason = "This token may not read.".to_owned();
    let effects = update(&mut state, Event::Link(LinkState::Forbidden { reason: reason.clone() }));
    assert_eq!(effects, [Effect::Forget]);
    assert_eq!(state.welcome.as_ref().and_then(|it| it.reason.as_ref()), Some(&reason));
    assert_eq!(account(&state).link, LinkState::Ended);
}

#[test]
fn a_session_that_i_end_myself_is_no_news() {
    let mut state = reading(80, 24);
    crate::update::settings::sign_out(&mut state, false, &mut Vec::new());
    let effects = update(&mut state, Event::Link(LinkState::Ended));
    assert!(!effects.contains(&Effect::Forget), "what is kept is dealt with once, by the answer");
    assert!(state.welcome.is_none(), "nothing is said before the answer");
    let effects = answered(&mut state, Answer::SignedOut(Ok(())));
    assert!(effects.contains(&Effect::Erase));
    let reason = state.welcome.as_ref().and_then(|welcome| welcome.reason.clone());
    assert_eq!(reason.as_deref(), Some("You are signed out."));
}

#[test]
fn what_is_typed_while_signing_out_goes_to_nobody() {
    let mut state = reading(80, 24);
    update(&mut state, Event::Frame(Box::new(welcome_frame())));
    crate::update::settings::ask_to_sign_out(&mut state, true);
    press(&mut state, &["y"]);
    let effects = type_text(&mut state, "s ago");
    let effects = [effects, press(&mut state, &["enter"])].concat();
    assert!(sends(&effects).is_empty(), "{effects:?}");
    assert!(account(&state).draft().is_none_or(|draft| draft.is_empty()));
}
