//! Clicks, the wheel, dragging.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Position;

use super::*;
use crate::state::{MouseEvent, MouseKind};
use crate::view::{Theme, draw};

/// The screen as rows of cells, and what the mouse does on it.
fn mouse(state: &mut State, kind: MouseKind, at: Position) -> Vec<Effect> {
    let mut target = None;
    terminal(state)
        .draw(|frame| {
            target = draw(frame, state, &Theme::default()).target(at);
        })
        .expect("draws");
    let mut effects = update(state, Event::Mouse(MouseEvent { kind, at, target }));
    effects.extend(settle(state));
    effects
}

fn terminal(state: &State) -> Terminal<TestBackend> {
    Terminal::new(TestBackend::new(state.size.width, state.size.height)).expect("a screen")
}

/// Where `text` begins on the screen, the last time that it is there.
fn find(state: &State, text: &str) -> Position {
    let mut terminal = terminal(state);
    terminal.draw(|frame| drop(draw(frame, state, &Theme::default()))).expect("draws");
    let buffer = terminal.backend().buffer();
    for y in (0..state.size.height).rev() {
        for x in (0..state.size.width).rev() {
            let rest = (x..state.size.width).map(|x| buffer[(x, y)].symbol());
            if rest.collect::<String>().starts_with(text) {
                return Position::new(x, y);
            }
        }
    }
    panic!("{text:?} is not on the screen");
}

fn click(state: &mut State, at: Position) -> Vec<Effect> {
    let mut effects = mouse(state, MouseKind::Press, at);
    effects.extend(mouse(state, MouseKind::Release, at));
    effects
}

fn drag(state: &mut State, from: Position, to: Position) -> Vec<Effect> {
    mouse(state, MouseKind::Press, from);
    mouse(state, MouseKind::Drag, to);
    mouse(state, MouseKind::Release, to)
}

#[test]
fn dragging_copies_the_text_of_messages_and_nothing_else() {
    let mut state = reading(80, 24);
    let from = find(&state, "found the bug");
    let to = find(&state, "fn main");
    let effects = drag(&mut state, from, Position::new(to.x + 1, to.y));
    let [text] = copied(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(
        text,
        "found the bug.\nLook: a real one, between the contacts of relay 70 in panel F. I taped it \
         into the logbook, next to the entry of 9 September.\nFamily 👨‍👩‍👧‍👦, flag 🇩🇪, e\u{301}te\u{301}, \
         日本語\nfn"
    );
}

#[test]
fn dragging_upwards_selects_the_same() {
    let mut state = reading(80, 24);
    let (from, to) = (find(&state, "We found"), find(&state, "the bug"));
    let down = drag(&mut state, from, to);
    let up = drag(&mut state, to, from);
    assert_eq!(copied(&down), ["We found t"]);
    assert_eq!(copied(&up), copied(&down));
}

#[test]
fn a_selection_stays_on_its_text_when_messages_come() {
    let mut state = reading(80, 24);
    let (from, to) = (find(&state, "Keep it!"), find(&state, "it!"));
    mouse(&mut state, MouseKind::Press, from);
    mouse(&mut state, MouseKind::Drag, to);
    posted(&mut state, 8, message(GRACE, 8, GRACE, NOW, "Something new"));
    let to = find(&state, "it!");
    let effects = mouse(&mut state, MouseKind::Release, to);
    assert_eq!(copied(&effects), ["Keep i"]);
}

#[test]
fn dragging_beyond_the_edge_moves_the_messages_along() {
    let mut state = long_chat(80, 24, 100, 100, 0);
    let from = find(&state, "message 99");
    mouse(&mut state, MouseKind::Press, from);
    for _ in 0..30 {
        mouse(&mut state, MouseKind::Drag, Position::new(from.x, 0));
    }
    let effects = mouse(&mut state, MouseKind::Release, Position::new(from.x, 0));
    let text = copied(&effects)[0].to_owned();
    assert!(text.lines().count() > 40, "{text}");
    assert!(text.ends_with("\nmessage 98\nm"), "{text}");
}

#[test]
fn a_click_copies_nothing() {
    let mut state = reading(80, 24);
    let at = find(&state, "Keep it!");
    assert!(copied(&click(&mut state, at)).is_empty());
    assert_eq!(account(&state).open.as_ref().expect("open").selection, None);
}

#[test]
fn clicks_open_chats_do_what_hints_say_and_put_the_cursor() {
    let mut state = world(100, 24);
    let at = find(&state, "田");
    click(&mut state, at);
    assert_eq!(account(&state).open.as_ref().map(|open| open.id), Some(chat_id(SAKURA)));
    let at = find(&state, "F1 help");
    click(&mut state, at);
    assert!(matches!(state.overlay, Some(Overlay::Help { .. })));
    // Beside what lies on top: it goes.
    click(&mut state, Position::new(0, 0));
    assert!(state.overlay.is_none());
    type_text(&mut state, "hello");
    let at = find(&state, "ello");
    click(&mut state, at);
    type_text(&mut state, "_");
    assert_eq!(account(&state).draft().expect("a draft").text(), "h_ello");
}

#[test]
fn the_wheel_scrolls_what_is_under_it() {
    let mut state = long_chat(80, 24, 100, 100, 0);
    let at = find(&state, "message 99");
    mouse(&mut state, MouseKind::WheelUp, at);
    assert!(!texts(&state).contains(&"message 100".to_owned()));
    mouse(&mut state, MouseKind::WheelDown, at);
    assert_eq!(scroll(&state), Scroll::Bottom);
}

#[test]
fn a_folded_message_unfolds_by_a_click() {
    let mut state = world(80, 24);
    state.config.look.fold_rows = 6;
    press(&mut state, &["enter"]);
    let body = (1..=12).map(|n| format!("row {n}")).collect::<Vec<_>>().join("\n");
    posted(&mut state, 8, message(GRACE, 8, GRACE, NOW, &body));
    let at = find(&state, "more rows");
    click(&mut state, at);
    assert!(texts(&state).contains(&"row 12".to_owned()));
}

#[test]
fn the_mouse_is_handed_back_and_taken_again() {
    let mut state = reading(80, 24);
    let mut effects = Vec::new();
    crate::update::key::act(&mut state, crate::action::Action::Mouse, &mut effects);
    crate::update::key::act(&mut state, crate::action::Action::Mouse, &mut effects);
    assert_eq!(effects, [Effect::TakeMouse(false), Effect::TakeMouse(true)]);
}

#[test]
fn a_double_click_selects_a_word_of_a_message_and_of_the_draft() {
    let mut state = reading(80, 24);
    let at = find(&state, "logbook");
    click(&mut state, at);
    let effects = click(&mut state, at);
    assert_eq!(copied(&effects), ["logbook"]);
    type_text(&mut state, "two words");
    let at = find(&state, "words");
    click(&mut state, at);
    click(&mut state, at);
    type_text(&mut state, "x");
    assert_eq!(account(&state).draft().expect("a draft").text(), "two x");
}

#[test]
fn dragging_in_the_message_line_selects_its_text() {
    let mut state = reading(80, 24);
    type_text(&mut state, "one two three");
    let (from, to) = (find(&state, "two"), find(&state, "three"));
    drag(&mut state, from, to);
    let draft = account(&state).draft().expect("a draft");
    assert_eq!(draft.selected_text(), Some("two "));
}

#[test]
fn a_profile_is_opened_from_the_header_and_its_rows_and_answers_are_clicked() {
    let mut state = reading(80, 24);
    let at = find(&state, "Grace Hopper @grace");
    click(&mut state, at);
    assert!(matches!(state.overlay, Some(Overlay::Profile(_))));
    let at = find(&state, "Mute");
    let effects = click(&mut state, at);
    let conversation = chat_id(GRACE);
    assert_eq!(asks(&effects), [&Request::SetMuted { conversation, muted: true }]);
    let at = find(&state, "Block");
    assert_eq!(asks(&click(&mut state, at)), Vec::<&Request>::new());
    let at = Position::new(find(&state, "Nothing of theirs").x, find(&state, "n no").y);
    let effects = click(&mut state, at);
    let user = user_id(GRACE);
    assert_eq!(asks(&effects), [&Request::SetBlocked { user, blocked: true }]);
    click(&mut state, Position::new(0, 0));
    assert!(state.overlay.is_none(), "beside it");

    let at = find(&state, "@ada");
    click(&mut state, at);
    let at = find(&state, "Status");
    click(&mut state, at);
    let at = find(&state, "no end");
    click(&mut state, at);
    assert_eq!(find(&state, "30 minutes").y, at.y, "a click takes the next choice");
}
