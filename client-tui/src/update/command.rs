//! Carrying out what was asked for in words.

use chatter_protocol::rest::UpdateMeRequest;
use chatter_protocol::{StatusMessage, Timestamp, UserId};
use jiff::civil::Date;

use super::{attach, blocks, chat, key, messages, people, profile, settings};
use crate::action::Action;
use crate::clock::Until;
use crate::command::{Command, Record};
use crate::keymap::Profile;
use crate::state::completion::person_named;
use crate::state::{Editor, Effect, Landing, Overlay, People, Request, State};
use crate::theme::{AUTO, theme_names};

/// Does it. `false` if it can't be done, and what was written should stay.
pub(super) fn perform(state: &mut State, command: Command, effects: &mut Vec<Effect>) -> bool {
    match command {
        Command::Action(action) => key::act(state, action, effects),
        Command::Explain(record) => explain(state, record),
        Command::People(prefix) => find_people(state, &prefix, effects),
        Command::Chat(name) => return open_chat(state, &name, effects),
        Command::Mute(muted) => chat::mute(state, Some(muted), effects),
        Command::Block(name) => return blocks::ask(state, name.as_deref()),
        Command::Unblock(name) => return blocks::unblock(state, name.as_deref(), effects),
        Command::Day(day) => go_to_day(state, day),
        Command::Profile(name) => return profile::open_named(state, &name, effects),
        Command::Status(status) => return say_status(state, status, effects),
        Command::Name(name) => {
            let display_name = Some(name.to_string());
            let body = UpdateMeRequest { display_name, ..UpdateMeRequest::default() };
            effects.push(Effect::Ask(Request::UpdateMe(body)));
        }
        Command::Theme(name) => return take_theme(state, &name),
        Command::Keys(profile) => take_keys(state, profile),
        Command::Mouse(takes) => {
            state.has_mouse = !takes;
            key::hand_over_mouse(state, effects);
        }
        Command::Copy(back) => return copy_message(state, back, effects),
        Command::Attach(path, alt) => return attach::attach(state, path, alt, effects),
        Command::Save => messages::act(state, Action::SaveFile, effects),
        Command::SignOut => settings::ask_to_sign_out(state, false),
    }
    true
}

fn say_status(
    state: &mut State,
    status: Option<(StatusMessage, Until)>,
    effects: &mut Vec<Effect>,
) -> bool {
    let (text, until) = match status {
        Some((text, until)) => (text.to_string(), until),
        None => (String::new(), Until::Never),
    };
    match until.end(state.now, &state.zone) {
        Ok(status_expires_at) => {
            let status_message = Some(text);
            let unchanged = UpdateMeRequest::default();
            let body = UpdateMeRequest { status_message, status_expires_at, ..unchanged };
            effects.push(Effect::Ask(Request::UpdateMe(body)));
            true
        }
        Err(problem) => {
            state.notice = Some(problem);
            false
        }
    }
}

/// Shows a day of the open chat.
pub(super) fn go_to_day(state: &mut State, day: Date) {
    let Ok(start) = day.to_zoned(state.zone.clone()) else { return };
    let moment = Timestamp::from_millis(start.timestamp().as_millisecond());
    chat::land_at(state, Landing::Moment(moment));
}

fn explain(state: &mut State, record: &Record) {
    state.notice = Some(record.sentence());
}

fn find_people(state: &mut State, prefix: &str, effects: &mut Vec<Effect>) {
    let mut found = People { filter: Editor::new(prefix), ..People::default() };
    people::ask(&mut found, effects);
    state.overlay = Some(Overlay::People(found));
}

/// Opens the chat with somebody who is known by that name, or else looks for them.
fn open_chat(state: &mut State, name: &str, effects: &mut Vec<Effect>) -> bool {
    let Some(account) = &mut state.account else { return false };
    let known: Vec<_> = account.replica.users().collect();
    match person_named(name.trim_start_matches('@'), &known).map(|user| user.id) {
        Some(user) => open_with(state, user, effects),
        None => find_people(state, name.trim_start_matches('@'), effects),
    }
    true
}

/// Opens the chat with a person, a new one if there is none yet.
pub(super) fn open_with(state: &mut State, user: UserId, effects: &mut Vec<Effect>) {
    let Some(account) = &mut state.account else { return };
    match account.replica.chat_with(user).map(|chat| chat.id()) {
        Some(id) => chat::open(account, id),
        None => effects.push(Effect::Ask(Request::OpenConversation(user))),
    }
}

fn take_theme(state: &mut State, name: &str) -> bool {
    let is_known = name == AUTO || theme_names(&state.config).any(|known| known == name);
    state.notice = Some(match is_known {
        true => format!("To keep it: theme = \"{name}\" below [look] in the settings file."),
        false => {
            let names: Vec<_> = theme_names(&state.config).collect();
            format!("There is no theme {name}. There are: auto, {}.", names.join(", "))
        }
    });
    if is_known {
        state.config.look.theme = name.to_owned();
    }
    is_known
}

fn take_keys(state: &mut State, name: &str) {
    let profile = match name {
        "vim" => Profile::Vim,
        "emacs" => Profile::Emacs,
        _ => Profile::Plain,
    };
    state.config.keys.profile = profile;
    state.configure(state.config.clone());
    if let Some(account) = &mut state.account {
        account.is_commanding = false;
    }
    state.notice =
        Some(format!("To keep it: profile = \"{name}\" below [keys] in the settings file."));
}

fn copy_message(state: &mut State, back: usize, effects: &mut Vec<Effect>) -> bool {
    let body = state.timeline().and_then(|(timeline, ..)| {
        let entry = timeline.entry(timeline.len().checked_sub(back.max(1))?)?;
        entry.text().map(str::to_owned)
    });
    let is_there = body.is_some();
    match body {
        Some(body) => effects.push(Effect::Copy(body)),
        None => state.notice = Some("There is no such message here.".to_owned()),
    }
    is_there
}
