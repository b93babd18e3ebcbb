//! Answers to requests.

use chatter_protocol::rest::MuteAnswer;
use chatter_protocol::{ConversationId, ErrorCode, Me};

use super::{chat, link, people, settings, welcome};
use crate::state::{Answer, Effect, Failure, Overlay, Request, State};

pub(super) fn apply(state: &mut State, answer: Answer, effects: &mut Vec<Effect>) {
    if failure(&answer).is_some_and(is_session_ended) && state.account.is_some() {
        link::session_ended(state, effects);
        return;
    }
    match answer {
        Answer::SignedIn(result) => welcome::signed_in(state, result, effects),
        Answer::SignedOut(result) => settings::signed_out(state, result, effects),
        Answer::PasswordChanged(result) => settings::password_changed(state, result),
        Answer::Profile(result) => settings::profile_changed(state, result),
        Answer::Privacy(result) => settings::privacy_changed(state, result),
        Answer::Sessions(result) => settings::sessions_listed(state, result),
        Answer::SessionsEnded(result) => settings::sessions_ended(state, result, effects),
        Answer::People { prefix, after, result } => {
            if let Some(Overlay::People(people)) = &mut state.overlay {
                people::listed(people, &prefix, after, result, effects);
            }
        }
        Answer::Opened(result) => opened(state, result),
        Answer::Conversations(result) => listed(state, result, effects),
        Answer::Conversation(Ok(view)) => {
            if let Some(account) = &mut state.account {
                account.replica.load_conversation(view);
            }
        }
        Answer::Conversation(Err(failure)) => state.notice = Some(failure.message),
        Answer::Muted { conversation, result } => muted(state, conversation, result),
        Answer::History { conversation, is_kept, result, .. } => {
            let Some(account) = &mut state.account else { return };
            account.loading.remove(&conversation);
            match result {
                Ok(page) if is_kept => account.replica.load_kept_messages(conversation, page),
                Ok(page) => account.replica.load_messages(conversation, page),
                Err(failure) => account.history_problem = Some(failure.message),
            }
        }
    }
}

/// Takes in the account's profile as the server has it now.
pub(super) fn learn_me(state: &mut State, me: Me) {
    if let Some(account) = &mut state.account {
        account.replica.learn_me(me);
    }
}

fn opened(state: &mut State, result: Result<chatter_protocol::ConversationView, Failure>) {
    let Some(Overlay::People(people)) = &mut state.overlay else { return };
    people.opening = None;
    match (result, &mut state.account) {
        (Ok(view), Some(account)) => {
            let id = view.conversation.id;
            account.replica.load_conversation(view);
            chat::open(account, id);
            state.overlay = None;
        }
        (Err(failure), _) => people.problem = Some(failure.message),
        (Ok(_), None) => {}
    }
}

fn muted(state: &mut State, id: ConversationId, result: Result<MuteAnswer, Failure>) {
    match (result, &mut state.account) {
        (Ok(MuteAnswer { muted, mute_rev }), Some(account)) => {
            account.replica.learn_mute(id, muted, mute_rev);
        }
        (Err(failure), _) => state.notice = Some(failure.message),
        (Ok(_), None) => {}
    }
}

fn listed(
    state: &mut State,
    result: Result<chatter_protocol::rest::ConversationsPage, Failure>,
    effects: &mut Vec<Effect>,
) {
    let Some(account) = &mut state.account else { return };
    match result {
        Ok(page) => {
            let next = page.next.clone();
            account.replica.load_conversations(page);
            account.list_loaded = next.is_none();
            if next.is_some() {
                effects.push(Effect::Ask(Request::Conversations { after: next }));
            }
        }
        Err(failure) => state.notice = Some(failure.message),
    }
}

fn is_session_ended(failure: &Failure) -> bool {
    matches!(failure.code, Some(ErrorCode::SessionEnded | ErrorCode::AuthRequired))
}

fn failure(answer: &Answer) -> Option<&Failure> {
    match answer {
        // Signing out is done either way, and a sign-in has no session yet.
        Answer::SignedIn(_) | Answer::SignedOut(_) => None,
        Answer::PasswordChanged(result) | Answer::SessionsEnded(result) => result.as_ref().err(),
        Answer::Profile(result) | Answer::Privacy(result) => result.as_ref().err(),
        Answer::Muted { result, .. } => result.as_ref().err(),
        Answer::Sessions(result) => result.as_ref().err(),
        Answer::People { result, .. } => result.as_ref().err(),
        Answer::Opened(result) | Answer::Conversation(result) => result.as_ref().err(),
        Answer::Conversations(result) => result.as_ref().err(),
        Answer::History { result, .. } => result.as_ref().err(),
    }
}
