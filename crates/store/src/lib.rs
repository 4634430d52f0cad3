//! One handle, one SQL text, SQLite or PostgreSQL.
//!
//! How to use it: open a [`Db`] with [`Db::open`], read with [`Db::query`] and [`Db::query_one`], write with
//! [`Db::write`]. SQL is written once, as named [`Statement`]s in the module of its resource, with numbered
//! placeholders (`?1`) and portable types: 64-bit integers, text, blobs. A write is one transaction: it is
//! committed as a whole before its answer is seen, or not at all, and may be run again on PostgreSQL, so it
//! has no effect but on the store.
//!
//! Data of users can be reached only through a [`scope::UserScope`], which this crate alone makes.
mod db;
mod dialect;
mod error;
mod migrate;
mod param;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod tx;

pub mod accounts;
pub mod audit;
pub mod clients;
pub mod institutions;
pub mod jobs;
pub mod members;
pub mod micro_deposits;
pub mod numbers;
pub mod oauth;
pub mod operator;
pub mod schedule;
pub mod scope;
pub mod sessions;
pub mod transactions;
pub mod users;
pub mod webhook_events;
pub mod webhooks;

pub use db::{Db, OpenOptions};
pub use error::StoreError;
pub use migrate::{Migration, pending_migrations};
pub use param::Param;
pub use row::Row;
pub use statement::{Class, Statement, all_statements};
pub use tx::Tx;

/// What everything in this crate answers with.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
