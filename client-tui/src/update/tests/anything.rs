//! Whatever keys, events and sizes come: no panic.

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use super::*;
use crate::view::{Theme, draw};

fn any_event() -> impl Strategy<Value = Event> {
    let keys = prop::sample::select(vec![
        "enter",
        "esc",
        "tab",
        "backtab",
        "up",
        "down",
        "left",
        "right",
        "pageup",
        "pagedown",
        "home",
        "end",
        "ctrl-home",
        "ctrl-end",
        "f1",
        "f2",
        "f3",
        "f4",
        "f5",
        "f6",
        "f7",
        "alt-enter",
        "shift-up",
        "shift-down",
        "alt-up",
        "alt-down",
        "ctrl-t",
        "ctrl-w",
        "ctrl-u",
        "ctrl-k",
        "ctrl-z",
        "backspace",
        "delete",
        "y",
        "n",
        "x",
        "o",
        "j",
        "k",
        "q",
        "space",
        "a",
    ]);
    prop_oneof![
        8 => keys.prop_map(|key| Event::Key(key.parse().expect("a key"))),
        1 => "\\PC{0,40}".prop_map(Event::Pasted),
        1 => "[日é\u{301}👩‍🔬🇩🇪 \n\ta-z]{0,200}".prop_map(Event::Pasted),
        2 => (1u16..300, 1u16..100).prop_map(|(width, height)| Event::Resized(Size::new(width, height))),
        1 => (1u16..30, 1u16..8).prop_map(|(width, height)| Event::Resized(Size::new(width, height))),
        1 => any::<bool>().prop_map(Event::Focus),
        1 => Just(Event::Woken),
        1 => Just(Event::Link(LinkState::Online)),
        1 => Just(Event::Link(LinkState::Ended)),
        1 => Just(Event::Frame(Box::new(welcome_frame()))),
        1 => Just(Event::Answered(Box::new(Answer::SignedIn(Ok(grant(ADA)))))),
        2 => (8u64..40, any::<bool>()).prop_map(|(number, mine)| {
            let sender = if mine { ADA } else { GRACE };
            let message = message(GRACE, number, sender, NOW, "日本語 👨‍👩‍👧‍👦\n\tmany words to wrap around");
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn no_key_event_or_size_makes_it_panic(events in prop::collection::vec(any_event(), 1..40)) {
        let mut state = reading(80, 24);
        for event in events {
            update(&mut state, event);
            update(&mut state, Event::Settled);
            let backend = TestBackend::new(state.size.width, state.size.height);
            let mut terminal = Terminal::new(backend).expect("a screen");
            terminal.draw(|frame| drop(draw(frame, &state, &Theme::default()))).expect("draws");
        }
    }
}
