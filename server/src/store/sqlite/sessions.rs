//! Signed-in devices.

use chatter_protocol::limits::TOKENS_MAX;
use chatter_protocol::{Me, Session, SessionId, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::fault::Outcome;
use super::rows::{
    RIGHT_ACCOUNT, SESSION_COLUMNS, UserKey, limit, me_by_key, rights_bits, session,
    session_columns, user_key,
};
use super::streams::Transaction;
use crate::store::{EndSessions, NewSession, SignedIn, StoreError, TokenHash};

/// Expired sessions that one sign-in sweeps away: more than it adds, and never many at once.
const SWEPT_ROWS_MAX: i64 = 100;

/// See [`Store::create_session`](crate::store::Store::create_session).
pub(super) fn create(
    transaction: &mut Transaction<'_>,
    user: UserId,
    new: &NewSession,
) -> Outcome<Session> {
    let user = user_key(transaction.sql, user)?;
    if !new.rights.account && has_all_tokens(transaction.sql, user, new.created_at)? {
        return Err(StoreError::TooManyTokens.into());
    }
    insert(transaction.sql, user, new)
}

/// Whether the account has as many tokens for machines as it may.
fn has_all_tokens(sql: &Connection, user: UserKey, now: Timestamp) -> Outcome<bool> {
    let tokens: i64 = sql
        .prepare_cached(
            "SELECT count(*) FROM sessions WHERE user = ?1 AND expires_at > ?2 AND rights & ?3 = 0",
        )?
        .query_row((user, now.as_millis(), RIGHT_ACCOUNT), |row| row.get(0))?;
    Ok(tokens >= limit(TOKENS_MAX))
}

/// Adds a session, and takes away some that have expired.
pub(super) fn insert(sql: &Connection, user: UserKey, new: &NewSession) -> Outcome<Session> {
    sql.prepare_cached(
        "DELETE FROM sessions WHERE key IN
             (SELECT key FROM sessions WHERE expires_at <= ?1 LIMIT ?2)",
    )?
    .execute((new.created_at.as_millis(), SWEPT_ROWS_MAX))?;
    let id = SessionId::new();
    sql.prepare_cached(
        "INSERT INTO sessions (id, token_hash, user, device_name, remember, address, created_at,
             last_used_at, expires_at, rights)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)",
    )?
    .execute((
        id.as_bytes(),
        new.token_hash.0,
        user,
        &new.device_name,
        new.remember,
        &new.address,
        new.created_at.as_millis(),
        new.expires_at.as_millis(),
        rights_bits(new.rights),
    ))?;
    Ok(Session {
        id,
        device_name: new.device_name.clone(),
        remember: new.remember,
        created_at: new.created_at,
        last_used_at: new.created_at,
        expires_at: new.expires_at,
        current: false,
        rights: new.rights,
    })
}

/// The session of a token, also one that has expired.
pub(super) fn with_token(sql: &Connection, token: TokenHash) -> Outcome<Option<SignedIn>> {
    let found = sql
        .prepare_cached(concat!(
            "SELECT ",
            session_columns!(),
            ", s.user FROM sessions s WHERE s.token_hash = ?1"
        ))?
        .query_row([token.0], |row| Ok((session(row)?, row.get(SESSION_COLUMNS)?)))
        .optional()?;
    let Some((session, user)) = found else { return Ok(None) };
    let me: Me = me_by_key(sql, user)?;
    Ok(Some(SignedIn { me, session: Session { current: true, ..session } }))
}

/// See [`Store::extend_session`](crate::store::Store::extend_session).
pub(super) fn extend(
    transaction: &mut Transaction<'_>,
    session: SessionId,
    used_at: Timestamp,
    expires_at: Timestamp,
) -> Outcome<()> {
    transaction
        .sql
        .prepare_cached("UPDATE sessions SET last_used_at = ?2, expires_at = ?3 WHERE id = ?1")?
        .execute((session.as_bytes(), used_at.as_millis(), expires_at.as_millis()))?;
    Ok(())
}

/// See [`Store::sessions`](crate::store::Store::sessions).
pub(super) fn list(sql: &Connection, user: UserId, now: Timestamp) -> Outcome<Vec<Session>> {
    let user = user_key(sql, user)?;
    let mut statement = sql.prepare_cached(concat!(
        "SELECT ",
        session_columns!(),
        " FROM sessions s WHERE s.user = ?1 AND s.expires_at > ?2
         ORDER BY s.created_at DESC, s.key DESC"
    ))?;
    let sessions = statement.query_map((user, now.as_millis()), session)?;
    Ok(sessions.collect::<rusqlite::Result<_>>()?)
}

/// See [`Store::end_sessions`](crate::store::Store::end_sessions).
pub(super) fn end(
    transaction: &mut Transaction<'_>,
    user: UserId,
    which: EndSessions,
) -> Outcome<Vec<SessionId>> {
    let user = user_key(transaction.sql, user)?;
    let (one, but) = match which {
        EndSessions::One(session) => (Some(*session.as_bytes()), None),
        EndSessions::All => (None, None),
        EndSessions::AllBut(session) => (None, Some(*session.as_bytes())),
    };
    let mut statement = transaction.sql.prepare_cached(
        "DELETE FROM sessions WHERE user = ?1 AND (?2 IS NULL OR id = ?2) AND id IS NOT ?3
         RETURNING id",
    )?;
    let ended =
        statement.query_map((user, one, but), |row| row.get(0).map(SessionId::from_bytes))?;
    Ok(ended.collect::<rusqlite::Result<_>>()?)
}
