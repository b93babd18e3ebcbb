//! A question before something that can't be undone.

use chatter_protocol::UserId;
use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::paint::{line, overlay, row};
use super::places::Places;
use crate::action::Action;
use crate::state::wrap::wrap;
use crate::state::{Question, State};
use crate::theme::Theme;

/// Columns and rows of the question where there is room.
const SIZE: (u16, u16) = (54, 7);

/// The same for one that says what blocking means.
const SIZE_LONG: (u16, u16) = (54, 9);

/// What blocking means, after the name.
const BLOCKING: &str = "can't write to you any more, nor you to them. You see nothing that they \
                        say, and neither sees when the other is there. They are not told.";

/// What unblocking means, after the name.
const UNBLOCKING: &str =
    "can write to you again. What they said meanwhile in rooms is there again.";

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    question: Question,
    places: &mut Places,
    theme: &Theme,
) {
    let (title, text) = match question {
        Question::Quit { waiting, drafts } => ("Quit?", what_is_lost(waiting, drafts)),
        Question::SignOut { everywhere, waiting } => {
            let place =
                if everywhere { "On all devices, this one too." } else { "On this device." };
            let lost = match waiting {
                0 => String::new(),
                waiting => format!(" {} and will be lost.", messages_wait(waiting)),
            };
            ("Sign out?", format!("{place}{lost}"))
        }
        Question::Block(user) => ("Block?", format!("{} {BLOCKING}", called(state, user))),
        Question::Unblock(user) => ("Unblock?", format!("{} {UNBLOCKING}", called(state, user))),
    };
    let size = match question {
        Question::Block(_) | Question::Unblock(_) => SIZE_LONG,
        Question::Quit { .. } | Question::SignOut { .. } => SIZE,
    };
    let area = overlay(buffer, state, size, title, places, theme);
    let mut index = u16::from(area.height > 3);
    for range in wrap(&text, usize::from(area.width).max(1)) {
        line(buffer, row(area, index), Span::styled(text[range].trim_end().to_owned(), theme.text));
        index += 1;
    }
    let key = |action| state.keymap.key(state.contexts(), action).unwrap_or_default();
    let answers = Line::from(vec![
        Span::styled(key(Action::Confirm), theme.accent),
        Span::styled(" yes   ", theme.quiet),
        Span::styled(key(Action::Back), theme.accent),
        Span::styled(" no", theme.quiet),
    ]);
    line(buffer, row(area, index + u16::from(area.height > 4)), answers);
}

fn called(state: &State, user: UserId) -> String {
    state.account.as_ref().map_or(String::new(), |account| account.name_of(user))
}

fn what_is_lost(waiting: usize, drafts: usize) -> String {
    let drafts_lost = match drafts {
        1 => "1 draft will be lost.".to_owned(),
        _ => format!("{drafts} drafts will be lost."),
    };
    match (waiting, drafts) {
        (0, _) => drafts_lost,
        (_, 0) => format!("{} and will be lost.", messages_wait(waiting)),
        _ => format!("{} and will be lost. {drafts_lost}", messages_wait(waiting)),
    }
}

fn messages_wait(waiting: usize) -> String {
    match waiting {
        1 => "1 message is not sent yet".to_owned(),
        _ => format!("{waiting} messages are not sent yet"),
    }
}
