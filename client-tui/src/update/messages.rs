//! A message is chosen: moving from one to the next, copying, unfolding, quoting.

use chatter_protocol::Attachment;

use super::key::moved;
use super::{chat, pictures};
use crate::action::Action;
use crate::files::in_words;
use crate::markdown;
use crate::state::{Account, Effect, EntryKey, Pane, Scroll, State};

/// Lines of a message that are quoted; the reader has the rest above.
const QUOTED_LINES_MAX: usize = 10;

/// What is said where there is nothing to save.
const NO_FILE: &str = "No file hangs on this message.";

/// What is said where there is nothing to copy.
const NOTHING_CHOSEN: &str = "Nothing is selected. Drag over text, or choose a message first.";

pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::ToggleFold | Action::Open => match is_long(state) || !pictures::is_chosen(state) {
            true => toggle_fold(state),
            // Nothing to unfold, so it is the picture that is meant.
            false => pictures::view(state),
        },
        Action::Copy => copy(state, effects),
        Action::CopyCode => copy_code(state, effects),
        Action::CopyLink => copy_link(state, effects),
        Action::Quote => quote(state),
        Action::SaveFile => save_files(state, effects),
        Action::OpenFile => open_picture(state, effects),
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

/// Whether there is something to unfold in the chosen message.
fn is_long(state: &State) -> bool {
    let chosen = state.account.as_ref().and_then(|account| account.open.as_ref()?.chosen);
    state.timeline().zip(chosen).is_some_and(|((timeline, ..), key)| {
        let entry = timeline.index_of(key).and_then(|index| timeline.entry(index));
        entry.is_some_and(|entry| timeline.is_long(&entry))
    })
}

fn toggle_fold(state: &mut State) {
    let Some(account) = &mut state.account else { return };
    if let Some(key) = account.open.as_ref().and_then(|open| open.chosen) {
        toggle_fold_of(account, key);
        show_chosen(state);
    }
}

/// Saves everything that hangs on the chosen message.
fn save_files(state: &mut State, effects: &mut Vec<Effect>) {
    match chosen_attachments(state) {
        files if files.is_empty() => state.notice = Some(NO_FILE.to_owned()),
        files => {
            state.notice = Some("Saving…".to_owned());
            effects.push(Effect::Save(files));
        }
    }
}

/// Shows the first picture of the chosen message in the desktop's viewer.
fn open_picture(state: &mut State, effects: &mut Vec<Effect>) {
    let picture = chosen_attachments(state).into_iter().find(|file| file.image.is_some());
    match picture {
        Some(picture) => effects.push(Effect::Open(picture.media)),
        None => state.notice = Some("There is no picture in this message.".to_owned()),
    }
}

/// What hangs on the chosen message, or while none is chosen on the last one that has something.
fn chosen_attachments(state: &State) -> Vec<Attachment> {
    let Some((timeline, ..)) = state.timeline() else { return Vec::new() };
    let open = state.account.as_ref().and_then(|account| account.open.as_ref());
    match open.and_then(|open| open.chosen) {
        Some(chosen) => {
            let entry = timeline.index_of(chosen).and_then(|index| timeline.entry(index));
            entry.map_or(Vec::new(), |entry| entry.attachments.to_vec())
        }
        None => (0..timeline.len())
            .rev()
            .filter_map(|index| timeline.entry(index))
            .find(|entry| !entry.attachments.is_empty())
            .map_or(Vec::new(), |entry| entry.attachments.to_vec()),
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
    if entry.deleted {
        return None;
    }
    // A message of pictures alone is what they are called.
    let in_words = entry.attachments.iter().map(in_words).collect::<Vec<_>>().join("\n");
    Some(if entry.body.is_empty() { in_words } else { entry.body.to_owned() })
}
