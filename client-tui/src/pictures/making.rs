//! Making pictures: from this device or the server, through the worker. Two at a time, and only
//! what is on screen: what has scrolled away is given up.

use std::collections::HashMap;
use std::sync::{Arc, mpsc as thread_mpsc};

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{AbortHandle, spawn_blocking};

use super::decode::PICTURE_BYTES_MAX;
use super::encode::Encoded;
use super::worker::{Job, Worker};
use super::{Failed, Means, Rendition, Source, Wanted, cache};

/// Pictures that are fetched or decoded at once; of each, all bytes are in memory.
const AT_ONCE: usize = 2;

/// A picture that was made, or why not.
pub(super) struct Made {
    pub(super) wanted: Wanted,
    pub(super) result: Result<Encoded, Failed>,
}

/// What is being made.
pub(super) struct Making {
    worker: Worker,
    under_way: HashMap<Wanted, AbortHandle>,
    permits: Arc<Semaphore>,
    made: (mpsc::UnboundedSender<Made>, mpsc::UnboundedReceiver<Made>),
}

impl Default for Making {
    fn default() -> Self {
        Self {
            worker: Worker::default(),
            under_way: HashMap::new(),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            // As many wait as were on screen at most.
            made: mpsc::unbounded_channel(),
        }
    }
}

impl Making {
    /// Makes these, the first ones first, and nothing else any more.
    pub(super) fn make(&mut self, wanted: &[Wanted], means: &Means, source: &Source) {
        self.give_up_all_but(wanted);
        for wanted in wanted {
            if self.under_way.contains_key(wanted) {
                continue;
            }
            let Some(jobs) = self.worker.jobs() else { return };
            let (permits, made) = (self.permits.clone(), self.made.0.clone());
            let (wanted, means, source) = (*wanted, *means, source.clone());
            let task = tokio::spawn(async move {
                let Ok(_permit) = permits.acquire().await else { return };
                let result = make(&wanted, &means, &source, &jobs).await;
                let Wanted { media, rendition, .. } = wanted;
                let result = result.map_err(|problem| Failed { media, rendition, problem });
                // Nobody listens when the program ends.
                let _ = made.send(Made { wanted, result });
            });
            self.under_way.insert(wanted, task.abort_handle());
        }
    }

    /// Gives up what is not among these.
    pub(super) fn give_up_all_but(&mut self, wanted: &[Wanted]) {
        self.under_way.retain(|making, task| {
            let is_wanted = wanted.contains(making);
            if !is_wanted {
                task.abort();
            }
            is_wanted
        });
    }

    /// The next one that was made and is still wanted.
    pub(super) async fn next(&mut self) -> Made {
        loop {
            match self.made.1.recv().await {
                Some(made) if self.under_way.remove(&made.wanted).is_some() => return made,
                Some(_) => {}
                None => std::future::pending().await,
            }
        }
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        self.give_up_all_but(&[]);
    }
}

async fn make(
    wanted: &Wanted,
    means: &Means,
    source: &Source,
    jobs: &thread_mpsc::Sender<Job>,
) -> Result<Encoded, String> {
    let bytes = bytes(wanted, source).await?;
    let (reply, made) = oneshot::channel();
    let job = Job { bytes, wanted: *wanted, means: *means, reply };
    if jobs.send(job).is_err() {
        return Err("it can't be decoded".to_owned());
    }
    let made = made.await.unwrap_or(Err("it can't be decoded"));
    if made.is_err()
        && let Some(folder) = source.folder.clone()
    {
        let wanted = *wanted;
        spawn_blocking(move || cache::forget(&folder, &wanted));
    }
    made.map_err(str::to_owned)
}

/// The bytes of a picture, from this device if they are here.
async fn bytes(wanted: &Wanted, source: &Source) -> Result<Vec<u8>, String> {
    let wanted = *wanted;
    if let Some(folder) = source.folder.clone() {
        let kept = spawn_blocking(move || cache::read(&folder, &wanted)).await;
        if let Ok(Some(bytes)) = kept {
            return Ok(bytes);
        }
    }
    let is_thumbnail = wanted.rendition == Rendition::Thumbnail;
    let fetched = source.api.media(wanted.media, is_thumbnail, PICTURE_BYTES_MAX as u64).await;
    let bytes = fetched.map_err(|error| error.to_string())?;
    let Some(folder) = source.folder.clone() else { return Ok(bytes) };
    let keeping = spawn_blocking(move || {
        cache::keep(&folder, &wanted, &bytes);
        bytes
    });
    keeping.await.map_err(|error| error.to_string())
}
