//! The harness of the end-to-end tests: real server processes, real sockets, real terminals.
//!
//! Everything goes through the public way in. Nothing here sleeps for a time and hopes: it waits
//! for a condition and says, when the condition does not come, what was there instead.

pub mod binaries;
pub mod certificates;
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
pub mod machine;
pub mod onlooker;
pub mod process;
pub mod rest;
pub mod server;
pub mod shell;
pub mod small_disk;
pub mod socket;
pub mod strace;
pub mod terminal;

use std::time::{Duration, Instant};

/// How long a condition may take before a test gives up. Generous: a slow machine is no bug.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between looks at something that tells nobody of itself.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(5);

/// Waits until `is_so`, for something that can only be looked at.
///
/// # Panics
/// If that takes longer than [`PATIENCE`].
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited for {what} in vain");
        std::thread::sleep(LOOK_AGAIN_AFTER);
    }
}
