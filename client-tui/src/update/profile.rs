//! Somebody's profile: opening it, muting and blocking, and changing one's own in place.

use std::path::PathBuf;

use chatter_protocol::rest::UpdateMeRequest;
use chatter_protocol::{Me, Person, Presence, Timestamp, UserId, UserRef};
use jiff::tz::TimeZone;

use super::answer::learn_me;
use super::key::moved;
use super::settings::refuse;
use super::{chat, command, people};
use crate::action::Action;
use crate::clock::{Until, zone_to_share};
use crate::files::{expand, pasted_paths};
use crate::state::completion::person_named;
use crate::state::switcher::Switcher;
use crate::state::{
    Account, Card, CardMode, CardRow, Effect, Failure, FieldName, Form, Overlay, Pane, Request,
    State,
};
use crate::sync::Chat;

// --- opening and closing ---

/// Opens the profile of whoever is chosen or written to, or closes the one that is open.
pub(super) fn toggle(state: &mut State) {
    if matches!(state.overlay, Some(Overlay::Profile(_))) {
        state.overlay = None;
        return;
    }
    match chosen_person(state) {
        Some(person) => open(state, person),
        None => state.notice = Some("Choose somebody first.".to_owned()),
    }
}

/// Opens one's own.
pub(super) fn open_own(state: &mut State) {
    let me = state.account.as_ref().and_then(|account| account.replica.my_id());
    if let Some(person) = me.and_then(|me| known(state.account.as_ref()?, me)) {
        open(state, person);
    }
}

/// Opens one's own with a row of it being changed.
pub(super) fn edit_own(state: &mut State, row: CardRow) {
    open_own(state);
    let (Some(account), Some(Overlay::Profile(card))) = (&state.account, &mut state.overlay) else {
        return;
    };
    card.chosen = card.rows(account).iter().position(|other| *other == row).unwrap_or(0);
    edit(account, card, row, state.now, &state.zone);
}

/// Opens the profile of somebody who is named; asks the server for who is not known here.
pub(super) fn open_named(state: &mut State, name: &str, effects: &mut Vec<Effect>) -> bool {
    let Some(account) = &state.account else { return false };
    let users: Vec<_> = account.replica.users().collect();
    let found = person_named(name, &users).map(|user| user.id);
    if let Some(person) = found.and_then(|id| known(account, id)) {
        open(state, person);
        return true;
    }
    match name.parse() {
        Ok(name) => effects.push(Effect::Ask(Request::Person(UserRef::Username(name)))),
        Err(_) => {
            state.notice =
                Some(format!("You know nobody called {name}. A username finds everybody."));
            return false;
        }
    }
    true
}

/// Somebody who was asked for; something that was opened meanwhile stays.
pub(super) fn found(state: &mut State, result: Result<Person, Failure>) {
    match result {
        Ok(person) if state.overlay.is_none() && state.welcome.is_none() => open(state, person),
        Ok(_) => {}
        Err(failure) => state.notice = Some(failure.message),
    }
}

/// Back from changing or from a question to the profile, and from there to where it was opened.
pub(super) fn back(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Profile(card)) = &mut state.overlay else { return };
    if !matches!(card.mode, CardMode::Choosing) {
        card.mode = CardMode::Choosing;
        return;
    }
    state.overlay = card.below.take().map(|below| *below);
    // An answer that came meanwhile found nobody.
    if let Some(Overlay::People(people)) = &mut state.overlay
        && people.asked.take().is_some()
    {
        people.answered = None;
        people::ask(people, effects);
    }
    if let Some(Overlay::Switcher(switcher)) = &mut state.overlay {
        switcher.asked = None;
    }
}

fn open(state: &mut State, person: Person) {
    let below = match state.overlay.take() {
        Some(Overlay::Profile(card)) => card.below.map(|below| *below),
        Some(Overlay::Question(_)) => None,
        below => below,
    };
    state.overlay = Some(Overlay::Profile(Box::new(Card::new(person, below))));
}

/// Who is chosen on what lies on top, else who wrote the chosen message, else who the chosen or open
/// chat is with.
fn chosen_person(state: &State) -> Option<Person> {
    let account = state.account.as_ref()?;
    let id = match &state.overlay {
        Some(Overlay::People(people)) => return people.person().cloned(),
        Some(Overlay::Switcher(switcher)) => return switched_to(account, switcher),
        Some(Overlay::Settings(_)) => account.replica.my_id(),
        Some(_) => None,
        None => chosen_sender(state).or_else(|| match account.pane {
            Pane::Chat => partner(account, account.open_chat()),
            Pane::List => partner(account, account.replica.chats().nth(account.chosen_index()?)),
        }),
    };
    known(account, id?)
}

fn switched_to(account: &Account, switcher: &Switcher) -> Option<Person> {
    let user = switcher.item(switcher.rows.get(switcher.chosen)?)?.user.clone()?;
    let presence = account.replica.presence(user.id).cloned();
    Some(Person { presence: presence.unwrap_or(Presence::hidden(user.id)), user })
}

fn chosen_sender(state: &State) -> Option<UserId> {
    let chosen = state.account.as_ref()?.open.as_ref()?.chosen?;
    let (timeline, ..) = state.timeline()?;
    Some(timeline.entry(timeline.index_of(chosen)?)?.sender)
}

/// The other person of a chat; oneself for notes; nobody for a room.
fn partner(account: &Account, chat: Option<&Chat>) -> Option<UserId> {
    chat?.peer(account.replica.my_id()?)
}

fn known(account: &Account, id: UserId) -> Option<Person> {
    let mine = account.replica.me().map(|me| &me.user).filter(|user| user.id == id);
    let user = mine.or_else(|| account.replica.user(id))?.clone();
    let presence = account.replica.presence(id).cloned();
    // Nobody tells me that I am here.
    let untold = Presence { online: mine.is_some(), ..Presence::hidden(id) };
    Some(Person { user, presence: presence.unwrap_or(untold) })
}

// --- what is done in it ---

pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    let (Some(account), Some(Overlay::Profile(card))) = (&state.account, &mut state.overlay) else {
        return;
    };
    match &mut card.mode {
        CardMode::Editing(form) => match action {
            Action::NextField => form.move_focus(1),
            Action::PreviousField => form.move_focus(-1),
            Action::Submit => submit(form, state.now, &state.zone, effects),
            Action::Edit(edit) => form.edit(edit),
            _ => {}
        },
        CardMode::Asking => {}
        CardMode::Choosing => match action {
            Action::Open => {
                if let Some(row) = card.row(account) {
                    perform(state, row, effects);
                }
            }
            Action::Mute | Action::Block if card.is_mine(account) => {}
            Action::Mute => perform(state, CardRow::Mute, effects),
            Action::Block => perform(state, CardRow::Block, effects),
            action => {
                let last = card.rows(account).len().saturating_sub(1);
                card.chosen = moved(card.chosen.min(last), action).min(last);
            }
        },
    }
}

/// What was asked about is to be done.
pub(super) fn confirm(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Profile(card)) = &mut state.overlay else { return };
    if matches!(card.mode, CardMode::Asking) {
        card.mode = CardMode::Choosing;
        let user = card.person.user.id;
        effects.push(Effect::Ask(Request::SetBlocked { user, blocked: true }));
    }
}

fn perform(state: &mut State, row: CardRow, effects: &mut Vec<Effect>) {
    let (Some(account), Some(Overlay::Profile(card))) = (&state.account, &mut state.overlay) else {
        return;
    };
    let user = card.person.user.id;
    match row {
        CardRow::Message => {
            state.overlay = None;
            command::open_with(state, user, effects);
        }
        CardRow::Mute => {
            if let Some(conversation) = account.replica.chat_with(user).map(|chat| chat.id()) {
                chat::set_muted(account, conversation, None, effects);
            }
        }
        CardRow::Block if card.is_blocked(account) => {
            effects.push(Effect::Ask(Request::SetBlocked { user, blocked: false }));
        }
        CardRow::Block => card.mode = CardMode::Asking,
        CardRow::NoPicture => effects.push(Effect::Ask(Request::ClearAvatar)),
        row => edit(account, card, row, state.now, &state.zone),
    }
}

fn edit(account: &Account, card: &mut Card, row: CardRow, now: Timestamp, zone: &TimeZone) {
    if let Some(form) = Card::form(row, card.user(account), now, zone) {
        card.mode = CardMode::Editing(form);
    }
}

fn submit(form: &mut Form, now: Timestamp, zone: &TimeZone, effects: &mut Vec<Effect>) {
    if form.busy || form.move_to_missing() {
        return;
    }
    form.clear_problems();
    match request(form, now, zone) {
        Ok(request) => {
            form.busy = true;
            effects.push(Effect::Ask(request));
        }
        Err((field, problem)) => form.refuse(field, problem),
    }
}

/// What to ask of the server for what the form says; else which field is wrong, and why.
fn request(form: &Form, now: Timestamp, zone: &TimeZone) -> Result<Request, (FieldName, String)> {
    let value = |name| form.value(name).trim().to_owned();
    let unchanged = UpdateMeRequest::default();
    let body = match form.fields.first().map(|field| field.name) {
        Some(FieldName::Picture) => {
            return Ok(Request::SetAvatar(path(&value(FieldName::Picture))));
        }
        Some(FieldName::DisplayName) => {
            UpdateMeRequest { display_name: Some(value(FieldName::DisplayName)), ..unchanged }
        }
        Some(FieldName::TimeZone) => {
            let zone = zone_to_share(form.value(FieldName::TimeZone));
            let zone = zone.map_err(|problem| (FieldName::TimeZone, problem))?;
            UpdateMeRequest { time_zone: Some(zone), ..unchanged }
        }
        _ => {
            let status = value(FieldName::StatusMessage);
            let until: Result<Until, _> = form.value(FieldName::StatusEnd).parse();
            let until = until.map_err(|problem| (FieldName::StatusEnd, problem.to_string()))?;
            let end = until.end(now, zone).map_err(|problem| (FieldName::StatusEnd, problem))?;
            let status_expires_at = end.filter(|_| !status.is_empty());
            UpdateMeRequest { status_message: Some(status), status_expires_at, ..unchanged }
        }
    };
    Ok(Request::UpdateMe(body))
}

/// A path as it was written, pasted, or dropped on the terminal.
fn path(text: &str) -> PathBuf {
    match pasted_paths(text).as_deref() {
        Some([path]) => path.clone(),
        _ => expand(text),
    }
}

// --- answers ---

/// The own profile as it is now, or why it is not changed.
pub(super) fn changed(state: &mut State, result: Result<Me, Failure>) {
    let result = result.map(|me| learn_me(state, me));
    let card = match &mut state.overlay {
        Some(Overlay::Profile(card)) => Some(card),
        _ => None,
    };
    let form = card.and_then(|card| match &mut card.mode {
        CardMode::Editing(form) if form.busy => Some(card),
        _ => None,
    });
    match (result, form) {
        (Ok(()), card) => {
            if let Some(card) = card {
                card.mode = CardMode::Choosing;
            }
            state.notice = Some("Your profile is changed.".to_owned());
        }
        (Err(failure), Some(card)) => {
            if let CardMode::Editing(form) = &mut card.mode {
                refuse(form, at_only_field(form, failure));
            }
        }
        (Err(failure), None) => state.notice = Some(failure.message),
    }
}

/// In a form with one field, what is refused is that.
fn at_only_field(form: &Form, failure: Failure) -> Failure {
    match form.fields.as_slice() {
        [only] => Failure { field: Some(only.name.wire_name().to_owned()), ..failure },
        _ => failure,
    }
}

/// What somebody is called who may show only on a profile.
pub(super) fn name_of(state: &State, user: UserId) -> Option<String> {
    let account = state.account.as_ref()?;
    let shown = match &state.overlay {
        Some(Overlay::Profile(card)) if card.person.user.id == user => Some(card.user(account)),
        _ => None,
    };
    shown.or_else(|| account.replica.user(user)).map(|user| user.display_name.to_string())
}
