//! A person's own theme: a built-in one with some roles changed.

use ratatui::style::Style;

use super::{Depth, NAME_STYLES, Role, Theme};

/// A person's own theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomTheme {
    /// What `look.theme` calls it.
    pub name: String,
    /// The built-in theme that it changes.
    pub base: String,
    /// The roles that differ, by name.
    pub styles: Vec<(&'static str, Style)>,
    /// Styles of people's names, repeated as needed; none leaves the base's.
    pub names: Vec<Style>,
}

impl CustomTheme {
    /// Changes `theme`, in colours of `depth`.
    pub(super) fn apply(&self, theme: &mut Theme, depth: Depth) {
        for (name, style) in &self.styles {
            if let Some(role) = Role::named(name) {
                *(role.style_mut)(theme) = depth.degraded(*style);
            }
        }
        let names = self.names.iter().cycle().take(NAME_STYLES);
        for (place, style) in theme.names.iter_mut().zip(names) {
            *place = depth.degraded(*style);
        }
    }
}
