-- How agents find: the list of conversations by what they filter it by, and words wherever they stand.
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

-- only sqlite
-- What is to be indexed again, in the order of its writing: ids of messages, contacts, visitors and
-- conversations. A row is written in the transaction of the change, so nothing that commits is forgotten.
CREATE TABLE search_queue (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ref_id TEXT NOT NULL UNIQUE
) STRICT;
-- Words as `words.rs` cuts and folds them, with spaces between, so that both engines index the same.
CREATE TABLE search_docs (
    doc INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, -- newest last
    ref_id TEXT NOT NULL UNIQUE,
    words TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE search_words USING fts5(
    words, content = 'search_docs', content_rowid = 'doc', detail = none, columnsize = 0, tokenize = "ascii tokenchars '_'"
);
-- What is taken out is overwritten, not marked.
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER search_docs_in AFTER INSERT ON search_docs BEGIN
    INSERT INTO search_words (rowid, words) VALUES (NEW.doc, NEW.words);
END;
CREATE TRIGGER search_docs_out AFTER DELETE ON search_docs BEGIN
    INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', OLD.doc, OLD.words);
END;

CREATE TRIGGER search_message_in AFTER INSERT ON messages BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_message_changed AFTER UPDATE OF body ON messages BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_message_out AFTER DELETE ON messages BEGIN
    INSERT INTO search_queue (ref_id) VALUES (OLD.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_contact_in AFTER INSERT ON contacts BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_contact_changed AFTER UPDATE OF name, email ON contacts BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_contact_out AFTER DELETE ON contacts BEGIN
    INSERT INTO search_queue (ref_id) VALUES (OLD.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_visitor_in AFTER INSERT ON visitors WHEN NEW.name IS NOT NULL OR NEW.email IS NOT NULL BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_visitor_changed AFTER UPDATE OF name, email, contact_id ON visitors BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_conversation_changed AFTER UPDATE OF tags, attributes ON conversations
WHEN NEW.tags <> OLD.tags OR NEW.attributes <> OLD.attributes BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
-- end

/* only postgres
CREATE TABLE search_queue (
    number BIGSERIAL PRIMARY KEY,
    ref_id TEXT NOT NULL UNIQUE
);
CREATE TABLE search_docs (
    doc BIGSERIAL PRIMARY KEY,
    ref_id TEXT NOT NULL UNIQUE,
    words TSVECTOR NOT NULL
);
CREATE INDEX search_docs_by_word ON search_docs USING gin (words);
CREATE FUNCTION search_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_queue (ref_id) VALUES (COALESCE(NEW.id, OLD.id)) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER search_message AFTER INSERT OR DELETE OR UPDATE OF body ON messages
    FOR EACH ROW EXECUTE FUNCTION search_again();
CREATE TRIGGER search_contact AFTER INSERT OR DELETE OR UPDATE OF name, email ON contacts
    FOR EACH ROW EXECUTE FUNCTION search_again();
CREATE TRIGGER search_visitor_in AFTER INSERT ON visitors
    FOR EACH ROW WHEN (NEW.name IS NOT NULL OR NEW.email IS NOT NULL) EXECUTE FUNCTION search_again();
CREATE TRIGGER search_visitor AFTER UPDATE OF name, email, contact_id ON visitors
    FOR EACH ROW EXECUTE FUNCTION search_again();
CREATE TRIGGER search_conversation AFTER UPDATE OF tags, attributes ON conversations FOR EACH ROW
    WHEN (NEW.tags <> OLD.tags OR NEW.attributes <> OLD.attributes) EXECUTE FUNCTION search_again();
end */

-- What is there already.
INSERT INTO search_queue (ref_id) SELECT id FROM messages ORDER BY created_ms, id;
INSERT INTO search_queue (ref_id) SELECT id FROM contacts;
INSERT INTO search_queue (ref_id) SELECT id FROM visitors WHERE name IS NOT NULL OR email IS NOT NULL;
INSERT INTO search_queue (ref_id) SELECT id FROM conversations WHERE tags <> '[]' OR attributes <> '{}';
