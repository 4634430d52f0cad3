//! The store, read and changed behind the service's back.
use std::collections::{BTreeMap, BTreeSet};
use store::OpenOptions;
use testkit::App;

/// Rows of every table, each as a text, in order; bytes are hexadecimal.
pub(crate) type Rows = BTreeMap<String, Vec<String>>;

/// Everything in the store.
pub(crate) async fn all(app: &App) -> Rows {
    match app.database() {
        OpenOptions::Sqlite { path } => {
            let connection = rusqlite::Connection::open(path).unwrap();
            let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
            let mut tables = connection.prepare(tables).unwrap();
            let names: Vec<String> =
                tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            names.into_iter().map(|name| (name.clone(), sqlite_rows(&connection, &name))).collect()
        }
        OpenOptions::Postgres { url, .. } => postgres_rows(url).await,
    }
}

fn sqlite_rows(connection: &rusqlite::Connection, table: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let read = |row: &rusqlite::Row<'_>| {
        let cell = |(index, name): (usize, &String)| {
            use rusqlite::types::ValueRef;
            let value = match row.get_ref(index).unwrap() {
                ValueRef::Null => "null".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                ValueRef::Blob(bytes) => hex::encode(bytes),
            };
            format!("{name}={value}")
        };
        Ok(names.iter().enumerate().map(cell).collect::<Vec<_>>().join("|"))
    };
    let mut rows: Vec<String> = statement.query_map([], read).unwrap().map(Result::unwrap).collect();
    rows.sort();
    rows
}

async fn postgres_rows(url: &str) -> Rows {
    on_postgres(url, async |client| {
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
        let mut all = Rows::new();
        for table in client.query(tables, &[]).await.unwrap() {
            let table: String = table.get(0);
            let lines = format!("SELECT row_to_json(t)::text AS line FROM {table} t");
            let rows = format!("SELECT line FROM ({lines}) AS lines ORDER BY line COLLATE \"C\"");
            let rows = client.query(&rows, &[]).await.unwrap();
            all.insert(table, rows.iter().map(|row| row.get(0)).collect());
        }
        all
    })
    .await
}

async fn on_postgres<T>(url: &str, work: impl AsyncFnOnce(&tokio_postgres::Client) -> T) -> T {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let work = async move { work(&client).await };
    let (done, ended) = tokio::join!(work, connection);
    ended.unwrap();
    done
}

/// Changes the store with this text of SQL.
pub(crate) async fn change(app: &App, sql: &str) {
    match app.database() {
        OpenOptions::Sqlite { path } => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
            connection.execute_batch(sql).unwrap();
        }
        OpenOptions::Postgres { url, .. } => {
            on_postgres(url, async |client| client.batch_execute(sql).await.unwrap()).await;
        }
    }
}

/// From now on no row can be added to the audit trail.
pub(crate) async fn break_audit(app: &App) {
    let sql = match app.database() {
        OpenOptions::Sqlite { .. } => {
            "CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no audit'); END"
        }
        OpenOptions::Postgres { .. } => "ALTER TABLE audit ADD CONSTRAINT no_audit CHECK (false) NOT VALID",
    };
    change(app, sql).await;
}

/// Asserts that two pictures of the store are the same, but for these tables.
#[track_caller]
pub(crate) fn assert_same(before: &Rows, after: &Rows, but: &[&str], what: &str) {
    for table in before.keys().filter(|table| !but.contains(&table.as_str())) {
        let (old, new): (BTreeSet<_>, BTreeSet<_>) =
            (before[table].iter().collect(), after[table].iter().collect());
        let (gone, come): (Vec<_>, Vec<_>) = (old.difference(&new).collect(), new.difference(&old).collect());
        let is_same = before[table] == after[table];
        assert!(is_same, "{what} changed {table}:\n- {gone:#?}\n+ {come:#?}");
    }
}

/// Rows of a table that were not there before.
pub(crate) fn added<'a>(before: &Rows, after: &'a Rows, table: &str) -> Vec<&'a String> {
    after[table].iter().filter(|row| !before[table].contains(row)).collect()
}
