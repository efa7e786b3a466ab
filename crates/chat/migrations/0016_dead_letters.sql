-- Letters that were given up, kept for a while so that they can be sent after all; and why a delivery failed.
CREATE TABLE dead_letters (
    id TEXT NOT NULL PRIMARY KEY, -- rises with the time of giving up
    destination TEXT NOT NULL,
    lane INTEGER NOT NULL,
    payload TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    died_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    failure TEXT -- of the last attempt at this destination
) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letters_by_destination ON dead_letters (destination, id);
CREATE INDEX dead_letters_by_end ON dead_letters (died_ms);

-- Why the last attempt failed and when; NULL when it did not.
ALTER TABLE outbox_destinations ADD COLUMN failure TEXT;
ALTER TABLE outbox_destinations ADD COLUMN failed_ms INTEGER;
