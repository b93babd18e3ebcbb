//! Glances at the file of an account for a process that does not work with it: nothing is made,
//! changed, or waited for.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::Result;

/// Usernames that begin with `start`, those of people with whom the account has chats, in
/// alphabetical order.
///
/// # Errors
/// If there is no file, or it can't be read.
pub fn known_names(path: &Path, start: &str, rows_max: usize) -> Result<Vec<String>> {
    let db = open(path)?;
    let mut statement = db.prepare(
        "SELECT user ->> 'username' AS name FROM users
         WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name LIMIT ?2",
    )?;
    let names = statement.query_map((start, rows_max as u64), |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// Whether messages wait in the outbox, or drafts are kept that are nowhere else. A file that can't
/// be read counts as if.
pub fn has_unsent(path: &Path) -> bool {
    if !path.exists() {
        return false;
    }
    let found = open(path).and_then(|db| {
        Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM outbox)", [], |row| row.get(0))?)
    });
    found.unwrap_or(true)
}

fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}
