//! Pictures: off and on, and one on the whole screen.

use super::{key, lay_out_again};
use crate::action::Action;
use crate::pictures::HAS_PICTURES;
use crate::state::{Effect, EntryKey, Overlay, PictureAt, State, Timeline, Viewer};

/// Shows words in place of pictures, or pictures again.
pub(super) fn toggle(state: &mut State) {
    state.pictures.are_off = !state.pictures.are_off;
    state.pictures.failed.clear();
    let key = state.keymap.key(state.contexts(), Action::Pictures).unwrap_or_default();
    state.notice = Some(match (state.pictures.are_off, state.pictures.can_draw) {
        (true, _) => format!("Pictures are off. {key} shows them again."),
        (false, true) => "Pictures are on.".to_owned(),
        (false, false) if HAS_PICTURES => {
            "Pictures can't be shown here. chatter doctor says why.".to_owned()
        }
        (false, false) => "This chatter is built without pictures.".to_owned(),
    });
    lay_out_again(state);
}

/// Shows the first picture of the chosen message, or else the newest one in view.
pub(super) fn view(state: &mut State) {
    let Some((timeline, scroll, height)) = state.timeline() else { return };
    let pictures = pictures(&timeline);
    let chosen = state.account.as_ref().and_then(|account| account.open.as_ref()?.chosen);
    let at = match chosen {
        Some(key) => pictures.iter().position(|at| EntryKey::Message(at.number) == key),
        None => {
            let shown = timeline.window(scroll, height);
            shown.iter().rev().find_map(|row| match row.entry.key {
                EntryKey::Message(number) => pictures.iter().rposition(|at| at.number == number),
                EntryKey::Unsent(_) => None,
            })
        }
    };
    match at {
        Some(at) => state.overlay = Some(Overlay::Viewer(Viewer { pictures, at })),
        None => {
            let place = if chosen.is_some() { "in this message" } else { "in view" };
            state.notice = Some(format!("There is no picture {place}."));
        }
    }
}

/// Whether the chosen message has a picture.
pub(super) fn is_chosen(state: &State) -> bool {
    let Some((timeline, ..)) = state.timeline() else { return false };
    let chosen = state.account.as_ref().and_then(|account| account.open.as_ref()?.chosen);
    let entry = chosen.and_then(|key| timeline.entry(timeline.index_of(key)?));
    entry.is_some_and(|entry| entry.attachments.iter().any(|file| file.image.is_some()))
}

/// What can be done with the picture on the whole screen.
pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::SaveFile => {
            if let Some(picture) = state.viewed().cloned() {
                state.notice = Some("Saving…".to_owned());
                effects.push(Effect::Save(vec![picture]));
            }
        }
        Action::OpenFile => effects.extend(state.viewed().map(|file| Effect::Open(file.media))),
        action => {
            if let Some(Overlay::Viewer(viewer)) = &mut state.overlay {
                go(viewer, action);
            }
        }
    }
}

/// Moves to another picture; the ends are ends.
fn go(viewer: &mut Viewer, action: Action) {
    let last = viewer.pictures.len().saturating_sub(1);
    viewer.at = match action {
        Action::PreviousPicture => viewer.at.saturating_sub(1),
        Action::NextPicture => viewer.at + 1,
        action => key::moved(viewer.at, action),
    }
    .min(last);
}

/// The pictures of the messages that are here, the oldest first.
fn pictures(timeline: &Timeline<'_>) -> Vec<PictureAt> {
    let mut pictures = Vec::new();
    for entry in (0..timeline.len()).filter_map(|index| timeline.entry(index)) {
        let EntryKey::Message(number) = entry.key else { continue };
        let images = entry.attachments.iter().enumerate().filter(|(_, file)| file.image.is_some());
        pictures.extend(images.map(|(attachment, _)| PictureAt { number, attachment }));
    }
    pictures
}
