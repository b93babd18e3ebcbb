//! Making an account. Values are checked one by one, so that each refusal names its field.

use chatter_protocol::limits::EMAIL_BYTES_MAX;
use chatter_protocol::rest::{SessionGrant, SignupRequest};
use chatter_protocol::{DisplayName, Username};
use email_address::{EmailAddress, Options};

use super::{Auth, AuthError, ClientAddress, password};
use crate::store::NewAccount;

impl Auth {
    /// Makes an account and signs its first device in.
    ///
    /// # Errors
    /// A refused field, a taken e-mail address or username, or too many sign-ups from `address`.
    pub async fn sign_up(
        &self,
        request: &SignupRequest,
        address: &ClientAddress,
    ) -> Result<SessionGrant, AuthError> {
        let email = parse_email(&request.email)?;
        let username: Username =
            request.username.parse().map_err(|error| AuthError::field("username", error))?;
        let display_name = parse_display_name(request.display_name.as_deref(), &username)?;
        password::check(&request.password, &username, &email)
            .map_err(|refusal| AuthError::Password { field: "password", refusal })?;
        let (token, session) =
            self.new_session(request.remember, request.device_name.as_deref(), address)?;

        // Made or not, it counts: asking which addresses are taken is limited, too.
        let attempt = self.signup_attempts.start(address.clone())?;
        let password_hash = match self.hasher.hash(request.password.clone()).await {
            Ok(hash) => hash,
            Err(error) => {
                attempt.give_back();
                return Err(error);
            }
        };
        let created_at = session.created_at;
        let account =
            NewAccount { email, username, display_name, password_hash, avatar: None, created_at };
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
