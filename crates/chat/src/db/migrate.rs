//! Brings a database of any earlier release to this release's tables: numbered files,
//! forward only, each in one transaction. Knows nothing of what the tables mean.

use super::postgres::Session;
use crate::OpenError;
use rusqlite::Connection;
use std::path::Path;

/// Every migration, oldest first; a number is never reused. The texts are SQLite's dialect,
/// see [`for_postgres`].
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/0001_chat.sql")];

const VERSION_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER NOT NULL PRIMARY KEY) STRICT;";
const LATEST: &str = "SELECT COALESCE(MAX(version), 0) FROM schema_versions";

/// The number of the newest migration this release knows.
fn known() -> u64 {
    MIGRATIONS.len() as u64
}

/// Migrates an SQLite file; one that has something to lose is copied first (ruling 29).
pub(super) fn sqlite(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    connection.execute_batch(VERSION_TABLE)?;
    let version = || connection.query_row(LATEST, [], |row| row.get::<_, u32>(0)).map(u64::from);
    let found = version()?;
    if found > known() {
        return Err(OpenError::Newer { found, known: known() });
    }
    if found > 0 && found < known() {
        let copy = format!("{}.before-{}", path.display(), found + 1);
        connection.execute("VACUUM INTO ?1", [copy])?;
    }
    for (text, number) in MIGRATIONS.iter().zip(1_u64..) {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        // Asked inside the transaction: another process may have migrated meanwhile.
        let missing = version()? < number;
        let done = if missing {
            connection.execute_batch(&format!("{text}\nINSERT INTO schema_versions VALUES ({number});"))
        } else {
            Ok(())
        };
        connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done?;
    }
    Ok(())
}

/// Migrates a PostgreSQL database; nodes that start together take turns.
pub(super) fn postgres(session: &mut Session) -> Result<(), OpenError> {
    // "fdchat" as a number: any constant that no other program locks.
    session.batch("BEGIN; SELECT pg_advisory_xact_lock(112594000536948);")?;
    session.batch(&for_postgres(VERSION_TABLE))?;
    let found = session.number(LATEST)?;
    if found > known() {
        return Err(OpenError::Newer { found, known: known() });
    }
    for (text, number) in MIGRATIONS.iter().zip(1_u64..).skip(usize::try_from(found).unwrap_or(usize::MAX)) {
        session.batch(&for_postgres(text))?;
        session.batch(&format!("INSERT INTO schema_versions VALUES ({number})"))?;
    }
    session.batch("COMMIT")
}

/// PostgreSQL needs no STRICT, has no rowids, and its INTEGER is too narrow for milliseconds.
fn for_postgres(text: &str) -> String {
    text.replace(" STRICT, WITHOUT ROWID;", ";").replace(" STRICT;", ";").replace(" INTEGER", " BIGINT")
}
