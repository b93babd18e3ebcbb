//! The last line: how the connection is, and the keys that do something now.

use chatter_protocol::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::notice;
use super::paint::{fitted, inset, line, padded};
use super::places::Places;
use crate::action::{Action, InsertAt};
use crate::keymap::sequence_name;
use crate::state::wrap::columns;
use crate::state::{
    Account, COLUMNS_WIDE, Card, CardMode, LinkState, Overlay, Pane, Scroll, State, Target,
};
use crate::theme::Theme;

pub(super) fn draw(buffer: &mut Buffer, state: &State, places: &mut Places, theme: &Theme) {
    let area = padded(state.panes().status).intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let mut used = 0;
    if let Some(account) = state.account.as_ref().filter(|_| state.welcome.is_none()) {
        let (text, style) = link_text(state, account);
        let connection = fitted(vec![Span::styled(text, style(theme))], area.width.into());
        used = connection.width() as u16;
        line(buffer, area, connection);
    }
    let gap = if used > 0 { 3 } else { 0 };
    let left = (used + gap).min(area.width);
    let rest = Rect { x: area.x + left, width: area.width - left, ..area };
    if notice::draw(buffer, state, rest, places, theme) {
        return;
    }
    if state.pending.is_empty() {
        draw_hints(buffer, state, rest, places, theme);
    } else {
        let pending = format!("{} …", sequence_name(&state.pending));
        line(buffer, rest, Line::from(Span::styled(pending, theme.accent)).right_aligned());
    }
}

fn link_text(state: &State, account: &Account) -> (String, fn(&Theme) -> Style) {
    let (text, style): (String, fn(&Theme) -> Style) = match &account.link {
        LinkState::Online => ("● connected".to_owned(), |theme| theme.good),
        LinkState::Connecting => ("◌ connecting…".to_owned(), |theme| theme.attention),
        LinkState::Waiting { retry_at, attempt, .. } => {
            let left_ms = retry_at.as_millis() - state.now.as_millis();
            let seconds = (left_ms.max(0) + 999) / 1_000;
            let age = account.offline_since.map_or(0, |since| minutes(since, state.now));
            let text = match (state.size.width >= COLUMNS_WIDE, age) {
                (true, 0) => format!("○ offline, reconnecting in {seconds} s (attempt {attempt})"),
                (true, _) => format!("○ offline for {}, reconnecting in {seconds} s", long(age)),
                (false, 0) => format!("○ reconnecting in {seconds} s"),
                (false, _) => format!("○ offline {}, {seconds} s", long(age)),
            };
            (text, |theme| theme.attention)
        }
        LinkState::Ended | LinkState::Forbidden { .. } => {
            ("○ signed out".to_owned(), |theme| theme.attention)
        }
    };
    match account.waiting_count() {
        0 => (text, style),
        waiting => (format!("{text} · {waiting} waiting"), style),
    }
}

fn minutes(since: Timestamp, now: Timestamp) -> i64 {
    (now.as_millis() - since.as_millis()).max(0) / 60_000
}

/// A time in the unit that says most.
fn long(minutes: i64) -> String {
    match minutes {
        ..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

/// As many keys as fit, the most useful first, at the right; a click on one does what it says.
fn draw_hints(buffer: &mut Buffer, state: &State, area: Rect, places: &mut Places, theme: &Theme) {
    let columns_max = usize::from(area.width);
    let (mut spans, mut targets) = (Vec::new(), Vec::new());
    let mut used = 0;
    for action in useful_actions(state) {
        let Some(key) = state.keymap.key(state.contexts(), *action) else { continue };
        let gap = if spans.is_empty() { 0 } else { 2 };
        let width = gap + columns(&key) + 1 + columns(action.hint());
        if used + width > columns_max {
            continue;
        }
        targets.push((used + gap..used + width, *action));
        used += width;
        spans.push(Span::raw(" ".repeat(gap)));
        spans.push(Span::styled(key, theme.accent));
        spans.push(Span::styled(format!(" {}", action.hint()), theme.quiet));
    }
    let area = inset(area, (columns_max - used) as u16);
    for (columns, action) in targets {
        let place = inset(area, columns.start as u16);
        places.target_in(Rect { width: columns.len() as u16, ..place }, Target::Action(action));
    }
    line(buffer, area, Line::from(spans));
}

fn useful_actions(state: &State) -> &'static [Action] {
    match (&state.overlay, &state.welcome, &state.account) {
        (Some(Overlay::People(_) | Overlay::Switcher(_)), ..) => &[Action::Open, Action::Back],
        (Some(Overlay::Profile(card)), ..) => match &card.mode {
            CardMode::Choosing if is_own(state, card) => &[Action::Open, Action::Back],
            CardMode::Choosing => &[Action::Open, Action::Mute, Action::Block, Action::Back],
            CardMode::Editing(_) => &[Action::Submit, Action::NextField, Action::Back],
            CardMode::Asking => &[Action::Confirm, Action::Back],
        },
        (Some(Overlay::Settings(settings)), ..) => match (&settings.form, &settings.sessions) {
            (Some(_), _) => &[Action::Submit, Action::NextField, Action::Back],
            (_, Some(_)) => &[Action::EndSession, Action::EndOtherSessions, Action::Back],
            _ => &[Action::Open, Action::Back],
        },
        (Some(Overlay::Day(_)), ..) => &[Action::Submit, Action::Back],
        (Some(Overlay::Help { .. }), ..) => &[Action::PageDown, Action::PageUp, Action::Back],
        (Some(Overlay::Viewer(_)), ..) => {
            const VIEWER: &[Action] = &[
                Action::PreviousPicture,
                Action::NextPicture,
                Action::SaveFile,
                Action::OpenFile,
                Action::Back,
            ];
            VIEWER
        }
        (Some(Overlay::Question(_)), ..) => &[Action::Confirm, Action::Back],
        (None, Some(_), _) | (None, None, None) => {
            &[Action::Submit, Action::NextField, Action::SwitchForm, Action::Quit]
        }
        (None, None, Some(account)) => main_actions(account),
    }
}

fn is_own(state: &State, card: &Card) -> bool {
    state.account.as_ref().is_some_and(|account| card.is_mine(account))
}

fn main_actions(account: &Account) -> &'static [Action] {
    if matches!(account.link, LinkState::Waiting { .. }) {
        return &[Action::Reconnect, Action::Help, Action::Back];
    }
    if account.pane == Pane::List {
        return &[
            Action::Open,
            Action::People,
            Action::Switcher,
            Action::Help,
            Action::Settings,
            Action::Quit,
        ];
    }
    if account.is_choosing() {
        return &[
            Action::Copy,
            Action::ToggleFold,
            Action::Quote,
            Action::Back,
            Action::CopyLink,
            Action::CopyCode,
        ];
    }
    if account.first_refused().is_some() {
        return &[Action::RetryRefused, Action::DropRefused, Action::Help, Action::Back];
    }
    let is_scrolled = account.open.as_ref().is_some_and(|open| open.scroll != Scroll::Bottom);
    match is_scrolled {
        true => &[Action::ScrollNewest, Action::ScrollPageUp, Action::Help, Action::Back],
        false => &[
            Action::Send,
            Action::Insert(InsertAt::Here),
            Action::Normal,
            Action::Help,
            Action::Switcher,
            Action::NewLine,
            Action::Back,
            Action::People,
            Action::NextUnread,
        ],
    }
}
