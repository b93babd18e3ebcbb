//! A terminal chat client that never loses a message.

pub mod action;
pub mod app;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod credentials;
pub mod device;
pub mod doctor;
pub mod effects;
pub mod files;
pub mod headless;
pub mod host;
pub mod keymap;
pub mod listener;
pub mod log;
pub mod markdown;
pub mod net;
pub mod paths;
pub mod pictures;
pub mod private_file;
pub mod run;
pub mod script;
#[cfg(test)]
mod simulation;
pub mod start;
pub mod state;
pub mod store;
pub mod sync;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod width;
