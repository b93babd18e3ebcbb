-- Inside the database, users and conversations have small integer keys: they stand in every row of
-- the large tables. The ids that others know are 16-byte blobs. Times are milliseconds since 1970.

-- One row for each start of the server, see `Position` in the protocol.
CREATE TABLE epochs (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    started_at INTEGER NOT NULL
) STRICT;

-- The `_folded` columns are lower-cased by the server, because SQLite folds ASCII only.
CREATE TABLE users (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    username TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    display_name TEXT NOT NULL,
    display_name_folded TEXT NOT NULL,
    status_message TEXT,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER,
    rev INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_display_name ON users (display_name_folded);

CREATE TABLE sessions (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    token_hash BLOB NOT NULL UNIQUE,
    user INTEGER NOT NULL REFERENCES users (key),
    device_name TEXT NOT NULL,
    remember INTEGER NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- kind: 0 direct, 1 room. A direct conversation is found by its two users, the lower key first;
-- notes to oneself have the same key twice. `head` counts the messages.
CREATE TABLE conversations (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    kind INTEGER NOT NULL,
    name TEXT,
    low INTEGER REFERENCES users (key),
    high INTEGER REFERENCES users (key),
    member_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    head INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX conversations_direct ON conversations (low, high) WHERE kind = 0;

-- `active_at` repeats the time of the newest message for each member, so that a page of a person's
-- conversations is one walk of the index, however many there are. A post touches these rows
-- anyway: it appends to each member's stream.
CREATE TABLE members (
    conversation INTEGER NOT NULL REFERENCES conversations (key),
    user INTEGER NOT NULL REFERENCES users (key),
    read_seq INTEGER NOT NULL,
    delivered_seq INTEGER NOT NULL,
    active_at INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_activity ON members (user, active_at, conversation);

-- `posted_hash` is set by the first edit or deletion: what the key was first used with must stay
-- comparable after the body has changed.
CREATE TABLE messages (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    client_msg_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    reply_to INTEGER,
    edited_at INTEGER,
    deleted_at INTEGER,
    rev INTEGER NOT NULL,
    posted_hash BLOB,
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX messages_by_key ON messages (sender, client_msg_id);

-- `head` is the number of the newest event, `confirmed` how far delivery was looked at.
CREATE TABLE streams (
    user INTEGER PRIMARY KEY REFERENCES users (key),
    head INTEGER NOT NULL,
    confirmed INTEGER NOT NULL
) STRICT;

-- Pointers: what happened to which thing. The thing itself is read in its newest form.
-- kind, subject, detail: 0 posted, 1 edited, 2 deleted: conversation, seq · 3 receipt moved:
-- conversation, user · 4 conversation added, 5 changed: conversation, 0 · 6 profile changed: user, 0
CREATE TABLE events (
    user INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    detail INTEGER NOT NULL,
    PRIMARY KEY (user, seq)
) STRICT, WITHOUT ROWID;
