//! The rows that posting leaves and nothing else: the messages, and one of the journal with some bytes for
//! each who learns of one, written by one thread that knows every key already. What a store on this disk
//! can do at best.

use rusqlite::{Connection, Statement, params};
use tempfile::TempDir;

use crate::world::{BODY, dir};

/// The large tables, with the columns that a post fills.
const TABLES: &str = "
    CREATE TABLE messages (
        conversation INTEGER NOT NULL, seq INTEGER NOT NULL, sender INTEGER NOT NULL,
        client_msg_id BLOB NOT NULL, created_at INTEGER NOT NULL, body TEXT NOT NULL,
        rev INTEGER NOT NULL, PRIMARY KEY (conversation, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX messages_by_key ON messages (client_msg_id, sender);
    CREATE TABLE journal (
        key INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, entries BLOB NOT NULL
    ) STRICT;";

/// About what an event and one of its readers take in a row of the journal.
const ENTRY_BYTES: usize = 6;
const READER_BYTES: usize = 5;

pub(crate) struct Bare {
    connection: Connection,
    /// Rounds written so far.
    round: u64,
    _dir: TempDir,
}

impl Bare {
    pub(crate) fn new() -> Self {
        let dir = dir();
        let connection = Connection::open(dir.path().join("bare.sqlite3")).expect("opens");
        connection.pragma_update(None, "journal_mode", "wal").expect("is set");
        connection.pragma_update(None, "synchronous", "full").expect("is set");
        connection.execute_batch(TABLES).expect("makes tables");
        Self { connection, round: 0, _dir: dir }
    }

    /// One message in each of so many conversations, each told to so many people, durably.
    pub(crate) fn write(&mut self, (messages, readers): (usize, usize)) {
        self.round += 1;
        let transaction = self.connection.transaction().expect("begins");
        let mut message = transaction
            .prepare_cached("INSERT INTO messages VALUES (?1, ?2, ?1, ?3, ?4, ?5, 0)")
            .expect("prepares");
        for conversation in 0..messages {
            write_message(&mut message, conversation, self.round);
        }
        drop(message);
        let entries = vec![1_u8; messages * (ENTRY_BYTES + readers * READER_BYTES)];
        transaction
            .prepare_cached("INSERT INTO journal (epoch, entries) VALUES (1, ?1)")
            .expect("prepares")
            .execute([entries])
            .expect("inserts");
        transaction.commit().expect("commits");
    }
}

fn write_message(statement: &mut Statement<'_>, conversation: usize, round: u64) {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&round.to_be_bytes());
    key[8..].copy_from_slice(&(conversation as u64).to_be_bytes());
    let created_at = 1_770_000_000_000_i64;
    statement.execute(params![conversation, round, key, created_at, BODY]).expect("inserts");
}
