//! The main screen: choosing a chat, and reading it.

use chatter_protocol::ConversationId;

use super::key::moved;
use super::{composer, messages};
use crate::action::Action;
use crate::state::{
    Account, Effect, Field, FieldName, Form, Landing, LinkState, OpenChat, Overlay, Pane, Request,
    Scroll, State,
};
use crate::sync::Chat;

pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    let is_choosing = state.account.as_ref().is_some_and(Account::is_choosing);
    match action {
        Action::ChooseMessage => messages::toggle_choosing(state),
        Action::NextChat | Action::PreviousChat | Action::NextUnread => switch(state, action),
        Action::Mute => mute(state, None, effects),
        Action::MarkRead => mark_read(state, effects),
        Action::JumpToDate => ask_for_day(state),
        action if is_choosing => messages::act(state, action, effects),
        Action::Up | Action::Down | Action::PageUp | Action::PageDown => choose(state, action),
        Action::First | Action::Last => choose(state, action),
        Action::Open => open_chosen(state),
        Action::SwitchPane => switch_pane(state),
        Action::ScrollUp => scroll(state, 1),
        Action::ScrollDown => scroll(state, -1),
        Action::ScrollPageUp => scroll(state, page(state)),
        Action::ScrollPageDown => scroll(state, -page(state)),
        Action::ScrollOldest => land_at(state, Landing::Number(1)),
        Action::ScrollNewest => scroll_to(state, Scroll::Bottom),
        action => composer::act(state, action, effects),
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
    account.open = Some(OpenChat::new(id, divider));
    account.history_problem = None;
    account.typing_told_at = None;
}

/// Opens the chat above or below the open one, or the next with unread messages.
fn switch(state: &mut State, action: Action) {
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

pub(super) fn scroll(state: &mut State, rows: isize) {
    let Some((timeline, scroll, height)) = state.timeline() else { return };
    let scroll = timeline.scrolled(scroll, rows, height);
    scroll_to(state, scroll);
}

/// Shows a place of the chat that may have to be fetched first.
pub(super) fn land_at(state: &mut State, landing: Landing) {
    let Some(account) = &mut state.account else { return };
    account.history_problem = None;
    if let Some(open) = &mut account.open {
        open.landing = Some(landing);
    }
}

fn ask_for_day(state: &mut State) {
    if state.account.as_ref().is_some_and(|account| account.open.is_some()) {
        let label = "Day: 2026-03-01, yesterday, monday, 3 days ago";
        let form = Form::new(vec![Field::text(FieldName::Day, label, "")]);
        state.overlay = Some(Overlay::Day(form));
    }
}

pub(super) fn scroll_to(state: &mut State, scroll: Scroll) {
    let Some(account) = &mut state.account else { return };
    account.history_problem = None;
    if let Some(open) = &mut account.open {
        (open.scroll, open.landing) = (scroll, None);
    }
}

/// Mutes the chosen chat of the list, or the open one, or lets it be heard again.
pub(super) fn mute(state: &mut State, muted: Option<bool>, effects: &mut Vec<Effect>) {
    let Some(account) = &state.account else { return };
    if let Some(id) = addressed(account) {
        set_muted(account, id, muted, effects);
    }
}

/// Mutes a chat or lets it be heard, the other of what it is unless that is said.
pub(super) fn set_muted(
    account: &Account,
    conversation: ConversationId,
    muted: Option<bool>,
    effects: &mut Vec<Effect>,
) {
    let Some(chat) = account.replica.chat(conversation) else { return };
    let muted = muted.unwrap_or(!chat.muted());
    effects.push(Effect::Ask(Request::SetMuted { conversation, muted }));
}

/// The chat that an action is about: the chosen one of the list, or the open one.
fn addressed(account: &Account) -> Option<ConversationId> {
    match account.pane {
        Pane::Chat => account.open.as_ref().map(|open| open.id),
        Pane::List => account.chosen.or_else(|| account.replica.chats().next().map(Chat::id)),
    }
}

/// Marks the chosen chat of the list, or the open one, as read.
fn mark_read(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(account) = &mut state.account else { return };
    let id = addressed(account);
    let Some((id, head_seq)) = id.and_then(|id| Some((id, account.replica.chat(id)?.head_seq())))
    else {
        return;
    };
    if let Some(open) = account.open.as_mut().filter(|open| open.id == id) {
        open.divider = None;
    }
    let frame = account.replica.read(id, head_seq);
    if account.link == LinkState::Online {
        effects.extend(frame.map(Effect::Say));
    }
}
