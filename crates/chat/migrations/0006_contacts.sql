-- People: contacts, how websites vouch for them, and how what is known of somebody is erased.

-- Somebody whom a website vouched for, or whom an agent recognised. Anonymous visitors have no row.
CREATE TABLE contacts (
    id TEXT NOT NULL PRIMARY KEY,
    widget_id TEXT NOT NULL REFERENCES widgets (id), -- whose secrets vouch for them
    name TEXT,
    email TEXT,
    email_key TEXT, -- lower case
    phone TEXT,
    attributes TEXT NOT NULL, -- JSON object
    vouched INTEGER NOT NULL, -- did a signed token say who they are?
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX contacts_by_age ON contacts (created_ms, id);
CREATE INDEX contacts_by_email ON contacts (email_key) WHERE email_key IS NOT NULL;

-- What the website calls them; after a merge a contact has several.
CREATE TABLE contact_ids (
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    external_id TEXT NOT NULL,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    PRIMARY KEY (widget_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_ids_by_contact ON contact_ids (contact_id);

-- What agents did by hand. Ids alone, and no references: it outlives whom it is about.
CREATE TABLE contact_acts (
    id TEXT NOT NULL PRIMARY KEY,
    contact_id TEXT NOT NULL, -- or an anonymous visitor's, for an erasure
    act TEXT NOT NULL, -- linked, unlinked, merged or erased
    other_id TEXT, -- the visitor, or the contact that was merged into this one
    agent_id TEXT NOT NULL, -- empty: the command line
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX contact_acts_by_contact ON contact_acts (contact_id, id);

ALTER TABLE visitors ADD COLUMN contact_id TEXT REFERENCES contacts (id);
CREATE INDEX visitors_by_contact ON visitors (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX visitors_by_label ON visitors (widget_id, created_ms)
    WHERE contact_id IS NULL AND (name IS NOT NULL OR email IS NOT NULL);

-- At most two for each widget. They sign, so they cannot be hashed.
CREATE TABLE identity_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    secret TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_secrets_by_widget ON identity_secrets (widget_id);

-- Conversations being erased, until the last of their content is gone.
CREATE TABLE erasures (
    conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id),
    asked_ms INTEGER NOT NULL,
    done_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
