//! Settings: what is shared, password, sessions, signing out; the way to the own profile.

use chatter_protocol::rest::{ChangePasswordRequest, PrivacyChange};
use chatter_protocol::{Me, Secret, Session};

use super::answer::learn_me;
use super::blocks;
use super::key::moved;
use super::profile;
use super::welcome::check_new_password;
use crate::action::Action;
use crate::state::{
    CardRow, Effect, Failure, FieldName, Form, Overlay, Question, Request, SessionList, Settings,
    SettingsRow, State, Welcome,
};

pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    let Some(Overlay::Settings(settings)) = &mut state.overlay else { return };
    match settings {
        Settings { form: Some(form), .. } => act_in_form(form, action, effects),
        Settings { sessions: Some(list), .. } => act_in_sessions(list, action, effects),
        Settings { blocked: Some(_), .. } => blocks::act(state, action),
        _ if action == Action::Open => open_row(state, effects),
        _ => settings.chosen = moved(settings.chosen, action).min(SettingsRow::ALL.len() - 1),
    }
}

/// Asks the server to end the session, or all.
pub(super) fn sign_out(state: &mut State, everywhere: bool, effects: &mut Vec<Effect>) {
    if let Some(account) = &mut state.account {
        account.is_leaving = true;
    }
    effects.push(Effect::Ask(Request::SignOut { everywhere }));
}

/// Signed out: back to the welcome screen. This device forgets the session even when the server
/// can't be told.
pub(super) fn signed_out(
    state: &mut State,
    result: Result<(), Failure>,
    effects: &mut Vec<Effect>,
) {
    let mut welcome = Welcome::new(&state.server, "");
    welcome.reason = Some(match result {
        Ok(()) => "You are signed out.".to_owned(),
        Err(failure) => {
            format!("Signed out here; the server doesn't know yet. {}", failure.message)
        }
    });
    let unsent =
        |account: &crate::state::Account| account.waiting_count() + account.draft_count() > 0;
    let has_unsent = state.account.as_ref().is_some_and(unsent);
    (state.welcome, state.account, state.overlay) = (Some(welcome), None, None);
    // What was written and never sent is nowhere else: it waits here for the next sign-in.
    effects.push(if has_unsent { Effect::Forget } else { Effect::Erase });
}

pub(super) fn password_changed(state: &mut State, result: Result<(), Failure>) {
    let Some(Overlay::Settings(settings)) = &mut state.overlay else { return };
    match (result, &mut settings.form) {
        (Ok(()), _) => {
            settings.form = None;
            let done = "Your password is changed; all other devices are signed out.";
            state.notice = Some(done.to_owned());
        }
        (Err(failure), Some(form)) => refuse(form, failure),
        (Err(failure), None) => state.notice = Some(failure.message),
    }
}

/// A switch shows what the server says, so it moves only now.
pub(super) fn privacy_changed(state: &mut State, result: Result<Me, Failure>) {
    if let Some(Overlay::Settings(settings)) = &mut state.overlay {
        settings.turning = None;
    }
    match result {
        Ok(me) => learn_me(state, me),
        Err(failure) => state.notice = Some(failure.message),
    }
}

pub(super) fn sessions_listed(state: &mut State, result: Result<Vec<Session>, Failure>) {
    let Some(list) = session_list(state) else { return };
    match result {
        Ok(sessions) => {
            list.chosen = list.chosen.min(sessions.len().saturating_sub(1));
            list.sessions = Some(sessions);
            list.problem = None;
        }
        Err(failure) => list.problem = Some(failure.message),
    }
}

pub(super) fn sessions_ended(
    state: &mut State,
    result: Result<(), Failure>,
    effects: &mut Vec<Effect>,
) {
    let Some(list) = session_list(state) else { return };
    match result {
        Ok(()) => effects.push(Effect::Ask(Request::Sessions)),
        Err(failure) => list.problem = Some(failure.message),
    }
}

fn open_row(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Settings(settings)) = &mut state.overlay else { return };
    match settings.row() {
        SettingsRow::DisplayName => profile::edit_own(state, CardRow::DisplayName),
        SettingsRow::StatusMessage => profile::edit_own(state, CardRow::Status),
        SettingsRow::Profile => profile::open_own(state),
        SettingsRow::Receipts | SettingsRow::Typing | SettingsRow::Presence => {
            turn_switch(state, effects);
        }
        SettingsRow::Blocked => blocks::open_list(state, effects),
        SettingsRow::Password => settings.form = Some(Settings::password_form()),
        SettingsRow::Sessions => {
            settings.sessions = Some(SessionList::default());
            effects.push(Effect::Ask(Request::Sessions));
        }
        SettingsRow::SignOut => ask_to_sign_out(state, false),
        SettingsRow::SignOutEverywhere => ask_to_sign_out(state, true),
    }
}

/// Asks for the other position of the chosen switch, if the row is one.
fn turn_switch(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(account) = &state.account else { return };
    let privacy = account.replica.privacy();
    let Some(Overlay::Settings(settings)) = &mut state.overlay else { return };
    let row = settings.row();
    let Some(is_on) = row.is_on(privacy).filter(|_| settings.turning.is_none()) else { return };
    let (wanted, unchanged) = (Some(!is_on), PrivacyChange::default());
    let change = match row {
        SettingsRow::Receipts => PrivacyChange { receipts: wanted, ..unchanged },
        SettingsRow::Typing => PrivacyChange { typing: wanted, ..unchanged },
        _ => PrivacyChange { presence: wanted, ..unchanged },
    };
    settings.turning = Some(row);
    effects.push(Effect::Ask(Request::SetPrivacy(change)));
}

/// Asks whether to sign out, and says what would be lost.
pub(super) fn ask_to_sign_out(state: &mut State, everywhere: bool) {
    let waiting = state.account.as_ref().map_or(0, |account| account.waiting_count());
    state.overlay = Some(Overlay::Question(Question::SignOut { everywhere, waiting }));
}

fn act_in_form(form: &mut Form, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::NextField => form.move_focus(1),
        Action::PreviousField => form.move_focus(-1),
        Action::Submit => submit(form, effects),
        Action::Edit(edit) => form.edit(edit),
        _ => {}
    }
}

fn submit(form: &mut Form, effects: &mut Vec<Effect>) {
    if form.busy || form.move_to_missing() {
        return;
    }
    form.clear_problems();
    if !check_new_password(form, FieldName::NewPassword) {
        return;
    }
    let request = Request::ChangePassword(ChangePasswordRequest {
        old_password: Secret::new(form.value(FieldName::OldPassword)),
        new_password: Secret::new(form.value(FieldName::NewPassword)),
    });
    form.busy = true;
    effects.push(Effect::Ask(request));
}

fn act_in_sessions(list: &mut SessionList, action: Action, effects: &mut Vec<Effect>) {
    let last = list.sessions.as_ref().map_or(0, |sessions| sessions.len().saturating_sub(1));
    match action {
        Action::EndSession => match list.other_session() {
            Some(id) => effects.push(Effect::Ask(Request::EndSession(id))),
            None => {
                list.problem = Some("To sign this device out, go back and choose Sign out.".into())
            }
        },
        Action::EndOtherSessions => effects.push(Effect::Ask(Request::EndOtherSessions)),
        action => {
            list.problem = None;
            list.chosen = moved(list.chosen, action).min(last);
        }
    }
}

/// Shows a failure where it belongs: the server names fields; a wrong password has none.
pub(super) fn refuse(form: &mut Form, failure: Failure) {
    let field = failure.field.unwrap_or_default();
    form.refuse_named(&field, failure.message);
}

fn session_list(state: &mut State) -> Option<&mut SessionList> {
    match &mut state.overlay {
        Some(Overlay::Settings(settings)) => settings.sessions.as_mut(),
        _ => None,
    }
}
