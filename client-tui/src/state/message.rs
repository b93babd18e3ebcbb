//! What comes in ([`Event`], [`Answer`]) and what is to be done outside ([`Effect`], [`Request`]).

use std::path::PathBuf;

use chatter_protocol::rest::{
    ChangePasswordRequest, ConversationsPage, MessagesPage, MuteAnswer, PrivacyChange,
    SessionGrant, SigninRequest, SignupRequest, UpdateMeRequest, UsersPage,
};
use chatter_protocol::{
    Attachment, ClientFrame, ConversationId, ConversationView, ErrorCode, Me, MediaId, Person,
    Position, ServerFrame, Session, SessionId, UserId, UserRef,
};
use crokey::KeyCombination;
use ratatui::layout::Size;

use super::account::LinkState;
use super::attaching::UploadStep;
use super::mouse::MouseEvent;
use crate::pictures::Failed;
use crate::sync::{Change, HistoryRange, Kept, KeptUnsent};
use crate::terminal::{CellSize, Notification, Probed};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key was pressed.
    Key(KeyCombination),
    /// Text was pasted.
    Pasted(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The terminal told what it can.
    Probed(Box<Probed>),
    /// Pictures can be drawn from now on, or not, and so large is a cell.
    Pictures {
        /// Whether the terminal can show them and settings let it.
        can_draw: bool,
        /// Pixels of a cell.
        cell: CellSize,
    },
    /// A picture could not be had.
    PictureFailed(Failed),
    /// Code has its colours: what was laid out before has none yet.
    Highlighted,
    /// The terminal has another size.
    Resized(Size),
    /// The terminal got or lost the keyboard.
    Focus(bool),
    /// The state asked to be woken ([`State::next_change`](super::State::next_change),
    /// [`State::next_chore`](super::State::next_chore)).
    Woken,
    /// The link's state has changed.
    Link(LinkState),
    /// The server said something over the link.
    Frame(Box<ServerFrame>),
    /// A request was answered.
    Answered(Box<Answer>),
    /// The editor that [`Effect::EditExternally`] started has ended: the text, or why there is none,
    /// as a sentence.
    Edited(Result<String, String>),
    /// An upload went on, or is over.
    Upload {
        /// As in [`Effect::Upload`].
        id: u64,
        /// How.
        step: UploadStep,
    },
    /// Whether what was pasted is files, see [`Effect::LookForFiles`]: all of them, or none.
    LookedForFiles {
        /// The files.
        found: Vec<PathBuf>,
        /// What was pasted.
        text: String,
    },
    /// What this device kept of the account, opened after signing in.
    Restored(Box<Kept>),
    /// Unsent messages that a process which is gone left behind; they are this one's now.
    Adopted(Vec<KeptUnsent>),
    /// What was to be kept is on disk.
    Kept,
    /// It could not be written; nothing of it is on disk.
    KeepFailed {
        /// What was to be kept.
        changes: Vec<Change>,
        /// Why not, as a sentence.
        problem: String,
    },
    /// Something to tell the person.
    Notice(String),
    /// All waiting events are applied; a frame is drawn next. What is said once for many events
    /// is said here.
    Settled,
}

/// Something to be done outside of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Leave the program.
    Quit,
    /// Draw the whole screen again: something else may have written on it.
    Redraw,
    /// Put text into the clipboard of the terminal.
    Copy(String),
    /// Give the terminal's window a title.
    Title(String),
    /// Take the mouse, or hand it back to the terminal.
    TakeMouse(bool),
    /// Tell the person of a message, by whatever the terminal has.
    Notify(Notification),
    /// Let the person edit a text in an editor of their own; answered by [`Event::Edited`].
    EditExternally {
        /// The text to start with.
        text: String,
    },
    /// Upload a file; answered by [`Event::Upload`], more than once.
    Upload {
        /// Fresh.
        id: u64,
        /// Where it is.
        path: PathBuf,
        /// What it shows, for those who don't see it.
        alt: Option<String>,
    },
    /// Stop an upload, or do nothing if it is over.
    CancelUpload(u64),
    /// Look whether these files are there; answered by [`Event::LookedForFiles`].
    LookForFiles {
        /// Where they would be.
        paths: Vec<PathBuf>,
        /// The text that may mean them.
        text: String,
    },
    /// Save files where the desktop keeps downloads; answered by [`Event::Notice`].
    Save(Vec<Attachment>),
    /// Show a picture in the desktop's viewer; answered by [`Event::Notice`].
    Open(MediaId),
    /// Say something over the link, if it is up.
    Say(ClientFrame),
    /// Ask something over REST; answered by [`Event::Answered`].
    Ask(Request),
    /// Keep changes on this device; answered by [`Event::Kept`] or [`Event::KeepFailed`].
    Keep(Vec<Change>),
    /// Look for unsent messages of processes that are gone; answered by [`Event::Adopted`] if
    /// there are any.
    Adopt,
    /// Stop waiting for the next attempt.
    Reconnect,
    /// Ask for a sign of life: the person is back.
    CheckLink,
    /// Keep the session that was granted, as the person asked, and go live with it.
    Begin {
        /// The server's address.
        server: String,
        /// The session.
        grant: Box<SessionGrant>,
        /// Up to where the replica is.
        position: Option<Position>,
    },
    /// Drop the link and forget the session on this device; what is kept of the account stays.
    Forget,
    /// The same, and delete what is kept of the account.
    Erase,
}

/// A question to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Sign in at an address.
    SignIn {
        /// The address as typed.
        server: String,
        /// With what.
        body: SigninRequest,
    },
    /// Sign up at an address.
    SignUp {
        /// The address as typed.
        server: String,
        /// With what.
        body: SignupRequest,
    },
    /// End this session, or all.
    SignOut {
        /// On all devices.
        everywhere: bool,
    },
    /// Another password.
    ChangePassword(ChangePasswordRequest),
    /// Another profile.
    UpdateMe(UpdateMeRequest),
    /// Put a picture of mine on, from this file.
    SetAvatar(PathBuf),
    /// Take it off.
    ClearAvatar,
    /// One person.
    Person(UserRef),
    /// Block somebody, or end the block.
    SetBlocked {
        /// Whom.
        user: UserId,
        /// Whether they shall be blocked.
        blocked: bool,
    },
    /// Share more or less from now on.
    SetPrivacy(PrivacyChange),
    /// The signed-in devices.
    Sessions,
    /// Sign one device out.
    EndSession(SessionId),
    /// Sign all other devices out.
    EndOtherSessions,
    /// A page of the directory.
    People {
        /// What names start with.
        prefix: String,
        /// Where the page starts.
        after: Option<String>,
    },
    /// Somebody of whom only the id is known.
    Somebody(UserId),
    /// The conversation with a person.
    OpenConversation(UserId),
    /// A page of the list of conversations.
    Conversations {
        /// Where the page starts.
        after: Option<String>,
    },
    /// One conversation.
    Conversation(ConversationId),
    /// A part of a conversation's history; from this device's store if it is there.
    History {
        /// Where.
        conversation: ConversationId,
        /// Which part.
        range: HistoryRange,
    },
    /// Mute or unmute a conversation, on all my devices.
    SetMuted {
        /// Which one.
        conversation: ConversationId,
        /// Whether it shall be mute.
        muted: bool,
    },
}

/// The answer to a [`Request`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// To `SignIn` and `SignUp`.
    SignedIn(Result<SessionGrant, Failure>),
    /// To `SignOut`.
    SignedOut(Result<(), Failure>),
    /// To `ChangePassword`.
    PasswordChanged(Result<(), Failure>),
    /// To `Person`.
    Person(Box<Result<Person, Failure>>),
    /// To `SetBlocked`.
    Blocked {
        /// As in the request.
        user: UserId,
        /// As in the request.
        blocked: bool,
        /// The account as it is now.
        result: Result<Me, Failure>,
    },
    /// To `UpdateMe`, `SetAvatar` and `ClearAvatar`.
    Profile(Result<Me, Failure>),
    /// To `SetPrivacy`.
    Privacy(Result<Me, Failure>),
    /// To `Sessions`.
    Sessions(Result<Vec<Session>, Failure>),
    /// To `EndSession` and `EndOtherSessions`.
    SessionsEnded(Result<(), Failure>),
    /// To `People`, with what was asked for.
    People {
        /// As in the request.
        prefix: String,
        /// As in the request.
        after: Option<String>,
        /// The page.
        result: Result<UsersPage, Failure>,
    },
    /// To `Somebody`.
    Somebody(Box<Result<Person, Failure>>),
    /// To `OpenConversation`.
    Opened(Result<ConversationView, Failure>),
    /// To `Conversations`.
    Conversations(Result<ConversationsPage, Failure>),
    /// To `Conversation`.
    Conversation(Result<ConversationView, Failure>),
    /// To `SetMuted`.
    Muted {
        /// As in the request.
        conversation: ConversationId,
        /// How it is now.
        result: Result<MuteAnswer, Failure>,
    },
    /// To `History`.
    History {
        /// As in the request.
        conversation: ConversationId,
        /// As in the request.
        range: HistoryRange,
        /// Whether the page comes from this device's store.
        is_kept: bool,
        /// The page.
        result: Result<MessagesPage, Failure>,
    },
}

/// Why a request failed, safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One sentence.
    pub message: String,
    /// The field that was refused.
    pub field: Option<String>,
    /// The server's code; none when it was not the server that failed the request.
    pub code: Option<ErrorCode>,
}
