//! Everything that a person can ask for, by name. Keys are bound to these in
//! [`keymap`](crate::keymap); `update` carries them out.
//!
//! Each action is a [`Record`]: the name that settings use, the sentence that help shows, and the
//! words that go with its key on the last line.

mod records;

pub use records::RECORDS;

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
    /// Show the profile of whoever is chosen, or of the person the chat is with.
    Profile,
    /// Show and change one's own.
    OwnProfile,
    /// Block the person whose profile is open, or end the block.
    Block,
    /// Show what is shared, password and sessions.
    Settings,
    /// Try to connect now instead of waiting.
    Reconnect,
    /// Draw the whole screen again.
    Redraw,
    /// Take the mouse, or hand it back to the terminal.
    Mouse,
    /// Show pictures, or words in their place.
    Pictures,
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

    /// Take off the file that was attached last, and stop its upload.
    Detach,

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
    /// Save what hangs on the chosen message.
    SaveFile,
    /// Show the picture of the chosen message in the desktop's viewer.
    OpenFile,
    /// Show a picture of the chosen message, or the newest one in view, on the whole screen.
    View,
    /// Show the picture before.
    PreviousPicture,
    /// Show the picture after.
    NextPicture,

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
