//! What the link reports: its own state, and what the server says over it.

use chatter_protocol::text::sanitize_line;
use chatter_protocol::{ConversationId, ErrorBody, ServerFrame, Timestamp, UserId};

use super::notify;
use crate::state::{
    Account, Effect, LinkState, Request, State, TYPING_EXPIRES_MS, Typist, Welcome,
};
use crate::sync::{Applied, Need};

pub(super) fn changed(state: &mut State, link: LinkState, effects: &mut Vec<Effect>) {
    match link {
        LinkState::Ended => return session_ended(state, effects),
        LinkState::Forbidden { reason } => return ask_to_sign_in(state, &reason, effects),
        _ => {}
    }
    let now = state.now;
    let Some(account) = &mut state.account else { return };
    match link {
        LinkState::Online => account.offline_since = None,
        LinkState::Waiting { .. } => drop(account.offline_since.get_or_insert(now)),
        LinkState::Connecting | LinkState::Ended | LinkState::Forbidden { .. } => {}
    }
    if link != LinkState::Online {
        account.replica.link_lost();
        account.watched = None;
        account.typing.clear();
        account.typing_told_at = None;
        account.release_at = None;
    }
    match &link {
        LinkState::Waiting { reason, .. } => account.trouble = Some(reason.clone()),
        LinkState::Online => account.trouble = None,
        LinkState::Connecting | LinkState::Ended | LinkState::Forbidden { .. } => {}
    }
    account.link = link;
}

/// Asks to sign in again, because the session is over.
pub(super) fn session_ended(state: &mut State, effects: &mut Vec<Effect>) {
    let reason = "This device was signed out. Sign in again to go on: drafts and unsent messages \
                  are still here.";
    ask_to_sign_in(state, reason, effects);
}

/// Asks to sign in, in place, and says why: drafts, unsent messages and what is open stay.
fn ask_to_sign_in(state: &mut State, reason: &str, effects: &mut Vec<Effect>) {
    let Some(account) = &mut state.account else { return };
    account.replica.link_lost();
    account.watched = None;
    account.link = LinkState::Ended;
    if account.is_leaving {
        return;
    }
    effects.push(Effect::Forget);
    if state.welcome.is_none() {
        let me = account.replica.me();
        let login = me.map_or(String::new(), |me| me.user.username.to_string());
        let mut welcome = Welcome::new(&state.server, &login);
        welcome.reason = Some(reason.to_owned());
        state.welcome = Some(welcome);
        state.overlay = None;
    }
}

pub(super) fn frame(state: &mut State, frame: ServerFrame, effects: &mut Vec<Effect>) {
    let now = state.now;
    let Some(account) = &mut state.account else { return };
    match frame {
        ServerFrame::Typing { conversation, user } => typing(account, conversation, user, now),
        ServerFrame::Error { error } => state.notice = Some(shown(&error)),
        ServerFrame::Welcome(_) => {
            // What could not be had over the old link may be had now.
            state.pictures.failed.clear();
            let applied = account.replica.apply(frame);
            welcomed(account, &applied, effects);
            take_in(account, applied, now, effects);
        }
        ServerFrame::Reset { .. } => {
            account.list_loaded = false;
            account.loading.clear();
            let applied = account.replica.apply(frame);
            take_in(account, applied, now, effects);
        }
        ServerFrame::Refused { client_msg_id, error } => {
            let error = ErrorBody { message: shown(&error), ..error };
            let applied = account.replica.apply(ServerFrame::Refused { client_msg_id, error });
            take_in(account, applied, now, effects);
        }
        frame => {
            stop_typing(account, &frame);
            let applied = account.replica.apply(frame);
            take_in(account, applied, now, effects);
        }
    }
}

/// Time passed: forgets who types no more, lets sends go on.
pub(super) fn wake(state: &mut State, effects: &mut Vec<Effect>) {
    notify::tell(state, effects);
    let now = state.now;
    let Some(account) = &mut state.account else { return };
    account.typing.retain(|typist| typist.until > now);
    if account.release_at.is_some_and(|at| at <= now) {
        account.release_at = None;
        account.replica.release_sends();
    }
}

pub(super) fn ask_for_list() -> Effect {
    Effect::Ask(Request::Conversations { after: None })
}

fn welcomed(account: &mut Account, applied: &Applied, effects: &mut Vec<Effect>) {
    account.link = LinkState::Online;
    account.offline_since = None;
    account.trouble = None;
    account.watched = None;
    account.history_problem = None;
    // Answers to what was asked over the old link may never come.
    account.loading.clear();
    account.reads_due = true;
    account.receipts_told_at = None;
    effects.push(Effect::Adopt);
    // What was confirmed on the last link may not have arrived.
    account.confirm_due = true;
    if !account.list_loaded && !applied.needs.contains(&Need::Conversations) {
        effects.push(ask_for_list());
    }
}

fn take_in(account: &mut Account, applied: Applied, now: Timestamp, effects: &mut Vec<Effect>) {
    account.confirm_due |= applied.received;
    for need in applied.needs {
        match need {
            Need::Conversations => effects.push(ask_for_list()),
            Need::Conversation(id) => effects.push(Effect::Ask(Request::Conversation(id))),
            Need::SendAgainAfter(wait_ms) => {
                let wait_ms = i64::try_from(wait_ms).unwrap_or(i64::MAX);
                let at = now.as_millis().saturating_add(wait_ms);
                account.release_at = Some(Timestamp::from_millis(at));
            }
        }
    }
    for (id, conv_seq) in applied.news {
        mark_as_new(account, id, conv_seq);
        notify::note(account, id, conv_seq, now);
    }
}

/// Puts the "new" divider above a message that arrives in the open chat while nobody looks;
/// settling removes the reason where somebody does.
fn mark_as_new(account: &mut Account, id: ConversationId, conv_seq: u64) {
    if let Some(open) = account.open.as_mut().filter(|open| open.id == id)
        && open.divider.is_none()
        && !account.is_watched
    {
        open.divider = Some(conv_seq - 1);
    }
}

/// Somebody else types; what I type on another device is no news.
fn typing(account: &mut Account, conversation: ConversationId, user: UserId, now: Timestamp) {
    if account.replica.my_id() == Some(user) {
        return;
    }
    account.typing.retain(|typist| (typist.conversation, typist.user) != (conversation, user));
    let until = Timestamp::from_millis(now.as_millis() + TYPING_EXPIRES_MS);
    account.typing.push(Typist { conversation, user, until });
}

/// Whoever has sent a message has stopped typing it.
fn stop_typing(account: &mut Account, frame: &ServerFrame) {
    if let ServerFrame::Event {
        event: chatter_protocol::Event::MessagePosted { message }, ..
    } = frame
    {
        let posted = (message.conversation, message.sender);
        account.typing.retain(|typist| (typist.conversation, typist.user) != posted);
    }
}

fn shown(error: &ErrorBody) -> String {
    sanitize_line(&error.message).into_owned()
}
