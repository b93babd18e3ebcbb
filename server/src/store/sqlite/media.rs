//! Uploads: what is known of each, who may see it, and what nobody uses any more. The bytes are in
//! files that this module names by their hash and does not touch.

use chatter_protocol::{Attachment, FileName, ImageSize, Me, MediaId, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::accounts;
use super::fault::Outcome;
use super::pointer::Pointer;
use super::rows::{ConversationKey, UserKey, limit, me_by_key, parsed, signed, unsigned, user_key};
use super::streams::Transaction;
use crate::store::{Collected, FileHash, MediaUse, NewMedia, StoreError, StoredFile, StoredMedia};

/// Columns of [`attachment`], of a table or alias `f`.
macro_rules! attachment_columns {
    () => {
        "f.id, f.name, f.content_type, f.bytes, f.alt, f.width, f.height"
    };
}

/// See [`Store::add_media`](crate::store::Store::add_media).
pub(super) fn add(
    transaction: &mut Transaction<'_>,
    owner: UserId,
    new: &NewMedia,
    quota: MediaUse,
) -> Outcome<Attachment> {
    let owner = user_key(transaction.sql, owner)?;
    let MediaUse { files, bytes } = used_by(transaction.sql, owner)?;
    if files + 1 > quota.files || bytes + new.bytes() > quota.bytes {
        return Err(StoreError::QuotaExceeded.into());
    }
    insert(transaction.sql, owner, new)?;
    let key = transaction.sql.last_insert_rowid();
    Ok(by_key(transaction.sql, key)?)
}

fn insert(sql: &Connection, owner: UserKey, new: &NewMedia) -> rusqlite::Result<()> {
    let thumbnail = new.thumbnail.as_ref();
    let (width, height) = new.image.map(|size| (size.width, size.height)).unzip();
    let created_at = new.created_at.as_millis();
    sql.prepare_cached(
        "INSERT INTO media (id, owner, hash, bytes, thumbnail_hash, thumbnail_type,
             thumbnail_bytes, content_type, name, alt, width, height, created_at, unused_since)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)",
    )?
    .execute(params![
        MediaId::new().as_bytes(),
        owner,
        new.file.hash.0,
        signed(new.file.bytes),
        thumbnail.map(|it| it.hash.0),
        thumbnail.map(|it| it.content_type.as_str()),
        signed(thumbnail.map_or(0, |it| it.bytes)),
        new.file.content_type,
        new.name.as_str(),
        new.alt,
        width,
        height,
        created_at,
    ])?;
    Ok(())
}

fn by_key(sql: &Connection, key: i64) -> rusqlite::Result<Attachment> {
    sql.prepare_cached(concat!("SELECT ", attachment_columns!(), " FROM media f WHERE f.key = ?1"))?
        .query_row([key], attachment)
}

fn attachment(row: &Row<'_>) -> rusqlite::Result<Attachment> {
    let size: Option<(u32, u32)> = row.get::<_, Option<u32>>(5)?.zip(row.get(6)?);
    Ok(Attachment {
        media: row.get(0).map(MediaId::from_bytes)?,
        name: file_name_at(row, 1)?,
        content_type: row.get(2)?,
        bytes: unsigned(row.get(3)?),
        alt: row.get(4)?,
        image: size.map(|(width, height)| ImageSize { width, height }),
    })
}

fn file_name_at(row: &Row<'_>, column: usize) -> rusqlite::Result<FileName> {
    parsed(row.get_ref(column)?.as_str()?, column)
}

/// See [`Store::media_use`](crate::store::Store::media_use).
pub(super) fn usage(sql: &Connection, owner: UserId) -> Outcome<MediaUse> {
    Ok(used_by(sql, user_key(sql, owner)?)?)
}

fn used_by(sql: &Connection, owner: UserKey) -> rusqlite::Result<MediaUse> {
    sql.prepare_cached(
        "SELECT count(*), ifnull(sum(bytes + thumbnail_bytes), 0) FROM media WHERE owner = ?1",
    )?
    .query_row([owner], |row| {
        Ok(MediaUse { files: unsigned(row.get(0)?), bytes: unsigned(row.get(1)?) })
    })
}

/// See [`Store::media`](crate::store::Store::media).
pub(super) fn seen_by(sql: &Connection, viewer: UserId, id: MediaId) -> Outcome<StoredMedia> {
    let viewer = user_key(sql, viewer)?;
    let found = sql
        .prepare_cached(
            "SELECT f.hash, f.bytes, f.content_type, f.thumbnail_hash, f.thumbnail_bytes,
                 f.thumbnail_type, f.name, f.width IS NOT NULL
             FROM media f WHERE f.id = ?1 AND (f.owner = ?2 OR (
                 NOT EXISTS (SELECT 1 FROM blocks WHERE blocker = ?2 AND blocked = f.owner)
                 AND (EXISTS (SELECT 1 FROM users WHERE avatar = f.key)
                      OR EXISTS (SELECT 1 FROM attachments a
                          JOIN members m ON m.conversation = a.conversation AND m.user = ?2
                          WHERE a.media = f.key))))",
        )?
        .query_row((id.as_bytes(), viewer), stored)
        .optional()?;
    Ok(found.ok_or(StoreError::NotFound)?)
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredMedia> {
    let thumbnail: Option<[u8; 32]> = row.get(3)?;
    Ok(StoredMedia {
        file: StoredFile {
            hash: FileHash(row.get(0)?),
            bytes: unsigned(row.get(1)?),
            content_type: row.get(2)?,
        },
        thumbnail: match thumbnail {
            None => None,
            Some(hash) => Some(StoredFile {
                hash: FileHash(hash),
                bytes: unsigned(row.get(4)?),
                content_type: row.get(5)?,
            }),
        },
        name: file_name_at(row, 6)?,
        is_image: row.get(7)?,
    })
}

/// What hangs on the message at a place, in order.
pub(super) fn attachments_of(
    sql: &Connection,
    conversation: ConversationKey,
    seq: u64,
) -> rusqlite::Result<Vec<Attachment>> {
    sql.prepare_cached(concat!(
        "SELECT ",
        attachment_columns!(),
        " FROM attachments a JOIN media f ON f.key = a.media
          WHERE a.conversation = ?1 AND a.seq = ?2 ORDER BY a.place"
    ))?
    .query_map((conversation, signed(seq)), attachment)?
    .collect()
}

/// The files of what hangs on the message at a place, in order.
pub(super) fn hashes_of(
    sql: &Connection,
    conversation: ConversationKey,
    seq: u64,
) -> rusqlite::Result<Vec<FileHash>> {
    sql.prepare_cached(
        "SELECT f.hash FROM attachments a JOIN media f ON f.key = a.media
         WHERE a.conversation = ?1 AND a.seq = ?2 ORDER BY a.place",
    )?
    .query_map((conversation, signed(seq)), |row| row.get(0).map(FileHash))?
    .collect()
}

/// The files of these uploads of the owner's; for one that is not there, what no file is called.
pub(super) fn hashes(
    sql: &Connection,
    owner: UserKey,
    media: &[MediaId],
) -> rusqlite::Result<Vec<FileHash>> {
    let mut statement =
        sql.prepare_cached("SELECT hash FROM media WHERE id = ?1 AND owner = ?2")?;
    let found = media.iter().map(|id| {
        let hash = statement.query_row((id.as_bytes(), owner), |row| row.get(0)).optional()?;
        Ok(FileHash(hash.unwrap_or_default()))
    });
    found.collect()
}

/// Hangs uploads of the sender on a message that is being posted.
pub(super) fn attach(
    sql: &Connection,
    sender: UserKey,
    (conversation, seq): (ConversationKey, u64),
    media: &[MediaId],
) -> Outcome<()> {
    for (place, id) in media.iter().enumerate() {
        let key: Option<i64> = sql
            .prepare_cached(
                "UPDATE media SET unused_since = NULL WHERE id = ?1 AND owner = ?2 RETURNING key",
            )?
            .query_row((id.as_bytes(), sender), |row| row.get(0))
            .optional()?;
        let key = key.ok_or(StoreError::AttachmentUnknown)?;
        sql.prepare_cached(
            "INSERT INTO attachments (conversation, seq, place, media) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((conversation, signed(seq), limit(place), key))?;
    }
    Ok(())
}

/// Takes everything off a message that is being deleted.
pub(super) fn detach(
    sql: &Connection,
    (conversation, seq): (ConversationKey, u64),
    now: Timestamp,
) -> Outcome<()> {
    let keys: Vec<i64> = sql
        .prepare_cached(
            "DELETE FROM attachments WHERE conversation = ?1 AND seq = ?2 RETURNING media",
        )?
        .query_map((conversation, signed(seq)), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    keys.into_iter().try_for_each(|key| note_unused(sql, key, now))
}

/// Notes from when on nothing uses the upload, if nothing does.
fn note_unused(sql: &Connection, key: i64, now: Timestamp) -> Outcome<()> {
    sql.prepare_cached(
        "UPDATE media SET unused_since = ?2 WHERE key = ?1
             AND NOT EXISTS (SELECT 1 FROM attachments WHERE media = ?1)
             AND NOT EXISTS (SELECT 1 FROM users WHERE avatar = ?1)",
    )?
    .execute((key, now.as_millis()))?;
    Ok(())
}

/// See [`Store::set_avatar`](crate::store::Store::set_avatar).
pub(super) fn set_avatar(
    transaction: &mut Transaction<'_>,
    user: UserId,
    avatar: Option<&NewMedia>,
    quota: MediaUse,
    now: Timestamp,
) -> Outcome<Me> {
    let key = user_key(transaction.sql, user)?;
    let before = avatar_of(transaction.sql, key)?;
    if before.is_none() && avatar.is_none() {
        return me_by_key(transaction.sql, key);
    }
    if let Some(new) = avatar {
        add(transaction, user, new, quota)?;
        wear(transaction.sql, key, transaction.sql.last_insert_rowid())?;
    }
    let worn = avatar.is_some();
    transaction
        .sql
        .prepare_cached(
            "UPDATE users SET avatar = iif(?2, avatar, NULL), rev = rev + 1 WHERE key = ?1",
        )?
        .execute((key, worn))?;
    if let Some(before) = before {
        note_unused(transaction.sql, before, now)?;
    }
    let learns = accounts::acquaintances(transaction.sql, key)?;
    transaction.append(Pointer::ProfileChanged(key), learns)?;
    me_by_key(transaction.sql, key)
}

/// The avatar of an account that is being made.
pub(super) fn first_avatar(sql: &Connection, user: UserKey, new: &NewMedia) -> Outcome<()> {
    insert(sql, user, new)?;
    wear(sql, user, sql.last_insert_rowid())
}

fn wear(sql: &Connection, user: UserKey, media: i64) -> Outcome<()> {
    sql.prepare_cached("UPDATE users SET avatar = ?2 WHERE key = ?1")?.execute((user, media))?;
    sql.prepare_cached("UPDATE media SET unused_since = NULL WHERE key = ?1")?.execute([media])?;
    Ok(())
}

fn avatar_of(sql: &Connection, user: UserKey) -> Outcome<Option<i64>> {
    Ok(sql
        .prepare_cached("SELECT avatar FROM users WHERE key = ?1")?
        .query_row([user], |row| row.get(0))?)
}

/// See [`Store::collect_media`](crate::store::Store::collect_media).
pub(super) fn collect(
    transaction: &mut Transaction<'_>,
    unused_before: Timestamp,
    rows_max: usize,
) -> Outcome<Collected> {
    let gone: Vec<([u8; 32], Option<[u8; 32]>)> = transaction
        .sql
        .prepare_cached(
            "DELETE FROM media WHERE key IN (
                 SELECT key FROM media WHERE unused_since < ?1 LIMIT ?2)
             RETURNING hash, thumbnail_hash",
        )?
        .query_map((unused_before.as_millis(), limit(rows_max)), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let (uploads, mut files) = (gone.len(), Vec::new());
    for hash in gone.into_iter().flat_map(|(file, small)| [Some(file), small]).flatten() {
        if !is_known(transaction.sql, FileHash(hash))? {
            files.push(FileHash(hash));
        }
    }
    Ok(Collected { uploads, files })
}

/// See [`Store::is_media_known`](crate::store::Store::is_media_known).
pub(super) fn is_known(sql: &Connection, hash: FileHash) -> Outcome<bool> {
    Ok(sql
        .prepare_cached(
            "SELECT 1 FROM media WHERE hash = ?1
             UNION ALL SELECT 1 FROM media WHERE thumbnail_hash = ?1",
        )?
        .exists([hash.0])?)
}
