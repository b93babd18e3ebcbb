//! Accounts and sessions: who somebody is, and for how long. One code path for REST and socket.
//! Knows the store, but neither HTTP nor connections.

mod address;
mod attempts;
mod create_token;
mod error;
mod guessable;
mod hasher;
mod password;
pub mod rights;
mod session_life;
mod sign_in;
mod sign_up;
mod token;

use std::sync::Arc;

use chatter_protocol::limits::DEVICE_NAME_CHARS_MAX;
use chatter_protocol::names::parse_line;
use chatter_protocol::rest::ChangePasswordRequest;
use chatter_protocol::{Me, Position, Rights, Secret, Session, SessionId, Timestamp, UserId};

use crate::store::{self, Greeting, Login, NewSession, Resume, Store, TokenHash};
use attempts::Attempts;
use hasher::Hasher;

pub use address::ClientAddress;
pub use attempts::AttemptLimit;
pub use error::AuthError;
pub use session_life::SessionLife;
pub use sign_up::Candidate;

/// Name of a device whose owner gave it none.
const DEVICE_UNNAMED: &str = "unnamed device";

/// What an operator may choose about accounts.
#[derive(Debug, Clone, Copy)]
pub struct AuthSettings {
    /// How long sessions live.
    pub session_life: SessionLife,
    /// Failed sign-ins of one account.
    pub signin_account: AttemptLimit,
    /// Failed sign-ins from one address.
    pub signin_address: AttemptLimit,
    /// Sign-ups from one address.
    pub signup_address: AttemptLimit,
}

/// Checks passwords and tokens, opens and extends sessions.
pub struct Auth {
    store: Arc<dyn Store>,
    hasher: Hasher,
    life: SessionLife,
    account_attempts: Attempts<AccountKey>,
    address_attempts: Attempts<ClientAddress>,
    signup_attempts: Attempts<ClientAddress>,
}

/// Whose failed sign-ins are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum AccountKey {
    /// From anywhere that the account has no session from.
    Account(UserId),
    /// From where the account has a session, so that an attacker elsewhere locks nobody out.
    KnownAddress(UserId, ClientAddress),
    /// There is no such account; counted alike, so that the refusal tells nothing.
    Nobody(String),
}

/// A session that was found by its token.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The account, without its e-mail address if the session has no right to that.
    pub me: Me,
    /// The session; `current` is set.
    pub session: Session,
    /// Finds the session again.
    pub token_hash: TokenHash,
}

impl SignedIn {
    /// Whose session it is.
    pub fn user(&self) -> UserId {
        self.me.user.id
    }
}

impl Auth {
    /// Over `store`; computes one hash, so that unknown accounts cost what known ones do.
    ///
    /// # Errors
    /// When the operating system has no random numbers or no memory.
    pub fn new(store: Arc<dyn Store>, settings: AuthSettings) -> Result<Self, AuthError> {
        Ok(Self {
            store,
            hasher: Hasher::new(),
            life: settings.session_life,
            account_attempts: Attempts::new(settings.signin_account),
            address_attempts: Attempts::new(settings.signin_address),
            signup_attempts: Attempts::new(settings.signup_address),
        })
    }

    /// The session of `token`, extended if it is time to.
    ///
    /// # Errors
    /// `SessionEnded` for an unknown, revoked or expired token, or the store's error.
    pub async fn signed_in(&self, token: &Secret) -> Result<SignedIn, AuthError> {
        self.renew(token::hash(token)).await
    }

    /// As [`Auth::signed_in`], by the token's hash.
    ///
    /// # Errors
    /// As there.
    pub async fn renew(&self, token_hash: TokenHash) -> Result<SignedIn, AuthError> {
        let now = Timestamp::now();
        let found = self.store.signed_in(token_hash, now).await?;
        self.used(found.ok_or(AuthError::SessionEnded)?, token_hash, now).await
    }

    /// As [`Auth::renew`], with what else a device that says hello is told: how its stream goes on
    /// after `position`, and where the head is.
    ///
    /// # Errors
    /// As there.
    pub async fn greet(
        &self,
        token_hash: TokenHash,
        position: Option<Position>,
    ) -> Result<(SignedIn, Resume, u64), AuthError> {
        let now = Timestamp::now();
        let found = self.store.greet(token_hash, position, now).await?;
        let Greeting { signed_in, resume, head } = found.ok_or(AuthError::SessionEnded)?;
        Ok((self.used(signed_in, token_hash, now).await?, resume, head))
    }

    /// The session is used now, which extends it if it is time to.
    async fn used(
        &self,
        found: store::SignedIn,
        token_hash: TokenHash,
        now: Timestamp,
    ) -> Result<SignedIn, AuthError> {
        let (me, mut session) = (found.me, found.session);
        if self.life.is_due(session.last_used_at, now) {
            session.last_used_at = now;
            // The end of a token for a machine was chosen, and use does not move it.
            if session.rights.account {
                session.expires_at =
                    self.life.expires_at(session.remember, session.created_at, now);
            }
            self.store.extend_session(session.id, now, session.expires_at).await?;
        }
        let me = if session.rights.account { me } else { me.without_private() };
        Ok(SignedIn { me, session, token_hash })
    }

    /// Sets a new password if the old one is right; returns the sessions that this ended.
    ///
    /// # Errors
    /// `InvalidCredentials` for a wrong old password, a refused new one, or as for sign-in.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        request: &ChangePasswordRequest,
        address: &ClientAddress,
    ) -> Result<Vec<SessionId>, AuthError> {
        password::check(&request.new_password, &who.me.user.username, &who.me.email)
            .map_err(|refusal| AuthError::Password { field: "new_password", refusal })?;
        let login = Login::Username(who.me.user.username.clone());
        let credentials = self.store.credentials(login).await?.ok_or(AuthError::SessionEnded)?;
        let key = AccountKey::KnownAddress(who.user(), address.clone());
        let attempt = self.account_attempts.start(key)?;
        let old = request.old_password.clone();
        match self.hasher.verify(old, Some(credentials.password_hash)).await {
            Ok(false) => return Err(AuthError::InvalidCredentials),
            answer => {
                attempt.give_back();
                answer?;
            }
        }
        let hash = self.hasher.hash(request.new_password.clone()).await?;
        let ended = self.store.change_password(who.user(), hash, who.session.id).await?;
        tracing::info!(user = %who.user(), ended = ended.len(), %address, "password changed");
        Ok(ended)
    }

    /// Forgets attempts that no longer count.
    pub fn forget_old_attempts(&self) {
        self.account_attempts.forget_old();
        self.address_attempts.forget_old();
        self.signup_attempts.forget_old();
    }

    /// A token, and the session to store for it.
    fn new_session(
        &self,
        remember: bool,
        device_name: Option<&str>,
        address: &ClientAddress,
    ) -> Result<(Secret, NewSession), AuthError> {
        let token = token::fresh()?;
        let now = Timestamp::now();
        let session = NewSession {
            token_hash: token::hash(&token),
            device_name: parse_device_name(device_name)?,
            remember,
            address: address.to_string(),
            created_at: now,
            expires_at: self.life.expires_at(remember, now, now),
            rights: Rights::ALL,
        };
        Ok((token, session))
    }
}

fn parse_device_name(name: Option<&str>) -> Result<String, AuthError> {
    let name = name.unwrap_or(DEVICE_UNNAMED);
    parse_line(name, DEVICE_NAME_CHARS_MAX).map_err(|error| AuthError::field("device_name", error))
}
