//! Statements: their text for each engine, and the registry a test prepares on both.
//! Knows no tables.
//!
//! Text is written once with `?1..?n` and rewritten to `$1..$n` for PostgreSQL. What
//! differs are PostgreSQL's locks, as SQLite has one writer, and the little where the engines have nothing
//! in common.

/// A statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    /// For SQLite.
    pub(crate) sqlite: &'static str,
    /// For PostgreSQL, still with `?1..?n`.
    pub(crate) postgres: &'static str,
}

/// Tables that say who somebody is, and what their session opens.
pub(super) const PEOPLE: [&str; 4] = ["sessions", "session_tokens", "visitors", "widgets"];

impl Sql {
    /// Does it change or delete rows of people? New ones make nobody else of those who are there.
    pub(crate) fn changes_people(&self) -> bool {
        let verb = ["UPDATE ", "DELETE FROM "].iter().find_map(|verb| self.sqlite.strip_prefix(verb));
        let table = verb.and_then(|rest| rest.split(' ').next());
        table.is_some_and(|table| PEOPLE.contains(&table))
    }
}

/// One text for both engines.
pub(crate) const fn both(text: &'static str) -> Sql {
    Sql { sqlite: text, postgres: text }
}

/// Only PostgreSQL needs it (row locks).
pub(crate) const fn postgres_only(text: &'static str) -> Sql {
    Sql { sqlite: "SELECT 1", postgres: text }
}

/// Only SQLite needs it: PostgreSQL has a trigger or a default for that.
pub(crate) const fn sqlite_only(text: &'static str) -> Sql {
    Sql { sqlite: text, postgres: "SELECT 1" }
}

/// A text for each, where the engines have nothing in common.
pub(crate) const fn each(sqlite: &'static str, postgres: &'static str) -> Sql {
    Sql { sqlite, postgres }
}

/// Declares a module's statements and its part of the registry, `STATEMENTS`.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(const $name: $crate::db::sql::Sql = $sql;)*
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, $crate::db::sql::Sql)] = &[$((stringify!($name), $name),)*];
    };
}
pub(crate) use statements;

/// `?1..?n` to `$1..$n`, leaving literals, quoted names and comments as they are.
pub(super) fn for_postgres(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['?', '\'', '"', '-', '/']) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let skipped = match found.as_bytes() {
            [b'?', b'0'..=b'9', ..] => {
                out.push('$');
                rest = &found[1..];
                continue;
            }
            [b'-', b'-', ..] => found.find('\n').unwrap_or(found.len()),
            [b'/', b'*', ..] => found.find("*/").map_or(found.len(), |end| end + 2),
            // A doubled quote inside reads as two literals side by side, which comes to the same.
            [quote @ (b'\'' | b'"'), inside @ ..] => {
                inside.iter().position(|byte| byte == quote).map_or(found.len(), |end| end + 2)
            }
            _ => 1,
        };
        out.push_str(&found[..skipped]);
        rest = &found[skipped..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_rewritten_and_literals_and_comments_are_not() {
        for (text, expected) in [
            ("SELECT ?1, ?12", "SELECT $1, $12"),
            ("SELECT '?1' || ?1", "SELECT '?1' || $1"),
            ("SELECT 'it''s ?1', ?2", "SELECT 'it''s ?1', $2"),
            ("SELECT \"?1\", ?1 -- ?2\n, ?3", "SELECT \"?1\", $1 -- ?2\n, $3"),
            ("/* ?1 */ SELECT ?1 - 1 / ?2", "/* ?1 */ SELECT $1 - 1 / $2"),
            ("SELECT a ? b", "SELECT a ? b"),
            ("SELECT 'open", "SELECT 'open"),
        ] {
            assert_eq!(for_postgres(text), expected);
        }
    }
}
