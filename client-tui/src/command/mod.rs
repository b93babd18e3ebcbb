//! What is written to be done instead of sent: `/people`, `/date yesterday`.
//!
//! [`parse`] tells commands from text; a slip of the finger is never sent. Each command is a
//! [`Record`], from which help and completion come as well. Nothing is carried out here.

mod day;
mod record;
mod records;

use std::path::PathBuf;

use chatter_protocol::{DisplayName, StatusMessage};
use jiff::civil::Date;

pub use day::parse_day;
pub use record::{Argument, Record};
pub use records::{RECORDS, help_lines};

use crate::action::Action;
use crate::clock::Until;
use crate::state::wrap::shorten;

/// Commands that are proposed for one that does not exist.
const NEAR_MAX: usize = 3;

/// Columns of an unknown name that are repeated to who typed it.
const NAME_COLUMNS_MAX: usize = 24;

/// What a draft turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// To be sent, as it stands here.
    Text(String),
    /// To be done.
    Command(Command),
    /// Starts like a command, but there is none of that name. Not to be sent.
    Unknown {
        /// What was asked for.
        name: String,
        /// Commands that may have been meant.
        near: Vec<&'static str>,
    },
    /// A command with something after it that it can't use. Not to be sent.
    BadArgument {
        /// Which.
        record: &'static Record,
        /// Why not, as a sentence.
        problem: String,
    },
}

/// What can be asked for in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The same as a key could ask for.
    Action(Action),
    /// Tell what a command does: [`Record::sentence`].
    Explain(&'static Record),
    /// Show the people whose names start like this.
    People(String),
    /// Open the chat with a person, by username or display name.
    Chat(String),
    /// Silence the open chat, or let it be heard again.
    Mute(bool),
    /// Block a person, by username or display name; without one, whose chat is open.
    Block(Option<String>),
    /// Unblock one, named the same way.
    Unblock(Option<String>),
    /// Show the first message of a day.
    Day(Date),
    /// Say something about the present, and until when, or nothing any more.
    Status(Option<(StatusMessage, Until)>),
    /// Show somebody's profile, by username or display name.
    Profile(String),
    /// Be called this from now on.
    Name(DisplayName),
    /// Look like this; whether there is such a theme is not known here.
    Theme(String),
    /// Take this set of keys: `plain`, `vim` or `emacs`.
    Keys(&'static str),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Copy the message that is this many back, 1 for the newest.
    Copy(usize),
    /// Attach a file to what is being written, with what it shows.
    Attach(PathBuf, Option<String>),
    /// Save what hangs on the chosen message, or on the newest that has something.
    Save,
    /// End this session.
    SignOut,
}

/// Tells what `draft` is. `today` is where the person is.
///
/// Only a single line can be a command. `//` sends what follows with one slash, and a first word
/// with a second slash in it is a path.
pub fn parse(draft: &str, today: Date) -> Parsed {
    let line = draft.trim_end();
    let Some(rest) = line.strip_prefix('/').filter(|rest| !rest.contains('\n')) else {
        return Parsed::Text(draft.to_owned());
    };
    if rest.starts_with('/') {
        return Parsed::Text(rest.to_owned());
    }
    let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if name.contains('/') || !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Parsed::Text(draft.to_owned());
    }
    let Some(record) = Record::named(name) else {
        return Parsed::Unknown { name: name.to_owned(), near: near(name) };
    };
    let parsed = record.read(argument.trim(), today);
    parsed.unwrap_or_else(|problem| Parsed::BadArgument { record, problem })
}

impl Parsed {
    /// What to tell a person whose draft was neither sent nor done.
    pub fn notice(&self) -> Option<String> {
        match self {
            Self::Unknown { name, near } => {
                let name = shorten(name, NAME_COLUMNS_MAX);
                let advice = match near.join(" or /") {
                    names if names.is_empty() => "/help lists what there is.".to_owned(),
                    names => format!("Did you mean /{names}?"),
                };
                Some(format!("There is no /{name}. {advice} To send it as text, start with //."))
            }
            Self::BadArgument { record, problem } => {
                Some(format!("{problem} Use: {}. To send it as text, start with //.", record.usage))
            }
            Self::Text(_) | Self::Command(_) => None,
        }
    }
}

/// Names that are a slip away from `name`, or start with it.
fn near(name: &str) -> Vec<&'static str> {
    let name = name.to_lowercase();
    let distance = |record: &Record| {
        let far = |other: &str| match other.starts_with(&name) {
            true => 0,
            false => strsim::damerau_levenshtein(&name, other),
        };
        record.names().map(far).min().unwrap_or(usize::MAX)
    };
    // Of a word of three letters, two wrong ones leave nothing to go by.
    let distance_max = if name.chars().count() > 3 { 2 } else { 1 };
    let mut near: Vec<_> = RECORDS
        .iter()
        .map(|record| (distance(record), record.name))
        .filter(|(distance, _)| *distance <= distance_max)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, name)| name).take(NEAR_MAX).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn parsed(draft: &str) -> Parsed {
        parse(draft, date(2026, 3, 5))
    }

    fn command(draft: &str) -> Command {
        match parsed(draft) {
            Parsed::Command(command) => command,
            other => panic!("{draft} is {other:?}"),
        }
    }

    fn text(draft: &str) -> String {
        match parsed(draft) {
            Parsed::Text(text) => text,
            other => panic!("{draft} is {other:?}"),
        }
    }

    #[test]
    fn each_command_is_understood() {
        assert_eq!(command("/help"), Command::Action(Action::Help));
        assert!(
            matches!(command("/help /date"), Command::Explain(record) if record.name == "date")
        );
        assert_eq!(command("/people"), Command::Action(Action::People));
        assert_eq!(command("/people gr"), Command::People("gr".into()));
        assert_eq!(command("/chat @grace "), Command::Chat("grace".into()));
        assert_eq!(command("/chat Grace Hopper"), Command::Chat("Grace Hopper".into()));
        assert_eq!(command("/mute"), Command::Mute(true));
        assert_eq!(command("/unmute"), Command::Mute(false));
        assert_eq!(command("/block"), Command::Block(None));
        assert_eq!(command("/block @grace"), Command::Block(Some("grace".into())));
        assert_eq!(command("/unblock Grace Hopper"), Command::Unblock(Some("Grace Hopper".into())));
        assert_eq!(command("/read"), Command::Action(Action::MarkRead));
        assert_eq!(command("/TOP"), Command::Action(Action::ScrollOldest));
        assert_eq!(command("/date yesterday"), Command::Day(date(2026, 3, 4)));
        assert_eq!(command("/date"), Command::Action(Action::JumpToDate));
        assert_eq!(command("/status"), Command::Status(None));
        assert_eq!(command("/profile"), Command::Action(Action::OwnProfile));
        assert_eq!(command("/profile @grace"), Command::Profile("grace".into()));
        assert!(
            matches!(command("/name Ada L."), Command::Name(name) if name.as_str() == "Ada L.")
        );
        assert_eq!(command("/theme dark"), Command::Theme("dark".into()));
        assert_eq!(command("/keys Vim"), Command::Keys("vim"));
        assert_eq!(command("/mouse off"), Command::Mouse(false));
        assert_eq!(command("/mouse"), Command::Action(Action::Mouse));
        assert_eq!(command("/copy"), Command::Copy(1));
        assert_eq!(command("/copy 3"), Command::Copy(3));
        assert_eq!(command("/edit"), Command::Action(Action::Editor));
        assert_eq!(command("/quote"), Command::Action(Action::Quote));
        assert_eq!(command("/settings"), Command::Action(Action::Settings));
        assert_eq!(command("/reconnect"), Command::Action(Action::Reconnect));
        assert_eq!(command("/signout"), Command::SignOut);
        assert_eq!(command("/q"), Command::Action(Action::Quit));
        assert_eq!(text("/shrug so be it"), r"so be it ¯\_(ツ)_/¯");
    }

    #[test]
    fn a_status_has_an_end_if_its_last_words_are_one() {
        let status = |draft: &str| match command(draft) {
            Command::Status(Some((text, until))) => (text.to_string(), until),
            other => panic!("{other:?}"),
        };
        let hours = |hours| Until::In(jiff::SignedDuration::from_hours(hours));
        for (draft, text, until) in [
            ("/status at lunch", "at lunch", Until::Never),
            ("/status at lunch for 1 hour", "at lunch", hours(1)),
            ("/status looking for bugs for 2h", "looking for bugs", hours(2)),
            ("/status waiting for godot", "waiting for godot", Until::Never),
            ("/status off until further notice", "off until further notice", Until::Never),
            ("/status table for 18:00", "table for 18:00", Until::Never),
        ] {
            assert_eq!(status(draft), (text.to_owned(), until), "{draft}");
        }
        let (text, until) = status("/status away until monday");
        assert_eq!((text.as_str(), until), ("away", "monday".parse().expect("an end")));
    }

    #[test]
    fn what_is_text_stays_text() {
        assert_eq!(text("hello"), "hello");
        assert_eq!(text("//people is a command"), "/people is a command");
        assert_eq!(text("/usr/bin/env is there"), "/usr/bin/env is there");
        assert_eq!(text("/people\nand more"), "/people\nand more");
        assert_eq!(text("/ 2"), "/ 2");
        assert_eq!(text(" /people"), " /people");
        assert_eq!(text("/"), "/");
    }

    #[test]
    fn a_slip_is_not_sent_but_explained() {
        let notice = |draft: &str| parsed(draft).notice().unwrap_or_default();
        assert_eq!(
            notice("/peple"),
            "There is no /peple. Did you mean /people? To send it as text, start with //."
        );
        assert_eq!(
            notice("/xyzzy plugh"),
            "There is no /xyzzy. /help lists what there is. To send it as text, start with //."
        );
        assert!(notice("/qiut").contains("/quit"));
        assert!(notice("/re").contains("/read or /reconnect"));
        assert!(notice(&format!("/{}", "long".repeat(1_000))).len() < 150);
    }

    #[test]
    fn what_a_command_cannot_use_is_not_sent_but_explained() {
        let notice = |draft: &str| parsed(draft).notice().unwrap_or_default();
        assert_eq!(
            notice("/read this book"),
            "Nothing comes after /read. Use: /read. To send it as text, start with //."
        );
        for draft in [
            "/chat",
            "/theme",
            "/keys nano",
            "/mouse maybe",
            "/copy 0",
            "/copy all",
            "/name",
            "/date someday",
            "/date 2026-12-24",
            "/help xyzzy",
        ] {
            assert!(notice(draft).contains("Use: /"), "{draft}");
        }
        assert!(notice(&format!("/status {}", "x".repeat(141))).contains("140"));
    }
}
