//! `block`, `unblock`, `blocked`: of whom nothing shall reach the account.

use chatter_protocol::{ErrorBody, ErrorCode, User, UserRef, Username};

use super::chat::missing;
use super::exit::Failure;
use super::out::{Out, one_line, padded, widest};
use super::records::BlockRecord;
use super::session::SignedIn;
use crate::net::NetError;

/// Blocks or unblocks somebody. Twice is once.
pub(super) async fn set(
    session: &SignedIn,
    user: &Username,
    blocked: bool,
    out: &mut Out,
) -> Result<(), Failure> {
    let nobody = |error| missing(error, &format!("There is nobody called @{user}."));
    let person = session.api.user(&UserRef::Username(user.clone())).await.map_err(nobody)?.user;
    session.api.set_blocked(person.id, blocked).await?;
    out.record(&record(person, blocked))?;
    out.flush()
}

/// Lists the people who are blocked.
pub(super) async fn list(session: &SignedIn, out: &mut Out) -> Result<(), Failure> {
    let answer = session.api.session().await?;
    if !answer.session.rights.account {
        let message =
            "A token does not see whom the account has blocked; sign in with its password.";
        return Err(NetError::Refused(ErrorBody::new(ErrorCode::Forbidden, message)).into());
    }
    let mut rows = Vec::with_capacity(answer.me.blocked.len());
    for user in answer.me.blocked {
        rows.push(record(session.api.user(&UserRef::Id(user)).await?.user, true));
    }
    match out.is_json() {
        true => rows.iter().try_for_each(|row| out.record(row))?,
        false => table(&rows, out)?,
    }
    out.flush()
}

fn record(user: User, blocked: bool) -> BlockRecord {
    let display_name = user.display_name.to_string();
    BlockRecord { id: user.id, username: user.username, display_name, blocked }
}

fn table(rows: &[BlockRecord], out: &mut Out) -> Result<(), Failure> {
    let width = widest(rows.iter().map(|row| row.username.as_str()));
    for row in rows {
        let name = one_line(&row.display_name);
        out.text(format!("{}  {name}", padded(row.username.as_str(), width)).trim_end())?;
    }
    Ok(())
}
