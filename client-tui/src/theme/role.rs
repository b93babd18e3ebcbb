//! The roles that text can have, once: as fields to draw with, and as names to set.

use ratatui::style::Style;

use super::{Depth, Glyphs};

/// How many styles there are for people's names.
pub const NAME_STYLES: usize = 8;

/// One role.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// As settings name it.
    pub name: &'static str,
    /// What has it.
    pub meaning: &'static str,
    /// Its style in a theme.
    pub style: fn(&Theme) -> Style,
    /// The same, to be set.
    pub style_mut: fn(&mut Theme) -> &mut Style,
}

impl Role {
    /// The role that settings call `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        ROLES.iter().find(|role| role.name == name)
    }
}

/// Makes the theme and the list of its roles from one list.
macro_rules! roles {
    ($(#[doc = $doc:literal] $role:ident,)+) => {
        /// A style for each role, and the marks.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Theme {
            $(#[doc = $doc] pub $role: Style,)+
            /// People's names, one of them for each person.
            pub names: [Style; NAME_STYLES],
            /// Lines and marks.
            pub glyphs: Glyphs,
        }

        /// Every role.
        pub const ROLES: &[Role] = &[$(Role {
            name: stringify!($role),
            meaning: $doc,
            style: |theme| theme.$role,
            style_mut: |theme| &mut theme.$role,
        },)+];

        impl Theme {
            /// Every style in colours of `depth`.
            pub(super) fn degrade(&mut self, depth: Depth) {
                $(self.$role = depth.degraded(self.$role);)+
                self.names = self.names.map(|style| depth.degraded(style));
            }

            /// A theme in which everything is plain.
            pub(super) fn plain() -> Self {
                Self {
                    $($role: Style::new(),)+
                    names: [Style::new(); NAME_STYLES],
                    glyphs: Glyphs::Unicode,
                }
            }
        }
    };
}

roles! {
    /// What people write.
    text,
    /// What stands back: times, hints.
    quiet,
    /// Lines between parts.
    rule,
    /// What has the focus, and keys.
    accent,
    /// The name of the chosen row.
    chosen,
    /// Where one is: all of the chosen row.
    cursor_row,
    /// Names that are nobody's in particular.
    name,
    /// My own name.
    my_name,
    /// The bar beside my messages.
    own_bar,
    /// Somebody is there; all is well.
    good,
    /// Something waits or is new.
    attention,
    /// Something was refused.
    bad,
    /// Number of unread messages.
    badge,
    /// Headings.
    heading,
    /// A field to type in.
    field,
    /// Selected text.
    selection,
    /// Code within a line.
    code,
    /// Lines of code.
    code_block,
    /// Words of a programming language.
    keyword,
    /// Text in code.
    string,
    /// Numbers and constants in code.
    number,
    /// Remarks in code.
    comment,
    /// Functions in code.
    function,
    /// Types in code.
    type_name,
    /// Signs in code.
    punctuation,
    /// What is quoted from somebody.
    quote,
    /// Addresses.
    link,
    /// My name in somebody's message.
    mention,
}
