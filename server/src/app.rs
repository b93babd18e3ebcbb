//! What requests and connections work with.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chat::Chat;
use crate::hub::Hub;
use crate::socket::SocketSettings;

/// The parts, shared by all.
pub struct App {
    /// The verbs.
    pub chat: Arc<Chat>,
    /// Where connections attach.
    pub hub: Arc<Hub>,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// How long an upload may take.
    pub upload_timeout: Duration,
    /// Web origins that may use the API.
    pub allowed_origins: Vec<String>,
    /// How connections behave.
    pub socket: SocketSettings,
    /// Cancelled when the server stops.
    pub shutdown: CancellationToken,
    /// Counts what must end before the store closes.
    pub tasks: TaskTracker,
}
