//! Tokens for machines: sessions with chosen rights and a fixed end.

use chatter_protocol::limits::{DEVICE_NAME_CHARS_MAX, TOKEN_SECONDS_MAX, TOKEN_SECONDS_MIN};
use chatter_protocol::names::parse_line;
use chatter_protocol::rest::{CreateTokenRequest, TokenGrant};
use chatter_protocol::{Rights, Timestamp};

use super::{Auth, AuthError, ClientAddress, SignedIn, session_life, token};
use crate::store::NewSession;

impl Auth {
    /// Makes a token for a machine, for the account of `who`.
    ///
    /// # Errors
    /// A refused field, or the store's `TooManyTokens`.
    pub async fn create_token(
        &self,
        who: &SignedIn,
        request: &CreateTokenRequest,
        address: &ClientAddress,
    ) -> Result<TokenGrant, AuthError> {
        let device_name = parse_line(&request.name, DEVICE_NAME_CHARS_MAX)
            .map_err(|error| AuthError::field("name", error))?;
        let (rights, life_ms) = (parse_rights(request)?, parse_life(request.expires_in_s)?);
        let (token, created_at) = (token::fresh()?, Timestamp::now());
        let session = NewSession {
            token_hash: token::hash(&token),
            device_name,
            remember: false,
            address: address.to_string(),
            created_at,
            expires_at: session_life::after(created_at, life_ms),
            rights,
        };
        let session = self.store.create_session(who.user(), session).await?;
        tracing::info!(user = %who.user(), session = %session.id, %address, "token made");
        Ok(TokenGrant { token, session })
    }
}

fn parse_rights(request: &CreateTokenRequest) -> Result<Rights, AuthError> {
    let rights = Rights { send: request.send, read: request.read, account: false };
    if rights == Rights::NONE {
        let message = "A token needs at least one right: to send, to read, or both.";
        return Err(AuthError::field("read", message));
    }
    Ok(rights)
}

/// How long the token lives, in milliseconds.
fn parse_life(seconds: u64) -> Result<i64, AuthError> {
    let life_ms = i64::try_from(seconds.saturating_mul(1_000)).ok();
    life_ms.filter(|_| (TOKEN_SECONDS_MIN..=TOKEN_SECONDS_MAX).contains(&seconds)).ok_or_else(
        || {
            let days_max = TOKEN_SECONDS_MAX / 86_400;
            let message =
                format!("A token lives from {TOKEN_SECONDS_MIN} seconds to {days_max} days.");
            AuthError::field("expires_in_s", message)
        },
    )
}
