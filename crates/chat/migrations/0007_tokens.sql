-- Tokens that a widget had before: each works until its end, while pages still carry it.
CREATE TABLE widget_tokens (
    token TEXT NOT NULL PRIMARY KEY,
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX widget_tokens_by_widget ON widget_tokens (widget_id);
