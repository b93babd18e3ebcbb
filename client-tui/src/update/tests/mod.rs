//! Each flow of the screen as a story: keys and events in, state and effects out.

use chatter_protocol::frame::Ack;
use chatter_protocol::rest::{MessagesPage, SessionGrant, UsersPage};
use chatter_protocol::{
    ClientFrame, ErrorBody, ErrorCode, Me, MessageId, Privacy, Secret, ServerFrame, Session,
    SessionId, Timestamp,
};
mod anything;
mod attaching;
mod blocking;
mod choosing;
mod completing;
mod keeping;
mod keys;
mod mouse;
mod notifying;
mod pictures;
mod places;
mod profiles;
mod reading;
mod signing_in;
mod writing;

use super::update;
use crate::action::Action;
use crate::keymap::Context;
use crate::state::fixture::*;
use crate::state::{
    Answer, Effect, EntryKey, Event, Failure, FieldName, HistoryRange, LinkState, Overlay,
    Question, Request, Row, Scroll, State,
};
use crate::sync::UnsentState;

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
            rights: chatter_protocol::Rights::ALL,
        },
        me: Me {
            blocked: Vec::new(),
            user,
            email: "ada@example.org".into(),
            privacy: Privacy::default(),
        },
    }
}

fn copied(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Copy(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// The texts on screen, top to bottom.
fn texts(state: &State) -> Vec<String> {
    let (timeline, scroll, height) = state.timeline().expect("a chat is open");
    let rows = timeline.window(scroll, height).into_iter();
    rows.filter_map(|shown| match shown.row {
        Row::Text(index) => Some(text_of(&shown.laid[index])),
        Row::New => Some("— new —".to_owned()),
        _ => None,
    })
    .collect()
}

fn text_of(row: &crate::markdown::Row) -> String {
    row.pieces.iter().map(|piece| piece.text.as_str()).collect()
}

fn account(state: &State) -> &crate::state::Account {
    state.account.as_ref().expect("signed in")
}

fn scroll(state: &State) -> Scroll {
    account(state).open.as_ref().expect("open").scroll
}
