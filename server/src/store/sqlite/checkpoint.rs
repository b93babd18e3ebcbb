//! When the write-ahead log is copied into the database file.
//!
//! SQLite's own automatic checkpoint keeps its errors to itself; a failed fsync in it must end
//! writing, so the writer asks for each checkpoint and sees how it ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;

/// Pages in the log after which a checkpoint is worth its two fsyncs: 4 MiB.
const STEP_PAGES: u32 = 1_000;

/// Pages in the log after which the writer waits for readers to let go of it: 32 MiB, half of what
/// the log may ever have.
const PAGES_MAX: u32 = 8_000;

/// How long the writer waits for that. The server's own readers are done sooner; one from outside,
/// such as a backup, may take as long as it likes, and must not hold up everybody who writes.
const READERS_WAIT: Duration = Duration::from_millis(100);

/// Counts the pages of the log.
pub(super) struct Checkpoints {
    pages: Arc<AtomicU32>,
    pages_at_last: u32,
}

impl Checkpoints {
    /// Takes the place of the automatic checkpoint of this connection.
    pub(super) fn watch(connection: &mut Connection) -> rusqlite::Result<Self> {
        let pages = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, in_log: i32| {
            counted.store(u32::try_from(in_log).unwrap_or_default(), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { pages, pages_at_last: 0 })
    }

    /// To be called after each commit.
    pub(super) fn run_if_due(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.pages_at_last {
            // The log was started again from its beginning.
            self.pages_at_last = 0;
        }
        if pages - self.pages_at_last < STEP_PAGES {
            return Ok(());
        }
        self.pages_at_last = pages;
        let waits = pages >= PAGES_MAX;
        checkpoint(connection, if waits { "TRUNCATE" } else { "PASSIVE" })
    }

    /// The last one: leaves an empty log.
    pub(super) fn finish(&self, connection: &Connection) -> rusqlite::Result<()> {
        checkpoint(connection, "TRUNCATE")
    }
}

fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<()> {
    connection.busy_timeout(READERS_WAIT)?;
    // The answer tells how far it came; readers that hold it up are no error.
    let done = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()));
    connection.busy_timeout(super::open::BUSY_TIMEOUT)?;
    done
}
