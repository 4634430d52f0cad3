mod aggregate;
mod challenges;
mod check_balance;
mod create;
mod credentials;
mod delete;
pub(crate) mod read;
mod resume;
mod update;
