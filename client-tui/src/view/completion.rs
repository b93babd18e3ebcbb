//! What may be meant by the word that is being written, above the message line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use super::paint::{fitted, inset, line, row};
use super::places::Places;
use crate::state::completion::Completion;
use crate::state::wrap::columns;
use crate::state::{Panes, Target};
use crate::theme::Theme;

/// Most columns of the box.
const COLUMNS_MAX: usize = 60;

pub(super) fn draw(
    buffer: &mut Buffer,
    completion: &Completion,
    panes: &Panes,
    places: &mut Places,
    theme: &Theme,
) {
    let area = place(completion, panes);
    // The whole width: text behind it would look like part of a name.
    let covered = Rect { x: panes.timeline.x, width: panes.timeline.width, ..area };
    places.cover(covered);
    Clear.render(covered, buffer);
    for (index, candidate) in completion.candidates.iter().enumerate() {
        let area = row(area, index as u16);
        if area.is_empty() {
            return;
        }
        let is_chosen = index == completion.chosen;
        let (bar, style) = if is_chosen { ("▌", theme.chosen) } else { (" ", theme.text) };
        if is_chosen {
            buffer.set_style(area, theme.cursor_row);
        }
        places.target_in(area, Target::Row(index));
        line(buffer, area, Span::styled(bar, theme.accent));
        let text_area = inset(area, 2);
        let spans = vec![
            Span::styled(candidate.label.as_str(), style),
            Span::styled(format!("  {}", candidate.detail), theme.quiet),
        ];
        line(buffer, text_area, fitted(spans, text_area.width.into()));
    }
}

/// Right above the message line, as wide as what it says.
fn place(completion: &Completion, panes: &Panes) -> Rect {
    let widest = completion
        .candidates
        .iter()
        .map(|candidate| columns(&candidate.label) + columns(&candidate.detail) + 5)
        .max()
        .unwrap_or(0);
    let below = panes.composer;
    let above = panes.timeline;
    let rows = (completion.candidates.len() as u16).min(above.height);
    let width = (widest.min(COLUMNS_MAX) as u16).min(above.width);
    Rect::new(below.x + 1, above.bottom() - rows, width.min(below.width.saturating_sub(1)), rows)
}
