//! Finding a chat, a person or a command.

use chatter_protocol::Person;

use super::key::moved;
use super::{chat, command};
use crate::action::Action;
use crate::state::switcher::{Switcher, Target, items};
use crate::state::{Effect, Overlay, Request, State};

/// Letters from which on the server's directory is asked, too.
const LETTERS_FOR_DIRECTORY: usize = 2;

/// Opens it, or closes it again.
pub(super) fn toggle(state: &mut State) {
    let Some(account) = &state.account else { return };
    state.overlay = match &state.overlay {
        Some(Overlay::Switcher(_)) => None,
        _ => Some(Overlay::Switcher(Box::new(Switcher::new(items(account))))),
    };
}

pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    let Some(Overlay::Switcher(switcher)) = &mut state.overlay else { return };
    match action {
        Action::Open => open(state, effects),
        Action::Edit(edit) => {
            switcher.edit(edit);
            ask(switcher, effects);
        }
        action => switcher.choose(moved(switcher.chosen, action)),
    }
}

pub(super) fn type_character(switcher: &mut Switcher, character: char, effects: &mut Vec<Effect>) {
    switcher.type_character(character);
    ask(switcher, effects);
}

pub(super) fn paste(switcher: &mut Switcher, text: &str, effects: &mut Vec<Effect>) {
    switcher.paste(text);
    ask(switcher, effects);
}

/// People whom the directory knows by what is typed now, or was typed a moment ago.
pub(super) fn found(
    switcher: &mut Switcher,
    people: &[Person],
    prefix: &str,
    effects: &mut Vec<Effect>,
) {
    switcher.add_people(people.iter().map(|person| &person.user));
    switcher.asked = None;
    if switcher.words() != prefix {
        ask(switcher, effects);
    }
}

/// Asks the directory, one question at a time.
fn ask(switcher: &mut Switcher, effects: &mut Vec<Effect>) {
    let prefix = switcher.words().to_owned();
    let is_long_enough = prefix.chars().count() >= LETTERS_FOR_DIRECTORY;
    if is_long_enough && switcher.asked.is_none() && !switcher.query.text().starts_with('>') {
        switcher.asked = Some(prefix.clone());
        effects.push(Effect::Ask(Request::People { prefix, after: None }));
    }
}

fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Switcher(switcher)) = &state.overlay else { return };
    let Some(target) = switcher.target().cloned() else { return };
    state.overlay = None;
    match target {
        Target::Chat(id) => {
            if let Some(account) = &mut state.account {
                chat::open(account, id);
            }
        }
        Target::Person(user) => command::open_with(state, user, effects),
        Target::Command(command) => drop(command::perform(state, command, effects)),
    }
}
