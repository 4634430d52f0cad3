//! Migrations: embedded, append-only, checksummed, run under a lock.
use crate::{Result, StoreError, dialect, statements};
use sha2::{Digest, Sha256};

statements! {
    APPLIED_MIGRATIONS: Point = "SELECT version, checksum FROM schema_migrations ORDER BY version";
    NOTE_MIGRATION: Point = "INSERT INTO schema_migrations (version, name, checksum) VALUES (?1, ?2, ?3)";
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
     (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT;";

/// One step of the schema; never changed once released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Number, from 1.
    pub version: i64,
    /// Name, for people.
    pub name: &'static str,
    /// Portable SQL.
    pub sql: &'static str,
}

/// Every migration, oldest first.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "initial", sql: include_str!("../migrations/0001_initial.sql") },
    Migration { version: 2, name: "background", sql: include_str!("../migrations/0002_background.sql") },
    Migration { version: 3, name: "premium", sql: include_str!("../migrations/0003_premium.sql") },
    Migration { version: 4, name: "oauth", sql: include_str!("../migrations/0004_oauth.sql") },
    Migration { version: 5, name: "webhooks", sql: include_str!("../migrations/0005_webhooks.sql") },
    Migration { version: 6, name: "operators", sql: include_str!("../migrations/0006_operators.sql") },
];

impl Migration {
    fn checksum(&self) -> String {
        hex::encode(Sha256::digest(self.sql.as_bytes()))
    }
}

/// Which migrations a store that has `applied` (version and checksum) still needs.
pub fn pending_migrations(applied: &[(i64, String)]) -> Result<Vec<Migration>> {
    for (index, (version, checksum)) in applied.iter().enumerate() {
        let Some(known) = MIGRATIONS.get(index).filter(|m| m.version == *version) else {
            return Err(StoreError::Setup(format!(
                "the store has schema version {version}, which this program does not know: use a newer tributary"
            )));
        };
        if known.checksum() != *checksum {
            return Err(StoreError::Setup(format!(
                "migration {version} of the store is not the one of this program: restore a backup made by a released version"
            )));
        }
    }
    Ok(MIGRATIONS.iter().skip(applied.len()).copied().collect())
}

/// Brings a SQLite file up to date.
pub(crate) fn sqlite(connection: &mut rusqlite::Connection) -> Result<()> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)?;
    tx.execute_batch(TABLE)?;
    let applied = {
        let mut statement = tx.prepare(APPLIED_MIGRATIONS.sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<Vec<(i64, String)>, _>>()?
    };
    for migration in pending_migrations(&applied)? {
        tx.execute_batch(migration.sql)?;
        tx.execute(NOTE_MIGRATION.sql, (migration.version, migration.name, migration.checksum()))?;
    }
    Ok(tx.commit()?)
}

/// Brings a PostgreSQL database up to date.
pub(crate) async fn postgres(client: &mut deadpool_postgres::Client) -> Result<()> {
    let tx = client.transaction().await?;
    tx.batch_execute(dialect::MIGRATION_LOCK).await?;
    tx.batch_execute(&dialect::postgres_schema(TABLE)).await?;
    let rows = tx.query(APPLIED_MIGRATIONS.postgres_sql(), &[]).await?;
    let applied = rows.iter().map(|row| (row.get(0), row.get(1))).collect::<Vec<(i64, String)>>();
    for migration in pending_migrations(&applied)? {
        tx.batch_execute(&dialect::postgres_schema(migration.sql)).await?;
        let checksum = migration.checksum();
        tx.execute(NOTE_MIGRATION.postgres_sql(), &[&migration.version, &migration.name, &checksum]).await?;
    }
    Ok(tx.commit().await?)
}
