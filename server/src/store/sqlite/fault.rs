//! What goes wrong below the verbs: a refusal, or the database's own error and how bad it is.

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

use crate::store::StoreError;

/// Why a verb ended without success.
#[derive(Debug)]
pub(super) enum Fault {
    /// The verb itself says no; the database is well.
    Refused(StoreError),
    /// The database failed.
    Database(rusqlite::Error),
}

/// Short for what verbs answer inside this module.
pub(super) type Outcome<T> = Result<T, Fault>;

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => error,
            Fault::Database(error) => told(&error),
        }
    }
}

/// What the caller of a verb is told about a failure of the database.
pub(super) fn told(error: &rusqlite::Error) -> StoreError {
    if is_full(error) { StoreError::Full } else { StoreError::Unavailable(error.to_string()) }
}

/// No space left. SQLite says `SQLITE_FULL` for it, except when the shared-memory file can't grow.
fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || error.sqlite_extended_error_code() == Some(SQLITE_IOERR_SHMSIZE)
}

/// Whether a failed command takes the transaction around it down: the database is in trouble, not
/// the command.
pub(super) fn spoils_batch(error: &rusqlite::Error) -> bool {
    use ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseCorrupt, DiskFull, NotADatabase, OutOfMemory, ReadOnly,
        SystemIoFailure,
    };
    matches!(
        error.sqlite_error_code(),
        Some(
            CannotOpen
                | DatabaseBusy
                | DatabaseCorrupt
                | DiskFull
                | NotADatabase
                | OutOfMemory
                | ReadOnly
                | SystemIoFailure
        )
    )
}

/// Whether writing must end for good. After a failed fsync nobody knows what is on the disk, and a
/// second fsync may report success without having written anything.
pub(super) fn ends_writing(error: &rusqlite::Error) -> bool {
    use ErrorCode::{DatabaseCorrupt, NotADatabase, SystemIoFailure};
    !is_full(error)
        && matches!(
            error.sqlite_error_code(),
            Some(DatabaseCorrupt | NotADatabase | SystemIoFailure)
        )
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi::{
        SQLITE_CONSTRAINT_UNIQUE, SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE,
    };

    use super::*;

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
    }

    #[test]
    fn a_full_disk_is_recoverable_and_a_failed_fsync_is_not() {
        for full in [SQLITE_FULL, SQLITE_IOERR_SHMSIZE] {
            assert!(matches!(told(&failure(full)), StoreError::Full));
            assert!(spoils_batch(&failure(full)) && !ends_writing(&failure(full)));
        }
        for broken in [SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE] {
            assert!(matches!(told(&failure(broken)), StoreError::Unavailable(_)));
            assert!(spoils_batch(&failure(broken)) && ends_writing(&failure(broken)));
        }
        let refused = failure(SQLITE_CONSTRAINT_UNIQUE);
        assert!(!spoils_batch(&refused) && !ends_writing(&refused));
    }
}
