//! What this device keeps of an account between runs: conversations, messages, positions, drafts
//! and the outbox, in one SQLite file for each server and account.
//!
//! Several processes of one account share the file: what they keep is idempotent, positions only
//! rise, and each unsent message has one owner (`owner.rs`). The file is a cache but for drafts and
//! the outbox, which are nowhere else; both survive `kill -9`, the outbox a power cut too. The
//! store knows nothing of the network or the screen.

mod handle;
mod open;
mod owner;
mod peek;
mod read;
#[cfg(test)]
mod tests;
mod write;

use chatter_protocol::Attachment;
use chatter_protocol::frame::Send;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use handle::{NotKept, StoreHandle};
pub use open::{Opened, erase, in_memory, open, store_path};
use owner::Owner;
pub use peek::{has_unsent, known_names};

/// The version of the tables; a file of a later one is left alone.
const SCHEMA_VERSION: i64 = 2;

const SCHEMA: &str = "
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE users (id BLOB PRIMARY KEY, rev INTEGER NOT NULL, user TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
CREATE TABLE chats (
    id BLOB PRIMARY KEY, rev INTEGER NOT NULL, conversation TEXT NOT NULL,
    head_seq INTEGER NOT NULL, read_seq INTEGER NOT NULL, read_seq_confirmed INTEGER NOT NULL,
    peer_read_seq INTEGER NOT NULL, peer_delivered_seq INTEGER NOT NULL,
    counted_unread INTEGER NOT NULL, counted_head_seq INTEGER NOT NULL,
    counted_read_seq INTEGER NOT NULL,
    muted INTEGER NOT NULL DEFAULT 0, mute_rev INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
    conversation BLOB NOT NULL, conv_seq INTEGER NOT NULL, rev INTEGER NOT NULL,
    message TEXT NOT NULL, PRIMARY KEY (conversation, conv_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE coverage (
    conversation BLOB NOT NULL, from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL,
    PRIMARY KEY (conversation, from_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE drafts (conversation BLOB PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
    place INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL UNIQUE, send TEXT NOT NULL,
    queued_at INTEGER NOT NULL, refused TEXT, owner TEXT NOT NULL
) STRICT;
";

/// What makes a file of version 1 one of version 2.
const SCHEMA_2: &str = "
ALTER TABLE chats ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chats ADD COLUMN mute_rev INTEGER NOT NULL DEFAULT 0;
";

/// An unsent message as a row of the outbox has it; one from before there were attachments reads as
/// one without.
#[derive(Serialize, Deserialize)]
struct KeptSend {
    #[serde(flatten)]
    send: Send,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attached: Vec<Attachment>,
}

/// The file could not be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database says why.
    #[error("what this device keeps can't be saved or read: {0}")]
    Database(#[from] rusqlite::Error),
    /// A row is not what was written.
    #[error("what this device keeps can't be understood: {0}")]
    Json(#[from] serde_json::Error),
    /// The thread that owns the file has ended.
    #[error("what this device keeps is closed")]
    Closed,
}

/// Short for the results of this module.
pub type Result<T> = std::result::Result<T, StoreError>;

/// An open file. Every call is one transaction and blocks; [`StoreHandle`] is for async code.
#[derive(Debug)]
pub struct LocalStore {
    db: Connection,
    owner: Owner,
}
