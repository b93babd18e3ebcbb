//! Whatever keys, clicks, events and sizes come: no panic, and nothing drawn outside its pane.

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::{Position, Rect, Size};

use super::*;
use crate::keymap::{Context, Keymap, Profile};
use crate::pictures::{Failed, Rendition};
use crate::state::{MouseEvent, MouseKind, Panes};
use crate::terminal::{CellSize, Probed};
use crate::view::{Theme, draw};
use crate::width::{Agreement, Widths};

/// Columns and rows around the screen that nothing may be drawn on.
const MARGIN: u16 = 3;

/// What stands there.
const UNTOUCHED: &str = "~";

/// Every key that is bound to anything in any profile.
fn bound_keys() -> Vec<crokey::KeyCombination> {
    let keymaps = Profile::ALL.map(|profile| Keymap::new(profile, &[]));
    let bindings = keymaps
        .iter()
        .flat_map(|keymap| Context::ALL.into_iter().flat_map(|context| keymap.in_context(context)));
    bindings.flat_map(|binding| binding.keys.iter().flatten().copied()).collect()
}

fn any_mouse() -> impl Strategy<Value = Event> {
    let kind = prop::sample::select(vec![
        MouseKind::Press,
        MouseKind::Drag,
        MouseKind::Release,
        MouseKind::WheelUp,
        MouseKind::WheelDown,
    ]);
    (kind, 0u16..120, 0u16..40).prop_map(|(kind, x, y)| {
        // What stands there is found when the event is applied.
        Event::Mouse(MouseEvent { kind, at: Position::new(x, y), target: None })
    })
}

fn any_widths() -> impl Strategy<Value = Event> {
    let agreement = || prop::sample::select(vec![Agreement::Agreed, Agreement::Differs]);
    (agreement(), agreement(), agreement()).prop_map(|(zwj, flag, presentation)| {
        let widths = Widths { zwj, flag, presentation, ..Widths::default() };
        Event::Probed(Box::new(Probed { widths: Some(widths), ..Probed::default() }))
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[日é\u{301}👩‍🔬🇩🇪 \n\ta-z]{0,200}",
        "[-*_`~#>@:/()\\[\\]a-c1 \n|!.]{0,120}",
        Just(
            "```rust\nfn main() {}\n```\n> q\n- [x](https://example.org) **b** @ada :heart:"
                .to_owned()
        ),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        9 => prop::sample::select(bound_keys()).prop_map(Event::Key),
        3 => prop::sample::select("abjkxyq:@/> 1".chars().collect::<Vec<_>>()).prop_map(|character| {
            Event::Key(crossterm::event::KeyCode::Char(character).into())
        }),
        2 => any_text().prop_map(Event::Pasted),
        2 => any_text().prop_map(|text| Event::Edited(Ok(text))),
        4 => any_mouse(),
        1 => any_widths(),
        1 => Just(Event::Highlighted),
        2 => (any::<bool>(), 2u16..40, 2u16..40).prop_map(|(can_draw, width, height)| {
            Event::Pictures { can_draw, cell: CellSize { width, height } }
        }),
        1 => (8u8..40, any::<bool>()).prop_map(|(number, whole)| {
            let rendition = if whole { Rendition::Whole } else { Rendition::Thumbnail };
            let media = attached_file(number, "x").media;
            Event::PictureFailed(Failed { media, rendition, problem: "it is damaged".into() })
        }),
        2 => (1u16..300, 1u16..100).prop_map(|(width, height)| Event::Resized(Size::new(width, height))),
        1 => (1u16..30, 1u16..8).prop_map(|(width, height)| Event::Resized(Size::new(width, height))),
        1 => any::<bool>().prop_map(Event::Focus),
        1 => Just(Event::Woken),
        1 => Just(Event::Link(LinkState::Online)),
        1 => Just(Event::Link(LinkState::Ended)),
        1 => Just(Event::Frame(Box::new(welcome_frame()))),
        1 => Just(Event::Answered(Box::new(Answer::SignedIn(Ok(grant(ADA)))))),
        2 => (8u64..40, any::<bool>(), any_text()).prop_map(|(number, mine, body)| {
            let sender = if mine { ADA } else { GRACE };
            let mut message = message(GRACE, number, sender, NOW, &body);
            let side = 1 + body.len() as u32 * 20;
            message.attachments =
                vec![attached_picture(number as u8, "x.png", side, 600), attached_file(1, "y")];
            let event = chatter_protocol::Event::MessagePosted { message };
            Event::Frame(Box::new(ServerFrame::Event { seq: number, event }))
        }),
        1 => Just(Event::Answered(Box::new(Answer::People {
            prefix: String::new(),
            after: None,
            result: Ok(UsersPage { people: vec![person(GRACE), person(SAKURA)], next: None }),
        }))),
    ]
}

/// The screen, drawn on something larger; where things stand in it.
fn drawn(state: &State) -> (Terminal<TestBackend>, crate::view::Places) {
    let (width, height) = (state.size.width + MARGIN, state.size.height + MARGIN);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen");
    let mut places = None;
    let untouched = |frame: &mut ratatui::Frame<'_>| {
        let area = frame.area();
        for position in area.positions() {
            frame.buffer_mut()[position].set_symbol(UNTOUCHED);
        }
        let inside = Rect::new(0, 0, state.size.width, state.size.height);
        for position in inside.positions() {
            frame.buffer_mut()[position].reset();
        }
        places = Some(draw(frame, state, &Theme::default()));
    };
    terminal.draw(untouched).expect("draws");
    (terminal, places.expect("drawn"))
}

fn check_borders(state: &State, terminal: &Terminal<TestBackend>) {
    let buffer = terminal.backend().buffer();
    let inside = Rect::new(0, 0, state.size.width, state.size.height);
    for position in buffer.area.positions().filter(|position| !inside.contains(*position)) {
        assert_eq!(buffer[position].symbol(), UNTOUCHED, "{position} is outside {inside}");
    }
    let Panes { divider, .. } = state.panes();
    if state.overlay.is_none() && state.welcome.is_none() && state.account.is_some() {
        for position in divider.positions() {
            assert!(matches!(buffer[position].symbol(), "│" | "┼"), "{position} {inside}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_key_click_event_or_size_makes_it_panic_or_draw_elsewhere(
        profile in prop::sample::select(Profile::ALL.to_vec()),
        events in prop::collection::vec(any_event(), 1..40),
    ) {
        let mut state = reading(80, 24);
        state.keymap = Keymap::new(profile, &[]);
        let mut places = drawn(&state).1;
        for mut event in events {
            match &mut event {
                Event::Mouse(mouse) => mouse.target = places.target(mouse.at),
                Event::Probed(probed) => {
                    let widths = probed.widths.unwrap_or_default();
                    crate::width::set_shown_as(widths, crate::config::Emoji::Auto);
                }
                _ => {}
            }
            update(&mut state, event);
            update(&mut state, Event::Settled);
            let terminal;
            (terminal, places) = drawn(&state);
            check_borders(&state, &terminal);
            let inside = Rect::new(0, 0, state.size.width, state.size.height);
            for place in places.pictures() {
                let rows = place.skipped + place.area.height;
                assert_eq!(inside.intersection(place.area), place.area, "{inside}");
                assert!(rows <= place.wanted.size.height && !place.area.is_empty());
            }
        }
    }
}
