//! Somebody's profile and one's own, at all sizes.

use chatter_protocol::ErrorCode;

use super::tests::snapshots;
use crate::state::fixture::*;
use crate::state::{Answer, Event, Failure, State};
use crate::update::update;

/// Grace tells everything of herself, and Ada shares her zone.
fn told(width: u16, height: u16) -> State {
    let mut state = reading(width, height);
    let mut grace = person(GRACE).user;
    (grace.rev, grace.status_expires_at) = (1, Some(at("2026-03-05T17:00:00.000Z")));
    grace.time_zone = "America/New_York".parse().ok();
    event(&mut state, 1, chatter_protocol::Event::ProfileChanged { user: grace });
    let mut me = state.account.as_ref().and_then(|it| it.replica.me().cloned()).expect("me");
    me.user.rev = 1;
    me.user.status_message = "at the engine".parse().ok();
    me.user.status_expires_at = Some(at("2026-03-05T23:00:00.000Z"));
    me.user.time_zone = "Europe/London".parse().ok();
    me.user.avatar = Some(chatter_protocol::MediaId::from_bytes([5; 16]));
    event(&mut state, 2, chatter_protocol::Event::MeChanged { me });
    state
}

#[test]
fn profile() {
    snapshots("profile", |width, height| {
        let mut state = told(width, height);
        press(&mut state, &["alt-u"]);
        state
    });
}

#[test]
fn profile_with_a_long_status() {
    snapshots("profile_long", |width, height| {
        let mut state = told(width, height);
        let mut grace = person(GRACE).user;
        (grace.rev, grace.time_zone) = (2, "Asia/Kathmandu".parse().ok());
        grace.status_message =
            "Reading every relay of panel F, one after the other, because a moth \
                                can be in any of them, and this one was not the last"
                .parse()
                .ok();
        grace.status_expires_at = Some(at("2026-03-08T23:00:00.000Z"));
        event(&mut state, 3, chatter_protocol::Event::ProfileChanged { user: grace });
        let muted = chatter_protocol::Event::MuteChanged {
            conversation: chat_id(GRACE),
            muted: true,
            rev: 1,
        };
        event(&mut state, 4, muted);
        press(&mut state, &["alt-u", "down"]);
        state
    });
}

#[test]
fn profile_asks_before_it_blocks() {
    snapshots("profile_block", |width, height| {
        let mut state = told(width, height);
        press(&mut state, &["alt-u", "b"]);
        state
    });
}

#[test]
fn profile_of_mine() {
    snapshots("profile_own", |width, height| {
        let mut state = told(width, height);
        press(&mut state, &["esc", "shift-p", "down"]);
        state
    });
}

#[test]
fn profile_of_mine_edited_in_place() {
    snapshots("profile_status", |width, height| {
        let mut state = told(width, height);
        press(&mut state, &["esc", "shift-p", "down", "enter", "tab"]);
        type_text(&mut state, "9:30am");
        press(&mut state, &["backspace", "backspace", "enter"]);
        let failure = Failure {
            message: "A status message can't have ended before it is set.".into(),
            field: Some("status_expires_at".into()),
            code: Some(ErrorCode::InvalidField),
        };
        update(&mut state, Event::Answered(Box::new(Answer::Profile(Err(failure)))));
        state
    });
}

#[test]
fn profile_of_mine_with_choices() {
    snapshots("profile_zone", |width, height| {
        let mut state = told(width, height);
        press(&mut state, &["esc", "shift-p", "down", "down", "enter", "delete", "left"]);
        state
    });
}
