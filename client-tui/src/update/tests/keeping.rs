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
