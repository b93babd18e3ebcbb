//! The client's half of the network: REST calls and one live link that reconnects by itself.
//!
//! Knows nothing of the screen, of what is stored on this device, or of unsent messages: callers
//! read [`LinkEvent`]s and get a [`NetError`] whose text can be shown as it is.

mod answer;
mod api;
mod backoff;
mod cause;
mod connection;
mod ending;
mod error;
mod handshake;
pub mod link;
mod media;
mod patience;
pub(crate) mod progress;
mod server_url;
#[cfg(test)]
pub(crate) mod stub_socket;
pub mod tls;
mod wake;

use std::path::PathBuf;
use std::time::Duration;

pub use api::{Api, HistoryQuery};
pub use backoff::Backoff;
pub use error::NetError;
pub use link::{Link, LinkEvent, LinkHandle, LinkStatus};
pub use patience::{Patience, Tries};
pub use server_url::{ServerUrl, ServerUrlError};

/// Program and version, told to the server for its log.
pub const CLIENT_NAME: &str = concat!("chatter/", env!("CARGO_PKG_VERSION"));

/// How to talk to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetOptions {
    /// Whether `http` and `ws` are allowed to more than this machine. Everybody on the way can
    /// then read along.
    pub allow_plain: bool,
    /// Certificates (PEM) to trust beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// Whether no person is at this device, so that its link does not make the account online.
    pub unattended: bool,
    /// Limit for name lookup, connection, TLS and, for the link, WebSocket handshake.
    pub connect_timeout: Duration,
    /// Limit for a whole REST call, and for the link from `hello` to `welcome`.
    pub request_timeout: Duration,
}

impl Default for NetOptions {
    fn default() -> Self {
        Self {
            allow_plain: false,
            ca_file: None,
            unattended: false,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(20),
        }
    }
}
