//! Proves that every statement of the crate is in the registry, and that both engines can
//! prepare each. Knows no statement by name.

#![allow(clippy::unwrap_used)]

use super::sql::{PEOPLE, Sql, for_postgres};
use crate::{Chat, Storage};
use std::sync::Arc;
use testkit::postgres::Postgres;

/// Every module with statements, by the name of its file.
const REGISTRY: &[(&str, &[(&str, Sql)])] = &[
    ("access", crate::access::STATEMENTS),
    ("agent", crate::agent::STATEMENTS),
    ("alert", crate::alert::STATEMENTS),
    ("alert_rules", crate::alert_rules::STATEMENTS),
    ("alert_sending", crate::alert_sending::STATEMENTS),
    ("device", crate::device::STATEMENTS),
    ("api_key", crate::api_key::STATEMENTS),
    ("attachment", crate::attachment::STATEMENTS),
    ("audit", crate::audit::STATEMENTS),
    ("availability", crate::availability::STATEMENTS),
    ("block", crate::block::STATEMENTS),
    ("canned", crate::canned::STATEMENTS),
    ("contact", crate::contact::STATEMENTS),
    ("conversation", crate::conversation::STATEMENTS),
    ("dead_letter", crate::dead_letter::STATEMENTS),
    ("erase", crate::erase::STATEMENTS),
    ("export", crate::export::STATEMENTS),
    ("feed", crate::feed::STATEMENTS),
    ("filter", crate::filter::STATEMENTS),
    ("history", crate::history::STATEMENTS),
    ("idempotency", crate::idempotency::STATEMENTS),
    ("identity", crate::identity::STATEMENTS),
    ("inbox", crate::inbox::STATEMENTS),
    ("index", crate::index::STATEMENTS),
    ("invitation", crate::invitation::STATEMENTS),
    ("link", crate::link::STATEMENTS),
    ("mail", crate::mail::STATEMENTS),
    ("message", crate::message::STATEMENTS),
    ("online", crate::online::STATEMENTS),
    ("outbox", crate::outbox::STATEMENTS),
    ("page", crate::page::STATEMENTS),
    ("participant", crate::participant::STATEMENTS),
    ("queues", crate::queues::STATEMENTS),
    ("reaction", crate::reaction::STATEMENTS),
    ("receipt", crate::receipt::STATEMENTS),
    ("revision", crate::revision::STATEMENTS),
    ("search", crate::search::STATEMENTS),
    ("second_step", crate::second_step::STATEMENTS),
    ("session", crate::session::STATEMENTS),
    ("sign_in", crate::sign_in::STATEMENTS),
    ("state", crate::state::STATEMENTS),
    ("tag", crate::tag::STATEMENTS),
    ("trim", crate::trim::STATEMENTS),
    ("visitor", crate::visitor::STATEMENTS),
    ("webhook", crate::webhook::STATEMENTS),
    ("website", crate::website::STATEMENTS),
    ("widget", crate::widget::STATEMENTS),
];

fn statements() -> impl Iterator<Item = (String, &'static Sql)> {
    REGISTRY.iter().flat_map(|(module, statements)| {
        statements.iter().map(move |(name, sql)| (format!("{module}::{name}"), sql))
    })
}

/// Makes the tables.
fn open(storage: Storage) {
    let chat = Chat::open(storage, Arc::new(|_| {})).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(chat.close());
}

#[test]
fn sqlite_prepares_every_statement() {
    let dir = testkit::world::fresh_folder();
    let path = dir.join("chat.db");
    open(Storage::Sqlite { path: path.clone(), max_bytes: None });
    let connection = rusqlite::Connection::open(path).unwrap();
    for (name, sql) in statements() {
        connection.prepare(sql.sqlite).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    std::fs::remove_dir_all(dir).unwrap();
}

/// What is kept in memory of people is looked up anew after a statement that may change them, and that is
/// told by how it begins.
#[test]
fn every_statement_that_writes_begins_with_its_verb() {
    for (name, sql) in statements() {
        let first = sql.sqlite.split(' ').next().unwrap();
        assert!(["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&first), "{name}: {first}");
        let replaces = PEOPLE.iter().any(|table| {
            sql.sqlite.starts_with(&format!("INSERT INTO {table} ")) && sql.sqlite.contains("DO UPDATE")
        });
        assert!(!replaces, "{name}");
    }
}

#[test]
fn postgres_prepares_every_statement() {
    let url = Postgres::shared().fresh_database();
    open(Storage::Postgres { url: url.clone() });
    let mut client = ::postgres::Client::connect(&url, ::postgres::NoTls).unwrap();
    for (name, sql) in statements() {
        let text = for_postgres(sql.postgres);
        let statement = client.prepare(&text).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        // What a Value can be, and nothing else.
        for kind in statement.params() {
            assert!(["text", "int8", "int4"].contains(&kind.name()), "{name} takes {kind}");
        }
    }
}

#[test]
fn every_file_that_declares_statements_is_in_the_registry() {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    for entry in std::fs::read_dir(sources).unwrap() {
        let path = entry.unwrap().path();
        let (Some(module), Some("rs")) =
            (path.file_stem().and_then(|stem| stem.to_str()), path.extension().and_then(|e| e.to_str()))
        else {
            continue;
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let listed = REGISTRY.iter().find(|(name, _)| *name == module);
        assert_eq!(text.contains("\nstatements! {"), listed.is_some(), "{module}");
        // And nobody writes SQL past it.
        let declared = listed.map_or(0, |(_, statements)| statements.len());
        assert_eq!(
            [" = both(", " = postgres_only(", " = sqlite_only(", " = each("]
                .iter()
                .map(|way| text.matches(way).count())
                .sum::<usize>(),
            declared,
            "{module}"
        );
    }
}
