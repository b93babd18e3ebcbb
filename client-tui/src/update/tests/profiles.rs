//! Profiles: opened from wherever somebody is, changed in place, muted, blocked.

use chatter_protocol::rest::UpdateMeRequest;
use chatter_protocol::{Me, UserId, UserRef};

use super::*;
use crate::state::{Card, CardMode, CardRow};

fn card(state: &State) -> &Card {
    match &state.overlay {
        Some(Overlay::Profile(card)) => card,
        other => panic!("{other:?}"),
    }
}

fn shown(state: &State) -> UserId {
    card(state).person.user.id
}

fn me(state: &State) -> Me {
    account(state).replica.me().cloned().expect("known")
}

fn form(state: &State) -> &crate::state::Form {
    match &card(state).mode {
        CardMode::Editing(form) => form,
        other => panic!("{other:?}"),
    }
}

fn changes(effects: &[Effect]) -> UpdateMeRequest {
    let [Request::UpdateMe(body)] = asks(effects)[..] else { panic!("{effects:?}") };
    body.clone()
}

#[test]
fn one_key_shows_who_is_chosen_wherever_that_is_and_leads_back() {
    let mut state = world(80, 24);
    press(&mut state, &["down", "p"]);
    assert_eq!(shown(&state), user_id(SAKURA), "the chosen chat");
    press(&mut state, &["esc", "enter", "alt-u"]);
    assert_eq!(shown(&state), user_id(SAKURA), "the open chat");
    press(&mut state, &["alt-u"]);
    assert!(state.overlay.is_none(), "and closes it");

    press(&mut state, &["f2"]);
    let page = Ok(UsersPage { people: vec![person(GRACE), person(ZOE)], next: None });
    answered(&mut state, Answer::People { prefix: String::new(), after: None, result: page });
    press(&mut state, &["down", "alt-u"]);
    assert_eq!(shown(&state), user_id(ZOE), "the directory");
    press(&mut state, &["esc"]);
    let Some(Overlay::People(people)) = &state.overlay else { panic!("{:?}", state.overlay) };
    assert_eq!((people.chosen, people.found.len()), (1, 2), "as it was left");
    press(&mut state, &["esc", "ctrl-k"]);
    type_text(&mut state, "grace");
    press(&mut state, &["alt-u"]);
    assert_eq!(shown(&state), user_id(GRACE), "the switcher");

    let mut state = reading(80, 24);
    press(&mut state, &["f9", "up", "p"]);
    assert_eq!(shown(&state), user_id(ADA), "who wrote the chosen message");
    let mut state = world(80, 24);
    press(&mut state, &["shift-p"]);
    assert_eq!(shown(&state), user_id(ADA));
}

#[test]
fn a_directory_that_was_answered_behind_a_profile_asks_again() {
    let mut state = world(80, 24);
    press(&mut state, &["f2"]);
    let page = Ok(UsersPage { people: vec![person(GRACE)], next: None });
    answered(&mut state, Answer::People { prefix: String::new(), after: None, result: page });
    type_text(&mut state, "z");
    press(&mut state, &["alt-u"]);
    let late = Ok(UsersPage { people: vec![person(ZOE)], next: None });
    answered(&mut state, Answer::People { prefix: "z".into(), after: None, result: late });
    let effects = press(&mut state, &["esc"]);
    assert_eq!(asks(&effects), [&Request::People { prefix: "z".into(), after: None }]);
}

#[test]
fn somebody_who_is_not_known_is_asked_for_and_a_nobody_said() {
    let mut state = reading(80, 24);
    type_text(&mut state, "/profile @linus");
    let effects = press(&mut state, &["enter"]);
    let linus = UserRef::Username("linus".parse().expect("a username"));
    assert_eq!(asks(&effects), [&Request::Person(linus)]);
    let refusal = failure(ErrorCode::NotFound, None);
    answered(&mut state, Answer::Person(Box::new(Err(refusal))));
    assert_eq!((state.notice.as_deref(), state.overlay.is_none()), (Some("No."), true));
    answered(&mut state, Answer::Person(Box::new(Ok(person(ZOE)))));
    assert_eq!(shown(&state), user_id(ZOE));
    press(&mut state, &["esc"]);
    type_text(&mut state, "/profile grace");
    press(&mut state, &["enter"]);
    assert_eq!(shown(&state), user_id(GRACE));
}

#[test]
fn a_chat_is_opened_and_muted_from_a_profile() {
    let mut state = world(80, 24);
    press(&mut state, &["p", "m"]);
    let effects = press(&mut state, &["down", "enter"]);
    let conversation = chat_id(GRACE);
    assert_eq!(asks(&effects), [&Request::SetMuted { conversation, muted: true }]);
    press(&mut state, &["up", "enter"]);
    assert!(state.overlay.is_none());
    assert_eq!(account(&state).open.as_ref().map(|open| open.id), Some(chat_id(GRACE)));
}

#[test]
fn blocking_asks_first_and_shows_what_the_server_says() {
    let mut state = world(80, 24);
    let user = user_id(GRACE);
    assert_eq!(asks(&press(&mut state, &["p", "b", "n"])), Vec::<&Request>::new());
    assert!(matches!(card(&state).mode, CardMode::Choosing), "a no leads back to the profile");
    let effects = press(&mut state, &["b", "y"]);
    assert_eq!(asks(&effects), [&Request::SetBlocked { user, blocked: true }]);
    assert!(!card(&state).is_blocked(account(&state)), "not confirmed yet");
    let mut blocking = me(&state);
    (blocking.user.rev, blocking.blocked) = (1, vec![user]);
    answered(&mut state, Answer::Blocked { user, blocked: true, result: Ok(blocking) });
    assert!(card(&state).is_blocked(account(&state)));
    assert_eq!(
        state.notice.as_deref(),
        Some("Grace Hopper is blocked: nothing of theirs reaches you.")
    );
    let effects = press(&mut state, &["b"]);
    assert_eq!(asks(&effects), [&Request::SetBlocked { user, blocked: false }], "undone at once");
    let result = Err(failure(ErrorCode::Busy, None));
    answered(&mut state, Answer::Blocked { user, blocked: false, result });
    assert_eq!(state.notice.as_deref(), Some("No."));
}

#[test]
fn nobody_mutes_or_blocks_themselves() {
    let mut state = world(80, 24);
    press(&mut state, &["shift-p"]);
    assert_eq!(asks(&press(&mut state, &["m", "b", "y"])), Vec::<&Request>::new());
    assert!(matches!(card(&state).mode, CardMode::Choosing));
}

#[test]
fn a_name_is_changed_in_place_and_a_refusal_stands_at_the_field() {
    let mut state = world(80, 24);
    press(&mut state, &["f3", "enter"]);
    type_text(&mut state, "!");
    let body = changes(&press(&mut state, &["enter"]));
    assert_eq!(body.display_name.as_deref(), Some("Ada Lovelace!"));
    assert_eq!(asks(&press(&mut state, &["enter"])), Vec::<&Request>::new(), "one at a time");
    let refused = failure(ErrorCode::InvalidField, Some("display_name"));
    answered(&mut state, Answer::Profile(Err(refused)));
    assert_eq!(form(&state).fields[0].problem.as_deref(), Some("No."));
    press(&mut state, &["enter"]);
    let mut changed = me(&state);
    (changed.user.rev, changed.user.display_name) = (1, "Ada L.".parse().expect("a name"));
    answered(&mut state, Answer::Profile(Ok(changed)));
    assert!(matches!(card(&state).mode, CardMode::Choosing));
    assert_eq!(card(&state).user(account(&state)).display_name.as_str(), "Ada L.");
    press(&mut state, &["esc"]);
    assert!(matches!(state.overlay, Some(Overlay::Settings(_))), "back to where it was opened");
}

#[test]
fn a_status_is_set_with_an_end_that_is_chosen_or_typed() {
    let mut state = world(80, 24);
    press(&mut state, &["shift-p", "down", "enter"]);
    type_text(&mut state, "at lunch");
    press(&mut state, &["tab", "right"]);
    let body = changes(&press(&mut state, &["enter"]));
    assert_eq!(body.status_message.as_deref(), Some("at lunch"));
    assert_eq!(body.status_expires_at, Some(at("2026-03-05T13:15:00.000Z")), "half an hour");

    let mut state = world(80, 24);
    press(&mut state, &["f3", "down", "enter"]);
    type_text(&mut state, "at lunch");
    press(&mut state, &["tab"]);
    type_text(&mut state, "soon");
    assert_eq!(asks(&press(&mut state, &["enter"])), Vec::<&Request>::new());
    let problem = form(&state).fields[1].problem.as_deref().expect("said");
    assert!(problem.contains("18:00"), "{problem}");
    press(&mut state, &["ctrl-u"]);
    type_text(&mut state, "18:00");
    let body = changes(&press(&mut state, &["enter"]));
    assert_eq!(body.status_expires_at, Some(at("2026-03-05T17:00:00.000Z")), "where Ada is");
}

#[test]
fn an_empty_status_has_no_end_and_one_that_is_set_keeps_its_own() {
    let mut state = world(80, 24);
    let mut now = me(&state);
    let end = at("2026-03-08T08:30:00.000Z");
    (now.user.rev, now.user.status_message) = (1, "away".parse().ok());
    now.user.status_expires_at = Some(end);
    event(&mut state, 1, chatter_protocol::Event::MeChanged { me: now });
    press(&mut state, &["shift-p", "down", "enter"]);
    type_text(&mut state, "!");
    let body = changes(&press(&mut state, &["enter"]));
    assert_eq!(
        (body.status_message.as_deref(), body.status_expires_at),
        (Some("away!"), Some(end))
    );
    answered(&mut state, Answer::Profile(Err(failure(ErrorCode::Busy, None))));
    press(&mut state, &["ctrl-u"]);
    let body = changes(&press(&mut state, &["enter"]));
    assert_eq!((body.status_message.as_deref(), body.status_expires_at), (Some(""), None));
}

#[test]
fn a_time_zone_is_shared_by_name_and_taken_back() {
    let mut state = world(80, 24);
    press(&mut state, &["shift-p", "down", "down", "enter"]);
    type_text(&mut state, "moon/base");
    assert_eq!(asks(&press(&mut state, &["enter"])), Vec::<&Request>::new());
    assert!(form(&state).fields[0].problem.is_some());
    press(&mut state, &["ctrl-u"]);
    type_text(&mut state, "europe/london");
    let body = changes(&press(&mut state, &["enter"]));
    assert_eq!(body.time_zone.as_deref(), Some("Europe/London"));
    answered(&mut state, Answer::Profile(Err(failure(ErrorCode::Busy, None))));
    press(&mut state, &["ctrl-u", "left"]);
    let body = changes(&press(&mut state, &["enter"]));
    assert_eq!(body.time_zone.as_deref(), Some(""), "none");
}

#[test]
fn the_zone_of_this_device_is_proposed() {
    let mut state = world(80, 24);
    state.zone = crate::clock::zone_named("Asia/Tokyo").expect("known");
    press(&mut state, &["shift-p", "down", "down", "enter", "right"]);
    let body = changes(&press(&mut state, &["enter"]));
    assert_eq!(body.time_zone.as_deref(), Some("Asia/Tokyo"));
}

#[test]
fn a_picture_is_put_on_and_taken_off() {
    let mut state = world(80, 24);
    press(&mut state, &["shift-p", "down", "down", "down", "enter"]);
    update(&mut state, Event::Pasted("'/home/ada/my face.png'".to_owned()));
    let effects = press(&mut state, &["enter"]);
    assert_eq!(asks(&effects), [&Request::SetAvatar("/home/ada/my face.png".into())]);
    answered(&mut state, Answer::Profile(Err(failure(ErrorCode::Busy, None))));
    assert_eq!(form(&state).fields[0].problem.as_deref(), Some("No."), "at the path");
    press(&mut state, &["enter"]);
    let mut with = me(&state);
    (with.user.rev, with.user.avatar) = (1, Some(chatter_protocol::MediaId::from_bytes([7; 16])));
    answered(&mut state, Answer::Profile(Ok(with)));
    assert_eq!(card(&state).rows(account(&state)).last(), Some(&CardRow::NoPicture));
    let effects = press(&mut state, &["down", "enter"]);
    assert_eq!(asks(&effects), [&Request::ClearAvatar]);
}

#[test]
fn a_status_in_words_has_its_end_and_stays_written_where_it_can_not_be() {
    let mut state = reading(80, 24);
    type_text(&mut state, "/status at lunch for 45m");
    let body = changes(&press(&mut state, &["enter"]));
    assert_eq!(body.status_expires_at, Some(at("2026-03-05T13:30:00.000Z")));
    type_text(&mut state, "/status away until 2026-03-01");
    assert_eq!(asks(&press(&mut state, &["enter"])), Vec::<&Request>::new());
    assert_eq!(state.notice.as_deref(), Some("That is over already."));
    let draft = account(&state).draft().expect("there").text();
    assert_eq!(draft, "/status away until 2026-03-01");
}

#[test]
fn a_profile_is_live_and_its_clock_wakes_the_screen_each_minute() {
    let mut state = reading(80, 24);
    press(&mut state, &["alt-u"]);
    let mut user = person(GRACE).user;
    (user.rev, user.display_name) = (1, "Amazing Grace".parse().expect("a name"));
    user.time_zone = "America/New_York".parse().ok();
    state.now = at("2026-03-05T12:45:10.500Z");
    event(&mut state, 1, chatter_protocol::Event::ProfileChanged { user });
    assert_eq!(card(&state).user(account(&state)).display_name.as_str(), "Amazing Grace");
    assert_eq!(state.next_change(), Some(at("2026-03-05T12:46:00.000Z")));
    press(&mut state, &["esc"]);
    assert_eq!(state.next_change(), Some(at("2026-03-05T23:00:00.000Z")));
}
