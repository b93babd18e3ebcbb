//! What follows from the state as it is now, said once after a batch of events.

use chatter_protocol::limits::WATCH_USERS_MAX;
use chatter_protocol::{ClientFrame, UserId};

use super::store;
use crate::state::{
    Account, COLUMNS_WIDE, Effect, HistoryRange, LinkState, Overlay, Pane, Request, Scroll, State,
};

/// Unread messages beyond which a chat opens at its end instead of loading them all.
const LANDING_MESSAGES_MAX: u64 = 1_000;

pub(super) fn settle(state: &mut State, effects: &mut Vec<Effect>) {
    let watched = watched(state);
    land(state);
    load_history(state, effects);
    let looks = is_looking(state);
    let Some(account) = &mut state.account else { return };
    account.is_watched = looks;
    if looks {
        read(account, effects);
    }
    let fresh = store::unkept(account);
    effects.extend(account.keeping.next_batch(fresh, state.now).map(Effect::Keep));
    if account.link != LinkState::Online {
        return;
    }
    if account.watched.as_ref() != Some(&watched) {
        effects.push(Effect::Say(ClientFrame::Watch { users: watched.clone() }));
        account.watched = Some(watched);
    }
    if !account.keeping.is_done() {
        return;
    }
    if std::mem::take(&mut account.confirm_due) {
        effects.extend(account.replica.confirm().map(Effect::Say));
    }
    effects.extend(account.replica.take_sends().into_iter().map(Effect::Say));
}

/// Whether a person sees the end of the open chat.
fn is_looking(state: &State) -> bool {
    let Some(account) = &state.account else { return false };
    let shows = state.size.width >= COLUMNS_WIDE || account.pane == Pane::Chat;
    let is_at_end =
        account.open.as_ref().is_some_and(|open| open.scroll == Scroll::Bottom && !open.landing);
    let is_covered = state.overlay.is_some() || state.welcome.is_some();
    shows && is_at_end && !is_covered && state.has_focus && state.panes().timeline.height > 0
}

/// I have read to the end. Said when the link is up; until then the replica remembers it.
fn read(account: &mut Account, effects: &mut Vec<Effect>) {
    let Some(chat) = account.open_chat() else { return };
    if chat.recent_start().is_none() {
        return;
    }
    let (id, head_seq) = (chat.id(), chat.head_seq());
    let frame = account.replica.read(id, head_seq);
    if account.link == LinkState::Online {
        effects.extend(frame.map(Effect::Say));
    }
}

/// The people whose presence is on screen.
fn watched(state: &State) -> Vec<UserId> {
    let Some(account) = &state.account else { return Vec::new() };
    let mut users = Vec::new();
    if let Some(Overlay::People(people)) = &state.overlay {
        users.extend(people.found.iter().map(|person| person.user.id));
    }
    users.extend(account.replica.peers());
    users.sort_unstable();
    users.dedup();
    users.truncate(WATCH_USERS_MAX);
    users
}

/// Scrolls a chat that was just opened to its first unread message, once that is here.
fn land(state: &mut State) {
    let Some(account) = &state.account else { return };
    let Some(open) = account.open.as_ref().filter(|open| open.landing) else { return };
    let Some((start, chat)) =
        account.open_chat().and_then(|chat| Some((chat.recent_start()?, chat)))
    else {
        return;
    };
    let first_new = open.divider.unwrap_or(0) + 1;
    let is_far = chat.head_seq().saturating_sub(first_new) > LANDING_MESSAGES_MAX;
    if start > first_new && !is_far {
        return;
    }
    let scroll = match state.timeline() {
        Some((timeline, _, height)) if !is_far => timeline.landing(height),
        _ => Scroll::Bottom,
    };
    if let Some(open) = state.account.as_mut().and_then(|account| account.open.as_mut()) {
        (open.scroll, open.landing) = (scroll, false);
    }
}

/// Asks for older messages when few that are here are left above, and for the newest when they
/// are not here.
fn load_history(state: &mut State, effects: &mut Vec<Effect>) {
    let wants_older = state
        .timeline()
        .is_some_and(|(timeline, scroll, height)| timeline.is_near_top(scroll, height));
    let Some(account) = &mut state.account else { return };
    let Some((open, chat)) = account.open.as_ref().zip(account.open_chat()) else { return };
    if chat.is_complete() || account.history_problem.is_some() || account.loading.contains(&open.id)
    {
        return;
    }
    let has_newest = chat.recent_start().is_some();
    if !has_newest || wants_older || open.landing {
        let (id, before) = (open.id, chat.recent_start().unwrap_or(chat.head_seq() + 1));
        let range = HistoryRange::Before(before);
        effects.push(Effect::Ask(Request::History { conversation: id, range }));
        account.loading.insert(id);
    }
}
