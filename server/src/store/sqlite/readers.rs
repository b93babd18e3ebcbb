//! A few connections that only read, used on blocking threads. In WAL mode they neither wait for
//! the writer nor make it wait.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::fault::Outcome;
use crate::store::{Result, StoreError};

/// Reads at the same time; more wait their turn.
const CONNECTIONS: usize = 3;

/// Page cache of each, in KiB: the operating system caches the file anyway.
const CACHE_KIB: i64 = 512;

/// The connections.
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    /// Opens them on a database that exists.
    pub(super) fn open(file: &Path) -> rusqlite::Result<Arc<Self>> {
        let idle = (0..CONNECTIONS).map(|_| open(file)).collect::<rusqlite::Result<_>>()?;
        let permits = Arc::new(Semaphore::new(CONNECTIONS));
        Ok(Arc::new(Self { idle: Mutex::new(idle), permits }))
    }

    /// Runs `work` on one snapshot of the database.
    pub(super) async fn read<T, F>(self: &Arc<Self>, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    {
        self.lend(|reader| reader.look(work)).await
    }

    /// Lends a connection for as many looks as `work` needs.
    pub(super) async fn lend<T, F>(self: &Arc<Self>, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader) -> Outcome<T> + Send + 'static,
    {
        let unavailable = |why: String| StoreError::Unavailable(why);
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|error| unavailable(error.to_string()))?;
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            // Dropped after the reader: a permit means that there is an idle connection.
            let _permit = permit;
            Ok(work(&mut readers.reader()?)?)
        })
        .await
        .unwrap_or_else(|error| Err(unavailable(error.to_string())))
    }

    fn reader(self: &Arc<Self>) -> Result<Reader> {
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let missing = || StoreError::Unavailable("no connection left to read with".to_owned());
        Ok(Reader { connection: Some(connection.ok_or_else(missing)?), readers: Arc::clone(self) })
    }
}

/// A connection in use; goes back when dropped, also by a panic.
pub(super) struct Reader {
    connection: Option<Connection>,
    readers: Arc<Readers>,
}

impl Reader {
    /// Runs `work` on one snapshot of the database, as it is now.
    pub(super) fn look<T>(&mut self, work: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        let Some(connection) = self.connection.as_mut() else {
            return Err(StoreError::Unavailable("no connection".to_owned()).into());
        };
        let transaction = connection.transaction()?;
        work(&transaction)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut idle = self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.connection.take());
    }
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(super::open::BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
