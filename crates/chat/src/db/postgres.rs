//! PostgreSQL: a few threads, each with a connection and one transaction per verb.
//! Knows no verbs and no tables.
//!
//! Verbs lock the conversation they change, so its counters have no gaps. Commit and
//! `on_change` of one conversation happen under a lock of this process, so that changes are
//! told in the order of their seq although several threads commit.
//!
//! A way to the server and back costs more than what most statements do there. So what needs no answer
//! (the beginning, locks, rows that are only added) waits for the next statement and goes with it.

use super::queue::{Job, Kind, Queue, WAITING, Waiting};
use super::row::{Cell, Row, Value};
use super::sql::{self, Sql};
use super::{Trouble, Tx, migrate, tell};
use crate::{Change, OnChange, OpenError};
use futures_util::future::{join, join_all, join3};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, NoTls, Statement};
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
/// Whoever has waited so long for a worker is told so, if meanwhile a verb of its kind gave up on the
/// database: while all workers wait for a lock, the queue would otherwise wait once for each verb before.
/// That others come through says nothing: a lease does not touch what is locked. A queue that is only long
/// sees nobody give up.
const STUCK_AFTER: Duration = Duration::from_secs(5);
/// Locks that keep the order of announcements; conversations share them by hash.
const STRIPES: usize = 64;

type Stripes = Arc<[Mutex<()>]>;

/// When a verb last gave up on the database, by kind.
#[derive(Clone, Default)]
struct GivenUp(Arc<[Mutex<Option<Instant>>; 2]>);

impl GivenUp {
    fn now(&self, kind: Kind) {
        *self.0[kind as usize].lock() = Some(Instant::now());
    }

    /// Has one that waits since then waited in vain?
    fn is_stuck(&self, kind: Kind, since: Instant) -> bool {
        since.elapsed() > STUCK_AFTER && self.0[kind as usize].lock().is_some_and(|at| at > since)
    }
}

/// Connects, migrates and starts the workers. The client drives a runtime of its own, so it
/// must never be touched on a thread of somebody else's runtime: even the first connection
/// is made on a worker.
pub(super) fn open(url: &str, on_change: &OnChange) -> Result<Queue, OpenError> {
    let (sender, jobs) = mpsc::channel(WAITING);
    let jobs = Arc::new(Mutex::new(jobs));
    let stripes: Stripes = (0..STRIPES).map(|_| Mutex::new(())).collect();
    let given_up = GivenUp::default();
    let mut threads = Vec::new();
    for number in 0..WORKERS {
        let (opened, ready) = channel();
        let worker = Worker {
            session: Session::to(url)?,
            on_change: on_change.clone(),
            stripes: stripes.clone(),
            given_up: given_up.clone(),
        };
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
    given_up: GivenUp,
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
            let undone = match self.given_up.is_stuck(kind, since) {
                true => Some(Refusal::StorageUnavailable),
                false => self.work(kind, job.as_mut()),
            };
            job.answer(undone);
            // The end of a snapshot is nothing to wait for.
            if self.session.end().is_err() {
                self.session.link = None;
            }
        }
    }

    /// Runs one job to its end; the answer is the refusal that undid it, if one did.
    fn work(&mut self, kind: Kind, job: &mut dyn Job) -> Option<Refusal> {
        let begun = Instant::now();
        for _ in 0..TRIES {
            match self.attempt(kind, job) {
                Ok(()) => return None,
                Err(Trouble::Race) => {}
                Err(Trouble::Lost) => self.session.link = None,
                Err(Trouble::Failed(refusal)) => return Some(refusal),
            }
            // A server that does not even refuse the connection takes all the time of each try.
            if begun.elapsed() > STUCK_AFTER {
                break;
            }
        }
        self.given_up.now(kind);
        Some(Refusal::StorageUnavailable)
    }

    fn attempt(&mut self, kind: Kind, job: &mut dyn Job) -> Result<(), Trouble> {
        self.session.begin(match kind {
            Kind::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Kind::Write => "BEGIN ISOLATION LEVEL READ COMMITTED",
        })?;
        let mut tx = Tx::on_postgres(&mut self.session);
        let kept = job.run(&mut tx);
        let Tx { changes, trouble, .. } = tx;
        match trouble {
            Some(Trouble::Lost) => return Err(Trouble::Lost),
            Some(Trouble::Race) => {
                self.session.roll_back()?;
                return Err(Trouble::Race);
            }
            Some(Trouble::Failed(Refusal::StorageUnavailable)) => self.given_up.now(kind),
            Some(Trouble::Failed(_)) | None => {}
        }
        match (kept, kind) {
            (false, _) => self.session.roll_back(),
            (true, Kind::Read) => Ok(()),
            (true, Kind::Write) => self.commit(&changes),
        }
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
        if let Err(trouble) = self.session.end() {
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
    link: Option<Link>,
    stage: Stage,
    /// What needs no answer and was not sent yet.
    waiting: Vec<Waits>,
}

/// A connection with the runtime that drives it.
struct Link {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    runtime: Runtime,
}

/// Where a transaction is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// There is none.
    Nowhere,
    /// It begins so, with its first statement.
    Before(&'static str),
    /// It has begun.
    Within,
}

/// A statement that goes with the next one.
struct Waits {
    statement: Statement,
    values: Vec<Cell>,
}

impl Waits {
    async fn run(&self, client: &Client, values: &[Value<'_>]) -> Result<u64, tokio_postgres::Error> {
        client.execute(&self.statement, &parameters(values)).await
    }
}

impl Session {
    /// A connection by this address, not made yet.
    pub(super) fn to(url: &str) -> Result<Session, OpenError> {
        let mut config: Config = url.parse()?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_WITHIN);
        }
        Ok(Session { config, link: None, stage: Stage::Nowhere, waiting: Vec::new() })
    }

    pub(super) fn all(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Vec<Row>, Trouble> {
        let statement = self.prepared(sql)?;
        let parameters = parameters(values);
        let rows = self.send(async |client| client.query(&statement, &parameters).await)?;
        rows.iter().map(copied).collect()
    }

    /// Two questions on one way.
    pub(super) fn pair(&mut self, sql: [&Sql; 2], values: &[Value<'_>]) -> Result<[Vec<Row>; 2], Trouble> {
        let [first, second] = [self.prepared(sql[0])?, self.prepared(sql[1])?];
        let parameters = parameters(values);
        let (first, second) = self.send(async |client| {
            let both = join(client.query(&first, &parameters), client.query(&second, &parameters));
            let (first, second) = both.await;
            Ok((first?, second?))
        })?;
        let rows = |rows: &[_]| rows.iter().map(copied).collect::<Result<Vec<_>, _>>();
        Ok([rows(&first)?, rows(&second)?])
    }

    pub(super) fn run(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, Trouble> {
        let statement = self.prepared(sql)?;
        let parameters = parameters(values);
        self.send(async |client| client.execute(&statement, &parameters).await)
    }

    /// Goes with the next statement, at the latest with the end. What is wrong with it, that one is told.
    pub(super) fn run_later(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<(), Trouble> {
        let statement = self.prepared(sql)?;
        self.waiting.push(Waits { statement, values: values.iter().map(Cell::from).collect() });
        Ok(())
    }

    /// Several statements without parameters, when opening.
    pub(super) fn batch(&mut self, text: &str) -> Result<(), OpenError> {
        let Link { client, runtime, .. } = self.linked()?;
        Ok(runtime.block_on(client.batch_execute(text))?)
    }

    /// One number, when opening.
    pub(super) fn number(&mut self, text: &str) -> Result<u64, OpenError> {
        let Link { client, runtime, .. } = self.linked()?;
        let number: i64 = runtime.block_on(client.query_one(text, &[]))?.try_get(0)?;
        Ok(u64::try_from(number).unwrap_or(0))
    }

    /// A transaction begins so.
    fn begin(&mut self, text: &'static str) -> Result<(), Trouble> {
        self.waiting.clear();
        self.stage = Stage::Before(text);
        self.linked().map(|_| ()).map_err(|error| trouble(&error))
    }

    /// Commits, if there is anything to commit.
    fn end(&mut self) -> Result<(), Trouble> {
        if self.stage == Stage::Nowhere || (self.stage != Stage::Within && self.waiting.is_empty()) {
            self.stage = Stage::Nowhere;
            return Ok(());
        }
        let ended = self.send(async |client| client.batch_execute("COMMIT").await);
        self.stage = Stage::Nowhere;
        ended
    }

    fn roll_back(&mut self) -> Result<(), Trouble> {
        self.waiting.clear();
        match std::mem::replace(&mut self.stage, Stage::Nowhere) {
            Stage::Nowhere | Stage::Before(_) => Ok(()),
            Stage::Within => self.send(async |client| client.batch_execute("ROLLBACK").await),
        }
    }

    /// Sends what waits and `last` on one way. The first that fails is what is wrong: the rest could only
    /// say that it did.
    fn send<T>(
        &mut self,
        last: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Trouble> {
        let waiting = std::mem::take(&mut self.waiting);
        let begins = match self.stage {
            Stage::Before(text) => Some(text),
            Stage::Nowhere | Stage::Within => None,
        };
        if begins.is_some() {
            self.stage = Stage::Within;
        }
        let Link { client, runtime, .. } = self.link.as_ref().ok_or(Trouble::Lost)?;
        let values: Vec<Vec<Value<'_>>> =
            waiting.iter().map(|waits| waits.values.iter().map(Value::from).collect()).collect();
        let outcome = runtime.block_on(async {
            let begin = async {
                match begins {
                    Some(text) => client.batch_execute(text).await,
                    None => Ok(()),
                }
            };
            let waiting = waiting.iter().zip(&values);
            let waiting = join_all(waiting.map(|(waits, values)| waits.run(client, values)));
            let (begun, waited, answer) = join3(begin, waiting, last(client)).await;
            begun?;
            waited.into_iter().try_for_each(|waited| waited.map(|_| ()))?;
            answer
        });
        outcome.map_err(|error| trouble(&error))
    }

    fn linked(&mut self) -> Result<&mut Link, tokio_postgres::Error> {
        let link = match self.link.take() {
            Some(link) if !link.client.is_closed() => link,
            _ => link(&self.config)?,
        };
        Ok(self.link.insert(link))
    }

    fn prepared(&mut self, sql: &Sql) -> Result<Statement, Trouble> {
        let Link { client, statements, runtime } = self.link.as_mut().ok_or(Trouble::Lost)?;
        if let Some(statement) = statements.get(sql.postgres) {
            return Ok(statement.clone());
        }
        let text = sql::for_postgres(sql.postgres);
        let statement = runtime.block_on(client.prepare(&text)).map_err(|error| trouble(&error))?;
        statements.insert(sql.postgres, statement.clone());
        Ok(statement)
    }
}

/// Connects, on a thread that belongs to no runtime.
fn link(config: &Config) -> Result<Link, tokio_postgres::Error> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime =
        builder.enable_all().build().expect("a runtime of one thread needs no more than a descriptor");
    let client = runtime.block_on(async {
        let (client, connection) = config.connect(NoTls).await?;
        // How it ends, whoever uses it is told.
        tokio::spawn(connection);
        client.batch_execute(SETTINGS).await?;
        Ok(client)
    })?;
    Ok(Link { client, statements: HashMap::new(), runtime })
}

impl From<tokio_postgres::Error> for OpenError {
    fn from(error: tokio_postgres::Error) -> OpenError {
        OpenError::Database(described(&error))
    }
}

fn parameters<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn copied(row: &tokio_postgres::Row) -> Result<Row, Trouble> {
    let cell = |column: usize| -> Result<Cell, tokio_postgres::Error> {
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
fn trouble(error: &tokio_postgres::Error) -> Trouble {
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
fn described(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(cause) => format!("{} ({})", cause.message(), cause.code().code()),
        None => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            format!("{error}{cause}")
        }
    }
}
