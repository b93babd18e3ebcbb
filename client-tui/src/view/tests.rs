//! Screens as text, at a large, the usual and a small size, with scripts of all kinds.

use chatter_protocol::rest::UsersPage;
use chatter_protocol::{ErrorBody, ErrorCode, ServerFrame, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, CellWidth};

use super::draw;
use crate::config::Config;
use crate::keymap::{Context, Keymap, Profile, sequence_name};
use crate::state::fixture::*;
use crate::state::{
    Answer, EntryKey, Event, Failure, HelpLine, LinkState, Point, Selection, State, help_lines,
};
use crate::theme::{Depth, Glyphs, Theme};
use crate::update::update;

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 12)];

fn drawn(state: &State, theme: &Theme) -> Terminal<TestBackend> {
    let backend = TestBackend::new(state.size.width, state.size.height);
    let mut terminal = Terminal::new(backend).expect("a screen");
    terminal.draw(|frame| drop(draw(frame, state, theme))).expect("draws");
    terminal
}

fn screen(state: &State) -> String {
    let mut terminal = drawn(state, &Theme::default());
    let mut text = rows(terminal.backend().buffer());
    let cursor = terminal.get_cursor_position().expect("a test's terminal has one");
    text.push_str(&format!("cursor: column {}, row {}", cursor.x, cursor.y));
    text
}

/// The buffer as a terminal shows it: a wide character takes the place of what is behind it.
fn rows(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        let mut row = String::new();
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            row.push_str(cell.symbol());
            x += cell.cell_width().max(1);
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

pub(super) fn snapshots(name: &str, make: impl Fn(u16, u16) -> State) {
    for (width, height) in SIZES {
        let state = make(width, height);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen(&state));
        only_letters_beyond_ascii(&state);
        if width == 80 {
            insta::assert_snapshot!(format!("{name}_mono"), weights(&state));
        }
    }
}

/// What stands out without colours, and how: what has the focus, is unread, chosen or selected.
fn weights(state: &State) -> String {
    let theme = Theme::named("dark", &Config::default(), Depth::None);
    let terminal = drawn(state, &theme);
    let buffer = terminal.backend().buffer();
    let mut lines = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let modifier = buffer[(x, y)].modifier;
            let start = x;
            let mut text = String::new();
            while x < buffer.area.width && buffer[(x, y)].modifier == modifier {
                text.push_str(buffer[(x, y)].symbol());
                x += buffer[(x, y)].cell_width().max(1);
            }
            if !modifier.is_empty() && !text.trim_matches(['─', '│', '┼', ' ']).is_empty() {
                lines.push_str(&format!("{y}:{start} {modifier:?} {:?}\n", text.trim_end()));
            }
        }
    }
    lines
}

/// In ASCII a screen has nothing else but what people write: letters and emoji.
fn only_letters_beyond_ascii(state: &State) {
    let theme = Theme { glyphs: Glyphs::Ascii, ..Theme::default() };
    for cell in drawn(state, &theme).backend().buffer().content() {
        let first = cell.symbol().chars().next().unwrap_or(' ');
        let is_sign = matches!(
            first,
            '\u{a0}'..='\u{bf}' | '\u{2000}'..='\u{25ff}' | '\u{2700}'..='\u{27bf}' | '\u{2800}'..='\u{28ff}'
        );
        let is_emoji = cell.symbol().contains('\u{fe0f}');
        assert!(!is_sign || is_emoji, "{:?}", cell.symbol());
    }
}

fn people_found(state: &mut State) {
    let people = [GRACE, ZOE, ADA, SAKURA, SARA].map(person).to_vec();
    let result = Ok(UsersPage { people, next: None });
    let answer = Answer::People { prefix: String::new(), after: None, result };
    update(state, Event::Answered(Box::new(answer)));
}

#[test]
fn welcome_sign_in() {
    snapshots("welcome_sign_in", |width, height| {
        let mut state = nobody(width, height);
        type_text(&mut state, "ada");
        press(&mut state, &["tab"]);
        type_text(&mut state, "secret");
        let failure = Failure {
            message: "No account has this name and password.".into(),
            field: None,
            code: Some(ErrorCode::InvalidCredentials),
        };
        update(&mut state, Event::Answered(Box::new(Answer::SignedIn(Err(failure)))));
        state
    });
}

#[test]
fn welcome_sign_up() {
    snapshots("welcome_sign_up", |width, height| {
        let mut state = nobody(width, height);
        press(&mut state, &["ctrl-t"]);
        type_text(&mut state, "ada@example.org");
        state
    });
}

#[test]
fn session_ended() {
    snapshots("session_ended", |width, height| {
        let mut state = reading(width, height);
        update(&mut state, Event::Link(LinkState::Ended));
        state
    });
}

#[test]
fn list() {
    snapshots("list", world);
}

#[test]
fn chat() {
    snapshots("chat", reading);
}

#[test]
fn chat_with_refused_waiting_and_long_draft() {
    snapshots("chat_unsent", |width, height| {
        let mut state = reading(width, height);
        type_text(&mut state, "This one is refused");
        press(&mut state, &["enter"]);
        let unsent = state.account.as_ref().and_then(|a| a.replica.outbox().iter().next());
        let client_msg_id = unsent.expect("queued").send.client_msg_id;
        let error = ErrorBody::new(ErrorCode::Forbidden, "You can't write here any more.");
        let refused = ServerFrame::Refused { client_msg_id, error };
        update(&mut state, Event::Frame(Box::new(refused)));
        let retry_at = Timestamp::from_millis(state.now.as_millis() + 2_500);
        let reason = "The server can't be reached.".to_owned();
        update(&mut state, Event::Link(LinkState::Waiting { retry_at, attempt: 2, reason }));
        type_text(&mut state, "This one waits");
        press(&mut state, &["enter"]);
        update(
            &mut state,
            Event::Pasted("A draft of\nthree lines, one of them with 日本語 and\n👨‍👩‍👧‍👦".into()),
        );
        state
    });
}

#[test]
fn chat_opened_at_the_first_unread_message() {
    snapshots("chat_unread", |width, height| long_chat(width, height, 100, 100, 40));
}

#[test]
fn chat_scrolled_up_to_where_older_messages_load() {
    snapshots("chat_older", |width, height| {
        let mut state = long_chat(width, height, 100, 50, 0);
        press(&mut state, &["pageup"; 12]);
        state
    });
}

#[test]
fn chat_typing() {
    snapshots("chat_typing", |width, height| {
        let mut state = world(width, height);
        press(&mut state, &["down", "enter"]);
        let typing = ServerFrame::Typing { conversation: chat_id(SAKURA), user: user_id(SAKURA) };
        update(&mut state, Event::Frame(Box::new(typing)));
        state
    });
}

/// A message with everything that chat writes.
const MARKED_UP: &str = "# Release 1.4
Fixes the **race** in `resume`, *finally*. See [the notes](https://example.org/notes/1.4) \
or https://example.org/diff, thanks @ada.
> nobody saw it coming
- one thing
- another, with a longer text that does not fit into one row of a small window
```rust
fn main() {
    println!(\"moth\"); // found
}
```";

#[test]
fn chat_with_markup() {
    snapshots("chat_markup", |width, height| {
        let mut state = reading(width, height);
        posted(&mut state, 8, message(GRACE, 8, GRACE, NOW, MARKED_UP));
        state
    });
}

#[test]
fn chat_with_a_completion() {
    snapshots("chat_completion", |width, height| {
        let mut state = reading(width, height);
        type_text(&mut state, "it was :hear");
        state
    });
}

#[test]
fn chat_with_a_message_chosen() {
    snapshots("chat_chosen", |width, height| {
        let mut state = reading(width, height);
        press(&mut state, &["f9", "up"]);
        state
    });
}

#[test]
fn asked_for_a_day() {
    snapshots("chat_day", |width, height| {
        let mut state = reading(width, height);
        press(&mut state, &["ctrl-g"]);
        type_text(&mut state, "someday");
        press(&mut state, &["enter"]);
        state
    });
}

#[test]
fn chat_muted_with_a_folded_message_and_text_selected() {
    snapshots("chat_folded", |width, height| {
        let mut state = reading(width, height);
        state.config.look.fold_rows = 6;
        let body = (1..=30).map(|n| format!("line {n} of a log")).collect::<Vec<_>>().join("\n");
        posted(&mut state, 8, message(GRACE, 8, GRACE, NOW, &body));
        let account = state.account.as_mut().expect("signed in");
        account.replica.learn_mute(chat_id(GRACE), true, 1);
        let at = |row, column| Point { key: EntryKey::Message(8), row, column };
        if let Some(open) = &mut account.open {
            open.selection = Some(Selection { anchor: at(0, 5), head: at(1, 3) });
        }
        state
    });
}

#[test]
fn chat_with_a_long_notice() {
    snapshots("chat_notice", |width, height| {
        let mut state = reading(width, height);
        type_text(&mut state, "/peple");
        press(&mut state, &["enter"]);
        state
    });
}

#[test]
fn switcher() {
    snapshots("switcher", |width, height| {
        let mut state = reading(width, height);
        press(&mut state, &["ctrl-k"]);
        type_text(&mut state, "s");
        press(&mut state, &["down"]);
        state
    });
}

#[test]
fn people() {
    snapshots("people", |width, height| {
        let mut state = world(width, height);
        press(&mut state, &["f2"]);
        people_found(&mut state);
        press(&mut state, &["down"]);
        state
    });
}

#[test]
fn chat_blocked() {
    snapshots("chat_blocked", |width, height| {
        let mut state = reading(width, height);
        blocking(&mut state, &[GRACE]);
        state
    });
}

#[test]
fn question_block() {
    snapshots("question_block", |width, height| {
        let mut state = reading(width, height);
        type_text(&mut state, "/block");
        press(&mut state, &["enter"]);
        state
    });
}

#[test]
fn help_screen() {
    snapshots("help", |width, height| {
        let mut state = world(width, height);
        press(&mut state, &["f1"]);
        state
    });
}

#[test]
fn question() {
    snapshots("question", |width, height| {
        let mut state = reading(width, height);
        update(&mut state, Event::Link(LinkState::Connecting));
        type_text(&mut state, "unsent");
        press(&mut state, &["enter", "ctrl-q"]);
        state
    });
}

#[test]
fn the_beginning_of_a_sequence_shows() {
    let mut state = reading(80, 24);
    state.keymap = Keymap::new(Profile::Emacs, &[]);
    press(&mut state, &["ctrl-x"]);
    let screen = screen(&state);
    assert!(screen.contains("Ctrl+X …"), "{screen}");
}

#[test]
fn help_has_every_action_with_its_key() {
    let keymap = Keymap::default();
    let lines = help_lines(&keymap, 200);
    for context in Context::ALL {
        for binding in keymap.in_context(context) {
            let key = sequence_name(&binding.keys[0]);
            let meaning = binding.action.description();
            let is_there = lines.iter().any(|line| match line {
                HelpLine::Entry { keys, meaning: text } => keys.contains(&key) && text == meaning,
                _ => false,
            });
            assert!(is_there, "{context:?} {key} {meaning}");
        }
    }
}

#[test]
fn wide_characters_never_move_the_line_between_the_panes() {
    for width in 70..=130 {
        let state = reading(width, 24);
        let divider = state.panes().divider.x;
        let backend = TestBackend::new(width, 24);
        let mut terminal = Terminal::new(backend).expect("a screen");
        terminal.draw(|frame| drop(draw(frame, &state, &Theme::default()))).expect("draws");
        for y in 0..22 {
            let symbol = terminal.backend().buffer()[(divider, y)].symbol();
            assert!(matches!(symbol, "│" | "┼"), "{width} columns, row {y}: {symbol:?}");
        }
    }
}

#[test]
fn without_colours_nothing_has_one() {
    let mut state = reading(120, 40);
    type_text(&mut state, "x");
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).expect("a screen");
    let theme = Theme::named("dark", &Config::default(), Depth::None);
    terminal.draw(|frame| drop(draw(frame, &state, &theme))).expect("draws");
    for cell in terminal.backend().buffer().content() {
        assert_eq!((cell.fg, cell.bg), Default::default());
    }
}
