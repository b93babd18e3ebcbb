//! What is wrong with a person's own keys, before they are used.

use crokey::KeyCombination;

use super::{
    Binding, Context, Keymap, Lookup, Profile, Rebinding, Sequence, typed_character, written,
};
use crate::action::Action;

/// Where an action must have a key, because nothing else leads on from there.
const NEEDED: &[(&[Context], &[Action])] = &[
    (&[Context::List, Context::Everywhere], &[Action::Quit, Action::Open]),
    (&[Context::Chat, Context::Editing, Context::Everywhere], &[Action::Quit, Action::Send]),
    (
        &[Context::Normal, Context::Chat, Context::Editing, Context::Everywhere],
        &[Action::Quit, Action::Back],
    ),
    (&[Context::Picker, Context::Editing, Context::Everywhere], &[Action::Open, Action::Back]),
    (
        &[Context::Form, Context::Welcome, Context::Editing, Context::Everywhere],
        &[Action::Quit, Action::Submit],
    ),
    (&[Context::Form, Context::Editing, Context::Everywhere], &[Action::Submit, Action::Back]),
    (&[Context::Question, Context::Everywhere], &[Action::Confirm, Action::Back]),
    (&[Context::Help, Context::Everywhere], &[Action::Back]),
];

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyProblem {
    /// The rebinding that is at fault, by its place among all of them.
    pub index: usize,
    /// What is wrong and what to do, as a sentence.
    pub sentence: String,
}

/// Everything that is wrong with `own` keys over `profile`.
pub fn problems(profile: Profile, own: &[Rebinding]) -> Vec<KeyProblem> {
    let keymap = Keymap::new(profile, own);
    let mut problems = Vec::new();
    for (index, rebinding) in own.iter().enumerate() {
        // What a later one takes away does no harm.
        let is_in_force = keymap.look_up_in(rebinding.context, &rebinding.keys)
            == rebinding.action.map_or(Lookup::Nothing, Lookup::Action);
        if let Some(sentence) = wrong(&keymap, rebinding).filter(|_| is_in_force) {
            problems.push(KeyProblem { index, sentence });
        }
    }
    problems.extend(lost(profile, own, &keymap));
    problems
}

fn wrong(keymap: &Keymap, rebinding: &Rebinding) -> Option<String> {
    let Rebinding { context, keys, action } = rebinding;
    action.as_ref()?;
    if context.may_take_text() && keys.first().is_some_and(is_text) {
        let keys = written(keys);
        return Some(format!("{keys} is text here; take a key with ctrl or alt, or an f key."));
    }
    let bound = keymap
        .in_context(*context)
        .flat_map(|binding| binding.keys.iter().map(move |keys| (binding, keys)));
    let mut clashes = bound.filter(|(_, other)| *other != keys);
    clashes.find_map(|(other, other_keys)| clash(keys, other, other_keys))
}

fn is_text(key: &KeyCombination) -> bool {
    typed_character(*key).is_some()
}

fn clash(keys: &Sequence, other: &Binding, other_keys: &Sequence) -> Option<String> {
    let (context, action) = (other.context.name(), other.action.name());
    let (mine, theirs) = (written(keys), written(other_keys));
    let sentence = if other_keys.starts_with(keys) {
        format!("{mine} is the beginning of {theirs}, which is {action} in {context}.")
    } else if keys.starts_with(other_keys) {
        format!("{mine} begins with {theirs}, which is {action} in {context}.")
    } else {
        return None;
    };
    Some(format!("{sentence} Take other keys, or set \"{theirs}\" = \"none\" there."))
}

/// Actions that nobody could ask for any more; each is said once.
fn lost(profile: Profile, own: &[Rebinding], keymap: &Keymap) -> Vec<KeyProblem> {
    let before = Keymap::new(profile, &[]);
    let mut lost = Vec::<KeyProblem>::new();
    for (contexts, actions) in NEEDED {
        for action in *actions {
            if before.key(contexts, *action).is_none() || keymap.key(contexts, *action).is_some() {
                continue;
            }
            let sentence = format!("Nothing is left for {}; bind it to other keys.", action.name());
            if lost.iter().all(|known| known.sentence != sentence) {
                let index = at_fault(own, &before, contexts, *action);
                lost.push(KeyProblem { index, sentence });
            }
        }
    }
    lost
}

/// The last rebinding that took keys of `action` away.
fn at_fault(own: &[Rebinding], before: &Keymap, contexts: &[Context], action: Action) -> usize {
    let took = |rebinding: &Rebinding| {
        contexts.contains(&rebinding.context)
            && before.look_up(contexts, &rebinding.keys) == Lookup::Action(action)
    };
    own.iter().rposition(took).unwrap_or(own.len().saturating_sub(1))
}
