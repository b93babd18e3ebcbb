//! The messages of the open chat.

use std::ops::Range;

use chatter_protocol::Attachment;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::markdown;
use super::paint::{centred, fitted, highlight, inset, line, padded, row};
use super::pictures::{draw_attachment, draw_frame_row};
use super::places::Places;
use super::times::{clock, day};
use crate::action::Action;
use crate::keymap::Context;
use crate::pictures::{PicturePlace, Rendition, Wanted};
use crate::state::wrap::columns;
use crate::state::{
    Account, BAR_COLUMNS, Entry, MARK_COLUMNS, Row, Shown, State, Target, Timeline, row_columns,
};
use crate::sync::Mark;
use crate::theme::Theme;

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    places.target_in(area, Target::Timeline);
    let Some((timeline, scroll, height)) = state.timeline() else { return };
    if timeline.is_empty() {
        let is_complete = account.open_chat().is_some_and(|chat| chat.is_complete());
        let text = match (&account.history_problem, is_complete) {
            (_, true) => "Nothing here yet. Say hello.",
            (Some(problem), false) => problem,
            (None, false) => "Loading messages…",
        };
        centred(buffer, area, text, theme.quiet);
        return;
    }
    let rows = timeline.window(scroll, height);
    // A short chat stands at the bottom, next to where one writes.
    let top = usize::from(height).saturating_sub(rows.len());
    let pen = Pen { state, account, timeline: &timeline, theme };
    for (index, shown) in rows.iter().enumerate() {
        let place = row(padded(area), (top + index) as u16);
        pen.draw_row(buffer, place, shown, places);
        if let Row::Picture { attachment, row: at } = shown.row
            && (at == 0 || index == 0)
        {
            let below = Rect { height: area.bottom() - place.y, ..place };
            pen.place_picture(below, shown, (attachment, at), places);
        }
    }
}

/// What drawing a row needs besides the row.
struct Pen<'a> {
    state: &'a State,
    account: &'a Account,
    timeline: &'a Timeline<'a>,
    theme: &'a Theme,
}

impl Pen<'_> {
    fn draw_row(&self, buffer: &mut Buffer, area: Rect, shown: &Shown<'_>, places: &mut Places) {
        let theme = self.theme;
        match &shown.row {
            Row::Blank => return,
            Row::Older => {
                self.separator(buffer, area, self.loading("Older messages…"), theme.quiet)
            }
            Row::Newer => {
                self.separator(buffer, area, self.loading("Newer messages…"), theme.quiet)
            }
            Row::Beginning => {
                self.separator(buffer, area, "The beginning of your conversation", theme.quiet);
            }
            Row::Day(date) => self.separator(buffer, area, &day(self.state, *date), theme.quiet),
            Row::New => self.separator(buffer, area, "New messages", theme.attention),
            Row::Sender
            | Row::Text(_)
            | Row::Fold(_)
            | Row::Picture { .. }
            | Row::Attachment(_)
            | Row::Refusal(_) => {
                self.draw_bar(buffer, area, &shown.entry);
                let text_area = inset(area, BAR_COLUMNS as u16);
                self.draw_text(buffer, text_area, shown, places);
            }
        }
        if shown.has_mark {
            self.draw_mark(buffer, area, &shown.entry);
        }
    }

    fn draw_text(&self, buffer: &mut Buffer, area: Rect, shown: &Shown<'_>, places: &mut Places) {
        let theme = self.theme;
        match &shown.row {
            Row::Sender => self.draw_sender(buffer, area, &shown.entry),
            Row::Text(index) => {
                let Some(content) = shown.laid.get(*index) else { return };
                let columns = self.timeline.context().text_columns() as u16;
                let text_area = Rect { width: area.width.min(columns), ..area };
                markdown::draw(buffer, text_area, content, places, theme);
                if let Some(selected) = self.selected(shown.index, *index) {
                    let selected = selected.start..selected.end.min(row_columns(content).max(1));
                    places.cover(area);
                    highlight(buffer, area, selected, theme);
                }
            }
            Row::Fold(rows) => {
                let mut spans = vec![Span::styled(format!("… {rows} more rows"), theme.accent)];
                spans.push(Span::styled(self.unfolding_keys(), theme.quiet));
                line(buffer, area, fitted(spans, area.width.into()));
            }
            Row::Picture { attachment, row } => {
                let Some((file, size)) = self.picture(&shown.entry, *attachment) else { return };
                draw_frame_row(buffer, area, (*row, size), file.name.as_str(), theme);
            }
            Row::Attachment(attachment) => {
                let Some(file) = shown.entry.attachments.get(*attachment) else { return };
                let columns = self.timeline.context().text_columns() as u16;
                let area = Rect { width: area.width.min(columns), ..area };
                draw_attachment(buffer, area, file, self.state, theme);
            }
            Row::Refusal(range) => {
                let text = &shown.entry.refusal.unwrap_or_default()[range.clone()];
                line(buffer, area, Span::styled(text.trim_end(), theme.bad));
            }
            _ => {}
        }
    }

    fn picture<'b>(&self, entry: &Entry<'b>, attachment: usize) -> Option<(&'b Attachment, Size)> {
        let file = entry.attachments.get(attachment)?;
        Some((file, self.timeline.context().pictures?.size(file)?))
    }

    /// Keeps the place for a picture whose row `at` is the first that is in view.
    fn place_picture(
        &self,
        area: Rect,
        shown: &Shown<'_>,
        (attachment, at): (usize, u16),
        places: &mut Places,
    ) {
        let Some((file, size)) = self.picture(&shown.entry, attachment) else { return };
        let (media, rendition) = (file.media, Rendition::Thumbnail);
        if self.state.pictures.problem(media, rendition).is_some() {
            return;
        }
        let area = inset(area, BAR_COLUMNS as u16);
        let (width, height) = (size.width.min(area.width), (size.height - at).min(area.height));
        let area = Rect { width, height, ..area };
        places.picture(PicturePlace {
            wanted: Wanted { media, rendition, size },
            area,
            skipped: at,
        });
    }

    /// The bar beside my messages, and a stronger one beside the chosen message.
    fn draw_bar(&self, buffer: &mut Buffer, area: Rect, entry: &Entry<'_>) {
        let chosen = self.account.open.as_ref().and_then(|open| open.chosen);
        let bar = match (chosen == Some(entry.key), entry.mark.is_some()) {
            (true, _) => Span::styled("▌", self.theme.accent),
            (false, true) => Span::styled("▏", self.theme.own_bar),
            (false, false) => return,
        };
        line(buffer, area, bar);
    }

    fn draw_sender(&self, buffer: &mut Buffer, area: Rect, entry: &Entry<'_>) {
        let time = Span::styled(clock(self.state, entry.at), self.theme.quiet);
        let name = match entry.mark {
            Some(_) => Span::styled("You  ", self.theme.my_name),
            None => {
                let user = self.account.replica.user(entry.sender);
                let name = user.map_or("Somebody", |user| user.display_name.as_str());
                Span::styled(format!("{name}  "), self.theme.name_of(entry.sender))
            }
        };
        line(buffer, area, Line::from(vec![name, time]));
    }

    /// How far my message got, in its own column right of the text.
    fn draw_mark(&self, buffer: &mut Buffer, area: Rect, entry: &Entry<'_>) {
        let Some(mark) = entry.mark else { return };
        let (glyph, style) = match mark {
            Mark::Waiting => ("…", self.theme.attention),
            Mark::Refused => ("✗", self.theme.bad),
            Mark::Sent => ("✓", self.theme.quiet),
            Mark::Delivered => ("✓✓", self.theme.quiet),
            Mark::Read => ("◉", self.theme.good),
        };
        let text_columns = self.timeline.context().text_columns() as u16;
        let place = inset(area, BAR_COLUMNS as u16 + text_columns + 1);
        let width = place.width.min(MARK_COLUMNS as u16 - 1);
        line(buffer, Rect { width, ..place }, Span::styled(glyph, style));
    }

    fn selected(&self, index: usize, row: usize) -> Option<Range<usize>> {
        let selection = self.account.open.as_ref()?.selection?;
        self.timeline.selected_columns(&selection, index, row)
    }

    /// The keys that show all of a message.
    fn unfolding_keys(&self) -> String {
        let keymap = &self.state.keymap;
        let choose = keymap.key(&[Context::Chat], Action::ChooseMessage);
        let unfold = keymap.key(&[Context::Messages], Action::ToggleFold);
        choose.zip(unfold).map_or(String::new(), |(choose, unfold)| format!("  {choose} {unfold}"))
    }

    fn loading<'a>(&'a self, text: &'a str) -> &'a str {
        self.account.history_problem.as_deref().unwrap_or(text)
    }

    /// Text in the middle of a thin line.
    fn separator(&self, buffer: &mut Buffer, area: Rect, text: &str, style: Style) {
        let text = crate::state::wrap::shorten(text, usize::from(area.width).saturating_sub(4));
        let room = usize::from(area.width).saturating_sub(columns(&text) + 2);
        let spans = vec![
            Span::styled("─".repeat(room / 2), self.theme.rule),
            Span::styled(format!(" {text} "), style),
            Span::styled("─".repeat(room - room / 2), self.theme.rule),
        ];
        line(buffer, area, Line::from(spans));
    }
}
