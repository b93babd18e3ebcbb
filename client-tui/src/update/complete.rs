//! Proposing what may be meant while a message is written, and writing what is chosen.

use std::collections::HashSet;

use chatter_protocol::User;

use crate::action::Action;
use crate::command::Argument;
use crate::config::Config;
use crate::state::completion::{
    Asked, Completion, DraftMoment, Sources, asked, propose, written_out,
};
use crate::state::{Account, Pane, State};
use crate::sync::Replica;
use crate::theme::{AUTO, theme_names};

/// Keeps the completion in step with the draft. Costs nothing while the draft stays as it is.
pub(super) fn follow(state: &mut State) {
    let Some(account) = &mut state.account else { return };
    let now = moment(account);
    if account.completing.see(now) {
        let completion = proposed(account, &state.config);
        account.completing.open(completion);
    }
}

/// After a character was typed: a name of an emoji that is now written out becomes the emoji.
pub(super) fn typed(state: &mut State, character: char) {
    let is_written = |account: &&mut Account| character == ':' && account.pane == Pane::Chat;
    let Some(account) = state.account.as_mut().filter(is_written) else { return };
    let found = account.draft().and_then(|draft| written_out(draft.text(), draft.cursor()));
    if let Some((range, emoji)) = found
        && let Some(draft) = account.draft_mut()
    {
        draft.replace(range, emoji);
    }
}

/// Takes what is chosen, or chooses another; closes it when going back. `false` if none is open.
pub(super) fn act(state: &mut State, action: Action) -> bool {
    let Some(account) = state.account.as_mut().filter(|account| account.completion().is_some())
    else {
        return false;
    };
    let completing = &mut account.completing;
    match (action, completing.completion_mut()) {
        (Action::NextCompletion, Some(completion)) => completion.choose(1),
        (Action::PreviousCompletion, Some(completion)) => completion.choose(-1),
        (Action::Complete, _) => take(account),
        (Action::Back, _) => completing.dismiss(),
        _ => return false,
    }
    true
}

/// Takes the candidate in that row.
pub(super) fn take_row(state: &mut State, row: usize) {
    let Some(account) = &mut state.account else { return };
    if let Some(completion) = account.completing.completion_mut() {
        completion.chosen = row;
        take(account);
    }
}

fn take(account: &mut Account) {
    let Some(completion) = account.completion().cloned() else { return };
    let Some((candidate, draft)) = completion.candidate().zip(account.draft_mut()) else { return };
    let range = completion.range.clone();
    let has_space = draft.text()[range.end..].starts_with(' ');
    let insert = if has_space { candidate.insert.trim_end() } else { &candidate.insert };
    draft.replace(range, insert);
}

/// The draft as it is, if it has the focus.
fn moment(account: &Account) -> Option<DraftMoment> {
    let writes = account.pane == Pane::Chat && !account.is_commanding && !account.is_choosing();
    let chat = account.open.as_ref().filter(|_| writes)?.id;
    let (version, cursor) =
        account.draft().map_or((0, 0), |draft| (draft.version(), draft.cursor()));
    Some(DraftMoment { chat, version, cursor })
}

fn proposed(account: &mut Account, config: &Config) -> Option<Completion> {
    let open = account.open.as_ref()?.id;
    let draft = account.drafts.get(&open)?;
    let found = asked(draft.text(), draft.cursor());
    if !account.completing.wants(found.as_ref().map(|(range, _)| range.start)) {
        return None;
    }
    let found = found?;
    let asks_for_people =
        matches!(found.1, Asked::Person(_) | Asked::Argument(Argument::Person, _));
    let people = if asks_for_people { people(&account.replica) } else { Vec::new() };
    let themes: Vec<_> = [AUTO].into_iter().chain(theme_names(config)).collect();
    propose(draft.text(), found, &Sources { people: &people, themes: &themes })
}

/// Everybody who is known: those first who were written with last, then by username.
fn people(replica: &Replica) -> Vec<&User> {
    let mut people: Vec<_> =
        replica.peers().into_iter().filter_map(|peer| replica.user(peer)).collect();
    let peers: HashSet<_> = people.iter().map(|user| user.id).collect();
    let mut others: Vec<_> = replica.users().filter(|user| !peers.contains(&user.id)).collect();
    others.sort_by_key(|user| user.username.as_str());
    people.append(&mut others);
    people
}
