-- Events are written in the order in which they happen, those of one transaction in one row of the
-- journal, and settled into the streams of their readers many at a time: a row for each event and
-- reader changed a page for each. A run holds the events up to `last_seq`, as many as it has
-- pointers. Both are packed by Postcard (https://postcard.jamesmunns.com/wire-format.html).
--
-- The events so far go: every device fetches a snapshot, once, as one does that was away for long.
DROP TABLE events;
UPDATE streams SET confirmed = 0;

CREATE TABLE journal (
    key INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    entries BLOB NOT NULL
) STRICT;

CREATE TABLE runs (
    user INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    pointers BLOB NOT NULL,
    PRIMARY KEY (user, last_seq)
) STRICT, WITHOUT ROWID;

-- Keys begin with the time at which they were made: new ones come next to each other, whoever sends.
DROP INDEX messages_by_key;
CREATE UNIQUE INDEX messages_by_key ON messages (client_msg_id, sender);

-- A message in a room moved `active_at` of every member. Rooms go without: the list looks at their newest
-- message.
UPDATE members SET active_at = -1
    WHERE conversation IN (SELECT key FROM conversations WHERE kind = 1);
