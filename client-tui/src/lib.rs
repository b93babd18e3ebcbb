//! A terminal chat client that never loses a message.

pub mod action;
pub mod cli;
pub mod headless;
pub mod keymap;
pub mod net;
pub mod paths;
pub mod session_file;
pub mod state;
pub mod sync;
pub mod update;
pub mod view;
