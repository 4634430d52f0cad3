//! Every statement has a name, a class and one text for both engines.
use std::sync::OnceLock;

/// How much a statement may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// One row or a few, by key.
    Point,
    /// Up to 100 rows through an index.
    Page,
    /// More; runs beside the request threads.
    Heavy,
}

/// A named statement. Made by [`statements!`](crate::statements) only.
#[derive(Debug)]
pub struct Statement {
    /// Name for logs and plans.
    pub name: &'static str,
    /// How much it may read.
    pub class: Class,
    /// Text with `?1`, `?2` placeholders.
    pub sql: &'static str,
    postgres: OnceLock<String>,
}

impl Statement {
    /// A statement; use the macro, so that the registry knows it.
    #[must_use]
    pub const fn new(name: &'static str, class: Class, sql: &'static str) -> Self {
        Self { name, class, sql, postgres: OnceLock::new() }
    }

    /// The text for PostgreSQL; public for the tests that prepare it.
    pub fn postgres_sql(&self) -> &str {
        self.postgres.get_or_init(|| crate::dialect::placeholders(self.sql))
    }
}

/// Declares statements: `statements! { USER_BY_GUID: Point = "SELECT ... WHERE guid = ?1"; }`.
/// Also makes `STATEMENTS`, the list of them, for [`all_statements`].
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident: $class:ident = $sql:expr;)*) => {
        $($(#[$doc])*
        pub(crate) static $name: $crate::Statement =
            $crate::Statement::new(stringify!($name), $crate::Class::$class, $sql);)*
        /// Every statement of this module.
        pub(crate) static STATEMENTS: &[&$crate::Statement] = &[$(&$name),*];
    };
}

/// Every statement there is: tests prepare all of them on both engines.
pub fn all_statements() -> Vec<&'static Statement> {
    [
        crate::accounts::STATEMENTS,
        crate::audit::STATEMENTS,
        crate::clients::STATEMENTS,
        crate::institutions::STATEMENTS,
        crate::jobs::STATEMENTS,
        crate::members::STATEMENTS,
        crate::micro_deposits::STATEMENTS,
        crate::migrate::STATEMENTS,
        crate::numbers::STATEMENTS,
        crate::operator::STATEMENTS,
        crate::oauth::STATEMENTS,
        crate::schedule::STATEMENTS,
        crate::sessions::STATEMENTS,
        crate::transactions::STATEMENTS,
        crate::tx::STATEMENTS,
        crate::users::STATEMENTS,
        crate::webhook_events::STATEMENTS,
        crate::webhooks::STATEMENTS,
    ]
    .concat()
}
