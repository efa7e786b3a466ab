-- Agents are alerted: what each wants, which step of its ladder a waiting conversation is at, what is to be sent.
ALTER TABLE agents ADD COLUMN alert_rules TEXT; -- JSON object; NULL: as it comes

-- One row for each conversation whose visitor waits: written with what they wrote, gone with the answer.
CREATE TABLE escalations (
    conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    since_ms INTEGER NOT NULL, -- the visitor waits since
    step INTEGER NOT NULL,     -- the next, from 0
    set_ms INTEGER NOT NULL,   -- when the line was last written: later than now, and the clock was put back
    due_ms INTEGER NOT NULL,
    read_ms INTEGER            -- NULL: no agent has read what is waited for
) STRICT, WITHOUT ROWID;
CREATE INDEX escalations_by_due ON escalations (due_ms);
CREATE INDEX escalations_by_set ON escalations (set_ms);

-- Browsers that take pushes.
CREATE TABLE devices (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL REFERENCES agents (id),
    session_id TEXT NOT NULL, -- signing out there ends it; a session that runs out does not
    name TEXT NOT NULL,
    endpoint TEXT NOT NULL UNIQUE,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    pushed_ms INTEGER
) STRICT;
CREATE INDEX devices_by_agent ON devices (agent_id);

-- The server's own key pair for pushes (RFC 8292), in the one line 1.
CREATE TABLE push_keys (
    id INTEGER NOT NULL PRIMARY KEY,
    private TEXT NOT NULL, -- PKCS#8, base64url
    public TEXT NOT NULL   -- uncompressed point, base64url
) STRICT;

-- One row for each alert by push or mail until it is sent, and for each that did not arrive for 30 days.
CREATE TABLE alerts (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL REFERENCES agents (id),
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    device_id TEXT, -- of a push
    kind TEXT NOT NULL,   -- mine, unassigned or mention
    way TEXT NOT NULL,    -- sound, desktop, push or mail
    caller TEXT,          -- the colleague who calls
    created_ms INTEGER NOT NULL,
    due_ms INTEGER,       -- NULL: nothing is to be sent any more
    claimed_ms INTEGER NOT NULL DEFAULT 0, -- until then
    attempts INTEGER NOT NULL DEFAULT 0,
    reason TEXT           -- why it did not arrive
) STRICT;
CREATE INDEX alerts_by_due ON alerts (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX alerts_by_agent ON alerts (agent_id, created_ms);
CREATE INDEX alerts_by_conversation ON alerts (conversation_id);
CREATE INDEX alerts_by_time ON alerts (created_ms);
