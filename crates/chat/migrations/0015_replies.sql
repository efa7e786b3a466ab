-- Canned replies: texts that agents send again and again.
CREATE TABLE canned_replies (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL, -- the agent whose own it is; empty: for everybody
    shortcut TEXT NOT NULL, -- lower case
    body TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    UNIQUE (owner, shortcut)
) STRICT;
