//! The files that hang on what is being written, a row each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::paint::{ends, inset, line, row};
use crate::state::{Account, Attaching, AttachingState};
use crate::theme::Theme;

/// Columns of the bar that shows how far an upload is.
const BAR_COLUMNS: usize = 12;
/// Fewer columns than these have no room for a bar.
const COLUMNS_FOR_BAR: u16 = 48;

pub(super) fn draw(buffer: &mut Buffer, account: &Account, area: Rect, theme: &Theme) {
    let files = account.attached();
    let hidden = files.len().saturating_sub(area.height.into());
    for (index, file) in files.iter().skip(hidden).enumerate() {
        let area = row(area, index as u16);
        let (mark, style) = match &file.state {
            AttachingState::Uploading(_) => (" ↑ ", theme.quiet),
            AttachingState::Done(_) => (" ✓ ", theme.good),
            AttachingState::Failed(_) => (" ✗ ", theme.bad),
        };
        line(buffer, area, Span::styled(mark, style));
        let text = inset(area, 3);
        let text = Rect { width: text.width.saturating_sub(1), ..text };
        let name = match (index, hidden) {
            (0, 1..) => format!("{} and {hidden} before it", file.name),
            _ => file.name.clone(),
        };
        let told = match bar(file).filter(|_| area.width >= COLUMNS_FOR_BAR) {
            Some(bar) => format!("{bar} {}", file.progress()),
            None => file.progress(),
        };
        ends(buffer, text, (&name, theme.text), (&told, theme.quiet));
    }
}

fn bar(file: &Attaching) -> Option<String> {
    let AttachingState::Uploading(sent) = file.state else { return None };
    let full =
        (sent * BAR_COLUMNS as u64).checked_div(file.bytes)?.min(BAR_COLUMNS as u64) as usize;
    Some(format!("{}{}", "━".repeat(full), "╌".repeat(BAR_COLUMNS - full)))
}
