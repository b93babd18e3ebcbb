//! What the system says about a process.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::DirEntry;
use std::path::Path;

/// Resident memory, bytes.
pub fn memory_bytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("has memory");
    let number = line.trim().trim_end_matches("kB").trim();
    number.parse::<u64>().expect("a number") * 1024
}

/// Open descriptors.
pub fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs").count()
}

/// Processor time used, in milliseconds, at the system's usual 100 ticks per second.
pub fn cpu_ms(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    // After the name, which may hold anything, in parentheses.
    let fields: Vec<_> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<u64>().expect("a number");
    (ticks(11) + ticks(12)) * 10
}

/// What each thread of a process did so far.
pub struct Threads(HashMap<OsString, Work>);

/// What threads did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Work {
    /// Time on a processor, milliseconds.
    pub cpu_ms: f64,
    /// How often one of them was put on a processor again.
    pub wakeups: u64,
}

impl Threads {
    /// Of the process with this id.
    pub fn of(pid: u32) -> Self {
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
        // A thread may end between the list and the look.
        let looked_at = |thread: DirEntry| Some((thread.file_name(), work_of(&thread.path())?));
        Self(threads.flatten().filter_map(looked_at).collect())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What those that are here now did since `before`; what ended meanwhile is not known.
    pub fn since(&self, before: &Self) -> Work {
        let mut sum = Work::default();
        for (thread, now) in &self.0 {
            let before = before.0.get(thread).copied().unwrap_or_default();
            sum.cpu_ms += now.cpu_ms - before.cpu_ms;
            sum.wakeups += now.wakeups - before.wakeups;
        }
        sum
    }
}

fn work_of(thread: &Path) -> Option<Work> {
    let read = |name: &str| std::fs::read_to_string(thread.join(name)).ok();
    let (status, scheduled) = (read("status")?, read("schedstat")?);
    let counts = status.lines().filter_map(|line| line.split_once("ctxt_switches:"));
    let ran_ns: f64 = scheduled.split_whitespace().next()?.parse().ok()?;
    Some(Work {
        cpu_ms: ran_ns / 1e6,
        wakeups: counts.map(|(_, count)| count.trim().parse::<u64>().expect("a number")).sum(),
    })
}
