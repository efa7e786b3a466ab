-- What has to reach other servers, and what they have been told already. A fact or a change is
-- told once because its row here and the letter about it are written in one transaction.

-- What was last told about a channel or a member of it. No row: nothing, or that it is empty.
CREATE TABLE told (
    kind TEXT NOT NULL, -- channel, member, count or cache_miss
    app_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    user_id TEXT NOT NULL, -- empty unless a member
    value INTEGER NOT NULL,
    told_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, app_id, channel, user_id)
) STRICT, WITHOUT ROWID;

-- Where letters go; the row gives them their numbers and is their order under several writers.
CREATE TABLE outbox_destinations (
    id TEXT NOT NULL PRIMARY KEY,
    last_number INTEGER NOT NULL,
    waiting INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Letters that have not been delivered. Those of one lane go one after another.
CREATE TABLE outbox (
    destination TEXT NOT NULL REFERENCES outbox_destinations (id),
    lane INTEGER NOT NULL,
    number INTEGER NOT NULL,
    payload TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    give_up_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (destination, lane, number)
) STRICT;
CREATE INDEX outbox_by_end ON outbox (give_up_ms);

-- Work that one of several servers on this database does for all of them.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
