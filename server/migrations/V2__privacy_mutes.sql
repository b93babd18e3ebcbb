-- What an account shares, see `Privacy` in the protocol.
ALTER TABLE users ADD COLUMN shares_receipts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN shares_typing INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN shares_presence INTEGER NOT NULL DEFAULT 1;

-- `shown_seq` is the read position as the peer of a direct conversation was told it: it follows
-- `read_seq` while both share receipts, and stays where it is while one does not.
ALTER TABLE members ADD COLUMN shown_seq INTEGER NOT NULL DEFAULT 0;
UPDATE members SET shown_seq = read_seq;

ALTER TABLE members ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN mute_rev INTEGER NOT NULL DEFAULT 0;

-- Kinds of events that came with it (kind: subject, detail): 7 what is shared changed: user, 0 ·
-- 8 muted or unmuted: conversation, 0
