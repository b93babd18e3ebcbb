//! The list of chats: who, when, the last words, how many unread.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::paint::{centred, ends, fitted, inset, line, padded, row, rule};
use super::places::Places;
use super::times::brief;
use crate::action::Action;
use crate::files::in_words;
use crate::markdown::plain_line;
use crate::state::wrap::columns;
use crate::state::{Account, LinkState, Pane, Panes, State, Target, WITHHELD};
use crate::sync::{Chat, UnsentState};
use crate::theme::Theme;

/// Rows of one chat.
const ROWS_PER_CHAT: u16 = 2;

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    panes: &Panes,
    places: &mut Places,
    theme: &Theme,
) {
    let area = panes.list;
    if area.is_empty() {
        return;
    }
    let has_rule = u16::from(state.size.height > 10);
    draw_title(buffer, account, area, places, theme);
    if has_rule > 0 {
        rule(buffer, row(area, 1), theme);
    }
    draw_divider(buffer, panes, has_rule > 0, theme);
    let top = (1 + has_rule).min(area.height);
    let rows = Rect { y: area.y + top, height: area.height - top, ..area };
    draw_chats(buffer, state, account, rows, places, theme);
}

fn draw_title(
    buffer: &mut Buffer,
    account: &Account,
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    let me = account.replica.me().map_or("", |me| me.user.username.as_str());
    let style = if account.pane == Pane::List { theme.heading } else { theme.quiet };
    let area = padded(row(area, 0));
    let me = format!("@{me}");
    ends(buffer, area, ("Chats", style), (&me, theme.quiet));
    let place = inset(area, area.width.saturating_sub(columns(&me) as u16));
    places.target_in(place, Target::Action(Action::OwnProfile));
}

fn draw_divider(buffer: &mut Buffer, panes: &Panes, has_rule: bool, theme: &Theme) {
    for index in 0..panes.divider.height {
        let crossing = has_rule && index == 1;
        let glyph = if crossing { "┼" } else { "│" };
        line(buffer, row(panes.divider, index), Span::styled(glyph, theme.rule));
    }
}

fn draw_chats(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    let chats: Vec<&Chat> = account.replica.chats().collect();
    if chats.is_empty() {
        let people = state.keymap.key(state.contexts(), Action::People).unwrap_or_default();
        let text = match (account.list_loaded, &account.trouble) {
            (true, _) => format!("No chats yet. {people} finds people."),
            (false, Some(trouble)) => trouble.clone(),
            (false, None) => "Loading your chats…".to_owned(),
        };
        centred(buffer, area, &text, theme.quiet);
        return;
    }
    let fits = usize::from((area.height / ROWS_PER_CHAT).max(1));
    let chosen = account.chosen_index().unwrap_or(0);
    let first = (chosen + 1).saturating_sub(fits);
    for (index, chat) in chats.iter().enumerate().skip(first).take(fits) {
        let top = (index - first) as u16 * ROWS_PER_CHAT;
        let is_chosen = index == chosen;
        let rows = [row(area, top), row(area, top + 1)];
        for row in rows {
            places.target_in(row, Target::Chat(chat.id()));
        }
        draw_chat(buffer, state, account, chat, is_chosen, rows, theme);
    }
}

fn draw_chat(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    chat: &Chat,
    is_chosen: bool,
    [upper, lower]: [Rect; 2],
    theme: &Theme,
) {
    let is_open = account.open.as_ref().is_some_and(|open| open.id == chat.id());
    let has_focus = account.pane == Pane::List;
    let bar = match (is_chosen && has_focus, is_open) {
        (true, _) => Span::styled("▌", theme.accent),
        (false, true) => Span::styled("▏", theme.quiet),
        (false, false) => Span::raw(" "),
    };
    line(buffer, upper, bar.clone());
    line(buffer, lower, bar);
    let (presence, presence_style) = presence_mark(account, chat, theme);
    line(buffer, inset(upper, 1), Span::styled(presence, presence_style));

    let unread = account.replica.my_id().map_or(0, |me| chat.unread(me));
    let name_style = match unread > 0 || is_open || (is_chosen && has_focus) {
        true => theme.heading,
        false => theme.text,
    };
    let time =
        chat.last_message().map_or(String::new(), |message| brief(state, message.created_at));
    let time = if chat.muted() { format!("muted {time}") } else { time };
    let right = padded(inset(upper, 2));
    ends(buffer, right, (&account.title(chat), name_style), (&time, theme.quiet));

    let area = padded(inset(lower, 2));
    let badge = match unread {
        0 => String::new(),
        1..=999 => format!(" {unread} "),
        _ => " 999+ ".to_owned(),
    };
    let room = usize::from(area.width).saturating_sub(columns(&badge) + 1);
    line(buffer, area, fitted(preview(account, chat, theme), room));
    let badge_style = if chat.muted() { theme.quiet } else { theme.badge };
    ends(buffer, area, ("", theme.text), (&badge, badge_style));
}

fn presence_mark(
    account: &Account,
    chat: &Chat,
    theme: &Theme,
) -> (&'static str, ratatui::style::Style) {
    let Some(peer) = account.peer(chat) else { return ("▪", theme.quiet) };
    let online = account.replica.presence(peer).is_some_and(|presence| presence.online);
    match online && account.link == LinkState::Online {
        true => ("●", theme.good),
        false => ("○", theme.quiet),
    }
}

/// The line below the name: what needs attention first, else the last message.
fn preview(account: &Account, chat: &Chat, theme: &Theme) -> Vec<Span<'static>> {
    if account.is_typing(chat.id()) {
        return vec![Span::styled("typing…", theme.good)];
    }
    let mut unsent = account.replica.outbox().of(chat.id());
    if unsent.any(|unsent| matches!(unsent.state, UnsentState::Refused(_))) {
        return vec![Span::styled("✗ not sent", theme.bad)];
    }
    let is_open = account.open.as_ref().is_some_and(|open| open.id == chat.id());
    let draft = account.drafts.get(&chat.id()).filter(|draft| !is_open && !draft.is_empty());
    if let Some(draft) = draft {
        let text = one_line(draft.text());
        return vec![Span::styled("Draft: ", theme.attention), Span::styled(text, theme.quiet)];
    }
    let waiting = account.replica.outbox().of(chat.id()).last();
    if let Some(unsent) = waiting {
        return vec![Span::styled(format!("… You: {}", one_line(&unsent.send.body)), theme.quiet)];
    }
    let Some(message) = chat.last_message() else {
        return vec![Span::styled("No messages yet", theme.quiet)];
    };
    let in_words = message.attachments.first().map(in_words).unwrap_or_default();
    let body = match message {
        message if message.withheld => WITHHELD,
        message if message.deleted_at.is_some() => "(message deleted)",
        message if message.body.is_empty() => &in_words,
        message => &message.body,
    };
    let mine = Some(message.sender) == account.replica.my_id() && account.peer(chat).is_some();
    let you = if mine { "You: " } else { "" };
    vec![Span::styled(format!("{you}{}", one_line(body)), theme.quiet)]
}

/// The beginning of a text on one line; previews show no more of it.
fn one_line(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    let end = text.char_indices().nth(CHARS_MAX).map_or(text.len(), |(at, _)| at);
    plain_line(&text[..end], CHARS_MAX)
}
