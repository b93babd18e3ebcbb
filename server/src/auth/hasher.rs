//! Argon2id, off the async threads and never more at once than the processors bear.
//!
//! A hash takes 19 MiB and some 30 ms, so only half of the processors hash; at most
//! [`WAITING_MAX`] wait, one more is told to come back.

use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chatter_protocol::Secret;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::AuthError;
use crate::store::PasswordHash;

/// Passwords that may wait to be hashed or checked.
const WAITING_MAX: usize = 32;

/// Bytes of a salt, as OWASP and RFC 9106 (section 3.1) ask for.
const SALT_BYTES: usize = 16;

/// Blocks (of 1 KiB) to ask the allocator for, of which only those needed are touched: more than
/// 32 MiB, so that glibc maps them for this use alone and gives them back. Memory below that it
/// keeps once it was freed, for each thread that ever hashed (mallopt(3), M_MMAP_THRESHOLD).
const BLOCKS_MAPPED: usize = 33 * 1024;

pub(super) struct Hasher {
    /// Places at work and in the queue together.
    places: Arc<Semaphore>,
    /// Places at work.
    working: Arc<Semaphore>,
    /// Hash of nobody's password, checked for unknown accounts.
    nobody: PasswordHash,
}

impl Hasher {
    pub(super) fn new() -> Self {
        let working = (available_parallelism().map_or(1, usize::from) / 2).max(1);
        Self {
            places: Arc::new(Semaphore::new(working + WAITING_MAX)),
            working: Arc::new(Semaphore::new(working)),
            nobody: nobody(),
        }
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
    let mut salt = [0; SALT_BYTES];
    rand::fill(&mut salt);
    let params = Params::default();
    let hash = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&params).try_into().map_err(AuthError::fault)?,
        salt: Some(phc::Salt::new(&salt).map_err(AuthError::fault)?),
        hash: Some(digest(params, password, &salt)?),
    };
    Ok(PasswordHash(hash.to_string()))
}

/// What looks like the hash of somebody's password, so that checking against it takes as long; it is
/// not computed, which would cost every start 19 MiB and 30 ms.
fn nobody() -> PasswordHash {
    let (mut salt, mut hash) = ([0; 16], [0; 32]);
    rand::fill(&mut salt);
    rand::fill(&mut hash);
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    PasswordHash(format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${hash}"))
}

fn verify(password: &Secret, expected: &PasswordHash) -> Result<bool, AuthError> {
    let expected = phc::PasswordHash::new(&expected.0).map_err(AuthError::fault)?;
    let params = Params::try_from(&expected).map_err(AuthError::fault)?;
    let (Some(salt), Some(hash)) = (expected.salt, expected.hash) else {
        return Err(AuthError::fault("a stored hash lacks salt or hash"));
    };
    // Compared in constant time.
    Ok(digest(params, password, &salt)? == hash)
}

/// Argon2id in memory of its own, which goes back to the system when it is done.
fn digest(params: Params, password: &Secret, salt: &[u8]) -> Result<phc::Output, AuthError> {
    let blocks = params.block_count();
    let mut memory = Vec::with_capacity(blocks.max(BLOCKS_MAPPED));
    memory.resize(blocks, Block::new());
    let mut hash = [0; Params::DEFAULT_OUTPUT_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password.expose().as_bytes(), salt, &mut hash, &mut memory)
        .map_err(AuthError::fault)?;
    phc::Output::new(&hash).map_err(AuthError::fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account_is_right() {
        let hasher = Hasher::new();
        let stored = hasher.hash(Secret::new("correct horse")).await.expect("hashed");
        assert!(stored.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.0);
        let verify = |password: &str, hash| hasher.verify(Secret::new(password), hash);
        assert!(verify("correct horse", Some(stored.clone())).await.expect("checked"));
        assert!(!verify("correct horsf", Some(stored)).await.expect("checked"));
        assert!(!verify("correct horse", None).await.expect("checked"));
    }

    #[test]
    fn nobody_looks_like_somebody() {
        let real = hash(&Secret::new("correct horse")).expect("hashed").0;
        let nobody = nobody().0;
        let parts = |phc: &str| phc.split('$').map(str::len).collect::<Vec<_>>();
        assert_eq!(parts(&nobody), parts(&real));
        let parameters = real.rsplitn(3, '$').last().expect("parameters");
        assert!(nobody.starts_with(parameters), "{nobody} and {real} take different times");
        assert!(phc::PasswordHash::new(&nobody).is_ok());
    }

    #[tokio::test]
    async fn one_above_the_queue_is_told_to_come_back() {
        let hasher = Hasher::new();
        let all = u32::try_from(hasher.places.available_permits()).expect("small");
        let _taken = hasher.places.acquire_many(all).await.expect("open");
        let answer = hasher.verify(Secret::new("whatever it is"), None).await;
        assert!(matches!(answer, Err(AuthError::Busy)));
    }
}
