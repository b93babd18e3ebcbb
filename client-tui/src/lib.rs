//! Placeholder.

pub mod cli;
pub mod headless;
pub mod net;
pub mod paths;
pub mod session_file;
