//! The records that commands print, version 1. `SCRIPTING.md` shows one of each; a test holds the
//! two together.

use chatter_protocol::frame::{Ack, ResetReason};
use chatter_protocol::{
    ClientMsgId, ConversationId, ConversationKind, Me, Message, MessageId, Person, Rights, Session,
    SessionId, Timestamp, User, UserId, Username,
};
use serde::Serialize;

use super::out::{Look, Record, indented, one_line};
use crate::net::ServerUrl;

/// Who is signed in, and where.
#[derive(Debug, Serialize)]
pub(super) struct AccountRecord {
    /// The server's address.
    pub(super) server: String,
    /// The account's id.
    pub(super) id: UserId,
    /// Its unique name.
    pub(super) username: Username,
    /// What the person wants to be called.
    pub(super) display_name: String,
    /// Private; empty for a token without rights to the account.
    pub(super) email: String,
    /// What the session may do.
    pub(super) rights: Vec<&'static str>,
    /// The session.
    pub(super) session: SessionId,
    /// What the session is called.
    pub(super) device_name: String,
    /// When the session ends, if nothing extends it.
    pub(super) expires_at: Timestamp,
}

impl AccountRecord {
    /// From what the server says.
    pub(super) fn new(server: &ServerUrl, session: Session, me: Me) -> Self {
        Self {
            server: server.to_string(),
            id: me.user.id,
            username: me.user.username,
            display_name: me.user.display_name.to_string(),
            email: me.email,
            rights: words(session.rights),
            session: session.id,
            device_name: session.device_name,
            expires_at: session.expires_at,
        }
    }
}

impl Record for AccountRecord {
    const TYPE: &'static str = "account";

    fn plain(&self, look: &Look) -> Option<String> {
        let email = match self.email.is_empty() {
            true => String::new(),
            false => format!(" <{}>", one_line(&self.email)),
        };
        Some(format!(
            "{} {}{email}\nat {}, as {}, until {}, with the right to {}",
            look.bold(&format!("@{}", self.username)),
            one_line(&self.display_name),
            one_line(&self.server),
            one_line(&self.device_name),
            look.time(self.expires_at),
            self.rights.join(", "),
        ))
    }
}

/// A signed-in device, or a token.
#[derive(Debug, Serialize)]
pub(super) struct SessionRecord {
    /// Names it; no secret.
    pub(super) id: SessionId,
    /// What it is called.
    pub(super) device_name: String,
    /// Whether this is it.
    pub(super) current: bool,
    /// Whether use extends it.
    pub(super) remember: bool,
    /// What it may do.
    pub(super) rights: Vec<&'static str>,
    /// Signed in at.
    pub(super) created_at: Timestamp,
    /// Last used at, to the hour.
    pub(super) last_used_at: Timestamp,
    /// Ends at, if nothing extends it.
    pub(super) expires_at: Timestamp,
}

impl From<Session> for SessionRecord {
    fn from(session: Session) -> Self {
        Self {
            id: session.id,
            device_name: session.device_name,
            current: session.current,
            remember: session.remember,
            rights: words(session.rights),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        }
    }
}

impl Record for SessionRecord {
    const TYPE: &'static str = "session";

    fn plain(&self, look: &Look) -> Option<String> {
        let name = one_line(&self.device_name);
        let here = if self.current { "  (this one)" } else { "" };
        Some(format!(
            "{}  used {}  until {}  {}  {}{here}",
            look.dim(&self.id.to_string()),
            look.time(self.last_used_at),
            look.time(self.expires_at),
            self.rights.join("+"),
            look.bold(&name),
        ))
    }
}

/// A token, told once.
#[derive(Serialize)]
pub(super) struct TokenRecord {
    /// The secret.
    pub(super) token: String,
    /// Its session.
    #[serde(flatten)]
    pub(super) session: SessionRecord,
}

impl Record for TokenRecord {
    const TYPE: &'static str = "token";

    fn plain(&self, _: &Look) -> Option<String> {
        Some(self.token.clone())
    }
}

/// A session that has ended.
#[derive(Debug, Serialize)]
pub(super) struct EndedRecord {
    /// Which one.
    pub(super) id: SessionId,
}

impl Record for EndedRecord {
    const TYPE: &'static str = "ended";

    fn plain(&self, _: &Look) -> Option<String> {
        Some(format!("ended {}", self.id))
    }
}

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
pub(super) struct SentRecord {
    /// Where.
    pub(super) conversation: ConversationId,
    /// Its number there.
    pub(super) conv_seq: u64,
    /// Its id.
    pub(super) msg_id: MessageId,
    /// The key under which it may be sent again.
    pub(super) key: ClientMsgId,
    /// Stored at.
    pub(super) created_at: Timestamp,
    /// How far it is known to have come.
    pub(super) state: Place,
}

impl SentRecord {
    /// From the server's proof.
    pub(super) fn new(ack: Ack, state: Place) -> Self {
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
pub(super) struct AnswerRecord {
    /// The choice, as it was given; or what they wrote.
    pub(super) answer: String,
    /// Whether it is the first choice, or any with `--free`.
    pub(super) approved: bool,
    /// Who.
    pub(super) from: Username,
    /// Where.
    pub(super) conversation: ConversationId,
    /// Number of the question.
    pub(super) question_seq: u64,
    /// Number of the answer.
    pub(super) conv_seq: u64,
}

impl Record for AnswerRecord {
    const TYPE: &'static str = "answer";

    fn plain(&self, _: &Look) -> Option<String> {
        Some(indented(&self.answer, 0))
    }
}

/// A message in its newest form.
#[derive(Clone, Debug, Serialize)]
pub(super) struct MessageRecord {
    /// Where.
    pub(super) conversation: ConversationId,
    /// Who the chat is with, or a room's name.
    pub(super) chat: String,
    /// Its number there.
    pub(super) conv_seq: u64,
    /// Its id.
    pub(super) msg_id: MessageId,
    /// Who wrote it.
    pub(super) from: String,
    /// Whether it is of the signed-in account.
    pub(super) mine: bool,
    /// What it says; empty once deleted.
    pub(super) body: String,
    /// Number of the message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<u64>,
    /// The key that its sender gave it.
    pub(super) key: ClientMsgId,
    /// Stored at.
    pub(super) created_at: Timestamp,
    /// Last edited at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) edited_at: Option<Timestamp>,
    /// Taken back at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deleted_at: Option<Timestamp>,
}

impl MessageRecord {
    /// A message in `chat`, of the person called `from`.
    pub(super) fn new(message: Message, chat: String, from: String, me: UserId) -> Self {
        Self {
            conversation: message.conversation,
            chat,
            conv_seq: message.conv_seq,
            msg_id: message.msg_id,
            from,
            mine: message.sender == me,
            body: message.body,
            reply_to: message.reply_to,
            key: message.client_msg_id,
            created_at: message.created_at,
            edited_at: message.edited_at,
            deleted_at: message.deleted_at,
        }
    }

    /// What it says, for a person: with what became of it.
    pub(super) fn said(&self, look: &Look, indent: usize) -> String {
        match (self.deleted_at, self.edited_at) {
            (Some(_), _) => look.dim("(deleted)"),
            (_, Some(_)) => format!("{} {}", indented(&self.body, indent), look.dim("(edited)")),
            _ => indented(&self.body, indent),
        }
    }
}

impl Record for MessageRecord {
    const TYPE: &'static str = "message";

    fn plain(&self, look: &Look) -> Option<String> {
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
pub(super) struct ChatRecord {
    /// Which one.
    pub(super) conversation: ConversationId,
    /// Direct or room.
    pub(super) kind: ConversationKind,
    /// Who the chat is with, or a room's name.
    pub(super) chat: String,
    /// What the person wants to be called; a room's name again.
    pub(super) display_name: String,
    /// Whether the person is online.
    pub(super) online: bool,
    /// Messages of others that are not read.
    pub(super) unread_count: u64,
    /// Up to where one has read.
    pub(super) read_seq: u64,
    /// Number of the newest message.
    pub(super) head_seq: u64,
    /// Whether it notifies nowhere.
    pub(super) muted: bool,
    /// The newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_message: Option<MessageRecord>,
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
pub(super) struct PersonRecord {
    /// The account.
    pub(super) id: UserId,
    /// Unique name.
    pub(super) username: Username,
    /// What the person wants to be called.
    pub(super) display_name: String,
    /// What they say about the present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_message: Option<String>,
    /// Whether they are there.
    pub(super) online: bool,
    /// When they last were, if they share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_seen_at: Option<Timestamp>,
    /// Member since.
    pub(super) created_at: Timestamp,
}

impl From<Person> for PersonRecord {
    fn from(Person { user, presence }: Person) -> Self {
        Self {
            id: user.id,
            username: user.username,
            display_name: user.display_name.to_string(),
            status_message: user.status_message.map(|status| status.to_string()),
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

/// What one says about the present.
#[derive(Debug, Serialize)]
pub(super) struct StatusRecord {
    /// Empty for nothing.
    pub(super) status_message: String,
}

impl Record for StatusRecord {
    const TYPE: &'static str = "status";

    fn plain(&self, _: &Look) -> Option<String> {
        (!self.status_message.is_empty()).then(|| one_line(&self.status_message))
    }
}

/// Somebody has read further, or got messages delivered.
#[derive(Debug, Serialize)]
pub(super) struct ReceiptRecord {
    /// Where.
    pub(super) conversation: ConversationId,
    /// Who the chat is with, or a room's name.
    pub(super) chat: String,
    /// Who.
    pub(super) from: String,
    /// Up to which message they have read.
    pub(super) read_seq: u64,
    /// Up to which message a device of theirs has them.
    pub(super) delivered_seq: u64,
}

impl Record for ReceiptRecord {
    const TYPE: &'static str = "receipt";

    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

/// A conversation that one is in from now on, or that has changed.
#[derive(Debug, Serialize)]
pub(super) struct ConversationRecord {
    /// Which one.
    pub(super) conversation: ConversationId,
    /// Direct or room.
    pub(super) kind: ConversationKind,
    /// Who the chat is with, or a room's name.
    pub(super) chat: String,
    /// How many people are in it.
    pub(super) member_count: u32,
}

impl Record for ConversationRecord {
    const TYPE: &'static str = "conversation";

    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

/// Somebody changed their profile.
#[derive(Debug, Serialize)]
pub(super) struct ProfileRecord {
    /// The account.
    pub(super) id: UserId,
    /// Unique name.
    pub(super) username: Username,
    /// What the person wants to be called.
    pub(super) display_name: String,
    /// What they say about the present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_message: Option<String>,
}

impl From<User> for ProfileRecord {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            display_name: user.display_name.to_string(),
            status_message: user.status_message.map(|status| status.to_string()),
        }
    }
}

impl Record for ProfileRecord {
    const TYPE: &'static str = "profile";

    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

/// Something that concerns only the account's own devices, or that this version does not know; it
/// is there for its position.
#[derive(Debug, Serialize)]
pub(super) struct OtherRecord {}

impl Record for OtherRecord {
    const TYPE: &'static str = "other";

    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

/// The stream begins anew: an older backup of the server was restored. What is between the position
/// before and this one can't be had.
#[derive(Debug, Serialize)]
pub(super) struct ResetRecord {
    /// Why.
    pub(super) reason: ResetReason,
}

impl Record for ResetRecord {
    const TYPE: &'static str = "reset";

    fn plain(&self, look: &Look) -> Option<String> {
        Some(look.dim("-- the server's history was restored; some messages may not be shown --"))
    }
}

/// A record with its place in the stream.
#[derive(Debug, Serialize)]
pub(super) struct Placed<R> {
    /// What happened.
    #[serde(flatten)]
    pub(super) record: R,
    /// Whether it happened before the command began to listen.
    pub(super) replayed: bool,
    /// The position after it.
    pub(super) position: String,
}

impl<R: Record> Record for Placed<R> {
    const TYPE: &'static str = R::TYPE;

    fn plain(&self, look: &Look) -> Option<String> {
        self.record.plain(look)
    }
}

/// Rights, as words.
fn words(rights: Rights) -> Vec<&'static str> {
    let named = [(rights.send, "send"), (rights.read, "read"), (rights.account, "account")];
    named.into_iter().filter(|(is_on, _)| *is_on).map(|(_, word)| word).collect()
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
