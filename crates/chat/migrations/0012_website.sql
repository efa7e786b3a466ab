-- What a website's page says of its visitor, apart from what agents set; and what it tells that the visitor did
-- is a line between messages.

ALTER TABLE conversations ADD COLUMN website TEXT; -- JSON object; NULL: it said nothing
DROP INDEX facts_of_activity;
CREATE INDEX facts_of_activity ON facts (conversation_id, seq)
    WHERE kind IN ('agent.left', 'conversation.updated', 'visitor.tracked');
