//! SQLite: one writer thread that commits in groups, and a read-only connection for each thread that reads.
use crate::{
    Param, Result, Row, Statement, StoreError,
    row::Inner,
    tx::{Engine, Tx},
};
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{
    cell::RefCell,
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};
use tokio::sync::{mpsc, oneshot};

/// Statements each connection keeps prepared: more than there are.
const STATEMENT_CACHE: usize = 512;
/// Writes answered by one commit at most.
const GROUP_MAX: usize = 64;
/// Writes that wait for the writer before senders wait.
const QUEUE_MAX: usize = 1024;
/// Bytes of the file mapped into memory.
const MMAP_BYTES: i64 = 4 << 30;

/// The SQLite side of a handle.
pub(crate) struct Sqlite {
    id: u64,
    path: PathBuf,
    queue: mpsc::Sender<Box<dyn Job>>,
    writer: parking_lot::Mutex<Option<std::thread::JoinHandle<()>>>,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// Each reading thread's own connections, by store.
    static READERS: RefCell<HashMap<u64, Connection>> = RefCell::new(HashMap::new());
}

/// A write on its way: run inside a savepoint, answered after the commit.
trait Job: Send {
    /// Runs the closure; true where its changes are to be kept.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers the caller.
    fn finish(self: Box<Self>, committed: Result<()>);
}

struct Write<F, T, E> {
    closure: F,
    outcome: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Write<F, T, E>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        let mut tx = Tx::new(Engine::Sqlite(connection));
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.closure)(&mut tx)))
            .unwrap_or_else(|_| Err(StoreError::Database("a write panicked".to_owned()).into()));
        let outcome = tx.settle(outcome);
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn finish(self: Box<Self>, committed: Result<()>) {
        let outcome = match (self.outcome, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(StoreError::Closed.into()),
        };
        // The caller may have gone away; the write stands all the same.
        let _gone = self.answer.send(outcome);
    }
}

/// Opens a connection of its own for writing or migrating.
pub(crate) fn open_writer(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "busy_timeout", 10_000)?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "mmap_size", MMAP_BYTES)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    prepare_once(&connection)?;
    Ok(connection)
}

fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "query_only", "ON")?;
    connection.pragma_update(None, "busy_timeout", 10_000)?;
    connection.pragma_update(None, "cache_size", -2048)?;
    connection.pragma_update(None, "mmap_size", MMAP_BYTES)?;
    prepare_once(&connection)?;
    Ok(connection)
}

/// A plan that may depend on the values of a run is made anew for each run: three times the work of a read.
fn prepare_once(connection: &Connection) -> Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop).map_err(StoreError::from)
}

impl Sqlite {
    /// Starts the writer on a migrated file.
    pub(crate) fn start(path: PathBuf, connection: Connection) -> Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let writer = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || write_loop(&connection, jobs))
            .map_err(|e| StoreError::Setup(format!("the writer thread did not start: {e}")))?;
        let writer = parking_lot::Mutex::new(Some(writer));
        Ok(Self { id: NEXT_ID.fetch_add(1, Ordering::Relaxed), path, queue, writer })
    }

    /// Runs a read on this thread's own connection.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        READERS.with_borrow_mut(|readers| {
            if let Some(connection) = readers.get(&self.id) {
                return read(connection);
            }
            let connection = open_reader(&self.path)?;
            read(readers.entry(self.id).or_insert(connection))
        })
    }

    /// Runs something that reads, as one read transaction of this thread's connection, unless it is within one
    /// already: each statement of its own costs four system calls for locks.
    pub(crate) fn together<T>(&self, reads: impl FnOnce() -> T) -> Result<T> {
        let begun = self.read(|connection| {
            let is_outer = connection.is_autocommit();
            if is_outer {
                prepared(connection, "BEGIN")?;
            }
            Ok(is_outer)
        })?;
        let _end = begun.then_some(EndOfReads(self));
        Ok(reads())
    }

    /// Runs a write and waits for its commit.
    pub(crate) async fn write<F, T, E>(&self, closure: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let job = Box::new(Write { closure, outcome: None, answer });
        self.queue.send(job).await.map_err(|_| StoreError::Closed)?;
        outcome.await.map_err(|_| StoreError::Closed)?
    }
}

/// Ends the read transaction of this thread's connection, also where a read panicked.
struct EndOfReads<'a>(&'a Sqlite);

impl Drop for EndOfReads<'_> {
    fn drop(&mut self) {
        // Nothing was written: where it cannot be ended there is none.
        let _ended = self.0.read(|connection| prepared(connection, "COMMIT"));
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        let (closed, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.queue, closed));
        // The last handle may go with a write that held it: then this is the writer, which ends by itself.
        let writer = self.writer.lock().take();
        if let Some(writer) = writer.filter(|w| w.thread().id() != std::thread::current().id()) {
            // All queued writes are done when the thread ends; a panic there was already answered.
            let _ended = writer.join();
        }
    }
}

/// Takes writes as they come; all that wait are committed together.
fn write_loop(connection: &Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut group: Vec<Box<dyn Job>> = Vec::new();
        let committed = write_group(connection, first, &mut jobs, &mut group);
        if committed.is_err() {
            let _already_rolled_back = connection.execute_batch("ROLLBACK");
        }
        for job in group {
            let committed = committed.as_ref().map_err(|e| StoreError::Database(e.to_string()));
            job.finish(committed.copied());
        }
    }
}

fn write_group(
    connection: &Connection,
    first: Box<dyn Job>,
    jobs: &mut mpsc::Receiver<Box<dyn Job>>,
    group: &mut Vec<Box<dyn Job>>,
) -> Result<()> {
    let mut next = Some(first);
    let mut begun: Result<()> = prepared(connection, "BEGIN IMMEDIATE");
    while let Some(mut job) = next {
        if begun.is_ok() {
            begun = in_savepoint(connection, job.as_mut());
        }
        group.push(job);
        next = if group.len() < GROUP_MAX && begun.is_ok() { jobs.try_recv().ok() } else { None };
    }
    begun?;
    prepared(connection, "COMMIT")
}

fn in_savepoint(connection: &Connection, job: &mut dyn Job) -> Result<()> {
    prepared(connection, "SAVEPOINT job")?;
    if !job.run(connection) {
        prepared(connection, "ROLLBACK TO job")?;
    }
    prepared(connection, "RELEASE job")
}

fn prepared(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop).map_err(StoreError::from)
}

/// Runs a changing statement.
pub(crate) fn execute(connection: &Connection, statement: &Statement, params: &[Param<'_>]) -> Result<u64> {
    let mut prepared = connection.prepare_cached(statement.sql)?;
    let mut rows = prepared.query(rusqlite::params_from_iter(params))?;
    while rows.next()?.is_some() {}
    drop(rows);
    drop(prepared);
    Ok(connection.changes())
}

/// Runs a changing statement for each set of parameters.
pub(crate) fn execute_many<'p>(
    connection: &Connection,
    statement: &Statement,
    sets: impl Iterator<Item = Vec<Param<'p>>>,
) -> Result<u64> {
    let mut prepared = connection.prepare_cached(statement.sql)?;
    let mut changed = 0;
    for set in sets {
        changed += prepared.execute(rusqlite::params_from_iter(&set))? as u64;
    }
    Ok(changed)
}

/// Runs a query, row by row.
pub(crate) fn query(
    connection: &Connection,
    statement: &'static Statement,
    params: &[Param<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut prepared = connection.prepare_cached(statement.sql)?;
    let mut rows = prepared.query(rusqlite::params_from_iter(params))?;
    while let Some(row) = rows.next()? {
        each(&Row { statement, inner: Inner::Sqlite(row) })?;
    }
    Ok(())
}
