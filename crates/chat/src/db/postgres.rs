//! PostgreSQL: a few threads, each with a connection and one transaction per verb.
//! Knows no verbs and no tables.
//!
//! Verbs lock the conversation they change, so its counters have no gaps. Commit and
//! `on_change` of one conversation happen under a lock of this process, so that changes are
//! told in the order of their seq although several threads commit.

use super::queue::{Job, Kind, Queue, WAITING, Waiting};
use super::row::{Cell, Row, Value};
use super::sql::{self, Sql};
use super::{Trouble, Tx, migrate, tell};
use crate::{Change, OnChange, OpenError};
use parking_lot::Mutex;
use postgres::error::SqlState;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};
use std::collections::HashMap;
use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tokio::sync::mpsc;
use wire::Refusal;

/// Connections, each with its thread.
const WORKERS: usize = 8;
/// How often a verb that lost a race is tried in all.
const TRIES: u32 = 8;
/// Nobody waits longer than this for a database that hangs.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A lock is waited for as long as SQLite waits for its own.
const SETTINGS: &str =
    "SET lock_timeout = 5000; SET statement_timeout = 15000; SET idle_in_transaction_session_timeout = 60000";
/// Whoever has waited so long for a worker is told so: while all of them wait for a lock, the queue would
/// otherwise wait once for each verb before.
const QUEUED_AT_MOST: Duration = Duration::from_secs(5);
/// Locks that keep the order of announcements; conversations share them by hash.
const STRIPES: usize = 64;

type Stripes = Arc<[Mutex<()>]>;

/// Connects, migrates and starts the workers. The client drives a runtime of its own, so it
/// must never be touched on a thread of somebody else's runtime: even the first connection
/// is made on a worker.
pub(super) fn open(url: &str, on_change: &OnChange) -> Result<Queue, OpenError> {
    let (sender, jobs) = mpsc::channel(WAITING);
    let jobs = Arc::new(Mutex::new(jobs));
    let stripes: Stripes = (0..STRIPES).map(|_| Mutex::new(())).collect();
    let mut threads = Vec::new();
    for number in 0..WORKERS {
        let (opened, ready) = channel();
        let worker =
            Worker { session: Session::to(url)?, on_change: on_change.clone(), stripes: stripes.clone() };
        let jobs = jobs.clone();
        let thread = std::thread::Builder::new()
            .name(format!("chat-postgres-{number}"))
            .spawn(move || worker.start(number == 0, &opened, &jobs))?;
        threads.push(thread);
        ready.recv().map_err(|_| OpenError::Database("a storage thread ended".into()))??;
    }
    Ok(Queue::new(sender, threads))
}

struct Worker {
    session: Session,
    on_change: OnChange,
    stripes: Stripes,
}

impl Worker {
    /// The first worker migrates; the others connect when they have something to do.
    fn start(
        mut self,
        first: bool,
        opened: &Sender<Result<(), OpenError>>,
        jobs: &Mutex<mpsc::Receiver<Waiting>>,
    ) {
        let ready = if first { migrate::postgres(&mut self.session) } else { Ok(()) };
        let failed = ready.is_err();
        if opened.send(ready).is_err() || failed {
            return;
        }
        loop {
            let next = jobs.lock().blocking_recv();
            let Some(Waiting { kind, mut job, since }) = next else { return };
            let undone = match since.elapsed() > QUEUED_AT_MOST {
                true => Some(Refusal::StorageUnavailable),
                false => self.work(kind, job.as_mut()),
            };
            job.answer(undone);
        }
    }

    /// Runs one job to its end; the answer is the refusal that undid it, if one did.
    fn work(&mut self, kind: Kind, job: &mut dyn Job) -> Option<Refusal> {
        let mut last = Refusal::StorageUnavailable;
        for _ in 0..TRIES {
            match self.attempt(kind, job) {
                Ok(()) => return None,
                Err(Trouble::Race) => {}
                Err(Trouble::Lost) => self.session.client = None,
                Err(Trouble::Failed(refusal)) => {
                    last = refusal;
                    break;
                }
            }
        }
        Some(last)
    }

    fn attempt(&mut self, kind: Kind, job: &mut dyn Job) -> Result<(), Trouble> {
        self.session.execute(match kind {
            Kind::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Kind::Write => "BEGIN ISOLATION LEVEL READ COMMITTED",
        })?;
        let mut tx = Tx::on_postgres(&mut self.session);
        let kept = job.run(&mut tx);
        let Tx { changes, trouble, .. } = tx;
        match trouble {
            Some(Trouble::Lost) => return Err(Trouble::Lost),
            Some(Trouble::Race) => {
                self.session.execute("ROLLBACK")?;
                return Err(Trouble::Race);
            }
            Some(Trouble::Failed(_)) | None => {}
        }
        if !kept {
            return self.session.execute("ROLLBACK");
        }
        self.commit(&changes)
    }

    /// The row locks of the transaction are held while the stripe is awaited, and whoever
    /// holds the stripe awaits no row lock: so the two kinds of lock cannot wait in a ring.
    fn commit(&mut self, changes: &[Change]) -> Result<(), Trouble> {
        let mut stripes: Vec<usize> = changes.iter().map(|change| stripe(&change.conversation.id)).collect();
        stripes.sort_unstable();
        stripes.dedup();
        let _in_order: Vec<_> = stripes.iter().map(|&number| self.stripes[number].lock()).collect();
        // A connection lost right now leaves open whether the commit happened: the verb must not be
        // repeated by us. A client that repeats it does so under the same client id.
        if let Err(trouble) = self.session.execute("COMMIT") {
            return Err(match trouble {
                Trouble::Lost => Trouble::Failed(Refusal::StorageUnavailable),
                Trouble::Race | Trouble::Failed(_) => trouble,
            });
        }
        tell(&self.on_change, changes);
        Ok(())
    }
}

fn stripe(conversation_id: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    conversation_id.hash(&mut hasher);
    usize::try_from(hasher.finish() % STRIPES as u64).unwrap_or(0)
}

/// A connection that is made when needed and made again when lost.
pub(crate) struct Session {
    config: Config,
    client: Option<Client>,
    statements: HashMap<&'static str, Statement>,
}

impl Session {
    /// A connection by this address, not made yet.
    pub(super) fn to(url: &str) -> Result<Session, OpenError> {
        let mut config: Config =
            url.parse().map_err(|error: postgres::Error| OpenError::Database(described(&error)))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_WITHIN);
        }
        Ok(Session { config, client: None, statements: HashMap::new() })
    }

    pub(super) fn all(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Vec<Row>, Trouble> {
        let statement = self.prepared(sql)?;
        let client = self.client.as_mut().ok_or(Trouble::Lost)?;
        let rows = client.query(&statement, &parameters(values)).map_err(|error| trouble(&error))?;
        rows.iter().map(copied).collect()
    }

    pub(super) fn run(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, Trouble> {
        let statement = self.prepared(sql)?;
        let client = self.client.as_mut().ok_or(Trouble::Lost)?;
        client.execute(&statement, &parameters(values)).map_err(|error| trouble(&error))
    }

    /// Several statements without parameters, when opening.
    pub(super) fn batch(&mut self, text: &str) -> Result<(), OpenError> {
        let client = self.connected().map_err(|error| OpenError::Database(described(&error)))?;
        client.batch_execute(text).map_err(|error| OpenError::Database(described(&error)))
    }

    /// One number, when opening.
    pub(super) fn number(&mut self, text: &str) -> Result<u64, OpenError> {
        let read = |client: &mut Client| client.query_one(text, &[])?.try_get::<_, i64>(0);
        let client = self.connected().map_err(|error| OpenError::Database(described(&error)))?;
        let number = read(client).map_err(|error| OpenError::Database(described(&error)))?;
        Ok(u64::try_from(number).unwrap_or(0))
    }

    /// A statement about the transaction itself.
    fn execute(&mut self, text: &str) -> Result<(), Trouble> {
        let client = self.connected().map_err(|error| trouble(&error))?;
        client.batch_execute(text).map_err(|error| trouble(&error))
    }

    fn connected(&mut self) -> Result<&mut Client, postgres::Error> {
        let client = match self.client.take() {
            Some(client) if !client.is_closed() => client,
            _ => {
                self.statements.clear();
                let mut client = self.config.connect(NoTls)?;
                client.batch_execute(SETTINGS)?;
                client
            }
        };
        Ok(self.client.insert(client))
    }

    fn prepared(&mut self, sql: &Sql) -> Result<Statement, Trouble> {
        if let Some(statement) = self.statements.get(sql.postgres) {
            return Ok(statement.clone());
        }
        let client = self.client.as_mut().ok_or(Trouble::Lost)?;
        let statement = client.prepare(&sql::for_postgres(sql.postgres)).map_err(|error| trouble(&error))?;
        self.statements.insert(sql.postgres, statement.clone());
        Ok(statement)
    }
}

fn parameters<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn copied(row: &postgres::Row) -> Result<Row, Trouble> {
    let cell = |column: usize| -> Result<Cell, postgres::Error> {
        Ok(match *row.columns()[column].type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(column)?.map_or(Cell::Null, Cell::Int),
            Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map_or(Cell::Null, |n| Cell::Int(n.into())),
            Type::BOOL => row.try_get::<_, Option<bool>>(column)?.map_or(Cell::Null, |b| Cell::Int(b.into())),
            _ => row.try_get::<_, Option<String>>(column)?.map_or(Cell::Null, Cell::Text),
        })
    };
    (0..row.len()).map(cell).collect::<Result<_, _>>().map(Row).map_err(|error| trouble(&error))
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Value::Int(number) => number.to_sql(kind, out),
            // PostgreSQL knows no NUL. What is stored was checked before; an id from a peer that
            // has one matches nothing, as it would on SQLite.
            Value::Text(text) if text.contains('\0') => text.replace('\0', "\u{fffd}").to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::TEXT | Type::VARCHAR | Type::UNKNOWN)
    }

    to_sql_checked!();
}

/// What an error means for the transaction; the log gets the cause, without values.
fn trouble(error: &postgres::Error) -> Trouble {
    let Some(state) = error.code() else {
        // No SQLSTATE: the connection, not the statement.
        tracing::error!(cause = described(error), "PostgreSQL cannot be reached");
        return Trouble::Lost;
    };
    if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(state) {
        return Trouble::Race;
    }
    tracing::error!(cause = described(error), "PostgreSQL refused");
    match state.code().get(..2) {
        _ if [SqlState::QUERY_CANCELED, SqlState::LOCK_NOT_AVAILABLE].contains(state) => {
            Trouble::Failed(Refusal::StorageUnavailable)
        }
        Some("08" | "57") => Trouble::Lost,
        _ if *state == SqlState::DISK_FULL => Trouble::Failed(Refusal::StorageFull),
        Some("53") | Some("25") => Trouble::Failed(Refusal::StorageUnavailable),
        _ => Trouble::Failed(Refusal::Internal),
    }
}

/// The error's own words; a statement's DETAIL could quote a row, so it is left out.
fn described(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(cause) => format!("{} ({})", cause.message(), cause.code().code()),
        None => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            format!("{error}{cause}")
        }
    }
}
