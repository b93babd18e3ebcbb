//! Asking again while that can help.

use tokio::time::{Instant, sleep, timeout_at};

use super::{Backoff, NetError};

/// How long one asks again who gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Asks once.
    None,
    /// Asks again until then, and waits for no answer longer.
    Until(Instant),
    /// Asks again until there is an answer; for those who go on over the server's absence.
    Endless,
}

impl Patience {
    /// To ask with:
    ///
    /// ```ignore
    /// loop {
    ///     if let Some(answer) = tries.take(api.me()).await {
    ///         return answer;
    ///     }
    /// }
    /// ```
    pub fn tries(self) -> Tries {
        Tries { patience: self, backoff: Backoff::default() }
    }

    /// What the server answers in the end to `ask`. For a future that must move between threads the
    /// compiler wants [`Patience::tries`].
    ///
    /// # Errors
    /// The last one.
    pub async fn ask<T, F: Future<Output = Result<T, NetError>>>(
        self,
        ask: impl Fn() -> F,
    ) -> Result<T, NetError> {
        let mut tries = self.tries();
        loop {
            if let Some(answer) = tries.take(ask()).await {
                return answer;
            }
        }
    }
}

/// The tries of one question.
#[derive(Debug)]
pub struct Tries {
    patience: Patience,
    backoff: Backoff,
}

impl Tries {
    /// What the server answers this time. None if it is worth asking again, after a wait that grows
    /// and is as long as the server asked for. A post must have the same key each time.
    pub async fn take<T>(
        &mut self,
        answer: impl Future<Output = Result<T, NetError>>,
    ) -> Option<Result<T, NetError>> {
        let answer = match self.patience {
            Patience::Until(deadline) => {
                timeout_at(deadline, answer).await.unwrap_or(Err(NetError::TimedOut))
            }
            Patience::None | Patience::Endless => answer.await,
        };
        let error = match answer {
            Err(error) if error.is_retryable() => error,
            answer => return Some(answer),
        };
        let wait = self.backoff.next_wait(&mut rand::rng()) + error.retry_after();
        match self.patience {
            Patience::None => return Some(Err(error)),
            Patience::Until(deadline) if Instant::now() + wait > deadline => {
                return Some(Err(error));
            }
            Patience::Until(_) | Patience::Endless => sleep(wait).await,
        }
        None
    }
}
