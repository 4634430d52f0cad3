//! A write transaction, as its closure sees it. Calls block: the closure runs on a thread of its own.
use crate::{Param, Result, Row, Statement, StoreError, dialect, row::Inner, statements};

statements! {
    NEXT_COUNTER: Point = "UPDATE counters SET value = value + 1 WHERE name = ?1 RETURNING value";
    LOCK_USER: Point = "SELECT id FROM users WHERE id = ?1";
    NOTE_CHANGE: Point = "INSERT INTO changes (seq, kind, subject) VALUES (?1, ?2, ?3)";
}

/// A transaction. What it wrote is kept only if the closure it was given to returns `Ok`.
pub struct Tx<'a> {
    pub(crate) engine: Engine<'a>,
    /// Set when PostgreSQL asked for another try.
    pub(crate) conflict: bool,
    /// The last statement that failed. PostgreSQL keeps nothing of a transaction after that, even where it is
    /// told to commit; so nothing is kept on either engine.
    failure: Option<String>,
    is_quiet: bool,
}

pub(crate) enum Engine<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres { client: &'a deadpool_postgres::Client, runtime: &'a tokio::runtime::Handle },
}

impl<'a> Tx<'a> {
    pub(crate) const fn new(engine: Engine<'a>) -> Self {
        Self { engine, conflict: false, failure: None, is_quiet: false }
    }

    /// What a closure answered, unless it passed over a failure.
    pub(crate) fn settle<T, E: From<StoreError>>(&self, outcome: Result<T, E>) -> Result<T, E> {
        match (&self.failure, outcome) {
            (Some(text), Ok(_)) => {
                Err(StoreError::Database(format!("a write went on after a failure: {text}")).into())
            }
            (_, outcome) => outcome,
        }
    }
}

impl Tx<'_> {
    /// Runs a statement that changes rows; says how many.
    pub fn execute(&mut self, statement: &'static Statement, params: &[Param<'_>]) -> Result<u64> {
        let result = match &self.engine {
            Engine::Sqlite(connection) => crate::sqlite::execute(connection, statement, params),
            Engine::Postgres { client, runtime } => {
                runtime.block_on(crate::postgres::execute(client, statement, params))
            }
        };
        self.noted(result)
    }

    /// Runs one statement for each set of parameters; pipelined on PostgreSQL.
    pub fn execute_many<'p>(
        &mut self,
        statement: &'static Statement,
        sets: impl Iterator<Item = Vec<Param<'p>>>,
    ) -> Result<u64> {
        let result = match &self.engine {
            Engine::Sqlite(connection) => crate::sqlite::execute_many(connection, statement, sets),
            Engine::Postgres { client, runtime } => {
                runtime.block_on(crate::postgres::execute_many(client, statement, sets))
            }
        };
        self.noted(result)
    }

    /// Runs a query and maps its rows.
    pub fn query<T>(
        &mut self,
        statement: &'static Statement,
        params: &[Param<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut out = Vec::new();
        let mut each = |row: &Row<'_>| {
            out.push(map(row)?);
            Ok(())
        };
        let result = match &self.engine {
            Engine::Sqlite(connection) => crate::sqlite::query(connection, statement, params, &mut each),
            Engine::Postgres { client, runtime } => {
                runtime.block_on(crate::postgres::rows(client, statement, params)).and_then(|rows| {
                    rows.iter().try_for_each(|row| each(&Row { statement, inner: Inner::Postgres(row) }))
                })
            }
        };
        self.noted(result)?;
        Ok(out)
    }

    /// Runs a query of at most one row.
    pub fn query_one<T>(
        &mut self,
        statement: &'static Statement,
        params: &[Param<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.query(statement, params, map)?.pop())
    }

    /// Whether webhooks hear nothing of this transaction.
    pub const fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Says whether webhooks shall hear nothing of this transaction (`spec: conventions, 7`).
    pub const fn set_quiet(&mut self, is_quiet: bool) {
        self.is_quiet = is_quiet;
    }

    /// The next number of a counter (`clients`, `users`, `changes`).
    pub(crate) fn next_number(&mut self, counter: &str) -> Result<i64> {
        self.query_one(&NEXT_COUNTER, crate::params![counter], |row| row.int(0))?
            .ok_or_else(|| StoreError::Database(format!("no counter {counter}")))
    }

    /// Excludes other writes to this user's data until the end of the transaction.
    pub(crate) fn lock_user(&mut self, user: i64) -> Result<()> {
        if let Engine::Postgres { client, runtime } = &self.engine {
            let sql = format!("{}{}", LOCK_USER.postgres_sql(), dialect::LOCK_USER_SUFFIX);
            let result = runtime.block_on(async {
                let statement = client.prepare_cached(&sql).await?;
                client.query(&statement, &[&user]).await.map(drop)
            });
            self.noted(result.map_err(StoreError::from))?;
        }
        Ok(())
    }

    /// Tells other nodes, which poll for it, that something they may have cached changed.
    pub fn note_change(&mut self, kind: &str, subject: &[u8]) -> Result<()> {
        let seq = self.next_number("changes")?;
        self.execute(&NOTE_CHANGE, crate::params![seq, kind, subject]).map(drop)
    }

    fn noted<T>(&mut self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result {
            self.conflict |= matches!(error, StoreError::Conflict);
            self.failure = Some(error.to_string());
        }
        result
    }
}
