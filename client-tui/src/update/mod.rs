//! What changes when something happens: pure, never waits, never draws.
//!
//! [`update`] takes one event and gives back what is to be done outside. After a batch of events
//! comes [`Event::Settled`], at which everything that follows from the new state is said once.

mod answer;
mod attach;
mod blocks;
mod chat;
mod command;
mod complete;
mod composer;
mod key;
mod link;
mod messages;
mod mouse;
mod notify;
mod people;
mod pictures;
mod profile;
mod settings;
mod settle;
mod store;
mod switcher;
mod welcome;

#[cfg(test)]
pub(crate) mod tests;

pub use store::{account_of, last_batch};

use crate::action::Action;
use crate::state::{Effect, Event, State};

/// Sends the welcome screen's form as if a person had asked for it.
pub fn submit_welcome(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    welcome::act(state, Action::Submit, &mut effects);
    effects
}

/// Applies `event` to `state`.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = Vec::new();
    match event {
        Event::Key(key) => key::press(state, key, &mut effects),
        Event::Pasted(text) => key::paste(state, &text, &mut effects),
        Event::Mouse(mouse) => mouse::act(state, mouse, &mut effects),
        Event::Edited(result) => composer::edited(state, result),
        Event::Upload { id, step } => attach::step(state, id, step, &mut effects),
        Event::LookedForFiles { found, text } => {
            attach::looked(state, found, &text, &mut effects);
        }
        Event::Probed(probed) => {
            state.probed = Some(*probed);
            lay_out_again(state);
        }
        Event::Pictures { can_draw, cell } => {
            (state.pictures.can_draw, state.pictures.cell) = (can_draw, cell);
        }
        Event::PictureFailed(failed) => state.pictures.fail(failed),
        Event::Highlighted => lay_out_again(state),
        Event::Resized(size) => state.size = size,
        Event::Focus(has_focus) => focus(state, has_focus, &mut effects),
        Event::Woken => link::wake(state, &mut effects),
        Event::Link(link) => link::changed(state, link, &mut effects),
        Event::Frame(frame) => link::frame(state, *frame, &mut effects),
        Event::Answered(answer) => answer::apply(state, *answer, &mut effects),
        Event::Restored(kept) => store::restored(state, *kept),
        Event::Adopted(outbox) => store::adopted(state, outbox),
        Event::Kept => store::kept(state),
        Event::KeepFailed { changes, problem } => store::keep_failed(state, changes, problem),
        Event::Notice(notice) => state.notice = Some(notice),
        Event::Settled => settle::settle(state, &mut effects),
    }
    complete::follow(state);
    effects
}

/// Rows look different from now on.
fn lay_out_again(state: &State) {
    if let Some(open) = state.account.as_ref().and_then(|account| account.open.as_ref()) {
        open.laid.forget();
    }
}

fn focus(state: &mut State, has_focus: bool, effects: &mut Vec<Effect>) {
    if has_focus && !state.has_focus {
        effects.push(Effect::CheckLink);
    }
    state.has_focus = has_focus;
}
