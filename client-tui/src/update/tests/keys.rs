use super::*;
use crate::config::Config;
use crate::keymap::Profile;

fn with_keys(profile: Profile) -> State {
    let mut config = Config::default();
    config.keys.profile = profile;
    let mut state = reading(80, 24);
    state.configure(config);
    state
}

fn draft(state: &State) -> &str {
    account(state).draft().map_or("", |draft| draft.text())
}

#[test]
fn a_sequence_is_remembered_until_it_is_whole() {
    let mut state = with_keys(Profile::Emacs);
    press(&mut state, &["ctrl-x"]);
    assert_eq!(state.pending.len(), 1);
    let effects = press(&mut state, &["ctrl-c"]);
    assert!(effects.contains(&Effect::Quit));
    assert!(state.pending.is_empty());
}

#[test]
fn keys_that_lead_nowhere_are_dropped_with_those_before_them() {
    let mut state = with_keys(Profile::Emacs);
    press(&mut state, &["ctrl-x", "z"]);
    assert!(state.pending.is_empty());
    assert_eq!(draft(&state), "", "the end of a sequence is no text");
    press(&mut state, &["ctrl-x", "esc"]);
    assert!(state.pending.is_empty());
    assert_eq!(state.pane(), crate::state::Pane::Chat, "Esc takes back the sequence alone");
    press(&mut state, &["ctrl-x"]);
    update(&mut state, Event::Pasted("pasted".into()));
    press(&mut state, &["b"]);
    assert_eq!(draft(&state), "pastedb");
}

#[test]
fn commands_are_not_text_and_text_is_no_command() {
    let mut state = with_keys(Profile::Vim);
    type_text(&mut state, "dd");
    assert_eq!(draft(&state), "dd");
    press(&mut state, &["esc", "q", "v"]);
    assert_eq!(draft(&state), "dd", "what is bound to nothing is dropped");
    press(&mut state, &["d", "d"]);
    assert_eq!(draft(&state), "");
}
