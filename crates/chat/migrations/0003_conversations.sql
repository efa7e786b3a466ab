-- A widget's behaviour: JSON of wire::api::WidgetSettings.
ALTER TABLE widgets ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';

-- What agents set on a conversation.
ALTER TABLE conversations ADD COLUMN assignee_id TEXT REFERENCES agents (id);
ALTER TABLE conversations ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal';
ALTER TABLE conversations ADD COLUMN snoozed_until_ms INTEGER;
ALTER TABLE conversations ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'; -- JSON array; conversation_tags finds by one
ALTER TABLE conversations ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}'; -- JSON object of texts
ALTER TABLE conversations ADD COLUMN waiting_since_ms INTEGER; -- the visitor has had no answer since
ALTER TABLE conversations ADD COLUMN last_message_id TEXT;
ALTER TABLE conversations ADD COLUMN log_from_seq INTEGER NOT NULL DEFAULT 0; -- facts up to here are not kept
ALTER TABLE conversations ADD COLUMN log_from_visitor_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_by_wake ON conversations (snoozed_until_ms) WHERE snoozed_until_ms IS NOT NULL;

CREATE TABLE conversation_tags (
    tag TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, conversation_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE participants ADD COLUMN left_seq INTEGER; -- of the fact; NULL: has not left since joining
ALTER TABLE participants ADD COLUMN delivered_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE participants ADD COLUMN delivered_visitor_seq INTEGER NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN reply_to TEXT;
ALTER TABLE messages ADD COLUMN rating INTEGER;
ALTER TABLE messages ADD COLUMN mentions TEXT; -- JSON array of agent ids; NULL: none
ALTER TABLE messages ADD COLUMN edited_ms INTEGER;
ALTER TABLE messages ADD COLUMN deleted_ms INTEGER;
CREATE INDEX messages_by_quoted ON messages (reply_to) WHERE reply_to IS NOT NULL;

-- Texts that messages had before they were changed or taken back.
CREATE TABLE message_versions (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (message_id, version)
) STRICT;

CREATE TABLE reactions (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_seq INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    emoji TEXT NOT NULL,
    person_kind TEXT NOT NULL,
    seq INTEGER NOT NULL, -- of the fact: their order
    PRIMARY KEY (conversation_id, message_seq, person_id, emoji)
) STRICT, WITHOUT ROWID;

-- Which notes call an agent.
CREATE TABLE mentions (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    PRIMARY KEY (agent_id, conversation_id, seq)
) STRICT, WITHOUT ROWID;

-- The lines between messages, for pages that go back.
CREATE INDEX facts_of_activity ON facts (conversation_id, seq)
    WHERE kind IN ('agent.left', 'conversation.updated');
CREATE INDEX facts_of_changed_texts ON facts (conversation_id, seq) WHERE kind = 'message.updated';
