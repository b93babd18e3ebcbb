//! From a directory to connections that can be trusted: permissions, the lock, the version of
//! SQLite, pragmas, migrations and the backup before them.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chatter_protocol::Timestamp;
use refinery::Runner;
use rusqlite::Connection;
use thiserror::Error;

/// Name of the database in the data directory.
const FILE_NAME: &str = "chatter.sqlite3";

/// Oldest SQLite that may be used: those before can lose committed rows in WAL mode.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// How long a connection waits for another one's lock, of which there are hardly any in WAL mode.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Page cache of the writer, in KiB; taken as it is needed. A message in a room of 500 changes a page for
/// each member: what has no room here is written and read again within one transaction.
const CACHE_KIB: i64 = 32 * 1_024;

/// What the log's file is cut back to when it is started again.
const WAL_BYTES_KEPT: i64 = 16 * 1024 * 1024;

/// Schema versions, embedded from `server/migrations`.
pub(super) mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Why a data directory can't be used, as a sentence for the person who started the server.
#[derive(Debug, Error)]
pub enum StoreOpenError {
    /// Another server has it.
    #[error("{} is used by another chatter-server. Stop that one, or choose another --data.", .0.display())]
    InUse(PathBuf),
    /// A newer server has written it.
    #[error(
        "The database in {} has schema version {found}; this server knows versions up to {known}. \
         Use a newer chatter-server, or restore a backup.",
        .dir.display()
    )]
    NewerSchema {
        /// Where.
        dir: PathBuf,
        /// Version of the database.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// This program was built with a SQLite that can lose data.
    #[error("SQLite {0} can lose data. Build chatter-server with SQLite 3.51.3 or newer.")]
    SqliteTooOld(&'static str),
    /// The directory or a file in it can't be made or opened.
    #[error("Can't use {}: {cause}.", .path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The database can't be opened.
    #[error("Can't open the database: {0}.")]
    Database(#[from] rusqlite::Error),
    /// The schema can't be brought up to date; the backup from before is in `backups`.
    #[error("Can't bring the database up to date: {0}.")]
    Migration(#[from] Box<refinery::Error>),
}

/// What outlives an acknowledgement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: what is acknowledged is on the disk.
    #[default]
    PowerCut,
    /// Only the end of the process. For tests of power cuts: they must see this lose messages, or
    /// they would not see the other lose them.
    ProcessEnd,
}

impl Durability {
    fn synchronous(self) -> &'static str {
        match self {
            Self::PowerCut => "full",
            Self::ProcessEnd => "normal",
        }
    }
}

/// A database ready for use.
pub(super) struct Opened {
    pub(super) file: PathBuf,
    pub(super) connection: Connection,
    pub(super) lock: File,
}

/// Opens the database of `dir`, making what is missing.
pub(super) fn open(dir: &Path, durability: Durability) -> Result<Opened, StoreOpenError> {
    let mut opened = prepare(dir, durability)?;
    migrate(&mut opened.connection, embedded::migrations::runner(), dir)?;
    Ok(opened)
}

/// The same before its schema is looked at.
pub(super) fn prepare(dir: &Path, durability: Durability) -> Result<Opened, StoreOpenError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(StoreOpenError::SqliteTooOld(rusqlite::version()));
    }
    make_dir(dir)?;
    let lock = lock(dir)?;
    let file = dir.join(FILE_NAME);
    // SQLite would make it with the umask's permissions; its companion files copy these.
    open_private(&file)?;
    let connection = connect(&file, durability)?;
    Ok(Opened { file, connection, lock })
}

fn make_dir(dir: &Path) -> Result<(), StoreOpenError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(about(dir))
}

fn open_private(path: &Path) -> Result<File, StoreOpenError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(about(path))
}

fn lock(dir: &Path) -> Result<File, StoreOpenError> {
    let path = dir.join("lock");
    let file = open_private(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreOpenError::InUse(dir.to_owned())),
        Err(TryLockError::Error(cause)) => Err(StoreOpenError::Io { path, cause }),
    }
}

fn about(path: &Path) -> impl FnOnce(io::Error) -> StoreOpenError {
    move |cause| StoreOpenError::Io { path: path.to_owned(), cause }
}

fn connect(file: &Path, durability: Durability) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", durability.synchronous())?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Applies what `runner` has and the database has not, after a backup of a database in use.
fn migrate(connection: &mut Connection, runner: Runner, dir: &Path) -> Result<(), StoreOpenError> {
    let known = runner.get_migrations().iter().map(|it| i64::from(it.version())).max();
    let known = known.unwrap_or_default();
    match schema_version(connection)? {
        Some(found) if found > known => {
            return Err(StoreOpenError::NewerSchema { dir: dir.to_owned(), found, known });
        }
        Some(found) if found < known => back_up(connection, dir, found)?,
        _ => {}
    }
    // In one transaction: each change of the schema and the note that it was made.
    let runner = runner.set_grouped(true);
    runner.run(connection).map(drop).map_err(|error| Box::new(error).into())
}

/// Version of the schema; none for a new database.
fn schema_version(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    if !connection.table_exists(None, "refinery_schema_history")? {
        return Ok(None);
    }
    connection.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0))
}

fn back_up(connection: &Connection, dir: &Path, version: i64) -> Result<(), StoreOpenError> {
    let backups = dir.join("backups");
    make_dir(&backups)?;
    let taken_at_ms = Timestamp::now().as_millis();
    let file = backups.join(format!("chatter-v{version}-{taken_at_ms}.sqlite3"));
    let copy = open_private(&file)?;
    connection.execute("VACUUM INTO ?1", [file.to_string_lossy()])?;
    // SQLite does not sync what it vacuums into.
    copy.sync_all().map_err(about(&file))?;
    File::open(&backups).and_then(|it| it.sync_all()).map_err(about(&backups))?;
    tracing::info!(backup = %file.display(), "the database was saved before its migration");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use refinery::Migration;

    use super::*;

    fn with_another_migration() -> Runner {
        let mut migrations = embedded::migrations::runner().get_migrations().clone();
        let next = migrations.iter().map(|it| it.version()).max().unwrap_or_default() + 1;
        let another = Migration::unapplied(
            &format!("V{next}__another"),
            "CREATE TABLE another (key INTEGER PRIMARY KEY) STRICT;",
        );
        migrations.push(another.expect("valid"));
        Runner::new(&migrations)
    }

    #[test]
    fn a_database_in_use_is_saved_before_it_is_migrated_and_a_new_one_is_not() {
        let dir = tempfile::tempdir().expect("temporary directory");
        drop(open(dir.path(), Durability::default()).expect("a new database"));
        let mut opened = open(dir.path(), Durability::default()).expect("the same again");
        let backups = dir.path().join("backups");
        assert!(!backups.exists());

        opened
            .connection
            .execute("INSERT INTO epochs (name, started_at) VALUES ('before', 0)", [])
            .expect("a row");
        migrate(&mut opened.connection, with_another_migration(), dir.path()).expect("migrates");
        let saved: Vec<_> = fs::read_dir(&backups).expect("backups").flatten().collect();
        assert_eq!(saved.len(), 1);
        let mode = saved[0].metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let copy = Connection::open(saved[0].path()).expect("opens");
        let rows: i64 = copy
            .query_row("SELECT count(*) FROM epochs WHERE name = 'before'", [], |row| row.get(0))
            .expect("the row is in it");
        assert_eq!(rows, 1);
        assert!(!copy.table_exists(None, "another").expect("answers"));
    }

    #[test]
    fn a_database_of_a_newer_server_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let mut opened = open(dir.path(), Durability::default()).expect("a new database");
        migrate(&mut opened.connection, with_another_migration(), dir.path()).expect("migrates");
        drop(opened);
        let error = open(dir.path(), Durability::default()).err().expect("refused");
        let StoreOpenError::NewerSchema { found, known, .. } = error else { panic!("{error}") };
        assert_eq!(found, known + 1);
    }

    #[test]
    fn what_is_made_is_for_the_owner_only() {
        let parent = tempfile::tempdir().expect("temporary directory");
        let dir = parent.path().join("data");
        let _opened = open(&dir, Durability::default()).expect("a new database");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        for entry in fs::read_dir(&dir).expect("readable").flatten() {
            assert_eq!(mode(&entry.path()), 0o600, "{:?}", entry.path());
        }
    }
}
