use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::action::Action;
use crate::keymap::{Context, Keymap, parse_sequence};
use crate::theme::{ROLES, Theme};

fn sources(file: &Path) -> Sources {
    Sources { file: file.to_owned(), is_named: false, options: Vec::new(), assignments: Vec::new() }
}

fn loaded(text: &str) -> Result<Config, Vec<Problem>> {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("config.toml");
    std::fs::write(&file, text).expect("writes");
    sources(&file).load_with(|_| None)
}

/// Line and sentence of everything that is wrong.
fn refused(text: &str) -> Vec<(usize, String)> {
    let problems = loaded(text).expect_err("refused").into_iter();
    problems.map(|problem| (problem.line.expect("a line"), problem.sentence)).collect()
}

#[test]
fn the_default_file_is_the_default() {
    assert_eq!(loaded(&default_file()), Ok(Config::default()));
    assert_eq!(loaded(""), Ok(Config::default()));
    for record in RECORDS {
        assert!(default_file().contains(record.variable), "{}", record.variable);
    }
}

#[test]
fn what_the_default_file_shows_as_comments_can_be_used() {
    let text: String = default_file()
        .lines()
        .map(|line| match line.strip_prefix('#').filter(|rest| !rest.starts_with([' '])) {
            Some(rest) => format!("{rest}\n"),
            None => match line.strip_prefix("#  \"") {
                Some(name) => format!("\"{name}\n"),
                None => format!("{line}\n"),
            },
        })
        .collect();
    let config = loaded(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let [mine] = config.themes.as_slice() else { panic!("one theme") };
    assert_eq!(mine.styles.len(), ROLES.len());
    let named = |name| Theme::named(name, &config, crate::theme::Depth::True);
    assert_eq!(named("mine"), named("dark"));
    let (own, plain) = (Keymap::new(config.keys.profile, &config.keys.own), Keymap::default());
    for rebinding in &config.keys.own {
        let context = [rebinding.context];
        let action = plain.action(&context, &rebinding.keys);
        assert_eq!(own.action(&context, &rebinding.keys), action);
        assert_eq!(rebinding.action.map(crate::keymap::Lookup::Action), Some(action));
    }
    assert!(config.keys.own.len() > 100);
}

#[test]
fn every_setting_can_be_set_in_the_file_and_by_its_variable() {
    let mut variables = std::collections::HashSet::new();
    for record in RECORDS {
        assert!(variables.insert(record.variable), "{} is taken", record.variable);
        let whole = format!("CHATTER_{}", record.key.to_uppercase());
        let about = format!("CHATTER_{}", record.section.to_uppercase());
        assert!([whole, about].contains(&record.variable.to_owned()), "{}", record.variable);
        let value = match record.kind {
            Kind::Switch => (record.value)(&Config::default()).replace("true", "false"),
            Kind::Number => "7".to_owned(),
            Kind::Text if record.key.contains("theme") => "paper".to_owned(),
            Kind::Text => "ed".to_owned(),
            Kind::Choice(words) => words[words.len() - 1].to_owned(),
        };
        let mut expected = Config::default();
        assert!((record.set)(&mut expected, &value));
        assert_ne!(expected, Config::default(), "{}", record.key);
        let written = record.toml(&expected);
        let text = format!("[{}]\n{} = {written}", record.section, record.key);
        assert_eq!(loaded(&text).as_ref(), Ok(&expected), "{text}");
        let by_variable = sources(Path::new("/nowhere"))
            .load_with(|name| (name == record.variable).then(|| value.clone()));
        assert_eq!(by_variable, Ok(expected));
    }
}

#[test]
fn options_win_over_the_environment_and_that_over_the_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("config.toml");
    let text = "[look]\ntheme = \"dusk\"\nfold_rows = 5\n[mouse]\nenabled = false\n";
    std::fs::write(&file, text).expect("writes");
    let mut sources = sources(&file);
    let variable = |name: &str| match name {
        "CHATTER_THEME" => Some("ember".to_owned()),
        "CHATTER_FOLD_ROWS" => Some("6".to_owned()),
        _ => None,
    };
    let config = sources.load_with(variable).expect("loads");
    assert_eq!((config.look.theme.as_str(), config.look.fold_rows), ("ember", 6));
    assert!(!config.mouse.enabled);
    sources.options = vec![("--theme", "look", "theme", "paper".to_owned())];
    sources.assignments = vec![
        "look.fold_rows=7".to_owned(),
        "mouse.enabled = on".to_owned(),
        "keys.chat.\"f12\"=mute".to_owned(),
        "composer.editor=nano -w".to_owned(),
    ];
    let config = sources.load_with(variable).expect("loads");
    assert_eq!((config.look.theme.as_str(), config.look.fold_rows), ("paper", 7));
    assert!(config.mouse.enabled);
    assert_eq!(config.keys.own[0].action, Some(Action::Mute));
    assert_eq!(config.composer.editor, "nano -w");
}

#[test]
fn everything_that_is_wrong_is_said_with_its_line() {
    let found = refused(
        r##"
[look]
theem = "dark"
colours = "blue"
links = "yes"
fold_rows = -1
theme = "drak"

[luck]
x = 1

[keys]
profile = "vi"
[keys.caht]
[keys.chat]
"ctrl-nope" = "send"
"ctrl-o" = "sennd"
"Ctrl-O" = "mute"
"ctrl-O" = "mute"
[themes.mine]
base = "darg"
link = "bold #12345"
lnik = "red"
names = []
[themes.dark]
"##,
    );
    let expected = [
        (3, "There is no setting look.theem. Did you mean theme?"),
        (4, "look.colours can't be \"blue\". It is one of auto, truecolor, 256, 16, none."),
        (5, "look.links can't be \"yes\". It is true or false."),
        (6, "look.fold_rows can't be \"-1\". It is a whole number, 0 or more."),
        (7, "look.theme: there is no theme \"drak\". Did you mean dark?"),
        (9, "There is no section luck. Did you mean look?"),
        (13, "keys.profile can't be \"vi\". It is one of plain, vim, emacs. Did you mean vim?"),
        (14, "There is no setting keys.caht. Did you mean chat?"),
        (16, "keys.chat.\"ctrl-nope\": \"ctrl-nope\" is no key."),
        (17, "keys.chat.\"ctrl-o\": \"sennd\" is no action. Did you mean send?"),
        (19, "keys.chat.\"ctrl-O\": these keys are bound above already."),
        (21, "themes.mine.base: \"darg\" is no built-in theme. Did you mean dark?"),
        (22, "themes.mine.link: \"#12345\" is no colour or weight here."),
        (23, "themes.mine.lnik: there is no such role. Did you mean link?"),
        (24, "themes.mine.names: this is a list of 1 to 8 styles."),
        (25, "themes.dark: dark is built in; take another name."),
    ];
    let lines = |found: &[(usize, String)]| found.iter().map(|(line, _)| *line).collect::<Vec<_>>();
    assert_eq!(lines(&found), expected.map(|(line, _)| line), "{found:#?}");
    for ((_, sentence), (_, start)) in found.iter().zip(expected) {
        assert!(sentence.starts_with(start), "{sentence}\n{start}");
    }
}

#[test]
fn keys_that_would_lock_somebody_out_are_refused_by_their_line() {
    let found = refused(
        "[keys.editing]\n\"ctrl-x ctrl-s\" = \"undo\"\n\n[keys.everywhere]\n\"ctrl-q\" = \
         \"none\"\n\"ctrl-c\" = \"none\"\n\"e\" = \"people\"\n",
    );
    let lines: Vec<_> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 6, 7], "{found:#?}");
    assert!(found[0].1.contains("begins with ctrl-x, which is cut in editing"), "{found:#?}");
    assert!(found[1].1.contains("Nothing is left for quit"), "{found:#?}");
    assert!(found[2].1.contains("e is text here"), "{found:#?}");
}

#[test]
fn own_keys_and_themes_are_in_force() {
    let config = loaded(
        "[look]\ntheme = \"mine\"\n[keys]\nprofile = \"emacs\"\n[keys.chat]\n\"ctrl-x ctrl-s\" = \
         \"send\"\n[themes.mine]\nbase = \"light\"\nlink = \"bold red\"\n",
    );
    let config = config.expect("loads");
    let keymap = Keymap::new(config.keys.profile, &config.keys.own);
    let keys = parse_sequence("ctrl-x ctrl-s").expect("keys");
    let found = keymap.action(&[Context::Chat, Context::Editing, Context::Everywhere], &keys);
    assert_eq!(found, crate::keymap::Lookup::Action(Action::Send));
    assert_eq!(config.themes[0].base, "light");
}

#[test]
fn what_is_no_toml_is_said_with_every_line() {
    let found = refused("[look]\ntheme = dark\n\n[mouse\nenabled = true\n");
    assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>()[0], 2, "{found:?}");
    assert!(found.iter().any(|(line, _)| *line == 4), "{found:?}");
    assert!(found[0].1.starts_with("This is not TOML"));
}

#[test]
fn a_named_file_must_be_there_and_others_need_not() {
    let mut sources = sources(Path::new("/nowhere/config.toml"));
    assert_eq!(sources.load_with(|_| None), Ok(Config::default()));
    sources.is_named = true;
    let problems = sources.load_with(|_| None).expect_err("refused");
    assert!(problems[0].to_string().starts_with("/nowhere/config.toml: The settings can't be"));
}

#[test]
fn variables_and_options_are_refused_by_their_names() {
    let mut sources = sources(Path::new("/nowhere"));
    sources.options = vec![("--theme", "look", "theme", "drak".to_owned())];
    sources.assignments = vec!["look.glyphs=asci".to_owned(), "luck.x=1".to_owned()];
    let variable = |name: &str| (name == "CHATTER_MOUSE").then(|| "perhaps\u{1b}".to_owned());
    let problems = sources.load_with(variable).expect_err("refused");
    let said: Vec<_> = problems.iter().map(Problem::to_string).collect();
    for start in [
        "CHATTER_MOUSE: mouse.enabled can't be \"perhaps\".",
        "--set look.glyphs=asci: look.glyphs can't be \"asci\". It is one of auto, unicode, ascii. \
         Did you mean ascii?",
        "--set luck.x=1: There is no section luck. Did you mean look?",
        "--theme: look.theme: there is no theme \"drak\". Did you mean dark?",
    ] {
        assert!(said.iter().any(|said| said.starts_with(start)), "{start}\n{said:#?}");
    }
}

#[test]
fn what_the_readme_shows_can_be_used() {
    let readme = include_str!("../../../README.md");
    let (_, rest) = readme.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let config = loaded(example).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!((config.keys.own.len(), config.themes.len()), (1, 1));
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(text in "(\\[(look|keys|keys\\.chat|themes\\.é)\\]|[a-z\"=. \\-#é\n]|theme|on |ctrl-){0,40}") {
        let mut draft = super::file::Draft::default();
        let origin = super::file::Origin { name: "it", text: &text, has_lines: true };
        super::file::read(&origin, &mut draft);
        let lines = text.matches('\n').count() + 1;
        prop_assert!(draft.problems.iter().all(|problem| problem.line.is_some_and(|line| line <= lines)));
    }
}
