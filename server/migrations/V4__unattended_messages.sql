-- Whether a message was posted by a program while nobody was at the device.
ALTER TABLE messages ADD COLUMN unattended INTEGER NOT NULL DEFAULT 0;
