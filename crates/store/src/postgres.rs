//! PostgreSQL: a pool of connections; a write runs on a blocking thread and is tried again on conflicts.
use crate::{
    Param, Result, Statement, StoreError,
    tx::{Engine, Tx},
};
use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};
use tokio::sync::Semaphore;
use tokio_postgres::{NoTls, types::ToSql};

/// How often a write is tried when PostgreSQL reports a conflict.
const TRIES_MAX: u32 = 8;
/// Statements in flight at once when one statement runs for many sets of parameters.
const PIPELINE_MAX: usize = 256;

/// The PostgreSQL side of a handle.
pub(crate) struct Postgres {
    pool: Pool,
    writers: Arc<Semaphore>,
}

impl Postgres {
    /// Connects lazily; the first use finds out whether the server answers.
    pub(crate) fn open(url: &str, connections: usize) -> Result<Self> {
        let config: tokio_postgres::Config = url.parse().map_err(|_| {
            StoreError::Setup(
                "the database URL is not of the form postgres://user:password@host/name".to_owned(),
            )
        })?;
        if config.get_ssl_mode() == tokio_postgres::config::SslMode::Require {
            return Err(StoreError::Setup(
                "sslmode=require is not supported: reach PostgreSQL through a local socket or a tunnel"
                    .to_owned(),
            ));
        }
        let manager =
            Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager)
            .max_size(connections)
            .wait_timeout(Some(Duration::from_secs(20)))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| StoreError::Setup(e.to_string()))?;
        // Reads keep a third of the connections for themselves.
        let writers = Arc::new(Semaphore::new((connections * 2 / 3).max(1)));
        Ok(Self { pool, writers })
    }

    /// A connection.
    pub(crate) async fn client(&self) -> Result<Client> {
        Ok(self.pool.get().await?)
    }

    /// Runs a write in a transaction, again where PostgreSQL asks for it.
    pub(crate) async fn write<F, T, E>(&self, mut closure: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let place = self.writers.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let client = self.client().await?;
        let runtime = tokio::runtime::Handle::current();
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            let mut tries = 1;
            loop {
                match attempt(&client, &runtime, &mut closure) {
                    Attempt::Again if tries < TRIES_MAX => tries += 1,
                    Attempt::Again => return Err(StoreError::Conflict.into()),
                    Attempt::Done(outcome) => return outcome,
                }
            }
        });
        done.await.map_err(|_| StoreError::Closed)?
    }
}

enum Attempt<T, E> {
    Done(Result<T, E>),
    Again,
}

fn attempt<F, T, E>(client: &Client, runtime: &tokio::runtime::Handle, closure: &mut F) -> Attempt<T, E>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E>,
    E: From<StoreError>,
{
    if let Err(error) = runtime.block_on(client.batch_execute("BEGIN")) {
        return Attempt::Done(Err(StoreError::from(error).into()));
    }
    let mut tx = Tx::new(Engine::Postgres { client, runtime });
    let outcome = catch_unwind(AssertUnwindSafe(|| closure(&mut tx)))
        .unwrap_or_else(|_| Err(StoreError::Database("a write panicked".to_owned()).into()));
    let conflict = tx.conflict;
    match tx.settle(outcome) {
        Ok(value) => match runtime.block_on(client.batch_execute("COMMIT")).map_err(StoreError::from) {
            Ok(()) => Attempt::Done(Ok(value)),
            Err(StoreError::Conflict) => Attempt::Again,
            Err(error) => Attempt::Done(Err(error.into())),
        },
        Err(error) => {
            let rolled_back = runtime.block_on(client.batch_execute("ROLLBACK"));
            if conflict && rolled_back.is_ok() { Attempt::Again } else { Attempt::Done(Err(error)) }
        }
    }
}

fn borrowed<'a>(params: &'a [Param<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|p| p as &(dyn ToSql + Sync)).collect()
}

/// Runs a changing statement.
pub(crate) async fn execute(client: &Client, statement: &Statement, params: &[Param<'_>]) -> Result<u64> {
    let prepared = client.prepare_cached(statement.postgres_sql()).await?;
    Ok(client.execute(&prepared, &borrowed(params)).await?)
}

/// Runs a changing statement for each set of parameters, many in flight at once.
pub(crate) async fn execute_many<'p>(
    client: &Client,
    statement: &Statement,
    sets: impl Iterator<Item = Vec<Param<'p>>>,
) -> Result<u64> {
    let prepared = client.prepare_cached(statement.postgres_sql()).await?;
    let mut changed = 0;
    let mut sets = sets.peekable();
    while sets.peek().is_some() {
        let chunk: Vec<Vec<Param<'p>>> = sets.by_ref().take(PIPELINE_MAX).collect();
        let chunk: Vec<Vec<&(dyn ToSql + Sync)>> = chunk.iter().map(|set| borrowed(set)).collect();
        let flights = chunk.iter().map(|set| client.execute(&prepared, set));
        for done in futures_util::future::join_all(flights).await {
            changed += done?;
        }
    }
    Ok(changed)
}

/// Runs a query.
pub(crate) async fn rows(
    client: &Client,
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<Vec<tokio_postgres::Row>> {
    let prepared = client.prepare_cached(statement.postgres_sql()).await?;
    Ok(client.query(&prepared, &borrowed(params)).await?)
}
