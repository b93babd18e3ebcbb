//! A terminal chat client that never loses a message.

pub mod cli;
pub mod device;
pub mod headless;
pub mod net;
pub mod paths;
pub mod session_file;
#[cfg(test)]
mod simulation;
pub mod store;
pub mod sync;
