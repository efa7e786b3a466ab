-- What other programs need: API keys, the order of all facts, webhooks, replies kept for retries, blocks.
-- Between the marks `only sqlite` and `only postgres` stands what the engines say each in their own way.

-- A key acts as an agent of its own, who has no e-mail and no password.
CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL UNIQUE REFERENCES agents (id),
    secret_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL, -- JSON array
    created_ms INTEGER NOT NULL,
    used_ms INTEGER,
    revoked_ms INTEGER
) STRICT;

-- How far back the feed goes: a reader whose cursor is older than what was deleted has to start over.
CREATE TABLE feed (
    pruned_writer INTEGER NOT NULL,
    pruned_position INTEGER NOT NULL
) STRICT;
INSERT INTO feed VALUES (0, 0);

-- only sqlite
-- One writer, so the order of writing is the order of commits. AUTOINCREMENT never gives a number twice,
-- even when the newest fact is deleted.
CREATE TABLE feed_facts (
    position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX feed_facts_by_fact ON feed_facts (conversation_id, seq);
INSERT INTO feed_facts (conversation_id, seq) SELECT conversation_id, seq FROM facts ORDER BY rowid;
CREATE TRIGGER facts_into_feed AFTER INSERT ON facts BEGIN
    INSERT INTO feed_facts (conversation_id, seq) VALUES (NEW.conversation_id, NEW.seq);
END;
CREATE TRIGGER facts_out_of_feed AFTER DELETE ON facts BEGIN
    UPDATE feed SET pruned_position = MAX(pruned_position, COALESCE(
        (SELECT position FROM feed_facts WHERE conversation_id = OLD.conversation_id AND seq = OLD.seq), 0));
    DELETE FROM feed_facts WHERE conversation_id = OLD.conversation_id AND seq = OLD.seq;
END;
-- end

/* only postgres
CREATE SEQUENCE facts_position CACHE 1;
ALTER TABLE facts ADD COLUMN position BIGINT NOT NULL DEFAULT nextval('facts_position');
ALTER TABLE facts ADD COLUMN writer BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX facts_by_position ON facts (writer, position);
CREATE FUNCTION facts_out_of_feed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE feed SET (pruned_writer, pruned_position) = (
        SELECT writer, position FROM (
            SELECT writer, position FROM gone UNION ALL SELECT pruned_writer, pruned_position FROM feed
        ) AS ends ORDER BY writer DESC, position DESC LIMIT 1
    ) WHERE EXISTS (SELECT 1 FROM gone);
    RETURN NULL;
END $$;
CREATE TRIGGER facts_out_of_feed AFTER DELETE ON facts
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION facts_out_of_feed();
end */

CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    events TEXT NOT NULL,  -- JSON array
    widgets TEXT NOT NULL, -- JSON array; empty: all
    is_active INTEGER NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT, -- signs too, until the next rotation
    created_ms INTEGER NOT NULL
) STRICT;

-- The last attempts of each.
CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER, -- NULL: no reply
    failure TEXT,
    lane INTEGER NOT NULL,
    payload TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);

-- Replies to requests with an Idempotency-Key, for whoever asks again.
CREATE TABLE idempotency (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER, -- NULL: under way
    reply TEXT,
    started_ms INTEGER NOT NULL,
    PRIMARY KEY (principal, key)
) STRICT;
CREATE INDEX idempotency_by_age ON idempotency (started_ms);

CREATE TABLE blocks (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL, -- address, visitor or email
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    until_ms INTEGER, -- NULL: for good
    UNIQUE (kind, value)
) STRICT;
