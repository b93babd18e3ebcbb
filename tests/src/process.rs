//! What the system says about a process.

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

/// How often its threads that live now were put on a processor again.
pub fn switches(pid: u32) -> u64 {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    // A thread may end between the list and the look.
    let status = |thread: std::fs::DirEntry| std::fs::read_to_string(thread.path().join("status"));
    let statuses = threads.flatten().filter_map(|thread| status(thread).ok());
    let of_one = |status: String| {
        let counts = status.lines().filter_map(|line| line.split_once("ctxt_switches:"));
        counts.map(|(_, count)| count.trim().parse::<u64>().expect("a number")).sum::<u64>()
    };
    statuses.map(of_one).sum()
}
