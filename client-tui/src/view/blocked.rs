//! Settings: the people who are blocked.

use chatter_protocol::UserId;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::paint::{centred, fitted, line, row};
use super::places::Places;
use crate::state::{Account, State, Target};
use crate::theme::Theme;

pub(super) fn draw(
    buffer: &mut Buffer,
    state: &State,
    chosen: usize,
    area: Rect,
    places: &mut Places,
    theme: &Theme,
) {
    let Some(account) = &state.account else { return };
    let people = account.replica.me().map_or(&[][..], |me| &me.blocked);
    if people.is_empty() {
        centred(buffer, area, "Nobody is blocked.", theme.quiet);
        return;
    }
    let chosen = chosen.min(people.len() - 1);
    let first = (chosen + 1).saturating_sub(area.height.into());
    let shown = people.iter().enumerate().skip(first).take(area.height.into());
    for (index, user) in shown {
        let area = row(area, (index - first) as u16);
        places.target_in(area, Target::Row(index));
        line(
            buffer,
            area,
            fitted(entry(account, *user, index == chosen, theme), area.width.into()),
        );
    }
}

fn entry(account: &Account, user: UserId, is_chosen: bool, theme: &Theme) -> Vec<Span<'static>> {
    let bar = if is_chosen { "▌ " } else { "  " };
    let style = if is_chosen { theme.chosen } else { theme.text };
    let username = account.replica.user(user).map(|user| format!("  @{}", user.username));
    vec![
        Span::styled(bar, theme.accent),
        Span::styled(account.name_of(user), style),
        Span::styled(username.unwrap_or_default(), theme.quiet),
    ]
}
