-- Uploads, one row each; what has the same bytes shares one file, named by the SHA-256 of its bytes.
-- `bytes` is what the owner's quota counts: the file and its small form. `width` is set for pictures.
-- `unused_since` is set while no message and no profile uses it.
CREATE TABLE media (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    owner INTEGER NOT NULL REFERENCES users (key),
    hash BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    thumbnail_hash BLOB,
    thumbnail_type TEXT,
    thumbnail_bytes INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    name TEXT NOT NULL,
    alt TEXT,
    width INTEGER,
    height INTEGER,
    created_at INTEGER NOT NULL,
    unused_since INTEGER
) STRICT;
CREATE INDEX media_by_owner ON media (owner);
CREATE INDEX media_by_hash ON media (hash);
CREATE INDEX media_by_thumbnail ON media (thumbnail_hash);
CREATE INDEX media_unused ON media (unused_since) WHERE unused_since IS NOT NULL;

-- What hangs on which message, in the sender's order.
CREATE TABLE attachments (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    place INTEGER NOT NULL,
    media INTEGER NOT NULL REFERENCES media (key),
    PRIMARY KEY (conversation, seq, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_by_media ON attachments (media);
-- How many rows of `attachments` a message has, so that the many without need no look.
ALTER TABLE messages ADD COLUMN attachment_count INTEGER NOT NULL DEFAULT 0;

ALTER TABLE users ADD COLUMN avatar INTEGER REFERENCES media (key);
CREATE INDEX users_by_avatar ON users (avatar) WHERE avatar IS NOT NULL;
ALTER TABLE users ADD COLUMN status_expires_at INTEGER;
ALTER TABLE users ADD COLUMN time_zone TEXT;

-- Whom an account has blocked.
CREATE TABLE blocks (
    blocker INTEGER NOT NULL REFERENCES users (key),
    blocked INTEGER NOT NULL REFERENCES users (key),
    PRIMARY KEY (blocker, blocked)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_blocked ON blocks (blocked);
