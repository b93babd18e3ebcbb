//! Opening the file, whatever state it is in: a store always comes out, and what went wrong is
//! told, never fatal and never silent.

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chatter_protocol::Timestamp;
use rusqlite::{Connection, ErrorCode};

use super::owner::Owner;
use super::{LocalStore, Result, SCHEMA, SCHEMA_2, SCHEMA_VERSION, StoreError};
use crate::sync::Kept;

/// How long another process of the account may hold the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open store, what it kept, and what its user should know about it.
#[derive(Debug)]
pub struct Opened {
    /// To keep things in.
    pub store: LocalStore,
    /// What was kept.
    pub kept: Kept,
    /// A sentence for the status line, when not all is well.
    pub notice: Option<String>,
}

/// Where an account's file is below the data directory. `account` is the username.
pub fn store_path(data_dir: &Path, server_slug: &str, account: &str) -> PathBuf {
    data_dir.join(server_slug).join(account).join("store.sqlite3")
}

/// Deletes the folder of an account's file at `path`, if it is there.
///
/// # Errors
/// If the system refuses, as a sentence that names the folder.
pub fn erase(path: &Path) -> std::result::Result<(), String> {
    let Some(folder) = path.parent() else { return Ok(()) };
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("What was kept in {} can't be deleted: {error}.", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Opens the file at `path`, making it if need be. A damaged file is moved aside; one that can't
/// be used is replaced by a store in memory for this run.
pub fn open(path: &Path) -> Opened {
    match try_open(path) {
        Ok(opened) => opened,
        Err(Refused::Damaged(error)) => match move_aside(path).map(|aside| (aside, try_open(path)))
        {
            Ok((aside, Ok(opened))) => Opened {
                notice: Some(format!(
                    "The local history was damaged. It was moved to {} and is being fetched anew.",
                    aside.display()
                )),
                ..opened
            },
            _ => in_memory(&format!("the local history is damaged ({error})")),
        },
        Err(Refused::Newer(version)) => in_memory(&format!(
            "the local history was written by a newer chatter (version {version} of it)"
        )),
        Err(Refused::Unusable(error)) => {
            in_memory(&format!("{} can't be used ({error})", path.display()))
        }
    }
}

enum Refused {
    Damaged(String),
    Newer(i64),
    Unusable(String),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Database(rusqlite::Error::SqliteFailure(failure, _))
                if matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) =>
            {
                Self::Damaged(error.to_string())
            }
            StoreError::Json(_) => Self::Damaged(error.to_string()),
            _ => Self::Unusable(error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self::Unusable(error.to_string())
    }
}

fn try_open(path: &Path) -> std::result::Result<Opened, Refused> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // SQLite gives its own files the mode of this one.
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    prepare(&db)?;
    let mut store = LocalStore { db, owner: Owner::new(&folder.join("owners"))? };
    store.adopt()?;
    let kept = store.kept()?;
    Ok(Opened { store, kept, notice: None })
}

/// Brings the tables up to date. A start that finds them so writes nothing and syncs nothing.
fn prepare(db: &Connection) -> std::result::Result<(), Refused> {
    if version(db)? == SCHEMA_VERSION {
        return Ok(());
    }
    db.execute_batch("BEGIN IMMEDIATE")?;
    // Another process may have done it meanwhile.
    let version = version(db)?;
    if version > SCHEMA_VERSION {
        return Err(Refused::Newer(version));
    }
    match version {
        0 => db.execute_batch(SCHEMA)?,
        1 => db.execute_batch(SCHEMA_2)?,
        _ => {}
    }
    db.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    db.execute_batch("COMMIT")?;
    Ok(())
}

fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// A store in memory for this run, and a notice that says `why`.
pub fn in_memory(why: &str) -> Opened {
    let notice = format!(
        "Nothing is kept on this device in this run: {why}. Unsent messages and drafts are lost when you quit."
    );
    let store = LocalStore::in_memory();
    Opened { store, kept: Kept::default(), notice: Some(notice) }
}

impl LocalStore {
    /// A store that forgets everything when it is dropped.
    ///
    /// # Panics
    /// When SQLite can't make a database in memory, which needs nothing but a little memory.
    pub fn in_memory() -> Self {
        let make = || -> Result<Connection> {
            let db = Connection::open_in_memory()?;
            db.execute_batch(SCHEMA)?;
            Ok(db)
        };
        #[expect(clippy::expect_used, reason = "a constant schema in memory has no way to fail")]
        let db = make().expect("a database in memory");
        Self { db, owner: Owner::alone() }
    }
}

fn move_aside(path: &Path) -> std::io::Result<PathBuf> {
    let stamp = Timestamp::now().to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string();
    let aside = path.with_extension(format!("damaged-{stamp}"));
    std::fs::rename(path, &aside)?;
    for companion in ["sqlite3-wal", "sqlite3-shm"] {
        // Not there is fine; a journal of the old file must not be applied to the new one.
        let _ = std::fs::remove_file(path.with_extension(companion));
    }
    Ok(aside)
}
