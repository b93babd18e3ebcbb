-- What may be done with a session, see `Rights` in the protocol: 1 send, 2 read, 4 account, added up.
-- Sessions from before may do everything.
ALTER TABLE sessions ADD COLUMN rights INTEGER NOT NULL DEFAULT 7;
