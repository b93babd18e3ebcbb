//! What follows from the state as it is now, said once after a batch of events.

use chatter_protocol::limits::WATCH_USERS_MAX;
use chatter_protocol::{ClientFrame, Timestamp, UserId};

use super::{notify, store};
use crate::state::{
    Account, COLUMNS_WIDE, Effect, EntryKey, HistoryRange, Landing, LinkState, OpenChat, Overlay,
    Pane, Request, Scroll, State,
};

/// How far from what is looked at, and from the end of each chat, messages stay in memory: some
/// screens. Those beyond are read again from this device's store when somebody scrolls there.
const MESSAGES_NEAR: u64 = 250;

pub(super) fn settle(state: &mut State, effects: &mut Vec<Effect>) {
    let watched = watched(state);
    land(state);
    let_go(state);
    load_history(state, effects);
    let looks = is_looking(state);
    notify::title(state, effects);
    let Some(account) = &mut state.account else { return };
    account.is_watched = looks;
    if looks {
        read(account);
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
    if account.keeping.is_done() {
        tell_receipts(account, state.now, effects);
    }
    if account.keeping.may_send() {
        effects.extend(account.replica.take_sends().into_iter().map(Effect::Say));
    }
}

/// Lets go of messages that are far from what is looked at, as long as this device keeps them.
fn let_go(state: &mut State) {
    let is_viewing = matches!(state.overlay, Some(Overlay::Viewer(_)));
    let Some(account) = &mut state.account else { return };
    if account.keeping.is_in_need() {
        return;
    }
    let open = account.open.as_ref().map(|open| (open.id, open.places().filter(|_| !is_viewing)));
    account.replica.let_go(MESSAGES_NEAR, |id| match &open {
        Some((open, places)) if *open == id => places.clone(),
        _ => Some(Vec::new()),
    });
}

/// Whether a person sees the end of the open chat.
pub(super) fn is_looking(state: &State) -> bool {
    let Some(account) = &state.account else { return false };
    let shows = state.size.width >= COLUMNS_WIDE || account.pane == Pane::Chat;
    let is_at_end = account
        .open
        .as_ref()
        .is_some_and(|open| open.scroll == Scroll::Bottom && open.landing.is_none());
    let is_covered = state.overlay.is_some() || state.welcome.is_some();
    shows && is_at_end && !is_covered && state.has_focus && state.panes().timeline.height > 0
}

/// I have read to the end.
fn read(account: &mut Account) {
    let Some(chat) = account.open_chat() else { return };
    if chat.recent_start().is_none() {
        return;
    }
    let (id, head_seq) = (chat.id(), chat.head_seq());
    account.reads_due |= account.replica.read(id, head_seq).is_some();
}

/// Tells the server what came in and what was read, now or when it may be told again.
fn tell_receipts(account: &mut Account, now: Timestamp, effects: &mut Vec<Effect>) {
    if account.receipts_at().is_some_and(|at| now < at) {
        return;
    }
    let before = effects.len();
    if std::mem::take(&mut account.reads_due) {
        effects.extend(account.replica.unconfirmed_reads().into_iter().map(Effect::Say));
    }
    if std::mem::take(&mut account.confirm_due) {
        effects.extend(account.replica.confirm().map(Effect::Say));
    }
    if effects.len() > before {
        account.receipts_told_at = Some(now);
    }
}

/// The people whose presence is on screen.
fn watched(state: &State) -> Vec<UserId> {
    let Some(account) = &state.account else { return Vec::new() };
    let mut users = Vec::new();
    if let Some(Overlay::People(people)) = &state.overlay {
        users.extend(people.found.iter().map(|person| person.user.id));
    }
    if let Some(Overlay::Profile(card)) = &state.overlay {
        users.push(card.person.user.id);
    }
    users.extend(account.replica.peers());
    users.sort_unstable();
    users.dedup();
    users.truncate(WATCH_USERS_MAX);
    users
}

/// Scrolls to where the open chat was to be shown from, once that is here.
fn land(state: &mut State) {
    let Some(account) = &state.account else { return };
    let Some((open, chat)) = account.open.as_ref().zip(account.open_chat()) else { return };
    let Some(number) = open.landing.and_then(|landing| landing_number(open, landing)) else {
        return;
    };
    if chat.run(number).is_none() && number <= chat.head_seq() {
        return;
    }
    let below = 0;
    let around = Scroll::At { key: EntryKey::Message(number), below };
    let scroll = state.timeline_at(around).map_or(Scroll::Bottom, |(timeline, height)| {
        match timeline.index_of(EntryKey::Message(number)) {
            Some(index) => timeline.top_at(index, height),
            None => Scroll::Bottom,
        }
    });
    if let Some(open) = state.account.as_mut().and_then(|account| account.open.as_mut()) {
        (open.scroll, open.landing) = (scroll, None);
    }
}

/// The message to be at the top; none before the server has said which.
fn landing_number(open: &OpenChat, landing: Landing) -> Option<u64> {
    match landing {
        Landing::FirstUnread => Some(open.divider.map_or(u64::MAX, |divider| divider + 1)),
        Landing::Number(number) => Some(number),
        Landing::Moment(_) => None,
    }
}

/// Asks for what the open chat lacks: what is to be landed on, the newest messages, or those just
/// beyond what shows.
fn load_history(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(range) = wanted_history(state) else { return };
    let Some(account) = &mut state.account else { return };
    let Some(id) = account.open.as_ref().map(|open| open.id) else { return };
    if account.history_problem.is_none() && account.loading.insert(id) {
        effects.push(Effect::Ask(Request::History { conversation: id, range }));
    }
}

fn wanted_history(state: &State) -> Option<HistoryRange> {
    let account = state.account.as_ref()?;
    let (open, chat) = account.open.as_ref().zip(account.open_chat())?;
    match open.landing {
        Some(Landing::Moment(moment)) => return Some(HistoryRange::FromTime(moment)),
        Some(landing) => {
            let number = landing_number(open, landing)?;
            if chat.run(number).is_none() && number <= chat.head_seq() {
                return Some(HistoryRange::After(number - 1));
            }
        }
        None => {}
    }
    if !chat.has_newest() {
        return Some(HistoryRange::Before(chat.head_seq() + 1));
    }
    let (timeline, scroll, height) = state.timeline()?;
    let (first, last) = timeline.numbers()?;
    if first > 1 && timeline.is_near_top(scroll, height) {
        return Some(HistoryRange::Before(first));
    }
    timeline.is_near_end(scroll).then_some(HistoryRange::After(last))
}
