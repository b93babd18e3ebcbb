//! Answers to requests.

use chatter_protocol::rest::{MessagesPage, MuteAnswer};
use chatter_protocol::{ConversationId, ErrorCode, Me, Timestamp};

use super::{blocks, chat, link, people, profile, settings, switcher, welcome};
use crate::state::{
    Answer, Effect, Failure, HistoryRange, Landing, OpenChat, Overlay, Request, Scroll, State,
};

pub(super) fn apply(state: &mut State, answer: Answer, effects: &mut Vec<Effect>) {
    if failure(&answer).is_some_and(is_session_ended) && state.account.is_some() {
        link::session_ended(state, effects);
        return;
    }
    match answer {
        Answer::SignedIn(result) => welcome::signed_in(state, result, effects),
        Answer::SignedOut(result) => settings::signed_out(state, result, effects),
        Answer::PasswordChanged(result) => settings::password_changed(state, result),
        Answer::Profile(result) => profile::changed(state, result),
        Answer::Person(result) => profile::found(state, *result),
        Answer::Blocked { user, blocked, result } => {
            blocks::answered(state, (user, blocked), result);
        }
        Answer::Privacy(result) => settings::privacy_changed(state, result),
        Answer::Sessions(result) => settings::sessions_listed(state, result),
        Answer::SessionsEnded(result) => settings::sessions_ended(state, result, effects),
        Answer::People { prefix, after, result } => match &mut state.overlay {
            Some(Overlay::People(people)) => {
                people::listed(people, &prefix, after, result, effects);
            }
            Some(Overlay::Switcher(found)) => {
                let people = result.map_or(Vec::new(), |page| page.people);
                switcher::found(found, &people, &prefix, effects);
            }
            _ => {}
        },
        Answer::Somebody(result) => match (*result, &mut state.account) {
            (Ok(person), Some(account)) => account.replica.learn_person(person),
            (Ok(_), None) => {}
            (Err(failure), _) => state.notice = Some(failure.message),
        },
        Answer::Opened(result) => opened(state, result),
        Answer::Conversations(result) => listed(state, result, effects),
        Answer::Conversation(Ok(view)) => {
            if let Some(account) = &mut state.account {
                account.replica.load_conversation(view);
            }
        }
        Answer::Conversation(Err(failure)) => state.notice = Some(failure.message),
        Answer::Muted { conversation, result } => muted(state, conversation, result),
        Answer::History { conversation, range, is_kept, result } => {
            if let HistoryRange::FromTime(moment) = range {
                found_moment(state, conversation, moment, &result);
            }
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

/// The server knows which message is the first since a moment; if the open chat still waits for
/// it, it is shown from there.
fn found_moment(
    state: &mut State,
    conversation: ConversationId,
    moment: Timestamp,
    result: &Result<MessagesPage, Failure>,
) {
    let open = state.account.as_mut().and_then(|account| account.open.as_mut());
    let waits = |open: &&mut OpenChat| {
        open.id == conversation && open.landing == Some(Landing::Moment(moment))
    };
    let Some(open) = open.filter(waits) else { return };
    open.landing = None;
    match result {
        Ok(page) if page.messages.is_empty() => {
            open.scroll = Scroll::Bottom;
            state.notice = Some("Nothing was written since then.".to_owned());
        }
        Ok(page) => open.landing = Some(Landing::Number(page.from_seq)),
        Err(failure) => state.notice = Some(failure.message.clone()),
    }
}

/// Takes in the account's profile as the server has it now.
pub(super) fn learn_me(state: &mut State, me: Me) {
    if let Some(account) = &mut state.account {
        account.replica.learn_me(me);
    }
}

fn opened(state: &mut State, result: Result<chatter_protocol::ConversationView, Failure>) {
    let people = match &mut state.overlay {
        Some(Overlay::People(people)) => Some(people),
        _ => None,
    };
    match (result, &mut state.account, people) {
        (Ok(view), Some(account), people) => {
            let id = view.conversation.id;
            account.replica.load_conversation(view);
            // A directory that was opened for somebody else meanwhile stays.
            if people.is_none_or(|people| people.opening.is_some()) {
                chat::open(account, id);
                state.overlay = None;
            }
        }
        (Err(failure), _, Some(people)) => {
            people.opening = None;
            people.problem = Some(failure.message);
        }
        (Err(failure), _, None) => state.notice = Some(failure.message),
        (Ok(_), None, _) => {}
    }
}

fn muted(state: &mut State, id: ConversationId, result: Result<MuteAnswer, Failure>) {
    match (result, &mut state.account) {
        (Ok(MuteAnswer { muted, mute_rev }), Some(account)) => {
            account.replica.learn_mute(id, muted, mute_rev);
            let title = account.replica.chat(id).map(|chat| account.title(chat));
            let state_of = if muted { "is muted" } else { "is heard again" };
            state.notice = title.map(|title| format!("{title} {state_of}."));
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
        Answer::Person(result) | Answer::Somebody(result) => result.as_ref().as_ref().err(),
        Answer::Blocked { result, .. } => result.as_ref().err(),
        Answer::Muted { result, .. } => result.as_ref().err(),
        Answer::Sessions(result) => result.as_ref().err(),
        Answer::People { result, .. } => result.as_ref().err(),
        Answer::Opened(result) | Answer::Conversation(result) => result.as_ref().err(),
        Answer::Conversations(result) => result.as_ref().err(),
        Answer::History { result, .. } => result.as_ref().err(),
    }
}
