//! Keys and pasted text: to whatever has the focus.

use crokey::KeyCombination;

use super::{chat, people, settings, welcome};
use crate::action::Action;
use crate::keymap::typed_character;
use crate::state::{
    Account, COLUMNS_WIDE, Edit, Effect, LinkState, Motion, Overlay, Pane, People, Question,
    Settings, State, help_last_top,
};

/// Rows that a page of help or people moves by.
const PAGE_ROWS: isize = 10;

pub(super) fn press(state: &mut State, key: KeyCombination, effects: &mut Vec<Effect>) {
    state.notice = None;
    match state.keymap.action(state.contexts(), key) {
        Some(action) => act(state, action, effects),
        None => {
            if let Some(character) = typed_character(key) {
                type_character(state, character, effects);
            }
        }
    }
}

pub(super) fn paste(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    // Terminals send line ends as carriage returns.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    match (&mut state.overlay, &mut state.welcome) {
        (Some(Overlay::People(people)), _) => people::paste(people, &text, effects),
        (Some(Overlay::Settings(settings)), _) => {
            if let Some(form) = &mut settings.form {
                form.paste(&text);
            }
        }
        (Some(_), _) => {}
        (None, Some(welcome)) => {
            welcome.form_mut().paste(&text);
            welcome.propose_username();
        }
        (None, None) => chat::paste(state, &text, effects),
    }
}

fn type_character(state: &mut State, character: char, effects: &mut Vec<Effect>) {
    match (&mut state.overlay, &mut state.welcome) {
        (Some(Overlay::People(people)), _) => people::type_character(people, character, effects),
        (Some(Overlay::Settings(_)), _) => settings::type_character(state, character, effects),
        (Some(_), _) => {}
        (None, Some(welcome)) => {
            welcome.form_mut().type_character(character);
            welcome.propose_username();
        }
        (None, None) => chat::type_character(state, character, effects),
    }
}

fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Quit => quit(state, effects),
        Action::Help => toggle_help(state),
        Action::Reconnect => reconnect(state, effects),
        Action::Back => back(state),
        Action::Confirm => confirm(state, effects),
        Action::People | Action::Settings if state.welcome.is_some() => {}
        Action::People => open_people(state, effects),
        Action::Settings => open_settings(state),
        Action::NextChat | Action::PreviousChat | Action::NextUnread => {
            if state.overlay.is_none() && state.welcome.is_none() {
                chat::switch(state, action);
            }
        }
        _ => act_in_place(state, action, effects),
    }
}

/// Actions that mean something else in each place.
fn act_in_place(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match &mut state.overlay {
        Some(Overlay::People(people)) => people::act(people, action, effects),
        Some(Overlay::Settings(_)) => settings::act(state, action, effects),
        Some(Overlay::Help { .. }) => scroll_help(state, action),
        Some(Overlay::Question(_)) => {}
        None if state.welcome.is_some() => welcome::act(state, action, effects),
        None => chat::act(state, action, effects),
    }
}

fn scroll_help(state: &mut State, action: Action) {
    let last_top = help_last_top(state);
    if let Some(Overlay::Help { top }) = &mut state.overlay {
        *top = moved((*top).min(last_top), action).min(last_top);
    }
}

/// An index moved by an action, not below 0; the caller knows the end.
pub(super) fn moved(index: usize, action: Action) -> usize {
    match action {
        Action::Up | Action::Edit(Edit::Move(Motion::Up)) => index.saturating_sub(1),
        Action::Down | Action::Edit(Edit::Move(Motion::Down)) => index + 1,
        Action::PageUp => index.saturating_add_signed(-PAGE_ROWS),
        Action::PageDown => index.saturating_add_signed(PAGE_ROWS),
        Action::First => 0,
        // Far beyond any list, and far from overflowing.
        Action::Last => usize::MAX / 2,
        _ => index,
    }
}

fn quit(state: &mut State, effects: &mut Vec<Effect>) {
    let at_risk = |account: &&Account| !account.keeping.outlives_the_process();
    let (waiting, drafts) = state
        .account
        .as_ref()
        .filter(at_risk)
        .map_or((0, 0), |account| (account.waiting_count(), account.draft_count()));
    let asked = matches!(state.overlay, Some(Overlay::Question(Question::Quit { .. })));
    if waiting + drafts == 0 || asked {
        effects.push(Effect::Quit);
    } else {
        state.overlay = Some(Overlay::Question(Question::Quit { waiting, drafts }));
    }
}

fn toggle_help(state: &mut State) {
    state.overlay = match &state.overlay {
        Some(Overlay::Help { .. }) => None,
        _ => Some(Overlay::Help { top: 0 }),
    };
}

fn reconnect(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(account) = &mut state.account else { return };
    match account.link {
        LinkState::Waiting { .. } => effects.push(Effect::Reconnect),
        LinkState::Online => {
            effects.push(Effect::CheckLink);
            account.history_problem = None;
            if !account.list_loaded {
                effects.push(super::link::ask_for_list());
            }
        }
        LinkState::Connecting | LinkState::Ended => {}
    }
}

fn open_people(state: &mut State, effects: &mut Vec<Effect>) {
    let mut people = People::default();
    people::ask(&mut people, effects);
    state.overlay = Some(Overlay::People(people));
}

fn open_settings(state: &mut State) {
    if state.account.is_some() {
        state.overlay = Some(Overlay::Settings(Settings::default()));
    }
}

fn back(state: &mut State) {
    match &mut state.overlay {
        Some(Overlay::Settings(settings))
            if settings.form.is_some() || settings.sessions.is_some() =>
        {
            (settings.form, settings.sessions) = (None, None);
        }
        Some(_) => state.overlay = None,
        None => {
            let is_narrow = state.size.width < COLUMNS_WIDE;
            if let Some(account) = &mut state.account {
                account.pane = Pane::List;
                if is_narrow {
                    account.open = None;
                }
            }
        }
    }
}

fn confirm(state: &mut State, effects: &mut Vec<Effect>) {
    match state.overlay {
        Some(Overlay::Question(Question::Quit { .. })) => effects.push(Effect::Quit),
        Some(Overlay::Question(Question::SignOut { everywhere, .. })) => {
            state.overlay = None;
            settings::sign_out(state, everywhere, effects);
        }
        _ => {}
    }
}
