//! The thread that decodes and encodes: it may take its time, and whatever a picture does to it,
//! the screen goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

use super::decode::decode;
use super::encode::{Encoded, encode};
use super::{Means, Wanted};

/// One picture to make.
pub(super) struct Job {
    pub(super) bytes: Vec<u8>,
    pub(super) wanted: Wanted,
    pub(super) means: Means,
    /// Who waits for it. When nobody does any more, it is not made.
    pub(super) reply: oneshot::Sender<Result<Encoded, &'static str>>,
}

/// The thread, as others see it. It starts with the first picture and ends when this is dropped.
#[derive(Default)]
pub(super) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
}

impl Worker {
    /// Where to put jobs; callers bound how many wait. None if there can be no thread.
    pub(super) fn jobs(&mut self) -> Option<mpsc::Sender<Job>> {
        if self.jobs.is_none() {
            let (sender, jobs) = mpsc::channel();
            let started = thread::Builder::new().name("pictures".to_owned()).spawn(move || {
                while let Ok(job) = jobs.recv() {
                    work(job);
                }
            });
            match started {
                Ok(_) => self.jobs = Some(sender),
                Err(error) => tracing::warn!(%error, "pictures can't be made"),
            }
        }
        self.jobs.clone()
    }
}

fn work(job: Job) {
    let Job { bytes, wanted, means, reply } = job;
    if reply.is_closed() {
        return;
    }
    // Decoders are not to panic; should one, that picture can't be drawn.
    let made = catch_unwind(AssertUnwindSafe(|| {
        decode(&bytes, wanted.rendition).and_then(|image| encode(&image, &wanted, &means))
    }));
    // Whoever waited may have scrolled on.
    let _ = reply.send(made.unwrap_or(Err("it can't be decoded")));
}
