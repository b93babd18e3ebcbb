//! What the mouse did, in terms of what is on screen.

use chatter_protocol::{ConversationId, Timestamp};
use ratatui::layout::Position;

use crate::action::Action;

/// What a click is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A chat in the list.
    Chat(ConversationId),
    /// The messages.
    Timeline,
    /// The text of the message line, at this row and column of its shown part.
    Composer,
    /// A row of what lies over the main screen.
    Row(usize),
    /// A field of a form.
    Field(usize),
    /// Something that names an action, as the hints do.
    Action(Action),
    /// What lies over the main screen, beside its rows.
    Overlay,
    /// The main screen beside what lies over it.
    Outside,
}

/// Something that the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MouseEvent {
    /// What.
    pub kind: MouseKind,
    /// In which cell of the screen.
    pub at: Position,
    /// What stands there.
    pub target: Option<Target>,
}

/// The button went down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// When.
    pub time: Timestamp,
    /// Where.
    pub at: Position,
    /// On what, while it is still down.
    pub held: Option<Target>,
}

/// What a mouse does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button goes down.
    Press,
    /// It moves with the button down.
    Drag,
    /// The button comes up.
    Release,
    /// The wheel turns up.
    WheelUp,
    /// The wheel turns down.
    WheelDown,
}
