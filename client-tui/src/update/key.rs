//! Keys and pasted text: to whatever has the focus.

use crokey::KeyCombination;

use super::{
    chat, command, complete, composer, people, pictures, profile, settings, switcher, welcome,
};
use crate::action::Action;
use crate::command::parse_day;
use crate::keymap::{Lookup, takes_text, typed_character};
use crate::state::{
    Account, COLUMNS_WIDE, CardMode, Edit, Effect, FieldName, Form, LinkState, Motion, Overlay,
    Pane, People, Question, Request, Settings, State, help_last_top,
};

/// Rows that a page of help or people moves by.
const PAGE_ROWS: isize = 10;

pub(super) fn press(state: &mut State, key: KeyCombination, effects: &mut Vec<Effect>) {
    if is_leaving(state) {
        // What is typed ahead must not go to anybody; only quitting is still possible.
        if state.keymap.action(state.contexts(), &[key]) == Lookup::Action(Action::Quit) {
            act(state, Action::Quit, effects);
        }
        return;
    }
    state.notice = None;
    let is_first = state.pending.is_empty();
    state.pending.push(key);
    match state.keymap.action(state.contexts(), &state.pending) {
        Lookup::Prefix => {}
        Lookup::Action(action) => {
            state.pending.clear();
            act(state, action, effects);
        }
        Lookup::Nothing => {
            state.pending.clear();
            let character = typed_character(key).filter(|_| takes_text(state.contexts()));
            if let Some(character) = character.filter(|_| is_first) {
                type_character(state, character, effects);
            }
        }
    }
}

/// Whether signing out is under way.
fn is_leaving(state: &State) -> bool {
    let leaves = |account: &Account| account.is_leaving;
    state.welcome.is_none() && state.account.as_ref().is_some_and(leaves)
}

pub(super) fn paste(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    if is_leaving(state) {
        return;
    }
    state.pending.clear();
    // Terminals send line ends as carriage returns.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if let Some(form) = form_mut(state) {
        form.paste(&text);
        propose_username(state);
        return;
    }
    match &mut state.overlay {
        Some(Overlay::People(people)) => people::paste(people, &text, effects),
        Some(Overlay::Switcher(switcher)) => switcher::paste(switcher, &text, effects),
        Some(_) => {}
        None => composer::paste(state, &text, effects),
    }
}

fn type_character(state: &mut State, character: char, effects: &mut Vec<Effect>) {
    if let Some(form) = form_mut(state) {
        form.type_character(character);
        propose_username(state);
        return;
    }
    match &mut state.overlay {
        Some(Overlay::People(people)) => people::type_character(people, character, effects),
        Some(Overlay::Switcher(switcher)) => {
            switcher::type_character(switcher, character, effects);
        }
        Some(_) => {}
        None => {
            composer::type_character(state, character, effects);
            complete::typed(state, character);
        }
    }
}

/// The form with the focus.
fn form_mut(state: &mut State) -> Option<&mut Form> {
    match (&mut state.overlay, &mut state.welcome) {
        (Some(Overlay::Settings(settings)), _) => settings.form.as_mut(),
        (Some(Overlay::Day(form)), _) => Some(form),
        (Some(Overlay::Profile(card)), _) => match &mut card.mode {
            CardMode::Editing(form) => Some(form),
            CardMode::Choosing | CardMode::Asking => None,
        },
        (Some(_), _) => None,
        (None, welcome) => welcome.as_mut().map(|welcome| welcome.form_mut()),
    }
}

fn propose_username(state: &mut State) {
    if let Some(welcome) = state.welcome.as_mut().filter(|_| state.overlay.is_none()) {
        welcome.propose_username();
    }
}

/// Carries out an action, wherever the focus is.
pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Complete | Action::NextCompletion | Action::PreviousCompletion => {
            complete::act(state, action);
        }
        Action::Back if state.overlay.is_none() && complete::act(state, action) => {}
        Action::Quit => quit(state, effects),
        Action::Help => toggle_help(state),
        Action::Reconnect => reconnect(state, effects),
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Mouse => hand_over_mouse(state, effects),
        Action::Pictures => pictures::toggle(state),
        Action::View => {
            if state.overlay.is_none() && state.welcome.is_none() {
                pictures::view(state);
            }
        }
        Action::Back => back(state, effects),
        Action::Confirm => confirm(state, effects),
        Action::People
        | Action::Profile
        | Action::OwnProfile
        | Action::Settings
        | Action::Switcher
            if state.welcome.is_some() => {}
        Action::People => open_people(state, effects),
        Action::Profile => profile::toggle(state),
        Action::OwnProfile => profile::open_own(state),
        Action::Settings => open_settings(state),
        Action::Switcher => switcher::toggle(state),
        Action::Mute if matches!(state.overlay, Some(Overlay::Profile(_))) => {
            profile::act(state, action, effects);
        }
        Action::NextChat
        | Action::PreviousChat
        | Action::NextUnread
        | Action::Mute
        | Action::MarkRead
        | Action::ChooseMessage
        | Action::JumpToDate => {
            if state.overlay.is_none() && state.welcome.is_none() {
                chat::act(state, action, effects);
            }
        }
        _ => act_in_place(state, action, effects),
    }
}

/// Actions that mean something else in each place.
fn act_in_place(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match &mut state.overlay {
        Some(Overlay::People(people)) => people::act(people, action, effects),
        Some(Overlay::Switcher(_)) => switcher::act(state, action, effects),
        Some(Overlay::Profile(_)) => profile::act(state, action, effects),
        Some(Overlay::Settings(_)) => settings::act(state, action, effects),
        Some(Overlay::Day(_)) => act_in_day(state, action),
        Some(Overlay::Help { .. }) => scroll_help(state, action),
        Some(Overlay::Viewer(_)) => pictures::act(state, action, effects),
        Some(Overlay::Question(_)) => {}
        None if state.welcome.is_some() => welcome::act(state, action, effects),
        None => chat::act(state, action, effects),
    }
}

fn act_in_day(state: &mut State, action: Action) {
    let today = state.today();
    let Some(Overlay::Day(form)) = &mut state.overlay else { return };
    match action {
        Action::Submit => match parse_day(form.value(FieldName::Day).trim(), today) {
            Ok(day) => {
                state.overlay = None;
                command::go_to_day(state, day);
            }
            Err(problem) => form.refuse(FieldName::Day, problem),
        },
        Action::Edit(edit) => form.edit(edit),
        _ => {}
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

pub(super) fn hand_over_mouse(state: &mut State, effects: &mut Vec<Effect>) {
    state.has_mouse = !state.has_mouse;
    effects.push(Effect::TakeMouse(state.has_mouse));
    let key = state.keymap.key(state.contexts(), Action::Mouse).unwrap_or_default();
    state.notice = Some(match state.has_mouse {
        true => "The mouse is Chatter's again.".to_owned(),
        false => format!("The mouse is the terminal's now. {key} takes it again."),
    });
}

/// A click on a row of what lies over the main screen.
pub(super) fn choose_row(state: &mut State, row: usize, effects: &mut Vec<Effect>) {
    match &mut state.overlay {
        Some(Overlay::People(people)) => people.chosen = row,
        Some(Overlay::Switcher(switcher)) => switcher.choose(row),
        Some(Overlay::Settings(Settings { sessions: Some(list), .. })) => {
            list.chosen = row;
            return;
        }
        Some(Overlay::Settings(Settings { blocked: Some(chosen), .. })) => *chosen = row,
        Some(Overlay::Profile(card)) if matches!(card.mode, CardMode::Choosing) => {
            card.chosen = row;
        }
        Some(Overlay::Settings(settings)) => settings.chosen = row,
        Some(_) => return,
        None => return complete::take_row(state, row),
    }
    act(state, Action::Open, effects);
}

/// A click on a field of a form.
pub(super) fn choose_field(state: &mut State, field: usize) {
    if let Some(form) = form_mut(state).filter(|form| !form.busy && field < form.fields.len()) {
        form.focus = field;
        form.flip();
    }
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
        LinkState::Connecting | LinkState::Ended | LinkState::Forbidden { .. } => {}
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

fn back(state: &mut State, effects: &mut Vec<Effect>) {
    match &mut state.overlay {
        Some(Overlay::Profile(_)) => profile::back(state, effects),
        Some(Overlay::Settings(settings))
            if settings.form.is_some()
                || settings.sessions.is_some()
                || settings.blocked.is_some() =>
        {
            (settings.form, settings.sessions, settings.blocked) = (None, None, None);
        }
        Some(Overlay::Question(Question::Unblock(_))) => {
            state.overlay = Some(Overlay::Settings(Settings::of_blocked()));
        }
        Some(_) => state.overlay = None,
        None => {
            let is_narrow = state.size.width < COLUMNS_WIDE;
            if let Some(account) = &mut state.account {
                leave_chat(account, is_narrow);
            }
        }
    }
}

/// Lets go of what is chosen or selected first, then of the chat.
fn leave_chat(account: &mut Account, is_narrow: bool) {
    if let Some(open) = account.open.as_mut().filter(|open| open.chosen.is_some()) {
        open.chosen = None;
        return;
    }
    if let Some(open) = account.open.as_mut().filter(|open| open.selection.is_some()) {
        open.selection = None;
        return;
    }
    account.pane = Pane::List;
    if is_narrow {
        account.open = None;
    }
}

fn confirm(state: &mut State, effects: &mut Vec<Effect>) {
    match state.overlay {
        Some(Overlay::Question(Question::Quit { .. })) => effects.push(Effect::Quit),
        Some(Overlay::Question(Question::SignOut { everywhere, .. })) => {
            state.overlay = None;
            settings::sign_out(state, everywhere, effects);
        }
        Some(Overlay::Question(Question::Block(user))) => {
            state.overlay = None;
            effects.push(Effect::Ask(Request::SetBlocked { user, blocked: true }));
        }
        Some(Overlay::Question(Question::Unblock(user))) => {
            state.overlay = Some(Overlay::Settings(Settings::of_blocked()));
            effects.push(Effect::Ask(Request::SetBlocked { user, blocked: false }));
        }
        Some(Overlay::Profile(_)) => profile::confirm(state, effects),
        _ => {}
    }
}
