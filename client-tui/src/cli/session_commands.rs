//! What is done with a session: each command, and what it can be told.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use chatter_protocol::{ConversationId, MediaId, NameError, SessionId, Username};
use clap::builder::ValueHint;
use clap::{ArgAction, Args, Subcommand, ValueEnum};

use super::duration::parse_duration;
use super::names::complete_names;
use super::profile_commands::{AvatarArgs, ProfileArgs, StatusArgs};
use crate::script::Place;

/// A username as people write it, also with `@` before it.
///
/// # Errors
/// If it can't be anybody's.
pub fn parse_username(text: &str) -> Result<Username, NameError> {
    text.strip_prefix('@').unwrap_or(text).to_ascii_lowercase().parse()
}

/// What is done with a session.
#[derive(Clone, Debug, Subcommand)]
pub enum SessionCommand {
    /// Say who is signed in, and where
    Whoami,
    /// List the account's signed-in devices and tokens, or end one
    Sessions(SessionsArgs),
    /// Make a token with which a machine can use the account
    #[command(subcommand)]
    Token(TokenCommand),
    /// Send a message; exit 0 means that the server has stored it
    Send(SendArgs),
    /// Ask somebody, wait for the answer, print it, and exit by it
    Ask(AskArgs),
    /// Print messages of a chat
    Read(ReadArgs),
    /// List the chats, the most recently active first
    #[command(visible_alias = "list")]
    Chats(ChatsArgs),
    /// List people
    People(PeopleArgs),
    /// Show or set your status message
    Status(StatusArgs),
    /// Show somebody's profile or your own, or change yours
    Profile(ProfileArgs),
    /// Set your picture, or take it away
    Avatar(AvatarArgs),
    /// Print what happens, as it happens
    Follow(FollowArgs),
    /// Save what hangs on a message to files
    Save(SaveArgs),
    /// Write a whole chat to a file or to standard output
    Export(ExportArgs),
    /// Block somebody: nothing of theirs reaches you, and no message of yours them
    #[command(after_help = BLOCK_EXAMPLES)]
    Block(BlockArgs),
    /// Unblock somebody: what they said meanwhile in rooms is there again
    Unblock(BlockArgs),
    /// List the people whom you have blocked
    Blocked,
}

const BLOCK_EXAMPLES: &str = "\
Examples:
  chatter block grace
  chatter blocked --json | jq -r .username
  chatter unblock grace";

/// Somebody to block or unblock.
#[derive(Clone, Debug, Args)]
pub struct BlockArgs {
    /// Whom
    #[arg(value_name = "USER", value_parser = parse_username, add = complete_names())]
    pub user: Username,
}

/// Sessions to list or end.
#[derive(Clone, Copy, Debug, Args)]
pub struct SessionsArgs {
    /// End the session or token with this id
    #[arg(long, value_name = "ID")]
    pub end: Option<SessionId>,

    /// End all others than this one
    #[arg(long, conflicts_with = "end")]
    pub end_others: bool,
}

/// What can be done with tokens; `chatter sessions` lists and ends them.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it, once
    Create(TokenCreateArgs),
}

/// The token to make.
#[derive(Clone, Debug, Args)]
pub struct TokenCreateArgs {
    /// What to call it in the list of sessions
    #[arg(long, value_name = "NAME")]
    pub name: String,

    /// How long it is valid
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = parse_duration)]
    pub expires: Duration,

    /// What it may do
    #[arg(
        long,
        value_name = "RIGHT",
        value_delimiter = ',',
        default_values = ["send", "read"],
        action = ArgAction::Append
    )]
    pub rights: Vec<Right>,
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Right {
    /// Send messages
    Send,
    /// Read people, chats and messages
    Read,
}

/// A message to send.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  chatter send grace 'The build is green.'
  make 2>&1 | tail -20 | chatter send grace
  journalctl -fu nginx | chatter send grace --lines
  chatter send grace --file screenshot.png 'The new dashboard'
  chatter send grace --key backup-2026-11-24 --wait read 'The backup is done.'")]
pub struct SendArgs {
    /// To whom; with --conversation this is the text
    #[arg(value_name = "USER", add = complete_names())]
    pub first: Option<String>,

    /// What to say; - or nothing takes it from standard input
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    pub second: Option<String>,

    /// To this chat instead of to a person
    #[arg(long, value_name = "ID")]
    pub conversation: Option<ConversationId>,

    /// Each line of standard input is a message, sent as it comes
    #[arg(long)]
    pub lines: bool,

    /// A picture or another file that hangs on the message; may be given several times. Then nothing is
    /// taken from standard input unless TEXT is -
    #[arg(long = "file", value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["lines", "queue"])]
    pub files: Vec<PathBuf>,

    /// What the file before shows, for those who don't see it
    #[arg(long, value_name = "TEXT", requires = "files")]
    pub alt: Vec<String>,

    /// Names the message, so that sending it again with the same key never shows it twice
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,

    /// Wait until it has reached a device of theirs, or until they have read it
    #[arg(long, value_name = "STATE", conflicts_with = "lines")]
    pub wait: Option<Place>,

    /// Give up after this long: 10s, or with --wait 10m, unless given
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Option<Duration>,

    /// Keep the message on this device first; if the server can't be reached, the next chatter
    /// that can sends it
    #[arg(long, conflicts_with_all = ["key", "wait", "lines"])]
    pub queue: bool,
}

/// A question.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Exit codes: 0 for the first choice (and for any answer with --free), 7 for every other one, 6 when
nobody answered in time.

Example:
  chatter ask grace 'Deploy 4.2 to production?' --timeout 30m && ./deploy.sh")]
pub struct AskArgs {
    /// Whom
    #[arg(value_name = "USER", value_parser = parse_username, add = complete_names())]
    pub user: Username,

    /// What
    #[arg(allow_hyphen_values = true)]
    pub question: String,

    /// The answers to choose from, the approving one first
    #[arg(
        long,
        value_name = "WORDS",
        value_delimiter = ',',
        default_values = ["yes", "no"],
        conflicts_with = "free"
    )]
    pub choices: Vec<String>,

    /// Take the next message, whatever it says
    #[arg(long)]
    pub free: bool,

    /// Stop waiting after this long
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = parse_duration)]
    pub timeout: Duration,

    /// Names the question, so that asking again with the same key goes on waiting for its answer
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// The chat that a command is about.
#[derive(Clone, Debug, Args)]
pub struct ChatArgs {
    /// Whose chat
    #[arg(
        value_name = "USER",
        value_parser = parse_username,
        add = complete_names(),
        required_unless_present = "conversation"
    )]
    pub user: Option<Username>,

    /// This chat instead of one person's
    #[arg(long, value_name = "ID", conflicts_with = "user")]
    pub conversation: Option<ConversationId>,
}

/// Messages to print.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  chatter read grace --limit 5
  chatter read grace --unread --mark-read
  chatter read grace --since 2h --json | jq -r .body")]
pub struct ReadArgs {
    /// Which chat
    #[command(flatten)]
    pub chat: ChatArgs,

    /// At most this many, the newest ones unless --after or --since says where to begin
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub limit: u64,

    /// Only messages before this number
    #[arg(long, value_name = "NUMBER")]
    pub before: Option<u64>,

    /// Only messages after this number, the lowest first
    #[arg(long, value_name = "NUMBER", conflicts_with = "since")]
    pub after: Option<u64>,

    /// Only messages from then on: 2h, yesterday, 2026-11-24, 2026-11-24T09:30:00Z
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,

    /// Only what you have not read
    #[arg(long, conflicts_with_all = ["before", "after", "since"])]
    pub unread: bool,

    /// Mark what is printed, and all before it, as read
    #[arg(long)]
    pub mark_read: bool,
}

/// What to save, and where.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Without a number it is the newest message with something on it. A file that is there is never written
over: the new one gets a number.

Examples:
  chatter save grace
  chatter save grace --to ~/screenshots
  chatter save grace --output - | wc -c")]
pub struct SaveArgs {
    /// Whose chat
    #[arg(
        value_name = "USER",
        value_parser = parse_username,
        add = complete_names(),
        required_unless_present_any = ["conversation", "media"]
    )]
    pub user: Option<Username>,

    /// The number of the message
    #[arg(value_name = "NUMBER")]
    pub number: Option<u64>,

    /// This chat instead of one person's
    #[arg(long, value_name = "ID", conflicts_with = "user")]
    pub conversation: Option<ConversationId>,

    /// This very file, as the JSON of a message names it
    #[arg(long, value_name = "ID", conflicts_with_all = ["user", "conversation"])]
    pub media: Option<MediaId>,

    /// Into this folder, which is made if need be; without it, where the desktop keeps downloads
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub to: Option<PathBuf>,

    /// As this file, or to standard output with -
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "to")]
    pub output: Option<PathBuf>,
}

impl SaveArgs {
    /// Which chat.
    pub fn chat(&self) -> ChatArgs {
        ChatArgs { user: self.user.clone(), conversation: self.conversation }
    }
}

/// Chats to list.
#[derive(Clone, Copy, Debug, Args)]
pub struct ChatsArgs {
    /// Only those with unread messages
    #[arg(long)]
    pub unread: bool,

    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: usize,
}

/// People to list.
#[derive(Clone, Debug, Args)]
pub struct PeopleArgs {
    /// Only those whose name starts like this
    #[arg(value_name = "START", add = complete_names())]
    pub prefix: Option<String>,

    /// Only those who are online
    #[arg(long)]
    pub online: bool,

    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub limit: usize,
}

/// What to follow, and what to do with it.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
A position names how far a reader is. Each JSON line carries the one after it: a program that keeps
the last one it has dealt with, and starts again with --since, misses nothing and sees nothing twice.

Examples:
  chatter follow --json | jq -r 'select(.type == \"message\") | .body'
  chatter follow --state ~/.local/state/chat.position >> chat.log
  chatter follow --from grace --exec ./on-message.sh")]
pub struct FollowArgs {
    /// Only messages of this person, and in the chat with them
    #[arg(long, value_name = "USER", value_parser = parse_username, add = complete_names())]
    pub from: Option<Username>,

    /// Begin after this position, as a JSON line or a state file names it
    #[arg(long, value_name = "POSITION", conflicts_with = "state")]
    pub since: Option<String>,

    /// Keep the position in this file, and begin where it says
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub state: Option<PathBuf>,

    /// Stop after this many messages
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,

    /// Stop after this long
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Option<Duration>,

    /// Show the account as online meanwhile
    #[arg(long)]
    pub online: bool,

    /// Run this command for each message of somebody else, with the message as JSON on its standard
    /// input; no shell is involved. Takes all that follows, or all up to a lone ;
    #[arg(
        long,
        value_name = "COMMAND",
        num_args = 1..,
        allow_hyphen_values = true,
        value_terminator = ";",
        value_hint = ValueHint::CommandName
    )]
    pub exec: Vec<OsString>,

    /// How many commands may run at once; more than one may overtake each other
    #[arg(long, value_name = "N", default_value_t = 1, requires = "exec", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub jobs: u8,

    /// End a command that runs longer than this
    #[arg(long, value_name = "TIME", default_value = "1m", requires = "exec", value_parser = parse_duration)]
    pub exec_timeout: Duration,

    /// Run the command also for messages from before the start
    #[arg(long, requires = "exec")]
    pub exec_replayed: bool,
}

/// A chat to export.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// Which chat
    #[command(flatten)]
    pub chat: ChatArgs,

    /// Markdown, JSON lines or plain text
    #[arg(long, value_name = "FORMAT", default_value = "txt")]
    pub format: ExportFormat,

    /// Write to this new file, which only you can read
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Markdown, a heading for each day
    Md,
    /// One JSON object a line, as `read --json` prints them
    Json,
    /// Plain text
    Txt,
}
