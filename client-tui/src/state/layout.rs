//! Where the parts of the main screen are. Shared by `update`, which scrolls by what fits, and
//! `view`, which draws there.

use ratatui::layout::{Margin, Rect, Size};

use super::State;
use super::account::Pane;
use super::timeline::BAR_COLUMNS;

/// From this many columns on, the list and the chat show side by side.
pub const COLUMNS_WIDE: u16 = 70;

/// Fewest and most columns of the list beside a chat.
const LIST_COLUMNS: (u16, u16) = (26, 38);

/// Most rows of the message line, which grows with what is written.
const COMPOSER_ROWS_MAX: u16 = 8;

/// Most rows of the files above it.
const ATTACHED_ROWS_MAX: u16 = 3;

/// Columns of the message line that are not text: padding, prompt, padding.
const COMPOSER_MARGIN: u16 = 4;

/// Columns of it left of the text.
const COMPOSER_PROMPT: u16 = 3;

/// Below this many rows the lines between the parts give way to text.
const ROWS_FOR_RULES: u16 = 10;

/// Columns that must be left beside a frame for it to be worth drawing.
const FRAME_MARGIN: u16 = 16;

/// Rows of the title of something that takes the whole screen: the title and a line.
const TITLE_ROWS: u16 = 2;

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
    /// The files that hang on what is being written.
    pub attached: Rect,
    /// The message line.
    pub composer: Rect,
    /// The connection and the keys.
    pub status: Rect,
}

impl Panes {
    /// Where the text of messages stands.
    pub fn timeline_text(&self) -> Rect {
        without_left(padded(self.timeline), BAR_COLUMNS as u16)
    }

    /// Where the text of the message line stands.
    pub fn composer_text(&self) -> Rect {
        let text = without_left(self.composer, COMPOSER_PROMPT);
        Rect { width: text.width.saturating_sub(COMPOSER_MARGIN - COMPOSER_PROMPT), ..text }
    }
}

/// `area` without its first columns.
pub fn without_left(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect { x: area.x + columns, width: area.width - columns, ..area }
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

/// Where something lies over the main screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverlayPlace {
    /// All of it, frame or title included.
    pub outer: Rect,
    /// What is inside.
    pub inner: Rect,
    /// Whether it has a frame; without, it takes the whole screen, with a title above.
    pub has_frame: bool,
}

/// The place for something of `columns` by `rows`: a frame in the middle where there is room, the
/// whole screen where there is not.
pub fn overlay_place(size: Size, (columns, rows): (u16, u16)) -> OverlayPlace {
    let body = Rect::new(0, 0, size.width, size.height.saturating_sub(1));
    // A frame that leaves only slivers of what is behind it helps nobody.
    let has_frame = size.width >= COLUMNS_WIDE.max(columns + FRAME_MARGIN);
    if !has_frame {
        let top = TITLE_ROWS.min(body.height);
        let below = Rect { y: top, height: body.height - top, ..body };
        return OverlayPlace { outer: body, inner: padded(below), has_frame };
    }
    let (width, height) = (columns.min(body.width), rows.min(body.height));
    let outer = Rect::new((body.width - width) / 2, (body.height - height) / 2, width, height);
    OverlayPlace { outer, inner: padded(outer.inner(Margin::new(1, 1))), has_frame }
}

/// `area` without a column at either side, if it has enough of them.
pub fn padded(area: Rect) -> Rect {
    area.inner(Margin::new(u16::from(area.width > 4), 0))
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
    let attached_rows = attached_rows(state, area);
    let below = composer_rows + attached_rows + rule;
    panes.timeline = take(area.height.saturating_sub(1 + rule + below));
    panes.composer_rule = take(rule);
    panes.attached = take(attached_rows);
    panes.composer = take(composer_rows);
}

fn attached_rows(state: &State, area: Rect) -> u16 {
    let count = state.account.as_ref().map_or(0, |account| account.attached().len());
    let rows_max = ATTACHED_ROWS_MAX.min(area.height / 4);
    u16::try_from(count).unwrap_or(u16::MAX).min(rows_max)
}

fn composer_rows(state: &State, area: Rect) -> u16 {
    let columns = composer_columns(area.width);
    let draft = state.account.as_ref().and_then(|account| account.draft());
    let rows = draft.map_or(1, |draft| draft.rows(columns).len());
    let rows_max = COMPOSER_ROWS_MAX.min(area.height / 3).max(1);
    u16::try_from(rows).unwrap_or(u16::MAX).min(rows_max)
}
