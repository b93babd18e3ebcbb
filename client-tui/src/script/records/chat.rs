//! Messages, chats and people.

use std::path::PathBuf;

use chatter_protocol::frame::Ack;
use chatter_protocol::{
    Attachment, ClientMsgId, ConversationId, ConversationKind, MediaId, Message, MessageId, Person,
    TimeZone, Timestamp, UserId, Username,
};
use serde::Serialize;

use crate::files::in_words;

use crate::script::out::{Look, Record, indented, one_line};

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The server has stored it.
    #[value(skip)]
    Sent,
    /// A device of theirs has it
    Delivered,
    /// They have read it
    Read,
}

/// A message that the server has stored.
#[derive(Debug, Serialize)]
pub(in crate::script) struct SentRecord {
    /// Where.
    pub(in crate::script) conversation: ConversationId,
    /// Its number there.
    pub(in crate::script) conv_seq: u64,
    /// Its id.
    pub(in crate::script) msg_id: MessageId,
    /// The key under which it may be sent again.
    pub(in crate::script) key: ClientMsgId,
    /// Stored at.
    pub(in crate::script) created_at: Timestamp,
    /// How far it is known to have come.
    pub(in crate::script) state: Place,
}

impl SentRecord {
    /// From the server's proof.
    pub(in crate::script) fn new(ack: Ack, state: Place) -> Self {
        Self {
            conversation: ack.conversation,
            conv_seq: ack.conv_seq,
            msg_id: ack.msg_id,
            key: ack.client_msg_id,
            created_at: ack.created_at,
            state,
        }
    }
}

impl Record for SentRecord {
    const TYPE: &'static str = "sent";

    /// A script that wants nothing but the exit code gets nothing.
    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

/// What somebody answered to a question.
#[derive(Debug, Serialize)]
pub(in crate::script) struct AnswerRecord {
    /// The choice, as it was given; or what they wrote.
    pub(in crate::script) answer: String,
    /// Whether it is the first choice, or any with `--free`.
    pub(in crate::script) approved: bool,
    /// Who.
    pub(in crate::script) from: Username,
    /// Where.
    pub(in crate::script) conversation: ConversationId,
    /// Number of the question.
    pub(in crate::script) question_seq: u64,
    /// Number of the answer.
    pub(in crate::script) conv_seq: u64,
}

impl Record for AnswerRecord {
    const TYPE: &'static str = "answer";

    fn plain(&self, _: &Look) -> Option<String> {
        Some(indented(&self.answer, 0))
    }
}

/// A message in its newest form.
#[derive(Clone, Debug, Serialize)]
pub(in crate::script) struct MessageRecord {
    /// Where.
    pub(in crate::script) conversation: ConversationId,
    /// Who the chat is with, or a room's name.
    pub(in crate::script) chat: String,
    /// Its number there.
    pub(in crate::script) conv_seq: u64,
    /// Its id.
    pub(in crate::script) msg_id: MessageId,
    /// Who wrote it.
    pub(in crate::script) from: String,
    /// Whether it is of the signed-in account.
    pub(in crate::script) mine: bool,
    /// What it says; empty once deleted.
    pub(in crate::script) body: String,
    /// What hangs on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::script) attachments: Vec<Attachment>,
    /// Whether it is of somebody whom one blocked, and kept back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::script) withheld: bool,
    /// Number of the message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) reply_to: Option<u64>,
    /// The key that its sender gave it.
    pub(in crate::script) key: ClientMsgId,
    /// Stored at.
    pub(in crate::script) created_at: Timestamp,
    /// Last edited at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) edited_at: Option<Timestamp>,
    /// Taken back at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) deleted_at: Option<Timestamp>,
}

impl MessageRecord {
    /// A message in `chat`, of the person called `from`.
    pub(in crate::script) fn new(message: Message, chat: String, from: String, me: UserId) -> Self {
        Self {
            conversation: message.conversation,
            chat,
            conv_seq: message.conv_seq,
            msg_id: message.msg_id,
            from,
            mine: message.sender == me,
            body: message.body,
            attachments: message.attachments,
            withheld: message.withheld,
            reply_to: message.reply_to,
            key: message.client_msg_id,
            created_at: message.created_at,
            edited_at: message.edited_at,
            deleted_at: message.deleted_at,
        }
    }

    /// What it says, for a person: with what became of it.
    pub(in crate::script) fn said(&self, look: &Look, indent: usize) -> String {
        match (self.deleted_at, self.edited_at) {
            (Some(_), _) => look.dim("(deleted)"),
            (_, Some(_)) => format!("{} {}", indented(&self.all(), indent), look.dim("(edited)")),
            _ => indented(&self.all(), indent),
        }
    }
}

impl MessageRecord {
    /// What it says, and below that what hangs on it, a line each.
    pub(in crate::script) fn all(&self) -> String {
        let words = self.attachments.iter().map(|file| one_line(&in_words(file)));
        let body = (!self.body.trim().is_empty()).then(|| self.body.clone());
        body.into_iter().chain(words).collect::<Vec<_>>().join("\n")
    }
}

/// A file that was saved.
#[derive(Debug, Serialize)]
pub(in crate::script) struct SavedRecord {
    /// Which one.
    pub(in crate::script) media: MediaId,
    /// What its sender called it.
    pub(in crate::script) name: String,
    /// Where it is now.
    pub(in crate::script) path: PathBuf,
    /// Its size.
    pub(in crate::script) bytes: u64,
}

impl Record for SavedRecord {
    const TYPE: &'static str = "saved";

    fn plain(&self, _: &Look) -> Option<String> {
        Some(one_line(&self.path.to_string_lossy()))
    }
}

impl Record for MessageRecord {
    const TYPE: &'static str = "message";

    /// Of somebody whom one blocked nothing is left to say.
    fn plain(&self, look: &Look) -> Option<String> {
        if self.withheld {
            return None;
        }
        let time = look.time(self.created_at);
        let number = format!("{:>5}", self.conv_seq);
        let from = one_line(&self.from);
        let indent = number.len() + time.len() + crate::state::wrap::columns(&from) + 6;
        let said = self.said(look, indent);
        Some(format!("{}  {}  {}  {said}", look.dim(&number), look.dim(&time), look.bold(&from)))
    }
}

/// An entry of the list of chats.
#[derive(Debug, Serialize)]
pub(in crate::script) struct ChatRecord {
    /// Which one.
    pub(in crate::script) conversation: ConversationId,
    /// Direct or room.
    pub(in crate::script) kind: ConversationKind,
    /// Who the chat is with, or a room's name.
    pub(in crate::script) chat: String,
    /// What the person wants to be called; a room's name again.
    pub(in crate::script) display_name: String,
    /// Whether the person is online.
    pub(in crate::script) online: bool,
    /// Messages of others that are not read.
    pub(in crate::script) unread_count: u64,
    /// Up to where one has read.
    pub(in crate::script) read_seq: u64,
    /// Number of the newest message.
    pub(in crate::script) head_seq: u64,
    /// Whether it notifies nowhere.
    pub(in crate::script) muted: bool,
    /// The newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) last_message: Option<MessageRecord>,
}

impl Record for ChatRecord {
    const TYPE: &'static str = "chat";

    /// See `chats`, which aligns them.
    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

/// Somebody, as everybody sees them.
#[derive(Debug, Serialize)]
pub(in crate::script) struct PersonRecord {
    /// The account.
    pub(in crate::script) id: UserId,
    /// Unique name.
    pub(in crate::script) username: Username,
    /// What the person wants to be called.
    pub(in crate::script) display_name: String,
    /// What they say about the present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) status_message: Option<String>,
    /// Until when that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) status_expires_at: Option<Timestamp>,
    /// Where their clock is, if they share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) time_zone: Option<TimeZone>,
    /// Their picture, if they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) avatar: Option<MediaId>,
    /// Whether they are there.
    pub(in crate::script) online: bool,
    /// When they last were, if they share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) last_seen_at: Option<Timestamp>,
    /// Member since.
    pub(in crate::script) created_at: Timestamp,
}

impl PersonRecord {
    /// As they are at `now`.
    pub(in crate::script) fn new(Person { user, presence }: Person, now: Timestamp) -> Self {
        let status_message = user.status_at(now).map(ToString::to_string);
        Self {
            id: user.id,
            username: user.username,
            display_name: user.display_name.to_string(),
            status_expires_at: user.status_expires_at.filter(|_| status_message.is_some()),
            status_message,
            time_zone: user.time_zone,
            avatar: user.avatar,
            online: presence.online,
            last_seen_at: presence.last_seen_at,
            created_at: user.created_at,
        }
    }
}

impl Record for PersonRecord {
    const TYPE: &'static str = "person";

    /// See `people`, which aligns them.
    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}
