-- What a website's page says of its visitor, apart from what agents set; and what it tells that the visitor did,
-- which agents read between messages, apart from the lines that visitors read too.

ALTER TABLE conversations ADD COLUMN website TEXT; -- JSON object; NULL: it said nothing
CREATE INDEX facts_of_tracking ON facts (conversation_id, seq) WHERE kind = 'visitor.tracked';
