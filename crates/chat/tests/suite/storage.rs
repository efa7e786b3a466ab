//! What happens to verbs when the database is closed, full, away or newer than the program.

use crate::common::{Engine, NOW, TempDir, World, on_both_engines, open, refused, run, text};
use chat::{Chat, OpenError, Schema, Storage};
use parking_lot::Mutex;
use std::sync::Arc;
use testkit::postgres::Postgres;
use wire::Refusal;

on_both_engines!(
    everything_is_there_after_reopening,
    a_closed_database_answers_that_it_is,
    verbs_asked_before_closing_are_done,
    a_fault_in_telling_harms_no_verb,
    a_look_at_the_schema_changes_nothing,
);

async fn everything_is_there_after_reopening(mut world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    world.answers(&ben, &conversation, "Hi").await;
    let before = world.page(&ana, &conversation).await;
    world.reopen().await;
    assert_eq!(world.page(&ana, &conversation).await, before);
    assert_eq!(world.says(&ana, &conversation, "Good").await.seq, before.seq + 1);
}

async fn a_closed_database_answers_that_it_is(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    world.chat.close().await;
    let post = world.chat.visitor_post(&ana, &conversation, text("Hello"), NOW).await;
    assert_eq!(refused(post), Refusal::StorageUnavailable);
    let page = world.chat.visitor_page(&ana, &conversation, chat::PageQuery::default()).await;
    assert_eq!(refused(page), Refusal::StorageUnavailable);
    world.chat.close().await;
}

async fn verbs_asked_before_closing_are_done(mut world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    let posts: Vec<_> = (0..40)
        .map(|number| {
            let (chat, ana, id) = (world.chat.clone(), ana.clone(), conversation.clone());
            tokio::spawn(async move { chat.visitor_post(&ana, &id, text(&format!("{number}")), NOW).await })
        })
        .collect();
    world.chat.close().await;
    let mut done = 0;
    for post in posts {
        match post.await.unwrap() {
            Ok(_) => done += 1,
            Err(refused) => assert_eq!(refused.refusal, Refusal::StorageUnavailable),
        }
    }
    world.reopen().await;
    assert_eq!(world.page(&ana, &conversation).await.seq, done);
}

async fn a_fault_in_telling_harms_no_verb(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    world.chat.close().await;
    let storage = world.storage.clone();
    let faulty: chat::OnChange = Arc::new(|_| panic!("a fault of the listener"));
    let chat = tokio::task::spawn_blocking(|| Chat::open(storage, faulty).unwrap()).await.unwrap();
    for seq in 1..=20 {
        let message = chat.visitor_post(&ana, &conversation, text("Hello"), NOW).await.unwrap().0;
        assert_eq!(message.seq, seq);
    }
    chat.close().await;
}

#[test]
fn a_full_database_refuses_and_works_again_when_there_is_room() {
    run(Engine::Sqlite, |world| async move {
        let ana = world.ana().await;
        let conversation = world.conversation(&ana).await;
        world.chat.close().await;
        let Storage::Sqlite { path, .. } = world.storage.clone() else { panic!("SQLite") };
        // Room for some messages beside the empty tables, however many those are by now.
        let empty = std::fs::metadata(&path).unwrap().len();
        let small = Storage::Sqlite { path: path.clone(), max_bytes: Some(empty + 250 * 1024) };
        let chat = open(&small, &world.changes);
        // Many at once, so that the disk fills in the middle of a group commit.
        let (mut kept, mut full) = (0, 0);
        for round in 0..20 {
            let posts: Vec<_> = (0..20)
                .map(|number| {
                    let (chat, ana, id) = (chat.clone(), ana.clone(), conversation.clone());
                    let words = format!("{round} {number} {}", "x".repeat(2_000));
                    tokio::spawn(async move { chat.visitor_post(&ana, &id, text(&words), NOW).await })
                })
                .collect();
            for post in posts {
                match post.await.unwrap() {
                    Ok(_) => kept += 1,
                    Err(refused) => {
                        assert_eq!(refused.refusal, Refusal::StorageFull);
                        full += 1;
                    }
                }
            }
        }
        assert!(kept > 10 && full > 10, "{kept} kept, {full} refused");
        assert_eq!(world.facts().len(), kept);
        let whole = chat.visitor_page(&ana, &conversation, chat::PageQuery::default()).await.unwrap();
        assert_eq!(whole.seq, kept as u64);
        chat.close().await;
        let roomy = open(&Storage::Sqlite { path, max_bytes: Some(8 * 1024 * 1024) }, &world.changes);
        let page = roomy.visitor_page(&ana, &conversation, chat::PageQuery::default()).await.unwrap();
        assert_eq!((page.seq, page.messages.len()), (kept as u64, kept.min(50)));
        let next = roomy.visitor_post(&ana, &conversation, text("Room again"), NOW).await.unwrap().0;
        assert_eq!(next.seq, kept as u64 + 1);
        roomy.close().await;
    });
}

#[test]
fn a_database_that_cannot_be_written_says_so_and_recovers() {
    run(Engine::Sqlite, |world| async move {
        let ana = world.ana().await;
        let conversation = world.conversation(&ana).await;
        let Storage::Sqlite { path, .. } = &world.storage else { panic!("SQLite") };
        // Somebody else holds the file beyond the writer's patience.
        let other = rusqlite::Connection::open(path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let posts: Vec<_> = (0..8)
            .map(|_| {
                let (chat, ana, id) = (world.chat.clone(), ana.clone(), conversation.clone());
                tokio::spawn(async move { chat.visitor_post(&ana, &id, text("Hello"), NOW).await })
            })
            .collect();
        // One wait for all of them, not one after the other.
        for post in posts {
            assert_eq!(refused(post.await.unwrap()), Refusal::StorageUnavailable);
        }
        other.execute_batch("ROLLBACK").unwrap();
        world.says(&ana, &conversation, "Hello").await;
        assert_eq!(world.page(&ana, &conversation).await.seq, 1);
    });
}

#[test]
fn two_nodes_on_one_database_leave_no_gap() {
    run(Engine::Postgres, |world| async move {
        let (ana, ben) = (world.ana().await, world.ben().await);
        let conversation = world.conversation(&ana).await;
        let told_elsewhere = Arc::default();
        let storage = world.storage.clone();
        let there = told_elsewhere_by(&told_elsewhere, storage).await;
        let posts: Vec<_> = (0..60)
            .map(|number| {
                let chat = if number % 2 == 0 { world.chat.clone() } else { there.clone() };
                let (ana, ben, id) = (ana.clone(), ben.clone(), conversation.clone());
                tokio::spawn(async move {
                    let words = text(&format!("{number}"));
                    match number % 3 {
                        0 => drop(chat.agent_post(&ben, &id, words, NOW).await.unwrap()),
                        _ => drop(chat.visitor_post(&ana, &id, words, NOW).await.unwrap()),
                    }
                })
            })
            .collect();
        for post in posts {
            post.await.unwrap();
        }
        let mut seqs: Vec<u64> = world.facts().iter().map(|fact| fact.seq).collect();
        assert!(seqs.is_sorted());
        let elsewhere: Vec<u64> = told_elsewhere
            .lock()
            .iter()
            .flat_map(|change: &chat::Change| &change.facts)
            .map(|f| f.seq)
            .collect();
        assert!(elsewhere.is_sorted() && !elsewhere.is_empty());
        seqs.extend(elsewhere);
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=61).collect::<Vec<_>>());
        there.close().await;
    });
}

async fn told_elsewhere_by(told: &Arc<Mutex<Vec<chat::Change>>>, storage: Storage) -> Chat {
    let told = told.clone();
    tokio::task::spawn_blocking(move || open(&storage, &told)).await.unwrap()
}

#[test]
fn a_lost_connection_is_made_again() {
    run(Engine::Postgres, |world| async move {
        let ana = world.ana().await;
        let conversation = world.conversation(&ana).await;
        world.says(&ana, &conversation, "Hello").await;
        Postgres::shared().cut_connections();
        for number in 2..=20 {
            assert_eq!(world.says(&ana, &conversation, "Still here").await.seq, number);
        }
        assert_eq!(world.page(&ana, &conversation).await.seq, 20);
    });
}

#[test]
fn a_database_of_a_later_release_is_left_alone() {
    let dir = TempDir::new();
    let storage = Storage::Sqlite { path: dir.0.join("chat.db"), max_bytes: None };
    let Storage::Sqlite { path, .. } = &storage else { panic!("SQLite") };
    let nobody: chat::OnChange = Arc::new(|_| {});
    let chat = Chat::open(storage.clone(), nobody.clone()).unwrap();
    crate::common::runtime().block_on(chat.close());
    let later = rusqlite::Connection::open(path).unwrap();
    later.execute_batch("INSERT INTO schema_versions VALUES (99)").unwrap();
    let answer = Chat::open(storage.clone(), nobody.clone()).map(|_| ());
    assert!(matches!(answer, Err(OpenError::Newer { found: 99, .. })), "{answer:?}");
    later.execute_batch("DELETE FROM schema_versions WHERE version = 99").unwrap();
    let chat = Chat::open(storage, nobody).unwrap();
    crate::common::runtime().block_on(chat.close());
}

#[test]
fn what_is_no_database_is_refused_with_a_sentence() {
    let dir = TempDir::new();
    let path = dir.0.join("chat.db");
    std::fs::write(&path, "This is a shopping list, not a database.".repeat(100)).unwrap();
    let told = Arc::new(Mutex::new(0));
    let nobody: chat::OnChange = Arc::new(move |_| *told.lock() += 1);
    for storage in [
        Storage::Sqlite { path, max_bytes: None },
        Storage::Sqlite { path: dir.0.join("no/such/place/chat.db"), max_bytes: None },
        Storage::Postgres { url: format!("host={} user=x dbname=x", dir.0.display()) },
        Storage::Postgres { url: "nonsense".into() },
    ] {
        let answer = Chat::open(storage, nobody.clone()).map(|_| ());
        let Err(error @ OpenError::Database(_)) = answer else { panic!("{answer:?}") };
        assert!(error.to_string().starts_with("the database cannot be opened: "), "{error}");
    }
}

async fn a_look_at_the_schema_changes_nothing(world: World) {
    let fresh = match &world.storage {
        Storage::Sqlite { path, .. } => {
            Storage::Sqlite { path: path.with_extension("none"), max_bytes: None }
        }
        Storage::Postgres { .. } => Storage::Postgres { url: Postgres::shared().fresh_database() },
    };
    let look = |storage: &Storage| Schema::of(storage).unwrap();
    for _ in 0..2 {
        let Schema { found, known, missing } = look(&fresh);
        assert_eq!((found, missing.len() as u64), (0, known));
        assert!(missing.iter().all(|(_, words)| words.ends_with('.') || !words.is_empty()), "{missing:?}");
    }
    if let Storage::Sqlite { path, .. } = &fresh {
        assert!(!path.exists());
    }
    let open = look(&world.storage);
    assert_eq!((open.found, open.missing), (open.known, Vec::new()));
}

#[test]
fn a_snapshot_holds_all_that_was_acknowledged_before_it_while_others_write() {
    run(Engine::Sqlite, |mut world| async move {
        let ana = world.ana().await;
        let conversation = world.conversation(&ana).await;
        let Storage::Sqlite { path, .. } = world.storage.clone() else { panic!("SQLite") };
        world.says(&ana, &conversation, "before").await;
        let (chat, writer, id) = (world.chat.clone(), ana.clone(), conversation.clone());
        let writing = tokio::spawn(async move {
            for number in 0..300 {
                chat.visitor_post(&writer, &id, text(&format!("{number}")), NOW).await.unwrap();
            }
        });
        let before = world.says(&ana, &conversation, "just before").await.seq;
        let copy = path.with_extension("copy");
        let (from, to) = (path.clone(), copy.clone());
        tokio::task::spawn_blocking(move || chat::snapshot(&from, &to).unwrap()).await.unwrap();
        writing.await.unwrap();
        assert!(chat::snapshot(&path, &copy).is_err(), "nothing is written over");
        world.chat.close().await;
        world.chat = open(&Storage::Sqlite { path: copy, max_bytes: None }, &world.changes);
        let page = world.page(&ana, &conversation).await;
        assert!(page.seq >= before, "{} of {before}", page.seq);
        world.chat.close().await;
    });
}
