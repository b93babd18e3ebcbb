//! Faults: whatever happens to the server, to its disk or to its clock, what it promised holds.
//!
//! Each test has a control: the same checks on a server or a disk that does break the promise.

mod backup;
mod clock;
mod disk;
mod power_cut;
mod server_kill;
mod slow_disk;
mod stop;
mod write_kill;
