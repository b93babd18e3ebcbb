//! What can lie over the main screen: people, a profile, settings, help, a question.

use chatter_protocol::{Person, Privacy, Session, SessionId, UserId};

use super::card::{Card, CardMode};
use super::editor::Editor;
use super::form::{Field, FieldName, Form};
use super::pictures::Viewer;
use super::switcher::Switcher;
use crate::keymap::Context;

/// One at a time.
#[derive(Debug)]
pub enum Overlay {
    /// The directory.
    People(People),
    /// Somebody's profile.
    Profile(Box<Card>),
    /// The settings.
    Settings(Settings),
    /// Every key.
    Help {
        /// Rows scrolled away above.
        top: usize,
    },
    /// Finding a chat, a person or a command.
    Switcher(Box<Switcher>),
    /// The day to go to.
    Day(Form),
    /// A picture on the whole screen.
    Viewer(Viewer),
    /// A question before something that can't be undone.
    Question(Question),
}

/// What is asked before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Leave though messages wait to be sent, or are half written.
    Quit {
        /// How many.
        waiting: usize,
        /// Chats with something written that was not sent.
        drafts: usize,
    },
    /// Sign this device, or all, out.
    SignOut {
        /// All devices.
        everywhere: bool,
        /// Messages that wait to be sent and would be lost.
        waiting: usize,
    },
    /// Block somebody.
    Block(UserId),
    /// Unblock somebody, chosen in the settings.
    Unblock(UserId),
}

/// The directory, filtered by what is typed.
#[derive(Debug, Default)]
pub struct People {
    /// What names start with.
    pub filter: Editor,
    /// Who was found, as far as pages came.
    pub found: Vec<Person>,
    /// The chosen row.
    pub chosen: usize,
    /// Where the next page starts.
    pub next: Option<String>,
    /// The filter whose answer is awaited; one request at a time, so that fast typing asks no
    /// more often than the server answers.
    pub asked: Option<String>,
    /// The filter that `found` answers.
    pub answered: Option<String>,
    /// Why nothing came.
    pub problem: Option<String>,
    /// Opening was asked for while the answer to the filter was awaited: what shows may be somebody
    /// else.
    pub opens_when_answered: bool,
    /// The person whose chat is being opened.
    pub opening: Option<UserId>,
}

impl People {
    /// Whether what was found is what the filter says now.
    pub fn is_answered(&self) -> bool {
        self.answered.as_deref() == Some(self.filter.text().trim())
    }

    /// The chosen person.
    pub fn person(&self) -> Option<&Person> {
        self.found.get(self.chosen)
    }
}

/// A row of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsRow {
    /// What the person is called.
    DisplayName,
    /// What the person says about the present.
    StatusMessage,
    /// The rest of what others see.
    Profile,
    /// Whether peers learn what was read.
    Receipts,
    /// Whether others learn that one types.
    Typing,
    /// Whether others learn that one is there.
    Presence,
    /// People who are blocked.
    Blocked,
    /// Change it.
    Password,
    /// Signed-in devices.
    Sessions,
    /// This device.
    SignOut,
    /// All devices.
    SignOutEverywhere,
}

impl SettingsRow {
    /// All of them, in the order to show them.
    pub const ALL: [Self; 11] = [
        Self::DisplayName,
        Self::StatusMessage,
        Self::Profile,
        Self::Receipts,
        Self::Typing,
        Self::Presence,
        Self::Blocked,
        Self::Password,
        Self::Sessions,
        Self::SignOut,
        Self::SignOutEverywhere,
    ];

    /// Whether the row is on, if it is one that is on or off.
    pub fn is_on(self, privacy: Privacy) -> Option<bool> {
        match self {
            Self::Receipts => Some(privacy.receipts),
            Self::Typing => Some(privacy.typing),
            Self::Presence => Some(privacy.presence),
            _ => None,
        }
    }
}

/// The settings: a list, and what is open of it.
#[derive(Debug, Default)]
pub struct Settings {
    /// Index of the chosen row.
    pub chosen: usize,
    /// The password being changed.
    pub form: Option<Form>,
    /// The devices.
    pub sessions: Option<SessionList>,
    /// The chosen one of the people who are blocked, while they show.
    pub blocked: Option<usize>,
    /// The switch that was turned and that the server has not confirmed; one at a time.
    pub turning: Option<SettingsRow>,
}

impl Settings {
    /// The chosen row.
    pub fn row(&self) -> SettingsRow {
        SettingsRow::ALL[self.chosen.min(SettingsRow::ALL.len() - 1)]
    }

    /// With the people who are blocked on top.
    pub fn of_blocked() -> Self {
        let chosen = SettingsRow::ALL.iter().position(|row| *row == SettingsRow::Blocked);
        Self { chosen: chosen.unwrap_or(0), blocked: Some(0), ..Self::default() }
    }

    /// Fields to change the password.
    pub fn password_form() -> Form {
        Form::new(vec![
            Field::masked(FieldName::OldPassword, "Password now"),
            Field::masked(FieldName::NewPassword, "New password (8 characters or more)"),
            Field::masked(FieldName::Repeat, "New password again"),
        ])
    }
}

/// The signed-in devices.
#[derive(Debug, Default)]
pub struct SessionList {
    /// As answered; none before.
    pub sessions: Option<Vec<Session>>,
    /// The chosen row.
    pub chosen: usize,
    /// What failed.
    pub problem: Option<String>,
}

impl SessionList {
    /// The chosen session.
    pub fn session(&self) -> Option<&Session> {
        self.sessions.as_ref()?.get(self.chosen)
    }

    /// The chosen session's id, if it is another than this one.
    pub fn other_session(&self) -> Option<SessionId> {
        self.session().filter(|session| !session.current).map(|session| session.id)
    }
}

impl Overlay {
    /// Where keys have their meaning while it is on top.
    pub fn contexts(&self) -> &'static [Context] {
        match self {
            Self::People(_) | Self::Switcher(_) => {
                &[Context::Picker, Context::Editing, Context::Everywhere]
            }
            Self::Settings(Settings { form: Some(_), .. }) => {
                &[Context::Form, Context::Editing, Context::Everywhere]
            }
            Self::Settings(Settings { sessions: Some(_), .. }) => {
                &[Context::Sessions, Context::Picker, Context::Everywhere]
            }
            Self::Profile(card) => match card.mode {
                CardMode::Choosing => &[Context::Card, Context::Picker, Context::Everywhere],
                CardMode::Editing(_) => &[Context::Form, Context::Editing, Context::Everywhere],
                CardMode::Asking => &[Context::Question, Context::Everywhere],
            },
            Self::Settings(_) => &[Context::Settings, Context::Picker, Context::Everywhere],
            Self::Day(_) => &[Context::Form, Context::Editing, Context::Everywhere],
            Self::Help { .. } => &[Context::Help, Context::Everywhere],
            Self::Viewer(_) => &[Context::Viewer, Context::Everywhere],
            Self::Question(_) => &[Context::Question, Context::Everywhere],
        }
    }
}
