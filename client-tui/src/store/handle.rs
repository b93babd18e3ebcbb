//! The store for async code: one thread owns the file, callers send it work and wait.

use chatter_protocol::ConversationId;
use chatter_protocol::rest::MessagesPage;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use super::{LocalStore, Result, StoreError};
use crate::sync::{Change, HistoryRange, KeptUnsent};

/// Work that may wait for the thread; a caller beyond it waits to hand its work over.
const QUEUE_LENGTH: usize = 64;

/// Changes that could not be kept.
#[derive(Debug, Error)]
#[error("{cause}")]
pub struct NotKept {
    /// To be tried again.
    pub changes: Vec<Change>,
    /// Why.
    pub cause: StoreError,
}

impl From<NotKept> for StoreError {
    fn from(not_kept: NotKept) -> Self {
        not_kept.cause
    }
}

type Job = Box<dyn FnOnce(&mut LocalStore) + Send>;

/// A cheap handle; the thread ends, with all work done, when the last one is dropped.
#[derive(Clone, Debug)]
pub struct StoreHandle {
    jobs: mpsc::Sender<Job>,
}

impl StoreHandle {
    /// Gives the store a thread of its own.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn spawn(mut store: LocalStore) -> std::io::Result<Self> {
        let (jobs, mut waiting) = mpsc::channel::<Job>(QUEUE_LENGTH);
        std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            while let Some(job) = waiting.blocking_recv() {
                job(&mut store);
            }
        })?;
        Ok(Self { jobs })
    }

    /// See [`LocalStore::keep`].
    ///
    /// # Errors
    /// The changes come back with the cause: nothing of them is kept.
    pub async fn keep(&self, changes: Vec<Change>) -> std::result::Result<(), NotKept> {
        match self.reserve().await {
            Ok(place) => place.keep(changes).await,
            Err(cause) => Err(NotKept { changes, cause }),
        }
    }

    /// A place in the queue, for work that must not be lost while it waits for one.
    pub async fn reserve(&self) -> Result<Place<'_>> {
        self.jobs.reserve().await.map(Place).map_err(|_| StoreError::Closed)
    }

    /// See [`LocalStore::page`].
    pub async fn page(
        &self,
        conversation: ConversationId,
        range: HistoryRange,
        rows_max: usize,
    ) -> Result<Option<MessagesPage>> {
        self.run(move |store| store.page(conversation, range, rows_max)).await
    }

    /// Takes over what processes that are gone left unsent, see [`LocalStore::adopt`]; everything
    /// that this process has to send.
    pub async fn adopt(&self) -> Result<Vec<KeptUnsent>> {
        self.run(|store| {
            store.adopt()?;
            store.outbox()
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut LocalStore) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.reserve().await?.run(work).await
    }
}

/// A place in the queue of a store's thread.
#[derive(Debug)]
pub struct Place<'a>(mpsc::Permit<'a, Job>);

impl Place<'_> {
    /// See [`StoreHandle::keep`]. Handed over at once: to stop waiting only means not to learn how
    /// it ended.
    pub fn keep(
        self,
        changes: Vec<Change>,
    ) -> impl Future<Output = std::result::Result<(), NotKept>> {
        let kept = self.run(move |store| {
            let kept = store.keep(&changes);
            Ok(kept.map_err(|cause| NotKept { changes, cause }))
        });
        async { kept.await.unwrap_or_else(|cause| Err(NotKept { changes: Vec::new(), cause })) }
    }

    fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut LocalStore) -> Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Box::new(move |store| {
            // Nobody waits for the answer any more: the work is done all the same.
            let _ = answer.send(work(store));
        }));
        async { answered.await.map_err(|_| StoreError::Closed)? }
    }
}
