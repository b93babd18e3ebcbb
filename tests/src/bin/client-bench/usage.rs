//! What the system says that a process uses.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chatter_tests::process;

/// Memory as the system counts it, KiB.
pub(crate) struct Memory {
    /// Resident.
    pub(crate) rss: f64,
    /// The same, with what is shared divided among those who share it.
    pub(crate) pss: f64,
    /// Written by the process and nobody else's.
    pub(crate) private_dirty: f64,
}

/// What a process has used so far.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    /// Time on a processor of the threads that there are, milliseconds.
    pub(crate) cpu_ms: f64,
    /// How often one of them was put on a processor again.
    pub(crate) wakeups: f64,
}

pub(crate) fn memory(pid: u32) -> anyhow::Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = line.and_then(|line| line.trim().strip_suffix("kB"));
        Ok::<f64, anyhow::Error>(number.context("an unknown form")?.trim().parse()?)
    };
    Ok(Memory { rss: field("Rss")?, pss: field("Pss")?, private_dirty: field("Private_Dirty")? })
}

pub(crate) fn work(pid: u32) -> anyhow::Result<Work> {
    let mut work = Work { cpu_ms: 0.0, wakeups: process::switches(pid) as f64 };
    for task in tasks(pid)? {
        // A thread may end between the list and the look.
        let Ok(ran_ns) = first_number(&task.join("schedstat")) else { continue };
        work.cpu_ms += ran_ns / 1e6;
    }
    Ok(work)
}

/// Its threads.
pub(crate) fn threads(pid: u32) -> anyhow::Result<usize> {
    Ok(tasks(pid)?.len())
}

impl Work {
    /// What was used since `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self { cpu_ms: self.cpu_ms - before.cpu_ms, wakeups: self.wakeups - before.wakeups }
    }
}

fn tasks(pid: u32) -> anyhow::Result<Vec<PathBuf>> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"))?;
    Ok(tasks.map(|task| Ok(task?.path())).collect::<std::io::Result<_>>()?)
}

fn first_number(path: &Path) -> anyhow::Result<f64> {
    let text = fs::read_to_string(path)?;
    Ok(text.split_whitespace().next().context("an unknown form")?.parse()?)
}
