//! A line about what just happened: on the last line, or, where that has no room for it, in rows
//! above the message line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use super::paint::{clear_cut_characters, line, padded, row, rule};
use super::places::Places;
use crate::state::State;
use crate::state::wrap::{columns, wrap};
use crate::theme::Theme;

/// Most rows of text.
const ROWS_MAX: usize = 6;

/// Draws it in `rest` of the last line, or above. Whether the last line is taken.
pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    rest: Rect,
    places: &mut Places,
    theme: &Theme,
) -> bool {
    let Some(notice) = &state.notice else { return false };
    let above = place_above(state).intersection(buffer.area);
    if columns(notice) <= rest.width.into() || above.height < 2 {
        line(buffer, rest, Span::styled(notice.as_str(), theme.attention));
        return true;
    }
    let width = padded(above).width;
    let rows = wrap(notice, width.into());
    let height = (rows.len().min(ROWS_MAX) as u16 + 1).min(above.height);
    let area = Rect { y: above.bottom() - height, height, ..above };
    places.cover(area);
    clear_cut_characters(buffer, area);
    Clear.render(area, buffer);
    rule(buffer, row(area, 0), theme);
    for (range, index) in rows.into_iter().zip(1..height) {
        let text = notice[range].trim_end().to_owned();
        line(buffer, padded(row(area, index)), Span::styled(text, theme.attention));
    }
    false
}

/// What lies right above the message line, or above the last line where there is none.
fn place_above(state: &State) -> Rect {
    let panes = state.panes();
    let is_covered = state.overlay.is_some() || state.welcome.is_some();
    let writes = !is_covered && !panes.composer.is_empty() && state.account.is_some();
    let body = Rect::new(0, 0, state.size.width, panes.status.y);
    match writes {
        true => Rect {
            x: panes.composer.x,
            width: panes.composer.width,
            height: panes.timeline.bottom(),
            ..body
        },
        false => body,
    }
}
