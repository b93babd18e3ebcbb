use std::collections::HashSet;

use crossterm::event::{KeyCode, KeyModifiers};

use super::profile::UNBOUND;
use super::*;
use crate::action::RECORDS;

const CHAT: &[Context] = &[Context::Chat, Context::Editing, Context::Everywhere];
const NORMAL: &[Context] = &[Context::Normal, Context::Chat, Context::Editing, Context::Everywhere];
const LIST: &[Context] = &[Context::List, Context::Everywhere];
const STACKS: &[&[Context]] = &[
    CHAT,
    NORMAL,
    LIST,
    &[Context::Completion, Context::Chat, Context::Editing, Context::Everywhere],
    &[Context::Messages, Context::Everywhere],
    &[Context::Picker, Context::Editing, Context::Everywhere],
    &[Context::Card, Context::Picker, Context::Everywhere],
    &[Context::Sessions, Context::Picker, Context::Everywhere],
    &[Context::Form, Context::Welcome, Context::Editing, Context::Everywhere],
    &[Context::Question, Context::Everywhere],
    &[Context::Help, Context::Everywhere],
    &[Context::Viewer, Context::Everywhere],
];

fn keys(text: &str) -> Sequence {
    parse_sequence(text).expect("keys")
}

fn rebinding(context: Context, sequence: &str, action: Option<&str>) -> Rebinding {
    let action = action.map(|name| Action::named(name).expect("an action"));
    Rebinding { context, keys: keys(sequence), action }
}

fn asks(keymap: &Keymap, contexts: &[Context], sequence: &str) -> &'static str {
    match keymap.action(contexts, &keys(sequence)) {
        Lookup::Action(action) => action.name(),
        Lookup::Prefix => "…",
        Lookup::Nothing => "",
    }
}

#[test]
fn every_key_and_action_of_a_profile_can_be_read() {
    let tables = Profile::ALL.into_iter().map(Profile::rows).chain([plain::KEYS]);
    for (context, name, sequences) in tables.flatten() {
        let is_known = *name == UNBOUND || Action::named(name).is_some();
        assert!(is_known && !sequences.is_empty(), "{context:?} {name}");
        for sequence in *sequences {
            assert!(parse_sequence(sequence).is_ok(), "{context:?} {name} {sequence}");
        }
    }
}

#[test]
fn no_profile_has_a_conflict() {
    for profile in Profile::ALL {
        let mut seen = HashSet::new();
        let mut all = Vec::new();
        for binding in Keymap::new(profile, &[]).bindings {
            for sequence in binding.keys {
                let is_new = seen.insert((binding.context, sequence.clone()));
                assert!(is_new, "{profile:?} {:?} {}", binding.context, written(&sequence));
                let action = Some(binding.action);
                all.push(Rebinding { context: binding.context, keys: sequence, action });
            }
        }
        assert_eq!(problems(profile, &all), [], "{profile:?}");
    }
}

#[test]
fn every_action_has_a_key_in_every_profile() {
    let is_modal = |action: Action| {
        matches!(
            action,
            Action::Normal | Action::Insert(_) | Action::Change(_) | Action::ChangeLine
        )
    };
    for profile in Profile::ALL {
        let keymap = Keymap::new(profile, &[]);
        for record in RECORDS {
            let is_there = STACKS.iter().any(|stack| keymap.key(stack, record.action).is_some());
            let is_asked = profile == Profile::Vim || !is_modal(record.action);
            assert!(is_there || !is_asked, "{profile:?} {}", record.name);
        }
    }
}

#[test]
fn the_more_particular_context_decides() {
    let keymap = Keymap::default();
    assert_eq!(asks(&keymap, CHAT, "enter"), "send");
    assert_eq!(asks(&keymap, &[Context::Form, Context::Editing], "enter"), "submit");
    assert_eq!(keymap.key(&[Context::Form], Action::Submit).as_deref(), Some("Enter"));
    assert_eq!(keymap.key(&[Context::Form], Action::Send), None);
}

#[test]
fn a_sequence_waits_for_its_last_key() {
    let emacs = Keymap::new(Profile::Emacs, &[]);
    assert_eq!(asks(&emacs, CHAT, "ctrl-x"), "…");
    assert_eq!(asks(&emacs, CHAT, "ctrl-x ctrl-c"), "quit");
    assert_eq!(asks(&emacs, CHAT, "ctrl-x b"), "switcher");
    assert_eq!(asks(&emacs, CHAT, "ctrl-x ctrl-e"), "editor");
    assert_eq!(asks(&emacs, CHAT, "ctrl-x z"), "");
    assert_eq!(emacs.key(CHAT, Action::Quit).as_deref(), Some("Ctrl+X Ctrl+C"));
    let vim = Keymap::new(Profile::Vim, &[]);
    assert_eq!(asks(&vim, NORMAL, "d"), "…");
    assert_eq!(asks(&vim, NORMAL, "d d"), "delete-line");
    assert_eq!(asks(&vim, NORMAL, "G"), "scroll-newest");
    assert_eq!(asks(&vim, CHAT, "esc"), "normal");
    assert_eq!(asks(&vim, NORMAL, "esc"), "back");
    assert_eq!(asks(&vim, CHAT, "d"), "");
}

#[test]
fn commands_work_under_other_alphabets_and_text_stays_text() {
    let keymap = Keymap::default();
    let pressed = |character, modifiers| {
        [KeyCombination::one_key(KeyCode::Char(character), modifiers).normalized()]
    };
    let control = KeyModifiers::CONTROL;
    let plain = KeyModifiers::NONE;
    for (character, modifiers, contexts, name) in [
        ('й', control, CHAT, "quit"),
        ('л', control, CHAT, "switcher"),
        ('ξ', KeyModifiers::ALT, CHAT, ""),
        ('ι', KeyModifiers::ALT, CHAT, "pictures"),
        ('ח', plain, LIST, "down"),
        ('о', plain, LIST, "down"),
        ('л', plain, LIST, "up"),
        ('κ', plain, LIST, "up"),
        ('ت', plain, LIST, "down"),
        ('о', plain, CHAT, ""),
    ] {
        let found = match keymap.action(contexts, &pressed(character, modifiers)) {
            Lookup::Action(action) => action.name(),
            _ => "",
        };
        assert_eq!(found, name, "{character} {modifiers:?}");
    }
    let vim = Keymap::new(Profile::Vim, &[]);
    let shift = pressed('П', KeyModifiers::SHIFT);
    assert_eq!(vim.action(NORMAL, &shift), Lookup::Action(Action::ScrollNewest));
    assert_eq!(asks(&vim, NORMAL, "п"), "…");
    assert_eq!(asks(&vim, NORMAL, "п п"), "scroll-oldest");
    let emacs = Keymap::new(Profile::Emacs, &[]);
    assert_eq!(asks(&emacs, CHAT, "ctrl-ч и"), "switcher");
}

#[test]
fn a_letter_bound_under_its_own_alphabet_is_not_translated() {
    let own = [rebinding(Context::List, "о", Some("quit"))];
    let keymap = Keymap::new(Profile::Plain, &own);
    assert_eq!(asks(&keymap, LIST, "о"), "quit");
}

#[test]
fn own_keys_replace_and_are_shown_first() {
    let own = [
        rebinding(Context::Everywhere, "ctrl-o", Some("quit")),
        rebinding(Context::Everywhere, "ctrl-q", None),
        rebinding(Context::Chat, "f10", Some("mute")),
    ];
    let keymap = Keymap::new(Profile::Plain, &own);
    assert_eq!(problems(Profile::Plain, &own), []);
    assert_eq!(keymap.key(CHAT, Action::Quit).as_deref(), Some("Ctrl+O"));
    assert_eq!(asks(&keymap, CHAT, "ctrl-q"), "");
    assert_eq!(asks(&keymap, CHAT, "f10"), "mute");
    assert_eq!(keymap.key(CHAT, Action::Editor).as_deref(), Some("Alt+E"));
}

#[test]
fn what_would_lock_somebody_out_is_refused_where_it_is_written() {
    let said = |own: &[Rebinding]| {
        let found = problems(Profile::Plain, own).into_iter();
        found.map(|problem| (problem.index, problem.sentence)).collect::<Vec<_>>()
    };
    let found = said(&[rebinding(Context::Editing, "x", Some("cut"))]);
    assert_eq!(found.len(), 1);
    assert!(found[0].1.starts_with("x is text here"), "{found:?}");

    let found = said(&[
        rebinding(Context::Chat, "f12", Some("mute")),
        rebinding(Context::Editing, "ctrl-x ctrl-s", Some("undo")),
    ]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, 1);
    assert!(found[0].1.contains("begins with ctrl-x, which is cut in editing"), "{found:?}");

    let found = said(&[
        rebinding(Context::Everywhere, "ctrl-q", None),
        rebinding(Context::Everywhere, "ctrl-c", None),
    ]);
    assert_eq!(found, [(1, "Nothing is left for quit; bind it to other keys.".to_owned())]);

    let found = said(&[rebinding(Context::Chat, "enter", Some("new-line"))]);
    assert_eq!(found, [(0, "Nothing is left for send; bind it to other keys.".to_owned())]);
}
