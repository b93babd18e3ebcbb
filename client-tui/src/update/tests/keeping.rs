//! What this device keeps: before it is sent, before it is confirmed, and over a failing disk.

use super::*;
use crate::sync::{Change, Kept};
use crate::update::account_of;

fn batches(effects: &[Effect]) -> Vec<&Vec<Change>> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Keep(changes) => Some(changes),
            _ => None,
        })
        .collect()
}

/// One event, then what settles, with a disk that has not answered yet.
fn unanswered(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = update(state, event);
    effects.extend(update(state, Event::Settled));
    effects
}

#[test]
fn a_message_is_on_disk_before_its_first_byte_goes_out() {
    let mut state = reading(80, 24);
    press(&mut state, &["h", "i"]);
    let effects = unanswered(&mut state, Event::Key("enter".parse().expect("a key")));
    let batch = batches(&effects);
    assert!(
        matches!(batch[..], [changes] if changes.iter().any(|change| matches!(change, Change::Queued { send, .. } if send.body == "hi")))
    );
    assert!(
        batch[0]
            .iter()
            .any(|change| matches!(change, Change::Draft { body, .. } if body.is_empty())),
        "the draft goes in the same transaction"
    );
    assert!(sends(&effects).is_empty());
    let effects = unanswered(&mut state, Event::Kept);
    assert_eq!(sends(&effects), ["hi"]);
}

fn posted(number: u64, state: &mut State) -> Vec<Effect> {
    let message = message(GRACE, number, GRACE, "2026-03-05T12:40:00.000Z", "news");
    let event = chatter_protocol::Event::MessagePosted { message };
    unanswered(state, Event::Frame(Box::new(ServerFrame::Event { seq: number + 1_000, event })))
}

#[test]
fn a_flood_is_kept_together_and_confirmed_once_it_is_kept() {
    let mut state = reading(80, 24);
    let head = account(&state).open_chat().expect("open").head_seq();
    let confirms = |effects: &[Effect]| {
        frames(effects).iter().any(|frame| matches!(frame, ClientFrame::Confirm { .. }))
    };
    state.now = Timestamp::from_millis(state.now.as_millis() + 10_000);
    let first = posted(head + 1, &mut state);
    assert_eq!(batches(&first).len(), 1, "the first after a rest waits for nothing");
    unanswered(&mut state, Event::Kept);
    let due = {
        for number in 2..=50 {
            let effects = posted(head + number, &mut state);
            assert!(batches(&effects).is_empty() && !confirms(&effects), "{number}");
        }
        state.next_chore().expect("it is kept though nothing else happens")
    };
    assert!(due.as_millis() - state.now.as_millis() < 1_000, "soon");
    state.now = due;
    let effects = unanswered(&mut state, Event::Woken);
    let next = state.next_chore();
    assert!(next.is_none_or(|at| at > state.now), "nobody is woken for what waits for the disk");
    let batch = batches(&effects)[0];
    let of_kind = |is: fn(&Change) -> bool| batch.iter().filter(|change| is(change)).count();
    assert_eq!(of_kind(|change| matches!(change, Change::Message(_))), 49);
    assert_eq!(of_kind(|change| matches!(change, Change::Covered { .. })), 1);
    assert_eq!(of_kind(|change| matches!(change, Change::Position(_))), 1);
    assert!(!confirms(&effects), "not before it is kept");
    state.now = Timestamp::from_millis(due.as_millis() + 1_000);
    assert!(confirms(&unanswered(&mut state, Event::Kept)));
}

#[test]
fn what_is_sent_waits_for_no_flood() {
    let mut state = reading(80, 24);
    let head = account(&state).open_chat().expect("open").head_seq();
    press(&mut state, &["h", "i"]);
    state.now = Timestamp::from_millis(state.now.as_millis() + 10_000);
    posted(head + 1, &mut state);
    unanswered(&mut state, Event::Kept);
    assert!(batches(&posted(head + 2, &mut state)).is_empty(), "it waits for more");
    let effects = unanswered(&mut state, Event::Key("enter".parse().expect("a key")));
    assert_eq!(batches(&effects).len(), 1, "at once");
    assert!(sends(&posted(head + 3, &mut state)).is_empty(), "not before it is kept");
    assert_eq!(sends(&unanswered(&mut state, Event::Kept)), ["hi"], "whatever came since");
}

#[test]
fn a_disk_that_can_not_be_written_is_said_and_tried_again_with_everything() {
    let mut state = reading(80, 24);
    let effects = unanswered(&mut state, Event::Key("a".parse().expect("a key")));
    let changes = batches(&effects)[0].clone();
    let problem = "Not saved on this device: disk full.".to_owned();
    unanswered(
        &mut state,
        Event::KeepFailed { changes: changes.clone(), problem: problem.clone() },
    );
    assert_eq!(state.notice, Some(problem));
    let effects = unanswered(&mut state, Event::Key("b".parse().expect("a key")));
    assert!(batches(&effects).is_empty(), "not at every key");
    state.now = Timestamp::from_millis(state.now.as_millis() + 60_000);
    let effects = unanswered(&mut state, Event::Woken);
    let again = batches(&effects)[0];
    assert!(again.starts_with(&changes), "what failed comes first");
    assert!(again.len() > changes.len(), "what came since follows");
}

#[test]
fn a_start_shows_what_was_kept() {
    let mut state = reading(80, 24);
    press(&mut state, &["d", "r", "a", "f", "t"]);
    let id = chat_id(GRACE);
    let kept = Kept { drafts: [(id, "half a tho".to_owned())].into(), ..Kept::default() };
    assert_eq!(account_of(kept.clone()).drafts[&id].text(), "half a tho");
    update(&mut state, Event::Restored(Box::new(kept)));
    let account = state.account.as_ref().expect("signed in");
    assert_eq!(account.drafts[&id].text(), "half a tho");
    assert_eq!(account.replica.my_id(), Some(user_id(ADA)));
}
