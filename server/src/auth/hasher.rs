//! Argon2id, off the async threads and never more at once than the processors bear.
//!
//! A hash takes 19 MiB and some 30 ms, so only half of the processors hash; at most
//! [`WAITING_MAX`] wait, one more is told to come back.

use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::password_hash::phc;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use chatter_protocol::Secret;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::AuthError;
use crate::store::PasswordHash;

/// Passwords that may wait to be hashed or checked.
const WAITING_MAX: usize = 32;

pub(super) struct Hasher {
    /// Places at work and in the queue together.
    places: Arc<Semaphore>,
    /// Places at work.
    working: Arc<Semaphore>,
    /// Hash of nobody's password, checked for unknown accounts.
    nobody: PasswordHash,
}

impl Hasher {
    pub(super) fn new() -> Result<Self, AuthError> {
        let working = (available_parallelism().map_or(1, usize::from) / 2).max(1);
        Ok(Self {
            places: Arc::new(Semaphore::new(working + WAITING_MAX)),
            working: Arc::new(Semaphore::new(working)),
            nobody: hash(&super::token::fresh()?)?,
        })
    }

    /// The password's hash, with a fresh salt.
    pub(super) async fn hash(&self, password: Secret) -> Result<PasswordHash, AuthError> {
        self.work(move || hash(&password)).await
    }

    /// Whether `password` has this hash; `None` takes as long and is never right.
    pub(super) async fn verify(
        &self,
        password: Secret,
        expected: Option<PasswordHash>,
    ) -> Result<bool, AuthError> {
        let known = expected.is_some();
        let expected = expected.unwrap_or_else(|| self.nobody.clone());
        Ok(self.work(move || verify(&password, &expected)).await? && known)
    }

    /// Runs `job` on a blocking thread. The places go with it, since it goes on when the request
    /// that asked for it is gone.
    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, AuthError> + Send + 'static,
    ) -> Result<T, AuthError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| AuthError::Busy)?;
        let working = Arc::clone(&self.working).acquire_owned().await.map_err(AuthError::fault)?;
        let task = spawn_blocking(move || {
            let result = job();
            drop((place, working));
            result
        });
        task.await.map_err(AuthError::fault)?
    }
}

/// The crate's default is what OWASP asks for: Argon2id, 19 MiB, two passes, one lane.
fn hash(password: &Secret) -> Result<PasswordHash, AuthError> {
    let hash: phc::PasswordHash =
        Argon2::default().hash_password(password.expose().as_bytes()).map_err(AuthError::fault)?;
    Ok(PasswordHash(hash.to_string()))
}

fn verify(password: &Secret, expected: &PasswordHash) -> Result<bool, AuthError> {
    let expected = phc::PasswordHash::new(&expected.0).map_err(AuthError::fault)?;
    Ok(Argon2::default().verify_password(password.expose().as_bytes(), &expected).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account_is_right() {
        let hasher = Hasher::new().expect("hasher");
        let stored = hasher.hash(Secret::new("correct horse")).await.expect("hashed");
        assert!(stored.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.0);
        let verify = |password: &str, hash| hasher.verify(Secret::new(password), hash);
        assert!(verify("correct horse", Some(stored.clone())).await.expect("checked"));
        assert!(!verify("correct horsf", Some(stored)).await.expect("checked"));
        assert!(!verify("correct horse", None).await.expect("checked"));
    }

    #[tokio::test]
    async fn one_above_the_queue_is_told_to_come_back() {
        let hasher = Hasher::new().expect("hasher");
        let all = u32::try_from(hasher.places.available_permits()).expect("small");
        let _taken = hasher.places.acquire_many(all).await.expect("open");
        let answer = hasher.verify(Secret::new("whatever it is"), None).await;
        assert!(matches!(answer, Err(AuthError::Busy)));
    }
}
