//! Everything that a person can ask for, by name. Keys are bound to these in
//! [`keymap`](crate::keymap); `update` carries them out.

use crate::state::Edit;

/// Something that a key can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Leave the program.
    Quit,
    /// Show every key.
    Help,
    /// Show the directory of people.
    People,
    /// Show profile, password and sessions.
    Settings,
    /// Try to connect now instead of waiting.
    Reconnect,
    /// Open the chat below in the list.
    NextChat,
    /// Open the chat above in the list.
    PreviousChat,
    /// Open the next chat with unread messages.
    NextUnread,
    /// Move between the list and the chat.
    SwitchPane,
    /// Close what is open on top, or go back to the list.
    Back,

    /// Choose the row above.
    Up,
    /// Choose the row below.
    Down,
    /// Choose a row one page up.
    PageUp,
    /// Choose a row one page down.
    PageDown,
    /// Choose the first row.
    First,
    /// Choose the last row.
    Last,
    /// Open the chosen row.
    Open,

    /// Send what is written.
    Send,
    /// Start a new line in the message.
    NewLine,
    /// Show one row further up.
    ScrollUp,
    /// Show one row further down.
    ScrollDown,
    /// Show one page further up.
    ScrollPageUp,
    /// Show one page further down.
    ScrollPageDown,
    /// Show the oldest message loaded, and load older ones.
    ScrollOldest,
    /// Show the newest message.
    ScrollNewest,
    /// Send a refused message again.
    RetryRefused,
    /// Take a refused message out of the chat, back into the message line if that is empty.
    DropRefused,

    /// Move to the next field.
    NextField,
    /// Move to the previous field.
    PreviousField,
    /// Send the form, or move to the next field that needs a value.
    Submit,
    /// Change between signing in and signing up.
    SwitchForm,

    /// End the chosen session.
    EndSession,
    /// End all sessions but this one.
    EndOtherSessions,

    /// Do what was asked about.
    Confirm,

    /// Change or move in a text.
    Edit(Edit),
}

impl Action {
    /// What it does, as a line of the help screen.
    pub fn description(self) -> &'static str {
        match self {
            Self::Quit => "Quit",
            Self::Help => "Help: every key",
            Self::People => "People: find somebody to write to",
            Self::Settings => "Settings: profile, password, sessions, sign out",
            Self::Reconnect => "Connect now instead of waiting",
            Self::NextChat => "Next chat in the list",
            Self::PreviousChat => "Previous chat in the list",
            Self::NextUnread => "Next chat with unread messages",
            Self::SwitchPane => "Between the list and the chat",
            Self::Back => "Close, or back to the list",
            Self::Up => "Up",
            Self::Down => "Down",
            Self::PageUp => "One page up",
            Self::PageDown => "One page down",
            Self::First => "First",
            Self::Last => "Last",
            Self::Open => "Open",
            Self::Send => "Send the message",
            Self::NewLine => "New line in the message",
            Self::ScrollUp => "Scroll up",
            Self::ScrollDown => "Scroll down",
            Self::ScrollPageUp => "Scroll one page up; older messages load",
            Self::ScrollPageDown => "Scroll one page down",
            Self::ScrollOldest => "To the oldest message loaded",
            Self::ScrollNewest => "To the newest message",
            Self::RetryRefused => "Send a refused message again",
            Self::DropRefused => "Take a refused message back",
            Self::NextField => "Next field",
            Self::PreviousField => "Previous field",
            Self::Submit => "Go on",
            Self::SwitchForm => "Between signing in and signing up",
            Self::EndSession => "Sign out the chosen session",
            Self::EndOtherSessions => "Sign out all other sessions",
            Self::Confirm => "Yes",
            Self::Edit(edit) => edit_description(edit),
        }
    }

    /// The one or two words that go with its key in the status line.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Quit => "quit",
            Self::Help => "help",
            Self::People => "people",
            Self::Settings => "settings",
            Self::Reconnect => "connect now",
            Self::NextChat => "next chat",
            Self::PreviousChat => "previous chat",
            Self::NextUnread => "next unread",
            Self::SwitchPane => "switch pane",
            Self::Back => "back",
            Self::Up => "up",
            Self::Down => "down",
            Self::PageUp => "page up",
            Self::PageDown => "page down",
            Self::Open => "open",
            Self::Send => "send",
            Self::NewLine => "new line",
            Self::ScrollNewest => "newest",
            Self::ScrollPageUp => "older",
            Self::RetryRefused => "send again",
            Self::DropRefused => "take back",
            Self::NextField => "next",
            Self::Submit => "go on",
            Self::SwitchForm => "sign in / sign up",
            Self::EndSession => "sign out",
            Self::EndOtherSessions => "sign out others",
            Self::Confirm => "yes",
            other => other.description(),
        }
    }
}

fn edit_description(edit: Edit) -> &'static str {
    match edit {
        Edit::Left => "One character left",
        Edit::Right => "One character right",
        Edit::Up => "One row up; above the first row, scroll",
        Edit::Down => "One row down; below the last row, scroll",
        Edit::WordLeft => "One word left",
        Edit::WordRight => "One word right",
        Edit::LineStart => "Start of the line",
        Edit::LineEnd => "End of the line",
        Edit::DeleteBack => "Delete the character before",
        Edit::DeleteForward => "Delete the character after",
        Edit::DeleteWord => "Delete the word before",
        Edit::DeleteToStart => "Delete to the start of the line",
        Edit::DeleteToEnd => "Delete to the end of the line",
        Edit::Undo => "Undo",
    }
}
