//! `sessions` and `token`: the account's signed-in devices, and tokens for machines.

use chatter_protocol::rest::CreateTokenRequest;

use super::exit::Failure;
use super::out::{Out, say_to_person};
use super::records::{EndedRecord, SessionRecord, TokenRecord};
use super::session::SignedIn;
use crate::cli::{Right, SessionsArgs, TokenCreateArgs};

/// Lists sessions, or ends some.
pub(super) async fn sessions(
    session: &SignedIn,
    how: SessionsArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    if let Some(id) = how.end {
        session.api.end_session(id).await?;
        out.record(&EndedRecord { id })?;
    } else if how.end_others {
        for id in session.api.end_other_sessions().await?.ended {
            out.record(&EndedRecord { id })?;
        }
    } else {
        for session in session.api.sessions().await?.sessions {
            out.record(&SessionRecord::from(session))?;
        }
    }
    out.flush()
}

/// Makes a token, and prints it: the only time that anybody sees it.
pub(super) async fn create_token(
    session: &SignedIn,
    how: &TokenCreateArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    let request = CreateTokenRequest {
        name: how.name.clone(),
        send: how.rights.contains(&Right::Send),
        read: how.rights.contains(&Right::Read),
        expires_in_s: how.expires.as_secs(),
    };
    let grant = session.api.create_token(&request).await?;
    let (id, ends) = (grant.session.id, out.look().time(grant.session.expires_at));
    let token = grant.token.expose().to_owned();
    let record = TokenRecord { token, session: grant.session.into() };
    if let Err(failure) = out.record(&record).and_then(|()| out.flush()) {
        // Nobody has seen it, and nobody will.
        let _ = session.api.end_session(id).await;
        return Err(failure);
    }
    say_to_person(&format!(
        "It is shown this once and valid until {ends}. `chatter sessions --end {id}` ends it sooner."
    ));
    Ok(())
}
