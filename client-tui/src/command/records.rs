//! The commands there are.

use chatter_protocol::StatusMessage;
use jiff::civil::Date;

use super::day::parse_day;
use super::record::{Argument, Meaning, Record, done, nothing};
use super::{Command, Parsed};
use crate::action::Action;
use crate::clock::Until;
use crate::files::expand;

/// Sets of keys that can be taken.
const KEY_PROFILES: &[&str] = &["plain", "vim", "emacs"];

/// What `/mouse` takes.
const ON_OFF: &[&str] = &["on", "off"];

/// Days that can be named, for completion; many more are understood.
const DAYS: &[&str] = &[
    "yesterday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "today",
];

/// Every command, in the order of the help screen.
pub static RECORDS: &[Record] = &[
    Record {
        name: "help",
        aliases: &["commands"],
        usage: "/help [COMMAND]",
        description: "Help: every key and command, or what one command does",
        argument: Argument::Command,
        meaning: Meaning::Optional(Action::Help, explain),
    },
    Record {
        name: "people",
        aliases: &["who", "users"],
        usage: "/people [NAME]",
        description: "People: find somebody to write to",
        argument: Argument::Person,
        meaning: Meaning::Optional(Action::People, |name, _| {
            done(Command::People(without_at(name)))
        }),
    },
    Record {
        name: "chat",
        aliases: &["msg", "dm"],
        usage: "/chat NAME",
        description: "Open the chat with somebody",
        argument: Argument::Person,
        meaning: Meaning::Read(|name, _| match without_at(name) {
            name if name.is_empty() => Err("Somebody's name is missing.".to_owned()),
            name => done(Command::Chat(name)),
        }),
    },
    Record {
        name: "read",
        aliases: &[],
        usage: "/read",
        description: "Mark the chat as read",
        argument: Argument::Nothing,
        meaning: Meaning::Action(Action::MarkRead),
    },
    Record {
        name: "mute",
        aliases: &[],
        usage: "/mute",
        description: "No notifications for this chat",
        argument: Argument::Nothing,
        meaning: Meaning::Read(|rest, _| nothing("mute", rest, Command::Mute(true))),
    },
    Record {
        name: "unmute",
        aliases: &[],
        usage: "/unmute",
        description: "Notifications for this chat again",
        argument: Argument::Nothing,
        meaning: Meaning::Read(|rest, _| nothing("unmute", rest, Command::Mute(false))),
    },
    Record {
        name: "block",
        aliases: &[],
        usage: "/block [NAME]",
        description: "Block somebody: nothing of theirs reaches you any more",
        argument: Argument::Person,
        meaning: Meaning::Read(|name, _| done(Command::Block(somebody(name)))),
    },
    Record {
        name: "unblock",
        aliases: &[],
        usage: "/unblock [NAME]",
        description: "Unblock somebody",
        argument: Argument::Person,
        meaning: Meaning::Read(|name, _| done(Command::Unblock(somebody(name)))),
    },
    Record {
        name: "date",
        aliases: &["day", "goto"],
        usage: "/date DAY (2026-03-01, yesterday, monday, 3 days ago)",
        description: "Go to a day",
        argument: Argument::Word(DAYS),
        meaning: Meaning::Optional(Action::JumpToDate, |day, today| {
            done(Command::Day(parse_day(day, today)?))
        }),
    },
    Record {
        name: "top",
        aliases: &["first"],
        usage: "/top",
        description: "To the first message",
        argument: Argument::Nothing,
        meaning: Meaning::Action(Action::ScrollOldest),
    },
    Record {
        name: "quote",
        aliases: &[],
        usage: "/quote",
        description: "Quote the chosen message",
        argument: Argument::Nothing,
        meaning: Meaning::Action(Action::Quote),
    },
    Record {
        name: "copy",
        aliases: &[],
        usage: "/copy [NUMBER]",
        description: "Copy the newest message, or the one that many back",
        argument: Argument::Text,
        meaning: Meaning::Read(|number, _| match number.parse() {
            Ok(back) if back > 0 => done(Command::Copy(back)),
            _ if number.is_empty() => done(Command::Copy(1)),
            _ => Err("Which message? 1 is the newest.".to_owned()),
        }),
    },
    Record {
        name: "attach",
        aliases: &["file"],
        usage: "/attach FILE [-- WHAT IT SHOWS]",
        description: "Attach a picture or another file to the message",
        argument: Argument::Text,
        meaning: Meaning::Read(attach),
    },
    Record {
        name: "detach",
        aliases: &[],
        usage: "/detach",
        description: "Take the last attached file off again",
        argument: Argument::Nothing,
        meaning: Meaning::Action(Action::Detach),
    },
    Record {
        name: "save",
        aliases: &[],
        usage: "/save",
        description: "Save the files of the newest message that has some",
        argument: Argument::Nothing,
        meaning: Meaning::Read(|rest, _| nothing("save", rest, Command::Save)),
    },
    Record {
        name: "view",
        aliases: &[],
        usage: "/view",
        description: "Show the newest picture in view on the whole screen",
        argument: Argument::Nothing,
        meaning: Meaning::Action(Action::View),
    },
    Record {
        name: "pictures",
        aliases: &["images"],
        usage: "/pictures",
        description: "Pictures off, or on again",
        argument: Argument::Nothing,
        meaning: Meaning::Action(Action::Pictures),
    },
    Record {
        name: "edit",
        aliases: &["editor"],
        usage: "/edit",
        description: "Write the message in $EDITOR",
        argument: Argument::Nothing,
        meaning: Meaning::Action(Action::Editor),
    },
    Record {
        name: "shrug",
        aliases: &[],
        usage: "/shrug [TEXT]",
        description: r"Send the text, with ¯\_(ツ)_/¯ after it",
        argument: Argument::Text,
        meaning: Meaning::Read(|text, _| {
            Ok(Parsed::Text(format!(r"{text} ¯\_(ツ)_/¯").trim_start().to_owned()))
        }),
    },
    Record {
        name: "status",
        aliases: &[],
        usage: "/status [TEXT] [for 2h | until 18:00]",
        description: "Say what you are doing, and until when; without text, nothing any more",
        argument: Argument::Text,
        meaning: Meaning::Read(|text, _| match text.is_empty() {
            true => done(Command::Status(None)),
            false => done(Command::Status(Some(status(text)?))),
        }),
    },
    Record {
        name: "profile",
        aliases: &["whois"],
        usage: "/profile [NAME]",
        description: "Profile of somebody, or your own to change it",
        argument: Argument::Person,
        meaning: Meaning::Optional(Action::OwnProfile, |name, _| {
            done(Command::Profile(without_at(name)))
        }),
    },
    Record {
        name: "name",
        aliases: &["nick"],
        usage: "/name TEXT",
        description: "Change what others see you called",
        argument: Argument::Text,
        meaning: Meaning::Read(|text, _| done(Command::Name(text.parse().map_err(sentence)?))),
    },
    Record {
        name: "theme",
        aliases: &["colours", "colors"],
        usage: "/theme NAME",
        description: "Change the colours",
        argument: Argument::Theme,
        meaning: Meaning::Read(|name, _| match name.is_empty() {
            true => Err("A theme's name is missing.".to_owned()),
            false => done(Command::Theme(name.to_owned())),
        }),
    },
    Record {
        name: "keys",
        aliases: &[],
        usage: "/keys plain|vim|emacs",
        description: "Change the keys",
        argument: Argument::Word(KEY_PROFILES),
        meaning: Meaning::Read(|word, _| done(Command::Keys(one_of(KEY_PROFILES, word)?))),
    },
    Record {
        name: "mouse",
        aliases: &[],
        usage: "/mouse [on|off]",
        description: "Take the mouse, or leave it to the terminal",
        argument: Argument::Word(ON_OFF),
        meaning: Meaning::Optional(Action::Mouse, |word, _| {
            done(Command::Mouse(one_of(ON_OFF, word)? == "on"))
        }),
    },
    Record {
        name: "settings",
        aliases: &[],
        usage: "/settings",
        description: "Settings: profile, privacy, password, sessions",
        argument: Argument::Nothing,
        meaning: Meaning::Action(Action::Settings),
    },
    Record {
        name: "reconnect",
        aliases: &["connect"],
        usage: "/reconnect",
        description: "Connect now instead of waiting",
        argument: Argument::Nothing,
        meaning: Meaning::Action(Action::Reconnect),
    },
    Record {
        name: "signout",
        aliases: &["logout"],
        usage: "/signout",
        description: "Sign out on this device",
        argument: Argument::Nothing,
        meaning: Meaning::Read(|rest, _| nothing("signout", rest, Command::SignOut)),
    },
    Record {
        name: "quit",
        aliases: &["q", "exit"],
        usage: "/quit",
        description: "Quit",
        argument: Argument::Nothing,
        meaning: Meaning::Action(Action::Quit),
    },
];

/// How each command is written, other names included, and what it does.
pub fn help_lines() -> impl Iterator<Item = (String, &'static str)> {
    RECORDS.iter().map(|record| {
        let others = record.aliases.iter().map(|alias| format!("  /{alias}"));
        (others.fold(record.usage.to_owned(), |line, other| line + &other), record.description)
    })
}

fn attach(text: &str, _: Date) -> Result<Parsed, String> {
    let (path, alt) = match text.split_once(" -- ") {
        Some((path, alt)) => (path.trim(), Some(alt.trim())),
        None => (text, None),
    };
    // As a shell would take it, where that is one word; else with the blanks that it has.
    let path = match shlex::split(path).as_deref() {
        Some([word]) => word.clone(),
        _ => path.to_owned(),
    };
    match path.is_empty() {
        true => Err("Which file?".to_owned()),
        false => done(Command::Attach(expand(&path), alt.map(str::to_owned))),
    }
}

fn explain(name: &str, _: Date) -> Result<Parsed, String> {
    match Record::named(name.trim_start_matches('/')) {
        Some(record) => done(Command::Explain(record)),
        None => Err("There is no such command.".to_owned()),
    }
}

/// A status message, and the end that its last words say; words that are no end are part of it.
fn status(text: &str) -> Result<(StatusMessage, Until), String> {
    let length = || {
        let (text, words) = text.rsplit_once(" for ")?;
        words.parse().ok().filter(|until| matches!(until, Until::In(_))).map(|until| (text, until))
    };
    let moment = || {
        let (text, words) = text.rsplit_once(" until ")?;
        words.parse().ok().map(|until: Until| (text, until))
    };
    let (text, until) = length().or_else(moment).unwrap_or((text, Until::Never));
    Ok((text.parse().map_err(sentence)?, until))
}

fn without_at(name: &str) -> String {
    name.strip_prefix('@').unwrap_or(name).to_owned()
}

/// Somebody's name, if one was given.
fn somebody(name: &str) -> Option<String> {
    Some(without_at(name)).filter(|name| !name.is_empty())
}

fn one_of(words: &'static [&'static str], word: &str) -> Result<&'static str, String> {
    let found = words.iter().find(|known| known.eq_ignore_ascii_case(word));
    found.copied().ok_or_else(|| format!("It takes {}.", words.join(" or ")))
}

fn sentence(error: impl std::error::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_commands_share_a_name_and_each_is_explained() {
        let names: Vec<_> = RECORDS.iter().flat_map(Record::names).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        for record in RECORDS {
            assert!(record.usage.starts_with(&format!("/{}", record.name)), "{}", record.name);
            assert!(!record.description.is_empty());
        }
        assert_eq!(help_lines().count(), RECORDS.len());
    }
}
