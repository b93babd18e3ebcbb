//! The main screen: choosing a chat, reading it, writing in it.

use chatter_protocol::{ClientFrame, ConversationId, text};

use super::key::moved;
use crate::action::Action;
use crate::state::{
    Account, Edit, Editor, Effect, EntryKey, LinkState, Motion, OpenChat, Pane, Scroll, State,
};

/// The server is told that somebody types at most this often.
const TYPING_TOLD_EVERY_MS: i64 = 3_000;

pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Up | Action::Down | Action::PageUp | Action::PageDown => choose(state, action),
        Action::First | Action::Last => choose(state, action),
        Action::Open => open_chosen(state),
        Action::SwitchPane => switch_pane(state),
        Action::Send => send(state),
        Action::NewLine => type_character(state, '\n', effects),
        Action::ScrollUp => scroll(state, 1),
        Action::ScrollDown => scroll(state, -1),
        Action::ScrollPageUp => scroll(state, page(state)),
        Action::ScrollPageDown => scroll(state, -page(state)),
        // Far beyond any history, and far from overflowing.
        Action::ScrollOldest => scroll(state, isize::MAX / 4),
        Action::ScrollNewest => scroll_to(state, Scroll::Bottom),
        Action::RetryRefused => retry_refused(state),
        Action::DropRefused => drop_refused(state),
        Action::Edit(edit) => edit_draft(state, edit),
        _ => {}
    }
}

/// Opens the chat, at its first unread message if there is any.
pub(super) fn open(account: &mut Account, id: ConversationId) {
    let is_open = account.open.as_ref().is_some_and(|open| open.id == id);
    (account.pane, account.chosen) = (Pane::Chat, Some(id));
    if is_open {
        return;
    }
    let me = account.replica.my_id();
    let chat = account.replica.chat(id);
    let unread = me.zip(chat).map_or(0, |(me, chat)| chat.unread(me));
    let divider = chat.filter(|_| unread > 0).map(|chat| chat.read_seq());
    let landing = divider.is_some();
    account.open = Some(OpenChat { id, scroll: Scroll::Bottom, divider, landing });
    account.history_problem = None;
    account.typing_told_at = None;
}

/// Opens the chat above or below the open one, or the next with unread messages.
pub(super) fn switch(state: &mut State, action: Action) {
    let Some(account) = &mut state.account else { return };
    let ids: Vec<_> = account.replica.chats().map(|chat| chat.id()).collect();
    let current = account.open.as_ref().and_then(|open| ids.iter().position(|id| *id == open.id));
    let next = match (action, current) {
        (Action::NextUnread, _) => next_unread(account),
        (Action::NextChat, Some(index)) => ids.get(index + 1).copied(),
        (_, Some(index)) => index.checked_sub(1).map(|index| ids[index]),
        (_, None) => ids.first().copied(),
    };
    match next {
        Some(id) => open(account, id),
        None if action == Action::NextUnread => {
            state.notice = Some("No unread messages.".to_owned());
        }
        None => {}
    }
}

fn next_unread(account: &Account) -> Option<ConversationId> {
    let me = account.replica.my_id()?;
    let open = account.open.as_ref().map(|open| open.id);
    let unread = |chat: &&crate::sync::Chat| chat.unread(me) > 0 && Some(chat.id()) != open;
    account.replica.chats().find(unread).map(|chat| chat.id())
}

fn choose(state: &mut State, action: Action) {
    let Some(account) = &mut state.account else { return };
    let count = account.replica.chats().count();
    let index = match account.chosen_index() {
        Some(index) => moved(index, action).min(count.saturating_sub(1)),
        None => 0,
    };
    account.chosen = account.replica.chats().nth(index).map(|chat| chat.id());
}

fn open_chosen(state: &mut State) {
    let Some(account) = &mut state.account else { return };
    let first = account.replica.chats().next().map(|chat| chat.id());
    if let Some(id) = account.chosen_index().and(account.chosen).or(first) {
        open(account, id);
    }
}

fn switch_pane(state: &mut State) {
    let Some(account) = &mut state.account else { return };
    match account.pane {
        Pane::Chat => account.pane = Pane::List,
        Pane::List if account.open.is_some() => account.pane = Pane::Chat,
        Pane::List => open_chosen(state),
    }
}

// --- reading ---

fn page(state: &State) -> isize {
    // One row stays, so that the eye finds its place.
    isize::try_from(state.panes().timeline.height).unwrap_or(1).saturating_sub(1).max(1)
}

fn scroll(state: &mut State, rows: isize) {
    let Some((timeline, scroll, height)) = state.timeline() else { return };
    let scroll = timeline.scrolled(scroll, rows, height);
    scroll_to(state, scroll);
}

fn scroll_to(state: &mut State, scroll: Scroll) {
    let Some(account) = &mut state.account else { return };
    account.history_problem = None;
    if let Some(open) = &mut account.open {
        (open.scroll, open.landing) = (scroll, false);
    }
}

// --- writing ---

pub(super) fn type_character(state: &mut State, character: char, effects: &mut Vec<Effect>) {
    let now = state.now;
    let Some(account) = writing_account(state) else { return };
    let Some(draft) = account.draft_mut() else { return };
    draft.insert(character);
    let told = account.typing_told_at;
    let due = told.is_none_or(|at| now.as_millis() - at.as_millis() >= TYPING_TOLD_EVERY_MS)
        && account.replica.privacy().typing;
    if let Some(open) = account.open.as_ref().filter(|_| due && account.link == LinkState::Online) {
        effects.push(Effect::Say(ClientFrame::Typing { conversation: open.id }));
        account.typing_told_at = Some(now);
    }
}

pub(super) fn paste(state: &mut State, text: &str, _effects: &mut Vec<Effect>) {
    let text: String =
        text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    if let Some(draft) = writing_account(state).and_then(Account::draft_mut) {
        draft.insert_text(&text);
    }
}

/// The account, if the message line has the focus.
fn writing_account(state: &mut State) -> Option<&mut Account> {
    state.account.as_mut().filter(|account| account.pane == Pane::Chat && account.open.is_some())
}

/// Edits the draft; up and down beyond its ends scroll the chat.
fn edit_draft(state: &mut State, edit: Edit) {
    let columns = state.composer_columns();
    let moved = state
        .account
        .as_mut()
        .and_then(Account::draft_mut)
        .is_some_and(|draft| draft.apply(edit, columns));
    match edit {
        Edit::Move(Motion::Up) if !moved => scroll(state, 1),
        Edit::Move(Motion::Down) if !moved => scroll(state, -1),
        _ => {}
    }
}

fn send(state: &mut State) {
    let now = state.now;
    let Some(account) = writing_account(state) else { return };
    let bytes_max = account.replica.limits().body_bytes_max;
    let Some(body) = account.draft().map(|draft| draft.text().trim_end().to_owned()) else {
        return;
    };
    if body.trim().is_empty() {
        return;
    }
    if let Err(error) = text::check_body(&body, bytes_max) {
        state.notice = Some(error.to_string());
        return;
    }
    let Some(open) = &mut account.open else { return };
    account.replica.queue(open.id, body, None, now);
    (open.scroll, open.landing) = (Scroll::Bottom, false);
    account.drafts.remove(&open.id);
    account.keeping.drafts.insert(open.id);
    account.typing_told_at = None;
}

fn retry_refused(state: &mut State) {
    let Some(account) = &mut state.account else { return };
    if let Some(key) = account.first_refused() {
        account.replica.retry(key);
    }
}

fn drop_refused(state: &mut State) {
    let Some(account) = &mut state.account else { return };
    let Some(unsent) = account.first_refused().and_then(|key| account.replica.withdraw(key)) else {
        return;
    };
    if let Some(open) = &mut account.open
        && open.scroll_is_at(EntryKey::Unsent(unsent.send.client_msg_id))
    {
        open.scroll = Scroll::Bottom;
    }
    match account.draft_mut().filter(|draft| draft.is_empty()) {
        Some(draft) => *draft = Editor::new(unsent.send.body),
        None => state.notice = Some("The refused message was dropped.".to_owned()),
    }
}
