//! The open chat: header, messages, message line.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;

use super::avatar::initials_span;
use super::paint::{centred, fitted, line, padded, rule};
use super::places::Places;
use super::times::moment;
use super::{composer, timeline};
use crate::action::Action;
use crate::state::{Account, LinkState, Panes, State, Target};
use crate::sync::Chat;
use crate::theme::Theme;

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    panes: &Panes,
    places: &mut Places,
    theme: &Theme,
) -> Option<Position> {
    rule(buffer, panes.header_rule, theme);
    let Some(chat) = account.open_chat() else {
        draw_nothing_open(buffer, state, account, panes.timeline, theme);
        return None;
    };
    places.target_in(panes.header, Target::Action(Action::Profile));
    line(buffer, padded(panes.header), header(state, account, chat, panes.header, theme));
    timeline::draw(buffer, state, account, panes.timeline, places, theme);
    composer::draw(buffer, state, account, panes, places, theme)
}

fn draw_nothing_open(
    buffer: &mut Buffer,
    state: &State,
    account: &Account,
    area: Rect,
    theme: &Theme,
) {
    let key = |action| state.keymap.key(state.contexts(), action).unwrap_or_default();
    let has_chats = account.replica.chats().next().is_some();
    let text = match (&account.open, has_chats, account.list_loaded) {
        (None, true, _) => format!(
            "Choose a chat with {} {} and {}, or find people with {}.",
            key(Action::Up),
            key(Action::Down),
            key(Action::Open),
            key(Action::People),
        ),
        (None, false, true) => format!("{} finds people to write to.", key(Action::People)),
        _ => "One moment…".to_owned(),
    };
    centred(buffer, area, &text, theme.quiet);
}

/// Name, username, whether they are there, what they do or say.
fn header(
    state: &State,
    account: &Account,
    chat: &Chat,
    area: Rect,
    theme: &Theme,
) -> ratatui::text::Line<'static> {
    let mut spans = Vec::new();
    let peer = account.peer(chat).and_then(|peer| account.replica.user(peer));
    let presence = peer.and_then(|peer| account.replica.presence(peer.id));
    let is_online = presence.is_some_and(|presence| presence.online);
    let is_live = account.link == LinkState::Online;
    if let Some(peer) = peer {
        spans.extend([initials_span(peer, theme), Span::raw(" ")]);
        let (mark, style) =
            if is_online && is_live { ("● ", theme.good) } else { ("○ ", theme.quiet) };
        spans.push(Span::styled(mark, style));
    }
    spans.push(Span::styled(account.title(chat), theme.heading));
    if chat.muted() {
        spans.push(Span::styled(" (muted)", theme.quiet));
    }
    if let Some(peer) = peer {
        if peer.display_name.as_str() != peer.username.as_str() {
            spans.push(Span::styled(format!(" @{}", peer.username), theme.quiet));
        }
        if account.replica.is_blocked(peer.id) {
            spans.push(Span::styled(" · blocked", theme.quiet));
        }
        let last_seen = presence.and_then(|presence| presence.last_seen_at);
        match (is_live, is_online, last_seen) {
            _ if account.is_typing(chat.id()) => {
                spans.push(Span::styled(" · typing…", theme.good));
            }
            (true, true, _) => spans.push(Span::styled(" · online", theme.good)),
            (_, false, Some(at)) => {
                let text = format!(" · last seen {}", moment(state, at));
                spans.push(Span::styled(text, theme.quiet));
            }
            _ => {}
        }
        if let Some(status) = peer.status_at(state.now) {
            spans.push(Span::styled(format!(" · {status}"), theme.quiet));
        }
    }
    fitted(spans, padded(area).width.into())
}
