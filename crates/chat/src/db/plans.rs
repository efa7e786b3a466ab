//! Proves by both engines' own words that a page of the agents' list is read from an index in the list's
//! order: nothing is scanned, nothing sorted. Knows nothing of what the lists hold.

#![allow(clippy::unwrap_used)]

use super::sql::{Sql, for_postgres};
use crate::{Chat, Storage};
use std::sync::Arc;
use testkit::postgres::Postgres;

/// Statement, its index, and whether it may sort: what calls an agent, and what one person wrote, is read whole.
const EXPECTED: &[(&str, &str, bool)] = &[
    ("ALL", "conversations_by_change", false),
    ("OF_STATUS", "conversations_by_status", false),
    ("ASSIGNED", "conversations_by_assignee", false),
    ("UNASSIGNED", "conversations_unassigned", false),
    ("OF_PRIORITY", "conversations_by_priority", false),
    ("TAGGED", "conversation_tags_by_place", false),
    ("WAITING", "conversations_waiting", false),
    ("MENTIONED", "mentions", true),
    ("OF_PERSON", "conversations_by_visitor", true),
];

fn lists() -> impl Iterator<Item = (&'static str, Sql, &'static str, bool)> {
    EXPECTED.iter().map(|(name, index, sorts)| {
        let (_, sql) = crate::filter::STATEMENTS.iter().find(|(known, _)| known == name).unwrap();
        (*name, *sql, *index, *sorts)
    })
}

fn open(storage: Storage) {
    let chat = Chat::open(storage, Arc::new(|_| {})).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(chat.close());
}

#[test]
fn every_list_has_an_expected_plan() {
    // All but the one that reads the widgets.
    assert_eq!(crate::filter::STATEMENTS.len(), EXPECTED.len() + 1);
}

#[test]
fn sqlite_reads_each_list_from_its_index() {
    let dir = testkit::world::fresh_folder();
    let path = dir.join("chat.db");
    open(Storage::Sqlite { path: path.clone(), max_bytes: None });
    let connection = super::sqlite::connect(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    for (name, sql, index, sorts) in lists() {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.sqlite)).unwrap();
        let given = rusqlite::params_from_iter(vec![""; plan.parameter_count()]);
        let rows = plan.query_map(given, |row| row.get::<_, String>(3)).unwrap();
        let lines: Vec<String> = rows.map(Result::unwrap).collect();
        let text = lines.join("\n");
        assert!(text.contains(index), "{name}: {text}");
        // `n` is what calls the agent, `p` who the person is, read by their keys.
        let is_scan = |line: &&String| {
            line.contains("SCAN")
                && !line.contains("json_each")
                && !["SCAN n", "SCAN p"].contains(&line.as_str())
        };
        assert_eq!(lines.iter().filter(is_scan).count(), 0, "{name}: {text}");
        assert!(sorts || !text.contains("TEMP B-TREE"), "{name}: {text}");
        assert!(!sorts || text.contains("(id=?)"), "{name}: {text}");
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn postgres_reads_each_list_from_its_index() {
    let url = Postgres::shared().fresh_database();
    open(Storage::Postgres { url: url.clone() });
    let mut client = ::postgres::Client::connect(&url, ::postgres::NoTls).unwrap();
    // The tables are empty, so a scan would be the best plan; whether there is another is the question.
    client
        .batch_execute(
            "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
             SET plan_cache_mode = force_generic_plan",
        )
        .unwrap();
    for (name, sql, index, sorts) in lists() {
        let given = if name == "ALL" { "1, 'x', 10" } else { "'[]', '[]', 1, 'x', 10, '', '', '', '', ''" };
        client.batch_execute(&format!("PREPARE list AS {}", for_postgres(sql.postgres))).unwrap();
        let rows = client.query(&format!("EXPLAIN EXECUTE list({given})"), &[]).unwrap();
        let text = rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n");
        client.batch_execute("DEALLOCATE list").unwrap();
        assert!(text.contains(index), "{name}: {text}");
        assert!(!text.contains("Seq Scan"), "{name}: {text}");
        assert!(sorts || !text.contains("Sort"), "{name}: {text}");
    }
}
