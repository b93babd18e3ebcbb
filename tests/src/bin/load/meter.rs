//! What a measured process costs, how long things take, and what is on the disk.

use std::path::Path;
use std::time::Duration;

use chatter_tests::process::{self, Threads};

/// Looks at one process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meter(u32);

impl Meter {
    /// Of the process with this id.
    pub(crate) fn of(pid: u32) -> Self {
        Self(pid)
    }

    /// Processor time so far, user and system, in steps of 10 ms.
    pub(crate) fn cpu(self) -> Duration {
        Duration::from_millis(process::cpu_ms(self.0))
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident(self) -> u64 {
        process::memory_bytes(self.0)
    }

    /// What its threads did so far.
    pub(crate) fn threads(self) -> Threads {
        Threads::of(self.0)
    }
}

/// Bytes of the files in a directory and those below it.
pub(crate) fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_in(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// A sorted sample of times, to take percentiles of.
#[derive(Debug, Default, Clone)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    /// Of times in microseconds.
    pub(crate) fn of(mut sample: Vec<u32>) -> Self {
        sample.sort_unstable();
        Self(sample)
    }

    /// In milliseconds; `quantile` is from 0 to 1. 0 without any.
    pub(crate) fn ms(&self, quantile: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let place = (last as f64 * quantile).round() as usize;
        self.0.get(place).map_or(0.0, |us| f64::from(*us) / 1000.0)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}
