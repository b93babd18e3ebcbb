//! Which key asks for what, as data: read forward by the keyboard, backward by hints and help.
//!
//! Keys mean something in a [`Context`]; where several are in force, the first that knows the keys
//! decides. Keys that none knows are text. A [`Profile`] is a table of bindings; what a person
//! binds comes over it. Knows nothing of files: `config` reads those.

mod context;
mod emacs;
mod key;
mod layout;
mod plain;
mod problem;
mod profile;
mod vim;

#[cfg(test)]
mod tests;

use crokey::KeyCombination;

pub use context::{Context, takes_text};
pub use key::{
    SEQUENCE_KEYS_MAX, Sequence, parse_sequence, sequence_name, typed_character, written,
};
pub use problem::{KeyProblem, problems};
pub use profile::Profile;

use crate::action::Action;

/// An action and the keys that ask for it in a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// What.
    pub action: Action,
    /// By which keys; the first is the one to show.
    pub keys: Vec<Sequence>,
}

/// What a person binds: keys to an action in a context, or to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebinding {
    /// Where.
    pub context: Context,
    /// Which keys.
    pub keys: Sequence,
    /// To what; `None` takes the keys away.
    pub action: Option<Action>,
}

/// What keys ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This.
    Action(Action),
    /// Something, with more keys after them.
    Prefix,
    /// Nothing.
    Nothing,
}

/// All bindings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(Profile::default(), &[])
    }
}

impl Keymap {
    /// The keys of `profile`, with a person's own over them.
    pub fn new(profile: Profile, own: &[Rebinding]) -> Self {
        let mut keymap = Self { bindings: profile.bindings() };
        own.iter().for_each(|rebinding| keymap.rebind(rebinding));
        keymap
    }

    /// What `keys`, pressed one after the other, ask for where `contexts` are in force, the most
    /// particular first. A command that is bound to nothing under the keyboard's own alphabet is
    /// looked up by the Latin letters on the same keys; text never is.
    pub fn action(&self, contexts: &[Context], keys: &[KeyCombination]) -> Lookup {
        let found = self.look_up(contexts, keys);
        let Some(last) = keys.last().filter(|_| found == Lookup::Nothing) else { return found };
        let is_text = keys.len() == 1 && typed_character(*last).is_some() && takes_text(contexts);
        if is_text || !keys.iter().any(|key| layout::latin(*key).is_some()) {
            return found;
        }
        let latin: Sequence = keys.iter().map(|key| layout::latin(*key).unwrap_or(*key)).collect();
        self.look_up(contexts, &latin)
    }

    /// The keys to show for `action` where `contexts` are in force.
    pub fn key(&self, contexts: &[Context], action: Action) -> Option<String> {
        let bound = contexts.iter().flat_map(|context| self.in_context(*context));
        let mut keys = bound.filter(|binding| binding.action == action).flat_map(|b| &b.keys);
        let asks_for_it = |keys: &&Sequence| self.look_up(contexts, keys) == Lookup::Action(action);
        keys.find(asks_for_it).map(|keys| sequence_name(keys))
    }

    /// The bindings of one context, in the order to show them.
    pub fn in_context(&self, context: Context) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.context == context)
    }

    fn look_up(&self, contexts: &[Context], keys: &[KeyCombination]) -> Lookup {
        let found = contexts.iter().map(|context| self.look_up_in(*context, keys));
        found.into_iter().find(|found| *found != Lookup::Nothing).unwrap_or(Lookup::Nothing)
    }

    fn look_up_in(&self, context: Context, keys: &[KeyCombination]) -> Lookup {
        let mut found = Lookup::Nothing;
        for binding in self.in_context(context) {
            for bound in &binding.keys {
                if bound == keys {
                    return Lookup::Action(binding.action);
                }
                if bound.starts_with(keys) {
                    found = Lookup::Prefix;
                }
            }
        }
        found
    }

    /// Keys that are bound anew lose their old meaning, and become the first of the new one.
    fn rebind(&mut self, rebinding: &Rebinding) {
        let Rebinding { context, keys, action } = rebinding;
        for binding in self.bindings.iter_mut().filter(|binding| binding.context == *context) {
            binding.keys.retain(|bound| bound != keys);
        }
        if let Some(action) = *action {
            let same =
                |binding: &&mut Binding| binding.context == *context && binding.action == action;
            match self.bindings.iter_mut().find(same) {
                Some(binding) => binding.keys.insert(0, keys.clone()),
                None => {
                    let binding = Binding { context: *context, action, keys: vec![keys.clone()] };
                    self.bindings.push(binding);
                }
            }
        }
        self.bindings.retain(|binding| !binding.keys.is_empty());
    }
}
