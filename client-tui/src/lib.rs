//! A terminal chat client that never loses a message.

pub mod sync;
