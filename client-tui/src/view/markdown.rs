//! A row of a message: its pieces in the theme's styles.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::paint::{inset, line};
use super::places::Places;
use crate::markdown::{Kind, Role, Row};
use crate::state::wrap::columns;
use crate::theme::Theme;

pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    content: &Row,
    places: &mut Places,
    theme: &Theme,
) {
    let mut spans = Vec::with_capacity(content.pieces.len());
    let mut column = 0;
    for piece in &content.pieces {
        let width = columns(&piece.text) as u16;
        if let Some(target) = &piece.link {
            let place = inset(area, column);
            places.link(Rect { width: width.min(place.width), ..place }, target.clone());
        }
        column = column.saturating_add(width);
        spans.push(Span::styled(piece.text.as_str(), style(piece.role, theme)));
    }
    line(buffer, area, Line::from(spans));
}

fn style(role: Role, theme: &Theme) -> Style {
    let style = match role.kind {
        Kind::Text => theme.text,
        Kind::Marker => theme.quiet,
    };
    let weights = [
        (role.strong, Modifier::BOLD),
        (role.emphasis, Modifier::ITALIC),
        (role.strike, Modifier::CROSSED_OUT),
    ];
    weights
        .into_iter()
        .filter(|(on, _)| *on)
        .fold(style, |style, (_, weight)| style.add_modifier(weight))
}
