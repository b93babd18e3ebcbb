//! Colours of code blocks, found on a thread of their own: whoever lays out never waits for them,
//! and gets plain code until they are there.
//!
//! Nothing is loaded before the first block in a known language. Knows nothing of rows.

#[cfg(feature = "highlight")]
mod language;
#[cfg(feature = "highlight")]
mod syntax;
#[cfg(feature = "highlight")]
mod worker;

#[cfg(feature = "highlight")]
pub use worker::on_highlighting_ready;
#[cfg(feature = "highlight")]
pub(super) use worker::tokens;

#[cfg(not(feature = "highlight"))]
pub use plain::on_highlighting_ready;
#[cfg(not(feature = "highlight"))]
pub(super) use plain::tokens;

use std::sync::Arc;

use super::piece::Token;

/// What a block's code is, line by line, each token up to a byte of its line.
pub(super) type Tokens = Arc<[Vec<(usize, Token)>]>;

/// A client that was built without colours.
#[cfg(not(feature = "highlight"))]
mod plain {
    use super::Tokens;

    /// Never calls `ready`: this client was built without colours for code.
    pub fn on_highlighting_ready(_ready: Box<dyn Fn() + Send>) {}

    pub(in super::super) fn tokens(_language: &str, _lines: &[&str]) -> Option<Tokens> {
        None
    }
}
