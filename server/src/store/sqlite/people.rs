//! The directory: looking people up, and when they were last there.

use std::collections::HashSet;

use chatter_protocol::{Timestamp, UserId, UserRef};
use rusqlite::{Connection, OptionalExtension, Params};

use super::blocks;
use super::fault::Outcome;
use super::rows::{stored_user, user_columns};
use super::streams::Transaction;
use crate::store::{Blocks, StoreError, StoredUser, UserFilter};

/// See [`Store::user`](crate::store::Store::user).
pub(super) fn one(sql: &Connection, user: &UserRef) -> Outcome<StoredUser> {
    let found = match user {
        UserRef::Id(id) => by_id(sql, *id)?,
        UserRef::Username(name) => sql
            .prepare_cached(concat!(
                "SELECT ",
                user_columns!(),
                " FROM users u WHERE u.username = ?1"
            ))?
            .query_row([name.as_str()], stored_user)
            .optional()?,
    };
    Ok(found.ok_or(StoreError::NotFound)?)
}

fn by_id(sql: &Connection, id: UserId) -> Outcome<Option<StoredUser>> {
    Ok(sql
        .prepare_cached(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?1"))?
        .query_row([id.as_bytes()], stored_user)
        .optional()?)
}

/// Those of `ids` that exist.
pub(super) fn by_ids(
    sql: &Connection,
    ids: impl IntoIterator<Item = UserId>,
) -> Outcome<Vec<StoredUser>> {
    ids.into_iter().filter_map(|id| by_id(sql, id).transpose()).collect()
}

/// See [`Store::users_with_blocks`](crate::store::Store::users_with_blocks).
pub(super) fn with_blocks(
    sql: &Connection,
    ids: Vec<UserId>,
) -> Outcome<Vec<(StoredUser, Blocks)>> {
    let people = by_ids(sql, ids)?.into_iter();
    people.map(|it| blocks::of(sql, it.user.id).map(|blocks| (it, blocks))).collect()
}

/// See [`Store::users`](crate::store::Store::users).
pub(super) fn list(sql: &Connection, filter: &UserFilter) -> Outcome<Vec<StoredUser>> {
    let prefix = filter.prefix.to_lowercase();
    match &filter.only {
        Some(only) => among(sql, filter, only, &prefix),
        None => walk(sql, filter, &prefix),
    }
}

/// The few people of a set: looked up one by one, then put in order.
fn among(
    sql: &Connection,
    filter: &UserFilter,
    only: &HashSet<UserId>,
    prefix: &str,
) -> Outcome<Vec<StoredUser>> {
    let mut people = by_ids(sql, only.difference(&filter.except).copied())?;
    people.retain(|it| it.shares_presence);
    people.retain(|it| {
        let display_name = it.user.display_name.as_str().to_lowercase();
        let matches =
            it.user.username.as_str().starts_with(prefix) || display_name.starts_with(prefix);
        matches && filter.after.as_ref().is_none_or(|after| it.user.username > *after)
    });
    people.sort_by(|a, b| a.user.username.cmp(&b.user.username));
    people.truncate(filter.rows_max);
    Ok(people)
}

/// Everybody, along the index of usernames or, with a prefix, the two indexes that it is in.
fn walk(sql: &Connection, filter: &UserFilter, prefix: &str) -> Outcome<Vec<StoredUser>> {
    let after = filter.after.as_ref().map_or("", |it| it.as_str());
    if prefix.is_empty() {
        let query = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users u WHERE u.username > ?1 ORDER BY u.username"
        );
        return take(sql, query, [after], filter);
    }
    // Texts with the prefix are those from it up to it with the last character there is. The plus
    // keeps the cursor from choosing the index: it would walk past everybody else.
    let end = format!("{prefix}{}", char::MAX);
    let query = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users u WHERE +u.username > ?1
              AND (u.username BETWEEN ?2 AND ?3 OR u.display_name_folded BETWEEN ?2 AND ?3)
          ORDER BY u.username"
    );
    take(sql, query, (after, prefix, &end), filter)
}

fn take(
    sql: &Connection,
    query: &str,
    params: impl Params,
    filter: &UserFilter,
) -> Outcome<Vec<StoredUser>> {
    let mut statement = sql.prepare_cached(query)?;
    let is_wanted = |it: &rusqlite::Result<StoredUser>| {
        let is_left_out =
            |it: &StoredUser| it.shares_presence && filter.except.contains(&it.user.id);
        !it.as_ref().is_ok_and(is_left_out)
    };
    let people = statement.query_map(params, stored_user)?.filter(is_wanted);
    Ok(people.take(filter.rows_max).collect::<rusqlite::Result<_>>()?)
}

/// See [`Store::set_last_seen`](crate::store::Store::set_last_seen).
pub(super) fn set_last_seen(
    transaction: &mut Transaction<'_>,
    users: &[UserId],
    at: Timestamp,
) -> Outcome<()> {
    for user in users {
        transaction
            .sql
            .prepare_cached(
                "UPDATE users SET last_seen_at = max(ifnull(last_seen_at, ?2), ?2) WHERE id = ?1",
            )?
            .execute((user.as_bytes(), at.as_millis()))?;
    }
    Ok(())
}
