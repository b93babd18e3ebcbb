//! What figures were measured on: without it they say little.

use chatter_protocol::Timestamp;
use serde_json::{Value, json};

/// The machine, the day and the build, as a report tells them.
pub fn facts() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let models =
        processors.lines().filter_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let models: Vec<_> = models.map(|(_, model)| model).collect();
    json!({
        "at": Timestamp::now(),
        "processor": models.first(),
        "processors": models.len(),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        // What else was running, as the mean of one, five and fifteen minutes.
        "load": read("/proc/loadavg").trim(),
        "version": env!("CARGO_PKG_VERSION"),
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
    })
}
