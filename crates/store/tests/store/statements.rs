//! Every statement on both engines: it prepares, its columns have the same types, its plan is known.
use crate::support::{Postgres, assert_file};
use rusqlite::Connection;
use std::fmt::Write;
use store::{Class, Db, OpenOptions, Statement, all_statements};
use testkit::postgres;
use tokio_postgres::types::Type;

/// Statements not of class Heavy that may go through a whole table or sort what they found, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("APPLIED_MIGRATIONS", "one row for each migration"),
    ("CLIENTS", "clients are few, and limited"),
    ("LAST_SEAL", "stops at the first row of the key"),
    ("LEASED", "the jobs worked on at one moment are few"),
    ("LIVE_KEYS", "the keys of one client are few"),
];

/// A migrated SQLite file, opened beside the store.
async fn sqlite() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    Db::open(&OpenOptions::Sqlite { path: path.clone() }).await.unwrap();
    (folder, Connection::open(path).unwrap())
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = all_statements().iter().map(|s| s.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[tokio::test]
async fn every_statement_prepares_on_both_engines_with_the_same_shape() {
    let (_folder, sqlite) = sqlite().await;
    let database = postgres::database().await;
    let postgres = match &database {
        Some((url, _guard)) => Some(Postgres::connect(url).await),
        None => None,
    };
    let mut problems = Vec::new();
    for statement in all_statements() {
        let name = statement.name;
        let prepared = match sqlite.prepare(statement.sql) {
            Ok(prepared) => prepared,
            Err(error) => {
                problems.push(format!("{name} on SQLite: {error}"));
                continue;
            }
        };
        let Some(postgres) = &postgres else { continue };
        let other = match postgres.client.prepare(statement.postgres_sql()).await {
            Ok(other) => other,
            Err(error) => {
                problems.push(format!("{name} on PostgreSQL: {error:?}"));
                continue;
            }
        };
        if prepared.parameter_count() != other.params().len() {
            problems.push(format!("{name}: parameters differ in number"));
        }
        let types: Vec<&Type> = other.columns().iter().map(tokio_postgres::Column::type_).collect();
        for ty in other.params().iter().chain(types.iter().copied()) {
            if ![Type::INT8, Type::TEXT, Type::BYTEA].contains(ty) {
                problems.push(format!("{name}: {ty} is not a portable type"));
            }
        }
        let declared = column_types(&sqlite, statement, prepared.column_count());
        let same = declared.len() == types.len()
            && declared.iter().zip(&types).all(|(declared, ty)| agree(declared, ty));
        if !same {
            problems.push(format!("{name}: columns {declared:?} on SQLite, {types:?} on PostgreSQL"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Types of the columns of a statement's result: those of a view made of it. Expressions have none of their own.
fn column_types(sqlite: &Connection, statement: &Statement, count: usize) -> Vec<String> {
    if !statement.sql.starts_with("SELECT") {
        return vec![String::new(); count];
    }
    let sql: String = statement
        .sql
        .split('?')
        .enumerate()
        .map(|(n, part)| match n {
            0 => part.to_owned(),
            _ => format!("NULL{}", part.trim_start_matches(|c: char| c.is_ascii_digit())),
        })
        .collect();
    sqlite.execute_batch(&format!("DROP VIEW IF EXISTS shape; CREATE VIEW shape AS {sql}")).unwrap();
    let mut columns = sqlite.prepare("SELECT type FROM pragma_table_info('shape') ORDER BY cid").unwrap();
    columns.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn agree(declared: &str, ty: &Type) -> bool {
    match declared {
        "" | "NUM" | "INT" | "INTEGER" => *ty == Type::INT8 || declared.is_empty(),
        "TEXT" => *ty == Type::TEXT,
        "BLOB" => *ty == Type::BYTEA,
        _ => false,
    }
}

/// Whether a step of a plan reads a whole table, sorts all it found, or reads all transactions of a user.
fn reads_too_much(step: &str) -> bool {
    let scans = step.starts_with("SCAN ") && step != "SCAN CONSTANT ROW";
    let reads_all_transactions =
        step.starts_with("SEARCH transactions USING INDEX") && step.ends_with("(user_id=?)");
    scans || step.starts_with("USE TEMP B-TREE") || reads_all_transactions
}

#[tokio::test]
async fn plans_are_the_known_ones_and_only_heavy_statements_read_much() {
    let (_folder, sqlite) = sqlite().await;
    let mut plans = String::new();
    let mut broad = Vec::new();
    for statement in all_statements() {
        writeln!(plans, "{} {:?}", statement.name, statement.class).unwrap();
        let mut explained = sqlite.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sql)).unwrap();
        let mut rows = explained.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get(3).unwrap();
            writeln!(plans, "    {step}").unwrap();
            let is_known = EXCEPTIONS.iter().any(|(name, _)| *name == statement.name);
            if reads_too_much(&step) && statement.class != Class::Heavy && !is_known {
                broad.push(format!("{}: {step}", statement.name));
            }
        }
    }
    assert!(broad.is_empty(), "reads more than its class allows:\n{}", broad.join("\n"));
    assert_file("schema/plans.txt", &plans);
}
