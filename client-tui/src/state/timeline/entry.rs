//! A message on screen, sent or not.

use chatter_protocol::{Attachment, ClientMsgId, Message, Timestamp, UserId};

use crate::sync::{Chat, Mark, Unsent, UnsentState};

/// Names a message on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKey {
    /// By its number.
    Message(u64),
    /// By its key, as long as it has no number.
    Unsent(ClientMsgId),
}

/// A message on screen.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Which.
    pub key: EntryKey,
    /// The sender's key, by which an unsent message is found again once it has a number.
    pub client_msg_id: ClientMsgId,
    /// Who wrote it.
    pub sender: UserId,
    /// What it says, as it was written.
    pub body: &'a str,
    /// What hangs on it.
    pub attachments: &'a [Attachment],
    /// When it was written.
    pub at: Timestamp,
    /// Rises when it is edited or deleted.
    pub rev: u32,
    /// How far it got; `None` for other people's.
    pub mark: Option<Mark>,
    /// Why it was refused.
    pub refusal: Option<&'a str>,
    /// Changed after it was sent.
    pub edited: bool,
    /// Taken back.
    pub deleted: bool,
}

impl<'a> Entry<'a> {
    /// A message that the server has; `me` is who looks at it.
    pub(super) fn of_message(chat: &Chat, message: &'a Message, me: Option<UserId>) -> Self {
        let mine = Some(message.sender) == me;
        Self {
            key: EntryKey::Message(message.conv_seq),
            client_msg_id: message.client_msg_id,
            sender: message.sender,
            body: &message.body,
            attachments: &message.attachments,
            at: message.created_at,
            rev: message.rev,
            mark: mine.then(|| chat.mark(message)),
            refusal: None,
            edited: message.edited_at.is_some(),
            deleted: message.deleted_at.is_some(),
        }
    }

    /// One that it does not have yet.
    pub(super) fn of_unsent(unsent: &'a Unsent, me: UserId) -> Self {
        let refusal = match &unsent.state {
            UnsentState::Refused(error) => Some(error.message.as_str()),
            UnsentState::Waiting | UnsentState::Sending => None,
        };
        Self {
            key: EntryKey::Unsent(unsent.send.client_msg_id),
            client_msg_id: unsent.send.client_msg_id,
            sender: me,
            body: &unsent.send.body,
            attachments: &unsent.attached,
            at: unsent.queued_at,
            rev: 0,
            mark: Some(if refusal.is_some() { Mark::Refused } else { Mark::Waiting }),
            refusal,
            edited: false,
            deleted: false,
        }
    }
}
