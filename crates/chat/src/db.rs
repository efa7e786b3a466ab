//! The one door to storage: verbs run through [`Db::write`] and [`Db::read`] on whichever
//! engine holds the log. Knows nothing of what a verb does.
//!
//! Verbs are plain synchronous functions over [`Tx`], so that one set of them serves both
//! engines; they may run more than once (PostgreSQL repeats a transaction that lost a race),
//! so they own what they need and change nothing but the database.

mod json;
mod migrate;
#[cfg(test)]
mod plans;
mod postgres;
mod queue;
#[cfg(test)]
mod registry;
mod row;
pub(crate) mod sql;
mod sqlite;

pub(crate) use json::{from_json, json, json_list};
pub use migrate::Schema;
pub(crate) use row::{Row, Value, values};
pub use sqlite::snapshot;

use crate::fact::Change;
use crate::{OnChange, OpenError, Storage};
use parking_lot::RwLock;
use queue::{Kind, Queue, Verb};
use sql::Sql;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::oneshot;
use wire::{Refusal, Refused};

/// The database, open or closed.
pub(crate) struct Db {
    storage: Storage,
    on_change: OnChange,
    people: PeopleVersion,
    open: RwLock<Arc<Open>>,
}

/// Counts the transactions of this process after which somebody may be somebody else, or nobody.
type PeopleVersion = Arc<AtomicU64>;

/// The open database.
struct Open {
    queue: Queue,
    /// SQLite reads on the caller's thread: a read by key costs less than a change of threads.
    readers: Option<sqlite::Readers>,
}

impl Open {
    fn new(storage: &Storage, on_change: &OnChange, people: &PeopleVersion) -> Result<Open, OpenError> {
        // Another process may have written meanwhile.
        people.fetch_add(1, Ordering::SeqCst);
        match storage {
            Storage::Sqlite { path, max_bytes } => {
                let (queue, readers) = sqlite::open(path, *max_bytes, on_change.clone(), people.clone())?;
                Ok(Open { queue, readers: Some(readers) })
            }
            Storage::Postgres { url } => Ok(Open { queue: postgres::open(url, on_change)?, readers: None }),
        }
    }
}

impl Db {
    /// Opens, migrates and starts the threads. Blocks.
    pub(crate) fn open(storage: Storage, on_change: OnChange) -> Result<Db, OpenError> {
        let people = PeopleVersion::default();
        let open = RwLock::new(Arc::new(Open::new(&storage, &on_change, &people)?));
        Ok(Db { storage, on_change, people, open })
    }

    /// Opens again what was closed. Blocks.
    pub(crate) fn reopen(&self) -> Result<(), OpenError> {
        *self.open.write() = Arc::new(Open::new(&self.storage, &self.on_change, &self.people)?);
        Ok(())
    }

    /// Differs when a session, a visitor or a widget may have been changed or deleted since; to be taken
    /// before reading what is to be kept. `None`: others write too, or the database is closed.
    pub(crate) fn people_version(&self) -> Option<u64> {
        let open = self.now();
        let is_alone = open.readers.is_some() && open.queue.is_open();
        is_alone.then(|| self.people.load(Ordering::SeqCst))
    }

    fn now(&self) -> Arc<Open> {
        self.open.read().clone()
    }

    /// Runs `verb` in a transaction of its own; the answer comes after commit and after `on_change`.
    pub(crate) async fn write<T, F>(&self, verb: F) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Refused> + Send + 'static,
    {
        self.submit(Kind::Write, verb).await
    }

    /// Runs `query` on one consistent snapshot.
    pub(crate) async fn read<T, F>(&self, query: F) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Refused> + Send + 'static,
    {
        let open = self.now();
        match &open.readers {
            Some(readers) if open.queue.is_open() => readers.read(query),
            Some(_) => Err(Refusal::StorageUnavailable.into()),
            None => self.submit(Kind::Read, query).await,
        }
    }

    /// Finishes what was asked before, then answers everything else with [`Refusal::StorageUnavailable`].
    pub(crate) async fn close(&self) {
        let open = self.now();
        open.queue.close().await;
        if let Some(readers) = &open.readers {
            readers.close();
        }
    }

    async fn submit<T, F>(&self, kind: Kind, verb: F) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, Refused> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.now().queue.send(kind, Box::new(Verb::new(verb, reply))).await?;
        answer.await.unwrap_or_else(|_| Err(Refusal::StorageUnavailable.into()))
    }
}

/// Hands committed changes on. A fault there must not end the thread that writes: the changes
/// are in the log, and clients find them by cursor.
fn tell(on_change: &OnChange, changes: &[Change]) {
    if !changes.is_empty() && catch_unwind(AssertUnwindSafe(|| on_change(changes))).is_err() {
        tracing::error!(changes = changes.len(), "telling of committed changes failed");
    }
}

/// What went wrong in an engine, beyond this one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The transaction lost a race; the same verb may succeed when repeated.
    Race,
    /// The connection is gone.
    Lost,
    /// The statement failed for this reason.
    Failed(Refusal),
}

/// One transaction.
pub(crate) struct Tx<'a> {
    engine: Engine<'a>,
    changes: Vec<Change>,
    trouble: Option<Trouble>,
    /// Somebody may be somebody else, or nobody, after it.
    changes_people: bool,
}

enum Engine<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut postgres::Session),
}

impl<'a> Tx<'a> {
    fn on_sqlite(connection: &'a rusqlite::Connection) -> Tx<'a> {
        Tx { engine: Engine::Sqlite(connection), changes: Vec::new(), trouble: None, changes_people: false }
    }

    fn on_postgres(session: &'a mut postgres::Session) -> Tx<'a> {
        Tx { engine: Engine::Postgres(session), changes: Vec::new(), trouble: None, changes_people: false }
    }

    /// For the little that a statement's text cannot say: values in the language of an engine.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.engine, Engine::Sqlite(_))
    }

    /// All rows.
    pub(crate) fn all(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Vec<Row>, Refused> {
        let rows = match &mut self.engine {
            Engine::Sqlite(connection) => sqlite::all(connection, sql, values),
            Engine::Postgres(session) => session.all(sql, values),
        };
        let rows = rows.map_err(|trouble| self.note(trouble))?;
        self.changes_people |= !rows.is_empty() && sql.changes_people();
        Ok(rows)
    }

    /// The first row, if there is one.
    pub(crate) fn one(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Option<Row>, Refused> {
        let row = match &mut self.engine {
            Engine::Sqlite(connection) => sqlite::one(connection, sql, values),
            Engine::Postgres(session) => session.all(sql, values).map(|rows| rows.into_iter().next()),
        };
        let row = row.map_err(|trouble| self.note(trouble))?;
        self.changes_people |= row.is_some() && sql.changes_people();
        Ok(row)
    }

    /// The number that it selects: 0 where there is no row.
    pub(crate) fn number(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, Refused> {
        Ok(self.one(sql, values)?.map_or(0, |mut row| row.number(0)))
    }

    /// How many rows it changed.
    pub(crate) fn run(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, Refused> {
        let count = match &mut self.engine {
            Engine::Sqlite(connection) => sqlite::run(connection, sql, values),
            Engine::Postgres(session) => session.run(sql, values),
        };
        let count = count.map_err(|trouble| self.note(trouble))?;
        self.changes_people |= count > 0 && sql.changes_people();
        Ok(count)
    }

    /// All rows of two statements with the same parameters, on one way where there is a way to go.
    pub(crate) fn pair(&mut self, sql: [&Sql; 2], values: &[Value<'_>]) -> Result<[Vec<Row>; 2], Refused> {
        let rows = match &mut self.engine {
            Engine::Sqlite(connection) => sqlite::all(connection, sql[0], values)
                .and_then(|first| Ok([first, sqlite::all(connection, sql[1], values)?])),
            Engine::Postgres(session) => session.pair(sql, values),
        };
        rows.map_err(|trouble| self.note(trouble))
    }

    /// Like [`Tx::run`] for whoever does not ask how many: what goes wrong may be told by a later statement,
    /// or by the commit.
    pub(crate) fn run_later(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<(), Refused> {
        match &mut self.engine {
            Engine::Sqlite(_) => self.run(sql, values).map(|_| ()),
            Engine::Postgres(session) => session.run_later(sql, values).map_err(|trouble| self.note(trouble)),
        }
    }

    /// Runs what is [`sqlite_only`](sql::sqlite_only).
    pub(crate) fn run_on_sqlite(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<(), Refused> {
        match &self.engine {
            Engine::Sqlite(_) => self.run(sql, values).map(|_| ()),
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Locks what `sql` selects, where several writers are possible; SQLite has one. What is read next is
    /// read under the lock.
    pub(crate) fn lock(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<(), Refused> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(_) => self.run_later(sql, values),
        }
    }

    /// Hands a change to `on_change`, if this transaction commits.
    pub(crate) fn changed(&mut self, change: Change) {
        self.changes.push(change);
    }

    fn note(&mut self, trouble: Trouble) -> Refused {
        let refusal = match &trouble {
            Trouble::Race | Trouble::Lost => Refusal::StorageUnavailable,
            Trouble::Failed(refusal) => *refusal,
        };
        self.trouble = Some(trouble);
        refusal.into()
    }
}
