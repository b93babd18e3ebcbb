//! Everything that a person can ask for, by name. Keys are bound to these in
//! [`keymap`](crate::keymap); `update` carries them out.
//!
//! Each action is a [`Record`]: the name that settings use, the sentence that help shows, and the
//! words that go with its key on the last line.

use crate::state::{Edit, Motion};

/// Something that a key, a click or a command can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Leave the program.
    Quit,
    /// Show every key.
    Help,
    /// Find a chat, a person or a command by a few letters.
    Switcher,
    /// Show the directory of people.
    People,
    /// Show profile, password and sessions.
    Settings,
    /// Try to connect now instead of waiting.
    Reconnect,
    /// Draw the whole screen again.
    Redraw,
    /// Take the mouse, or hand it back to the terminal.
    Mouse,
    /// Open the chat below in the list.
    NextChat,
    /// Open the chat above in the list.
    PreviousChat,
    /// Open the next chat with unread messages.
    NextUnread,
    /// Stop or start notifications for the open or chosen chat.
    Mute,
    /// Mark the open or chosen chat as read.
    MarkRead,
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
    /// Write the message in an editor of one's own.
    Editor,
    /// Take up what was sent before.
    HistoryPrevious,
    /// Take up what was sent after that.
    HistoryNext,
    /// Show one row further up.
    ScrollUp,
    /// Show one row further down.
    ScrollDown,
    /// Show one page further up.
    ScrollPageUp,
    /// Show one page further down.
    ScrollPageDown,
    /// Show the first message of the chat.
    ScrollOldest,
    /// Show the newest message.
    ScrollNewest,
    /// Ask for a day and show its first message.
    JumpToDate,
    /// Send a refused message again.
    RetryRefused,
    /// Take a refused message out of the chat, back into the message line if that is empty.
    DropRefused,

    /// Choose a message, to copy, unfold or quote it.
    ChooseMessage,
    /// Show all of a long message, or its beginning.
    ToggleFold,
    /// Copy what is selected, or the chosen message.
    Copy,
    /// Copy the code of the chosen message, exactly as it was written.
    CopyCode,
    /// Copy the first address in the chosen message.
    CopyLink,
    /// Quote the chosen message in the message line.
    Quote,

    /// Take the proposed completion.
    Complete,
    /// Choose the completion below.
    NextCompletion,
    /// Choose the completion above.
    PreviousCompletion,

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
    /// Cut what is selected.
    Cut,
    /// Keys are commands from now on (Vim's normal mode).
    Normal,
    /// Keys are text again, at this place.
    Insert(InsertAt),
    /// Delete, and write in its place.
    Change(Motion),
    /// Empty the line, and write in its place.
    ChangeLine,
}

/// Where writing goes on after commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InsertAt {
    /// Before the character under the cursor.
    Here,
    /// After it.
    After,
    /// At the start of the line.
    LineStart,
    /// At its end.
    LineEnd,
    /// In a new line below.
    LineBelow,
    /// In a new line above.
    LineAbove,
}

/// What there is to say of an action.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Which.
    pub action: Action,
    /// As settings name it.
    pub name: &'static str,
    /// What it does, as a line of the help screen.
    pub description: &'static str,
    /// The one or two words that go with its key in the status line.
    pub hint: &'static str,
}

const fn record(
    action: Action,
    name: &'static str,
    hint: &'static str,
    description: &'static str,
) -> Record {
    Record { action, name, description, hint }
}

/// Every action.
pub const RECORDS: &[Record] = &[
    record(Action::Quit, "quit", "quit", "Quit"),
    record(Action::Help, "help", "help", "Help: every key"),
    record(Action::Switcher, "switcher", "find", "Find a chat, a person or a command"),
    record(Action::People, "people", "people", "People: find somebody to write to"),
    record(
        Action::Settings,
        "settings",
        "settings",
        "Settings: profile, privacy, password, sessions, sign out",
    ),
    record(Action::Reconnect, "reconnect", "connect now", "Connect now instead of waiting"),
    record(Action::Redraw, "redraw", "redraw", "Draw the screen again"),
    record(Action::Mouse, "mouse", "mouse", "Hand the mouse back to the terminal, or take it"),
    record(Action::NextChat, "next-chat", "next chat", "Next chat in the list"),
    record(Action::PreviousChat, "previous-chat", "previous chat", "Previous chat in the list"),
    record(Action::NextUnread, "next-unread", "next unread", "Next chat with unread messages"),
    record(Action::Mute, "mute", "mute", "Mute the chat, or let it be heard again"),
    record(Action::MarkRead, "mark-read", "mark read", "Mark the chat as read"),
    record(Action::SwitchPane, "switch-pane", "switch pane", "Between the list and the chat"),
    record(Action::Back, "back", "back", "Close, or back to the list"),
    record(Action::Up, "up", "up", "Up"),
    record(Action::Down, "down", "down", "Down"),
    record(Action::PageUp, "page-up", "page up", "One page up"),
    record(Action::PageDown, "page-down", "page down", "One page down"),
    record(Action::First, "first", "first", "First"),
    record(Action::Last, "last", "last", "Last"),
    record(Action::Open, "open", "open", "Open"),
    record(Action::Send, "send", "send", "Send the message"),
    record(Action::NewLine, "new-line", "new line", "New line in the message"),
    record(Action::Editor, "editor", "editor", "Write the message in $EDITOR"),
    record(
        Action::HistoryPrevious,
        "history-previous",
        "sent before",
        "Take up what was sent before",
    ),
    record(Action::HistoryNext, "history-next", "sent after", "Take up what was sent after that"),
    record(Action::ScrollUp, "scroll-up", "scroll up", "Scroll up"),
    record(Action::ScrollDown, "scroll-down", "scroll down", "Scroll down"),
    record(
        Action::ScrollPageUp,
        "scroll-page-up",
        "older",
        "Scroll one page up; older messages load",
    ),
    record(Action::ScrollPageDown, "scroll-page-down", "newer", "Scroll one page down"),
    record(Action::ScrollOldest, "scroll-oldest", "first message", "To the first message"),
    record(Action::ScrollNewest, "scroll-newest", "newest", "To the newest message"),
    record(Action::JumpToDate, "jump-to-date", "go to a day", "Go to a day"),
    record(Action::RetryRefused, "retry-refused", "send again", "Send a refused message again"),
    record(Action::DropRefused, "drop-refused", "take back", "Take a refused message back"),
    record(
        Action::ChooseMessage,
        "choose-message",
        "choose message",
        "Choose a message, to copy, unfold or quote it",
    ),
    record(Action::ToggleFold, "toggle-fold", "unfold", "Show all of a long message, or less"),
    record(Action::Copy, "copy", "copy", "Copy what is selected, or the chosen message"),
    record(Action::CopyCode, "copy-code", "copy code", "Copy the code in the chosen message"),
    record(Action::CopyLink, "copy-link", "copy link", "Copy the link in the chosen message"),
    record(Action::Quote, "quote", "quote", "Quote the chosen message"),
    record(Action::Complete, "complete", "complete", "Take the completion"),
    record(Action::NextCompletion, "next-completion", "next", "Next completion"),
    record(Action::PreviousCompletion, "previous-completion", "previous", "Previous completion"),
    record(Action::NextField, "next-field", "next", "Next field"),
    record(Action::PreviousField, "previous-field", "previous", "Previous field"),
    record(Action::Submit, "submit", "go on", "Go on"),
    record(
        Action::SwitchForm,
        "switch-form",
        "sign in / sign up",
        "Between signing in and signing up",
    ),
    record(Action::EndSession, "end-session", "sign out", "Sign out the chosen session"),
    record(
        Action::EndOtherSessions,
        "end-other-sessions",
        "sign out others",
        "Sign out all other sessions",
    ),
    record(Action::Confirm, "confirm", "yes", "Yes"),
    record(Action::Edit(Edit::Move(Motion::Left)), "left", "left", "One character left"),
    record(Action::Edit(Edit::Move(Motion::Right)), "right", "right", "One character right"),
    record(
        Action::Edit(Edit::Move(Motion::Up)),
        "line-up",
        "up",
        "One row up; above the first row, scroll",
    ),
    record(
        Action::Edit(Edit::Move(Motion::Down)),
        "line-down",
        "down",
        "One row down; below the last row, scroll",
    ),
    record(Action::Edit(Edit::Move(Motion::WordLeft)), "word-left", "word left", "One word left"),
    record(
        Action::Edit(Edit::Move(Motion::WordRight)),
        "word-right",
        "word right",
        "One word right",
    ),
    record(
        Action::Edit(Edit::Move(Motion::LineStart)),
        "line-start",
        "line start",
        "Start of the line",
    ),
    record(Action::Edit(Edit::Move(Motion::LineEnd)), "line-end", "line end", "End of the line"),
    record(Action::Edit(Edit::Move(Motion::Start)), "start", "start", "Start of the text"),
    record(Action::Edit(Edit::Move(Motion::End)), "end", "end", "End of the text"),
    record(
        Action::Edit(Edit::Select(Motion::Left)),
        "select-left",
        "select",
        "Select the character to the left",
    ),
    record(
        Action::Edit(Edit::Select(Motion::Right)),
        "select-right",
        "select",
        "Select the character to the right",
    ),
    record(Action::Edit(Edit::Select(Motion::Up)), "select-up", "select", "Select one row up"),
    record(
        Action::Edit(Edit::Select(Motion::Down)),
        "select-down",
        "select",
        "Select one row down",
    ),
    record(
        Action::Edit(Edit::Select(Motion::WordLeft)),
        "select-word-left",
        "select",
        "Select the word to the left",
    ),
    record(
        Action::Edit(Edit::Select(Motion::WordRight)),
        "select-word-right",
        "select",
        "Select the word to the right",
    ),
    record(
        Action::Edit(Edit::Select(Motion::LineStart)),
        "select-line-start",
        "select",
        "Select to the start of the line",
    ),
    record(
        Action::Edit(Edit::Select(Motion::LineEnd)),
        "select-line-end",
        "select",
        "Select to the end of the line",
    ),
    record(
        Action::Edit(Edit::Select(Motion::Start)),
        "select-start",
        "select",
        "Select to the start of the text",
    ),
    record(
        Action::Edit(Edit::Select(Motion::End)),
        "select-end",
        "select",
        "Select to the end of the text",
    ),
    record(Action::Edit(Edit::SelectAll), "select-all", "select all", "Select everything"),
    record(
        Action::Edit(Edit::Delete(Motion::Left)),
        "delete-back",
        "delete",
        "Delete the character before",
    ),
    record(
        Action::Edit(Edit::Delete(Motion::Right)),
        "delete-forward",
        "delete",
        "Delete the character after",
    ),
    record(
        Action::Edit(Edit::Delete(Motion::WordLeft)),
        "delete-word",
        "delete word",
        "Delete the word before",
    ),
    record(
        Action::Edit(Edit::Delete(Motion::WordRight)),
        "delete-word-forward",
        "delete word",
        "Delete the word after",
    ),
    record(
        Action::Edit(Edit::Delete(Motion::LineStart)),
        "delete-to-start",
        "delete",
        "Delete to the start of the line",
    ),
    record(
        Action::Edit(Edit::Delete(Motion::LineEnd)),
        "delete-to-end",
        "delete",
        "Delete to the end of the line",
    ),
    record(Action::Edit(Edit::DeleteLine), "delete-line", "delete line", "Delete the line"),
    record(Action::Cut, "cut", "cut", "Cut what is selected"),
    record(Action::Edit(Edit::Paste), "paste", "paste", "Put in what was cut or deleted last"),
    record(Action::Edit(Edit::Undo), "undo", "undo", "Undo"),
    record(Action::Edit(Edit::Redo), "redo", "redo", "Redo"),
    record(Action::Normal, "normal", "commands", "Keys are commands"),
    record(Action::Insert(InsertAt::Here), "insert", "write", "Write here"),
    record(Action::Insert(InsertAt::After), "insert-after", "write", "Write after the cursor"),
    record(
        Action::Insert(InsertAt::LineStart),
        "insert-line-start",
        "write",
        "Write at the start of the line",
    ),
    record(
        Action::Insert(InsertAt::LineEnd),
        "insert-line-end",
        "write",
        "Write at the end of the line",
    ),
    record(Action::Insert(InsertAt::LineBelow), "insert-below", "write", "Write in a line below"),
    record(Action::Insert(InsertAt::LineAbove), "insert-above", "write", "Write in a line above"),
    record(
        Action::Change(Motion::Right),
        "change-character",
        "change",
        "Write in place of the character",
    ),
    record(
        Action::Change(Motion::WordRight),
        "change-word",
        "change",
        "Write in place of the word after",
    ),
    record(
        Action::Change(Motion::LineEnd),
        "change-to-end",
        "change",
        "Write in place of the rest of the line",
    ),
    record(Action::ChangeLine, "change-line", "change", "Write in place of the line"),
];

impl Action {
    /// The action that settings call `name`.
    pub fn named(name: &str) -> Option<Self> {
        RECORDS.iter().find(|record| record.name == name).map(|record| record.action)
    }

    /// As settings name it.
    pub fn name(self) -> &'static str {
        self.record().map_or("", |record| record.name)
    }

    /// What it does, as a line of the help screen.
    pub fn description(self) -> &'static str {
        self.record().map_or("", |record| record.description)
    }

    /// The one or two words that go with its key in the status line.
    pub fn hint(self) -> &'static str {
        self.record().map_or("", |record| record.hint)
    }

    fn record(self) -> Option<&'static Record> {
        RECORDS.iter().find(|record| record.action == self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_actions_are_one_to_one() {
        let names: HashSet<_> = RECORDS.iter().map(|record| record.name).collect();
        let actions: HashSet<_> = RECORDS.iter().map(|record| record.action).collect();
        assert_eq!((names.len(), actions.len()), (RECORDS.len(), RECORDS.len()));
        for record in RECORDS {
            assert_eq!(Action::named(record.name), Some(record.action));
            assert!(!record.description.is_empty() && !record.hint.is_empty());
        }
    }
}
