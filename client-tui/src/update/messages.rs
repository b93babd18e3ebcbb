//! A message is chosen: moving from one to the next, copying, unfolding, quoting.

use super::chat;
use super::key::moved;
use crate::action::Action;
use crate::markdown;
use crate::state::{Account, Effect, EntryKey, Pane, Scroll, State};

/// Lines of a message that are quoted; the reader has the rest above.
const QUOTED_LINES_MAX: usize = 10;

/// What is said where there is nothing to copy.
const NOTHING_CHOSEN: &str = "Nothing is selected. Drag over text, or choose a message first.";

pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::ToggleFold | Action::Open => toggle_fold(state),
        Action::Copy => copy(state, effects),
        Action::CopyCode => copy_code(state, effects),
        Action::CopyLink => copy_link(state, effects),
        Action::Quote => quote(state),
        action => move_choice(state, action),
    }
}

/// Chooses the last message that shows, or lets go of the chosen one.
pub(super) fn toggle_choosing(state: &mut State) {
    let shown = state.timeline().and_then(|(timeline, scroll, height)| {
        timeline.window(scroll, height).last().map(|shown| shown.entry.key)
    });
    let Some(account) = &mut state.account else { return };
    account.pane = Pane::Chat;
    if let Some(open) = &mut account.open {
        open.chosen = if open.chosen.is_some() { None } else { shown };
    }
}

/// Copies what is selected in the messages, or else the chosen message as it was written.
pub(super) fn copy(state: &mut State, effects: &mut Vec<Effect>) {
    let text = selected_text(state).or_else(|| chosen_body(state));
    push_copy(state, text, NOTHING_CHOSEN, effects);
}

/// The text that is selected in the messages.
pub(super) fn selected_text(state: &State) -> Option<String> {
    let selection = state.account.as_ref()?.open.as_ref()?.selection?;
    let text = state.timeline()?.0.selected_text(&selection);
    (!text.is_empty()).then_some(text)
}

/// Unfolds a long message, or folds it again.
pub(super) fn toggle_fold_of(account: &mut Account, key: EntryKey) {
    if let Some(open) = &mut account.open
        && !open.unfolded.remove(&key)
    {
        open.unfolded.insert(key);
    }
}

fn copy_code(state: &mut State, effects: &mut Vec<Effect>) {
    let blocks = chosen_body(state).map(|body| markdown::code_blocks(&body).join("\n"));
    let code = blocks.filter(|code| !code.is_empty());
    push_copy(state, code, "There is no code in this message.", effects);
}

fn copy_link(state: &mut State, effects: &mut Vec<Effect>) {
    let link = chosen_body(state).and_then(|body| markdown::links(&body).into_iter().next());
    push_copy(state, link, "There is no link in this message.", effects);
}

fn push_copy(state: &mut State, text: Option<String>, nothing: &str, effects: &mut Vec<Effect>) {
    match text {
        Some(text) => effects.push(Effect::Copy(text)),
        None => state.notice = Some(nothing.to_owned()),
    }
}

fn toggle_fold(state: &mut State) {
    let Some(account) = &mut state.account else { return };
    if let Some(key) = account.open.as_ref().and_then(|open| open.chosen) {
        toggle_fold_of(account, key);
        show_chosen(state);
    }
}

/// Puts the beginning of the chosen message into the message line, as a quotation.
fn quote(state: &mut State) {
    let Some(body) = chosen_body(state) else { return };
    let lines: Vec<_> =
        body.lines().take(QUOTED_LINES_MAX).map(|line| format!("> {line}")).collect();
    let Some(account) = &mut state.account else { return };
    if let Some(open) = &mut account.open {
        open.chosen = None;
    }
    if let Some(draft) = account.draft_mut() {
        draft.insert_text(&format!("{}\n\n", lines.join("\n")));
    }
}

/// Chooses another message; below the last one lies the message line.
fn move_choice(state: &mut State, action: Action) {
    let moved_to = state.timeline().and_then(|(timeline, ..)| {
        let chosen = state.account.as_ref()?.open.as_ref()?.chosen?;
        let index = moved(timeline.index_of(chosen)?, action);
        let is_below = index >= timeline.len() && matches!(action, Action::Down);
        let last = timeline.len().checked_sub(1)?;
        Some((!is_below).then(|| timeline.entry(index.min(last)).map(|entry| entry.key)))
    });
    let Some(open) = state.account.as_mut().and_then(|account| account.open.as_mut()) else {
        return;
    };
    open.chosen = moved_to.flatten().flatten();
    show_chosen(state);
}

/// Scrolls so that the chosen message shows; without one, the end of the chat.
fn show_chosen(state: &mut State) {
    let scroll = state.timeline().and_then(|(timeline, scroll, height)| {
        let chosen = state.account.as_ref()?.open.as_ref()?.chosen?;
        Some(timeline.showing(scroll, timeline.index_of(chosen)?, height))
    });
    chat::scroll_to(state, scroll.unwrap_or(Scroll::Bottom));
}

fn chosen_body(state: &State) -> Option<String> {
    let chosen = state.account.as_ref()?.open.as_ref()?.chosen?;
    let (timeline, ..) = state.timeline()?;
    let entry = timeline.entry(timeline.index_of(chosen)?)?;
    entry.text().map(str::to_owned)
}
