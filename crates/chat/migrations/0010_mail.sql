-- Whether agents say that they answer, and answers that wait to be mailed.
ALTER TABLE agents ADD COLUMN status TEXT NOT NULL DEFAULT 'online'; -- online, away or offline

-- One row for each conversation with an answer that its visitor has not read: written with the answer,
-- gone when it is read or mailed. While one server sends, nobody else may until claimed_ms is over.
CREATE TABLE mails (
    conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    visitor_id TEXT NOT NULL REFERENCES visitors (id),
    due_ms INTEGER NOT NULL,
    give_up_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_ms INTEGER NOT NULL DEFAULT 0 -- until then
) STRICT, WITHOUT ROWID;
CREATE INDEX mails_by_due ON mails (due_ms);

-- Up to where a conversation was mailed, in the visitors' counter, and when.
ALTER TABLE conversations ADD COLUMN mailed_visitor_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN mailed_ms INTEGER NOT NULL DEFAULT 0;

-- Codes of links in mails: each proves one visitor, once.
CREATE TABLE mail_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    visitor_id TEXT NOT NULL REFERENCES visitors (id),
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_codes_by_visitor ON mail_codes (visitor_id);
CREATE INDEX mail_codes_by_expiry ON mail_codes (expires_ms);

-- Further secrets of a visitor, one for each device on which such a link was opened.
CREATE TABLE mail_secrets (
    secret_hash TEXT NOT NULL PRIMARY KEY,
    visitor_id TEXT NOT NULL REFERENCES visitors (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_secrets_by_visitor ON mail_secrets (visitor_id);
CREATE INDEX mails_by_visitor ON mails (visitor_id);
