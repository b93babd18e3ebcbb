//! Making an account. Values are checked one by one, so that each refusal names its field.

use chatter_protocol::limits::EMAIL_BYTES_MAX;
use chatter_protocol::rest::{SessionGrant, SignupRequest};
use chatter_protocol::{DisplayName, Secret, Username};
use email_address::{EmailAddress, Options};

use super::attempts::Attempt;
use super::{Auth, AuthError, ClientAddress, password};
use crate::store::{NewAccount, NewMedia, NewSession};

/// Somebody whose account can be made, if the names are free.
pub struct Candidate<'a> {
    email: String,
    username: Username,
    display_name: DisplayName,
    password: Secret,
    token: Secret,
    session: NewSession,
    address: &'a ClientAddress,
    attempt: Attempt<'a, ClientAddress>,
}

impl Auth {
    /// Looks at everything but whether the names are free. Made or not, the account counts from here
    /// on: asking which addresses are taken is limited, too.
    ///
    /// # Errors
    /// A refused field, or too many sign-ups from `address`.
    pub fn consider<'a>(
        &'a self,
        request: &SignupRequest,
        address: &'a ClientAddress,
    ) -> Result<Candidate<'a>, AuthError> {
        let email = parse_email(&request.email)?;
        let username: Username =
            request.username.parse().map_err(|error| AuthError::field("username", error))?;
        let display_name = parse_display_name(request.display_name.as_deref(), &username)?;
        password::check(&request.password, &username, &email)
            .map_err(|refusal| AuthError::Password { field: "password", refusal })?;
        let (token, session) =
            self.new_session(request.remember, request.device_name.as_deref(), address)?;
        let attempt = self.signup_attempts.start(address.clone())?;
        let password = request.password.clone();
        Ok(Candidate { email, username, display_name, password, token, session, address, attempt })
    }

    /// Makes an account and signs its first device in.
    ///
    /// # Errors
    /// A taken e-mail address or username.
    pub async fn sign_up(
        &self,
        candidate: Candidate<'_>,
        avatar: Option<NewMedia>,
    ) -> Result<SessionGrant, AuthError> {
        let Candidate { email, username, display_name, token, session, address, .. } = candidate;
        let attempt = candidate.attempt;
        let password_hash = match self.hasher.hash(candidate.password).await {
            Ok(hash) => hash,
            Err(error) => {
                attempt.give_back();
                return Err(error);
            }
        };
        let created_at = session.created_at;
        let account =
            NewAccount { email, username, display_name, password_hash, avatar, created_at };
        let (me, session) = self.store.create_account(account, session).await?;
        tracing::info!(user = %me.user.id, session = %session.id, %address, "signed up");
        Ok(SessionGrant { token, session, me })
    }
}

/// A trimmed, plain `local@domain.tld`, without the display name or quoting that mail allows.
fn parse_email(text: &str) -> Result<String, AuthError> {
    let email = text.trim();
    let refused = || AuthError::field("email", "That doesn't look like an e-mail address.");
    if email.len() > EMAIL_BYTES_MAX {
        return Err(refused());
    }
    let options = Options::default().without_display_text().without_domain_literal();
    let options = options.with_required_tld();
    EmailAddress::parse_with_options(email, options).map_err(|_| refused())?;
    if email.contains('"') || email.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(refused());
    }
    Ok(email.to_owned())
}

fn parse_display_name(name: Option<&str>, username: &Username) -> Result<DisplayName, AuthError> {
    let name = name.unwrap_or(username.as_str());
    name.parse().map_err(|error| AuthError::field("display_name", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_people_have_are_taken_and_others_not() {
        for good in ["ada@example.org", " a.b+c@mail.example.co.uk ", "x@例え.jp"] {
            assert!(parse_email(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.org", "x".repeat(EMAIL_BYTES_MAX));
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "ada@localhost",
            &long,
            "Ada <ada@example.org>",
            "\"a b\"@example.org",
            "a@[127.0.0.1]",
            "a\n@example.org",
        ] {
            assert!(parse_email(bad).is_err(), "{bad:?}");
        }
    }
}
