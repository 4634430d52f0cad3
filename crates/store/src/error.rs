//! Why a statement or a transaction did not happen.

/// An error of the store. Its text is for the log, never for a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique key exists already: somebody else made the same thing first.
    #[error("unique key exists: {0}")]
    Unique(String),
    /// The database failed, or a statement is wrong.
    #[error("{0}")]
    Database(String),
    /// PostgreSQL asks to run the transaction again; seen by callers only after the last try.
    #[error("transaction conflict")]
    Conflict,
    /// A column has not the type asked for: a defect of this program or a damaged store.
    #[error("column {column} of {statement}: {problem}")]
    Column {
        /// Name of the statement.
        statement: &'static str,
        /// Index of the column.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// The store was closed, or its writer ended.
    #[error("the store is closed")]
    Closed,
    /// The settings of the store are wrong; the text says what to do.
    #[error("{0}")]
    Setup(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::SqliteFailure(failure, message) = &error {
            let code = failure.extended_code;
            if code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
                || code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            {
                return Self::Unique(message.clone().unwrap_or_default());
            }
        }
        Self::Database(format!("sqlite: {error}"))
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(db) = error.as_db_error() else {
            return Self::Database(format!("postgres: {error}"));
        };
        match db.code().code() {
            "23505" => Self::Unique(db.constraint().unwrap_or_default().to_owned()),
            "40001" | "40P01" => Self::Conflict,
            code => Self::Database(format!("postgres {code}: {}", db.message())),
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Database(format!("postgres pool: {error}"))
    }
}
