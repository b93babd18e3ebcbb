//! Pictures in a chat: the places that are kept for them, and what is said of them.

use chatter_protocol::Message;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::{Rect, Size};

use super::tests::snapshots;
use super::{Places, draw};
use crate::pictures::{Failed, PicturePlace, Rendition};
use crate::state::fixture::*;
use crate::state::{Event, Overlay, State};
use crate::terminal::CellSize;
use crate::theme::Theme;
use crate::update::update;

fn message_with_pictures() -> Message {
    let mut moth = attached_picture(1, "moth.png", 1280, 720);
    moth.alt = Some("A moth, taped to the page of a logbook".into());
    let mut message = message(GRACE, 8, GRACE, NOW, "Look what was in the relay:");
    message.attachments = vec![moth, attached_file(2, "relay-70.log")];
    message
}

/// Grace's chat, with a message with a picture and a file, and one of a picture alone.
fn looking(width: u16, height: u16) -> State {
    let mut state = reading(width, height);
    update(&mut state, Event::Pictures { can_draw: true, cell: CellSize::default() });
    posted(&mut state, 8, message_with_pictures());
    let mut alone = message(GRACE, 9, ADA, NOW, "");
    alone.attachments = vec![attached_picture(3, "me.jpg", 300, 300)];
    posted(&mut state, 9, alone);
    state
}

fn places(state: &State) -> Places {
    let backend = TestBackend::new(state.size.width, state.size.height);
    let mut places = Places::default();
    let mut terminal = Terminal::new(backend).expect("a screen");
    terminal.draw(|frame| places = draw(frame, state, &Theme::default())).expect("draws");
    places
}

fn fail(state: &mut State, number: u8, rendition: Rendition) {
    let media = attached_file(number, "x").media;
    let problem = "it is damaged".to_owned();
    update(state, Event::PictureFailed(Failed { media, rendition, problem }));
}

#[test]
fn chat_with_pictures() {
    snapshots("chat_pictures", looking);
}

#[test]
fn chat_with_pictures_that_failed() {
    snapshots("chat_pictures_failed", |width, height| {
        let mut state = looking(width, height);
        fail(&mut state, 1, Rendition::Thumbnail);
        fail(&mut state, 3, Rendition::Thumbnail);
        state
    });
}

#[test]
fn chat_with_words_for_pictures() {
    snapshots("chat_pictures_off", |width, height| {
        let mut state = looking(width, height);
        press(&mut state, &["alt-i"]);
        state
    });
}

#[test]
fn a_picture_on_the_whole_screen() {
    snapshots("viewer", |width, height| {
        let mut state = looking(width, height);
        press(&mut state, &["f9", "up", "o"]);
        state
    });
}

#[test]
fn a_picture_takes_the_same_place_before_and_after_it_came_and_wherever_it_is_scrolled_to() {
    let mut state = looking(100, 30);
    for number in 10..40 {
        posted(&mut state, number, message(GRACE, number, GRACE, NOW, "Nice!"));
    }
    let pane = state.panes().timeline;
    let mut skipped = Vec::new();
    for _ in 0..80 {
        let places = places(&state);
        for place in places.pictures() {
            let PicturePlace { wanted, area, skipped: above } = *place;
            assert_eq!(pane.intersection(area), area, "inside the messages");
            assert_eq!(area.width, wanted.size.width);
            let below = wanted.size.height - above - area.height;
            assert!(above == 0 || area.top() == pane.top(), "cut off by the upper edge only");
            assert!(below == 0 || area.bottom() == pane.bottom(), "by the lower edge only");
            if wanted.media == attached_file(1, "x").media {
                assert_eq!(wanted.size, Size::new(36, 10));
                skipped.push(above);
            }
        }
        press(&mut state, &["ctrl-shift-up"]);
    }
    assert!(skipped.contains(&0) && skipped.contains(&9), "it went through the upper edge");
    // That it failed moves nothing either.
    let mut state = looking(100, 30);
    let rows = |state: &State| {
        let (timeline, scroll, height) = state.timeline().expect("open");
        timeline.window(scroll, height).iter().map(|shown| shown.row.clone()).collect::<Vec<_>>()
    };
    let before = rows(&state);
    fail(&mut state, 1, Rendition::Thumbnail);
    assert_eq!(rows(&state), before);
    assert!(
        places(&state)
            .pictures()
            .iter()
            .all(|place| place.wanted.media != attached_file(1, "x").media)
    );
}

#[test]
fn what_is_written_does_not_change_the_size_of_pictures() {
    let mut state = looking(100, 30);
    let size = |state: &State| places(state).pictures().last().expect("one").wanted.size;
    let before = size(&state);
    press(&mut state, &["ctrl-j", "ctrl-j", "ctrl-j"]);
    assert_eq!(size(&state), before);
}

#[test]
fn no_picture_shows_through_what_lies_over_it() {
    let mut state = looking(100, 30);
    let all = places(&state).pictures().to_vec();
    assert_eq!(all.len(), 2);
    press(&mut state, &["f1"]);
    let outer = crate::state::overlay_place(state.size, crate::state::HELP_SIZE).outer;
    for place in places(&state).pictures() {
        assert!(!place.area.intersects(outer), "{place:?}");
    }
    press(&mut state, &["esc"]);
    type_text(&mut state, ":sm");
    let completing = places(&state).pictures().to_vec();
    let lowest = completing.last().expect("one");
    assert!(!lowest.is_whole() && lowest.area.height > 0, "its upper part is left");
    press(&mut state, &["esc", "f9", "o"]);
    let Some(Overlay::Viewer(_)) = state.overlay else { panic!("no viewer") };
    let viewed = places(&state);
    let [whole] = viewed.pictures() else { panic!("{:?}", viewed.pictures()) };
    assert_eq!(whole.wanted.rendition, Rendition::Whole);
    assert_eq!(Rect::new(0, 0, 100, 29).intersection(whole.area), whole.area);
    assert!(whole.wanted.size.height > 20, "as large as fits");
    // One that can't be had whole is shown small.
    fail(&mut state, 3, Rendition::Whole);
    let [small] = places(&state).pictures().to_vec()[..] else { panic!("one") };
    assert_eq!((small.wanted.rendition, small.area), (Rendition::Thumbnail, whole.area));
}
