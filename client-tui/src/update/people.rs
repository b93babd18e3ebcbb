//! The directory: filter, pages, opening a chat.

use chatter_protocol::rest::UsersPage;

use super::key::moved;
use crate::action::Action;
use crate::state::{Effect, Failure, People, Request};

/// Rows from the end at which the next page is asked for.
const NEXT_PAGE_WITHIN_ROWS: usize = 20;

pub(super) fn act(people: &mut People, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Open => open(people, effects),
        Action::Edit(edit) => {
            people.filter.apply(edit, usize::MAX);
            ask(people, effects);
        }
        action => {
            let last = people.found.len().saturating_sub(1);
            people.chosen = moved(people.chosen, action).min(last);
            ask_for_more(people, effects);
        }
    }
}

pub(super) fn type_character(people: &mut People, character: char, effects: &mut Vec<Effect>) {
    people.filter.insert(character);
    people.opens_when_answered = false;
    ask(people, effects);
}

pub(super) fn paste(people: &mut People, text: &str, effects: &mut Vec<Effect>) {
    let line: String = text.chars().filter(|character| !character.is_control()).collect();
    people.filter.insert_text(&line);
    ask(people, effects);
}

/// Asks for what the filter says, if that is neither here nor asked for; while an answer is
/// awaited, the next question waits for it.
pub(super) fn ask(people: &mut People, effects: &mut Vec<Effect>) {
    let prefix = people.filter.text().trim().to_owned();
    if people.asked.is_some() || people.answered.as_ref() == Some(&prefix) {
        return;
    }
    people.asked = Some(prefix.clone());
    effects.push(Effect::Ask(Request::People { prefix, after: None }));
}

pub(super) fn listed(
    people: &mut People,
    prefix: &str,
    after: Option<String>,
    result: Result<UsersPage, Failure>,
    effects: &mut Vec<Effect>,
) {
    if people.asked.as_deref() != Some(prefix) {
        return;
    }
    people.asked = None;
    match result {
        Ok(page) => {
            if after.is_none() {
                people.found.clear();
                people.chosen = 0;
            }
            people.found.extend(page.people);
            people.next = page.next;
            people.problem = None;
        }
        Err(failure) => {
            people.found.clear();
            people.opens_when_answered = false;
            people.problem = Some(failure.message);
        }
    }
    people.answered = Some(prefix.to_owned());
    ask(people, effects);
    if people.opens_when_answered && people.is_answered() {
        people.opens_when_answered = false;
        open(people, effects);
    }
}

fn ask_for_more(people: &mut People, effects: &mut Vec<Effect>) {
    let is_near_end = people.chosen + NEXT_PAGE_WITHIN_ROWS >= people.found.len();
    if people.asked.is_none() && is_near_end && people.next.is_some() {
        let prefix = people.answered.clone().unwrap_or_default();
        people.asked = Some(prefix.clone());
        effects.push(Effect::Ask(Request::People { prefix, after: people.next.take() }));
    }
}

/// Opens the chat with the chosen person, once it is certain who that is.
fn open(people: &mut People, effects: &mut Vec<Effect>) {
    if people.problem.take().is_some() {
        people.answered = None;
    }
    if !people.is_answered() {
        people.opens_when_answered = true;
        ask(people, effects);
        return;
    }
    if let Some(user) = people.person().map(|person| person.user.id)
        && people.opening.is_none()
    {
        people.opening = Some(user);
        people.problem = None;
        effects.push(Effect::Ask(Request::OpenConversation(user)));
    }
}
