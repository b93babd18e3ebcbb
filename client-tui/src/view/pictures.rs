//! Pictures: the places that are kept for them, what is said of them, and one on the whole screen.

use chatter_protocol::Attachment;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use super::paint::{centred, ends, fitted, line, padded, row};
use super::places::Places;
use crate::files::{in_words, size};
use crate::pictures::{PicturePlace, Rendition, Wanted};
use crate::state::wrap::{columns, shorten};
use crate::state::{State, Target, Viewer};
use crate::theme::Theme;

/// One row of the place that is kept for a picture: a quiet frame with a name in it. The picture
/// covers it once it is there.
pub(super) fn draw_frame_row(
    buffer: &mut Buffer,
    area: Rect,
    (at, size): (u16, Size),
    name: &str,
    theme: &Theme,
) {
    let area = Rect { width: area.width.min(size.width), ..area };
    let inside = usize::from(size.width).saturating_sub(2);
    let is_named = at == size.height.saturating_sub(1) / 2;
    let name = if is_named { shorten(name, inside) } else { String::new() };
    let left = (inside - columns(&name)) / 2;
    let right = inside - columns(&name) - left;
    let (corners, fill) = match at {
        0 if size.height > 2 => (("╭", "╮"), "─"),
        _ if size.height > 2 && at + 1 == size.height => (("╰", "╯"), "─"),
        _ => (("│", "│"), " "),
    };
    let side = |sign| Span::styled(sign, theme.rule);
    let spans = vec![
        side(corners.0),
        Span::styled(fill.repeat(left), theme.rule),
        Span::styled(name, theme.quiet),
        Span::styled(fill.repeat(right), theme.rule),
        side(if size.width > 1 { corners.1 } else { "" }),
    ];
    line(buffer, area, fitted(spans, area.width.into()));
}

/// What is said of an attachment, in one row: below its picture, or in place of it.
pub(super) fn draw_attachment(
    buffer: &mut Buffer,
    area: Rect,
    attachment: &Attachment,
    state: &State,
    theme: &Theme,
) {
    let spans = match attachment.image {
        Some(_) if state.pictures.are_drawn() => caption(attachment, state, theme),
        _ => vec![Span::styled(in_words(attachment), theme.quiet)],
    };
    line(buffer, area, fitted(spans, area.width.into()));
}

fn caption<'a>(attachment: &'a Attachment, state: &'a State, theme: &Theme) -> Vec<Span<'a>> {
    let about = format!("▧ {}{}", attachment.name, measures(attachment));
    let mut spans = vec![Span::styled(about, theme.quiet)];
    if let Some(problem) = state.pictures.problem(attachment.media, Rendition::Thumbnail) {
        spans.push(Span::styled(format!(" · not shown: {problem}"), theme.attention));
    }
    if let Some(alt) = &attachment.alt {
        spans.push(Span::styled(format!(" · {alt}"), theme.quiet));
    }
    spans
}

fn measures(attachment: &Attachment) -> String {
    let bytes = size(attachment.bytes);
    match attachment.image {
        Some(image) => format!(" · {}x{} · {bytes}", image.width, image.height),
        None => format!(" · {bytes}"),
    }
}

/// A picture on the whole screen, as large as it fits, with its name, size and place among others.
pub(super) fn draw_viewer(
    buffer: &mut Buffer,
    state: &State,
    viewer: &Viewer,
    places: &mut Places,
    theme: &Theme,
) {
    let body =
        Rect { height: state.panes().status.y, ..Rect::from((Default::default(), state.size)) };
    let body = body.intersection(buffer.area);
    places.cover(body);
    places.target_in(body, Target::Overlay);
    Clear.render(body, buffer);
    let area = padded(body);
    let position = format!("{}/{}", viewer.at + 1, viewer.pictures.len());
    let Some(attachment) = state.viewed() else {
        ends(buffer, row(area, 0), ("", theme.heading), (&position, theme.quiet));
        centred(buffer, body, "This picture was taken back.", theme.quiet);
        return;
    };
    let title = format!("{}{}", attachment.name, measures(attachment));
    ends(buffer, row(area, 0), (&title, theme.heading), (&position, theme.quiet));
    let alt_rows = u16::from(attachment.alt.is_some() && area.height > 4);
    if let Some(alt) = attachment.alt.as_deref().filter(|_| alt_rows > 0) {
        let alt = shorten(alt, area.width.into());
        line(buffer, row(area, area.height - 1), Span::styled(alt, theme.quiet));
    }
    let below = 1.min(area.height);
    let inside =
        Rect { y: area.y + below, height: area.height.saturating_sub(below + alt_rows), ..area };
    draw_large(buffer, state, attachment, inside, places, theme);
}

fn draw_large(
    buffer: &mut Buffer,
    state: &State,
    attachment: &Attachment,
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    let pictures = &state.pictures;
    let wholly = Viewer::rendition(attachment);
    let rendition = match pictures.problem(attachment.media, wholly) {
        Some(_) => Rendition::Thumbnail,
        None => wholly,
    };
    let problem = pictures.problem(attachment.media, rendition);
    let size = Viewer::size(attachment, pictures.cell, area.as_size());
    let (Some(size), true, None) = (size, pictures.are_drawn() && !area.is_empty(), problem) else {
        let problem =
            problem.map_or(String::new(), |problem| format!(" It is not shown: {problem}."));
        centred(buffer, area, &format!("{}{problem}", in_words(attachment)), theme.quiet);
        return;
    };
    let place = Rect::new(
        area.x + (area.width - size.width) / 2,
        area.y + (area.height - size.height) / 2,
        size.width,
        size.height,
    );
    for at in 0..size.height {
        let name = attachment.name.as_str();
        draw_frame_row(buffer, row(place, at), (at, size), name, theme);
    }
    let wanted = Wanted { media: attachment.media, rendition, size };
    places.picture(PicturePlace { wanted, area: place, skipped: 0 });
}
