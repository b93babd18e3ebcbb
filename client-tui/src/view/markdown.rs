//! A row of a message: its pieces in the theme's styles.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::paint::{inset, line};
use super::places::Places;
use crate::markdown::{Kind, Role, Row, RowKind, Token};
use crate::state::wrap::columns;
use crate::theme::Theme;

pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    content: &Row,
    places: &mut Places,
    theme: &Theme,
) {
    if content.kind == RowKind::Code {
        buffer.set_style(area, theme.code_block);
    }
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
        Kind::Code => theme.code,
        Kind::CodeBlock(token) => theme.code_block.patch(token_style(token, theme)),
        Kind::Link => theme.link,
        Kind::Destination | Kind::Marker => theme.quiet,
        Kind::Mention => theme.mention,
        Kind::Quote => theme.quote,
        Kind::Heading => theme.heading,
    };
    let weights = [
        (role.strong, Modifier::BOLD),
        (role.emphasis, Modifier::ITALIC),
        (role.strike, Modifier::CROSSED_OUT),
    ];
    let weights = weights.into_iter().filter(|(is_on, _)| *is_on);
    weights.fold(style, |style, (_, weight)| style.add_modifier(weight))
}

fn token_style(token: Token, theme: &Theme) -> Style {
    match token {
        Token::Plain | Token::Variable => Style::new(),
        Token::Keyword => theme.keyword,
        Token::String => theme.string,
        Token::Number | Token::Constant => theme.number,
        Token::Comment => theme.comment,
        Token::Function => theme.function,
        Token::Type => theme.type_name,
        Token::Operator | Token::Punctuation => theme.punctuation,
        Token::Inserted => theme.good,
        Token::Deleted => theme.bad,
    }
}
