//! SQLite: one writer thread that commits many verbs together, readers on the callers'
//! threads, checkpoints on a connection of their own. Knows no verbs and no tables.
//!
//! Group commit: the writer takes one verb, runs it under a savepoint, then everything else
//! that has queued meanwhile, and commits once. Nothing waits for company, so one verb alone
//! is as quick as it can be; with 64 callers one fsync serves dozens.

use super::queue::{Job, Queue, WAITING, Waiting};
use super::row::{Cell, Row, Value};
use super::sql::Sql;
use super::{Trouble, Tx, migrate};
use crate::{OnChange, OpenError};
use parking_lot::Mutex;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use tokio::sync::mpsc;
use wire::{Refusal, Refused};

/// Verbs in one commit, at most.
const GROUP: usize = 512;
/// Reader connections kept for the next read.
const READERS: usize = 8;
/// Bytes of write-ahead log from which on the checkpoint thread copies it into the file.
const CHECKPOINT_FROM_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of write-ahead log from which on the writer itself makes room: under unbroken load
/// the checkpoint thread never catches up entirely, and only that lets the log start over.
const WAL_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Opens, migrates and starts writer and checkpoint threads.
pub(super) fn open(
    path: &Path,
    max_bytes: Option<u64>,
    on_change: OnChange,
) -> Result<(Queue, Readers), OpenError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;")?;
    migrate::sqlite(&connection, path)?;
    limit(&connection, max_bytes)?;
    let checkpoints = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let wal = wal_of(path);
    let (nudge, nudged) = sync_channel(1);
    let (sender, jobs) = mpsc::channel(WAITING);
    let writer = Writer { connection, on_change, wal: wal.clone(), nudge, commits: 0 };
    let threads = vec![
        std::thread::Builder::new().name("chat-writer".into()).spawn(move || writer.work(jobs))?,
        std::thread::Builder::new()
            .name("chat-checkpoint".into())
            .spawn(move || checkpoint(&checkpoints, &wal, &nudged))?,
    ];
    let readers = Readers { path: path.to_owned(), idle: Mutex::new(Vec::new()) };
    Ok((Queue::new(sender, threads), readers))
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
         PRAGMA cache_size = -32768;",
    )?;
    Ok(connection)
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

fn wal_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

fn bytes_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

struct Writer {
    connection: Connection,
    on_change: OnChange,
    wal: PathBuf,
    nudge: SyncSender<()>,
    commits: u32,
}

impl Writer {
    fn work(mut self, mut jobs: mpsc::Receiver<Waiting>) {
        while let Some((_, first)) = jobs.blocking_recv() {
            self.group(first, &mut jobs);
            self.make_room();
        }
        // The last one out leaves a file that stands alone.
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the last checkpoint failed; the next start repeats it");
        }
    }

    /// One transaction over `first` and all that has queued meanwhile.
    fn group(&mut self, first: Box<dyn Job>, jobs: &mut mpsc::Receiver<Waiting>) {
        if let Err(error) = self.connection.execute_batch("BEGIN IMMEDIATE") {
            return first.answer(Some(refusal_of(&error)));
        }
        let mut done = Vec::new();
        let mut changes = Vec::new();
        let mut next = Some(first);
        let mut broken = None;
        while let Some(mut job) = next.take() {
            broken = self.savepoint(job.as_mut(), &mut changes).err();
            done.push(job);
            if broken.is_none() && done.len() < GROUP {
                next = jobs.try_recv().ok().map(|(_, job)| job);
            }
        }
        if broken.is_none() {
            broken = self.connection.execute_batch("COMMIT").err().map(|error| refusal_of(&error));
        }
        match broken {
            Some(_) if !self.connection.is_autocommit() => {
                if let Err(error) = self.connection.execute_batch("ROLLBACK") {
                    tracing::error!(%error, "rollback failed");
                }
            }
            None if !changes.is_empty() => (self.on_change)(&changes),
            _ => {}
        }
        done.into_iter().for_each(|job| job.answer(broken));
    }

    /// Runs one verb; a refusal undoes only its own rows. `Err`: the whole transaction is lost.
    fn savepoint(&self, job: &mut dyn Job, changes: &mut Vec<crate::Change>) -> Result<(), Refusal> {
        let broken = |error: rusqlite::Error| refusal_of(&error);
        execute(&self.connection, "SAVEPOINT verb").map_err(broken)?;
        let mut tx = Tx::on_sqlite(&self.connection);
        let kept = job.run(&mut tx);
        let Tx { changes: new, trouble, .. } = tx;
        // A full disk and I/O errors may roll back everything, savepoints included.
        if self.connection.is_autocommit() {
            return Err(match trouble {
                Some(Trouble::Failed(refusal)) => refusal,
                _ => Refusal::StorageUnavailable,
            });
        }
        if kept {
            changes.extend(new);
        } else {
            execute(&self.connection, "ROLLBACK TO verb").map_err(broken)?;
        }
        execute(&self.connection, "RELEASE verb").map_err(broken)
    }

    fn make_room(&mut self) {
        self.commits += 1;
        if self.commits.is_multiple_of(16) {
            let _ = self.nudge.try_send(());
            if bytes_of(&self.wal) > WAL_MAX_BYTES
                && let Err(error) =
                    self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            {
                tracing::warn!(%error, "checkpoint failed");
            }
        }
    }
}

/// Copies the write-ahead log into the file when it has grown; ends with the writer.
fn checkpoint(connection: &Connection, wal: &Path, nudged: &Receiver<()>) {
    while nudged.recv().is_ok() {
        if bytes_of(wal) > CHECKPOINT_FROM_BYTES
            && let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        {
            tracing::warn!(%error, "checkpoint failed");
        }
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
    read().map_err(trouble)
}

pub(super) fn one(connection: &Connection, sql: &Sql, values: &[Value<'_>]) -> Result<Option<Row>, Trouble> {
    let read = || {
        let mut statement = connection.prepare_cached(sql.sqlite)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        rows.next()?.map(|row| copied(row, columns)).transpose()
    };
    read().map_err(trouble)
}

pub(super) fn run(connection: &Connection, sql: &Sql, values: &[Value<'_>]) -> Result<u64, Trouble> {
    let write = || connection.prepare_cached(sql.sqlite)?.execute(rusqlite::params_from_iter(values));
    write().map(|count| count as u64).map_err(trouble)
}

fn execute(connection: &Connection, text: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(text)?.execute([]).map(|_| ())
}

fn copied(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Row> {
    let mut cells = Vec::with_capacity(columns);
    for column in 0..columns {
        cells.push(match row.get_ref(column)? {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Int(number),
            ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
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

fn trouble(error: rusqlite::Error) -> Trouble {
    Trouble::Failed(refusal_of(&error))
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
