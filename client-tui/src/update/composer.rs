//! The message line: writing, taking up what was sent before, sending.

use chatter_protocol::{ClientFrame, ConversationId, Timestamp, text};

use super::{attach, chat, command, messages};
use crate::action::{Action, InsertAt};
use crate::command::{Command, Parsed, parse};
use crate::state::{
    Account, AttachingState, Edit, Editor, Effect, EntryKey, History, LinkState, Motion, Pane,
    Scroll, State,
};

/// The server is told that somebody types at most this often.
const TYPING_TOLD_EVERY_MS: i64 = 3_000;

pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Send => send(state, effects),
        Action::NewLine => type_character(state, '\n', effects),
        Action::Editor => edit_externally(state, effects),
        Action::HistoryPrevious => take_up_previous(state),
        Action::HistoryNext => take_up_next(state),
        Action::Detach => drop(attach::detach(state, effects)),
        Action::RetryRefused => retry_refused(state, effects),
        Action::DropRefused => drop_refused(state),
        Action::Copy => copy(state, effects),
        Action::Cut => cut(state, effects),
        Action::Edit(edit) => edit_draft(state, edit),
        Action::Normal => begin_commands(state),
        Action::Insert(place) => insert_at(state, place),
        Action::Change(motion) => change(state, |draft, columns| draft.change(motion, columns)),
        Action::ChangeLine => change(state, |draft, _| draft.change_line()),
        _ => {}
    }
}

pub(super) fn type_character(state: &mut State, character: char, effects: &mut Vec<Effect>) {
    let now = state.now;
    let Some(account) = writing(state) else { return };
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

/// Pasted paths of pictures are attached; everything else is text.
pub(super) fn paste(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    match attach::paste(state, text).filter(|_| writing(state).is_some()) {
        Some(look) => effects.push(look),
        None => paste_text(state, text),
    }
}

pub(super) fn paste_text(state: &mut State, text: &str) {
    let text: String =
        text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    if let Some(draft) = writing(state).and_then(Account::draft_mut) {
        draft.insert_text(&text);
    }
}

/// The editor that the person wrote in has ended.
pub(super) fn edited(state: &mut State, result: Result<String, String>) {
    match (result, writing(state).and_then(Account::draft_mut)) {
        (Ok(text), Some(draft)) => draft.replace_all(text.trim_end()),
        (Err(problem), _) => state.notice = Some(problem),
        (Ok(_), None) => {}
    }
}

/// The account, if the message line has the focus.
fn writing(state: &mut State) -> Option<&mut Account> {
    state.account.as_mut().filter(|account| account.pane == Pane::Chat && account.open.is_some())
}

fn edit_externally(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(account) = writing(state) else { return };
    let text = account.draft().map_or(String::new(), |draft| draft.text().to_owned());
    effects.push(Effect::EditExternally { text });
}

/// Edits the draft. Beyond its first and last row lies what was sent before, or, while keys are
/// commands, the chat.
fn edit_draft(state: &mut State, edit: Edit) {
    let columns = state.composer_columns();
    let Some(account) = writing(state) else { return };
    let is_commanding = account.is_commanding;
    let moved = account.draft_mut().is_some_and(|draft| draft.apply(edit, columns));
    match edit {
        Edit::Move(Motion::Up) if !moved && is_commanding => chat::scroll(state, 1),
        Edit::Move(Motion::Down) if !moved && is_commanding => chat::scroll(state, -1),
        Edit::Move(Motion::Up) if !moved => take_up_previous(state),
        Edit::Move(Motion::Down) if !moved => take_up_next(state),
        _ => {}
    }
}

fn take_up_previous(state: &mut State) {
    take_up(state, |history, present| history.previous(present).map(str::to_owned));
}

fn take_up_next(state: &mut State) {
    take_up(state, |history, present| history.next(present));
}

fn take_up(state: &mut State, step: impl FnOnce(&mut History, &str) -> Option<String>) {
    let Some(account) = writing(state) else { return };
    let present = account.draft().map_or(String::new(), |draft| draft.text().to_owned());
    if let Some(text) = step(account.history_mut(), &present)
        && let Some(draft) = account.draft_mut()
    {
        draft.replace_all(&text);
    }
}

fn copy(state: &mut State, effects: &mut Vec<Effect>) {
    let draft = state.account.as_ref().and_then(Account::draft);
    match draft.and_then(Editor::selected_text) {
        Some(text) => effects.push(Effect::Copy(text.to_owned())),
        None => messages::copy(state, effects),
    }
}

fn cut(state: &mut State, effects: &mut Vec<Effect>) {
    let text = writing(state).and_then(Account::draft_mut).and_then(Editor::cut);
    effects.extend(text.map(Effect::Copy));
}

// --- keys as commands ---

/// Keys are commands; the cursor stands on the last character written, not behind it.
fn begin_commands(state: &mut State) {
    let columns = state.composer_columns();
    let Some(account) = writing(state) else { return };
    account.is_commanding = true;
    if let Some(draft) = account.draft_mut().filter(|draft| !draft.is_at_line_start()) {
        draft.apply(Edit::Move(Motion::Left), columns);
    }
}

fn insert_at(state: &mut State, place: InsertAt) {
    change(state, |draft, _| draft.insert_at(place));
}

/// Changes the draft, and keys are text again.
fn change(state: &mut State, change: impl FnOnce(&mut Editor, usize)) {
    let columns = state.composer_columns();
    let Some(account) = writing(state) else { return };
    account.is_commanding = false;
    if let Some(draft) = account.draft_mut() {
        change(draft, columns);
    }
}

// --- sending ---

/// Sends what is written, or does what it asks for. What can be neither stays in the line.
fn send(state: &mut State, effects: &mut Vec<Effect>) {
    let today = state.today();
    let Some(account) = writing(state) else { return };
    let draft = account.draft().map_or("", |draft| draft.text().trim_end()).to_owned();
    if draft.trim().is_empty() && account.attached().is_empty() {
        return;
    }
    match parse(&draft, today) {
        Parsed::Text(body) => queue(state, body),
        Parsed::Command(command) => do_instead(state, command, effects),
        not_understood => state.notice = not_understood.notice(),
    }
}

/// Does what was asked for, with the message line as it was before the words.
fn do_instead(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let words = state.account.as_ref().and_then(Account::draft).cloned();
    clear_draft(state);
    if !command::perform(state, command, effects)
        && let Some(draft) = state.account.as_mut().and_then(Account::draft_mut)
        && let Some(words) = words
    {
        *draft = words;
    }
}

fn queue(state: &mut State, body: String) {
    let now = state.now;
    let Some(account) = writing(state) else { return };
    let bytes_max = account.replica.limits().body_bytes_max;
    let checked = match account.attached().is_empty() {
        true => text::check_body(&body, bytes_max),
        false => text::check_caption(&body, bytes_max),
    };
    if let Err(error) = checked {
        state.notice = Some(error.to_string());
        return;
    }
    let Some(open) = account.open.as_ref().map(|open| open.id) else { return };
    state.notice = queue_in(account, open, body, now);
}

/// Queues the message of a chat, if its files are uploaded by now; else says what it waits for.
pub(super) fn queue_uploaded(account: &mut Account, conversation: ConversationId, now: Timestamp) {
    let draft = account.drafts.get(&conversation);
    let body = draft.map_or(String::new(), |draft| draft.text().trim_end().to_owned());
    queue_in(account, conversation, body, now);
}

fn queue_in(
    account: &mut Account,
    conversation: ConversationId,
    body: String,
    now: Timestamp,
) -> Option<String> {
    let mut attached = Vec::new();
    for file in account.attaching.get(&conversation).into_iter().flatten() {
        match &file.state {
            AttachingState::Done(attachment) => attached.push((**attachment).clone()),
            AttachingState::Uploading(_) => {
                account.sends_when_uploaded.insert(conversation);
                return Some("It is sent as soon as its files are uploaded.".to_owned());
            }
            AttachingState::Failed(_) => {
                account.sends_when_uploaded.remove(&conversation);
                let name = &file.name;
                return Some(format!("{name} was not uploaded. Try again, or take it off."));
            }
        }
    }
    if !body.is_empty() {
        account.history_mut().push(&body);
    }
    account.replica.queue_with(conversation, body, None, attached, now);
    account.attaching.remove(&conversation);
    account.sends_when_uploaded.remove(&conversation);
    if let Some(open) = account.open.as_mut().filter(|open| open.id == conversation) {
        (open.scroll, open.landing) = (Scroll::Bottom, None);
        account.is_commanding = false;
    }
    account.typing_told_at = None;
    account.drafts.remove(&conversation);
    account.keeping.drafts.insert(conversation);
    None
}

fn clear_draft(state: &mut State) {
    let Some(account) = &mut state.account else { return };
    account.is_commanding = false;
    if let Some(open) = &account.open {
        account.drafts.remove(&open.id);
        account.keeping.drafts.insert(open.id);
    }
}

fn retry_refused(state: &mut State, effects: &mut Vec<Effect>) {
    if attach::retry(state, effects) {
        return;
    }
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
