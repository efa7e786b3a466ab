-- Who comes in and how: invitations, a second step of signing in, where sessions are from; and who did what.

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    widgets TEXT NOT NULL, -- JSON array
    email TEXT,
    by_name TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE second_steps (
    agent_id TEXT NOT NULL PRIMARY KEY REFERENCES agents (id),
    secret TEXT NOT NULL, -- base32; told once, and needed to know the codes
    confirmed_ms INTEGER, -- NULL: no code has shown yet that an app has it
    used_step INTEGER NOT NULL DEFAULT 0 -- of the last code that was taken; none is taken twice
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    code_hash TEXT NOT NULL,
    PRIMARY KEY (agent_id, code_hash)
) STRICT, WITHOUT ROWID;

ALTER TABLE sessions ADD COLUMN address TEXT; -- NULL: of a visitor, or of an earlier release
ALTER TABLE sessions ADD COLUMN device TEXT;

CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY, -- in the order of time
    at_ms INTEGER NOT NULL,
    agent_id TEXT NOT NULL, -- empty: the command line, or somebody who did not get in
    agent_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_agent ON audit (agent_id, id);
CREATE INDEX audit_by_kind ON audit (kind, id);
CREATE INDEX audit_by_time ON audit (at_ms);
