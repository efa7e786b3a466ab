//! Databases of every release open with this one and hold what they held: the dumps in `tests/released`,
//! and one of today, so that the way there and back is proven before there is a release.
//!
//! `RELEASE=v0.1.0` writes the two dumps of a release, which then never change
//! (`cargo run -p xtask -- release-schema v0.1.0`).

use crate::common::{Engine, TempDir, open, runtime};
use crate::population::{Known, populate, read};
use chat::{Schema, Storage};
use std::path::PathBuf;
use std::sync::Arc;
use testkit::postgres::Postgres;

/// A database for one test, without tables yet.
fn empty(engine: Engine) -> (Storage, TempDir) {
    let dir = TempDir::new();
    let storage = match engine {
        Engine::Sqlite => Storage::Sqlite { path: dir.0.join("chat.db"), max_bytes: None },
        Engine::Postgres => Storage::Postgres { url: Postgres::shared().fresh_database() },
    };
    (storage, dir)
}

/// Today's tables with everything in them, as text.
fn dump_of_today(engine: Engine) -> String {
    let (storage, _dir) = empty(engine);
    let chat = open(&storage, &Arc::default());
    let known = runtime().block_on(async {
        let known = populate(&chat).await;
        chat.close().await;
        known
    });
    let tables = match &storage {
        Storage::Sqlite { path, .. } => sqlite::dump(&rusqlite::Connection::open(path).unwrap()),
        Storage::Postgres { url } => postgres::dump(url),
    };
    let known: String = known.iter().map(|(name, value)| format!("-- {name}: {value}\n")).collect();
    format!("-- Made by `xtask release-schema`; what a test has to know of it:\n{known}\n{tables}")
}

fn known(dump: &str) -> Known {
    let lines = dump.lines().skip(1).map_while(|line| line.strip_prefix("-- "));
    lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.into(), value.into())).collect()
}

/// Loads a dump, opens it with this release, and reads all of it.
fn check(engine: Engine, dump: &str) {
    let (storage, _dir) = empty(engine);
    match &storage {
        Storage::Sqlite { path, .. } => {
            rusqlite::Connection::open(path).unwrap().execute_batch(dump).unwrap();
        }
        Storage::Postgres { url } => postgres::load(url, dump),
    }
    assert!(Schema::of(&storage).unwrap().found > 0, "the dump holds its version");
    let chat = open(&storage, &Arc::default());
    let Schema { found, known: latest, missing } = Schema::of(&storage).unwrap();
    assert_eq!((found, missing.len()), (latest, 0));
    runtime().block_on(async {
        read(&chat, &known(dump)).await;
        chat.close().await;
    });
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/released")
}

fn every_release_opens(engine: Engine, extension: &str) {
    let today = dump_of_today(engine);
    check(engine, &today);
    if let Ok(release) = std::env::var("RELEASE") {
        let path = folder().join(format!("{release}.{extension}"));
        assert!(!path.exists(), "{} is released and does not change", path.display());
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(path, today).unwrap();
    }
    for entry in std::fs::read_dir(folder()).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(extension) {
            check(engine, &std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_released_sqlite_database_opens_and_holds_what_it_held() {
    every_release_opens(Engine::Sqlite, "sqlite.sql");
}

#[test]
fn every_released_postgres_database_opens_and_holds_what_it_held() {
    every_release_opens(Engine::Postgres, "postgres.sql");
}

mod sqlite {
    use rusqlite::Connection;

    /// As `sqlite3 .dump` writes it: tables, rows, then what hangs on them. Tables that another program
    /// makes inside SQLite (full text) come to be by the text of the schema itself.
    pub(super) fn dump(connection: &Connection) -> String {
        let mut text = String::from("PRAGMA foreign_keys = OFF;\nPRAGMA writable_schema = ON;\nBEGIN;\n");
        let mut later = String::new();
        for (kind, name, sql) in objects(connection) {
            if sql.starts_with("CREATE VIRTUAL TABLE") {
                let quoted = sql.replace('\'', "''");
                text.push_str(&format!(
                    "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', '{name}', '{name}', 0, '{quoted}');\n"
                ));
            } else if kind == "table" {
                text.push_str(&format!("{sql};\n"));
                text.push_str(&rows(connection, &name));
            } else {
                later.push_str(&format!("{sql};\n"));
            }
        }
        text + &later + "PRAGMA writable_schema = RESET;\nCOMMIT;\n"
    }

    fn objects(connection: &Connection) -> Vec<(String, String, String)> {
        let all = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
        let mut statement = connection.prepare(all).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn rows(connection: &Connection, table: &str) -> String {
        let columns: Vec<String> = {
            let mut statement =
                connection.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let quoted: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
        let mut statement =
            connection.prepare(&format!("SELECT {} FROM {table}", quoted.join(", "))).unwrap();
        let rows = statement.query_map([], |row| {
            let cells: Vec<String> = (0..columns.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?;
            Ok(format!("INSERT INTO {table} ({}) VALUES ({});\n", columns.join(", "), cells.join(", ")))
        });
        let rows: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
        assert!(!rows.is_empty(), "{table} is empty: a verb in `populate` has to fill it");
        rows.concat()
    }
}

mod postgres {
    use testkit::postgres::Postgres;

    pub(super) fn dump(url: &str) -> String {
        let text = Postgres::shared().dump(url);
        // What only psql understands.
        text.lines().filter(|line| !line.starts_with('\\')).map(|line| format!("{line}\n")).collect()
    }

    pub(super) fn load(url: &str, dump: &str) {
        let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
        client.batch_execute(dump).unwrap();
    }
}
