//! What a process costs, as Linux tells it under `/proc`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;

/// Ticks per second of the times in `/proc/PID/stat` (USER_HZ of Linux on every platform that we
/// measure on).
const TICKS_PER_SECOND: u64 = 100;

/// Looks at one process.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    folder: PathBuf,
}

/// How often the process was put aside and woken.
pub(crate) type Switches = u64;

impl Meter {
    /// Of the process with this id.
    pub(crate) fn of(pid: u32) -> Self {
        Self { folder: PathBuf::from(format!("/proc/{pid}")) }
    }

    /// Processor time so far, user and system, in steps of 10 ms.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = self.read("stat")?;
        // The name in brackets may have blanks; utime and stime are the 14th and 15th field.
        let after_name = stat.rsplit_once(')').context("no name in stat")?.1;
        let ticks = after_name.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|field| field.parse::<u64>().unwrap_or(0)).sum();
        Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        let status = self.read("status")?;
        let kib = field(&status, "VmRSS:").context("no VmRSS")?;
        Ok(kib * 1024)
    }

    /// Context switches of all threads that live now.
    pub(crate) fn switches(&self) -> anyhow::Result<Switches> {
        let mut sum = 0;
        for thread in std::fs::read_dir(self.folder.join("task"))? {
            let status = std::fs::read_to_string(thread?.path().join("status")).unwrap_or_default();
            sum += field(&status, "voluntary_ctxt_switches:").unwrap_or(0);
        }
        Ok(sum)
    }

    fn read(&self, name: &str) -> anyhow::Result<String> {
        let path = self.folder.join(name);
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    }
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
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
