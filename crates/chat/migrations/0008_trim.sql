-- How far the log has been trimmed, as a place in the feed.
ALTER TABLE feed ADD COLUMN trimmed_writer INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN trimmed_position INTEGER NOT NULL DEFAULT 0;
