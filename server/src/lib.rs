//! A small, trustworthy chat server.
//!
//! The way of a message: [`http`] or [`socket`] reads it, [`chat`] checks it, [`store`] makes it
//! durable and numbers it, the [`bus`] tells the [`hub`], the hub fills the [`mailbox`] of each
//! connection, and the [`socket`] of each writes it out. [`auth`] knows who is who, [`presence`]
//! who is there, [`media`] keeps files, [`accept`] lets connections in, [`settings`] is what an operator may choose.
//!
//! [`Server::start`] runs it all in-process, for the binary as for tests.

pub mod accept;
pub mod auth;
pub mod bus;
pub mod chat;
pub mod http;
pub mod hub;
pub mod mailbox;
pub mod media;
pub mod presence;
pub mod settings;
pub mod socket;
pub mod store;

mod app;
mod server;

pub use server::{RunningServer, Server, StartError};
pub use settings::{CommandLine, Settings};
