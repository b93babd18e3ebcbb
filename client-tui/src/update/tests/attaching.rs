//! Files on messages: attached, uploaded, sent with the words or without, taken off again.

use std::path::{Path, PathBuf};

use chatter_protocol::{Attachment, FileName, MediaId};

use super::*;
use crate::state::{AttachingState, UploadStep};

fn uploads(effects: &[Effect]) -> Vec<(u64, &Path)> {
    let upload = |effect| match effect {
        &Effect::Upload { id, ref path, .. } => Some((id, path.as_path())),
        _ => None,
    };
    effects.iter().filter_map(upload).collect()
}

fn file(name: &str) -> Attachment {
    Attachment {
        media: MediaId::new(),
        name: FileName::of(name),
        content_type: "application/octet-stream".to_owned(),
        bytes: 2_048,
        alt: None,
        image: None,
    }
}

fn step(state: &mut State, id: u64, step: UploadStep) -> Vec<Effect> {
    let mut effects = update(state, Event::Upload { id, step });
    effects.extend(update(state, Event::Settled));
    effects.extend(update(state, Event::Kept));
    effects.extend(update(state, Event::Settled));
    effects
}

fn began(state: &mut State, id: u64, bytes: u64) -> Vec<Effect> {
    step(state, id, UploadStep::Began { name: "engine.log".to_owned(), bytes })
}

fn attached(state: &mut State, path: &str) -> u64 {
    type_text(state, &format!("/attach {path}"));
    let effects = press(state, &["enter"]);
    let [(id, asked)] = uploads(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(asked, Path::new(path));
    id
}

#[test]
fn a_file_is_uploaded_while_one_writes_and_goes_with_the_words() {
    let mut state = reading(80, 24);
    let id = attached(&mut state, "/home/ada/engine.log");
    began(&mut state, id, 2_048);
    step(&mut state, id, UploadStep::Sent(1_024));
    assert!(account(&state).attached()[0].progress().contains("50 %"));
    type_text(&mut state, "as promised");
    // Enter before it is there: it waits, and what is written stays in sight.
    assert!(sends(&press(&mut state, &["enter"])).is_empty());
    assert!(state.notice.as_deref().unwrap_or_default().contains("as soon as"));
    assert_eq!(account(&state).draft().expect("still there").text(), "as promised");
    let done = file("engine.log");
    let effects = step(&mut state, id, UploadStep::Done(Box::new(done.clone())));
    assert_eq!(sends(&effects), ["as promised"]);
    let unsent = account(&state).replica.outbox().iter().next().expect("queued");
    assert_eq!(unsent.send.attachments, [done.media]);
    assert_eq!(unsent.attached, [done]);
    assert!(account(&state).attached().is_empty() && account(&state).draft().is_none());
}

#[test]
fn a_file_can_go_without_words_and_be_taken_off_before() {
    let mut state = reading(80, 24);
    let (first, second) = (attached(&mut state, "/a.log"), attached(&mut state, "/b.log"));
    for id in [first, second] {
        step(&mut state, id, UploadStep::Done(Box::new(file("x.log"))));
    }
    assert!(press(&mut state, &["alt-t"]).contains(&Effect::CancelUpload(second)));
    assert_eq!(sends(&press(&mut state, &["enter"])), [""]);
    let unsent = account(&state).replica.outbox().iter().next().expect("queued");
    assert_eq!(unsent.attached.len(), 1);
    // What comes late of the other changes nothing.
    step(&mut state, second, UploadStep::Failed("late".to_owned()));
    assert!(account(&state).attached().is_empty());
}

#[test]
fn what_fails_says_why_blocks_the_message_and_can_be_tried_again() {
    let mut state = reading(80, 24);
    let id = attached(&mut state, "/engine.log");
    step(&mut state, id, UploadStep::Failed("There is no file /engine.log.".to_owned()));
    type_text(&mut state, "look");
    assert!(sends(&press(&mut state, &["enter"])).is_empty());
    assert!(state.notice.as_deref().unwrap_or_default().contains("was not uploaded"));
    assert_eq!(uploads(&press(&mut state, &["f6"])), [(id, Path::new("/engine.log"))]);
    // Too large is known before a byte is sent.
    let effects = began(&mut state, id, 11 * 1024 * 1024);
    assert!(effects.contains(&Effect::CancelUpload(id)));
    let AttachingState::Failed(why) = &account(&state).attached()[0].state else { panic!() };
    assert_eq!(why, "11 MiB is too large: 10 MiB at most");
}

#[test]
fn a_dropped_picture_is_attached_and_other_text_is_text() {
    let mut state = reading(80, 24);
    let paste = |state: &mut State, text: &str| update(state, Event::Pasted(text.to_owned()));
    let effects = paste(&mut state, "/home/ada/engine.png");
    let [Effect::LookForFiles { paths, text }] = effects.as_slice() else { panic!("{effects:?}") };
    let (found, text) = (paths.clone(), text.clone());
    let effects = update(&mut state, Event::LookedForFiles { found, text: text.clone() });
    assert_eq!(uploads(&effects).len(), 1);
    // It is no file: it was meant as it was written.
    update(&mut state, Event::LookedForFiles { found: Vec::<PathBuf>::new(), text });
    assert_eq!(account(&state).draft().expect("a draft").text(), "/home/ada/engine.png");
    assert!(paste(&mut state, " and more").is_empty());
}

#[test]
fn no_more_files_than_the_server_takes() {
    let mut state = reading(80, 24);
    for number in 0..10 {
        attached(&mut state, &format!("/{number}.log"));
    }
    type_text(&mut state, "/attach /one-more.log");
    assert!(uploads(&press(&mut state, &["enter"])).is_empty());
    assert_eq!(state.notice.as_deref(), Some("At most 10 files hang on a message."));
}
