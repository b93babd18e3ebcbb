//! The mouse: clicks, the wheel, and dragging over the text of messages.

use ratatui::layout::{Position, Rect};

use super::{chat, key, messages};
use crate::action::Action;
use crate::state::{
    Editor, Effect, MouseEvent, MouseKind, Overlay, Pane, Point, Press, Row, Selection, State,
    Target,
};

/// Two clicks on one place within this time are a double click.
const DOUBLE_CLICK_MS: i64 = 400;

/// Rows that a turn of the wheel scrolls.
const WHEEL_ROWS: isize = 3;

pub(super) fn act(state: &mut State, mouse: MouseEvent, effects: &mut Vec<Effect>) {
    match mouse.kind {
        MouseKind::Press => press(state, mouse, effects),
        MouseKind::Drag => drag(state, mouse.at),
        MouseKind::Release => release(state, mouse.at, effects),
        MouseKind::WheelUp => wheel(state, mouse.target, 1, effects),
        MouseKind::WheelDown => wheel(state, mouse.target, -1, effects),
    }
}

fn press(state: &mut State, mouse: MouseEvent, effects: &mut Vec<Effect>) {
    state.notice = None;
    clear_selection(state);
    let press = Press { time: state.now, at: mouse.at, held: mouse.target };
    let before = state.pressed.replace(press);
    if before.is_some_and(|before| is_double(&before, &press)) {
        select_word(state, &press);
        return;
    }
    match mouse.target {
        Some(Target::Action(action)) => key::act(state, action, effects),
        Some(Target::Chat(id)) => {
            if let Some(account) = &mut state.account {
                chat::open(account, id);
            }
        }
        Some(Target::Timeline) => begin_selection(state, mouse.at),
        Some(Target::Composer) => place_cursor(state, mouse.at),
        Some(Target::Row(row)) => key::choose_row(state, row, effects),
        Some(Target::Field(field)) => key::choose_field(state, field),
        // A question is answered, not clicked away.
        Some(Target::Outside) if !matches!(state.overlay, Some(Overlay::Question(_))) => {
            key::act(state, Action::Back, effects);
        }
        Some(Target::Overlay | Target::Outside) | None => {}
    }
}

fn begin_selection(state: &mut State, at: Position) {
    let point = point(state, at);
    let Some(account) = &mut state.account else { return };
    account.pane = Pane::Chat;
    if let Some(open) = &mut account.open {
        open.selection = point.map(|point| Selection { anchor: point, head: point });
    }
}

fn is_double(before: &Press, press: &Press) -> bool {
    let gap_ms = press.time.as_millis() - before.time.as_millis();
    before.at == press.at && (0..DOUBLE_CLICK_MS).contains(&gap_ms)
}

/// Selects the word under the second click.
fn select_word(state: &mut State, press: &Press) {
    match press.held {
        Some(Target::Timeline) => {
            let word = point(state, press.at).and_then(|point| state.timeline()?.0.word_at(&point));
            if let Some(open) = state.account.as_mut().and_then(|account| account.open.as_mut()) {
                open.selection = word;
            }
        }
        Some(Target::Composer) => {
            with_draft_at(state, press.at, |draft, (row, column), columns| {
                draft.select_word_at(row, column, columns);
            });
        }
        _ => {}
    }
}

fn drag(state: &mut State, at: Position) {
    match state.pressed.and_then(|press| press.held) {
        Some(Target::Timeline) => drag_over_messages(state, at),
        Some(Target::Composer) => {
            with_draft_at(state, at, |draft, (row, column), columns| {
                draft.select_to(row, column, columns);
            });
        }
        _ => {}
    }
}

/// Selects up to here; beyond the edges the messages move along.
fn drag_over_messages(state: &mut State, at: Position) {
    if selection(state).is_none() {
        return;
    }
    let area = state.panes().timeline;
    if at.y < area.top() {
        chat::scroll(state, 1);
    } else if at.y >= area.bottom() {
        chat::scroll(state, -1);
    }
    let Some(head) = point(state, at) else { return };
    if let Some(open) = state.account.as_mut().and_then(|account| account.open.as_mut())
        && let Some(selection) = &mut open.selection
    {
        selection.head = head;
    }
}

/// What was dragged over is copied; a click unfolds what it was on.
fn release(state: &mut State, at: Position, effects: &mut Vec<Effect>) {
    if let Some(press) = &mut state.pressed {
        press.held = None;
    }
    let Some(selection) = selection(state) else { return };
    if selection.anchor != selection.head {
        effects.extend(messages::selected_text(state).map(Effect::Copy));
        return;
    }
    clear_selection(state);
    let folded =
        row_at(state, at).and_then(|(key, row)| matches!(row, Row::Fold(_)).then_some(key));
    if let Some((account, key)) = state.account.as_mut().zip(folded) {
        messages::toggle_fold_of(account, key);
    }
}

fn wheel(state: &mut State, target: Option<Target>, up: isize, effects: &mut Vec<Effect>) {
    let step = if up > 0 { Action::Up } else { Action::Down };
    match target {
        Some(Target::Chat(_)) => chat::act(state, step, effects),
        Some(Target::Row(_) | Target::Overlay | Target::Outside) => key::act(state, step, effects),
        _ if state.overlay.is_none() && state.welcome.is_none() => {
            chat::scroll(state, up * WHEEL_ROWS);
        }
        _ => {}
    }
}

fn place_cursor(state: &mut State, at: Position) {
    if let Some(account) = &mut state.account {
        account.pane = Pane::Chat;
        account.open.iter_mut().for_each(|open| open.chosen = None);
    }
    with_draft_at(state, at, |draft, (row, column), columns| {
        draft.place_cursor(row, column, columns);
    });
}

/// Does something at a row and column of the draft.
fn with_draft_at(
    state: &mut State,
    at: Position,
    act: impl FnOnce(&mut Editor, (usize, usize), usize),
) {
    let area = state.panes().composer_text();
    let columns_max = state.composer_columns();
    let (row, column) = within(area, at);
    let rows = usize::from(area.height);
    if let Some(draft) = state.account.as_mut().and_then(|account| account.draft_mut()) {
        let first = (draft.cursor_position(columns_max).0 + 1).saturating_sub(rows);
        act(draft, (first + row, column), columns_max);
    }
}

fn selection(state: &State) -> Option<Selection> {
    state.account.as_ref()?.open.as_ref()?.selection
}

fn clear_selection(state: &mut State) {
    if let Some(open) = state.account.as_mut().and_then(|account| account.open.as_mut()) {
        open.selection = None;
    }
}

fn point(state: &State, at: Position) -> Option<Point> {
    let (timeline, scroll, height) = state.timeline()?;
    let (row, column) = within(state.panes().timeline_text(), at);
    timeline.point(scroll, height, u16::try_from(row).ok()?, column)
}

fn row_at(state: &State, at: Position) -> Option<(crate::state::EntryKey, Row)> {
    let (timeline, scroll, height) = state.timeline()?;
    let shown = timeline.window(scroll, height);
    let top = usize::from(height).saturating_sub(shown.len());
    let (row, _) = within(state.panes().timeline, at);
    let shown = shown.into_iter().nth(row.checked_sub(top)?)?;
    Some((shown.entry.key, shown.row))
}

/// Row and column of `at` in `area`; from outside, the nearest there are.
fn within(area: Rect, at: Position) -> (usize, usize) {
    let row = at.y.clamp(area.top(), area.bottom().saturating_sub(1).max(area.top())) - area.top();
    let column = at.x.max(area.left()) - area.left();
    (row.into(), column.into())
}
