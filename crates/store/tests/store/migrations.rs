//! The schema: what the migrations add up to, and which stores are refused.
use crate::support::{Postgres, assert_file};
use rusqlite::Connection;
use std::path::PathBuf;
use store::{Db, OpenOptions, StoreError};
use testkit::postgres;

/// Columns with their types, then constraints, then indexes; names in order, so that it does not matter which
/// migration brought what.
const POSTGRES_SCHEMA: &str = "
    SELECT line FROM (
        SELECT 1 AS part, table_name AS place, ordinal_position AS position,
            table_name || '.' || column_name || ' ' || data_type || COALESCE(' COLLATE ' || collation_name, '')
                || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
                || COALESCE(' DEFAULT ' || column_default, '') AS line
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL
        SELECT 2, conrelid::regclass::text || ' ' || conname, 0,
            'ALTER TABLE ' || conrelid::regclass::text || ' ADD CONSTRAINT ' || conname || ' '
                || pg_get_constraintdef(oid) || ';'
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c')
        UNION ALL
        SELECT 3, tablename || ' ' || indexname, 0, indexdef || ';' FROM pg_indexes WHERE schemaname = 'public'
    ) AS lines ORDER BY part, place COLLATE \"C\", position";

struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        Self { _folder: folder, path }
    }

    async fn open(&self) -> Result<Db, StoreError> {
        Db::open(&OpenOptions::Sqlite { path: self.path.clone() }).await
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        let connection = Connection::open(&self.path).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn change(&self, sql: &str) {
        Connection::open(&self.path).unwrap().execute_batch(sql).unwrap();
    }

    fn schema(&self) -> String {
        let statements = self.texts(
            "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'index', tbl_name, name",
        );
        statements.join("\n") + "\n"
    }
}

async fn open(url: &str) -> Result<Db, StoreError> {
    Db::open(&OpenOptions::Postgres { url: url.to_owned(), connections: 2 }).await
}

const HISTORY: &str =
    "SELECT version || ' ' || name || ' ' || checksum FROM schema_migrations ORDER BY version";
const OTHER_CHECKSUM: &str = "UPDATE schema_migrations SET checksum = '00' WHERE version = 1";
const NEWER_VERSION: &str =
    "INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'of the future', '00')";

fn assert_refused(opened: Result<Db, StoreError>, words: [&str; 2]) {
    let Err(StoreError::Setup(text)) = opened else { panic!("{:?}", opened.map(|_| "opened")) };
    assert!(words.iter().all(|word| text.contains(word)), "{text}");
}

#[tokio::test]
async fn the_migrations_add_up_to_the_schema_on_sqlite() {
    let file = File::new();
    file.open().await.unwrap();
    assert_file("schema/sqlite.sql", &file.schema());
}

#[tokio::test]
async fn the_migrations_add_up_to_the_schema_on_postgres() {
    let Some((url, _guard)) = postgres::database().await else { return };
    let lines = Postgres::connect(&url).await.texts(POSTGRES_SCHEMA).await;
    assert_file("schema/postgres.sql", &(lines.join("\n") + "\n"));
}

#[tokio::test]
async fn opening_again_changes_nothing() {
    let file = File::new();
    file.open().await.unwrap();
    let before = (file.schema(), file.texts(HISTORY));
    file.open().await.unwrap();
    assert_eq!((file.schema(), file.texts(HISTORY)), before);

    let Some(url) = postgres::empty_database().await else { return };
    let raw = Postgres::connect(&url).await;
    open(&url).await.unwrap();
    let before = (raw.texts(POSTGRES_SCHEMA).await, raw.texts(HISTORY).await);
    open(&url).await.unwrap();
    assert_eq!((raw.texts(POSTGRES_SCHEMA).await, raw.texts(HISTORY).await), before);
}

#[tokio::test]
async fn a_store_of_another_history_is_refused_with_what_to_do() {
    let file = File::new();
    file.open().await.unwrap();
    file.change(OTHER_CHECKSUM);
    assert_refused(file.open().await, ["migration 1", "backup"]);

    let Some((url, _guard)) = postgres::database().await else { return };
    Postgres::connect(&url).await.client.batch_execute(OTHER_CHECKSUM).await.unwrap();
    assert_refused(open(&url).await, ["migration 1", "backup"]);
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_refused_with_what_to_do() {
    let file = File::new();
    file.open().await.unwrap();
    file.change(NEWER_VERSION);
    assert_refused(file.open().await, ["9999", "newer"]);

    let Some((url, _guard)) = postgres::database().await else { return };
    Postgres::connect(&url).await.client.batch_execute(NEWER_VERSION).await.unwrap();
    assert_refused(open(&url).await, ["9999", "newer"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn many_who_open_at_once_migrate_once() {
    let file = File::new();
    let mut openings = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let path = file.path.clone();
        openings.spawn(async move { Db::open(&OpenOptions::Sqlite { path }).await.map(drop) });
    }
    for opened in openings.join_all().await {
        opened.unwrap();
    }
    assert_eq!(file.texts(HISTORY).len(), store::pending_migrations(&[]).unwrap().len());

    let Some(url) = postgres::empty_database().await else { return };
    let mut openings = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let url = url.clone();
        openings.spawn(async move { open(&url).await.map(drop) });
    }
    for opened in openings.join_all().await {
        opened.unwrap();
    }
    let history = Postgres::connect(&url).await.texts(HISTORY).await;
    assert_eq!(history.len(), store::pending_migrations(&[]).unwrap().len());
}
