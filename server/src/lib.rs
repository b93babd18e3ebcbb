//! A small, trustworthy chat server.

pub mod store;
