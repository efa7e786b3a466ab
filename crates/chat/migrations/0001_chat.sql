-- Ids are opaque text: a prefix and a UUIDv7. Times are milliseconds since the Unix epoch.
-- WITHOUT ROWID only where rows are small: large ones fill the inner pages of their own key.

CREATE TABLE widgets (
    id TEXT NOT NULL PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    color TEXT NOT NULL,
    greeting TEXT NOT NULL,
    origins TEXT NOT NULL, -- JSON array
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE visitors (
    id TEXT NOT NULL PRIMARY KEY,
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    secret_hash TEXT NOT NULL UNIQUE,
    name TEXT,
    email TEXT,
    verified INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT UNIQUE, -- lower case; NULL frees the address of an agent who was removed
    avatar TEXT,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    removed_ms INTEGER
) STRICT;

CREATE TABLE widget_members (
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    agent_id TEXT NOT NULL REFERENCES agents (id),
    PRIMARY KEY (agent_id, widget_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL, -- visitor or agent
    person_id TEXT NOT NULL,
    csrf TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_ms);

-- A session has several while tabs refresh it each on their own.
CREATE TABLE session_tokens (
    token_hash TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_tokens_by_session ON session_tokens (session_id);
CREATE INDEX session_tokens_by_expiry ON session_tokens (expires_ms);

CREATE TABLE setup_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT REFERENCES agents (id), -- NULL: for the first agent
    expires_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    visitor_id TEXT NOT NULL REFERENCES visitors (id),
    client_id TEXT NOT NULL,
    status TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,         -- the agents' counter
    last_visitor_seq INTEGER NOT NULL DEFAULT 0, -- the visitors' counter
    visitor_messages INTEGER NOT NULL DEFAULT 0,
    last_message_ms INTEGER, -- NULL until there is a message; so are the four below
    last_sender_kind TEXT,
    last_sender_name TEXT,
    last_kind TEXT,
    last_text TEXT,
    UNIQUE (visitor_id, client_id)
) STRICT;
CREATE INDEX conversations_by_visitor ON conversations (visitor_id, created_ms);
CREATE INDEX conversations_by_change ON conversations (last_message_ms, id) WHERE last_message_ms IS NOT NULL;

-- Who joined, and how far each has read, in both counters.
CREATE TABLE participants (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    person_id TEXT NOT NULL,
    kind TEXT NOT NULL, -- visitor or agent
    joined_seq INTEGER, -- of the fact; NULL: has only read
    joined_visitor_seq INTEGER,
    joined_ms INTEGER,
    read_message_id TEXT,
    read_seq INTEGER NOT NULL DEFAULT 0,
    read_since_seq INTEGER, -- seq of the first receipt: the order of receipts
    read_visitor_message_id TEXT,
    read_visitor_seq INTEGER NOT NULL DEFAULT 0,
    read_visitor_since_seq INTEGER,
    read_visitor_messages INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, person_id)
) STRICT, WITHOUT ROWID;

-- Messages and facts keep their rowids: rows are appended, so that those of all conversations
-- share the pages a commit has to write. The log gives messages their order.
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    seq INTEGER NOT NULL,
    visitor_seq INTEGER, -- NULL: a note
    client_id TEXT NOT NULL,
    sender_kind TEXT NOT NULL,
    sender_id TEXT NOT NULL, -- empty: the system
    sender_name TEXT NOT NULL,
    kind TEXT NOT NULL, -- text or note
    body TEXT NOT NULL,
    attachment_path TEXT,
    attachment_name TEXT,
    is_voice INTEGER NOT NULL DEFAULT 0,
    visitor_messages INTEGER NOT NULL, -- how many the visitor had written with this one
    created_ms INTEGER NOT NULL,
    UNIQUE (conversation_id, sender_id, client_id)
) STRICT;

-- The log.
CREATE TABLE facts (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    seq INTEGER NOT NULL,
    visitor_seq INTEGER, -- NULL: for agents alone; else at most seq
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    message_id TEXT, -- the message or note this fact created
    payload TEXT NOT NULL, -- JSON, complete in itself
    PRIMARY KEY (conversation_id, seq)
) STRICT;
