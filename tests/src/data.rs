//! A server's files, while no server has them open.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// The files of the database. The shared-memory file is no part of it: SQLite makes it anew.
pub const DATABASE_FILES: [&str; 2] = ["chatter.sqlite3", "chatter.sqlite3-wal"];

/// Puts the database of one data directory into another, in place of what is there.
pub fn replace(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("makes the directory");
    let _ = fs::remove_file(to.join("chatter.sqlite3-shm"));
    for name in DATABASE_FILES {
        let _ = fs::remove_file(to.join(name));
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).expect("copies");
        }
    }
}

/// A server's directory with a copy of this data in it.
pub fn copied(from: &Path) -> TempDir {
    let folder = TempDir::new().expect("a temporary directory");
    replace(from, &folder.path().join("data"));
    folder
}

/// Asserts that SQLite finds nothing wrong in the database of a data directory; looks at a copy.
#[track_caller]
pub fn assert_sound(data: &Path) {
    let copy = copied(data);
    let file = copy.path().join("data").join(DATABASE_FILES[0]);
    let sql = rusqlite::Connection::open(file).expect("opens");
    let verdict: String =
        sql.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checks");
    assert_eq!(verdict, "ok");
}
