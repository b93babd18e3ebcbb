//! The harness of the end-to-end tests: real server processes, real sockets, real terminals.
//!
//! Everything goes through the public way in. Nothing here sleeps for a time and hopes: it waits
//! for a condition and says, when the condition does not come, what was there instead.

pub mod binaries;
pub mod chance;
pub mod chaos;
pub mod checker;
pub mod clients;
pub mod crash_images;
pub mod crowd;
pub mod data;
pub mod desktop;
pub mod device_process;
pub mod gate;
pub mod ledger;
pub mod load;
pub mod onlooker;
pub mod process;
pub mod rest;
pub mod server;
pub mod shell;
pub mod small_disk;
pub mod socket;
pub mod strace;
pub mod terminal;

use std::time::Duration;

/// How long a condition may take before a test gives up. Generous: a slow machine is no bug.
pub const PATIENCE: Duration = Duration::from_secs(30);
