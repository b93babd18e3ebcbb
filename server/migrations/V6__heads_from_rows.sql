-- The newest number of a conversation or a stream is that of its newest row, found by one look at the
-- primary key. Kept a second time it cost each post a write for the conversation and for each member.
ALTER TABLE conversations DROP COLUMN head;
ALTER TABLE streams DROP COLUMN head;
