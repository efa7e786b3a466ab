//! Brings a database of any earlier release to this release's tables: numbered files,
//! forward only, each in one transaction. Knows nothing of what the tables mean.

use super::postgres::Session;
use crate::{OpenError, Storage};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::path::Path;

/// Every migration, oldest first; a number is never reused. The texts are SQLite's dialect,
/// see [`for_postgres`].
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_chat.sql"),
    include_str!("../../migrations/0002_outbox.sql"),
    include_str!("../../migrations/0003_conversations.sql"),
    include_str!("../../migrations/0004_attachments.sql"),
    include_str!("../../migrations/0005_api.sql"),
    include_str!("../../migrations/0006_contacts.sql"),
    include_str!("../../migrations/0007_tokens.sql"),
    include_str!("../../migrations/0008_trim.sql"),
    include_str!("../../migrations/0009_search.sql"),
    include_str!("../../migrations/0010_mail.sql"),
    include_str!("../../migrations/0011_plain_writes.sql"),
    include_str!("../../migrations/0012_website.sql"),
    include_str!("../../migrations/0013_team.sql"),
    include_str!("../../migrations/0014_alerts.sql"),
    include_str!("../../migrations/0015_replies.sql"),
    include_str!("../../migrations/0016_dead_letters.sql"),
    include_str!("../../migrations/0017_rules.sql"),
    include_str!("../../migrations/0018_whereabouts.sql"),
];

const VERSION_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER NOT NULL PRIMARY KEY) STRICT;";
const LATEST: &str = "SELECT COALESCE(MAX(version), 0) FROM schema_versions";

/// Which tables a database has, and which this release wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Version of the database; 0 where there is none yet.
    pub found: u64,
    /// The latest version this release knows.
    pub known: u64,
    /// What a start of this release would run: number and first words of each migration.
    pub missing: Vec<(u64, &'static str)>,
}

impl Schema {
    /// Looks without changing anything. Blocks, and may be called on any thread.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn of(storage: &Storage) -> Result<Schema, OpenError> {
        let found = match storage {
            Storage::Sqlite { path, .. } => sqlite_version(path)?,
            Storage::Postgres { url } => {
                let url = url.clone();
                // The client drives a runtime of its own, so it needs a thread that has none.
                let look = std::thread::spawn(move || postgres_version(&mut Session::to(&url)?));
                look.join().map_err(|_| OpenError::Database("the look at its version failed".into()))??
            }
        };
        let numbered = MIGRATIONS.iter().zip(1_u64..).filter(|(_, number)| *number > found);
        let missing = numbered.map(|(text, number)| (number, first_words(text))).collect();
        Ok(Schema { found, known: MIGRATIONS.len() as u64, missing })
    }
}

/// A migration opens with a comment that says what it is for.
fn first_words(text: &'static str) -> &'static str {
    text.lines().next().unwrap_or_default().trim_start_matches("-- ")
}

fn sqlite_version(path: &Path) -> Result<u64, OpenError> {
    if !path.exists() {
        return Ok(0);
    }
    // To read what stands in the write-ahead log alone, SQLite needs the right to write beside it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'schema_versions'";
    match connection.query_row(table, [], |_| Ok(())).optional()? {
        Some(()) => Ok(connection.query_row(LATEST, [], |row| row.get::<_, u32>(0))?.into()),
        None => Ok(0),
    }
}

fn postgres_version(session: &mut Session) -> Result<u64, OpenError> {
    let tables =
        session.number("SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('schema_versions')")?;
    if tables == 0 { Ok(0) } else { session.number(LATEST) }
}

/// Migrates an SQLite file; one that has something to lose is copied first (ruling 29).
pub(super) fn sqlite(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    sqlite_to(connection, path, MIGRATIONS)
}

fn sqlite_to(connection: &Connection, path: &Path, migrations: &[&str]) -> Result<(), OpenError> {
    connection.execute_batch(VERSION_TABLE)?;
    let version = || connection.query_row(LATEST, [], |row| row.get::<_, u32>(0)).map(u64::from);
    let (found, known) = (version()?, migrations.len() as u64);
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    if found > 0 && found < known {
        let copy = format!("{}.before-{}", path.display(), found + 1);
        connection.execute("VACUUM INTO ?1", [copy])?;
    }
    for (text, number) in migrations.iter().zip(1_u64..) {
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
    session.batch(
        "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; \
         SELECT pg_advisory_xact_lock(112594000536948);",
    )?;
    session.batch(&for_postgres(VERSION_TABLE))?;
    let (found, known) = (session.number(LATEST)?, MIGRATIONS.len() as u64);
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for (text, number) in MIGRATIONS.iter().zip(1_u64..).filter(|(_, number)| *number > found) {
        session.batch(&for_postgres(text))?;
        session.batch(&format!("INSERT INTO schema_versions VALUES ({number})"))?;
    }
    session.batch("COMMIT")
}

/// PostgreSQL needs no STRICT, has no rowids, and its INTEGER is too narrow for milliseconds. What stands
/// between `-- only sqlite` and `-- end` is not for it; what stands in a comment `/* only postgres … end */`,
/// which SQLite passes over, is for it alone.
fn for_postgres(text: &str) -> String {
    let mut shared = String::with_capacity(text.len());
    let mut parts = text.split("-- only sqlite\n");
    shared.push_str(parts.next().unwrap_or_default());
    parts.for_each(|part| shared.push_str(part.split_once("-- end\n").map_or("", |(_, after)| after)));
    shared
        .replace("/* only postgres\n", "")
        .replace("end */\n", "")
        .replace(" STRICT, WITHOUT ROWID;", ";")
        .replace(" STRICT;", ";")
        .replace(" INTEGER", " BIGINT")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_engine_gets_its_own_part() {
        let text = "a INTEGER;\n-- only sqlite\nb;\n-- end\nc;\n/* only postgres\nd;\nend */\ne STRICT;";
        assert_eq!(for_postgres(text), "a BIGINT;\nc;\nd;\ne;");
    }

    #[test]
    fn what_is_missing_is_added_once_and_a_copy_is_made_first() {
        let dir = testkit::world::fresh_folder();
        let path = dir.join("chat.db");
        let connection = Connection::open(&path).unwrap();
        let first = "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (7);";
        sqlite_to(&connection, &path, &[first]).unwrap();
        sqlite_to(&connection, &path, &[first]).unwrap();
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1, "nothing to copy yet");
        let broken =
            sqlite_to(&connection, &path, &[first, "CREATE TABLE b (y INTEGER); CREATE TABLE a (x);"]);
        assert!(matches!(broken, Err(OpenError::Database(_))), "{broken:?}");
        let count = |connection: &Connection, sql: &str| -> u32 {
            connection.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count(&connection, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'b'"), 0);
        std::fs::remove_file(dir.join("chat.db.before-2")).unwrap();
        sqlite_to(&connection, &path, &[first, "CREATE TABLE b (y INTEGER) STRICT;"]).unwrap();
        assert_eq!(count(&connection, LATEST), 2);
        let copy = Connection::open(dir.join("chat.db.before-2")).unwrap();
        assert_eq!((count(&copy, LATEST), count(&copy, "SELECT x FROM a")), (1, 7));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
