//! The records that commands print, version 1. `SCRIPTING.md` shows one of each; a test holds the
//! two together.

mod account;
mod chat;
mod stream;
#[cfg(test)]
mod tests;

pub(super) use account::{AccountRecord, EndedRecord, SessionRecord, StatusRecord, TokenRecord};
pub use chat::Place;
pub(super) use chat::{
    AnswerRecord, ChatRecord, MessageRecord, PersonRecord, SavedRecord, SentRecord,
};
pub(super) use stream::{
    ConversationRecord, OtherRecord, Placed, ProfileRecord, ReceiptRecord, ResetRecord,
};
