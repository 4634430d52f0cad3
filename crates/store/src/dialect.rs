//! Everything in which the two engines differ. Fewer than ten differences:
//! 1. placeholders, 2. names of column types in migrations, 3. the lock on a user's row,
//! 4. the lock under which migrations run, 5. the clock of leases.

/// Difference 1: `?12` becomes `$12`; text in quotes stays as it is.
pub(crate) fn placeholders(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 8);
    let mut quoted = false;
    for c in sql.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                out.push(c);
            }
            '?' if !quoted => out.push('$'),
            _ => out.push(c),
        }
    }
    out
}

/// Difference 2: the portable types of a migration in PostgreSQL's words. Text compares by bytes on both.
pub(crate) fn postgres_schema(sql: &str) -> String {
    sql.replace(" INTEGER", " BIGINT")
        .replace(" BLOB", " BYTEA")
        .replace(" TEXT", " TEXT COLLATE \"C\"")
        .replace(") STRICT", ")")
}

/// Difference 3: a write to a user's data excludes others of the same user. SQLite has one writer anyway.
pub(crate) const LOCK_USER_SUFFIX: &str = " FOR UPDATE";

/// Difference 4: the advisory lock under which migrations run on PostgreSQL (the letters `trib`).
pub(crate) const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(1953655138)";

/// Difference 5: on PostgreSQL leases are timed by the server, because the clocks of nodes differ and a fence does
/// not undo a second login at a bank.
pub(crate) const LEASE_CLOCK: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_keep_their_numbers_and_quoted_text_its_marks() {
        assert_eq!(
            placeholders("SELECT '?1' FROM t WHERE a = ?2 AND b = ?1"),
            "SELECT '?1' FROM t WHERE a = $2 AND b = $1"
        );
    }

    #[test]
    fn types_are_translated() {
        assert_eq!(
            postgres_schema("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b BLOB) STRICT;"),
            "CREATE TABLE t (id BIGINT PRIMARY KEY, a TEXT COLLATE \"C\" NOT NULL, b BYTEA);"
        );
    }
}
