-- What owners demand of the whole team. A rule that does not hold has no row.
CREATE TABLE team_rules (
    rule TEXT NOT NULL PRIMARY KEY,
    since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
