//! What the events of the streams point to, and the events that become of it when they are read.

use chatter_protocol::{Event, Message, User};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::blocks::Blocked;
use super::fault::Outcome;
use super::rows::{ConversationKey, ConversationRow, UserKey, me_by_key, message_at, user_by_key};
use super::{conversations, receipts};
use crate::store::StoreError;

/// What happened, and to which thing. On disk by the number of the variant: new ones come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Pointer {
    MessagePosted(ConversationKey, u64),
    MessageEdited(ConversationKey, u64),
    MessageDeleted(ConversationKey, u64),
    ReceiptMoved(ConversationKey, UserKey),
    ConversationAdded(ConversationKey),
    ConversationChanged(ConversationKey),
    ProfileChanged(UserKey),
    MeChanged(UserKey),
    MuteChanged(ConversationKey),
    Unblocked(UserKey),
}

impl Pointer {
    /// The event, with what it is about as it is now, as `reader` may know it, who has blocked
    /// `blocked`.
    pub(super) fn event(
        self,
        sql: &Connection,
        reader: UserKey,
        blocked: &Blocked,
    ) -> Outcome<Event> {
        let message = |conversation, seq| -> Outcome<Message> {
            let missing = || StoreError::Unavailable("an event without its message".to_owned());
            Ok(blocked.shown(message_at(sql, conversation, seq)?.ok_or_else(missing)?))
        };
        let person = |key| -> Outcome<User> { Ok(blocked.shown_user(user_by_key(sql, key)?.user)) };
        Ok(match self {
            Self::MessagePosted(it, seq) => Event::MessagePosted { message: message(it, seq)? },
            Self::MessageEdited(it, seq) => Event::MessageEdited { message: message(it, seq)? },
            Self::MessageDeleted(it, seq) => Event::MessageDeleted { message: message(it, seq)? },
            Self::ReceiptMoved(it, user) => {
                Event::ReceiptMoved { receipt: receipts::receipt(sql, it, user, reader)? }
            }
            Self::ConversationAdded(it) => conversations::added(sql, it, person)?,
            Self::ConversationChanged(it) => Event::ConversationChanged {
                conversation: ConversationRow::by_key(sql, it)?.told(sql)?,
            },
            Self::ProfileChanged(user) => Event::ProfileChanged { user: person(user)? },
            Self::MeChanged(user) => Event::MeChanged { me: me_by_key(sql, user)? },
            Self::MuteChanged(it) => conversations::mute_changed(sql, it, reader)?,
            Self::Unblocked(user) => Event::Unblocked { user: person(user)? },
        })
    }
}
