//! Signing in. Unknown account and wrong password take the same path, time and answer.

use chatter_protocol::limits::{EMAIL_BYTES_MAX, PASSWORD_CHARS_MAX};
use chatter_protocol::rest::{SessionGrant, SigninRequest};

use super::{AccountKey, Auth, AuthError, ClientAddress};
use crate::store::{Credentials, Login};

impl Auth {
    /// Signs a device in.
    ///
    /// # Errors
    /// `InvalidCredentials`, or `RateLimited` after too many failures; what is refused for that is
    /// not hashed.
    pub async fn sign_in(
        &self,
        request: &SigninRequest,
        address: &ClientAddress,
    ) -> Result<SessionGrant, AuthError> {
        let (token, session) =
            self.new_session(request.remember, request.device_name.as_deref(), address)?;
        let by_address = self.address_attempts.start(address.clone())?;
        let credentials = match parse_login(&request.login) {
            Some(login) => self.store.credentials(login).await?,
            None => None,
        };
        let key = account_key(credentials.as_ref(), &request.login, address);
        let by_account = self.account_attempts.start(key)?;
        match self.is_right(request, credentials.as_ref()).await {
            Ok(false) => {
                tracing::info!(%address, "sign-in failed");
                return Err(AuthError::InvalidCredentials);
            }
            answer => {
                by_address.give_back();
                by_account.give_back();
                answer?;
            }
        }
        let user = credentials.ok_or(AuthError::InvalidCredentials)?.user;
        let session = self.store.create_session(user, session).await?;
        let me = self.store.me(user).await?;
        tracing::info!(%user, session = %session.id, %address, "signed in");
        Ok(SessionGrant { token, session, me })
    }

    async fn is_right(
        &self,
        request: &SigninRequest,
        credentials: Option<&Credentials>,
    ) -> Result<bool, AuthError> {
        // No account has so long a password, whoever asks: known without hashing it.
        if request.password.expose().chars().count() > PASSWORD_CHARS_MAX {
            return Ok(false);
        }
        let expected = credentials.map(|credentials| credentials.password_hash.clone());
        self.hasher.verify(request.password.clone(), expected).await
    }
}

/// An e-mail address has an `@`, a username never.
fn parse_login(login: &str) -> Option<Login> {
    let login = login.trim();
    if login.contains('@') {
        return (login.len() <= EMAIL_BYTES_MAX).then(|| Login::Email(login.to_owned()));
    }
    login.to_ascii_lowercase().parse().ok().map(Login::Username)
}

fn account_key(
    credentials: Option<&Credentials>,
    login: &str,
    address: &ClientAddress,
) -> AccountKey {
    match credentials {
        None => AccountKey::Nobody(
            login.chars().take(EMAIL_BYTES_MAX).collect::<String>().to_lowercase(),
        ),
        Some(found) if found.known_addresses.contains(&address.to_string()) => {
            AccountKey::KnownAddress(found.user, address.clone())
        }
        Some(found) => AccountKey::Account(found.user),
    }
}
