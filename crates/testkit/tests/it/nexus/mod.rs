mod accounts;
mod categories;
pub(crate) mod institutions;
pub(crate) mod jobs;
pub(crate) mod members;
mod micro_deposits;
mod sessions;
mod transactions;
pub(crate) mod user;
