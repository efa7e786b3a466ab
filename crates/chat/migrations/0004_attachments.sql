-- Files of messages. A row stands before its first byte is kept anywhere, so that nothing is kept that no
-- row knows of; and it is `kept` only when all bytes are.
CREATE TABLE attachments (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    uploader_kind TEXT NOT NULL, -- visitor or agent
    uploader_id TEXT NOT NULL,
    state TEXT NOT NULL, -- coming or kept
    bytes INTEGER NOT NULL, -- as announced; once kept, as they are
    received INTEGER NOT NULL DEFAULT 0, -- of an upload in parts
    thumbnail_type TEXT, -- media type of the small picture; NULL: there is none
    file TEXT NOT NULL, -- JSON of wire::file::File
    message_id TEXT, -- NULL until a message has it
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX attachments_by_conversation ON attachments (conversation_id);
CREATE INDEX attachments_loose ON attachments (created_ms) WHERE message_id IS NULL;

-- What is left where files are kept and no row needs any more.
CREATE TABLE attachment_remains (
    id TEXT NOT NULL,
    what TEXT NOT NULL, -- parts, or all
    bytes INTEGER NOT NULL, -- of its parts together
    PRIMARY KEY (id, what)
) STRICT, WITHOUT ROWID;

-- A message's files: JSON array of wire::file::File; NULL: none.
ALTER TABLE messages ADD COLUMN attachments TEXT;
ALTER TABLE messages DROP COLUMN attachment_path;
ALTER TABLE messages DROP COLUMN attachment_name;
ALTER TABLE messages DROP COLUMN is_voice;
