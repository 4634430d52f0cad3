//! The store as the rest of the program sees it: everything here runs on both engines.
#![expect(clippy::unwrap_used, reason = "a helper of a test that cannot do its work fails the test")]
mod migrations;
mod repositories;
mod statements;
mod support;
mod transactions;
mod writes;
