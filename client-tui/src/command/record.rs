//! What there is to say of one command, and how what comes after its name is read.

use jiff::civil::Date;

use super::records::RECORDS;
use super::{Command, Parsed};
use crate::action::Action;

/// What comes after a command's name; completion proposes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    Nothing,
    /// Anything.
    Text,
    /// Somebody's name.
    Person,
    /// The name of a theme.
    Theme,
    /// The name of a command.
    Command,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// What there is to say of a command.
#[derive(Debug)]
pub struct Record {
    /// As it is typed, without the slash.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// How to write it, with what comes after it.
    pub usage: &'static str,
    /// What it does, as a line of the help screen.
    pub description: &'static str,
    /// What comes after it.
    pub argument: Argument,
    pub(super) meaning: Meaning,
}

/// How the words after a name are read.
#[derive(Debug)]
pub(super) enum Meaning {
    /// They are not; there must be none.
    Action(Action),
    /// None mean the action.
    Optional(Action, fn(&str, Date) -> Result<Parsed, String>),
    /// As they are.
    Read(fn(&str, Date) -> Result<Parsed, String>),
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Record {}

impl Record {
    /// The command that is called `name`, whatever its case.
    pub fn named(name: &str) -> Option<&'static Self> {
        RECORDS.iter().find(|record| record.names().any(|other| other.eq_ignore_ascii_case(name)))
    }

    /// Its name, and the others that it has.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name].into_iter().chain(self.aliases.iter().copied())
    }

    /// What it does, in one line.
    pub fn sentence(&self) -> String {
        format!("{}: {}.", self.usage, self.description)
    }

    pub(super) fn read(&self, argument: &str, today: Date) -> Result<Parsed, String> {
        match self.meaning {
            Meaning::Action(action) => nothing(self.name, argument, Command::Action(action)),
            Meaning::Optional(action, _) if argument.is_empty() => done(Command::Action(action)),
            Meaning::Optional(_, read) | Meaning::Read(read) => read(argument, today),
        }
    }
}

/// The command, and nothing to say about it.
pub(super) fn done(command: Command) -> Result<Parsed, String> {
    Ok(Parsed::Command(command))
}

/// The command, unless something comes after its name.
pub(super) fn nothing(name: &str, argument: &str, command: Command) -> Result<Parsed, String> {
    match argument.is_empty() {
        true => done(command),
        false => Err(format!("Nothing comes after /{name}.")),
    }
}
