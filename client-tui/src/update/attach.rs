//! Files that hang on what is being written: attached by name, by a command or by what a terminal
//! pastes when a picture is dropped on it; uploaded while one goes on writing.

use std::path::PathBuf;

use chatter_protocol::ConversationId;

use super::composer;
use crate::files::{pasted_paths, size};
use crate::state::{Account, Attaching, AttachingState, Effect, State, UploadStep};

/// Attaches a file to what is being written in the open chat.
pub(super) fn attach(
    state: &mut State,
    path: PathBuf,
    alt: Option<String>,
    effects: &mut Vec<Effect>,
) -> bool {
    let Some(account) = &mut state.account else { return false };
    let Some(open) = account.open.as_ref().map(|open| open.id) else { return false };
    let files_max = account.replica.limits().attachments_max;
    let attached = account.attaching.entry(open).or_default();
    if attached.len() >= files_max {
        state.notice = Some(format!("At most {files_max} files hang on a message."));
        return false;
    }
    account.uploads += 1;
    let id = account.uploads;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = chatter_protocol::FileName::of(&name).to_string();
    let state = AttachingState::Uploading(0);
    attached.push(Attaching { id, path: path.clone(), name, alt: alt.clone(), bytes: 0, state });
    effects.push(Effect::Upload { id, path, alt });
    true
}

/// Takes the file off that was attached last, and stops its upload.
pub(super) fn detach(state: &mut State, effects: &mut Vec<Effect>) -> bool {
    let Some(account) = &mut state.account else { return false };
    let Some(open) = account.open.as_ref().map(|open| open.id) else { return false };
    account.sends_when_uploaded.remove(&open);
    let Some(last) = account.attaching.get_mut(&open).and_then(Vec::pop) else {
        state.notice = Some("No file is attached.".to_owned());
        return false;
    };
    effects.push(Effect::CancelUpload(last.id));
    true
}

/// What was pasted, if it may be the paths of pictures: looked for before it counts as text.
pub(super) fn paste(state: &State, text: &str) -> Option<Effect> {
    let paths = pasted_paths(text)?;
    state.account.as_ref().filter(|account| account.open.is_some())?;
    Some(Effect::LookForFiles { paths, text: text.to_owned() })
}

/// What was pasted is files, or it is text after all.
pub(super) fn looked(
    state: &mut State,
    found: Vec<PathBuf>,
    text: &str,
    effects: &mut Vec<Effect>,
) {
    if found.is_empty() {
        return composer::paste_text(state, text);
    }
    for path in found {
        if !attach(state, path, None, effects) {
            return;
        }
    }
}

/// An upload went on, or is over.
pub(super) fn step(state: &mut State, id: u64, step: UploadStep, effects: &mut Vec<Effect>) {
    let now = state.now;
    let Some(account) = &mut state.account else { return };
    let bytes_max = account.replica.limits().upload_bytes_max;
    let Some((conversation, file)) = find(account, id) else { return };
    file.state = match step {
        UploadStep::Began { bytes, .. } if bytes > bytes_max => {
            effects.push(Effect::CancelUpload(id));
            let why = format!("{} is too large: {} at most", size(bytes), size(bytes_max));
            AttachingState::Failed(why)
        }
        UploadStep::Began { name, bytes } => {
            (file.name, file.bytes) = (name, bytes);
            AttachingState::Uploading(0)
        }
        UploadStep::Sent(bytes) => AttachingState::Uploading(bytes),
        UploadStep::Done(attachment) => AttachingState::Done(attachment),
        UploadStep::Failed(why) => AttachingState::Failed(why),
    };
    if account.sends_when_uploaded.contains(&conversation) {
        composer::queue_uploaded(account, conversation, now);
    }
}

fn find(account: &mut Account, id: u64) -> Option<(ConversationId, &mut Attaching)> {
    account.attaching.iter_mut().find_map(|(conversation, files)| {
        let file = files.iter_mut().find(|file| file.id == id)?;
        Some((*conversation, file))
    })
}

/// Uploads again what failed in the open chat; false if nothing has.
pub(super) fn retry(state: &mut State, effects: &mut Vec<Effect>) -> bool {
    let Some(account) = &mut state.account else { return false };
    let Some(open) = account.open.as_ref().map(|open| open.id) else { return false };
    let files = account.attaching.get_mut(&open).into_iter().flatten();
    let mut is_any = false;
    for file in files.filter(|file| matches!(file.state, AttachingState::Failed(_))) {
        is_any = true;
        file.state = AttachingState::Uploading(0);
        let (path, alt) = (file.path.clone(), file.alt.clone());
        effects.push(Effect::Upload { id: file.id, path, alt });
    }
    is_any
}
