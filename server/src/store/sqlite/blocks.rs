//! Whom an account has blocked, and what follows from it: who is told what, and what of a message or
//! a person is kept back. Whoever reads for a viewer asks here.

use std::collections::HashSet;

use chatter_protocol::limits::BLOCKED_MAX;
use chatter_protocol::{Me, Message, User, UserId};
use rusqlite::Connection;

use super::fault::Outcome;
use super::pointer::Pointer;
use super::rows::{UserKey, blocked_by, me_by_key, user_id_at, user_key};
use super::streams::Transaction;
use crate::store::{Blocks, StoreError};

/// Whom a viewer has blocked: asked for once, then looked at for each row.
pub(super) struct Blocked(HashSet<UserId>);

impl Blocked {
    /// By `viewer`.
    pub(super) fn by(sql: &Connection, viewer: UserKey) -> Outcome<Self> {
        Ok(Self(blocked_by(sql, viewer)?.into_iter().collect()))
    }

    /// The message as the viewer may see it.
    pub(super) fn shown(&self, message: Message) -> Message {
        if self.0.contains(&message.sender) { message.withhold() } else { message }
    }

    /// The person as the viewer may see them.
    pub(super) fn shown_user(&self, user: User) -> User {
        if self.0.contains(&user.id) { user.named_only() } else { user }
    }
}

/// See [`Store::blocks`](crate::store::Store::blocks).
pub(super) fn of(sql: &Connection, user: UserId) -> Outcome<Blocks> {
    let key = user_key(sql, user)?;
    let blocked_by_them = sql
        .prepare_cached(
            "SELECT u.id FROM blocks b JOIN users u ON u.key = b.blocker WHERE b.blocked = ?1",
        )?
        .query_map([key], |row| user_id_at(row, 0))?
        .collect::<rusqlite::Result<_>>()?;
    let blocked = blocked_by(sql, key)?.into_iter().collect();
    Ok(Blocks { blocked, blocked_by: blocked_by_them })
}

/// Whether one of the two has blocked the other.
pub(super) fn are_apart(sql: &Connection, one: UserKey, other: UserKey) -> Outcome<bool> {
    Ok(sql
        .prepare_cached(
            "SELECT 1 FROM blocks WHERE blocker = ?1 AND blocked = ?2
             UNION ALL SELECT 1 FROM blocks WHERE blocker = ?2 AND blocked = ?1",
        )?
        .exists((one, other))?)
}

/// Those of `users` who have not blocked `author`: who is told what the author does.
pub(super) fn hearers(
    sql: &Connection,
    author: UserKey,
    mut users: Vec<UserKey>,
) -> Outcome<Vec<UserKey>> {
    let blockers = blockers_of(sql, author)?;
    users.retain(|user| blockers.binary_search(user).is_err());
    Ok(users)
}

/// Who has blocked `user`, in ascending order.
pub(super) fn blockers_of(sql: &Connection, user: UserKey) -> Outcome<Vec<UserKey>> {
    let mut statement =
        sql.prepare_cached("SELECT blocker FROM blocks WHERE blocked = ?1 ORDER BY blocker")?;
    let blockers = statement.query_map([user], |row| row.get(0))?;
    Ok(blockers.collect::<rusqlite::Result<_>>()?)
}

/// See [`Store::set_blocked`](crate::store::Store::set_blocked).
pub(super) fn set(
    transaction: &mut Transaction<'_>,
    me: UserId,
    user: UserId,
    blocked: bool,
) -> Outcome<Me> {
    let sql = transaction.sql;
    let (me, user) = (user_key(sql, me)?, user_key(sql, user)?);
    let query = match blocked {
        true => "INSERT INTO blocks (blocker, blocked) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        false => "DELETE FROM blocks WHERE blocker = ?1 AND blocked = ?2",
    };
    if sql.prepare_cached(query)?.execute((me, user))? == 0 {
        return me_by_key(sql, me);
    }
    if blocked && blocked_by(sql, me)?.len() > BLOCKED_MAX {
        return Err(StoreError::TooManyBlocked.into());
    }
    sql.prepare_cached("UPDATE users SET rev = rev + 1 WHERE key = ?1")?.execute([me])?;
    transaction.known.forget();
    transaction.append(Pointer::MeChanged(me), [me])?;
    if !blocked {
        transaction.append(Pointer::Unblocked(user), [me])?;
    }
    me_by_key(sql, me)
}
