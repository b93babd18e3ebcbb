//! The product's verbs, the same for REST and socket. Checks what needs no transaction, asks the
//! store for the rest, tells the bus what the store does not. Knows neither axum nor SQL.

mod accounts;
mod conversations;
mod error;
mod media;
mod messages;
mod people;
mod stream;

use std::sync::Arc;

use chatter_protocol::Limits;

use crate::auth::Auth;
use crate::bus::Bus;
use crate::media::Media;
use crate::presence::Roster;
use crate::store::Store;

pub use error::ChatError;
pub(crate) use error::internal;
pub use media::Served;

/// Short for the results of this module.
pub type Result<T> = std::result::Result<T, ChatError>;

/// Everything that people can do.
pub struct Chat {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    auth: Auth,
    roster: Arc<Roster>,
    media: Arc<Media>,
    limits: Limits,
}

impl Chat {
    /// The verbs over these parts.
    pub fn new(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        auth: Auth,
        roster: Arc<Roster>,
        media: Arc<Media>,
        limits: Limits,
    ) -> Self {
        Self { store, bus, auth, roster, media, limits }
    }

    /// Who is who.
    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// What this server accepts.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many rows a page gets when `asked`; `default` when nothing is asked.
    fn page_rows(&self, asked: Option<usize>) -> Result<usize> {
        let rows_max = self.limits.page_rows_max;
        match asked.unwrap_or(PAGE_ROWS_DEFAULT.min(rows_max)) {
            rows if (1..=rows_max).contains(&rows) => Ok(rows),
            _ => Err(ChatError::field("limit", format!("A page has 1 to {rows_max} rows."))),
        }
    }
}

/// Rows of a page when the client doesn't say.
const PAGE_ROWS_DEFAULT: usize = 50;
