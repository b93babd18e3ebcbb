//! Blocking people and unblocking them. What follows for what shows comes with the account that the
//! server answers, and with its events.

use chatter_protocol::{Me, UserId};

use super::answer::learn_me;
use super::key::moved;
use super::profile;
use crate::action::Action;
use crate::state::completion::person_named;
use crate::state::{Account, Effect, Failure, Overlay, Question, Request, Settings, State};

/// Asks whether to block somebody. `false` if there is nobody to block.
pub(super) fn ask(state: &mut State, name: Option<&str>) -> bool {
    match meant(state, name) {
        Ok(user) if is_blocked(state, user) => {
            state.notice = Some(format!("{} is blocked already.", name_of(state, user)));
        }
        Ok(user) => state.overlay = Some(Overlay::Question(Question::Block(user))),
        Err(problem) => {
            state.notice = Some(problem);
            return false;
        }
    }
    true
}

/// Unblocks somebody. `false` if there is nobody to unblock.
pub(super) fn unblock(state: &mut State, name: Option<&str>, effects: &mut Vec<Effect>) -> bool {
    match meant(state, name) {
        Ok(user) if !is_blocked(state, user) => {
            state.notice = Some(format!("{} is not blocked.", name_of(state, user)));
        }
        Ok(user) => effects.push(Effect::Ask(Request::SetBlocked { user, blocked: false })),
        Err(problem) => {
            state.notice = Some(problem);
            return false;
        }
    }
    true
}

/// Who is meant: whoever is called `name`, or else the other person of the open chat.
fn meant(state: &State, name: Option<&str>) -> Result<UserId, String> {
    let account = state.account.as_ref().ok_or("Sign in first.")?;
    let me = account.replica.my_id();
    let found = match name {
        None => account.open_chat().and_then(|chat| account.peer(chat)),
        Some(name) => {
            let others: Vec<_> =
                account.replica.users().filter(|user| Some(user.id) != me).collect();
            person_named(name, &others).map(|user| user.id)
        }
    };
    found.ok_or_else(|| match name {
        None => "Whom? Write a name after it.".to_owned(),
        Some(_) => "Nobody of that name is among those you have chats with.".to_owned(),
    })
}

fn is_blocked(state: &State, user: UserId) -> bool {
    state.account.as_ref().is_some_and(|account| account.replica.is_blocked(user))
}

fn name_of(state: &State, user: UserId) -> String {
    profile::name_of(state, user).unwrap_or_else(|| "Somebody".to_owned())
}

/// Shows the people who are blocked, and asks for those who are not known.
pub(super) fn open_list(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(account) = &state.account else { return };
    let unknown = blocked(account).iter().filter(|user| account.replica.user(**user).is_none());
    effects.extend(unknown.map(|user| Effect::Ask(Request::Somebody(*user))));
    state.overlay = Some(Overlay::Settings(Settings::of_blocked()));
}

/// Moves in the list, or asks whether to unblock the chosen one.
pub(super) fn act(state: &mut State, action: Action) {
    let (Some(account), Some(Overlay::Settings(Settings { blocked: Some(chosen), .. }))) =
        (&state.account, &mut state.overlay)
    else {
        return;
    };
    let people = blocked(account);
    if action != Action::Open {
        *chosen = moved(*chosen, action).min(people.len().saturating_sub(1));
    } else if let Some(user) = people.get(*chosen) {
        state.overlay = Some(Overlay::Question(Question::Unblock(*user)));
    }
}

fn blocked(account: &Account) -> &[UserId] {
    account.replica.me().map_or(&[], |me| &me.blocked)
}

pub(super) fn answered(
    state: &mut State,
    (user, blocked): (UserId, bool),
    result: Result<Me, Failure>,
) {
    state.notice = Some(match result {
        Ok(me) => {
            learn_me(state, me);
            let name = name_of(state, user);
            match blocked {
                true => format!("{name} is blocked: nothing of theirs reaches you."),
                false => format!("{name} is not blocked any more."),
            }
        }
        Err(failure) => failure.message,
    });
}
