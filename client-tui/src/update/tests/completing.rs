use super::*;
use crate::state::completion::Completion;

fn completion(state: &State) -> Option<&Completion> {
    state.account.as_ref().and_then(|account| account.completion())
}

fn draft(state: &State) -> &str {
    state.account.as_ref().and_then(|account| account.draft()).map_or("", |draft| draft.text())
}

fn act(state: &mut State, action: Action) {
    crate::update::key::act(state, action, &mut Vec::new());
    settle(state);
}

#[test]
fn a_person_is_proposed_chosen_and_written() {
    let mut state = reading(80, 24);
    type_text(&mut state, "ask @s");
    let people = completion(&state).expect("proposed").candidates.iter();
    assert_eq!(people.map(|one| one.label.as_str()).collect::<Vec<_>>(), ["@sakura", "@sara"]);
    assert_eq!(state.contexts()[0], Context::Completion);
    act(&mut state, Action::NextCompletion);
    act(&mut state, Action::Complete);
    assert_eq!(draft(&state), "ask @sara ");
    assert_eq!(completion(&state), None);
    assert_eq!(state.contexts()[0], Context::Chat);
}

#[test]
fn a_command_leads_to_what_comes_after_it() {
    let mut state = reading(80, 24);
    type_text(&mut state, "/th");
    act(&mut state, Action::Complete);
    assert_eq!(draft(&state), "/theme ");
    let names = completion(&state).map(|open| open.candidates.iter().map(|c| c.insert.clone()));
    assert!(names.expect("proposed").any(|name| name.trim() == "dark"));
}

#[test]
fn what_was_dismissed_stays_away_for_this_word() {
    let mut state = reading(80, 24);
    type_text(&mut state, "@s");
    press(&mut state, &["esc"]);
    assert_eq!(completion(&state), None);
    assert_eq!(draft(&state), "@s");
    type_text(&mut state, "a");
    assert_eq!(completion(&state), None);
    type_text(&mut state, " @s");
    assert!(completion(&state).is_some());
}

#[test]
fn it_closes_when_the_cursor_or_the_focus_moves() {
    let mut state = reading(80, 24);
    type_text(&mut state, "@s");
    press(&mut state, &["left"]);
    assert_eq!(completion(&state), None);
    press(&mut state, &["right"]);
    type_text(&mut state, "a");
    assert!(completion(&state).is_some());
    press(&mut state, &["alt-down"]);
    assert_eq!(completion(&state), None);
    press(&mut state, &["alt-up"]);
    assert_eq!((draft(&state), completion(&state)), ("@sa", None));
}

#[test]
fn an_emoji_that_is_written_out_appears_and_can_be_undone() {
    let mut state = reading(80, 24);
    type_text(&mut state, "a :cat:");
    assert_eq!(draft(&state), "a 🐱");
    press(&mut state, &["ctrl-z"]);
    assert_eq!(draft(&state), "a :cat:");
}

#[test]
fn nothing_is_proposed_for_a_draft_that_was_there_before() {
    let mut state = reading(80, 24);
    let account = state.account.as_mut().expect("signed in");
    account.drafts.insert(chat_id(SAKURA), crate::state::Editor::new("@sa"));
    press(&mut state, &["alt-down"]);
    assert_eq!((draft(&state), completion(&state)), ("@sa", None));
}
