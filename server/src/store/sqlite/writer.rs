//! The one thread that writes: drains what waits into one transaction, so that one fsync serves
//! many callers. Knows no verb; a verb is a closure over [`Transaction`].

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use futures_util::future::BoxFuture;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::checkpoint::Checkpoints;
use super::fault::{self, Fault, Outcome};
use super::journal::Journal;
use super::known::Known;
use super::streams::Transaction;
use crate::store::{Appended, CommitSink, Result, StoreError};

/// Commands that may wait; one more is answered `Busy` at once.
pub(super) const QUEUE_COMMANDS_MAX: usize = 4_096;

/// Commands of one transaction: bounds how long the first of them waits for the last.
pub(super) const BATCH_COMMANDS_MAX: usize = 1_024;

type Queue = mpsc::Sender<Box<dyn Command>>;

/// Handle of the writing thread.
pub(super) struct Writer {
    queue: Mutex<Option<Queue>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    state: Arc<State>,
}

/// What both sides know.
#[derive(Default)]
struct State {
    stopped: AtomicBool,
    commits: AtomicU64,
}

impl Writer {
    /// Starts the thread. `lock` is released when the last command has been written.
    pub(super) fn start(
        mut connection: Connection,
        epoch: i64,
        journal: Arc<Journal>,
        sink: CommitSink,
        lock: File,
    ) -> std::io::Result<Self> {
        let (queue, commands) = mpsc::channel(QUEUE_COMMANDS_MAX);
        let state = Arc::new(State::default());
        let checkpoints = Checkpoints::watch(&mut connection).map_err(std::io::Error::other)?;
        let shared = Arc::clone(&state);
        let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            let known = Known::default();
            Writing {
                connection,
                checkpoints,
                known,
                journal,
                epoch,
                sink,
                commands,
                state: shared,
                _lock: lock,
            }
            .run();
        })?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), state })
    }

    /// Puts a verb into the queue, now; the future resolves after the commit. The verb may be run
    /// again, when what it did the first time was undone.
    pub(super) fn call<T, F>(&self, work: F) -> BoxFuture<'static, Result<T>>
    where
        T: Send + 'static,
        F: Fn(&mut Transaction<'_>) -> Outcome<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let queued = self.enqueue(Box::new(Call { work, result: None, reply }));
        Box::pin(async move {
            queued?;
            answer.await.unwrap_or_else(|_| Err(stopped()))
        })
    }

    fn enqueue(&self, command: Box<dyn Command>) -> Result<()> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().ok_or_else(stopped)?.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })
    }

    /// Takes no more commands and returns when those taken are committed. Blocks.
    pub(super) fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread.filter(|it| it.thread().id() != thread::current().id())
            && thread.join().is_err()
        {
            tracing::error!("the writing thread ended with a panic");
        }
    }

    /// Whether writes can succeed; false for good after the disk has failed.
    pub(super) fn is_healthy(&self) -> bool {
        !self.state.stopped.load(Ordering::Acquire)
    }

    /// Transactions committed so far.
    pub(super) fn commits(&self) -> u64 {
        self.state.commits.load(Ordering::Acquire)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // So that the directory is free again when the store is gone, also without `close`.
        self.close();
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the store takes no more writes".to_owned())
}

/// One verb in the queue.
trait Command: Send {
    /// Does the work and keeps its result. `Ok(false)` asks to undo the command, an error to undo
    /// the whole batch.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> rusqlite::Result<bool>;

    /// Tells the caller: the result, or why nothing was committed.
    fn answer(self: Box<Self>, failure: Option<StoreError>);
}

struct Call<T, F> {
    work: F,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Command for Call<T, F>
where
    T: Send,
    F: Fn(&mut Transaction<'_>) -> Outcome<T> + Send,
{
    fn run(&mut self, transaction: &mut Transaction<'_>) -> rusqlite::Result<bool> {
        self.result = None;
        let result = match (self.work)(transaction) {
            Err(Fault::Database(error)) if fault::spoils_batch(&error) => return Err(error),
            other => other.map_err(StoreError::from),
        };
        Ok(self.result.insert(result).is_ok())
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        let panicked = || Err(StoreError::Unavailable("a fault inside the store".to_owned()));
        let result = match failure {
            Some(error) => Err(error),
            None => self.result.unwrap_or_else(panicked),
        };
        // A caller that went away needs no answer.
        let _ = self.reply.send(result);
    }
}

/// What the thread owns.
struct Writing {
    connection: Connection,
    checkpoints: Checkpoints,
    known: Known,
    journal: Arc<Journal>,
    epoch: i64,
    sink: CommitSink,
    commands: mpsc::Receiver<Box<dyn Command>>,
    state: Arc<State>,
    _lock: File,
}

impl Writing {
    fn run(mut self) {
        while let Some(first) = self.commands.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH_COMMANDS_MAX
                && let Ok(next) = self.commands.try_recv()
            {
                batch.push(next);
            }
            self.serve(batch);
        }
        if !self.is_stopped()
            && let Err(error) = self.checkpoints.finish(&self.connection)
        {
            tracing::warn!(%error, "the write-ahead log was not copied into the database");
        }
    }

    fn serve(&mut self, mut batch: Vec<Box<dyn Command>>) {
        if self.is_stopped() {
            return batch.into_iter().for_each(|command| command.answer(Some(stopped())));
        }
        match self.commit(&mut batch) {
            Ok(appended) => {
                appended.into_iter().for_each(|it| self.tell(it));
                batch.into_iter().for_each(|command| command.answer(None));
                self.tidy();
            }
            Err(error) => {
                tracing::error!(%error, commands = batch.len(), "a transaction failed");
                self.stop_if_broken(&error);
                for command in batch {
                    command.answer(Some(fault::told(&error)));
                }
            }
        }
    }

    /// Most commands leave nothing behind when they refuse, so they run without savepoints, which cost a
    /// copy of each page that changes. Where one must be undone all are, and run again with them.
    fn commit(&mut self, batch: &mut [Box<dyn Command>]) -> rusqlite::Result<Vec<Appended>> {
        let committed = match self.attempt(batch, run) {
            Ok(None) => {
                self.known.forget();
                self.attempt(batch, run_in_savepoint)
            }
            other => other,
        };
        if committed.is_err() {
            self.known.forget();
        }
        let appended = committed?.unwrap_or_default();
        self.state.commits.fetch_add(1, Ordering::AcqRel);
        Ok(appended)
    }

    /// All commands in one transaction; none if one of them left something behind.
    fn attempt(
        &mut self,
        batch: &mut [Box<dyn Command>],
        run: impl Fn(&mut Transaction<'_>, &mut dyn Command) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<Option<Vec<Appended>>> {
        let sql = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut transaction = Transaction::new(&sql, &mut self.known, &self.journal, self.epoch);
        for command in batch {
            if !run(&mut transaction, command.as_mut())? {
                return Ok(None);
            }
        }
        let written = transaction.finish()?;
        sql.commit()?;
        self.journal.add(&written);
        Ok(Some(written.appended))
    }

    fn tell(&self, appended: Appended) {
        if catch_unwind(AssertUnwindSafe(|| (self.sink)(appended))).is_err() {
            tracing::error!("the sink of the store panicked");
        }
    }

    /// After the answers, so that nobody waits for it.
    fn tidy(&mut self) {
        if self.journal.is_full()
            && let Err(error) = self.settle()
        {
            tracing::error!(%error, "the journal was not settled");
            self.stop_if_broken(&error);
        }
        // Also when that failed: a full disk may have room in the log afterwards.
        if !self.is_stopped()
            && let Err(error) = self.checkpoints.run_if_due(&self.connection)
        {
            tracing::error!(%error, "a checkpoint failed");
            self.stop_if_broken(&error);
        }
    }

    fn settle(&mut self) -> rusqlite::Result<()> {
        let sql = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.journal.settle(&sql, self.epoch)?;
        sql.commit()?;
        self.journal.clear();
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.state.stopped.load(Ordering::Acquire)
    }

    fn stop_if_broken(&self, error: &rusqlite::Error) {
        if !fault::ends_writing(error) {
            return;
        }
        self.state.stopped.store(true, Ordering::Release);
        tracing::error!("the disk failed: writing ends until the server is restarted");
        // Closing would fsync the file once more.
        let no_checkpoint = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        if let Err(error) = self.connection.set_db_config(no_checkpoint, true) {
            tracing::error!(%error, "the last checkpoint can't be prevented");
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if thread::panicking() {
            self.state.stopped.store(true, Ordering::Release);
        }
    }
}

/// Runs one command; false if it refused or panicked after it had written something.
fn run(transaction: &mut Transaction<'_>, command: &mut dyn Command) -> rusqlite::Result<bool> {
    let (mark, changes) = (transaction.mark(), transaction.sql.total_changes());
    let keep = keep(transaction, command)?;
    Ok(keep || (transaction.mark() == mark && transaction.sql.total_changes() == changes))
}

/// Runs one command in its own savepoint, so that its refusal or panic leaves nothing behind and
/// spoils nothing.
fn run_in_savepoint(
    transaction: &mut Transaction<'_>,
    command: &mut dyn Command,
) -> rusqlite::Result<bool> {
    let sql = transaction.sql;
    let mark = transaction.mark();
    sql.prepare_cached("SAVEPOINT command")?.execute([])?;
    if keep(transaction, command)? {
        transaction.write_activity()?;
    } else {
        sql.prepare_cached("ROLLBACK TO command")?.execute([])?;
        transaction.undone_since(mark);
    }
    sql.prepare_cached("RELEASE command")?.execute([])?;
    Ok(true)
}

/// Runs one command; whether what it did is to be kept. An error means that the whole transaction is
/// lost.
fn keep(transaction: &mut Transaction<'_>, command: &mut dyn Command) -> rusqlite::Result<bool> {
    catch_unwind(AssertUnwindSafe(|| command.run(transaction))).unwrap_or_else(|_| {
        tracing::error!("a command of the store panicked");
        Ok(false)
    })
}
