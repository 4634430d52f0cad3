//! The handle.
use crate::{
    Class, Param, Result, Row, Statement, StoreError, Tx, migrate, postgres::Postgres, row::Inner,
    sqlite::Sqlite,
};
use domain::time::Timestamp;
use std::{path::PathBuf, sync::Arc};
use tokio::sync::Semaphore;

/// Reads of class [`Class::Heavy`] that run at once on SQLite.
const HEAVY_MAX: usize = 2;

/// A handle on the store; cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inside>,
}

struct Inside {
    engine: EngineKind,
    heavy: Semaphore,
}

enum EngineKind {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Where the store is.
#[derive(Debug, Clone)]
pub enum OpenOptions {
    /// A file.
    Sqlite {
        /// Path of the file; made where it does not exist.
        path: PathBuf,
    },
    /// A server.
    Postgres {
        /// `postgres://user:password@host/name`; holds a password, so it is never printed.
        url: String,
        /// Connections of this process at most.
        connections: usize,
    },
}

impl Db {
    /// Opens the store and brings its schema up to date.
    pub async fn open(options: &OpenOptions) -> Result<Self> {
        let engine = match options {
            OpenOptions::Sqlite { path } => {
                let mut connection = crate::sqlite::open_writer(path)?;
                migrate::sqlite(&mut connection)?;
                EngineKind::Sqlite(Sqlite::start(path.clone(), connection)?)
            }
            OpenOptions::Postgres { url, connections } => {
                let postgres = Postgres::open(url, *connections)?;
                migrate::postgres(&mut postgres.client().await?).await?;
                EngineKind::Postgres(postgres)
            }
        };
        Ok(Self { inner: Arc::new(Inside { engine, heavy: Semaphore::new(HEAVY_MAX) }) })
    }

    /// `sqlite` or `postgres`, for people.
    pub fn engine_name(&self) -> &'static str {
        match self.inner.engine {
            EngineKind::Sqlite(_) => "sqlite",
            EngineKind::Postgres(_) => "postgres",
        }
    }

    /// Runs a query and maps its rows.
    pub async fn query<T>(
        &self,
        statement: &'static Statement,
        params: &[Param<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut out = Vec::new();
        self.for_each(statement, params, |row| {
            out.push(map(row)?);
            Ok(())
        })
        .await?;
        Ok(out)
    }

    /// Runs a query of at most one row.
    pub async fn query_one<T>(
        &self,
        statement: &'static Statement,
        params: &[Param<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.query(statement, params, map).await?.pop())
    }

    /// Runs a query and hands over its rows one by one, for rendering straight into an answer. On SQLite
    /// it runs on the calling thread; one of class Heavy gives the runtime's other work away first.
    pub async fn for_each(
        &self,
        statement: &'static Statement,
        params: &[Param<'_>],
        mut each: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        match &self.inner.engine {
            EngineKind::Sqlite(sqlite) => {
                let read = |connection: &rusqlite::Connection| {
                    crate::sqlite::query(connection, statement, params, &mut each)
                };
                if statement.class == Class::Heavy {
                    let _place = self.inner.heavy.acquire().await.map_err(|_| StoreError::Closed)?;
                    return beside(|| sqlite.read(read));
                }
                sqlite.read(read)
            }
            EngineKind::Postgres(postgres) => {
                let client = postgres.client().await?;
                let rows = crate::postgres::rows(&client, statement, params).await?;
                rows.iter().try_for_each(|row| each(&Row { statement, inner: Inner::Postgres(row) }))
            }
        }
    }

    /// The time of leases: the one given, which is the machine's, on SQLite; the server's on PostgreSQL.
    pub async fn lease_now(&self, machine_now: Timestamp) -> Result<Timestamp> {
        match &self.inner.engine {
            EngineKind::Sqlite(_) => Ok(machine_now),
            EngineKind::Postgres(postgres) => {
                let client = postgres.client().await?;
                let prepared = client.prepare_cached(crate::dialect::LEASE_CLOCK).await?;
                let row = client.query_one(&prepared, &[]).await?;
                Ok(Timestamp::from_micros(row.try_get(0)?))
            }
        }
    }

    /// Runs several reads that belong together. On SQLite they share one read transaction while they do not wait,
    /// which saves its locks and shows them one state of the store; on PostgreSQL nothing changes.
    pub async fn together<F: Future>(&self, reads: F) -> Result<F::Output> {
        let mut reads = std::pin::pin!(reads);
        match &self.inner.engine {
            EngineKind::Sqlite(sqlite) => {
                std::future::poll_fn(|cx| match sqlite.together(|| reads.as_mut().poll(cx)) {
                    Ok(poll) => poll.map(Ok),
                    Err(error) => std::task::Poll::Ready(Err(error)),
                })
                .await
            }
            EngineKind::Postgres(_) => Ok(reads.await),
        }
    }

    /// Runs a write as one transaction. Its changes are durable when this returns `Ok`; on `Err` nothing
    /// changed. The closure blocks a thread made for it and may run more than once.
    pub async fn write<F, T, E>(&self, closure: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.inner.engine {
            EngineKind::Sqlite(sqlite) => sqlite.write(closure).await,
            EngineKind::Postgres(postgres) => postgres.write(closure).await,
        }
    }
}

/// Runs a long read without holding up the other tasks of this thread, where the runtime can do that.
fn beside<T>(read: impl FnOnce() -> T) -> T {
    let multi = tokio::runtime::Handle::try_current()
        .is_ok_and(|h| h.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread);
    if multi { tokio::task::block_in_place(read) } else { read() }
}
