//! The settings, at all sizes.

use chatter_protocol::{Session, SessionId};

use super::tests::snapshots;
use crate::state::fixture::*;
use crate::state::{Answer, Event};
use crate::update::update;

#[test]
fn settings() {
    snapshots("settings", |width, height| {
        let mut state = world(width, height);
        press(&mut state, &["f3", "down"]);
        state
    });
}

#[test]
fn settings_switches() {
    snapshots("settings_switches", |width, height| {
        let mut state = world(width, height);
        press(&mut state, &["f3", "down", "down", "down", "enter"]);
        let mut me = state.account.as_ref().and_then(|it| it.replica.me().cloned()).expect("me");
        me.privacy.receipts = false;
        update(&mut state, Event::Answered(Box::new(Answer::Privacy(Ok(me)))));
        press(&mut state, &["down", "space"]);
        state
    });
}

#[test]
fn settings_password() {
    snapshots("settings_password", |width, height| {
        let mut state = world(width, height);
        press(&mut state, &["f3"]);
        press(&mut state, &["down"; 6]);
        press(&mut state, &["enter"]);
        type_text(&mut state, "secret");
        state
    });
}

#[test]
fn settings_sessions() {
    snapshots("settings_sessions", |width, height| {
        let mut state = world(width, height);
        press(&mut state, &["f3"]);
        press(&mut state, &["down"; 7]);
        press(&mut state, &["enter"]);
        let session = |name: &str, current| Session {
            id: SessionId::from_bytes([7; 16]),
            device_name: name.to_owned(),
            remember: true,
            created_at: at("2026-02-01T10:00:00.000Z"),
            last_used_at: at("2026-03-05T11:00:00.000Z"),
            expires_at: at("2026-04-05T11:00:00.000Z"),
            current,
            rights: chatter_protocol::Rights::ALL,
        };
        let sessions = vec![session("engine", true), session("ノートパソコン", false)];
        update(&mut state, Event::Answered(Box::new(Answer::Sessions(Ok(sessions)))));
        press(&mut state, &["down"]);
        state
    });
}

#[test]
fn settings_blocked() {
    snapshots("settings_blocked", |width, height| {
        let mut state = world(width, height);
        blocking(&mut state, &[GRACE, SAKURA, 99]);
        press(&mut state, &["f3", "down", "down", "down", "down", "down", "enter", "down"]);
        state
    });
}
