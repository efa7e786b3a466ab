-- How agents find: the list of conversations by what they filter it by.
-- Every index begins with what is asked for, then widget and status, and ends with the list's order, so
-- that a page of any of them is read from one place and nothing is passed over.

CREATE INDEX conversations_by_status ON conversations (widget_id, status, last_message_ms, id);
CREATE INDEX conversations_by_assignee ON conversations (assignee_id, widget_id, status, last_message_ms, id)
    WHERE assignee_id IS NOT NULL;
CREATE INDEX conversations_unassigned ON conversations (widget_id, status, last_message_ms, id)
    WHERE assignee_id IS NULL;
CREATE INDEX conversations_by_priority ON conversations (priority, widget_id, status, last_message_ms, id)
    WHERE priority <> 'normal';
CREATE INDEX conversations_waiting ON conversations (widget_id, status, waiting_since_ms, id)
    WHERE waiting_since_ms IS NOT NULL;

-- A tag's conversations in the list's order: copies of what stands in the conversation.
ALTER TABLE conversation_tags ADD COLUMN widget_id TEXT;
ALTER TABLE conversation_tags ADD COLUMN status TEXT;
ALTER TABLE conversation_tags ADD COLUMN last_message_ms INTEGER;
UPDATE conversation_tags SET (widget_id, status, last_message_ms) =
    (SELECT c.widget_id, c.status, c.last_message_ms FROM conversations c WHERE c.id = conversation_id);
CREATE INDEX conversation_tags_by_place ON conversation_tags (tag, widget_id, status, last_message_ms, conversation_id);
CREATE INDEX conversation_tags_by_conversation ON conversation_tags (conversation_id);

-- only sqlite
CREATE TRIGGER tags_find_their_place AFTER INSERT ON conversation_tags BEGIN
    UPDATE conversation_tags SET (widget_id, status, last_message_ms) =
        (SELECT c.widget_id, c.status, c.last_message_ms FROM conversations c WHERE c.id = NEW.conversation_id)
    WHERE tag = NEW.tag AND conversation_id = NEW.conversation_id;
END;
CREATE TRIGGER tags_keep_their_place AFTER UPDATE OF status, last_message_ms ON conversations
WHEN NEW.tags <> '[]' BEGIN
    UPDATE conversation_tags SET status = NEW.status, last_message_ms = NEW.last_message_ms
    WHERE conversation_id = NEW.id;
END;
-- end

/* only postgres
CREATE FUNCTION tags_find_their_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT c.widget_id, c.status, c.last_message_ms INTO NEW.widget_id, NEW.status, NEW.last_message_ms
    FROM conversations c WHERE c.id = NEW.conversation_id;
    RETURN NEW;
END $$;
CREATE TRIGGER tags_find_their_place BEFORE INSERT ON conversation_tags
    FOR EACH ROW EXECUTE FUNCTION tags_find_their_place();
CREATE FUNCTION tags_keep_their_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversation_tags SET status = NEW.status, last_message_ms = NEW.last_message_ms
    WHERE conversation_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER tags_keep_their_place AFTER UPDATE OF status, last_message_ms ON conversations
    FOR EACH ROW WHEN (NEW.tags <> '[]') EXECUTE FUNCTION tags_keep_their_place();
end */
