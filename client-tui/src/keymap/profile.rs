//! The sets of keys to start from.

use super::key::parse_sequence;
use super::{Binding, Context, Keymap, Rebinding, emacs, plain, vim};
use crate::action::Action;

/// Keys of an action in a context, as settings write both: the first is the one that hints show.
pub(super) type Row = (Context, &'static str, &'static [&'static str]);

/// What a row of a profile says to take keys away.
pub(super) const UNBOUND: &str = "none";

/// A set of keys to start from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Keys as most programs have them.
    #[default]
    Plain,
    /// Writing as in Vim: Esc makes keys commands, `i` makes them text again.
    Vim,
    /// Writing and moving as in Emacs.
    Emacs,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Vim, Self::Emacs];

    /// Its bindings: the plain ones, with its own over them.
    pub(super) fn bindings(self) -> Vec<Binding> {
        let plain = plain::KEYS.iter().filter_map(binding).collect();
        let mut keymap = Keymap { bindings: plain };
        // Backwards, because what is bound last is shown first.
        for rebinding in self.rows().iter().flat_map(|row| rebindings(row).rev()) {
            keymap.rebind(&rebinding);
        }
        keymap.bindings
    }

    /// What it has over the plain keys.
    pub(super) fn rows(self) -> &'static [Row] {
        match self {
            Self::Plain => &[],
            Self::Vim => vim::KEYS,
            Self::Emacs => emacs::KEYS,
        }
    }
}

fn binding((context, name, keys): &Row) -> Option<Binding> {
    let keys = keys.iter().filter_map(|keys| parse_sequence(keys).ok()).collect();
    Some(Binding { context: *context, action: Action::named(name)?, keys })
}

fn rebindings((context, name, keys): &Row) -> impl DoubleEndedIterator<Item = Rebinding> {
    let (context, action) = (*context, Action::named(name).filter(|_| *name != UNBOUND));
    let keys = keys.iter().filter_map(|keys| parse_sequence(keys).ok());
    keys.map(move |keys| Rebinding { context, keys, action })
}
