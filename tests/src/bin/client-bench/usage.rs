//! The memory that the system says a process uses.

use std::fs;

use anyhow::Context;

/// Memory as the system counts it, KiB.
pub(crate) struct Memory {
    /// Resident.
    pub(crate) rss: f64,
    /// The same, with what is shared divided among those who share it.
    pub(crate) pss: f64,
    /// Written by the process and nobody else's.
    pub(crate) private_dirty: f64,
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
