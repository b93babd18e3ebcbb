//! Pictures: off and on, and from one to the next on the whole screen.

use super::*;
use crate::pictures::{Failed, HAS_PICTURES, Rendition};
use crate::state::{Overlay, PictureAt};
use crate::terminal::CellSize;

fn looking() -> State {
    let mut state = reading(100, 30);
    update(&mut state, Event::Pictures { can_draw: true, cell: CellSize::default() });
    for (number, pictures) in [(8, 2), (9, 0), (10, 1)] {
        let mut message = message(GRACE, number, GRACE, NOW, "");
        for picture in 0..pictures {
            let media = number as u8 * 10 + picture;
            message.attachments.push(attached_picture(media, "x.png", 200, 200));
        }
        posted(&mut state, number, message);
    }
    state
}

fn viewed(state: &State) -> Option<PictureAt> {
    match &state.overlay {
        Some(Overlay::Viewer(viewer)) => viewer.shown(),
        _ => None,
    }
}

#[test]
fn the_viewer_goes_from_picture_to_picture_and_stops_at_the_ends() {
    let mut state = looking();
    let at = |number, attachment| Some(PictureAt { number, attachment });
    type_text(&mut state, "/view");
    press(&mut state, &["enter"]);
    assert_eq!(viewed(&state), at(10, 0), "the newest in view");
    for (key, shown) in [
        ("right", at(10, 0)),
        ("left", at(8, 1)),
        ("left", at(8, 0)),
        ("h", at(8, 0)),
        ("l", at(8, 1)),
    ] {
        press(&mut state, &[key]);
        assert_eq!(viewed(&state), shown, "{key}");
    }
    press(&mut state, &["esc"]);
    assert!(state.overlay.is_none());
}

#[test]
fn the_picture_that_shows_is_saved_or_opened_outside() {
    let mut state = looking();
    type_text(&mut state, "/view");
    press(&mut state, &["enter", "left"]);
    let picture = attached_picture(81, "x.png", 200, 200);
    let opened = press(&mut state, &["shift-o"]);
    assert!(opened.contains(&Effect::Open(picture.media)), "{opened:?}");
    assert!(press(&mut state, &["s"]).contains(&Effect::Save(vec![picture])));
}

#[test]
fn a_chosen_message_shows_its_first_picture_and_one_without_says_so() {
    let mut state = looking();
    press(&mut state, &["f9", "up", "up", "enter"]);
    assert_eq!(viewed(&state), Some(PictureAt { number: 8, attachment: 0 }));
    press(&mut state, &["q", "down", "o"]);
    assert_eq!(viewed(&state), None);
    assert_eq!(state.notice.as_deref(), Some("There is no picture in this message."));
}

#[test]
fn pictures_are_turned_off_and_what_failed_is_tried_again_when_they_are_on() {
    let mut state = looking();
    let media = attached_file(80, "x").media;
    let rendition = Rendition::Thumbnail;
    let failed = Failed { media, rendition, problem: "no".into() };
    update(&mut state, Event::PictureFailed(failed.clone()));
    assert_eq!(state.pictures.problem(media, rendition), Some("no"));
    press(&mut state, &["alt-i"]);
    assert!(!state.pictures.are_drawn());
    assert!(state.notice.take().expect("said").contains("Alt+I"));
    press(&mut state, &["alt-i"]);
    assert!(state.pictures.are_drawn());
    assert_eq!(state.pictures.problem(media, rendition), None);
    update(&mut state, Event::PictureFailed(failed));
    update(&mut state, Event::Frame(Box::new(welcome_frame())));
    assert_eq!(state.pictures.problem(media, rendition), None, "the line is back");
    state.pictures.can_draw = false;
    press(&mut state, &["alt-i", "alt-i"]);
    assert!(!HAS_PICTURES || state.notice.expect("said").contains("doctor"));
}

#[test]
fn a_message_of_pictures_alone_is_copied_in_words() {
    let mut state = looking();
    let effects = press(&mut state, &["f9", "c"]);
    assert!(
        effects.contains(&Effect::Copy("[picture: x.png, 200x200, 47 KiB]".into())),
        "{effects:?}"
    );
}
