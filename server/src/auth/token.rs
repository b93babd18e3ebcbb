//! Session tokens: 256 random bits that the server itself keeps only as a hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chatter_protocol::Secret;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

use super::AuthError;
use crate::store::TokenHash;

/// Starts every token, so that scanners of leaked secrets recognise one.
const PREFIX: &str = "cht_";

/// A token that nobody has had before.
pub(super) fn fresh() -> Result<Secret, AuthError> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(AuthError::fault)?;
    Ok(Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
}

/// What the store knows a token by. The token is random, so a plain hash is enough.
pub(super) fn hash(token: &Secret) -> TokenHash {
    TokenHash(Sha256::digest(token.expose().as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_recognisable_long_and_never_the_same() {
        let (one, other) = (fresh().expect("random"), fresh().expect("random"));
        assert!(one.expose().starts_with(PREFIX));
        assert_eq!(one.expose().len(), PREFIX.len() + 43);
        assert!(one != other);
        assert!(hash(&one) == hash(&one) && hash(&one) != hash(&other));
    }
}
