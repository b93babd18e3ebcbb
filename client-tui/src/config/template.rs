//! The file of settings with every default in it, as `chatter config default` prints it.

use std::fmt::Write;

use super::{Config, Kind, RECORDS};
use crate::keymap::{Context, Keymap, written};
use crate::theme::{Depth, ROLES, STYLE_WORDS, Theme, written_style};

/// Columns of a comment.
const COLUMNS: usize = 88;

const HEAD: &str = "\
# Chatter's settings. Each line below is the default: keep the ones that you change.
# What an environment variable says wins over the line, an option over both:
# chatter --set look.theme=dusk. This checks the file: chatter config check.
";

const KEYS: &str = "\
# Your own keys go into a table for each place where they work. One to three keys, one after
# the other, stand for an action; \"none\" takes keys away. A capital letter means Shift.
# These are the plain keys; a profile and your own come over them.
";

const THEMES: &str = "\
# A theme of your own changes some roles of a built-in one; look.theme chooses it by its name.
# See it and its contrast: chatter config themes --check.
";

/// Every setting with its default and what it means, as TOML.
pub fn default_file() -> String {
    let config = Config::default();
    let mut text = HEAD.to_owned();
    let mut section = "";
    // Writing to a string can't fail.
    for record in RECORDS {
        if record.section != section {
            section = record.section;
            let _ = writeln!(text, "\n[{section}]");
        }
        comment(&mut text, record.meaning);
        let allowed = match record.kind {
            Kind::Choice(words) => format!("One of {}. ", words.join(", ")),
            _ => String::new(),
        };
        comment(&mut text, &format!("{allowed}Environment: {}", record.variable));
        let _ = writeln!(text, "{} = {}", record.key, record.toml(&config));
    }
    push_keys(&mut text);
    push_theme(&mut text, &config);
    text
}

fn push_keys(text: &mut String) {
    let _ = write!(text, "\n{KEYS}");
    let keymap = Keymap::default();
    for context in Context::ALL {
        let mut bindings = keymap.in_context(context).peekable();
        if bindings.peek().is_some() {
            let _ = writeln!(text, "#\n#[keys.{}]", context.name());
        }
        for binding in bindings {
            for keys in &binding.keys {
                let _ = writeln!(text, "#\"{}\" = \"{}\"", written(keys), binding.action.name());
            }
        }
    }
    let _ = writeln!(text, "#\n# Actions that have no plain keys, for the table keys.normal:");
    let is_bound = |action| {
        Context::ALL
            .into_iter()
            .any(|context| keymap.in_context(context).any(|binding| binding.action == action))
    };
    let unbound = crate::action::RECORDS.iter().filter(|record| !is_bound(record.action));
    comment(text, &unbound.map(|record| record.name).collect::<Vec<_>>().join(", "));
}

fn push_theme(text: &mut String, config: &Config) {
    let _ = write!(text, "\n{THEMES}");
    comment(text, &format!("{STYLE_WORDS}."));
    let dark = Theme::named(&config.look.dark_theme, config, Depth::True);
    let _ = writeln!(text, "#\n#[themes.mine]\n#base = \"{}\"", config.look.dark_theme);
    for role in ROLES {
        let style = written_style((role.style)(&dark));
        let _ = writeln!(text, "# {}\n#{} = \"{style}\"", role.meaning.trim(), role.name);
    }
    let names: Vec<_> =
        dark.names.iter().map(|style| format!("\"{}\"", written_style(*style))).collect();
    let _ = writeln!(text, "# People's names, one of these for each.\n#names = [");
    for name in names {
        let _ = writeln!(text, "#  {name},");
    }
    let _ = writeln!(text, "#]");
}

/// Text as lines of a comment.
fn comment(text: &mut String, words: &str) {
    for range in crate::state::wrap::wrap(words, COLUMNS) {
        let _ = writeln!(text, "# {}", words[range].trim_end());
    }
}
