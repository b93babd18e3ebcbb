//! Faults: whatever happens to the server, its disk, its clock, the line or the client, what was
//! promised holds.
//!
//! Each test follows from a printed seed (`NEMESIS_SEED`), does `NEMESIS_SCALE` times as much if
//! asked, and has a control: the same check on something that does break the promise.

mod away;
mod backup;
mod client_disk;
mod clock;
mod disk;
mod frames;
mod killed_clients;
mod links;
mod power_cut;
mod readers;
mod server_kill;
mod slow_disk;
mod stop;
mod storm;
mod write_kill;
