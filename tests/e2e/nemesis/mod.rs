//! What happens when everything goes wrong: nothing is lost, nothing comes twice.
//!
//! Each test follows from a printed seed (`NEMESIS_SEED`), does `NEMESIS_SCALE` times as much if
//! asked, and has a control: the same check on something that must fail it.

mod away;
mod frames;
mod killed_clients;
mod links;
mod readers;
mod storm;
