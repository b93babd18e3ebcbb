//! Accounts: signing up, what signing in needs, the profile and the password.

use chatter_protocol::rest::PrivacyChange;
use chatter_protocol::{Me, Privacy, Session, SessionId, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::blocks::hearers;
use super::fault::Outcome;
use super::media;
use super::pointer::Pointer;
use super::rows::{UserKey, me_by_key, user_id_at, user_key};
use super::sessions;
use super::streams::Transaction;
use crate::store::{
    Credentials, EndSessions, Login, NewAccount, NewSession, PasswordHash, ProfileChange,
    StoreError,
};

/// See [`Store::create_account`](crate::store::Store::create_account).
pub(super) fn create(
    transaction: &mut Transaction<'_>,
    account: &NewAccount,
    session: &NewSession,
) -> Outcome<(Me, Session)> {
    let email_folded = account.email.to_lowercase();
    if is_taken(transaction.sql, "SELECT 1 FROM users WHERE email_folded = ?1", &email_folded)? {
        return Err(StoreError::EmailTaken.into());
    }
    if is_taken(
        transaction.sql,
        "SELECT 1 FROM users WHERE username = ?1",
        account.username.as_str(),
    )? {
        return Err(StoreError::UsernameTaken.into());
    }
    transaction
        .sql
        .prepare_cached(
            "INSERT INTO users
                 (id, username, email, email_folded, password_hash, display_name,
                  display_name_folded, created_at, rev)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)",
        )?
        .execute((
            UserId::new().as_bytes(),
            account.username.as_str(),
            &account.email,
            &email_folded,
            &account.password_hash.0,
            account.display_name.as_str(),
            account.display_name.as_str().to_lowercase(),
            account.created_at.as_millis(),
        ))?;
    let user = UserKey(transaction.sql.last_insert_rowid());
    transaction
        .sql
        .prepare_cached("INSERT INTO streams (user, confirmed) VALUES (?1, 0)")?
        .execute([user])?;
    if let Some(avatar) = &account.avatar {
        media::first_avatar(transaction.sql, user, avatar)?;
    }
    let session = sessions::insert(transaction.sql, user, session)?;
    Ok((me_by_key(transaction.sql, user)?, session))
}

fn is_taken(sql: &Connection, query: &str, name: &str) -> rusqlite::Result<bool> {
    sql.prepare_cached(query)?.exists([name])
}

/// See [`Store::credentials`](crate::store::Store::credentials).
pub(super) fn credentials(sql: &Connection, login: &Login) -> Outcome<Option<Credentials>> {
    let (query, name) = match login {
        Login::Email(email) => (
            "SELECT key, id, password_hash FROM users WHERE email_folded = ?1",
            email.to_lowercase(),
        ),
        Login::Username(username) => (
            "SELECT key, id, password_hash FROM users WHERE username = ?1",
            username.as_str().to_owned(),
        ),
    };
    let found: Option<(UserKey, UserId, String)> = sql
        .prepare_cached(query)?
        .query_row([name], |row| Ok((row.get(0)?, user_id_at(row, 1)?, row.get(2)?)))
        .optional()?;
    let Some((key, user, password_hash)) = found else { return Ok(None) };
    let known_addresses = sql
        .prepare_cached("SELECT DISTINCT address FROM sessions WHERE user = ?1")?
        .query_map([key], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(Credentials { user, password_hash: PasswordHash(password_hash), known_addresses }))
}

/// The account as its owner sees it.
pub(super) fn me(sql: &Connection, user: UserId) -> Outcome<Me> {
    me_by_key(sql, user_key(sql, user)?)
}

/// See [`Store::update_profile`](crate::store::Store::update_profile).
pub(super) fn update_profile(
    transaction: &mut Transaction<'_>,
    user: UserId,
    change: &ProfileChange,
) -> Outcome<Me> {
    let key = user_key(transaction.sql, user)?;
    let before = me_by_key(transaction.sql, key)?;
    let display_name =
        change.display_name.clone().unwrap_or_else(|| before.user.display_name.clone());
    let status_message =
        change.status_message.clone().unwrap_or_else(|| before.user.status_message.clone());
    let status_expires_at = match change.status_message {
        Some(_) => change.status_expires_at.filter(|_| status_message.is_some()),
        None => before.user.status_expires_at,
    };
    let time_zone = change.time_zone.clone().unwrap_or_else(|| before.user.time_zone.clone());
    let privacy = changed(before.privacy, change.privacy);
    let is_profile_same = display_name == before.user.display_name
        && status_message == before.user.status_message
        && status_expires_at == before.user.status_expires_at
        && time_zone == before.user.time_zone;
    if is_profile_same && privacy == before.privacy {
        return Ok(before);
    }
    transaction
        .sql
        .prepare_cached(
            "UPDATE users SET display_name = ?2, display_name_folded = ?3, status_message = ?4,
                 shares_receipts = ?5, shares_typing = ?6, shares_presence = ?7,
                 status_expires_at = ?8, time_zone = ?9, rev = rev + 1
             WHERE key = ?1",
        )?
        .execute((
            key,
            display_name.as_str(),
            display_name.as_str().to_lowercase(),
            status_message.as_ref().map(|it| it.as_str()),
            privacy.receipts,
            privacy.typing,
            privacy.presence,
            status_expires_at.map(|it| it.as_millis()),
            time_zone.as_ref().map(|it| it.as_str()),
        ))?;
    if !is_profile_same {
        let learns = acquaintances(transaction.sql, key)?;
        transaction.append(Pointer::ProfileChanged(key), learns)?;
    }
    if privacy != before.privacy {
        transaction.known.forget();
        transaction.append(Pointer::MeChanged(key), [key])?;
    }
    me_by_key(transaction.sql, key)
}

fn changed(before: Privacy, change: PrivacyChange) -> Privacy {
    Privacy {
        receipts: change.receipts.unwrap_or(before.receipts),
        typing: change.typing.unwrap_or(before.typing),
        presence: change.presence.unwrap_or(before.presence),
    }
}

/// Everybody who shares a conversation with the user and did not block them, and the user.
pub(super) fn acquaintances(sql: &Connection, user: UserKey) -> Outcome<Vec<UserKey>> {
    let all = sql
        .prepare_cached(
            "SELECT ?1 UNION
         SELECT other.user FROM members mine JOIN members other USING (conversation)
         WHERE mine.user = ?1",
        )?
        .query_map([user], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    hearers(sql, user, all)
}

/// See [`Store::change_password`](crate::store::Store::change_password).
pub(super) fn change_password(
    transaction: &mut Transaction<'_>,
    user: UserId,
    password_hash: &PasswordHash,
    keep: SessionId,
) -> Outcome<Vec<SessionId>> {
    let key = user_key(transaction.sql, user)?;
    transaction
        .sql
        .prepare_cached("UPDATE users SET password_hash = ?2 WHERE key = ?1")?
        .execute((key, &password_hash.0))?;
    sessions::end(transaction, user, EndSessions::AllBut(keep))
}
