//! SQLite: one writer thread that commits many verbs together, readers on the callers'
//! threads, checkpoints on a connection of their own. Knows no verbs and no tables.
//!
//! Group commit: the writer takes one verb, runs it, then everything else that has queued
//! meanwhile, and commits once. Nothing waits for company, so one verb alone
//! is as quick as it can be; with 64 callers one fsync serves dozens.

use super::queue::{Job, Queue, WAITING, Waiting};
use super::row::{self, Row, Value};
use super::sql::Sql;
use super::{PeopleVersion, Trouble, Tx, migrate, tell};
use crate::{Change, OnChange, OpenError};
use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::cell::Cell;
use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use tokio::sync::mpsc;
use wire::{Refusal, Refused};

/// Verbs in one commit, at most.
const GROUP: usize = 512;
/// Reader connections kept for the next read.
const READERS: usize = 8;
/// Pages a connection keeps. A reader forgets all of them whenever somebody has written, and the kernel
/// has them still: more than one query needs would only be memory.
const WRITER_CACHE_KIB: u32 = 32 * 1024;
const READER_CACHE_KIB: u32 = 4 * 1024;
/// Pages by which the write-ahead log grows from one copying into the file to the next: the more,
/// the more of them are the same page, which is then copied once.
const CHECKPOINT_EVERY_PAGES: usize = 2_000;
/// Pages in the write-ahead log from which on the writer itself makes room: under unbroken load
/// the checkpoint thread never catches up entirely, and only that lets the log start over.
/// Started over in place, its pages and blocks are there already: cheaper than a file that grows.
const WAL_MAX_PAGES: usize = 8_000;

/// Pages in the write-ahead log after the last commit.
type WalPages = Arc<AtomicUsize>;

/// Opens, migrates and starts writer and checkpoint threads.
pub(super) fn open(
    path: &Path,
    max_bytes: Option<u64>,
    on_change: OnChange,
    people: PeopleVersion,
) -> Result<(Queue, Readers), OpenError> {
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.execute_batch("PRAGMA journal_mode = WAL;")?;
    let wal_pages = count_wal_pages(&mut connection)?;
    migrate::sqlite(&connection, path)?;
    limit(&connection, max_bytes)?;
    let checkpoints = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let (nudge, nudged) = sync_channel(1);
    let (sender, jobs) = mpsc::channel(WAITING);
    let next_checkpoint = CHECKPOINT_EVERY_PAGES;
    let writer = Writer {
        connection,
        on_change,
        people,
        people_change: Cell::new(false),
        wal_pages,
        nudge,
        next_checkpoint,
    };
    let thread = |name: &str| std::thread::Builder::new().name(name.into());
    let threads = vec![
        thread("chat-writer").spawn(move || writer.work(jobs))?,
        thread("chat-checkpoint").spawn(move || keep_checkpointing(&checkpoints, &nudged))?,
    ];
    let readers = Readers { path: path.to_owned(), idle: Mutex::new(Vec::new()) };
    Ok((Queue::new(sender, threads), readers))
}

pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(256);
    // Plans that do not look at parameters: otherwise SQLite prepares a statement anew whenever
    // another id is bound and the table has a partial index (measured: a quarter of the writer).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let writes = flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE);
    let cache_kib = if writes { WRITER_CACHE_KIB } else { READER_CACHE_KIB };
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
         PRAGMA cache_size = -{cache_kib}; PRAGMA secure_delete = ON;"
    ))?;
    Ok(connection)
}

/// Copies a database as it stands at one moment into a new file for its owner alone, while others write
/// to it. The copy needs no log beside it and is as small as it can be. Blocks.
///
/// # Errors
/// When the database cannot be read, or the file is there already and not empty.
pub fn snapshot(path: &Path, copy: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::OpenOptionsExt;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // SQLite writes into an empty file that is there, and gives a new one to the whole group.
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(copy)?;
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    Ok(())
}

/// SQLite refuses a limit below the size the file already has, and then uses that size.
fn limit(connection: &Connection, max_bytes: Option<u64>) -> rusqlite::Result<()> {
    let Some(max_bytes) = max_bytes else { return Ok(()) };
    let page_bytes: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let page_bytes = u64::from(page_bytes);
    connection.query_row(
        &format!("PRAGMA max_page_count = {}", max_bytes / page_bytes.max(1)),
        [],
        |_| Ok(()),
    )
}

/// Has every commit of this connection say how long the log is. It takes the place of SQLite's
/// own checkpoints, which would run in the middle of verbs.
fn count_wal_pages(connection: &mut Connection) -> rusqlite::Result<WalPages> {
    let counted = WalPages::default();
    let count = counted.clone();
    connection.wal_hook(Some(move |_: &mut Wal, pages: c_int| {
        count.store(usize::try_from(pages).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }))?;
    Ok(counted)
}

struct Writer {
    connection: Connection,
    on_change: OnChange,
    people: PeopleVersion,
    /// The group at hand changes people, or tried to.
    people_change: Cell<bool>,
    wal_pages: WalPages,
    nudge: SyncSender<()>,
    /// Length of the log, in pages, that calls for the next checkpoint.
    next_checkpoint: usize,
}

/// Why a group did not commit.
enum Failure {
    /// A verb refused after it had written; without a savepoint, everything had to go with it.
    Spoilt,
    /// The transaction is lost, for this reason.
    Lost(Refusal),
}

impl Writer {
    fn work(mut self, mut jobs: mpsc::Receiver<Waiting>) {
        while let Some(Waiting { job: first, .. }) = jobs.blocking_recv() {
            self.group(first, &mut jobs);
            self.make_room();
        }
        // The last one out leaves a file that stands alone.
        self.checkpoint("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// One commit for `first` and all that has queued meanwhile; then the changes are told,
    /// then the verbs are answered.
    fn group(&mut self, first: Box<dyn Job>, more: &mut mpsc::Receiver<Waiting>) {
        let mut jobs = vec![first];
        let mut outcome = self.attempt(&mut jobs, Some(more));
        if matches!(outcome, Err(Failure::Spoilt)) {
            outcome = self.attempt(&mut jobs, None);
        }
        // Whoever is answered or told finds it so.
        if self.people_change.take() {
            self.people.fetch_add(1, Ordering::SeqCst);
        }
        let undone = match outcome {
            Ok(changes) => {
                tell(&self.on_change, &changes);
                None
            }
            Err(Failure::Lost(refusal)) => Some(refusal),
            Err(Failure::Spoilt) => Some(Refusal::Internal),
        };
        jobs.into_iter().for_each(|job| job.answer(undone));
    }

    /// With `more`, takes what queues meanwhile and does without savepoints, which cost a tenth:
    /// hardly a verb refuses after it has written. Without, each verb has its own.
    fn attempt(
        &self,
        jobs: &mut Vec<Box<dyn Job>>,
        more: Option<&mut mpsc::Receiver<Waiting>>,
    ) -> Result<Vec<Change>, Failure> {
        let outcome = self.transaction(jobs, more);
        if outcome.is_err()
            && !self.connection.is_autocommit()
            && let Err(error) = execute(&self.connection, "ROLLBACK")
        {
            tracing::error!(%error, "rollback failed");
        }
        outcome
    }

    fn transaction(
        &self,
        jobs: &mut Vec<Box<dyn Job>>,
        mut more: Option<&mut mpsc::Receiver<Waiting>>,
    ) -> Result<Vec<Change>, Failure> {
        let mut changes = Vec::new();
        let mut at = 0;
        if let Err(failure) = self.execute("BEGIN IMMEDIATE") {
            // Whoever queued during this wait has waited with it; none shall wait as long again.
            let waited = more.iter_mut().flat_map(|more| std::iter::from_fn(|| more.try_recv().ok()));
            jobs.extend(waited.take(WAITING).map(|waiting| waiting.job));
            return Err(failure);
        }
        while let Some(job) = jobs.get_mut(at) {
            match &mut more {
                None => self.run_under_savepoint(job.as_mut(), &mut changes)?,
                Some(more) => {
                    self.run(job.as_mut(), &mut changes)?;
                    if at + 1 == jobs.len() && jobs.len() < GROUP {
                        jobs.extend(more.try_recv().ok().map(|waiting| waiting.job));
                    }
                }
            }
            at += 1;
        }
        self.execute("COMMIT")?;
        Ok(changes)
    }

    fn run(&self, job: &mut dyn Job, changes: &mut Vec<Change>) -> Result<(), Failure> {
        let before = self.connection.total_changes();
        let kept = self.verb(job, changes)?;
        if kept || self.connection.total_changes() == before { Ok(()) } else { Err(Failure::Spoilt) }
    }

    fn run_under_savepoint(&self, job: &mut dyn Job, changes: &mut Vec<Change>) -> Result<(), Failure> {
        self.execute("SAVEPOINT verb")?;
        if !self.verb(job, changes)? {
            self.execute("ROLLBACK TO verb")?;
        }
        self.execute("RELEASE verb")
    }

    /// `false`: the verb refused.
    fn verb(&self, job: &mut dyn Job, changes: &mut Vec<Change>) -> Result<bool, Failure> {
        let mut tx = Tx::on_sqlite(&self.connection);
        let kept = job.run(&mut tx);
        let Tx { changes: new, trouble, changes_people, .. } = tx;
        self.people_change.set(self.people_change.get() | changes_people);
        // A full disk and I/O errors may roll back everything, savepoints included.
        if self.connection.is_autocommit() {
            return Err(Failure::Lost(match trouble {
                Some(Trouble::Failed(refusal)) => refusal,
                _ => Refusal::StorageUnavailable,
            }));
        }
        if kept {
            changes.extend(new);
        }
        Ok(kept)
    }

    fn execute(&self, text: &str) -> Result<(), Failure> {
        execute(&self.connection, text).map_err(|error| Failure::Lost(refusal_of(&error)))
    }

    fn make_room(&mut self) {
        let pages = self.wal_pages.load(Ordering::Relaxed);
        if pages > WAL_MAX_PAGES {
            self.checkpoint("PRAGMA wal_checkpoint(RESTART)");
            self.next_checkpoint = CHECKPOINT_EVERY_PAGES;
        } else if pages > self.next_checkpoint {
            let _ = self.nudge.try_send(());
            self.next_checkpoint = pages + CHECKPOINT_EVERY_PAGES;
        } else if pages + CHECKPOINT_EVERY_PAGES < self.next_checkpoint {
            // The log has started over.
            self.next_checkpoint = CHECKPOINT_EVERY_PAGES;
        }
    }

    fn checkpoint(&self, pragma: &str) {
        checkpoint(&self.connection, pragma);
    }
}

/// Copies the write-ahead log into the file when it has grown; ends with the writer.
fn keep_checkpointing(connection: &Connection, nudged: &Receiver<()>) {
    while nudged.recv().is_ok() {
        checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)");
    }
}

fn checkpoint(connection: &Connection, pragma: &str) {
    if let Err(error) = connection.query_row(pragma, [], |_| Ok(())) {
        tracing::warn!(%error, "checkpoint failed; it will be tried again");
    }
}

/// Read-only connections, used by whoever reads.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn read<T>(&self, query: impl Fn(&mut Tx<'_>) -> Result<T, Refused>) -> Result<T, Refused> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|e| refusal_of(&e))?,
        };
        execute(&connection, "BEGIN").map_err(|e| refusal_of(&e))?;
        let outcome = query(&mut Tx::on_sqlite(&connection));
        execute(&connection, "COMMIT").map_err(|e| refusal_of(&e))?;
        let mut idle = self.idle.lock();
        if idle.len() < READERS {
            idle.push(connection);
        }
        outcome
    }

    pub(super) fn close(&self) {
        self.idle.lock().clear();
    }
}

pub(super) fn all(connection: &Connection, sql: &Sql, values: &[Value<'_>]) -> Result<Vec<Row>, Trouble> {
    let read = || {
        let mut statement = connection.prepare_cached(sql.sqlite)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.push(copied(row, columns)?);
        }
        Ok(out)
    };
    read().map_err(|error| trouble(&error))
}

pub(super) fn one(connection: &Connection, sql: &Sql, values: &[Value<'_>]) -> Result<Option<Row>, Trouble> {
    let read = || {
        let mut statement = connection.prepare_cached(sql.sqlite)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        rows.next()?.map(|row| copied(row, columns)).transpose()
    };
    read().map_err(|error| trouble(&error))
}

pub(super) fn run(connection: &Connection, sql: &Sql, values: &[Value<'_>]) -> Result<u64, Trouble> {
    let write = || connection.prepare_cached(sql.sqlite)?.execute(rusqlite::params_from_iter(values));
    write().map(|count| count as u64).map_err(|error| trouble(&error))
}

fn execute(connection: &Connection, text: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(text)?.execute([]).map(|_| ())
}

fn copied(from: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Row> {
    let mut cells = Vec::with_capacity(columns);
    for column in 0..columns {
        cells.push(match from.get_ref(column)? {
            ValueRef::Null => row::Cell::Null,
            ValueRef::Integer(number) => row::Cell::Int(number),
            ValueRef::Text(text) => row::Cell::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Real(_) | ValueRef::Blob(_) => unreachable!("STRICT tables hold numbers and text"),
        });
    }
    Ok(Row(cells))
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn trouble(error: &rusqlite::Error) -> Trouble {
    Trouble::Failed(refusal_of(error))
}

/// What a client is told; the log gets the cause. SQLite's texts carry names, never values.
fn refusal_of(error: &rusqlite::Error) -> Refusal {
    let refusal = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Refusal::StorageFull,
        Some(
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::OutOfMemory,
        ) => Refusal::StorageUnavailable,
        _ => Refusal::Internal,
    };
    tracing::error!(%error, "SQLite refused");
    refusal
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::db::sql::both;
    use crate::db::{Db, Tx, values};
    use crate::{Answer, Storage};
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use wire::Refusal;

    /// A row that no other row needs.
    fn add(tx: &mut Tx<'_>, id: &str) -> Answer<()> {
        let add = both("INSERT INTO setup_codes (code_hash, expires_ms) VALUES (?1, 0)");
        tx.run(&add, values![id]).map(|_| ())
    }

    /// A row whose session does not exist, which SQLite finds out when the group commits.
    fn add_what_cannot_commit(tx: &mut Tx<'_>) -> Answer<()> {
        tx.run(&both("PRAGMA defer_foreign_keys = ON"), &[])?;
        tx.run(&both("INSERT INTO session_tokens VALUES ('x', 'ses_none', 0)"), &[]).map(|_| ())
    }

    fn count(tx: &mut Tx<'_>) -> Answer<u64> {
        Ok(tx.one(&both("SELECT COUNT(*) FROM setup_codes"), &[])?.unwrap().number(0))
    }

    /// Runs these verbs in one group: the first holds the writer until all others wait.
    async fn group(db: &Arc<Db>, verbs: Vec<fn(&mut Tx<'_>) -> Answer<()>>) -> Vec<Answer<()>> {
        let (go, wait) = channel::<()>();
        let (started, writing) = tokio::sync::oneshot::channel();
        let first = db.clone();
        let (wait, started) = (parking_lot::Mutex::new(wait), parking_lot::Mutex::new(Some(started)));
        let first = tokio::spawn(async move {
            let hold = move |tx: &mut Tx<'_>| {
                if let Some(started) = started.lock().take() {
                    started.send(()).unwrap();
                    wait.lock().recv().unwrap();
                }
                add(tx, "first")
            };
            first.write(hold).await
        });
        writing.await.unwrap();
        let others: Vec<_> = verbs
            .into_iter()
            .map(|verb| {
                let db = db.clone();
                tokio::spawn(async move { db.write(verb).await })
            })
            .collect();
        // On this runtime of one thread every spawned task runs, and queues its verb, before this goes on.
        tokio::task::yield_now().await;
        go.send(()).unwrap();
        let mut answers = vec![first.await.unwrap()];
        for other in others {
            answers.push(other.await.unwrap());
        }
        answers
    }

    fn with_database(test: impl AsyncFnOnce(Arc<Db>)) {
        let dir = testkit::world::fresh_folder();
        let storage = Storage::Sqlite { path: dir.join("chat.db"), max_bytes: None };
        let db = Arc::new(Db::open(storage, Arc::new(|_| {})).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            test(db.clone()).await;
            db.close().await;
        });
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn when_a_commit_fails_everyone_in_it_is_told_and_nothing_is_kept() {
        with_database(async |db| {
            let answers =
                group(&db, vec![|tx| add(tx, "a"), add_what_cannot_commit, |tx| add(tx, "b")]).await;
            assert_eq!(answers.len(), 4);
            assert!(answers.iter().all(|answer| *answer == Err(Refusal::Internal.into())), "{answers:?}");
            assert_eq!(db.read(count).await.unwrap(), 0);
            db.write(|tx| add(tx, "later")).await.unwrap();
            assert_eq!(db.read(count).await.unwrap(), 1);
        });
    }

    #[test]
    fn a_verb_that_refuses_or_panics_after_writing_takes_only_its_own_rows() {
        with_database(async |db| {
            let refuse = |tx: &mut Tx<'_>| add(tx, "refused").and(Err(Refusal::NotAllowed.into()));
            let fault = |tx: &mut Tx<'_>| add(tx, "fault").map(|()| unreachable!("a fault of ours"));
            let answers = group(&db, vec![|tx| add(tx, "a"), refuse, fault, |tx| add(tx, "b")]).await;
            let refusals: Vec<_> =
                answers.into_iter().map(|answer| answer.err().map(|r| r.refusal)).collect();
            assert_eq!(refusals, [None, None, Some(Refusal::NotAllowed), Some(Refusal::Internal), None]);
            assert_eq!(db.read(count).await.unwrap(), 3);
        });
    }
}
