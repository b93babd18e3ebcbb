//! Where the parts of the main screen are. Shared by `update`, which scrolls by what fits, and
//! `view`, which draws there.

use ratatui::layout::{Rect, Size};

use super::account::Pane;
use super::wrap;
use super::State;

/// From this many columns on, the list and the chat show side by side.
pub const COLUMNS_WIDE: u16 = 70;

/// Fewest and most columns of the list beside a chat.
const LIST_COLUMNS: (u16, u16) = (26, 38);

/// Most rows of the message line, which grows with what is written.
const COMPOSER_ROWS_MAX: u16 = 8;

/// Columns of the message line that are not text: padding, prompt, padding.
const COMPOSER_MARGIN: u16 = 4;

/// Below this many rows the lines between the parts give way to text.
const ROWS_FOR_RULES: u16 = 10;

/// The parts of the main screen; those that do not show are empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Panes {
    /// The list of chats.
    pub list: Rect,
    /// The line between the list and the chat.
    pub divider: Rect,
    /// Who the chat is with.
    pub header: Rect,
    /// The line below the header.
    pub header_rule: Rect,
    /// The messages.
    pub timeline: Rect,
    /// The line above the message line.
    pub composer_rule: Rect,
    /// The message line.
    pub composer: Rect,
    /// The connection and the keys.
    pub status: Rect,
}

/// The parts, for the terminal's size, the focus and the draft.
pub fn panes(state: &State) -> Panes {
    let Size { width, height } = state.size;
    let rows = height.saturating_sub(1);
    let status = Rect::new(0, rows, width, height.min(1));
    let body = Rect::new(0, 0, width, rows);
    let mut panes = Panes { status, ..Panes::default() };
    match (width >= COLUMNS_WIDE, state.pane()) {
        (true, _) => {
            let list_columns = list_columns(width);
            panes.list = Rect { width: list_columns, ..body };
            panes.divider = Rect { x: list_columns, width: 1, ..body };
            let x = list_columns + 1;
            place_chat(&mut panes, Rect { x, width: width - x, ..body }, state);
        }
        (false, Pane::List) => panes.list = body,
        (false, Pane::Chat) => place_chat(&mut panes, body, state),
    }
    panes
}

/// A rectangle for something over the main screen: centred, `columns` by `rows` if there is room.
pub fn popup(size: Size, columns: u16, rows: u16) -> Rect {
    let body_rows = size.height.saturating_sub(1);
    let (width, height) = (columns.min(size.width), rows.min(body_rows));
    Rect::new((size.width - width) / 2, (body_rows - height) / 2, width, height)
}

/// Columns of the chat.
pub(super) fn chat_columns(size: Size) -> u16 {
    match size.width >= COLUMNS_WIDE {
        true => size.width - list_columns(size.width) - 1,
        false => size.width,
    }
}

/// Columns of text in the message line.
pub(super) fn composer_columns(chat_columns: u16) -> usize {
    chat_columns.saturating_sub(COMPOSER_MARGIN).max(1).into()
}

fn list_columns(width: u16) -> u16 {
    (width * 3 / 10).clamp(LIST_COLUMNS.0, LIST_COLUMNS.1)
}

fn place_chat(panes: &mut Panes, area: Rect, state: &State) {
    let rule = u16::from(area.height >= ROWS_FOR_RULES);
    let composer_rows = composer_rows(state, area);
    let mut y = area.y;
    let mut take = |rows: u16| {
        let rows = rows.min(area.bottom() - y);
        y += rows;
        Rect { y: y - rows, height: rows, ..area }
    };
    panes.header = take(1);
    panes.header_rule = take(rule);
    let below = composer_rows + rule;
    panes.timeline = take(area.height.saturating_sub(1 + rule + below));
    panes.composer_rule = take(rule);
    panes.composer = take(composer_rows);
}

fn composer_rows(state: &State, area: Rect) -> u16 {
    let columns = composer_columns(area.width);
    let draft = state.account.as_ref().and_then(|account| account.draft());
    let rows = draft.map_or(1, |draft| wrap::rows(draft.text(), columns));
    let rows_max = COMPOSER_ROWS_MAX.min(area.height / 3).max(1);
    u16::try_from(rows).unwrap_or(u16::MAX).min(rows_max)
}
