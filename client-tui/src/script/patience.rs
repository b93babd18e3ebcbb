//! Waiting for a server that can't be reached, or giving up at once.

use rand::rng;
use tokio::time::sleep;

use crate::net::{Backoff, NetError};

/// What one does who gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Fails.
    None,
    /// Asks again until there is one; for those who go on over the server's absence.
    Endless,
}

impl Patience {
    /// What the server answers.
    pub(super) async fn ask<T>(
        self,
        ask: impl AsyncFn() -> Result<T, NetError>,
    ) -> Result<T, NetError> {
        let mut backoff = Backoff::default();
        loop {
            match ask().await {
                Err(error) if self == Self::Endless && error.is_retryable() => {
                    let wait = backoff.next_wait(&mut rng()) + error.retry_after();
                    sleep(wait).await;
                }
                answer => return answer,
            }
        }
    }
}
